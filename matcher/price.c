/*
 * Passes over all pairs: see price.h.
 *
 * Most pairs are far from pricing out. For points, value > u + p needs
 * points >= floor((u - people + S - ties) / S) + floor(p / S): a number of the
 * newcomer and one of the mentor, compared side by side for many mentors; the few that remain are
 * looked at exactly.
 *
 * And most pairs need no second look. A pass has seen, for every pair that is not a
 * column, value <= u + p. While neither falls that stays so: the next pass of the
 * same goal looks at the newcomers whose u has fallen, and for the others at the
 * mentors whose p has.
 */
#include "matcher/price.h"

#include <stdatomic.h>
#include <string.h>

#include "base/num.h"
#include "base/parallel.h"
#include "matcher/rate_loops.h"

enum {
	BLOCK = 64,        /* mentors compared at once */
	ROWS_A_CHUNK = 16, /* newcomers a thread takes at once */
	PRICE_MAX = INT32_MAX / 4,
	PEOPLE_UNIT = INT16_MAX + 1, /* more than any points */
	FEW = 2, /* at most one mentor in so many has fallen */
	VIEW_MEMORY = 1 << 30,
};

struct columns_worker {
	struct rate_work *work;
	uint64_t allowed;
	int32_t most_points;
};

/* The mentors that a pass looks at, and what points have to exceed for each, the
 * newcomer's part apart. */
struct view {
	const struct rate *rate;
	const uint32_t *mentor; /* NULL: all, in their order */
	int32_t *price;
	uint32_t n;
	int32_t least_price;
};

struct pass {
	struct columns *c;
	struct columns_step step;
	const struct match_progress *progress;
	struct view all, fallen;
	bool is_whole; /* look at everybody */
	bool is_first;
	atomic_uint done;
};

bool price_new(struct arena *a, struct columns *c)
{
	c->worker = ARENA_ARRAY(a, c->threads, struct columns_worker);
	c->best = ARENA_ARRAY(a, c->n, int16_t);
	c->found = ARENA_ARRAY(a, c->n, struct columns_found);
	c->price = ARENA_ARRAY(a, c->m, int32_t);
	for (int goal = 0; goal < COLUMNS_GOALS; goal++)
		c->seen[goal] =
		    (struct columns_seen){.u = ARENA_ARRAY(a, c->n, int64_t),
			.p = ARENA_ARRAY(a, c->m, int64_t),
			.is_short = ARENA_ARRAY(a, c->n, bool)};
	if (arena_failed(a))
		return false;
	for (unsigned k = 0; k < c->threads; k++)
		c->worker[k].work = rate_work_new(a, c->rate);
	return !arena_failed(a);
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
static uint32_t first_place(const struct columns *c, uint32_t i, uint32_t n)
{
	return (uint32_t)((uint64_t)i * n / c->n);
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
	uint32_t first = first_place(c, i, c->m);

	w->allowed += rate_loops(false)->allowed(points, c->m);
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

static int64_t people_of(const struct columns *c, enum columns_goal goal)
{
	return goal == COLUMNS_TOTAL ? c->scale.people : 0;
}

int64_t price_once(const struct columns *c, enum columns_goal goal, uint32_t i)
{
	return goal == COLUMNS_PEOPLE ? c->weight[i]
				      : c->weight[i] * people_of(c, goal);
}

int64_t price_value(const struct columns *c, enum columns_goal goal, uint32_t i,
    uint32_t j, int32_t points)
{
	struct score_scale scale = c->scale;

	if (goal == COLUMNS_PEOPLE)
		return c->weight[i];
	scale.people = 0;
	return price_once(c, goal, i) +
	       score_value(c->scorer, &scale, c->options->seed, i, j, points);
}

static int32_t clamp(int64_t x)
{
	return x > PRICE_MAX    ? PRICE_MAX
	       : x < -PRICE_MAX ? -PRICE_MAX
				: (int32_t)x;
}

/* For people in units that no points make up for. */
static void set_prices(
    const struct columns *c, enum columns_goal goal, struct view *v)
{
	const int64_t *p = assign_p(c->assign);

	v->least_price = PRICE_MAX;
	for (uint32_t k = 0; k < v->n; k++) {
		uint32_t j = v->mentor == NULL ? k : v->mentor[k];

		v->price[k] =
		    clamp(goal == COLUMNS_PEOPLE ? p[j] * PEOPLE_UNIT
						 : p[j] / c->scale.points);
		if (c->capacity[j] > 0 && v->price[k] < v->least_price)
			v->least_price = v->price[k];
	}
}

/* The newcomer's part: no pair is worth more than its duals and `more` whose points
 * less price are fewer. A tie is less than the range, not than a whole point. */
static int32_t least_of(
    const struct columns *c, struct columns_step step, uint32_t i, int64_t more)
{
	int64_t weight = c->weight[i], u = assign_u(c->assign)[i], below;

	if (step.goal == COLUMNS_PEOPLE)
		return clamp((u - weight + 1) * PEOPLE_UNIT);
	below = u + more - weight * people_of(c, step.goal);
	return clamp(num_floor_divide(
	    below + c->scale.points - c->scale.tie_range, c->scale.points));
}

/* Of whoever wants several, a pair may be worth more than u + p: a column then. */
static bool is_in_plan(const struct columns *c, uint32_t i, uint32_t j)
{
	uint32_t mate;

	for (uint32_t at = 0;
	     (mate = assign_mate(c->assign, i, at)) != ASSIGN_ALONE; at++)
		if (mate == j)
			return true;
	return false;
}

static void price_pair(const struct columns *c, struct columns_step step,
    uint32_t i, uint32_t j, int32_t points, struct shortlist *l)
{
	int64_t excess = price_value(c, step.goal, i, j, points) -
			 assign_u(c->assign)[i] - assign_p(c->assign)[j];

	if (excess <= 0 || is_in_plan(c, i, j))
		return;
	if (step.goal == COLUMNS_PEOPLE)
		excess = excess * (c->most_points + 1) + points;
	shortlist_add(l, excess, j, points);
}

static void price_part(const struct pass *pass, const struct view *v,
    const int16_t *points, uint32_t i, uint32_t begin, uint32_t end,
    struct shortlist *l)
{
	const struct rate_loops *loops = rate_loops(false);
	int16_t floor = (int16_t)pass->step.least_points;
	int32_t least = least_of(pass->c, pass->step, i, 0);

	for (uint32_t at = begin; at < end; at += BLOCK) {
		uint32_t n = end - at < BLOCK ? end - at : BLOCK;

		if (l->found->n == l->size)
			least = least_of(
			    pass->c, pass->step, i, l->key[l->size - 1]);
		if (!loops->any(points + at, v->price + at, floor, least, n))
			continue;
		for (uint32_t k = at; k < at + n; k++)
			if (points[k] >= floor &&
			    points[k] - v->price[k] >= least)
				price_pair(pass->c, pass->step, i,
				    v->mentor == NULL ? k : v->mentor[k],
				    points[k], l);
	}
}

static void price_row(
    const struct pass *pass, struct columns_worker *w, uint32_t i)
{
	const struct columns *c = pass->c;
	const struct columns_seen *seen = &c->seen[pass->step.goal];
	bool is_whole = pass->is_whole || seen->is_short[i] ||
			assign_u(c->assign)[i] < seen->u[i];
	const struct view *v = is_whole ? &pass->all : &pass->fallen;
	struct shortlist list = {.found = &c->found[i], .size = COLUMNS_MORE};
	uint32_t first = first_place(c, i, v->n);
	const int16_t *points;

	list.found->n = 0;
	if (v->n == 0 || c->best[i] < pass->step.least_points ||
	    c->best[i] - v->least_price < least_of(c, pass->step, i, 0))
		return;
	points = rate_row(v->rate, w->work, i);
	price_part(pass, v, points, i, first, v->n, &list);
	price_part(pass, v, points, i, 0, first, &list);
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
			price_row(pass, &c->worker[worker], i);
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

/* How many units of weight most prices hold: the price of a place in people. */
static int64_t common_weight(const struct columns *c)
{
	const int64_t *p = assign_p(c->assign);
	int64_t weight = 0;
	uint32_t votes = 0;

	/* the majority, if there is one (Boyer and Moore) */
	for (uint32_t j = 0; j < c->m; j++) {
		int64_t own = p[j] / c->scale.people;

		if (c->capacity[j] == 0)
			continue;
		if (votes == 0)
			weight = own;
		votes = own == weight ? votes + 1 : votes - 1;
	}
	return weight;
}

/*
 * What a pass has seen of points alone holds for the total too: u + p >= points gives
 * (u + (weight - x) * people) + (p + x * people) >= value, for any x. With x the
 * price of most places few duals have fallen since.
 */
static void inherit_seen(struct columns *c)
{
	const struct columns_seen *from = &c->seen[COLUMNS_POINTS];
	struct columns_seen *to = &c->seen[COLUMNS_TOTAL];
	int64_t x = common_weight(c);

	for (uint32_t i = 0; i < c->n; i++) {
		to->u[i] = from->u[i] + (c->weight[i] - x) * c->scale.people;
		to->is_short[i] = from->is_short[i];
	}
	for (uint32_t j = 0; j < c->m; j++)
		to->p[j] = from->p[j] + x * c->scale.people;
	to->least_points = from->least_points;
	to->is_any = true;
}

/* Whose price has fallen since the last pass of this goal. False: no memory. */
static bool view_fallen(struct arena *a, struct pass *pass)
{
	struct columns *c = pass->c;
	const struct columns_seen *seen = &c->seen[pass->step.goal];
	const int64_t *p = assign_p(c->assign);
	uint32_t *fallen = ARENA_ARRAY(a, c->m, uint32_t), n = 0;

	if (fallen == NULL)
		return false;
	if (pass->step.goal == COLUMNS_TOTAL && !seen->is_any &&
	    c->seen[COLUMNS_POINTS].is_any)
		inherit_seen(c);
	for (uint32_t j = 0; j < c->m; j++)
		if (p[j] < seen->p[j] && c->capacity[j] > 0)
			fallen[n++] = j;
	pass->is_whole = !seen->is_any || n > c->m / FEW ||
			 pass->step.least_points < seen->least_points;
	if (pass->is_whole)
		return true;
	pass->fallen = (struct view){
	    .mentor = fallen, .price = ARENA_ARRAY(a, n, int32_t), .n = n};
	pass->fallen.rate = rate_new(a, c->scorer, fallen, n, false);
	if (arena_failed(a))
		return false;
	set_prices(c, pass->step.goal, &pass->fallen);
	return true;
}

static void keep_seen(struct columns *c, struct columns_step step)
{
	struct columns_seen *seen = &c->seen[step.goal];

	seen->is_any = true;
	seen->least_points = step.least_points;
	for (uint32_t i = 0; i < c->n; i++) {
		seen->u[i] = assign_u(c->assign)[i];
		seen->is_short[i] = c->found[i].n == COLUMNS_MORE;
	}
	for (uint32_t j = 0; j < c->m; j++)
		seen->p[j] = assign_p(c->assign)[j];
}

enum err_code price_all(struct columns *c, struct columns_step step,
    const struct match_progress *progress, struct err *e)
{
	struct pass pass = {.c = c,
	    .step = step,
	    .progress = progress,
	    .all = {.rate = c->rate, .price = c->price, .n = c->m}};
	struct arena *a = arena_new(VIEW_MEMORY);
	enum err_code rc;

	set_prices(c, step.goal, &pass.all);
	if (a == NULL || !view_fallen(a, &pass))
		rc = ERR_SET(e, NOMEM, "no memory for the matching");
	else
		rc = do_pass(&pass, e);
	arena_free(a);
	if (rc == ERR_OK)
		keep_seen(c, step);
	return rc;
}
