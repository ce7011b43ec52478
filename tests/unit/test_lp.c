/* The door to GLPK: small programs solved by hand, warm starts, integers, and
 * life after an error that would abort the process. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "matcher/lp.h"

static void assert_near(double a, double b)
{
	assert_true(fabs(a - b) < 1e-9);
}

/* max 3x + 2y, x + y <= 4, x + 3y <= 8, x <= 3: 11 at (3, 1). */
static struct lp *small(struct err *e)
{
	struct lp *lp = NULL;

	assert_int_equal(lp_new(true, &lp, e), ERR_OK);
	assert_int_equal(lp_add_rows(lp, 1, -INFINITY, 4, NULL, e), ERR_OK);
	assert_int_equal(lp_add_rows(lp, 1, -INFINITY, 8, NULL, e), ERR_OK);
	assert_int_equal(lp_add_column(lp, 0, 3, 3,
			     (struct lp_entry[]){{0, 1}, {1, 1}}, 2, NULL, e),
	    ERR_OK);
	assert_int_equal(lp_add_column(lp, 0, INFINITY, 2,
			     (struct lp_entry[]){{0, 1}, {1, 3}}, 2, NULL, e),
	    ERR_OK);
	return lp;
}

static void test_solves_and_warm_starts(void **state)
{
	struct err e = {0};
	struct lp *lp = small(&e);
	enum lp_status status = LP_UNKNOWN;
	int column = -1;

	(void)state;
	assert_int_equal(lp_solve(lp, 100, &status, &e), ERR_OK);
	assert_int_equal(status, LP_OPTIMAL);
	assert_near(lp_objective(lp), 11);
	assert_near(lp_value(lp, 0), 3);
	assert_near(lp_value(lp, 1), 1);
	assert_near(lp_dual(lp, 0), 2);
	assert_near(lp_dual(lp, 1), 0);
	assert_near(lp_reduced_cost(lp, 0), 1);
	/* again: nothing left to do */
	assert_int_equal(lp_solve(lp, 100, &status, &e), ERR_OK);
	assert_int_equal(lp_iterations(lp), 0);
	/* a third column that pays: 5 per unit of row 0, at most 1 */
	assert_int_equal(lp_add_column(lp, 0, 1, 5, (struct lp_entry[]){{0, 1}},
			     1, &column, &e),
	    ERR_OK);
	assert_int_equal(column, 2);
	assert_int_equal(lp_solve(lp, 100, &status, &e), ERR_OK);
	assert_near(lp_objective(lp), 14);
	/* and a bound that takes it away again */
	assert_int_equal(lp_bound_column(lp, 2, 0, 0, &e), ERR_OK);
	assert_int_equal(lp_solve(lp, 100, &status, &e), ERR_OK);
	assert_near(lp_objective(lp), 11);
	assert_true(isnan(lp_value(lp, 3)));
	assert_true(isnan(lp_dual(lp, -1)));
	lp_free(lp);
}

static void test_says_infeasible_and_unbounded(void **state)
{
	struct err e = {0};
	struct lp *lp = small(&e);
	enum lp_status status = LP_UNKNOWN;

	(void)state;
	assert_int_equal(lp_bound_row(lp, 0, 100, 200, &e), ERR_OK);
	assert_int_equal(lp_solve(lp, 100, &status, &e), ERR_OK);
	assert_int_equal(status, LP_INFEASIBLE);
	assert_int_equal(lp_bound_row(lp, 0, -INFINITY, INFINITY, &e), ERR_OK);
	assert_int_equal(lp_bound_row(lp, 1, -INFINITY, INFINITY, &e), ERR_OK);
	assert_int_equal(lp_solve(lp, 100, &status, &e), ERR_OK);
	assert_int_equal(status, LP_UNBOUNDED);
	lp_free(lp);
}

/* A knapsack: 10a + 13b + 7c, 3a + 4b + 2c <= 6 (0 or 1 each): 20 by b and c;
 * its relaxation reaches more. */
static void test_integers(void **state)
{
	static const double COST[] = {10, 13, 7}, SIZE[] = {3, 4, 2};
	struct err e = {0};
	struct lp *lp = NULL;
	enum lp_status status = LP_UNKNOWN;
	double bound = 0;

	(void)state;
	assert_int_equal(lp_new(true, &lp, &e), ERR_OK);
	assert_int_equal(lp_add_rows(lp, 1, -INFINITY, 6, NULL, &e), ERR_OK);
	for (int j = 0; j < 3; j++) {
		struct lp_entry entry = {0, SIZE[j]};

		assert_int_equal(
		    lp_add_column(lp, 0, 1, COST[j], &entry, 1, NULL, &e),
		    ERR_OK);
		assert_int_equal(lp_integer_column(lp, j, &e), ERR_OK);
	}
	assert_int_equal(lp_solve(lp, 100, &status, &e), ERR_OK);
	assert_true(lp_objective(lp) > 20.1);
	assert_int_equal(lp_solve_integer(lp, 1000, (double[]){1, 0, 1},
			     &status, &bound, &e),
	    ERR_OK);
	assert_int_equal(status, LP_OPTIMAL);
	assert_near(lp_integer_objective(lp), 20);
	assert_near(bound, 20);
	assert_near(lp_integer_value(lp, 0), 0);
	assert_near(lp_integer_value(lp, 1), 1);
	lp_free(lp);
}

/* GLPK aborts on a row that does not exist; here it is an error, the program is
 * dead, and a new one works. */
static void test_survives_misuse(void **state)
{
	struct err e = {0};
	struct lp *lp = small(&e), *other = small(&e);
	enum lp_status status = LP_UNKNOWN;

	(void)state;
	assert_int_equal(lp_bound_row(lp, 7, 0, 1, &e), ERR_SOLVER);
	assert_int_equal(lp_solve(lp, 100, &status, &e), ERR_SOLVER);
	assert_int_equal(lp_solve(other, 100, &status, &e), ERR_SOLVER);
	assert_int_equal(lp_columns(other), 0);
	assert_true(isnan(lp_objective(lp)));
	lp_free(lp);
	lp_free(other);
	lp = small(&e);
	assert_int_equal(lp_solve(lp, 100, &status, &e), ERR_OK);
	assert_near(lp_objective(lp), 11);
	lp_free(lp);
}

/* An optimal basis given beforehand leaves nothing to do; an impossible one is
 * repaired. */
static void test_starting_basis(void **state)
{
	struct err e = {0};
	struct lp *lp = small(&e);
	enum lp_status status = LP_UNKNOWN;

	(void)state;
	assert_int_equal(lp_place_column(lp, 0, LP_AT_UPPER, &e), ERR_OK);
	assert_int_equal(lp_place_column(lp, 1, LP_BASIC, &e), ERR_OK);
	assert_int_equal(lp_place_row(lp, 0, LP_AT_UPPER, &e), ERR_OK);
	assert_int_equal(lp_place_row(lp, 1, LP_BASIC, &e), ERR_OK);
	assert_int_equal(lp_solve(lp, 100, &status, &e), ERR_OK);
	assert_int_equal(lp_iterations(lp), 0);
	assert_near(lp_objective(lp), 11);
	assert_int_equal(lp_place_row(lp, 1, LP_AT_UPPER, &e), ERR_OK);
	assert_int_equal(lp_solve(lp, 100, &status, &e), ERR_OK);
	assert_near(lp_objective(lp), 11);
	lp_free(lp);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_solves_and_warm_starts),
	    cmocka_unit_test(test_says_infeasible_and_unbounded),
	    cmocka_unit_test(test_integers),
	    cmocka_unit_test(test_survives_misuse),
	    cmocka_unit_test(test_starting_basis),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
