/*
 * Fitting yearly rules to a zone's table: see vtimezone.h.
 *
 * Each year of the window must have exactly two changes, one of each kind, and
 * each kind must fall on the same weekday, n-th or last of the same month, at the
 * same wall time. Daylight is the side with the larger offset, so that Dublin's
 * negative daylight time never shows.
 */
#include "calendars/vtimezone.h"

#include <stdio.h>
#include <string.h>

#include "base/instant.h"

enum {
	ORIGIN_YEAR = 1970, /* rules are dated back to it, as Google does */
};

static const char *const BYDAY[7] = {"MO", "TU", "WE", "TH", "FR", "SA", "SU"};

static int64_t year_begin(int year)
{
	return (int64_t)day_from_civil(year, 1, 1) * INSTANT_DAY;
}

static int month_days(int year, int month)
{
	return day_from_civil(month == 12 ? year + 1 : year,
		   month == 12 ? 1 : month + 1, 1) -
	       day_from_civil(year, month, 1);
}

/* One onset, in both forms that a rule may take. */
struct onset {
	struct vtimezone_rule rule; /* nth counted from the month's begin */
	bool last;                  /* also the last such weekday */
};

static struct onset onset_of(const struct zone_change *change, int32_t from)
{
	int64_t local = change->at + from;
	struct civil c = civil_from_seconds(local);

	return (struct onset){
	    .rule = {.month = c.month,
		.nth = (c.day - 1) / 7 + 1,
		.weekday = day_weekday(day_of(local)),
		.clock =
		    (int32_t)(local - (int64_t)day_of(local) * INSTANT_DAY),
		.from = from,
		.to = change->offset},
	    .last = c.day + 7 > month_days(c.year, c.month),
	};
}

/* Can one rule say both? Narrow `a` to the forms they share. */
static bool join(struct onset *a, const struct onset *b)
{
	const struct vtimezone_rule *x = &a->rule, *y = &b->rule;

	if (x->month != y->month || x->weekday != y->weekday ||
	    x->clock != y->clock || x->from != y->from || x->to != y->to)
		return false;
	if (x->nth != y->nth)
		a->rule.nth = 0;
	a->last = a->last && b->last;
	return a->last || a->rule.nth != 0;
}

/* The two changes of `year`, daylight first; false unless there are two. */
static bool year_onsets(const struct zone *z, int year, struct onset onset[2])
{
	int64_t at = year_begin(year) - 1, end = year_begin(year + 1);
	unsigned n = 0;

	onset[0] = onset[1] = (struct onset){0};
	for (;;) {
		struct zone_change change;
		int32_t from = zone_offset_at(z, at);

		at = zone_next_change(z, at);
		if (at >= end)
			break;
		change = (struct zone_change){
		    .at = at, .offset = zone_offset_at(z, at)};
		if (n == 2 || change.offset == from)
			return false;
		onset[change.offset > from ? 0 : 1] = onset_of(&change, from);
		n++;
	}
	return n == 2 && onset[0].rule.from == onset[1].rule.to &&
	       onset[0].rule.to == onset[1].rule.from &&
	       onset[0].rule.to > onset[0].rule.from;
}

static bool fit_rules(const struct zone *z, int first_year, int last_year,
    struct vtimezone_rule rule[2])
{
	struct onset all[2] = {0}, one[2] = {0};

	for (int year = first_year; year <= last_year; year++) {
		if (!year_onsets(z, year, one))
			return false;
		if (year == first_year)
			memcpy(all, one, sizeof(all));
		else if (!join(&all[0], &one[0]) || !join(&all[1], &one[1]))
			return false;
	}
	for (int i = 0; i < 2; i++) {
		rule[i] = all[i].rule;
		if (all[i].last)
			rule[i].nth = -1;
	}
	return true;
}

bool vtimezone_fit(const struct zone *z, int64_t first, int64_t last,
    struct vtimezone *ret_vtimezone)
{
	int first_year = civil_from_seconds(first).year;
	int last_year = civil_from_seconds(last).year;
	struct vtimezone v = {.name = z->name,
	    .begin = year_begin(first_year),
	    .end = year_begin(last_year + 1)};

	if (v.begin < z->from || v.end > z->to || first > last ||
	    strncmp(z->name, "Etc/", 4) == 0)
		return false;
	if (zone_next_change(z, v.begin - 1) >= v.end) {
		v.offset = zone_offset_at(z, v.begin);
	} else {
		if (!fit_rules(z, first_year, last_year, v.rule))
			return false;
		v.n_rules = 2;
	}
	*ret_vtimezone = v;
	return true;
}

/* The day that the rule gives in the year of origin. */
static int32_t origin_day(const struct vtimezone_rule *r)
{
	int32_t begin = day_from_civil(ORIGIN_YEAR, r->month, 1);
	int32_t day = begin + (r->weekday - day_weekday(begin) + 7) % 7;
	int32_t end = begin + month_days(ORIGIN_YEAR, r->month);

	if (r->nth > 0)
		return day + 7 * (r->nth - 1);
	while (day + 7 < end)
		day += 7;
	return day;
}

static struct icaltimetype wall_time(int64_t local)
{
	char text[INSTANT_TEXT_SIZE];

	instant_format_basic(local, text);
	return icaltime_from_string(text);
}

static icalcomponent *side(icalcomponent_kind kind, int64_t local,
    const char *rrule, int32_t from, int32_t to)
{
	icalcomponent *side = icalcomponent_new(kind);

	if (side == NULL)
		return NULL;
	icalcomponent_add_property(
	    side, icalproperty_new_dtstart(wall_time(local)));
	if (rrule != NULL)
		icalcomponent_add_property(
		    side, icalproperty_new_rrule(
			      icalrecurrencetype_from_string(rrule)));
	icalcomponent_add_property(side, icalproperty_new_tzoffsetfrom(from));
	icalcomponent_add_property(side, icalproperty_new_tzoffsetto(to));
	return side;
}

icalcomponent *vtimezone_component(const struct vtimezone *v)
{
	icalcomponent *c = icalcomponent_new(ICAL_VTIMEZONE_COMPONENT);

	if (c == NULL)
		return NULL;
	icalcomponent_add_property(c, icalproperty_new_tzid(v->name));
	if (v->n_rules == 0)
		icalcomponent_add_component(c, side(ICAL_XSTANDARD_COMPONENT, 0,
						   NULL, v->offset, v->offset));
	for (unsigned i = 0; i < v->n_rules; i++) {
		const struct vtimezone_rule *r = &v->rule[i];
		char rrule[64];

		snprintf(rrule, sizeof(rrule),
		    "FREQ=YEARLY;BYMONTH=%d;BYDAY=%d%s", r->month, r->nth,
		    BYDAY[r->weekday]);
		icalcomponent_add_component(
		    c, side(i == 0 ? ICAL_XDAYLIGHT_COMPONENT
				   : ICAL_XSTANDARD_COMPONENT,
			   (int64_t)origin_day(r) * INSTANT_DAY + r->clock,
			   rrule, r->from, r->to));
	}
	return c;
}
