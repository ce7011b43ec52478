/*
 * A guide steps down: schedule_handover. For each person who might take over, the
 * sessions they can hold where they are; then, of the best few, other starts for the
 * rest, one session after another, each beside what the ones before it took.
 */
#include <stdlib.h>
#include <string.h>

#include "base/instant.h"
#include "scheduler/discomfort.h"
#include "scheduler/schedule.h"
#include "scheduler/spans.h"

struct work {
	struct arena *a;
	const struct community *c;
	const struct handover *h;
	const struct busy_time *busy;
	uint32_t n_busy;
	struct busy_time *now; /* busy times as a trial has them */
	uint32_t n_now;
};

/* Which sessions the successor can hold at their times, and what these cost them. */
static enum err_code judge(struct work *k, const struct busy_index *busy,
    struct successor *s, struct err *e)
{
	const struct handover *h = k->h;
	const struct person *p = &k->c->person[s->person];
	struct span within = {h->session[0].start - INSTANT_DAY,
	    h->session[h->n_sessions - 1].start + 2 * INSTANT_DAY};
	struct spans free;
	enum err_code code = spans_of_person(k->a, p->windows, p->n_windows,
	    p->zone, busy->span + busy->first[s->person],
	    busy->first[s->person + 1] - busy->first[s->person], within, &free,
	    e);

	s->move = ARENA_ARRAY(k->a, h->n_sessions, struct handover_move);
	if (code == ERR_OK && s->move == NULL)
		code = ERR_SET(e, NOMEM, "no memory for the successors");
	for (uint16_t i = 0; code == ERR_OK && i < h->n_sessions; i++) {
		const struct handover_session *x = &h->session[i];
		int64_t length = x->minutes * (int64_t)INSTANT_MINUTE;

		if (spans_hold(&free, x->start, x->start + length))
			s->discomfort += discomfort_of(p, x->start, length);
		else
			s->move[s->n_moves++] =
			    (struct handover_move){.session = i};
	}
	return code;
}

static bool is_newcomer(const struct handover *h, uint32_t person)
{
	for (uint16_t i = 0; i < h->n_newcomers; i++)
		if (h->newcomer[i] == person)
			return true;
	return false;
}

/* The session leaves its time: those who come are free then, for it or another one. */
static void take_out(struct work *k, const struct handover_session *x)
{
	int64_t end = x->start + x->minutes * (int64_t)INSTANT_MINUTE;
	uint32_t kept = 0;

	for (uint32_t i = 0; i < k->n_now; i++) {
		const struct busy_time *b = &k->now[i];

		if (b->begin != x->start || b->end != end ||
		    !is_newcomer(k->h, b->person))
			k->now[kept++] = *b;
	}
	k->n_now = kept;
}

static void put_in(struct work *k, const struct handover_session *x,
    uint32_t guide, int64_t start)
{
	int64_t end = start + x->minutes * (int64_t)INSTANT_MINUTE;

	for (uint16_t i = 0; i <= k->h->n_newcomers; i++)
		k->now[k->n_now++] = (struct busy_time){
		    i == k->h->n_newcomers ? guide : k->h->newcomer[i], start,
		    end};
}

static enum err_code move_one(struct work *k, struct successor *s,
    struct handover_move *move, struct err *e)
{
	const struct handover *h = k->h;
	const struct handover_session *x = &h->session[move->session];
	const struct session_move m = {.anchor = h->anchor,
	    .start = x->start,
	    .minutes = x->minutes,
	    .guide = s->person,
	    .newcomers = h->newcomer,
	    .n_newcomers = h->n_newcomers,
	    .not_before = h->not_before,
	    .holidays = h->holidays,
	    .n_holidays = h->n_holidays};
	struct alternative *best;
	uint16_t n = 0;
	enum err_code code;

	take_out(k, x);
	code = schedule_alternatives(
	    k->a, k->c, &m, k->now, k->n_now, 1, &best, &n, e);
	if (code != ERR_OK)
		return code;
	move->found = n > 0;
	if (n == 0) {
		s->n_stuck++;
		return ERR_OK;
	}
	move->start = best->start;
	move->n_missing = best->n_missing;
	s->n_missing += best->n_missing;
	put_in(k, x, s->person, best->start);
	return ERR_OK;
}

/* The sessions that they hold where they are take their time, too. */
static enum err_code move_all(
    struct work *k, struct successor *s, struct err *e)
{
	enum err_code code = ERR_OK;
	uint16_t next = 0;

	memcpy(k->now, k->busy, k->n_busy * sizeof(*k->now));
	k->n_now = k->n_busy;
	for (uint16_t i = 0; i < k->h->n_sessions; i++) {
		const struct handover_session *x = &k->h->session[i];

		if (next < s->n_moves && s->move[next].session == i) {
			next++;
			continue;
		}
		k->now[k->n_now++] = (struct busy_time){s->person, x->start,
		    x->start + x->minutes * (int64_t)INSTANT_MINUTE};
	}
	for (uint16_t i = 0; code == ERR_OK && i < s->n_moves; i++)
		code = move_one(k, s, &s->move[i], e);
	return code;
}

#define BY(field)                 \
	if (a->field != b->field) \
	return a->field < b->field ? -1 : 1

static int least_disturbance(const void *x, const void *y)
{
	const struct successor *a = x, *b = y;

	BY(n_stuck);
	BY(n_moves);
	BY(n_missing);
	BY(discomfort);
	BY(person);
	return 0;
}

static enum err_code check(
    const struct community *c, const struct handover *h, struct err *e)
{
	bool known = h->n_sessions > 0;

	for (uint16_t i = 0; i < h->n_newcomers; i++)
		known = known && h->newcomer[i] < c->n;
	for (uint32_t i = 0; i < h->n_candidates; i++)
		known = known && h->candidate[i] < c->n;
	return known ? ERR_OK
		     : ERR_SET(e, VALIDATION,
			   "expected sessions, and people of the community");
}

enum err_code schedule_handover(struct arena *a, const struct community *c,
    const struct handover *h, const struct busy_time *busy, uint32_t n_busy,
    uint16_t max, struct successor **ret_successor, uint16_t *ret_n,
    struct err *e)
{
	struct work k = {a, c, h, busy, n_busy, NULL, 0};
	struct successor *list =
	    ARENA_ARRAY(a, h->n_candidates, struct successor);
	struct busy_index index;
	uint32_t n = h->n_candidates;
	enum err_code code = check(c, h, e);

	k.now = ARENA_ARRAY(a,
	    n_busy + h->n_sessions * ((size_t)h->n_newcomers + 2),
	    struct busy_time);
	if (code == ERR_OK && (list == NULL || k.now == NULL))
		code = ERR_SET(e, NOMEM, "no memory for the successors");
	if (code == ERR_OK)
		code = spans_index_busy(a, c->n, busy, n_busy, &index, e);
	for (uint32_t i = 0; code == ERR_OK && i < n; i++) {
		list[i] = (struct successor){.person = h->candidate[i]};
		code = judge(&k, &index, &list[i], e);
	}
	if (code != ERR_OK)
		return code;
	if (n > 0)
		qsort(list, n, sizeof(*list), least_disturbance);
	if (n > max)
		n = max;
	for (uint32_t i = 0; code == ERR_OK && i < n; i++)
		code = move_all(&k, &list[i], e);
	if (n > 0)
		qsort(list, n, sizeof(*list), least_disturbance);
	*ret_successor = list;
	*ret_n = (uint16_t)n;
	return code;
}
