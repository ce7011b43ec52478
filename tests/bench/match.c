/* bench/match NEWCOMERS MENTORS [SEED]: a synthetic community matched and verified,
 * with the time of each. */
#include <stdio.h>

#include "base/arena.h"
#include "base/instant.h"
#include "base/num.h"
#include "matcher/match.h"
#include "tests/lib/people.h"

static int64_t number(int argc, char **argv, int k, int64_t fallback)
{
	int64_t value = fallback;

	if (k < argc)
		(void)num_parse_i64(
		    argv[k], strlen(argv[k]), 2, 100000, &value);
	return value;
}

int main(int argc, char **argv)
{
	uint32_t n = (uint32_t)number(argc, argv, 1, 500);
	uint32_t m = (uint32_t)number(argc, argv, 2, 300);
	struct match_options options = {.seed = 1};
	struct policy policy = people_policy();
	struct arena *a = arena_new((size_t)4 << 30);
	struct people *f = people_new();
	const struct community *c =
	    people_random(f, n, m, (uint64_t)number(argc, argv, 3, 7));
	struct plan *plan = NULL;
	struct err e = {0};
	int64_t start = monotonic_ms(), solved;
	enum err_code rc = match_run(a, c, &policy, &options, &plan, &e);

	solved = monotonic_ms();
	if (rc == ERR_OK)
		rc = match_verify(a, c, &policy, plan, &e);
	if (rc != ERR_OK) {
		fprintf(stderr, "%s\n", e.detail);
	} else {
		printf("newcomers %u mentors %u served %u worst %d total %lld\n"
		       "allowed %llu columns %llu passes %u lp %s in %d "
		       "iterations\nmatch %.3f verify %.3f seconds\n",
		    n, m, plan->n_pairs, plan->worst_points,
		    (long long)plan->total_points,
		    (unsigned long long)plan->solver.allowed_pairs,
		    (unsigned long long)plan->solver.columns,
		    plan->solver.pricing_passes,
		    plan->solver.lp_confirmed ? "confirmed" : "left out",
		    plan->solver.lp_iterations, (double)(solved - start) / 1000,
		    (double)(monotonic_ms() - solved) / 1000);
	}
	people_free(f);
	arena_free(a);
	return rc == ERR_OK ? 0 : 1;
}
