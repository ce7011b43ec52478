/* Counting busy weeks by quarter hour, and cutting windows: see round_busy.h. */
#include "api/round_busy.h"

#include <string.h>

#include "base/instant.h"
#include "base/week.h"

enum {
	SLOT = WEEK_SLOT_MINUTES * INSTANT_MINUTE,
};

/* Of each quarter hour: in how many weeks it is busy, and in which last. */
struct tally {
	uint16_t weeks[WEEK_SLOTS], last[WEEK_SLOTS];
};

static int64_t first_monday(int32_t first_day)
{
	return (int64_t)(first_day - day_weekday(first_day)) * INSTANT_DAY;
}

void round_busy_span(
    int32_t first_day, uint16_t weeks, int64_t *ret_from, int64_t *ret_to)
{
	*ret_from = first_monday(first_day) - INSTANT_DAY;
	*ret_to = *ret_from + weeks * (int64_t)INSTANT_WEEK + 2 * INSTANT_DAY;
}

/* Local quarter hours from `begin` to `end`, counted from the first Monday. */
static void count(struct tally *t, int64_t begin, int64_t end, uint16_t weeks)
{
	int64_t all = (int64_t)weeks * WEEK_SLOTS;

	begin = begin < 0 ? 0 : begin / SLOT;
	end = end < 0 ? 0 : (end + SLOT - 1) / SLOT;
	for (int64_t i = begin; i < end && i < all; i++) {
		size_t slot = (size_t)(i % WEEK_SLOTS);
		uint16_t week = (uint16_t)(i / WEEK_SLOTS + 1);

		/* Two meetings in one quarter hour are one. */
		if (t->last[slot] != week)
			t->weeks[slot]++;
		t->last[slot] = week;
	}
}

static bool is_free(const struct tally *t, uint16_t slot, uint16_t weeks)
{
	return 2 * t->weeks[slot % WEEK_SLOTS] < weeks;
}

/* The windows without what is mostly busy; in place, as cutting may make more. */
static void cut(struct member_row *m, const struct tally *t, uint16_t weeks)
{
	struct window kept[WEEK_MAX_WINDOWS];
	uint16_t n = 0;

	for (uint16_t i = 0; i < m->n_windows; i++) {
		uint16_t at = m->windows[i].begin, end = m->windows[i].end;

		while (at < end && n < WEEK_MAX_WINDOWS) {
			uint16_t begin = at;

			while (at < end &&
			       is_free(t, at / WEEK_SLOT_MINUTES, weeks))
				at = (uint16_t)((at / WEEK_SLOT_MINUTES + 1) *
						WEEK_SLOT_MINUTES);
			if (at > begin)
				kept[n++] =
				    (struct window){begin, at < end ? at : end};
			while (at < end &&
			       !is_free(t, at / WEEK_SLOT_MINUTES, weeks))
				at = (uint16_t)((at / WEEK_SLOT_MINUTES + 1) *
						WEEK_SLOT_MINUTES);
		}
	}
	memcpy(m->windows, kept, n * sizeof(*kept));
	m->n_windows = n;
	m->n_preferred = 0; /* matching does not ask for them */
}

enum err_code round_busy_apply(struct tz *tz,
    const struct db_snapshot_people *people, const struct db_busy_times *busy,
    int32_t first_day, uint16_t weeks, struct member_table *t, struct err *e)
{
	int64_t monday = first_monday(first_day);
	size_t k = 0;

	for (uint32_t i = 0; i < t->n; i++) {
		const struct db_snapshot_person *p = &people->item[i];
		struct tally tally = {.weeks = {0}};
		const struct zone *z;
		bool any = false;
		enum err_code code = tz_zone(tz, p->time_zone, &z, e);

		if (code != ERR_OK)
			return code;
		while (k < busy->n && memcmp(&busy->item[k].member_id, &p->id,
					  sizeof(p->id)) < 0)
			k++;
		for (; k < busy->n && memcmp(&busy->item[k].member_id, &p->id,
					  sizeof(p->id)) == 0;
		     k++) {
			int64_t begin = busy->item[k].begin;
			int64_t end = busy->item[k].end;

			any = true;
			count(&tally, begin + zone_offset_at(z, begin) - monday,
			    end + zone_offset_at(z, end) - monday, weeks);
		}
		if (any)
			cut(&t->row[i], &tally, weeks);
	}
	return ERR_OK;
}
