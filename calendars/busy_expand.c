/* The instances of a component: RRULE and RDATE, without EXDATE and EXRULE. */
#include <stdlib.h>
#include <string.h>

#include "base/instant.h"
#include "calendars/busy_case.h"
#include "calendars/rrule.h"

enum {
	FIRST_INSTANCES = 16,
};

struct expansion {
	struct busy_case *c;
	const struct busy_item *item;
	int64_t from, to; /* local */
	struct busy_instance *at;
	size_t n, max;
	bool full;
};

static bool put(struct expansion *x, int64_t local, int64_t at, int64_t end)
{
	if (x->c->instances == BUSY_MAX_INSTANCES) {
		x->full = true;
		return false;
	}
	if (x->n == x->max) {
		size_t max = x->max == 0 ? FIRST_INSTANCES : 2 * x->max;
		struct busy_instance *grown =
		    arena_grow(x->c->a, x->at, x->n, max, sizeof(*grown));

		if (grown == NULL) {
			x->c->no_memory = true;
			return false;
		}
		x->at = grown;
		x->max = max;
	}
	x->c->instances++;
	x->at[x->n++] = (struct busy_instance){local, at, end};
	return true;
}

static bool take(void *cookie, int64_t local)
{
	struct expansion *x = cookie;

	return local < x->from ||
	       put(x, local, busy_instant(&x->item->start, local),
		   busy_end(x->item, local));
}

/* A rule as it was meant: without the backslashes of a text, and without parts that are
 * no NAME=VALUE. */
static const char *read_rule(const char *text, struct rrule *ret)
{
	char plain[RRULE_MAX_TEXT], kept[RRULE_MAX_TEXT];
	char *at = plain, *part;
	size_t n = 0;

	if (strlen(text) + 2 > sizeof(plain))
		return "the rule is too long";
	for (; *text != '\0'; text++)
		if (*text != '\\')
			plain[n++] = *text;
	plain[n] = '\0';
	n = 0;
	while ((part = strsep(&at, ";")) != NULL)
		if (strchr(part, '=') != NULL) {
			memcpy(kept + n, part, strlen(part));
			n += strlen(part);
			kept[n++] = ';';
		}
	kept[n] = '\0';
	return rrule_parse(kept, ret);
}

/* All rules of that name; where one cannot be read, DTSTART alone. */
static void expand_rules(struct expansion *x, const char *name)
{
	for (const struct ics_line *line = ics_first(x->item->part, name);
	     line != NULL; line = ics_next(line)) {
		struct rrule rule;
		enum rrule_end end;

		if (read_rule(line->value, &rule) != NULL) {
			busy_leave_out(
			    x->c, line->number, "the rule cannot be read");
			(void)take(x, x->item->start.local);
			continue;
		}
		if (rule.has_until && rule.until.is_utc &&
		    !x->item->start.is_date)
			rule.until.local += zone_offset_at(
			    x->item->start.zone, rule.until.local);
		end = rrule_expand(&rule,
		    &(struct rrule_span){.start = x->item->start.local,
			.from = x->from,
			.to = x->to,
			.budget = &x->c->budget},
		    take, x);
		if (end == RRULE_COSTLY || x->full)
			busy_leave_out(x->c, line->number,
			    "the rule has more instances than are read");
	}
}

/* A time of RDATE or EXDATE, on DTSTART's wall, where instances are told apart. A date
 * where DTSTART has a time means whatever begins on it. */
static bool read_start(struct expansion *x, const struct ics_line *line,
    const char *text, size_t n, struct busy_time_of *ret, bool *is_date)
{
	const struct busy_time_of *start = &x->item->start;
	int32_t first_day = day_of(start->local);
	struct busy_time_of t;

	if (!busy_time_read(x->c, line, text, n, &t))
		return false;
	*is_date = t.is_date && !start->is_date;
	if (t.is_date != start->is_date)
		t.local = (int64_t)day_of(t.local) * INSTANT_DAY +
			  start->local - (int64_t)first_day * INSTANT_DAY;
	else if (!t.is_date && !t.is_floating && !start->is_floating)
		t.local = t.at + zone_offset_at(start->zone, t.at);
	t.at = busy_instant(start, t.local);
	*ret = t;
	return true;
}

static bool read_date(struct expansion *x, const struct ics_line *line,
    const char *text, size_t n, struct busy_instance *ret, bool *is_date)
{
	const char *slash = memchr(text, '/', n);
	size_t first = slash == NULL ? n : (size_t)(slash - text);
	struct busy_time_of t, end;
	struct ics_duration d;

	if (!read_start(x, line, text, first, &t, is_date))
		return false;
	*ret =
	    (struct busy_instance){t.local, t.at, busy_end(x->item, t.local)};
	if (slash == NULL)
		return true;
	n -= first + 1;
	if (ics_value_duration(slash + 1, n, &d))
		ret->end = t.at + d.days * INSTANT_DAY + d.seconds;
	else if (busy_time_read(x->c, line, slash + 1, n, &end))
		ret->end = end.at;
	return true;
}

static void add_dates(struct expansion *x)
{
	for (const struct ics_line *line = ics_first(x->item->part, "RDATE");
	     line != NULL; line = ics_next(line)) {
		const char *at = line->value, *part;
		struct busy_instance i;
		bool is_date;
		size_t n;

		while (ics_value_next(&at, ',', &part, &n))
			if (!read_date(x, line, part, n, &i, &is_date))
				busy_leave_out(
				    x->c, line->number, "RDATE cannot be read");
			else if (i.local >= x->from && i.local < x->to)
				(void)put(x, i.local, i.at, i.end);
	}
}

static int by_start(const void *a, const void *b)
{
	const struct busy_instance *x = a, *y = b;

	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	return (x->end < y->end) - (x->end > y->end);
}

static void sort_once(struct expansion *x)
{
	size_t kept = 0;

	if (x->n == 0)
		return;
	qsort(x->at, x->n, sizeof(*x->at), by_start);
	for (size_t i = 1; i < x->n; i++)
		if (x->at[i].at != x->at[kept].at)
			x->at[++kept] = x->at[i];
	x->n = kept + 1;
}

static size_t first_from(const struct expansion *x, int64_t at)
{
	size_t low = 0, high = x->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (x->at[middle].at < at)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* A date takes away all that begins on it. `end` marks what is gone. */
static void drop(
    struct expansion *x, const struct busy_instance *i, bool is_date)
{
	size_t k;

	if (!is_date) {
		k = first_from(x, i->at);
		if (k < x->n && x->at[k].at == i->at)
			x->at[k].end = INT64_MIN;
		return;
	}
	for (k = first_from(x, i->at - 2 * INSTANT_DAY);
	     k < x->n && x->at[k].at < i->at + 2 * INSTANT_DAY; k++)
		if (day_of(x->at[k].local) == day_of(i->local))
			x->at[k].end = INT64_MIN;
}

static void drop_dates(struct expansion *x)
{
	for (const struct ics_line *line = ics_first(x->item->part, "EXDATE");
	     line != NULL; line = ics_next(line)) {
		const char *at = line->value, *part;
		struct busy_instance i;
		bool is_date;
		size_t n;

		while (ics_value_next(&at, ',', &part, &n))
			if (read_date(x, line, part, n, &i, &is_date))
				drop(x, &i, is_date);
			else
				busy_leave_out(x->c, line->number,
				    "EXDATE cannot be read");
	}
}

static void drop_rules(struct expansion *x)
{
	struct expansion out = {
	    .c = x->c, .item = x->item, .from = x->from, .to = x->to};

	expand_rules(&out, "EXRULE");
	for (size_t i = 0; i < out.n; i++)
		drop(x, &out.at[i], false);
}

const struct busy_instance *busy_expand(struct busy_case *c,
    const struct busy_item *item, int64_t reach, size_t *ret_n)
{
	const struct busy_request *q = c->request;
	/* Nothing that begins earlier can still last. */
	int64_t lasts = item->length.days * INSTANT_DAY + item->length.seconds;
	struct expansion x = {.c = c,
	    .item = item,
	    .from = q->from - 2 * INSTANT_DAY - reach - (lasts > 0 ? lasts : 0),
	    .to = q->to + 2 * INSTANT_DAY + reach};
	size_t kept = 0;

	if (ics_first(item->part, "RRULE") != NULL)
		expand_rules(&x, "RRULE");
	else if (item->start.local < x.to)
		(void)take(&x, item->start.local);
	add_dates(&x);
	sort_once(&x);
	drop_dates(&x);
	if (ics_first(item->part, "EXRULE") != NULL)
		drop_rules(&x);
	for (size_t i = 0; i < x.n; i++)
		if (x.at[i].end != INT64_MIN)
			x.at[kept++] = x.at[i];
	*ret_n = kept;
	return x.at;
}
