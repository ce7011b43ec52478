/* Times and series: their form, their zones, and whether they exist. */
#include <string.h>

#include "base/instant.h"
#include "calendars/doctor_case.h"
#include "calendars/ics_value.h"
#include "calendars/rrule.h"

enum {
	MAX_INSTANCES = 600, /* of a series, looked at */
};

static const char *const TIMES[] = {
    "DTSTART", "DTEND", "DUE", "RECURRENCE-ID", "EXDATE", "RDATE"};

static bool is_date_value(const struct ics_line *line)
{
	return ics_same(ics_param(line, "VALUE"), "DATE");
}

/* In the zone's own clock: does this local time exist, and once? */
static void check_clock(
    struct doctor_case *c, const struct zone *z, int64_t local, uint32_t line)
{
	int64_t instant;
	enum zone_fit fit;
	char text[INSTANT_TEXT_SIZE];

	if (local < z->from + INSTANT_DAY || local > z->to - INSTANT_DAY)
		return;
	fit = zone_resolve(z, local, &instant);
	if (fit == ZONE_UNIQUE)
		return;
	instant_format_basic(local, text);
	doctor_note(c,
	    fit == ZONE_GAP ? DOCTOR_TIME_IN_GAP : DOCTOR_TIME_IN_OVERLAP, line,
	    "%s in %s", text, z->name);
}

/* It says which session is meant, not when one takes place. */
static bool names_a_session(const struct ics_line *line)
{
	return strcmp(line->name, "EXDATE") == 0 ||
	       strcmp(line->name, "RECURRENCE-ID") == 0;
}

static void check_value(struct doctor_case *c, const struct ics_line *line,
    const char *text, size_t n)
{
	const char *tzid = ics_param(line, "TZID");
	const struct ics_zone *zone =
	    tzid == NULL ? NULL : ics_zone_find(&c->zones, tzid);
	struct ics_time t;

	if (memchr(text, '/', n) != NULL) /* a period's start */
		n = (size_t)((const char *)memchr(text, '/', n) - text);
	if (!ics_value_time(text, n, &t) || is_date_value(line) != t.is_date) {
		doctor_note(c, DOCTOR_TIME_FORM, line->number, "%s:%.*s",
		    line->name, (int)n, text);
		return;
	}
	if (t.is_date || t.is_utc)
		return;
	if (tzid == NULL)
		doctor_note(c, DOCTOR_TIME_FLOATING, line->number, "%s:%.*s",
		    line->name, (int)n, text);
	else if (ics_zone_table(zone) != NULL && !names_a_session(line))
		check_clock(c, ics_zone_table(zone), t.local, line->number);
}

static void check_zone_name(struct doctor_case *c, const struct ics_line *line)
{
	const char *tzid = ics_param(line, "TZID");
	const struct ics_zone *zone;

	if (tzid == NULL || is_date_value(line))
		return;
	zone = ics_zone_find(&c->zones, tzid);
	if (zone == NULL)
		return;
	if (zone->part == NULL)
		doctor_note(c, DOCTOR_TZID_UNDEFINED, line->number, "%s", tzid);
	if (zone->how != ICS_ZONE_NAME)
		doctor_note(c, DOCTOR_TZID_NOT_IANA, line->number, "%s%s%s",
		    tzid, zone->system != NULL ? ": write " : "",
		    zone->system != NULL ? zone->system->name : "");
}

/* The instant of a line's first value, as well as it can be told. */
static bool instant_of(
    struct doctor_case *c, const struct ics_line *line, int64_t *ret)
{
	const char *tzid = line == NULL ? NULL : ics_param(line, "TZID");
	const struct zone *z =
	    tzid == NULL ? NULL
			 : ics_zone_table(ics_zone_find(&c->zones, tzid));
	struct ics_time t;

	if (line == NULL ||
	    !ics_value_time(line->value, strlen(line->value), &t))
		return false;
	*ret = t.local;
	if (z != NULL && !t.is_utc && !t.is_date)
		(void)zone_resolve(z, t.local, ret);
	return true;
}

static void check_span(struct doctor_case *c, const struct ics_part *p)
{
	const struct ics_line *end = ics_first(p, "DTEND");
	const struct ics_line *start = ics_first(p, "DTSTART");
	const struct ics_line *duration = ics_first(p, "DURATION");
	int64_t from, to;

	if (start == NULL && strcmp(p->name, "VEVENT") == 0)
		doctor_note(c, DOCTOR_START_MISSING, p->number, NULL);
	if (end != NULL && duration != NULL)
		doctor_note(c, DOCTOR_END_AND_DURATION, duration->number, NULL);
	else if (duration != NULL && strcmp(p->name, "VEVENT") == 0)
		doctor_note(c, DOCTOR_DURATION_USED, duration->number, NULL);
	if (instant_of(c, start, &from) && instant_of(c, end, &to) && to < from)
		doctor_note(
		    c, DOCTOR_END_BEFORE_START, end->number, "%s", end->value);
}

void doctor_times(struct doctor_case *c, const struct ics_part *event)
{
	for (size_t i = 0; i < sizeof(TIMES) / sizeof(TIMES[0]); i++)
		for (const struct ics_line *line = ics_first(event, TIMES[i]);
		     line != NULL; line = ics_next(line)) {
			const char *at = line->value, *part;
			size_t n;

			while (ics_value_next(&at, ',', &part, &n))
				check_value(c, line, part, n);
			check_zone_name(c, line);
		}
	check_span(c, event);
}

/* ---- series ---- */

bool doctor_same_kind(const struct ics_line *a, const struct ics_line *b)
{
	const char *x = ics_param(a, "TZID"), *y = ics_param(b, "TZID");
	size_t n = strlen(a->value), m = strlen(b->value);
	bool a_utc = n > 0 && a->value[n - 1] == 'Z';
	bool b_utc = m > 0 && b->value[m - 1] == 'Z';

	return strcmp(x == NULL ? "" : x, y == NULL ? "" : y) == 0 &&
	       a_utc == b_utc &&
	       (strcspn(a->value, "T,") == 8) ==
		   (strcspn(b->value, "T,") == 8) &&
	       is_date_value(a) == is_date_value(b);
}

static void check_until(struct doctor_case *c, const struct ics_line *rule,
    const struct rrule *r, const struct ics_line *start)
{
	bool is_date = strlen(start->value) == 8;
	bool is_floating = !is_date && ics_param(start, "TZID") == NULL &&
			   strchr(start->value, 'Z') == NULL;

	if (r->has_until && (r->until.is_date != is_date ||
				(!is_date && r->until.is_utc == is_floating)))
		doctor_note(
		    c, DOCTOR_RULE_UNTIL_FORM, rule->number, "%s", rule->value);
}

struct walk {
	struct doctor_case *c;
	const struct ics_part *event;
	const struct ics_zone *zone;
	uint32_t line, n;
};

static bool is_left_out(const struct ics_part *event, int64_t local)
{
	struct ics_time t;
	const char *part;
	size_t n;

	for (const struct ics_line *line = ics_first(event, "EXDATE");
	     line != NULL; line = ics_next(line))
		for (const char *at = line->value;
		     ics_value_next(&at, ',', &part, &n);)
			if (ics_value_time(part, n, &t) && t.local == local)
				return true;
	return false;
}

/* Is every instance where both its zone and its VTIMEZONE put it? */
static bool look_at_instance(void *cookie, int64_t local)
{
	struct walk *w = cookie;
	const struct zone *system = w->zone->system, *own = w->zone->own;
	int64_t a, b;

	if (system == NULL || local < system->from + INSTANT_DAY ||
	    local > system->to - INSTANT_DAY)
		return true;
	if (zone_resolve(system, local, &a) != ZONE_UNIQUE &&
	    !is_left_out(w->event, local))
		check_clock(w->c, system, local, w->line);
	if (own != NULL && zone_resolve(system, local, &a) == ZONE_UNIQUE) {
		char text[INSTANT_TEXT_SIZE];

		(void)zone_resolve(own, local, &b);
		instant_format_basic(local, text);
		if (a != b)
			doctor_note(w->c, DOCTOR_ZONE_WRONG,
			    w->zone->part->number,
			    "%s: %s is off by %lld minutes", w->zone->tzid,
			    text, (long long)(b - a) / INSTANT_MINUTE);
	}
	return ++w->n < MAX_INSTANCES;
}

static void check_instances(struct doctor_case *c, const struct ics_part *event,
    const struct ics_line *start, const struct rrule *rule)
{
	const char *tzid = ics_param(start, "TZID");
	struct walk w = {.c = c, .event = event, .line = start->number};
	struct rrule once = {.freq = RRULE_YEARLY, .interval = 1, .count = 1};
	struct rrule local;
	struct ics_time t;

	if (tzid == NULL ||
	    !ics_value_time(start->value, strlen(start->value), &t) ||
	    t.is_date || t.is_utc)
		return;
	w.zone = ics_zone_find(&c->zones, tzid);
	if (w.zone == NULL)
		return;
	local = rule == NULL ? once : *rule;
	if (local.has_until && local.until.is_utc &&
	    ics_zone_table(w.zone) != NULL)
		local.until.local +=
		    zone_offset_at(ics_zone_table(w.zone), local.until.local);
	(void)rrule_expand(&local,
	    &(struct rrule_span){.start = t.local,
		.from = TZ_SERVICE_FROM,
		.to = TZ_SERVICE_TO,
		.budget = &c->budget},
	    look_at_instance, &w);
}

static void check_rule(struct doctor_case *c, const struct ics_part *event)
{
	const struct ics_line *start = ics_first(event, "DTSTART");
	const struct ics_line *line = ics_first(event, "RRULE");
	struct rrule rule;
	const char *fault;

	if (line == NULL) {
		if (start != NULL)
			check_instances(c, event, start, NULL);
		return;
	}
	fault = rrule_parse(line->value, &rule);
	if (fault != NULL) {
		doctor_note(c, DOCTOR_RULE_FORM, line->number, "%s: %s", fault,
		    line->value);
		return;
	}
	if (rule.count > 0 && rule.has_until)
		doctor_note(c, DOCTOR_RULE_COUNT_AND_UNTIL, line->number, "%s",
		    line->value);
	if (rule.freq < RRULE_DAILY)
		doctor_note(c, DOCTOR_RULE_BELOW_DAILY, line->number, "%s",
		    line->value);
	if (start == NULL)
		return;
	check_until(c, line, &rule, start);
	check_instances(c, event, start, &rule);
}

void doctor_series(struct doctor_case *c, const struct ics_part *event)
{
	const struct ics_line *start = ics_first(event, "DTSTART");
	const struct ics_line *rdate = ics_first(event, "RDATE");

	check_rule(c, event);
	if (rdate != NULL)
		doctor_note(c, DOCTOR_RDATE_USED, rdate->number, NULL);
	for (const struct ics_line *line = ics_first(event, "EXDATE");
	     line != NULL; line = ics_next(line)) {
		if (strchr(line->value, ',') != NULL)
			doctor_note(
			    c, DOCTOR_EXDATE_SEVERAL, line->number, NULL);
		if (start != NULL && !doctor_same_kind(line, start))
			doctor_note(c, DOCTOR_EXDATE_KIND, line->number, "%s",
			    line->value);
	}
}
