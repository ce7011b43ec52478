/* Sessions as weekly hours of somebody's own clock: see hours.h. */
#include "scheduler/hours.h"

#include "base/instant.h"

/* The windows in local time that hold every session, one after another; a session
 * over midnight gives two. */
unsigned hours_of_sessions(const struct zone *z, const int64_t *session,
    uint16_t n, uint16_t minutes, struct window w[HOURS_MAX])
{
	int64_t length = minutes;
	unsigned count = 0;

	for (uint16_t i = 0; i < n; i++) {
		int64_t local = session[i] + zone_offset_at(z, session[i]);
		int32_t day = day_of(local);
		int64_t begin =
		    (local - day * (int64_t)INSTANT_DAY) / INSTANT_MINUTE;
		int64_t end = begin + length;
		int64_t base = day_weekday(day) * 1440;

		w[count++] = (struct window){(uint16_t)(base + begin),
		    (uint16_t)(base + (end < 1440 ? end : 1440))};
		if (end > 1440) {
			base = (base + 1440) % WEEK_MINUTES;
			w[count++] = (struct window){
			    (uint16_t)base, (uint16_t)(base + end - 1440)};
		}
	}
	return (unsigned)windows_normalise(w, count);
}

static void put_window(struct str *out, const struct window *w, bool first)
{
	char text[WEEK_WINDOW_TEXT_SIZE];

	window_format(w, text);
	str_printf(out, "%s%s", first ? "" : " and ", text);
}

/* "Tue 18:00-19:30 and Wed 00:00-00:30": windows cut at midnights. */
void hours_put(struct str *out, const struct window *w, unsigned n)
{
	bool first = true;

	for (unsigned i = 0; i < n; i++)
		for (unsigned begin = w[i].begin, end; begin < w[i].end;
		     begin = end, first = false) {
			struct window day;

			end = (begin / 1440 + 1) * 1440;
			if (end > w[i].end)
				end = w[i].end;
			day = (struct window){(uint16_t)begin, (uint16_t)end};
			put_window(out, &day, first);
		}
}

/* Minutes of these windows that the person does not offer yet. */
unsigned hours_added(const struct person *p, const struct window *w, unsigned n)
{
	unsigned total = 0;

	for (unsigned i = 0; i < n; i++) {
		total += w[i].end - w[i].begin;
		for (uint16_t k = 0; k < p->n_windows; k++) {
			unsigned begin = p->windows[k].begin > w[i].begin
					     ? p->windows[k].begin
					     : w[i].begin;
			unsigned end = p->windows[k].end < w[i].end
					   ? p->windows[k].end
					   : w[i].end;

			if (begin < end)
				total -= end - begin;
		}
	}
	return total;
}
