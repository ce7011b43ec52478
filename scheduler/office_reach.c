/* Possible slots of office hours and whom they reach: see office_reach.h. */
#include "scheduler/office_reach.h"

#include <stdlib.h>
#include <string.h>

#include "base/instant.h"
#include "scheduler/discomfort.h"
#include "scheduler/schedule.h"
#include "scheduler/spans.h"

struct build {
	struct arena *a;
	const struct community *c;
	const struct office_wish *w;
	struct busy_index busy;
	struct spans *free; /* by newcomer */
	struct office_problem *ret;
	uint32_t n;
};

static enum err_code free_of(
    struct build *b, uint32_t person, struct spans *ret, struct err *e)
{
	const struct person *p = &b->c->person[person];
	const struct span within = {
	    ((int64_t)b->w->first_day - 1) * INSTANT_DAY,
	    ((int64_t)b->w->last_day + 3) * INSTANT_DAY};

	return spans_of_person(b->a, p->windows, p->n_windows, p->zone,
	    b->busy.span + b->busy.first[person],
	    b->busy.first[person + 1] - b->busy.first[person], within, ret, e);
}

bool office_overlap(
    const struct office_host *h, uint16_t quarter, uint16_t other)
{
	int apart = abs(quarter - other);
	int length = (h->minutes + WEEK_SLOT_MINUTES - 1) / WEEK_SLOT_MINUTES;

	return apart < length || WEEK_SLOTS - apart < length;
}

/* The newcomers who are free on at least half of the dates. */
static const uint64_t *reach_of(
    struct build *b, const int64_t *start, uint16_t n, uint16_t minutes)
{
	uint64_t *reach = ARENA_ARRAY(b->a, b->ret->words, uint64_t);

	if (reach == NULL)
		return NULL;
	memset(reach, 0, b->ret->words * sizeof(*reach));
	for (uint32_t i = 0; i < b->w->n_newcomers; i++) {
		uint16_t comes = 0;

		for (uint16_t d = 0; d < n; d++)
			comes += spans_hold(&b->free[i], start[d],
			    start[d] + minutes * INSTANT_MINUTE);
		if (2 * comes >= n)
			reach[i / 64] |= UINT64_C(1) << (i % 64);
	}
	return reach;
}

/* Keep the slot at this quarter hour of the host's week, if it can be one. */
static enum err_code try_quarter(struct build *b, const struct office_host *h,
    const struct spans *free, uint16_t quarter, struct err *e)
{
	const struct zone *zone = b->c->person[h->person].zone;
	const struct weekly_slot slot = {.zone = zone,
	    .weekday = (uint8_t)(quarter / 96),
	    .local_minute = (uint16_t)(quarter % 96 * WEEK_SLOT_MINUTES),
	    .minutes = h->minutes,
	    .first_day = b->w->first_day,
	    .last_day = b->w->last_day,
	    .holidays = b->w->holidays,
	    .n_holidays = b->w->n_holidays};
	int64_t *start;
	struct office_option *o = &b->ret->option[b->n];
	uint16_t n, skipped;
	enum err_code code =
	    schedule_occurrences(b->a, &slot, &start, &n, &skipped, e);

	for (uint16_t d = 0; code == ERR_OK && d < n; d++)
		if (!spans_hold(
			free, start[d], start[d] + h->minutes * INSTANT_MINUTE))
			return ERR_OK;
	if (code != ERR_OK || n == 0)
		return code;
	*o = (struct office_option){.quarter = quarter,
	    .n_dates = n,
	    .discomfort = (uint16_t)discomfort_of(&b->c->person[h->person],
		start[0], h->minutes * (int64_t)INSTANT_MINUTE),
	    .reach = reach_of(b, start, n, h->minutes)};
	b->n++;
	return o->reach != NULL
		   ? ERR_OK
		   : ERR_SET(e, NOMEM, "no memory for the possible slots");
}

static enum err_code add_host(
    struct build *b, const struct office_host *h, struct err *e)
{
	struct spans free;
	enum err_code code = free_of(b, h->person, &free, e);

	for (uint16_t q = 0; code == ERR_OK && q < WEEK_SLOTS; q++)
		code = try_quarter(b, h, &free, q, e);
	return code;
}

static enum err_code check_wish(
    const struct community *c, const struct office_wish *w, struct err *e)
{
	bool known = w->n_hosts > 0 && w->n_hosts <= OFFICE_MAX_HOSTS &&
		     w->n_newcomers <= OFFICE_MAX_NEWCOMERS;

	for (uint32_t h = 0; known && h < w->n_hosts; h++)
		known = w->host[h].person < c->n && w->host[h].weekly > 0 &&
			w->host[h].weekly <= OFFICE_MAX_WEEKLY &&
			w->host[h].minutes > 0 &&
			w->host[h].minutes <= OFFICE_MAX_MINUTES &&
			w->host[h].seats > 0 &&
			w->host[h].seats <= OFFICE_MAX_SEATS;
	for (uint32_t i = 0; known && i < w->n_newcomers; i++)
		known = w->newcomer[i] < c->n;
	return known ? ERR_OK
		     : ERR_SET(e, VALIDATION,
			   "expected hosts, newcomers, slots and seats within "
			   "their limits");
}

int64_t *office_worth(
    struct arena *a, const struct community *c, const struct office_wish *w)
{
	int64_t at = (int64_t)w->first_day * INSTANT_DAY;
	int64_t *worth = ARENA_ARRAY(a, w->n_newcomers, int64_t);
	int32_t *offset = ARENA_ARRAY(a, w->n_newcomers, int32_t);

	if (worth == NULL || offset == NULL)
		return NULL;
	for (uint32_t i = 0; i < w->n_newcomers; i++)
		offset[i] =
		    (int32_t)zone_offset_at(c->person[w->newcomer[i]].zone, at);
	for (uint32_t i = 0; i < w->n_newcomers; i++) {
		uint32_t alike = 0;

		for (uint32_t j = 0; j < w->n_newcomers; j++)
			alike += offset[j] == offset[i];
		worth[i] = (w->reached[i] ? OFFICE_AGAIN : OFFICE_FRESH) +
			   OFFICE_ZONE / alike;
	}
	return worth;
}

struct ranked {
	int64_t worth;
	uint32_t i;
};

static int dearest_first(const void *x, const void *y)
{
	const struct ranked *a = x, *b = y;

	if (a->worth != b->worth)
		return a->worth > b->worth ? -1 : 1;
	return (a->i > b->i) - (a->i < b->i);
}

static const uint32_t *rank(struct build *b)
{
	uint32_t n = b->w->n_newcomers;
	struct ranked *r = ARENA_ARRAY(b->a, n, struct ranked);
	uint32_t *ret = ARENA_ARRAY(b->a, n, uint32_t);

	if (r == NULL || ret == NULL)
		return NULL;
	for (uint32_t i = 0; i < n; i++)
		r[i] = (struct ranked){b->ret->worth[i], i};
	if (n > 0)
		qsort(r, n, sizeof(*r), dearest_first);
	for (uint32_t i = 0; i < n; i++)
		ret[i] = r[i].i;
	return ret;
}

enum err_code office_reach(struct arena *a, const struct community *c,
    const struct office_wish *w, const struct busy_time *busy, uint32_t n_busy,
    struct office_problem *ret, struct err *e)
{
	struct build b = {.a = a, .c = c, .w = w, .ret = ret};
	enum err_code code = check_wish(c, w, e);

	if (code == ERR_OK)
		code = spans_index_busy(a, c->n, busy, n_busy, &b.busy, e);
	if (code != ERR_OK)
		return code;
	ret->w = w;
	ret->words = w->n_newcomers / 64 + 1;
	ret->worth = office_worth(a, c, w);
	ret->by_worth = ret->worth != NULL ? rank(&b) : NULL;
	ret->first = ARENA_ARRAY(a, w->n_hosts + (size_t)1, uint32_t);
	ret->option = ARENA_ARRAY(
	    a, w->n_hosts * (size_t)WEEK_SLOTS, struct office_option);
	b.free = ARENA_ARRAY(a, w->n_newcomers, struct spans);
	if (ret->by_worth == NULL || ret->first == NULL ||
	    ret->option == NULL || b.free == NULL)
		return ERR_SET(e, NOMEM, "no memory for the possible slots");
	for (uint32_t i = 0; code == ERR_OK && i < w->n_newcomers; i++)
		code = free_of(&b, w->newcomer[i], &b.free[i], e);
	for (uint32_t h = 0; code == ERR_OK && h < w->n_hosts; h++) {
		ret->first[h] = b.n;
		code = add_host(&b, &w->host[h], e);
	}
	ret->first[w->n_hosts] = b.n;
	return code;
}
