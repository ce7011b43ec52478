/* Names first, then the VTIMEZONE's own onsets: see ics_zone.h. */
#include "calendars/ics_zone.h"

#include <stdlib.h>
#include <string.h>

#include "base/instant.h"
#include "calendars/ics_value.h"
#include "calendars/ics_windows.h"
#include "calendars/rrule.h"

enum {
	YEARS_BEFORE = 2,
};

/* ---- onsets of a VTIMEZONE ---- */

struct onset {
	int64_t at; /* instant */
	int32_t from, to;
};

struct onsets {
	struct onset *item;
	uint32_t n, max;
	int32_t from, to; /* of the observance being read */
	struct ics_zones *zones;
	bool failed;
};

static bool take(void *cookie, int64_t local)
{
	struct onsets *o = cookie;

	if (o->n == ICS_ZONE_MAX_ONSETS)
		return false;
	if (o->n == o->max) {
		uint32_t max = o->max == 0 ? 32 : 2 * o->max;
		struct onset *grown =
		    arena_grow(o->zones->a, o->item, o->n, max, sizeof(*grown));

		if (grown == NULL) {
			o->failed = true;
			return false;
		}
		o->item = grown;
		o->max = max;
	}
	o->item[o->n++] = (struct onset){local - o->from, o->from, o->to};
	return true;
}

static void take_dates(struct onsets *o, const struct ics_part *side)
{
	for (const struct ics_line *line = ics_first(side, "RDATE");
	     line != NULL; line = ics_next(line)) {
		const char *at = line->value, *part;
		struct ics_time t;
		size_t n;

		while (ics_value_next(&at, ',', &part, &n))
			if (ics_value_time(part, n, &t))
				(void)take(
				    o, t.local + (t.is_utc ? o->from : 0));
	}
}

static void take_side(struct onsets *o, const struct ics_part *side)
{
	const char *start = ics_value(side, "DTSTART");
	const char *from = ics_value(side, "TZOFFSETFROM");
	const char *to = ics_value(side, "TZOFFSETTO");
	const char *text = ics_value(side, "RRULE");
	struct ics_time t;
	struct rrule rule;

	if (start == NULL || from == NULL || to == NULL ||
	    !ics_value_time(start, strlen(start), &t) ||
	    !ics_value_offset(from, &o->from) || !ics_value_offset(to, &o->to))
		return;
	take_dates(o, side);
	if (text == NULL || rrule_parse(text, &rule) != NULL) {
		(void)take(o, t.local);
		return;
	}
	if (rule.has_until && rule.until.is_utc)
		rule.until.local += o->from;
	(void)rrule_expand(&rule,
	    &(struct rrule_span){.start = t.local,
		/* The offset at the beginning comes from the onset before. */
		.from =
		    o->zones->from - (int64_t)YEARS_BEFORE * 366 * INSTANT_DAY,
		.to = o->zones->to + INSTANT_DAY,
		.budget = o->zones->budget},
	    take, o);
}

static int by_time(const void *a, const void *b)
{
	const struct onset *x = a, *y = b;

	return (x->at > y->at) - (x->at < y->at);
}

const struct zone *ics_zone_read(
    struct ics_zones *z, const struct ics_part *vtimezone)
{
	struct onsets o = {.zones = z};
	struct zone *table;
	struct zone_change *change;
	uint32_t n = 0;

	for (const struct ics_part *side = vtimezone->part; side != NULL;
	     side = side->next)
		take_side(&o, side);
	table = ARENA_NEW(z->a, struct zone);
	change = ARENA_ARRAY(z->a, o.n, struct zone_change);
	if (o.n == 0 || o.failed || table == NULL || change == NULL)
		return NULL;
	qsort(o.item, o.n, sizeof(*o.item), by_time);
	*table = (struct zone){.name = ics_value(vtimezone, "TZID"),
	    .from = z->from,
	    .to = z->to,
	    .first_offset = o.item[0].from,
	    .change = change};
	for (uint32_t i = 0; i < o.n; i++) {
		const struct onset *x = &o.item[i];

		if (x->at <= z->from)
			table->first_offset = x->to;
		else if (x->at < z->to)
			change[n++] = (struct zone_change){x->at, x->to};
	}
	table->n_changes = n;
	return table;
}

/* ---- names ---- */

static const struct zone *known(const struct ics_zones *z, const char *name)
{
	const struct zone *table = NULL;
	struct err e;

	err_clear(&e);
	if (tz_canonical(z->tz, name) == NULL ||
	    tz_zone(z->tz, name, &table, &e) != ERR_OK)
		return NULL;
	return table;
}

/* "/freeassociation.sourceforge.net/America/New_York" */
static const struct zone *known_end(const struct ics_zones *z, const char *name)
{
	const struct zone *table = NULL;

	for (const char *slash = strchr(name, '/');
	     slash != NULL && table == NULL; slash = strchr(slash + 1, '/'))
		table = known(z, slash + 1);
	return table;
}

static const struct zone *known_place(
    const struct ics_zones *z, const struct ics_part *part)
{
	const char *name =
	    part == NULL ? NULL : ics_value(part, "X-LIC-LOCATION");

	return name == NULL ? NULL : known(z, name);
}

static const struct zone *known_windows(
    const struct ics_zones *z, const char *name)
{
	char iana[TZ_NAME_SIZE];

	return ics_windows_zone(name, iana) ? known(z, iana) : NULL;
}

static const struct zone *ask(const struct ics_zones *z, const char *tzid,
    const struct ics_part *part, enum ics_zone_how *how)
{
	const struct zone *table;

	*how = ICS_ZONE_NAME;
	if ((table = known(z, tzid)) != NULL)
		return table;
	*how = ICS_ZONE_PATH;
	if ((table = known_end(z, tzid)) != NULL)
		return table;
	*how = ICS_ZONE_PLACE;
	if ((table = known_place(z, part)) != NULL)
		return table;
	*how = ICS_ZONE_WINDOWS;
	if ((table = known_windows(z, tzid)) != NULL)
		return table;
	*how = ICS_ZONE_UNKNOWN;
	return NULL;
}

/* TEXT against a parameter, which has no backslashes. */
static bool is_text(const char *text, const char *plain)
{
	for (; *text != '\0' && *plain != '\0'; text++, plain++) {
		if (*text == '\\' && text[1] != '\0')
			text++;
		if (*text != *plain)
			return false;
	}
	return *text == *plain;
}

static const struct ics_part *definition(
    const struct ics_zones *z, const char *tzid)
{
	for (const struct ics_part *p = z->calendar->part; p != NULL;
	     p = p->next) {
		const char *name = ics_value(p, "TZID");

		if (strcmp(p->name, "VTIMEZONE") == 0 && name != NULL &&
		    is_text(name, tzid))
			return p;
	}
	return NULL;
}

const struct ics_zone *ics_zone_find(struct ics_zones *z, const char *tzid)
{
	struct ics_zone *made;

	for (const struct ics_zone *x = z->first; x != NULL; x = x->next)
		if (strcmp(x->tzid, tzid) == 0)
			return x;
	made = z->n < ICS_ZONE_MAX ? ARENA_NEW(z->a, struct ics_zone) : NULL;
	if (made == NULL)
		return NULL;
	made->tzid = tzid;
	made->part = definition(z, tzid);
	made->system = ask(z, tzid, made->part, &made->how);
	if (made->part != NULL)
		made->own = ics_zone_read(z, made->part);
	made->next = z->first;
	z->first = made;
	z->n++;
	return made;
}

const struct zone *ics_zone_table(const struct ics_zone *z)
{
	return z == NULL ? NULL : z->system != NULL ? z->system : z->own;
}
