/*
 * The assignment of several mentors to a newcomer against oracles: brute force up to
 * 4 newcomers with all sets of mentors, GLPK's LP of another form up to 60, after
 * values change and edges come in too; prices alone prove what is best.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "matcher/assign.h"
#include "matcher/lp.h"

enum {
	SEED = 20261130,
	MAX = 64
};

static uint32_t draw(uint64_t *state, uint32_t n)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(*state >> 33) % n;
}

struct instance {
	uint32_t n, m, capacity[MAX];
	uint8_t wanted[MAX];
	int64_t once[MAX];
	struct assign_row row[MAX];
	struct assign_edge edge[MAX][MAX];
};

/* What counts once is in every value of the row. Few distinct values: many ties. */
static void set_values(struct instance *g, uint64_t *s, uint32_t values)
{
	for (uint32_t i = 0; i < g->n; i++) {
		g->once[i] = draw(s, 3) ? (int64_t)draw(s, values) : 0;
		for (uint32_t k = 0; k < g->row[i].n; k++)
			g->edge[i][k].value =
			    draw(s, 8) ? g->once[i] + draw(s, values) : 0;
	}
}

/* Edges of mentors from..to. */
static void add_edges(struct instance *g, uint64_t *s, uint32_t from,
    uint32_t to, uint32_t percent)
{
	for (uint32_t i = 0; i < g->n; i++)
		for (uint32_t j = from; j < to; j++)
			if (g->capacity[j] > 0 && draw(s, 100) < percent)
				g->edge[i][g->row[i].n++].mentor = j;
}

static void make(struct instance *g, uint64_t *s, uint32_t n, uint32_t m)
{
	g->n = n;
	g->m = m;
	for (uint32_t j = 0; j < m; j++)
		g->capacity[j] = draw(s, 4);
	for (uint32_t i = 0; i < n; i++) {
		g->row[i] = (struct assign_row){g->edge[i], 0, MAX};
		g->wanted[i] = (uint8_t)(1 + draw(s, ASSIGN_MAX_WANTED));
	}
}

/* Newcomer i has `has` mentors and may take edges from k on. */
static int64_t brute(struct instance *g, uint32_t i, uint32_t k, uint32_t has)
{
	const struct assign_edge *edge = &g->edge[i][k];
	int64_t best, value;

	if (i == g->n)
		return 0;
	if (k == g->row[i].n || has == g->wanted[i])
		return brute(g, i + 1, 0, 0);
	best = brute(g, i, k + 1, has);
	if (g->capacity[edge->mentor] == 0 || edge->value == 0)
		return best;
	g->capacity[edge->mentor]--;
	value = edge->value - (has > 0 ? g->once[i] : 0) +
		brute(g, i, k + 1, has + 1);
	g->capacity[edge->mentor]++;
	return value > best ? value : best;
}

/* What the best so many mentors bring at these prices, by trying all sets. */
static int64_t best_gain(const struct instance *g, const int64_t *p, uint32_t i,
    uint32_t k, uint32_t has)
{
	const struct assign_edge *edge = &g->edge[i][k];
	int64_t best, gain;

	if (k == g->row[i].n || has == g->wanted[i])
		return 0;
	best = best_gain(g, p, i, k + 1, has);
	if (edge->value == 0)
		return best;
	gain = edge->value - p[edge->mentor] - (has > 0 ? g->once[i] : 0) +
	       best_gain(g, p, i, k + 1, has + 1);
	return gain > best ? gain : best;
}

static int64_t value_of(
    const struct instance *g, const struct assign *w, uint32_t *used)
{
	int64_t value = 0;
	uint32_t j;

	for (uint32_t i = 0; i < g->n; i++)
		for (uint32_t at = 0;
		     (j = assign_mate(w, i, at)) != ASSIGN_ALONE; at++) {
			const struct assign_edge *edge = g->edge[i];

			assert_true(at < g->wanted[i]);
			if (at > 0)
				assert_true(assign_mate(w, i, at - 1) < j);
			while (edge->mentor != j)
				edge++;
			assert_true(edge->value > 0);
			value += edge->value - (at > 0 ? g->once[i] : 0);
			used[j]++;
		}
	return value;
}

/* Feasible, of the value claimed, and proven by prices alone where `all` sets can be
 * tried. */
static void assert_proven(const struct instance *g, const struct assign *w,
    int64_t objective, bool all)
{
	const int64_t *p = assign_p(w), *gain = assign_gain(w);
	uint32_t used[MAX] = {0};
	int64_t dual = 0;

	assert_int_equal(value_of(g, w, used), objective);
	for (uint32_t j = 0; j < g->m; j++) {
		assert_true(p[j] >= 0 && used[j] <= g->capacity[j]);
		dual += p[j] * g->capacity[j];
	}
	for (uint32_t i = 0; i < g->n; i++) {
		if (all)
			assert_int_equal(gain[i], best_gain(g, p, i, 0, 0));
		dual += gain[i];
	}
	assert_int_equal(dual, objective);
}

/* At most one of each pair; served once at most counts `once`. */
static double lp_optimum(const struct instance *g)
{
	struct err e = {0};
	struct lp *lp = NULL;
	enum lp_status status = LP_UNKNOWN;
	double objective;
	int n = (int)g->n;

	assert_int_equal(lp_new(true, &lp, &e), ERR_OK);
	for (int i = 0; i < n; i++)
		assert_int_equal(
		    lp_add_rows(lp, 1, -INFINITY, g->wanted[i], NULL, &e),
		    ERR_OK);
	for (int i = 0; i < n; i++) /* served - mentors <= 0 */
		assert_int_equal(
		    lp_add_rows(lp, 1, -INFINITY, 0, NULL, &e), ERR_OK);
	for (uint32_t j = 0; j < g->m; j++)
		assert_int_equal(
		    lp_add_rows(lp, 1, -INFINITY, g->capacity[j], NULL, &e),
		    ERR_OK);
	for (int i = 0; i < n; i++) {
		struct lp_entry served = {n + i, 1};

		assert_int_equal(lp_add_column(lp, 0, 1, (double)g->once[i],
				     &served, 1, NULL, &e),
		    ERR_OK);
		for (uint32_t k = 0; k < g->row[i].n; k++) {
			const struct assign_edge *edge = &g->edge[i][k];
			struct lp_entry entry[3] = {{i, 1}, {n + i, -1},
			    {2 * n + (int)edge->mentor, 1}};

			if (edge->value == 0)
				continue;
			assert_int_equal(lp_add_column(lp, 0, 1,
					     (double)(edge->value - g->once[i]),
					     entry, 3, NULL, &e),
			    ERR_OK);
		}
	}
	assert_int_equal(lp_solve(lp, 100000, &status, &e), ERR_OK);
	assert_int_equal(status, LP_OPTIMAL);
	objective = lp_objective(lp);
	lp_free(lp);
	return objective;
}

/* Three solves that go on from each other: half the mentors, all of them, then other
 * values; and a fresh one that follows the last. */
static void run_instance(
    struct instance *g, uint64_t *s, uint32_t values, bool by_brute)
{
	struct arena *a = arena_new(1 << 20);
	struct assign *w = assign_new(a, g->n, g->m, g->capacity);
	struct assign *other = assign_new(a, g->n, g->m, g->capacity);
	uint32_t percent = 20 + draw(s, 81);
	int64_t objective = 0;

	assert_true(assign_want(w, a, g->wanted, g->once));
	assert_true(assign_want(other, a, g->wanted, g->once));
	for (int round = 0; round < 3; round++) {
		if (round < 2)
			add_edges(g, s, round == 0 ? 0 : g->m / 2,
			    round == 0 ? g->m / 2 : g->m, percent);
		set_values(g, s, values);
		objective = assign_solve(w, g->row);
		assert_proven(g, w, objective, by_brute);
		if (by_brute)
			assert_int_equal(objective, brute(g, 0, 0, 0));
		else
			assert_true(
			    fabs((double)objective - lp_optimum(g)) < 1e-6);
	}
	assign_follow(other, w);
	assert_int_equal(assign_solve(other, g->row), objective);
	assert_proven(g, other, objective, by_brute);
	arena_free(a);
}

static void test_brute_force(void **state)
{
	static struct instance g;
	uint64_t s = SEED;

	(void)state;
	for (int round = 0; round < 400; round++) {
		make(&g, &s, draw(&s, 5), 1 + draw(&s, 5));
		run_instance(&g, &s, 2 + draw(&s, 20), true);
	}
}

static void test_linear_program(void **state)
{
	static struct instance g;
	uint64_t s = SEED + 1;

	(void)state;
	for (int round = 0; round < 25; round++) {
		make(&g, &s, 10 + draw(&s, 51), 5 + draw(&s, 40));
		run_instance(&g, &s, 5 + draw(&s, 1000), false);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_brute_force),
	    cmocka_unit_test(test_linear_program),
	};

	print_message("seed %d\n", SEED);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
