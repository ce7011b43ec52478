/*
 * Nodes, their programs and their children: see branch.h. Source: Barnhart and
 * others, Branch-and-price, Operations Research 46, 1998.
 *
 * Forcing. That a guide (of one cohort) or an opening (of a guide of several) must be
 * used is a reward in the objective, taken off the bound again: a plan that obeys gets
 * it back in full, so the bound stays one on all plans of the node.
 */
#include "scheduler/branch.h"

#include <math.h>

enum {
	NODE_ROUNDS = 400, /* of pricing */
	ASCENT_ROUNDS = 80,
	DIVE_ROUNDS = 25,
	DIVE_PROGRAMS = 4,
	SEED = 1,
	TRIES_OF_TABLE = 200,
	NEAR_DIVES = 60,
	NEAR_SEED = 5,
	FREED = 12,      /* guides at once */
	DIVE_EVERY = 40, /* nodes */
	HEURISTIC_EVERY = 3,
};

/* How loose a guide's openings must be for prices alone to branch on them. */
static const double UNCLEAR = 0.1;

/* From this gap on the root's linear program is worth its time. */
static const double ROOT_GAP = 0.001;

/* Heat of the search that begins with the dive's plan. */
static const double WARM = 0.15 * SCHEDULE_PLACED;

/* Of an opening in a dive: beyond doubt; worth a thought. */
static const double CLEAR_USE = 0.85, LEAST_USE = 0.02;

/* More than any cohort is worth. */
#define REWARD ((int64_t)SCHEDULE_PLACED * 3 * COHORT_MAX_SIZE * PRICE_UNIT)

struct node {
	int64_t bound;             /* no plan of it is worth more */
	uint64_t *openings;        /* set: may be used */
	uint64_t *forced;          /* set: one of each guide's must be used */
	int64_t *newcomer, *guide; /* prices to begin with */
	uint32_t depth;
};

struct tree {
	struct master *m;
	const struct remainder *r;
	struct node *node;
	uint32_t n, words; /* nodes waiting; words of a set of openings */
	struct ascent *up;
	struct seats *best, *trial;
	int64_t settled; /* bound of what is left unbranched */
	double *use;     /* by opening, in the program's solution */
	uint32_t done;
};

static bool new_tree(struct tree *t, struct seats *s, uint32_t nodes)
{
	struct arena *a = t->m->a;
	const struct forming *f = t->m->f;

	t->words = (f->n_openings + 63) / 64;
	t->node = ARENA_ARRAY(a, 2 * (size_t)nodes + 2, struct node);
	t->use = ARENA_ARRAY(a, f->n_openings, double);
	t->trial = seats_new(a, f);
	t->best = s;
	t->settled = INT64_MIN;
	t->m->prices.opening = ARENA_ARRAY(a, f->n_openings, int64_t);
	t->up->now.opening = t->up->best.opening = t->m->prices.opening;
	return !arena_failed(a) && t->trial != NULL;
}

static int64_t *copy_prices(struct arena *a, const int64_t *from, uint32_t n)
{
	int64_t *to = ARENA_ARRAY(a, n, int64_t);

	if (to != NULL && n > 0)
		memcpy(to, from, n * sizeof(*to));
	return to;
}

/* A waiting node like another one (NULL: the root), for changes; NULL: no memory. */
static struct node *push(struct tree *t, const struct node *like, int64_t bound)
{
	struct node *x = &t->node[t->n];
	size_t size = t->words * sizeof(uint64_t);

	*x = (struct node){.bound = bound,
	    .openings = ARENA_ARRAY(t->m->a, t->words, uint64_t),
	    .forced = ARENA_ARRAY(t->m->a, t->words, uint64_t),
	    .newcomer = copy_prices(
		t->m->a, t->up->best.newcomer, t->m->f->n_newcomers),
	    .guide =
		copy_prices(t->m->a, t->up->best.guide, t->m->f->n_guides)};
	if (x->openings == NULL || x->forced == NULL || x->newcomer == NULL ||
	    x->guide == NULL)
		return NULL;
	memcpy(
	    x->openings, like != NULL ? like->openings : t->r->openings, size);
	if (like != NULL) {
		memcpy(x->forced, like->forced, size);
		x->depth = like->depth + 1;
	}
	t->n++;
	return x;
}

/* The waiting node of the greatest bound, the deepest of these. */
static struct node pop(struct tree *t)
{
	uint32_t best = 0;
	struct node x;

	for (uint32_t k = 1; k < t->n; k++)
		if (t->node[k].bound > t->node[best].bound ||
		    (t->node[k].bound == t->node[best].bound &&
			t->node[k].depth > t->node[best].depth))
			best = k;
	x = t->node[best];
	t->node[best] = t->node[--t->n];
	return x;
}

/* Rewards of what is forced; returns their sum over all that must be used. */
static int64_t set_rewards(struct tree *t, const struct node *x)
{
	const struct forming *f = t->m->f;
	int64_t sum = 0;

	for (uint32_t g = 0; g < f->n_guides; g++) {
		bool any = false;

		for (uint32_t o = f->first_opening[g];
		     o < f->first_opening[g + 1]; o++) {
			bool forced = forming_in(x->forced, o) &&
				      forming_in(x->openings, o);

			t->m->prices.opening[o] = forced ? -REWARD : 0;
			if (forced && (f->load[g] > 1 || !any))
				sum += REWARD;
			any = any || forced;
		}
	}
	return sum;
}

/* How much the program uses each opening. */
static void read_use(struct tree *t)
{
	const struct master *m = t->m;

	memset(t->use, 0, m->f->n_openings * sizeof(*t->use));
	for (uint32_t c = 0; c < m->n_columns; c++)
		t->use[m->column[c].opening] += lp_value(m->lp, (int)c);
}

/* A table of the guide without an opening; n_tables when there is none. */
static uint32_t free_table(const struct seats *s, uint32_t guide)
{
	uint32_t k = 0;

	while (k < s->n_tables &&
	       (s->guide[k] != guide || s->opening[k] != SEATS_NONE))
		k++;
	return k;
}

/* Seat the columns that the program takes whole: where newcomers avoid each other,
 * these are cohorts that no assignment finds. */
static void take_whole(const struct master *m, struct seats *s)
{
	for (uint32_t c = 0; c < m->n_columns; c++) {
		const struct column *col = &m->column[c];
		uint32_t k;

		if (lp_value(m->lp, (int)c) < 1 - 1e-6)
			continue;
		k = free_table(s, m->f->opening[col->opening].guide);
		if (k < s->n_tables && seats_fits(s, k, (int32_t)col->opening))
			seats_put(
			    s, k, (int32_t)col->opening, col->newcomer, col->n);
	}
}

/* The plan that the use suggests: each table its guide's most used opening. */
static bool try_use(struct tree *t, bool by_program)
{
	const struct forming *f = t->m->f;
	struct seats *s = t->trial;

	for (uint32_t k = 0; k < s->n_tables; k++)
		seats_put(s, k, SEATS_NONE, NULL, 0);
	if (by_program)
		take_whole(t->m, s);
	for (uint32_t k = 0; k < s->n_tables; k++) {
		uint32_t g = s->guide[k], best = UINT32_MAX;

		for (uint32_t o = f->first_opening[g];
		     s->opening[k] == SEATS_NONE && o < f->first_opening[g + 1];
		     o++)
			if (t->use[o] > 1e-6 &&
			    (best == UINT32_MAX || t->use[o] > t->use[best]) &&
			    seats_fits(s, k, (int32_t)o))
				best = o;
		if (best != UINT32_MAX)
			seats_put(s, k, (int32_t)best, NULL, 0);
	}
	seats_fill(s);
	if (!improve_assign(t->m->a, s))
		return false;
	if (s->value > t->best->value)
		seats_copy(t->best, s);
	return true;
}

/* The guide whose openings are furthest from settled; UINT32_MAX when all are. */
static uint32_t choose_guide(const struct tree *t, double least)
{
	const struct forming *f = t->m->f;
	uint32_t best = UINT32_MAX;
	double most = least;

	for (uint32_t g = 0; g < f->n_guides; g++) {
		double loose = 0;

		for (uint32_t o = f->first_opening[g];
		     o < f->first_opening[g + 1]; o++)
			loose += t->use[o] < 0.5 ? t->use[o] : 1 - t->use[o];
		if (loose > most) {
			most = loose;
			best = g;
		}
	}
	return best;
}

static uint32_t most_used(const struct tree *t, uint32_t guide)
{
	uint32_t best = t->m->f->first_opening[guide];

	for (uint32_t o = best; o < t->m->f->first_opening[guide + 1]; o++)
		if (fabs(t->use[o] - 0.5) < fabs(t->use[best] - 0.5))
			best = o;
	return best;
}

static void close_opening(struct node *x, uint32_t o)
{
	x->openings[o / 64] &= ~((uint64_t)1 << (o % 64));
}

/* Guide of several cohorts: an opening is used, or not. */
static bool split_opening(struct tree *t, const struct node *x, uint32_t o)
{
	struct node *without = push(t, x, x->bound), *with;

	if (without == NULL)
		return false;
	close_opening(without, o);
	with = push(t, x, x->bound);
	if (with == NULL)
		return false;
	forming_put(with->forced, o);
	for (uint32_t k = t->m->f->first_opening[t->m->f->opening[o].guide];
	     k < t->m->f->first_opening[t->m->f->opening[o].guide + 1]; k++)
		if (k != o && forming_overlap(t->m->f, k, o))
			close_opening(with, k);
	return true;
}

/* Guide of one cohort: one half of the openings by use, or the other; where there is
 * only one left, used or not. */
static bool split_guide(struct tree *t, const struct node *x, uint32_t g)
{
	const struct forming *f = t->m->f;
	uint32_t first = f->first_opening[g], end = f->first_opening[g + 1];
	uint32_t used = 0;
	double sum = 0, half = 0;
	struct node *a, *b;

	for (uint32_t o = first; o < end; o++) {
		sum += t->use[o];
		used += t->use[o] > 1e-6;
	}
	a = push(t, x, x->bound);
	b = a == NULL ? NULL : push(t, x, x->bound);
	if (b == NULL)
		return false;
	a = b - 1;
	if (used <= 1) { /* without, or with one of them */
		for (uint32_t o = first; o < end; o++) {
			close_opening(a, o);
			forming_put(b->forced, o);
		}
		return true;
	}
	for (uint32_t o = first; o < end; o++) {
		half += t->use[o];
		close_opening(half - t->use[o] / 2 < sum / 2 ? a : b, o);
	}
	return true;
}

/* Two children on this guide. */
static bool split(struct tree *t, const struct node *x, uint32_t g)
{
	return t->m->f->load[g] > 1 ? split_opening(t, x, most_used(t, g))
				    : split_guide(t, x, g);
}

/* Settle a guide on one opening: the others are closed (those that overlap, for a
 * guide of several cohorts). */
static void settle_on(const struct tree *t, struct node *x, uint32_t o)
{
	const struct forming *f = t->m->f;
	uint32_t g = f->opening[o].guide;

	for (uint32_t k = f->first_opening[g]; k < f->first_opening[g + 1]; k++)
		if (k != o && (f->load[g] == 1 || forming_overlap(f, k, o)))
			close_opening(x, k);
}

/* Settle the guides whose choice is clear, and the clearest of the others. False when
 * all are. */
static bool settle_clearest(const struct tree *t, struct node *x)
{
	const struct forming *f = t->m->f;
	uint32_t best = UINT32_MAX;
	bool any = false;

	for (uint32_t o = 0; o < f->n_openings; o++) {
		uint32_t g = f->opening[o].guide;
		bool rivals = false;

		if (!forming_in(x->openings, o) || t->use[o] < LEAST_USE)
			continue;
		for (uint32_t k = f->first_opening[g];
		     k < f->first_opening[g + 1]; k++)
			rivals =
			    rivals ||
			    (k != o && forming_in(x->openings, k) &&
				(f->load[g] == 1 || forming_overlap(f, k, o)));
		if (!rivals)
			continue;
		if (t->use[o] > CLEAR_USE) {
			settle_on(t, x, o);
			any = true;
		} else if (best == UINT32_MAX || t->use[o] > t->use[best]) {
			best = o;
		}
	}
	if (best != UINT32_MAX)
		settle_on(t, x, best);
	return any || best != UINT32_MAX;
}

/* Price again for what is left of a dive, by the program or by prices alone. */
static enum err_code price_dive(
    struct tree *t, struct node *x, bool by_program, struct err *e)
{
	struct master *m = t->m;
	struct remainder r = {t->r->newcomers, x->openings, t->r->load};
	double gap = (double)(x->bound - t->best->value) / (double)x->bound;
	bool is_whole;

	if (!by_program) {
		master_copy_prices(m, &t->up->now, &t->up->best);
		ascend_run(t->up, &r, x->openings, DIVE_ROUNDS, gap / 4,
		    t->best->value);
		x->bound = t->up->bound / PRICE_UNIT;
		memcpy(t->use, t->up->use, m->f->n_openings * sizeof(*t->use));
		return ERR_OK;
	}
	if (master_restrict(m, &r, e) != ERR_OK ||
	    master_generate(m, &r, DIVE_PROGRAMS, t->best->value, "branch",
		&x->bound, &is_whole, e) != ERR_OK)
		return e->code;
	read_use(t);
	return ERR_OK;
}

/* A dive from a node: settle the clearest guides, price again, and so on, trying the
 * plan each time. Leaves nothing behind but a better plan. */
static enum err_code dive(
    struct tree *t, const struct node *from, bool by_program, struct err *e)
{
	struct node *x = push(t, from, from->bound);

	if (x == NULL)
		return ERR_SET(e, NOMEM, "no memory for a dive");
	t->n--;
	while (settle_clearest(t, x) && !t->m->stopped) {
		if (price_dive(t, x, by_program, e) != ERR_OK)
			return e->code;
		if (x->bound <= t->best->value)
			break;
		if (!try_use(t, by_program))
			return ERR_SET(e, NOMEM, "no memory for a dive");
	}
	return ERR_OK;
}

/* Nothing to branch on: the node's bound stands. */
static void settle(struct tree *t, const struct node *x)
{
	if (x->bound > t->settled)
		t->settled = x->bound;
}

/* The linear program of a node, where prices alone do not say what to branch on. */
static enum err_code solve_program(
    struct tree *t, struct node *x, struct err *e)
{
	struct master *m = t->m;
	struct remainder r = {t->r->newcomers, x->openings, t->r->load};
	int64_t bound;
	bool is_whole;
	uint32_t g;

	master_copy_prices(m, &m->centre, &t->up->best);
	if (master_restrict(m, &r, e) != ERR_OK ||
	    master_generate(m, &r, NODE_ROUNDS, t->best->value, "branch",
		&bound, &is_whole, e) != ERR_OK)
		return e->code;
	if (bound < x->bound)
		x->bound = bound;
	if (x->bound <= t->best->value)
		return ERR_OK;
	master_copy_prices(m, &t->up->best, &m->prices);
	read_use(t);
	if (!try_use(t, true))
		return ERR_SET(e, NOMEM, "no memory for a plan");
	master_close(m, r.load, m->bound_units, t->best->value, x->openings);
	g = is_whole ? choose_guide(t, 1e-6) : UINT32_MAX;
	if (x->bound > t->best->value && g == UINT32_MAX)
		settle(t, x);
	else if (x->bound > t->best->value && !split(t, x, g))
		return ERR_SET(e, NOMEM, "no memory for branching");
	return ERR_OK;
}

static void load_prices(struct tree *t, const struct node *x)
{
	const struct forming *f = t->m->f;

	memcpy(t->up->now.newcomer, x->newcomer,
	    f->n_newcomers * sizeof(*x->newcomer));
	memcpy(t->up->now.guide, x->guide, f->n_guides * sizeof(*x->guide));
	memset(t->up->use, 0, f->n_openings * sizeof(*t->up->use));
}

static enum err_code solve_node(struct tree *t, struct node *x, struct err *e)
{
	struct remainder r = {t->r->newcomers, x->openings, t->r->load};
	double gap = (double)(x->bound - t->best->value) / (double)x->bound;
	uint32_t g;

	t->m->reward = set_rewards(t, x);
	load_prices(t, x);
	ascend_run(
	    t->up, &r, x->openings, ASCENT_ROUNDS, gap / 2, t->best->value);
	if (t->up->bound / PRICE_UNIT < x->bound)
		x->bound = t->up->bound / PRICE_UNIT;
	if (x->bound <= t->best->value)
		return ERR_OK;
	if (x->depth == 0 && gap > ROOT_GAP)
		return solve_program(t, x, e);
	memcpy(t->use, t->up->use, t->m->f->n_openings * sizeof(*t->use));
	if (t->done % HEURISTIC_EVERY == 0 && !try_use(t, false))
		return ERR_SET(e, NOMEM, "no memory for a plan");
	g = choose_guide(t, UNCLEAR);
	if (g == UINT32_MAX)
		return solve_program(t, x, e);
	return split(t, x, g) ? ERR_OK
			      : ERR_SET(e, NOMEM, "no memory for branching");
}

enum err_code branch_run(struct master *m, const struct remainder *r,
    struct ascent *up, struct branch_limits limits, struct seats *s,
    int64_t *bound, struct err *e)
{
	struct tree t = {.m = m, .r = r, .up = up};
	int64_t rest = s->value;

	if (!new_tree(&t, s, limits.nodes) || push(&t, NULL, *bound) == NULL)
		return ERR_SET(e, NOMEM, "no memory for branching");
	while (t.n > 0 && t.done < limits.nodes &&
	       pricing_work(m->pricer) < limits.work && !m->stopped) {
		struct node x = pop(&t);

		if (x.bound <= s->value)
			break;
		if (solve_node(&t, &x, e) != ERR_OK)
			return e->code;
		if (x.bound > s->value && t.done % DIVE_EVERY == 0 &&
		    dive(&t, &x, t.done == 0 && m->solves > 0, e) != ERR_OK)
			return e->code;
		if (x.bound > s->value && t.done == 0 &&
		    !improve_search(m, r, s, x.bound, SEED,
			s->n_tables * TRIES_OF_TABLE, WARM))
			return ERR_SET(e, NOMEM, "no memory for a search");
		t.done++;
	}
	for (uint32_t k = 0; k < t.n; k++)
		if (t.node[k].bound > rest)
			rest = t.node[k].bound;
	if (t.settled > rest)
		rest = t.settled;
	if (s->value > rest)
		rest = s->value;
	if (rest < *bound)
		*bound = rest;
	return ERR_OK;
}
