/* Pictures of a schedule: see picture.h. A quarter hour is QUARTER units wide; the
 * browser scales the whole. */
#include "scheduler/picture.h"

#include <stdio.h>
#include <string.h>

#include "base/instant.h"
#include "base/utf8.h"

enum {
	QUARTER = 2,
	DAY = 96 * QUARTER,
	WEEK = 7 * DAY,
	LABEL = 300, /* where the map begins */
	WHERE = 170, /* for local times, right of it */
	MARGIN = 24,
	HEAD = 120,
	ROW = 40,
	LINE = 26, /* of the table below */
	HEAT = 34, /* height of a day's row in the heat map */
	NAME = 24, /* characters of a name that are shown */
	QUARTER_SECONDS = 900,
	STEPS = 5, /* shades of the heat map */
};

static void put_name(struct str *out, const char *name)
{
	size_t n = strlen(name), full = n;
	char cut[NAME * 4 + 1]; /* UTF-8 */

	while (utf8_length(name, n) > NAME)
		n = utf8_cut(name, n - 1);
	snprintf(cut, sizeof(cut), "%.*s", (int)n, name);
	str_put_markup(out, cut);
	if (n < full)
		str_puts(out, "…");
}

static void put_text(
    struct str *out, int x, int y, const char *class, const char *text)
{
	str_printf(out, "<text x=\"%d\" y=\"%d\" class=\"%s\">", x, y, class);
	str_put_markup(out, text);
	str_puts(out, "</text>\n");
}

static void begin(struct str *out, int height, const char *title)
{
	int width = LABEL + WEEK + WHERE + MARGIN;

	str_printf(out,
	    "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" "
	    "role=\"img\" font-family=\"system-ui, sans-serif\" "
	    "font-size=\"18\">\n<title>",
	    width, height);
	str_put_markup(out, title);
	str_puts(out,
	    "</title>\n<style>.t{font-size:26px;font-weight:600}"
	    ".n{fill:#57606a}.s{fill:#57606a;font-size:14px}"
	    ".b{font-weight:600}.free{fill:#9ecbff}.grid{stroke:#d0d7de}"
	    ".slot{fill:#1a7f37;fill-opacity:.28;stroke:#1a7f37}"
	    ".moved{fill:#bc4c00;font-weight:600}.heat{fill:#0550ae}"
	    "</style>\n");
	str_printf(out, "<rect width=\"%d\" height=\"%d\" fill=\"#ffffff\"/>\n",
	    width, height);
	put_text(out, MARGIN, 40, "t", title);
}

/* The clock that the picture runs by: days, hours and their lines. */
static void put_axis(struct str *out, int top, int bottom)
{
	for (int day = 0; day < 7; day++) {
		int x = LABEL + day * DAY;

		put_text(out, x + 4, top - 24, "b", weekday_name(day));
		for (int hour = 0; hour < 24; hour += 6) {
			int at = x + hour * 4 * QUARTER;

			str_printf(out,
			    "<line x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\" "
			    "class=\"grid\" stroke-width=\"%d\"/>\n"
			    "<text x=\"%d\" y=\"%d\" class=\"s\">%02d</text>\n",
			    at, top, at, bottom, hour == 0 ? 2 : 1, at + 3,
			    top - 6, hour);
		}
	}
	str_printf(out,
	    "<line x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\" "
	    "class=\"grid\" stroke-width=\"2\"/>\n",
	    LABEL + WEEK, top, LABEL + WEEK, bottom);
}

/* ---- who is free ---- */

/* The instants of the anchor's week; INT64_MIN where its clock has none, or two. */
static void instants_of_week(
    const struct zone *anchor, int32_t monday, int64_t instant[WEEK_SLOTS])
{
	for (int q = 0; q < WEEK_SLOTS; q++) {
		int64_t local = monday * (int64_t)INSTANT_DAY +
				q * (int64_t)QUARTER_SECONDS;

		if (zone_resolve(anchor, local, &instant[q]) != ZONE_UNIQUE)
			instant[q] = INT64_MIN;
	}
}

static int week_minute(const struct zone *z, int64_t instant)
{
	int64_t local = instant + zone_offset_at(z, instant);
	int32_t day = day_of(local);

	return day_weekday(day) * 1440 +
	       (int)((local - day * (int64_t)INSTANT_DAY) / INSTANT_MINUTE);
}

static bool is_busy(uint32_t person, int64_t instant,
    const struct busy_time *busy, uint32_t n_busy)
{
	for (uint32_t k = 0; k < n_busy; k++)
		if (busy[k].person == person &&
		    busy[k].begin < instant + QUARTER_SECONDS &&
		    busy[k].end > instant)
			return true;
	return false;
}

static bool is_free(const struct community *c, uint32_t person, int64_t instant,
    const struct busy_time *busy, uint32_t n_busy)
{
	const struct person *p = &c->person[person];
	int minute;

	if (instant == INT64_MIN || is_busy(person, instant, busy, n_busy))
		return false;
	minute = week_minute(p->zone, instant);
	for (uint16_t w = 0; w < p->n_windows; w++)
		if (p->windows[w].begin <= minute &&
		    minute + WEEK_SLOT_MINUTES <= p->windows[w].end)
			return true;
	return false;
}

/* Bars over the quarter hours that a set has. */
static void put_bars(struct str *out, const bool set[WEEK_SLOTS], int y)
{
	for (int q = 0; q < WEEK_SLOTS;) {
		int first = q;

		while (q < WEEK_SLOTS && set[q])
			q++;
		if (q > first)
			str_printf(out,
			    "<rect x=\"%d\" y=\"%d\" width=\"%d\" "
			    "height=\"%d\" class=\"free\"/>\n",
			    LABEL + first * QUARTER, y + 6,
			    (q - first) * QUARTER, ROW - 12);
		while (q < WEEK_SLOTS && !set[q])
			q++;
	}
}

/* ---- one cohort ---- */

struct map {
	const struct community *community;
	const struct intake *intake;
	const struct cohort *cohort;
	const struct busy_time *busy;
	uint32_t n_busy;
	int64_t instant[WEEK_SLOTS];
	struct str *out;
};

static void put_row(const struct map *m, uint32_t person, int y, bool is_guide)
{
	const struct person *p = &m->community->person[person];
	struct str *out = m->out;
	bool free[WEEK_SLOTS];

	for (int q = 0; q < WEEK_SLOTS; q++)
		free[q] = is_free(
		    m->community, person, m->instant[q], m->busy, m->n_busy);
	put_bars(out, free, y);
	str_printf(out, "<text x=\"%d\" y=\"%d\" class=\"%s\">", MARGIN, y + 18,
	    is_guide ? "b" : "");
	put_name(out, p->name);
	str_puts(out, is_guide ? " (guide)</text>\n" : "</text>\n");
	put_text(out, MARGIN, y + 34, "s", p->zone->name);
	if (m->cohort->n_sessions > 0) {
		int at = week_minute(p->zone, m->cohort->session[0]);

		str_printf(out, "<text x=\"%d\" y=\"%d\">%s %02d:%02d</text>\n",
		    LABEL + WEEK + 16, y + 26, weekday_name(at / 1440),
		    at / 60 % 24, at % 60);
	}
}

static void put_slots(const struct map *m, int top, int bottom)
{
	const struct cohort *k = m->cohort;

	for (uint16_t i = 0; i < k->n_parts; i++)
		str_printf(m->out,
		    "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" "
		    "class=\"slot\"/>\n",
		    LABEL + k->part[i].weekday * DAY +
			k->part[i].local_minute * QUARTER / WEEK_SLOT_MINUTES,
		    top,
		    m->intake->session_minutes * QUARTER / WEEK_SLOT_MINUTES,
		    bottom - top);
}

/* One line for each person and time that begins after the first session. */
static uint32_t put_moved(
    const struct map *m, const struct clock_run *run, uint32_t n, int y)
{
	uint32_t lines = 0;

	for (uint32_t k = 0; k < n; k++) {
		char date[INSTANT_TEXT_SIZE];

		if (run[k].from == 0 || k == 0 ||
		    run[k - 1].person != run[k].person)
			continue;
		day_format(day_of(m->cohort->session[run[k].from] +
				  zone_offset_at(m->intake->anchor,
				      m->cohort->session[run[k].from])),
		    date);
		if (m->out != NULL) {
			str_printf(m->out,
			    "<text x=\"%d\" y=\"%d\" class=\"moved\">from "
			    "%s</text>\n<text x=\"%d\" y=\"%d\">%s %02u:%02u "
			    "for ",
			    MARGIN, y + (int)lines * LINE, date, LABEL,
			    y + (int)lines * LINE, weekday_name(run[k].weekday),
			    run[k].local_minute / 60u,
			    run[k].local_minute % 60u);
			put_name(
			    m->out, m->community->person[run[k].person].name);
			str_printf(m->out, ", session %u on</text>\n",
			    run[k].from + 1u);
		}
		lines++;
	}
	return lines;
}

static int32_t first_monday(const struct intake *in, const struct cohort *k)
{
	int32_t day = in->first_day;

	if (k->n_sessions > 0)
		day = day_of(
		    k->session[0] + zone_offset_at(in->anchor, k->session[0]));
	return day - day_weekday(day);
}

static void put_map(struct map *m, const struct clock_run *run, uint32_t n_runs,
    const char *title, const char *under)
{
	const struct cohort *k = m->cohort;
	struct map counting = *m;
	int bottom = HEAD + (k->n_newcomers + 1) * ROW, lines;

	counting.out = NULL;
	lines = (int)put_moved(&counting, run, n_runs, 0);
	begin(
	    m->out, bottom + 3 * LINE + (lines > 0 ? lines : 1) * LINE, title);
	put_text(m->out, MARGIN, 70, "n", under);
	put_axis(m->out, HEAD, bottom);
	put_row(m, k->guide, HEAD, true);
	for (uint16_t i = 0; i < k->n_newcomers; i++)
		put_row(m, k->newcomers[i], HEAD + (i + 1) * ROW, false);
	put_slots(m, HEAD, bottom);
	put_text(m->out, MARGIN, bottom + 2 * LINE, "b", "When clocks change");
	if (put_moved(m, run, n_runs, bottom + 3 * LINE) == 0)
		put_text(m->out, MARGIN, bottom + 3 * LINE, "n",
		    "Every session is at the same local time for everybody.");
	str_puts(m->out, "</svg>\n");
}

enum err_code picture_cohort(struct arena *a, const struct community *c,
    const struct intake *in, const struct busy_time *busy, uint32_t n_busy,
    const struct cohort *cohort, uint32_t number, struct str *out,
    struct err *e)
{
	struct map m = {.community = c,
	    .intake = in,
	    .cohort = cohort,
	    .busy = busy,
	    .n_busy = n_busy,
	    .out = out};
	struct clock_run *run;
	uint32_t n_runs;
	char from[INSTANT_TEXT_SIZE];
	const char *title, *under;
	int32_t monday = first_monday(in, cohort);
	enum err_code rc =
	    schedule_clock_table(a, c, in->anchor, cohort, &run, &n_runs, e);

	if (rc != ERR_OK)
		return rc;
	day_format(monday, from);
	title = arena_printf(a, "%s: cohort %u", in->name, (unsigned)number);
	under = arena_printf(a,
	    "%u sessions of %u minutes, %s; the week of %s on the clock of %s; "
	    "at the right everybody's own time of the first session",
	    cohort->n_sessions, in->session_minutes,
	    terms_text(c->terms, cohort->language), from, in->anchor->name);
	if (title == NULL || under == NULL)
		return ERR_SET(e, NOMEM, "no memory for the picture");
	instants_of_week(in->anchor, monday, m.instant);
	put_map(&m, run, n_runs, title, under);
	return ERR_OK;
}

/* ---- the community's common hours ---- */

struct heat {
	uint32_t count[WEEK_SLOTS];
	uint32_t people, most;
	int best; /* the first quarter hour with the most */
};

static void count_free(const struct community *c, bool are_mentors,
    const int64_t instant[WEEK_SLOTS], const struct busy_time *busy,
    uint32_t n_busy, struct heat *h)
{
	memset(h, 0, sizeof(*h));
	for (uint32_t i = 0; i < c->n; i++) {
		const struct person *p = &c->person[i];

		if (are_mentors ? !person_is_mentor(p) : !person_is_newcomer(p))
			continue;
		h->people++;
		for (int q = 0; q < WEEK_SLOTS; q++)
			h->count[q] += is_free(c, i, instant[q], busy, n_busy);
	}
	for (int q = 0; q < WEEK_SLOTS; q++)
		if (h->count[q] > h->most) {
			h->most = h->count[q];
			h->best = q;
		}
}

/* Shades by fifths of the most; equal neighbours are one rectangle. */
static void put_heat(struct str *out, const struct heat *h, int top)
{
	for (int q = 0; q < WEEK_SLOTS;) {
		int first = q;
		uint32_t shade = (h->count[q] * STEPS + h->most - 1) /
				 (h->most > 0 ? h->most : 1);

		do
			q++;
		while (q < WEEK_SLOTS && (h->count[q] * STEPS + h->most - 1) /
						 (h->most > 0 ? h->most : 1) ==
					     shade);
		if (h->count[first] > 0)
			str_printf(out,
			    "<rect x=\"%d\" y=\"%d\" width=\"%d\" "
			    "height=\"%d\" class=\"heat\" "
			    "fill-opacity=\"0.%u\"/>\n",
			    LABEL + first * QUARTER, top, (q - first) * QUARTER,
			    HEAT, (unsigned)(1 + 8 * shade / STEPS));
	}
}

static void put_side(
    struct str *out, const char *who, const struct heat *h, int top)
{
	put_text(out, MARGIN, top + HEAT / 2, "b", who);
	str_printf(out,
	    "<text x=\"%d\" y=\"%d\" class=\"s\">%u, at most %u at once: %s "
	    "%02d:%02d</text>\n",
	    MARGIN, top + HEAT / 2 + 20, (unsigned)h->people, (unsigned)h->most,
	    weekday_name(h->best / 96), h->best / 4 % 24, h->best % 4 * 15);
	put_heat(out, h, top);
}

void picture_common_hours(const struct community *c, const struct intake *in,
    const struct busy_time *busy, uint32_t n_busy, struct str *out)
{
	int32_t monday = in->first_day - day_weekday(in->first_day);
	int bottom = HEAD + 2 * HEAT + 24;
	int64_t instant[WEEK_SLOTS];
	char from[INSTANT_TEXT_SIZE];
	struct heat newcomers, mentors;

	instants_of_week(in->anchor, monday, instant);
	count_free(c, false, instant, busy, n_busy, &newcomers);
	count_free(c, true, instant, busy, n_busy, &mentors);
	day_format(monday, from);
	begin(out, bottom + 2 * LINE, "When people are free");
	str_printf(out,
	    "<text x=\"%d\" y=\"70\" class=\"n\">the week of %s on the clock of "
	    "%s; the darker, the more</text>\n",
	    MARGIN, from, in->anchor->name);
	put_side(out, "Newcomers", &newcomers, HEAD);
	put_side(out, "Mentors", &mentors, HEAD + HEAT + 24);
	put_axis(out, HEAD, bottom);
	str_puts(out, "</svg>\n");
}
