/*
 * A GLPK that gives up, and one that disagrees: this program's glp_simplex stands
 * before the library's.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <dlfcn.h>
#include <glpk.h>

#include "matcher/match.h"
#include "tests/lib/people.h"

typedef int simplex(glp_prob *, const glp_smcp *);

enum manner {
	HONEST,
	FAILS,
	AT_ITS_LIMIT,
	STOPS, /* inside the library, as when its memory ends */
	DISAGREES
};

static enum manner manner;

int glp_simplex(glp_prob *problem, const glp_smcp *parm)
{
	simplex *real;

	*(void **)&real = dlsym(RTLD_NEXT, "glp_simplex");

	if (manner == FAILS)
		return GLP_EFAIL;
	if (manner == AT_ITS_LIMIT)
		return GLP_EITLIM;
	if (manner == STOPS)
		glp_error("no memory\n");
	if (manner == DISAGREES)
		glp_set_obj_coef(problem, 1, 1e9);
	return real(problem, parm);
}

static enum err_code match(
    struct arena *a, enum manner how, struct plan **ret_plan, struct err *e)
{
	struct people *f = people_new();
	struct policy policy = people_policy();
	struct match_options options = {.seed = 1};
	const struct community *c = people_random(f, 30, 10, 1);
	enum err_code rc;

	manner = how;
	rc = match_run(a, c, &policy, &options, ret_plan, e);
	if (rc == ERR_OK)
		assert_int_equal(
		    match_verify(a, c, &policy, *ret_plan, 2, e), ERR_OK);
	people_free(f);
	return rc;
}

/* The plan is as good and proved by its certificate, only GLPK's word is missing. */
static void test_a_plan_outlives_glpk(void **state)
{
	static const enum manner HOW[] = {HONEST, FAILS, AT_ITS_LIMIT, STOPS};

	(void)state;
	for (size_t k = 0; k < sizeof(HOW) / sizeof(HOW[0]); k++) {
		struct arena *a = arena_new(64 << 20);
		struct plan *plan = NULL;
		struct err e = {0};

		assert_int_equal(match(a, HOW[k], &plan, &e), ERR_OK);
		assert_true(plan->n_pairs > 0);
		assert_int_equal(plan->solver.lp_confirmed, HOW[k] == HONEST);
		arena_free(a);
	}
}

static void test_no_plan_when_glpk_disagrees(void **state)
{
	struct arena *a = arena_new(64 << 20);
	struct plan *plan = NULL;
	struct err e = {0};

	(void)state;
	assert_int_equal(match(a, DISAGREES, &plan, &e), ERR_SOLVER);
	assert_non_null(strstr(e.detail, "does not confirm"));
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_a_plan_outlives_glpk),
	    cmocka_unit_test(test_no_plan_when_glpk_disagrees),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
