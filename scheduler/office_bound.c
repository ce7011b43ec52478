/*
 * The bound of office hours: office_bound.
 *
 * Let each newcomer's seat cost a price between 0 and its worth. Whoever has a seat pays;
 * then no plan is worth more than all prices together plus, host by host, the most that
 * its slots could earn: a slot earns the dearest of what is left of worth, seat by seat,
 * and a host's slots are chosen by dynamic programming over the week (the week's end is
 * not looked across, which only raises the bound). Prices are integers, so whatever they
 * are the bound is true; a subgradient walk looks for good ones. It is the bound of the
 * linear program over whole weeks of hosts, which is much tighter than that of seats.
 */
#include <stdlib.h>
#include <string.h>

#include "scheduler/office_reach.h"

enum {
	SCALE = 256, /* of prices */
	ROUNDS = 4000,
	PATIENCE = 25, /* rounds without a better bound until steps halve */
	LOOK_EVERY = 4,
	LATE = 10, /* rounds that count in the average */
};

struct walk {
	const struct office_problem *x;
	int64_t *price, *left; /* by newcomer, scaled */
	int64_t best;

	struct newcomer_left {
		int64_t left;
		uint32_t i;
	} * order; /* who still earns something, most first */

	uint32_t n_order;
	int64_t *earns;   /* by option */
	int64_t *table;   /* of the dynamic program: option x slots */
	uint32_t *chosen; /* options */
	uint32_t n_chosen;
	uint32_t *seats; /* by newcomer, in the chosen slots */
	double *late;    /* seats too many, by newcomer, on the average */
};

static int most_first(const void *x, const void *y)
{
	const struct newcomer_left *a = x, *b = y;

	if (a->left != b->left)
		return a->left > b->left ? -1 : 1;
	return (a->i > b->i) - (a->i < b->i);
}

static void sort_left(struct walk *k)
{
	k->n_order = 0;
	for (uint32_t i = 0; i < k->x->w->n_newcomers; i++) {
		k->left[i] = k->x->worth[i] * SCALE - k->price[i];
		if (k->left[i] > 0)
			k->order[k->n_order++] =
			    (struct newcomer_left){k->left[i], i};
	}
	if (k->n_order > 0)
		qsort(k->order, k->n_order, sizeof(*k->order), most_first);
}

/* What a slot earns; with `count` its newcomers get a seat each, too. */
static int64_t earnings(
    struct walk *k, const struct office_option *o, uint32_t seats, bool count)
{
	int64_t sum = 0;

	for (uint32_t j = 0; j < k->n_order && seats > 0; j++) {
		uint32_t i = k->order[j].i;

		if (!office_reaches(o, i))
			continue;
		sum += k->order[j].left;
		k->seats[i] += count;
		seats--;
	}
	return sum;
}

/* table[j][m]: the most that options j … of the host earn with m slots. */
static int64_t best_of_host(struct walk *k, uint32_t h)
{
	const struct office_problem *x = k->x;
	const struct office_host *host = &x->w->host[h];
	uint32_t first = x->first[h], n = x->first[h + 1] - first;
	uint32_t wide = host->weekly + 1u, next = n;
	int64_t *t = k->table;

	memset(t + (size_t)n * wide, 0, wide * sizeof(*t));
	for (uint32_t j = n; j-- > 0;) {
		const struct office_option *o = &x->option[first + j];

		while (next > j + 1 &&
		       (x->option[first + next - 1].quarter - o->quarter) *
			       WEEK_SLOT_MINUTES >=
			   host->minutes)
			next--;
		k->earns[first + j] = earnings(k, o, host->seats, false);
		t[(size_t)j * wide] = 0;
		for (uint32_t m = 1; m < wide; m++) {
			int64_t with = k->earns[first + j] +
				       t[(size_t)next * wide + m - 1];
			int64_t without = t[(size_t)(j + 1) * wide + m];

			t[(size_t)j * wide + m] =
			    with > without ? with : without;
		}
	}
	return t[host->weekly];
}

/* Read the choice back out of the table. */
static void take_best(struct walk *k, uint32_t h)
{
	const struct office_problem *x = k->x;
	const struct office_host *host = &x->w->host[h];
	uint32_t first = x->first[h], n = x->first[h + 1] - first;
	uint32_t wide = host->weekly + 1u, m = host->weekly, j = 0;
	const int64_t *t = k->table;

	while (j < n && m > 0 && t[(size_t)j * wide + m] > 0) {
		const struct office_option *o = &x->option[first + j];

		if (t[(size_t)j * wide + m] == t[(size_t)(j + 1) * wide + m]) {
			j++;
			continue;
		}
		k->chosen[k->n_chosen++] = first + j;
		earnings(k, o, host->seats, true);
		m--;
		j++;
		while (j < n && (x->option[first + j].quarter - o->quarter) *
					WEEK_SLOT_MINUTES <
				    host->minutes)
			j++;
	}
}

/* The bound of these prices, and who is seated how often. */
static int64_t evaluate(struct walk *k)
{
	int64_t bound = 0;

	sort_left(k);
	k->n_chosen = 0;
	memset(k->seats, 0, k->x->w->n_newcomers * sizeof(*k->seats));
	for (uint32_t i = 0; i < k->x->w->n_newcomers; i++)
		bound += k->price[i];
	for (uint32_t h = 0; h < k->x->w->n_hosts; h++) {
		bound += best_of_host(k, h);
		take_best(k, h);
	}
	return bound;
}

/* Dearer for whom many want to seat, cheaper for whom nobody does: not this time alone,
 * but on the average of late, or prices would only swing. */
static void step(struct walk *k, int64_t bound, double share)
{
	const struct office_problem *x = k->x;
	double norm = 0, length;

	for (uint32_t i = 0; i < x->w->n_newcomers; i++) {
		k->late[i] += (k->seats[i] - 1.0 - k->late[i]) / LATE;
		norm += k->late[i] * k->late[i];
	}
	if (norm <= 0)
		return;
	length = share * (double)bound / norm;
	for (uint32_t i = 0; i < x->w->n_newcomers; i++) {
		int64_t top = x->worth[i] * SCALE;
		int64_t p = k->price[i] + (int64_t)(length * k->late[i]);

		k->price[i] = p < 0 ? 0 : p > top ? top : p;
	}
}

static bool make_room(struct arena *a, struct walk *k)
{
	const struct office_problem *x = k->x;
	uint32_t n = x->w->n_newcomers, n_options = x->first[x->w->n_hosts];

	k->price = ARENA_ARRAY(a, n, int64_t);
	k->left = ARENA_ARRAY(a, n, int64_t);
	k->order = ARENA_ARRAY(a, n, struct newcomer_left);
	k->seats = ARENA_ARRAY(a, n, uint32_t);
	k->late = ARENA_ARRAY(a, n, double);
	k->earns = ARENA_ARRAY(a, n_options, int64_t);
	k->table = ARENA_ARRAY(
	    a, (WEEK_SLOTS + 1) * (size_t)(OFFICE_MAX_WEEKLY + 1), int64_t);
	k->chosen =
	    ARENA_ARRAY(a, x->w->n_hosts * (size_t)OFFICE_MAX_WEEKLY, uint32_t);
	return k->price != NULL && k->left != NULL && k->order != NULL &&
	       k->seats != NULL && k->late != NULL && k->earns != NULL &&
	       k->table != NULL && k->chosen != NULL;
}

static bool is_reachable(const struct office_problem *x, uint32_t i)
{
	for (uint32_t o = 0; o < x->first[x->w->n_hosts]; o++)
		if (office_reaches(&x->option[o], i))
			return true;
	return false;
}

enum err_code office_bound(struct arena *a, const struct office_problem *x,
    void (*look)(void *cookie, const uint32_t *option, uint32_t n),
    void *cookie, int64_t *ret_bound, struct err *e)
{
	struct walk k = {.x = x, .best = INT64_MAX};
	double share = 0.02;
	unsigned idle = 0;

	if (!make_room(a, &k))
		return ERR_SET(e, NOMEM, "no memory for the prices");
	/* As dear as all can be: everybody whom some slot reaches has a seat. */
	for (uint32_t i = 0; i < x->w->n_newcomers; i++) {
		k.price[i] = is_reachable(x, i) ? x->worth[i] * SCALE : 0;
		k.late[i] = 0;
	}
	for (int round = 0; round < ROUNDS && share > 1e-7; round++) {
		int64_t bound = evaluate(&k);

		if (bound < k.best) {
			k.best = bound;
			idle = 0;
		} else if (++idle == PATIENCE) {
			share /= 2;
			idle = 0;
		}
		if (look != NULL && round % LOOK_EVERY == 0)
			look(cookie, k.chosen, k.n_chosen);
		step(&k, bound, share);
	}
	*ret_bound = k.best / SCALE;
	return ERR_OK;
}
