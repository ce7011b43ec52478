/* The text, its calendars, and intervals put together: see busy.h. */
#include "calendars/busy.h"

#include <stdlib.h>
#include <string.h>

#include "base/instant.h"
#include "calendars/busy_case.h"

enum {
	FIRST_SPANS = 64,
};

void busy_leave_out(struct busy_case *c, uint32_t line, const char *reason)
{
	struct busy_report *r = c->report;

	if (r->n_left < BUSY_MAX_LEFT)
		r->left[r->n_left] = (struct busy_left){line, reason};
	r->n_left++;
}

/* Join what can be joined, and grow when that leaves little. */
static bool make_room(struct busy_case *c, struct busy_list *list)
{
	size_t max = list->max == 0 ? FIRST_SPANS : 2 * list->max;
	struct busy_span *grown;

	list->n = busy_merge(list->span, list->n);
	if (list->n * 2 < list->max)
		return true;
	grown = arena_grow(c->a, list->span, list->n, max, sizeof(*grown));
	if (grown == NULL)
		return false;
	list->span = grown;
	list->max = max;
	return true;
}

void busy_add(
    struct busy_case *c, struct busy_list *list, int64_t begin, int64_t end)
{
	const struct busy_request *q = c->request;

	begin = begin < q->from ? q->from : begin;
	end = end > q->to ? q->to : end;
	if (begin >= end)
		return;
	if (list->n == list->max && !make_room(c, list)) {
		c->no_memory = true;
		return;
	}
	list->span[list->n++] = (struct busy_span){begin, end};
}

static int by_begin(const void *a, const void *b)
{
	const struct busy_span *x = a, *y = b;

	return (x->begin > y->begin) - (x->begin < y->begin);
}

size_t busy_merge(struct busy_span *span, size_t n)
{
	size_t kept = 0;

	if (n == 0)
		return 0;
	qsort(span, n, sizeof(*span), by_begin);
	for (size_t i = 1; i < n; i++)
		if (span[i].begin > span[kept].end)
			span[++kept] = span[i];
		else if (span[i].end > span[kept].end)
			span[kept].end = span[i].end;
	return kept + 1;
}

/* ---- times ---- */

static const struct zone UTC = {
    .name = "UTC", .from = INT64_MIN, .to = INT64_MAX};

int64_t busy_instant(const struct busy_time_of *t, int64_t local)
{
	int64_t at;

	(void)zone_resolve(t->zone, local, &at);
	return at;
}

/* Whose wall a time stands on that names no zone: what the calendar says of itself, else
 * the member's; all-day times are always the member's. */
static const struct zone *floating(
    struct busy_case *c, const struct ics_part *calendar)
{
	const char *name = ics_value(calendar, "X-WR-TIMEZONE");
	const struct zone *z = NULL;

	if (name != NULL)
		z = ics_zone_table(ics_zone_find(&c->zones, name));
	return z == NULL ? c->request->zone : z;
}

bool busy_time_read(struct busy_case *c, const struct ics_line *line,
    const char *text, size_t n, struct busy_time_of *ret)
{
	const char *tzid = ics_param(line, "TZID");
	struct busy_time_of t = {.zone = c->request->zone};
	struct ics_time value;

	while (n > 0 && text[n - 1] == ' ')
		n--;
	if (!ics_value_time(text, n, &value))
		return false;
	t.local = value.local;
	t.is_date = value.is_date;
	if (value.is_utc) {
		t.zone = &UTC;
	} else if (tzid != NULL && !value.is_date) {
		const struct ics_zone *zone = ics_zone_find(&c->zones, tzid);

		t.zone = ics_zone_table(zone);
		if (t.zone == NULL) {
			t.zone = floating(c, c->zones.calendar);
			busy_leave_out(c, line->number,
			    "the time zone is not known; the calendar's or the "
			    "member's was taken");
		}
	} else if (!value.is_date) {
		t.zone = floating(c, c->zones.calendar);
		t.is_floating = true;
	}
	t.at = busy_instant(&t, t.local);
	*ret = t;
	return true;
}

int64_t busy_end(const struct busy_item *item, int64_t local)
{
	const struct busy_length *l = &item->length;

	return busy_instant(&item->start, local + l->days * INSTANT_DAY) +
	       l->seconds;
}

static void move_to(struct busy_time_of *t, const struct zone *z)
{
	t->zone = z;
	t->at = busy_instant(t, t->local);
}

/* Of DTEND: days for dates, else the exact length. Of two times of which one names a
 * zone, the other is meant there. */
static bool length_to(
    struct busy_case *c, const struct ics_line *end, struct busy_item *item)
{
	struct busy_time_of t;

	if (!busy_time_read(c, end, end->value, strlen(end->value), &t))
		return false;
	if (item->start.is_date) {
		item->length.days = day_of(t.local) - day_of(item->start.local);
		return true;
	}
	if (item->start.is_floating && !t.is_floating && !t.is_date)
		move_to(&item->start, t.zone);
	else if (t.is_floating || t.is_date)
		move_to(&t, item->start.zone);
	item->length.seconds = t.at - item->start.at;
	return true;
}

/* What cannot be read counts as not written, and is told. */
static void read_length(struct busy_case *c, struct busy_item *item)
{
	const struct ics_line *end = ics_first(item->part, "DTEND");
	const struct ics_line *line = ics_first(item->part, "DURATION");
	struct ics_duration d;

	if (end != NULL && !length_to(c, end, item))
		busy_leave_out(c, end->number, "DTEND cannot be read");
	if (end == NULL && line != NULL) {
		if (ics_value_duration(line->value, strlen(line->value), &d))
			item->length = (struct busy_length){d.days, d.seconds};
		else
			busy_leave_out(
			    c, line->number, "DURATION cannot be read");
	}
	/* A DTEND that is the same date, or none, means that one day. */
	if (item->start.is_date && item->length.days == 0 &&
	    item->length.seconds == 0)
		item->length.days = 1;
}

bool busy_item_read(
    struct busy_case *c, const struct ics_part *part, struct busy_item *ret)
{
	const struct ics_line *start = ics_first(part, "DTSTART");
	struct busy_item item = {.part = part};

	if (start == NULL || !busy_time_read(c, start, start->value,
				 strlen(start->value), &item.start)) {
		busy_leave_out(c, part->number, "DTSTART cannot be read");
		return false;
	}
	read_length(c, &item);
	*ret = item;
	return true;
}

/* One calendar, and those that stand inside it. */
static void read_calendar(struct busy_case *c, const struct ics_part *calendar)
{
	for (const struct ics_part *p = calendar->part; p != NULL; p = p->next)
		if (strcmp(p->name, "VCALENDAR") == 0)
			read_calendar(c, p);
	c->zones = (struct ics_zones){.a = c->a,
	    .tz = c->tz,
	    .calendar = calendar,
	    .from = c->request->from - INSTANT_DAY,
	    .to = c->request->to + INSTANT_DAY,
	    .budget = &c->budget};
	busy_hours(c, calendar);
	busy_events(c, calendar);
	busy_free_busy(c, calendar);
}

enum err_code busy_read(struct arena *a, struct tz *tz, const char *text,
    size_t n, const struct busy_request *request,
    struct busy_report *ret_report, struct err *e)
{
	struct busy_report report = {.n = 0};
	struct busy_case c = {.a = a,
	    .tz = tz,
	    .request = request,
	    .report = &report,
	    .budget = BUSY_BUDGET};
	struct ics *ics;
	enum err_code code = ics_read(a, text, n, &ics, e);

	if (code != ERR_OK)
		return code;
	/* Some programs keep bare events. */
	if (ics->root.part == NULL)
		return ERR_SET(e, VALIDATION,
		    "there is no calendar in it: expected BEGIN:VCALENDAR");
	read_calendar(&c, &ics->root);
	if (c.no_memory || arena_failed(a))
		return ERR_SET(e, NOMEM, "no memory for the busy times");
	report.span = c.list.span;
	report.n = busy_merge(c.list.span, c.list.n);
	*ret_report = report;
	return ERR_OK;
}
