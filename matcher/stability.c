/* The stability report: see stability.h. Each thread counts and keeps the first of
 * its rows; their order is strict, so what is merged does not depend on threads. */
#include "matcher/stability.h"

#include <stdatomic.h>
#include <string.h>

#include "base/parallel.h"
#include "matcher/rate_loops.h"

enum {
	ROWS_A_CHUNK = 16
};

/* What somebody has, or would give up: the least preferred of it. */
struct standing {
	struct prefer_choice choice; /* liking -1: nobody, a place is free */
	int32_t points;
};

struct first {
	struct blocking_pair pair[PLAN_MAX_BLOCKING];
	uint32_t n;
};

struct worker {
	struct prefer_work *work;
	uint64_t count;
	struct first first;
};

struct report {
	const struct prefer *prefer;
	const struct match_options *options;
	struct standing *newcomer, *mentor;
	int32_t *least; /* by mentor: the liking that a block is compared to */
	const struct plan *plan;
	uint32_t *first; /* by newcomer: their first pair, of n + 1 */
	struct worker *worker;
	uint32_t n, m;
	atomic_uint done;
};

/* More gain, then the lower newcomer, then the lower mentor. */
static bool is_before(
    const struct blocking_pair *x, const struct blocking_pair *y)
{
	if (x->gain != y->gain)
		return x->gain > y->gain;
	if (x->newcomer != y->newcomer)
		return x->newcomer < y->newcomer;
	return x->mentor < y->mentor;
}

static void add_first(struct first *f, const struct blocking_pair *pair)
{
	uint32_t at = f->n;

	if (at == PLAN_MAX_BLOCKING && !is_before(pair, &f->pair[at - 1]))
		return;
	if (at < PLAN_MAX_BLOCKING)
		f->n++;
	else
		at--;
	for (; at > 0 && is_before(pair, &f->pair[at - 1]); at--)
		f->pair[at] = f->pair[at - 1];
	f->pair[at] = *pair;
}

static bool is_in_plan(
    const struct report *r, uint32_t newcomer, uint32_t mentor)
{
	uint32_t person = score_mentor(prefer_scorer(r->prefer), mentor);

	for (uint32_t k = r->first[newcomer]; k < r->first[newcomer + 1]; k++)
		if (r->plan->pair[k].mentor == person)
			return true;
	return false;
}

static void look_at_pair(const struct report *r, struct worker *w,
    const struct prefer_row *row, uint32_t newcomer, uint32_t mentor)
{
	const struct scorer *s = prefer_scorer(r->prefer);
	const struct standing *own = &r->newcomer[newcomer];
	const struct standing *theirs = &r->mentor[mentor];

	if (row->points[mentor] < 0 ||
	    !prefer_by_newcomer(
		r->prefer, newcomer, prefer_mentor(row, mentor), own->choice) ||
	    !prefer_by_mentor(r->prefer, mentor,
		prefer_newcomer(row, newcomer, mentor), theirs->choice) ||
	    is_in_plan(r, newcomer, mentor))
		return;
	w->count++;
	add_first(&w->first,
	    &(struct blocking_pair){.newcomer = score_newcomer(s, newcomer),
		.mentor = score_mentor(s, mentor),
		.points = row->points[mentor],
		.gain =
		    2 * row->points[mentor] - own->points - theirs->points});
}

/* Where nobody is named both sides go by points, compared for a block at once. */
static void look_at_row(
    const struct report *r, struct worker *w, uint32_t newcomer)
{
	struct prefer_row row = prefer_row(r->prefer, w->work, newcomer);
	int32_t own = r->newcomer[newcomer].choice.liking;
	int16_t floor = 0;

	if (own > 0)
		floor = own < INT16_MAX ? (int16_t)own : INT16_MAX;
	for (uint32_t at = 0; at < r->m; at += PREFER_BLOCK) {
		uint32_t n =
		    r->m - at < PREFER_BLOCK ? r->m - at : PREFER_BLOCK;

		if (!row.is_named[at / PREFER_BLOCK] &&
		    !rate_loops(false)->any(
			row.points + at, r->least + at, floor, 0, n))
			continue;
		for (uint32_t j = at; j < at + n; j++)
			look_at_pair(r, w, &row, newcomer, j);
	}
}

static bool look_at_rows(
    void *cookie, unsigned worker, uint32_t begin, uint32_t end)
{
	struct report *r = cookie;
	struct match_progress now = {.phase = "stability", .total = r->n};

	for (uint32_t i = begin; i < end; i++)
		look_at_row(r, &r->worker[worker], i);
	now.done = atomic_fetch_add(&r->done, end - begin) + end - begin;
	/* Worker 0 is the caller's own thread, where its callback belongs. */
	return worker > 0 || r->options->progress == NULL ||
	       !r->options->progress(r->options->cookie, &now);
}

/* Everybody's standing in the plan. */
static bool take_standings(
    struct arena *work, struct report *r, const struct plan *plan)
{
	const struct scorer *s = prefer_scorer(r->prefer);
	uint32_t *used = ARENA_ARRAY(work, r->m, uint32_t);

	if (used == NULL)
		return false;
	for (uint32_t k = 0; k < plan->n_pairs; k++) {
		const struct plan_pair *pair = &plan->pair[k];
		uint32_t i = score_newcomer_of(s, pair->newcomer);
		uint32_t j = score_mentor_of(s, pair->mentor);
		struct standing theirs = {
		    {prefer_mentors_liking(r->prefer, i, j, pair->points), i},
		    pair->points};

		struct standing own = {
		    {prefer_newcomers_liking(r->prefer, i, j, pair->points), j},
		    pair->points};

		if (r->first[i + 1]++ == 0 ||
		    prefer_by_newcomer(
			r->prefer, i, r->newcomer[i].choice, own.choice))
			r->newcomer[i] = own;
		if (used[j]++ == 0 || prefer_by_mentor(r->prefer, j,
					  r->mentor[j].choice, theirs.choice))
			r->mentor[j] = theirs;
	}
	for (uint32_t i = 0; i < r->n; i++) {
		if (r->first[i + 1] < score_wanted(s, i))
			r->newcomer[i] = (struct standing){{-1, 0}, 0};
		r->first[i + 1] += r->first[i];
	}
	for (uint32_t j = 0; j < r->m; j++) {
		if (used[j] < score_capacity(s, j))
			r->mentor[j] = (struct standing){{-1, 0}, 0};
		r->least[j] = r->mentor[j].choice.liking;
	}
	return true;
}

static enum err_code keep_first(struct arena *a, const struct report *r,
    unsigned threads, struct plan_stability *ret, struct err *e)
{
	struct first *first = &r->worker[0].first;

	ret->blocking_pairs = r->worker[0].count;
	for (unsigned t = 1; t < threads; t++) {
		ret->blocking_pairs += r->worker[t].count;
		for (uint32_t k = 0; k < r->worker[t].first.n; k++)
			add_first(first, &r->worker[t].first.pair[k]);
	}
	ret->n_pairs = first->n;
	ret->pair = ARENA_ARRAY(a, first->n, struct blocking_pair);
	if (ret->pair == NULL)
		return ERR_SET(e, NOMEM, "no memory for the stability report");
	memcpy(ret->pair, first->pair, first->n * sizeof(*first->pair));
	return ERR_OK;
}

enum err_code stability_report(struct arena *work, struct arena *a,
    const struct prefer *p, const struct match_options *o, unsigned threads,
    struct plan *plan, struct err *e)
{
	const struct scorer *s = prefer_scorer(p);
	struct report r = {.prefer = p,
	    .options = o,
	    .plan = plan,
	    .n = score_newcomers(s),
	    .m = score_mentors(s)};

	r.newcomer = ARENA_ARRAY(work, r.n, struct standing);
	r.mentor = ARENA_ARRAY(work, r.m, struct standing);
	r.least = ARENA_ARRAY(work, r.m, int32_t);
	r.first = ARENA_ARRAY(work, (size_t)r.n + 1, uint32_t);
	r.worker = ARENA_ARRAY(work, threads, struct worker);
	for (unsigned t = 0; t < threads && r.worker != NULL; t++)
		r.worker[t].work = prefer_work_new(work, p);
	if (arena_failed(work) || !take_standings(work, &r, plan))
		return ERR_SET(e, NOMEM, "no memory for the stability report");
	if (!parallel_run(threads, r.n, ROWS_A_CHUNK, look_at_rows, &r))
		return ERR_SET(e, TIMEOUT, "the matching was stopped");
	return keep_first(a, &r, threads, &plan->stability, e);
}
