/*
 * VFREEBUSY, and VAVAILABILITY as working hours (RFC 7953): within its time all that no
 * AVAILABLE covers is busy. Where several speak, the one with the higher priority
 * decides (1 is the highest, 0 and none the lowest), so they are laid over each other
 * from the lowest on.
 */
#include <stdlib.h>
#include <string.h>

#include "base/instant.h"
#include "calendars/busy_case.h"

enum {
	LOWEST_PRIORITY = 10,
	MAX_HOURS = 100, /* VAVAILABILITYs of one calendar */
};

/* ---- VFREEBUSY ---- */

static bool is_free(const struct ics_line *line)
{
	return ics_same(ics_param(line, "FBTYPE"), "FREE");
}

static bool add_period(struct busy_case *c, const struct ics_line *line,
    const char *text, size_t n)
{
	const char *slash = memchr(text, '/', n);
	size_t first = slash == NULL ? n : (size_t)(slash - text);
	struct busy_time_of from, to;
	struct ics_duration d;

	if (slash == NULL || !busy_time_read(c, line, text, first, &from))
		return false;
	n -= first + 1;
	if (ics_value_duration(slash + 1, n, &d))
		to.at = from.at + d.days * INSTANT_DAY + d.seconds;
	else if (!busy_time_read(c, line, slash + 1, n, &to))
		return false;
	busy_add(c, &c->list, from.at, to.at);
	return true;
}

void busy_free_busy(struct busy_case *c, const struct ics_part *calendar)
{
	for (const struct ics_part *p = calendar->part; p != NULL;
	     p = p->next) {
		if (strcmp(p->name, "VFREEBUSY") != 0)
			continue;
		for (const struct ics_line *line = ics_first(p, "FREEBUSY");
		     line != NULL; line = ics_next(line)) {
			const char *at = line->value, *part;
			size_t n;

			if (is_free(line)) {
				c->report->free++;
				continue;
			}
			c->report->busy++;
			while (ics_value_next(&at, ',', &part, &n))
				if (!add_period(c, line, part, n))
					busy_leave_out(c, line->number,
					    "a period cannot be read");
		}
	}
}

/* ---- VAVAILABILITY ---- */

struct hours {
	const struct ics_part *part;
	struct busy_span span;
	int priority;
};

/* Times that a VAVAILABILITY may leave out; without them it has no end. */
static bool read_bound(struct busy_case *c, const struct ics_part *part,
    const char *name, int64_t *bound)
{
	const struct ics_line *line = ics_first(part, name);
	struct busy_time_of t;

	if (line == NULL)
		return true;
	if (!busy_time_read(c, line, line->value, strlen(line->value), &t)) {
		busy_leave_out(c, line->number, "a time cannot be read");
		return false;
	}
	*bound = t.at;
	return true;
}

static bool read_hours(
    struct busy_case *c, const struct ics_part *part, struct hours *ret)
{
	const char *priority = ics_value(part, "PRIORITY");
	const char *text = ics_value(part, "DURATION");
	struct hours h = {.part = part,
	    .span = {c->request->from, c->request->to},
	    .priority = priority == NULL ? 0 : (int)strtol(priority, NULL, 10)};
	struct ics_duration d;

	if (!read_bound(c, part, "DTSTART", &h.span.begin) ||
	    !read_bound(c, part, "DTEND", &h.span.end))
		return false;
	if (text != NULL && ics_value_duration(text, strlen(text), &d))
		h.span.end = h.span.begin + d.days * INSTANT_DAY + d.seconds;
	if (h.priority < 1 || h.priority >= LOWEST_PRIORITY)
		h.priority = LOWEST_PRIORITY;
	*ret = h;
	return true;
}

static int by_priority(const void *a, const void *b)
{
	const struct hours *x = a, *y = b;

	if (x->priority != y->priority)
		return x->priority > y->priority ? -1 : 1;
	return x->part->number < y->part->number ? -1 : 1;
}

/* All AVAILABLE parts of a VAVAILABILITY, merged. */
static struct busy_list available(
    struct busy_case *c, const struct ics_part *part)
{
	struct busy_list list = {.n = 0};

	for (const struct ics_part *p = part->part; p != NULL; p = p->next) {
		struct busy_item item;
		const struct busy_instance *at;
		size_t n;

		if (strcmp(p->name, "AVAILABLE") != 0 ||
		    !busy_item_read(c, p, &item))
			continue;
		at = busy_expand(c, &item, 0, &n);
		for (size_t i = 0; i < n; i++)
			busy_add(c, &list, at[i].at, at[i].end);
	}
	list.n = busy_merge(list.span, list.n);
	return list;
}

/* `list` without what lies in `hole`. */
static void cut(
    struct busy_case *c, struct busy_list *list, const struct busy_span *hole)
{
	struct busy_list out = {.n = 0};

	for (size_t i = 0; i < list->n; i++) {
		const struct busy_span *s = &list->span[i];

		busy_add(c, &out, s->begin,
		    s->end < hole->begin ? s->end : hole->begin);
		busy_add(c, &out, s->begin > hole->end ? s->begin : hole->end,
		    s->end);
	}
	*list = out;
}

/* In its time it alone decides. */
static void lay_over(
    struct busy_case *c, struct busy_list *list, const struct hours *h)
{
	struct busy_list open = available(c, h->part);
	int64_t at = h->span.begin;

	cut(c, list, &h->span);
	for (size_t i = 0; i < open.n; i++) {
		int64_t end = open.span[i].begin < h->span.end
				  ? open.span[i].begin
				  : h->span.end;

		busy_add(c, list, at, end);
		at = open.span[i].end > at ? open.span[i].end : at;
	}
	busy_add(c, list, at, h->span.end);
}

void busy_hours(struct busy_case *c, const struct ics_part *calendar)
{
	struct busy_list list = {.n = 0};
	struct hours *hours;
	size_t n = 0, max = 0;

	for (const struct ics_part *p = calendar->part; p != NULL; p = p->next)
		max += strcmp(p->name, "VAVAILABILITY") == 0;
	max = max > MAX_HOURS ? MAX_HOURS : max;
	hours = ARENA_ARRAY(c->a, max, struct hours);
	if (hours == NULL) {
		c->no_memory = true;
		return;
	}
	for (const struct ics_part *p = calendar->part; p != NULL && n < max;
	     p = p->next)
		if (strcmp(p->name, "VAVAILABILITY") == 0 &&
		    read_hours(c, p, &hours[n]))
			n++;
	qsort(hours, n, sizeof(*hours), by_priority);
	for (size_t i = 0; i < n; i++) {
		lay_over(c, &list, &hours[i]);
		c->report->busy++;
	}
	for (size_t i = 0; i < list.n; i++)
		busy_add(c, &c->list, list.span[i].begin, list.span[i].end);
}
