/*
 * Passes over all pairs: see price.h.
 *
 * Most pairs are far from pricing out. For the last goal, value > u + p needs
 * points >= floor((u - people) / S) + floor(p / S): a number of the newcomer and one
 * of the mentor, compared side by side for many mentors; the few that remain are
 * looked at exactly.
 */
#include "matcher/price.h"

#include <stdatomic.h>
#include <string.h>

#include "base/parallel.h"
#include "matcher/rate_loops.h"

enum {
	BLOCK = 64,        /* mentors compared at once */
	ROWS_A_CHUNK = 16, /* newcomers a thread takes at once */
	PRICE_MAX = INT32_MAX / 4,
	PEOPLE_UNIT = INT16_MAX + 1, /* more than any points */
};

struct columns_worker {
	struct rate_work *work;
	int16_t *points;
	uint64_t allowed;
	int32_t most_points;
};

struct pass {
	struct columns *c;
	struct columns_step step;
	const struct match_progress *progress;
	atomic_uint done;
	bool is_first;
};

bool price_new(struct arena *a, struct columns *c)
{
	c->worker = ARENA_ARRAY(a, c->threads, struct columns_worker);
	c->best = ARENA_ARRAY(a, c->n, int16_t);
	c->found = ARENA_ARRAY(a, c->n, struct columns_found);
	c->price = ARENA_ARRAY(a, c->m, int32_t);
	if (arena_failed(a))
		return false;
	for (unsigned k = 0; k < c->threads; k++) {
		c->worker[k].work = rate_work_new(a, c->rate);
		c->worker[k].points = ARENA_ARRAY(a, c->m, int16_t);
		if (arena_failed(a))
			return false;
	}
	return true;
}

/* ---- the best of a row ---- */

/* The pairs of one newcomer that matter most, best first. */
struct shortlist {
	int64_t key[COLUMNS_FIRST];
	struct columns_found *found;
	uint32_t size;
};

static void shortlist_add(
    struct shortlist *l, int64_t key, uint32_t mentor, int32_t points)
{
	struct columns_found *f = l->found;
	uint32_t at = f->n;

	if (at == l->size && key <= l->key[at - 1])
		return;
	if (at < l->size)
		f->n++;
	else
		at--;
	for (; at > 0 && l->key[at - 1] < key; at--) {
		l->key[at] = l->key[at - 1];
		f->candidate[at] = f->candidate[at - 1];
	}
	l->key[at] = key;
	f->candidate[at] = (struct columns_candidate){mentor, points};
}

/*
 * Where newcomer i begins to look: each at another place of the circle, so that
 * among equals not all newcomers list the same few mentors.
 */
static uint32_t first_mentor(const struct columns *c, uint32_t i)
{
	return (uint32_t)((uint64_t)i * c->m / c->n);
}

static const int16_t *rate(
    const struct columns *c, struct columns_worker *w, uint32_t i)
{
	if (c->remembered == NULL)
		return rate_row(c->rate, w->work, i);
	rate_loops(false)->recall(
	    w->points, c->remembered + (size_t)i * c->m, c->m);
	return w->points;
}

/* ---- the first pass ---- */

static void first_part(const struct columns *c, const int16_t *points,
    uint32_t begin, uint32_t end, struct shortlist *l)
{
	const struct rate_loops *loops = rate_loops(false);

	for (uint32_t at = begin; at < end; at += BLOCK) {
		uint32_t n = end - at < BLOCK ? end - at : BLOCK;
		int32_t least = l->found->n < l->size
				    ? 0
				    : (int32_t)l->key[l->size - 1] + 1;

		/* c->price is zero yet */
		if (!loops->any(points + at, c->price + at, 0, least, n))
			continue;
		for (uint32_t j = at; j < at + n; j++)
			if (points[j] >= 0)
				shortlist_add(l, points[j], j, points[j]);
	}
}

static void first_row(struct columns *c, struct columns_worker *w, uint32_t i)
{
	const int16_t *points = rate_row(c->rate, w->work, i);
	struct shortlist list = {.found = &c->found[i], .size = COLUMNS_FIRST};
	uint32_t first = first_mentor(c, i);

	w->allowed += rate_loops(false)->allowed(points, c->m);
	if (c->remembered != NULL)
		rate_loops(false)->keep(
		    c->remembered + (size_t)i * c->m, points, c->m);
	list.found->n = 0;
	first_part(c, points, first, c->m, &list);
	first_part(c, points, 0, first, &list);
	c->best[i] = -1;
	if (list.found->n > 0)
		c->best[i] = (int16_t)list.found->candidate[0].points;
	if (c->best[i] > w->most_points)
		w->most_points = c->best[i];
}

/* ---- the others ---- */

int64_t price_value(const struct columns *c, enum columns_goal goal, uint32_t i,
    uint32_t j, int32_t points)
{
	if (goal == COLUMNS_PEOPLE)
		return score_weight(c->scorer, i);
	return score_value(
	    c->scorer, &c->scale, c->options->seed, i, j, points);
}

static int64_t floor_divide(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

static int32_t clamp(int64_t x)
{
	return x > PRICE_MAX    ? PRICE_MAX
	       : x < -PRICE_MAX ? -PRICE_MAX
				: (int32_t)x;
}

/* By mentor, what points have to exceed, the newcomer's part apart; for people in
 * units that no points make up for. */
static void set_prices(struct columns *c, struct columns_step step)
{
	const int64_t *p = assign_p(c->assign);

	c->least_price = PRICE_MAX;
	for (uint32_t j = 0; j < c->m; j++) {
		c->price[j] = step.goal == COLUMNS_TOTAL
				  ? clamp(p[j] / c->scale.points)
				  : clamp(p[j] * PEOPLE_UNIT);
		if (c->capacity[j] > 0 && c->price[j] < c->least_price)
			c->least_price = c->price[j];
	}
}

/* … and the newcomer's part: no pair prices out whose points less price are
 * fewer. */
static int32_t least_of(
    const struct columns *c, struct columns_step step, uint32_t i)
{
	int64_t weight = score_weight(c->scorer, i), u = assign_u(c->assign)[i];

	if (step.goal == COLUMNS_PEOPLE)
		return clamp((u - weight + 1) * PEOPLE_UNIT);
	return clamp(
	    floor_divide(u - weight * c->scale.people, c->scale.points));
}

static void price_part(const struct columns *c, struct columns_step step,
    const int16_t *points, uint32_t i, int32_t least, uint32_t begin,
    uint32_t end, struct shortlist *l)
{
	const struct rate_loops *loops = rate_loops(false);
	const int64_t *p = assign_p(c->assign);
	int64_t u = assign_u(c->assign)[i];

	for (uint32_t at = begin; at < end; at += BLOCK) {
		uint32_t n = end - at < BLOCK ? end - at : BLOCK;

		if (!loops->any(points + at, c->price + at,
			(int16_t)step.least_points, least, n))
			continue;
		for (uint32_t j = at; j < at + n; j++) {
			int64_t excess;

			if (points[j] - c->price[j] < least ||
			    points[j] < step.least_points)
				continue;
			excess = price_value(c, step.goal, i, j, points[j]) -
				 u - p[j];
			if (excess <= 0)
				continue;
			if (step.goal == COLUMNS_PEOPLE)
				excess =
				    excess * (c->most_points + 1) + points[j];
			shortlist_add(l, excess, j, points[j]);
		}
	}
}

static void price_row(struct columns *c, struct columns_step step,
    struct columns_worker *w, uint32_t i)
{
	struct shortlist list = {.found = &c->found[i], .size = COLUMNS_MORE};
	int32_t least = least_of(c, step, i);
	uint32_t first = first_mentor(c, i);
	const int16_t *points;

	list.found->n = 0;
	if (c->best[i] < step.least_points ||
	    c->best[i] - c->least_price < least)
		return;
	points = rate(c, w, i);
	price_part(c, step, points, i, least, first, c->m, &list);
	price_part(c, step, points, i, least, 0, first, &list);
}

/* ---- all rows ---- */

static bool do_rows(void *cookie, unsigned worker, uint32_t begin, uint32_t end)
{
	struct pass *pass = cookie;
	struct columns *c = pass->c;
	struct match_progress now = *pass->progress;

	for (uint32_t i = begin; i < end; i++)
		if (pass->is_first)
			first_row(c, &c->worker[worker], i);
		else
			price_row(c, pass->step, &c->worker[worker], i);
	now.done = atomic_fetch_add(&pass->done, end - begin) + end - begin;
	now.total = c->n;
	/* Worker 0 is the caller's own thread, where its callback belongs. */
	return worker > 0 || c->options->progress == NULL ||
	       !c->options->progress(c->options->cookie, &now);
}

static enum err_code do_pass(struct pass *pass, struct err *e)
{
	struct columns *c = pass->c;

	if (!parallel_run(c->threads, c->n, ROWS_A_CHUNK, do_rows, pass))
		return ERR_SET(e, TIMEOUT, "the matching was stopped");
	return ERR_OK;
}

enum err_code price_first(
    struct columns *c, const struct match_progress *progress, struct err *e)
{
	struct pass pass = {.c = c, .progress = progress, .is_first = true};
	enum err_code rc = do_pass(&pass, e);

	for (unsigned k = 0; k < c->threads; k++) {
		c->allowed += c->worker[k].allowed;
		if (c->worker[k].most_points > c->most_points)
			c->most_points = c->worker[k].most_points;
	}
	return rc;
}

enum err_code price_all(struct columns *c, struct columns_step step,
    const struct match_progress *progress, struct err *e)
{
	struct pass pass = {.c = c, .step = step, .progress = progress};

	set_prices(c, step);
	return do_pass(&pass, e);
}
