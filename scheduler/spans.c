/*
 * Free time as spans: see spans.h.
 *
 * Between two clock changes the offset is constant, so a window of a week is one
 * addition. A change that turns the clocks back by d makes the d seconds before
 * and after it ambiguous: these are cut, as busy times are.
 */
#include "scheduler/spans.h"

#include "base/instant.h"

/* 1970-01-05, the first Monday: weeks of windows are counted from it. */
enum {
	FIRST_MONDAY = 4 * INSTANT_DAY
};

/* A list under construction: the room was counted before. */
static void add_span(struct spans *s, int64_t begin, int64_t end)
{
	if (begin >= end)
		return;
	if (s->n > 0 && s->span[s->n - 1].end >= begin) {
		if (s->span[s->n - 1].end < end)
			s->span[s->n - 1].end = end;
		return;
	}
	s->span[s->n++] = (struct span){begin, end};
}

static int64_t week_of(int64_t local)
{
	int64_t t = local - FIRST_MONDAY;

	return t >= 0 ? t / INSTANT_WEEK
		      : -((-t + INSTANT_WEEK - 1) / INSTANT_WEEK);
}

/* The windows of one stretch of constant offset. */
static void add_windows(struct spans *s, const struct window *window,
    uint32_t n_windows, int32_t offset, int64_t from, int64_t to)
{
	int64_t last = week_of(to - 1 + offset);

	for (int64_t w = week_of(from + offset); w <= last; w++) {
		int64_t base = w * INSTANT_WEEK + FIRST_MONDAY - offset;

		for (uint32_t i = 0; i < n_windows; i++) {
			int64_t begin = base + window[i].begin * INSTANT_MINUTE;
			int64_t end = base + window[i].end * INSTANT_MINUTE;

			add_span(s, begin > from ? begin : from,
			    end < to ? end : to);
		}
	}
}

static uint32_t count_changes(const struct zone *z, int64_t from, int64_t to)
{
	uint32_t n = 0;

	for (int64_t t = zone_next_change(z, from); t < to && t < z->to;
	     t = zone_next_change(z, t))
		n++;
	return n;
}

/* The minutes that the clocks show twice, near [from, to). */
static void add_ambiguous(
    struct spans *s, const struct zone *z, int64_t from, int64_t to)
{
	int64_t t = zone_next_change(z, from - INSTANT_DAY);

	for (; t < to + INSTANT_DAY && t < z->to; t = zone_next_change(z, t)) {
		int64_t back = zone_offset_at(z, t - 1) - zone_offset_at(z, t);

		add_span(s, t - back, t + back);
	}
}

/* out = a without cut; out has room for a->n + cut->n spans. */
static void subtract(
    const struct spans *a, const struct spans *cut, struct spans *out)
{
	uint32_t k = 0;

	for (uint32_t i = 0; i < a->n; i++) {
		int64_t begin = a->span[i].begin, end = a->span[i].end;

		while (k < cut->n && cut->span[k].end <= begin)
			k++;
		for (uint32_t j = k; j < cut->n && cut->span[j].begin < end;
		     j++) {
			add_span(out, begin, cut->span[j].begin);
			begin = cut->span[j].end;
		}
		add_span(out, begin, end);
	}
}

/* Two ascending lists into one without overlaps. */
static void merge(
    const struct spans *a, const struct span *b, uint32_t n, struct spans *out)
{
	uint32_t i = 0, j = 0;

	while (i < a->n || j < n) {
		bool first =
		    j == n || (i < a->n && a->span[i].begin < b[j].begin);
		const struct span *s = first ? &a->span[i++] : &b[j++];

		add_span(out, s->begin, s->end);
	}
}

enum err_code spans_of_person(struct arena *a, const struct window *window,
    uint32_t n_windows, const struct zone *zone, const struct span *busy,
    uint32_t n_busy, struct span within, struct spans *ret, struct err *e)
{
	const int64_t from = within.begin, to = within.end;
	struct spans raw = {0}, twice = {0}, cut = {0}, out = {0};
	size_t changes, weeks, room;

	if (from < zone->from || to > zone->to)
		return ERR_SET(e, VALIDATION,
		    "the table of time zone %s does not cover these dates",
		    zone->name);
	changes =
	    count_changes(zone, from - 2 * INSTANT_DAY, to + 2 * INSTANT_DAY);
	weeks = (size_t)((to - from) / INSTANT_WEEK) + 2;
	room = (weeks + 2 * (changes + 1)) * (n_windows + 1u);
	raw.span = ARENA_ARRAY(a, room, struct span);
	twice.span = ARENA_ARRAY(a, changes + 1, struct span);
	cut.span = ARENA_ARRAY(a, changes + 1 + n_busy, struct span);
	out.span = ARENA_ARRAY(a, room + changes + 1 + n_busy, struct span);
	if (raw.span == NULL || twice.span == NULL || cut.span == NULL ||
	    out.span == NULL)
		return ERR_SET(e, NOMEM, "no memory for availability");
	for (int64_t t = from, next; t < to; t = next) {
		next = zone_next_change(zone, t);
		if (next > to)
			next = to;
		add_windows(
		    &raw, window, n_windows, zone_offset_at(zone, t), t, next);
	}
	add_ambiguous(&twice, zone, from, to);
	merge(&twice, busy, n_busy, &cut);
	subtract(&raw, &cut, &out);
	*ret = out;
	return ERR_OK;
}

bool spans_hold(const struct spans *s, int64_t begin, int64_t end)
{
	uint32_t low = 0, high = s->n;

	while (low < high) { /* first span that begins after `begin` */
		uint32_t mid = low + (high - low) / 2;

		if (s->span[mid].begin <= begin)
			low = mid + 1;
		else
			high = mid;
	}
	return low > 0 && end <= s->span[low - 1].end;
}

static int by_person_and_begin(const void *x, const void *y)
{
	const struct busy_time *a = x, *b = y;

	if (a->person != b->person)
		return a->person < b->person ? -1 : 1;
	if (a->begin != b->begin)
		return a->begin < b->begin ? -1 : 1;
	return (a->end > b->end) - (a->end < b->end);
}

enum err_code spans_index_busy(struct arena *a, uint32_t n_people,
    const struct busy_time *busy, uint32_t n_busy, struct busy_index *ret,
    struct err *e)
{
	struct busy_time *sorted = ARENA_ARRAY(a, n_busy, struct busy_time);
	struct span *span = ARENA_ARRAY(a, n_busy, struct span);
	uint32_t *first = ARENA_ARRAY(a, n_people + (size_t)1, uint32_t);

	if (sorted == NULL || span == NULL || first == NULL)
		return ERR_SET(e, NOMEM, "no memory for busy times");
	for (uint32_t i = 0; i < n_busy; i++) {
		if (busy[i].person >= n_people || busy[i].end <= busy[i].begin)
			return ERR_SET(e, VALIDATION,
			    "busy time %u: expected a person of the community and "
			    "an end after its begin",
			    i);
		sorted[i] = busy[i];
	}
	if (n_busy > 0)
		qsort(sorted, n_busy, sizeof(*sorted), by_person_and_begin);
	for (uint32_t i = 0, p = 0; i < n_busy; i++) {
		span[i] = (struct span){sorted[i].begin, sorted[i].end};
		while (p < sorted[i].person)
			first[++p] = i;
	}
	for (uint32_t p = n_busy > 0 ? sorted[n_busy - 1].person + 1 : 1;
	     p <= n_people; p++)
		first[p] = n_busy;
	*ret = (struct busy_index){span, first};
	return ERR_OK;
}
