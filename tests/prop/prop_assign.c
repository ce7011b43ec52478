/*
 * The assignment against oracles: brute force up to 7 newcomers, GLPK's LP up to
 * 60, duality always, more places never worth less, and the published instances of
 * the OR-Library (../shared; skipped where absent).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "matcher/assign.h"
#include "matcher/lp.h"
#include "tests/lib/orlib.h"

enum {
	SEED = 20261124,
	MAX = 64
};

struct instance {
	uint32_t n, m, capacity[MAX];
	struct assign_row row[MAX];
	struct assign_edge edge[MAX][MAX];
};

static uint32_t draw(uint64_t *state, uint32_t n)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(*state >> 33) % n;
}

/* Few distinct values, so that ties are many; some edges worth nothing. */
static void make(struct instance *g, uint64_t *s, uint32_t n, uint32_t m,
    uint32_t values, uint32_t percent)
{
	g->n = n;
	g->m = m;
	for (uint32_t j = 0; j < m; j++)
		g->capacity[j] = draw(s, 4);
	for (uint32_t i = 0; i < n; i++) {
		g->row[i] = (struct assign_row){g->edge[i], 0, MAX};
		for (uint32_t j = 0; j < m; j++)
			if (g->capacity[j] > 0 && draw(s, 100) < percent)
				g->edge[i][g->row[i].n++] =
				    (struct assign_edge){
					(int64_t)draw(s, values) - 1, j, 0};
	}
}

static int64_t brute(struct instance *g, uint32_t i)
{
	int64_t best;

	if (i == g->n)
		return 0;
	best = brute(g, i + 1);
	for (uint32_t k = 0; k < g->row[i].n; k++) {
		struct assign_edge *edge = &g->edge[i][k];
		int64_t value;

		if (g->capacity[edge->mentor] == 0)
			continue;
		g->capacity[edge->mentor]--;
		value = edge->value + brute(g, i + 1);
		g->capacity[edge->mentor]++;
		if (value > best)
			best = value;
	}
	return best;
}

/* Feasible, of the value claimed, and proven by its duals. */
static void assert_proven(
    const struct instance *g, const struct assign *w, int64_t objective)
{
	const int64_t *u = assign_u(w), *p = assign_p(w);
	uint32_t used[MAX] = {0};
	int64_t value = 0, dual = 0;

	for (uint32_t i = 0; i < g->n; i++) {
		dual += u[i];
		assert_true(u[i] >= 0);
		for (uint32_t k = 0; k < g->row[i].n; k++) {
			const struct assign_edge *edge = &g->edge[i][k];

			if (edge->value > 0 && g->capacity[edge->mentor] > 0)
				assert_true(
				    u[i] + p[edge->mentor] >= edge->value);
			if (edge->mentor == assign_mate(w, i, 0)) {
				value += edge->value;
				used[edge->mentor]++;
			}
		}
	}
	for (uint32_t j = 0; j < g->m; j++) {
		assert_true(p[j] >= 0 && used[j] <= g->capacity[j]);
		dual += p[j] * g->capacity[j];
	}
	assert_int_equal(value, objective);
	assert_int_equal(dual, objective);
}

static int64_t solve(struct instance *g)
{
	struct arena *a = arena_new(1 << 20);
	struct assign *w = assign_new(a, g->n, g->m, g->capacity);
	int64_t objective;

	assert_non_null(w);
	objective = assign_solve(w, g->row);
	assert_proven(g, w, objective);
	assert_int_equal(assign_solve(w, g->row), objective); /* again */
	arena_free(a);
	return objective;
}

static void test_brute_force(void **state)
{
	static struct instance g;
	uint64_t s = SEED;

	(void)state;
	for (int round = 0; round < 400; round++) {
		make(&g, &s, draw(&s, 8), 1 + draw(&s, 5), 2 + draw(&s, 20),
		    30 + draw(&s, 71));
		assert_int_equal(solve(&g), brute(&g, 0));
	}
}

static double lp_optimum(const struct instance *g)
{
	struct err e = {0};
	struct lp *lp = NULL;
	enum lp_status status = LP_UNKNOWN;
	double objective;

	assert_int_equal(lp_new(true, &lp, &e), ERR_OK);
	for (uint32_t i = 0; i < g->n; i++)
		assert_int_equal(
		    lp_add_rows(lp, 1, -INFINITY, 1, NULL, &e), ERR_OK);
	for (uint32_t j = 0; j < g->m; j++)
		assert_int_equal(
		    lp_add_rows(lp, 1, -INFINITY, g->capacity[j], NULL, &e),
		    ERR_OK);
	for (uint32_t i = 0; i < g->n; i++)
		for (uint32_t k = 0; k < g->row[i].n; k++) {
			struct lp_entry entry[2] = {{(int)i, 1},
			    {(int)(g->n + g->edge[i][k].mentor), 1}};

			assert_int_equal(lp_add_column(lp, 0, INFINITY,
					     (double)g->edge[i][k].value, entry,
					     2, NULL, &e),
			    ERR_OK);
		}
	assert_int_equal(lp_solve(lp, 100000, &status, &e), ERR_OK);
	assert_int_equal(status, LP_OPTIMAL);
	objective = lp_objective(lp);
	lp_free(lp);
	return objective;
}

static void test_linear_program(void **state)
{
	static struct instance g;
	uint64_t s = SEED + 1;

	(void)state;
	for (int round = 0; round < 25; round++) {
		make(&g, &s, 10 + draw(&s, 51), 5 + draw(&s, 40),
		    5 + draw(&s, 1000), 10 + draw(&s, 90));
		assert_true(fabs((double)solve(&g) - lp_optimum(&g)) < 1e-6);
	}
}

static void test_more_places_never_hurt(void **state)
{
	static struct instance g;
	uint64_t s = SEED + 2;

	(void)state;
	for (int round = 0; round < 50; round++) {
		int64_t before;

		make(&g, &s, 30, 10, 100, 50);
		before = solve(&g);
		g.capacity[draw(&s, 10)]++;
		assert_true(solve(&g) >= before);
	}
}

/* Values near the end of the domain stay exact. */
static void test_large_values(void **state)
{
	static struct instance g;
	uint64_t s = SEED + 3;

	(void)state;
	make(&g, &s, 3, 3, 50, 100);
	for (uint32_t i = 0; i < 3; i++)
		for (uint32_t k = 0; k < g.row[i].n; k++)
			g.edge[i][k].value += ASSIGN_VALUE_MAX - 100;
	assert_int_equal(solve(&g), brute(&g, 0));
}

static void test_published_optima(void **state)
{
	const char *shared = getenv("CAIRN_SHARED");

	static const struct {
		const char *name;
		int64_t optimum;
	} KNOWN[] = {
	    {"assign100", 305}, {"assign400", 804}, {"assign800", 1552}};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct arena *a = arena_new((size_t)1 << 28);
		int64_t objective = -1;
		char path[512];

		snprintf(path, sizeof(path), "%s/data/assignment/%s.txt",
		    shared != NULL ? shared : "../shared", KNOWN[i].name);
		if (!orlib_solve(a, path, &objective)) {
			arena_free(a);
			print_message("no %s\n", path);
			skip();
		}
		assert_int_equal(objective, KNOWN[i].optimum);
		arena_free(a);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_brute_force),
	    cmocka_unit_test(test_linear_program),
	    cmocka_unit_test(test_more_places_never_hurt),
	    cmocka_unit_test(test_large_values),
	    cmocka_unit_test(test_published_optima),
	};

	print_message("seed %d\n", SEED);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
