/*
 * The matcher's front door: community + policy -> optimal plan with certificate.
 *
 * Goals in order: newcomers served, weighted by waiting -> the worst pair's points
 * -> total points -> a tie-break drawn from `seed` and the two external ids. All
 * exact integers; same input, policy and seed give the same plan, whatever the
 * row order. Pure but for GLPK, which may abort the process on an internal error:
 * run it in a child process. Domain: see match.c; checked on entry.
 */
#ifndef MATCHER_MATCH_H
#define MATCHER_MATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "matcher/community.h"
#include "matcher/plan.h"
#include "matcher/policy.h"

struct match_progress {
	const char *phase; /* "people", "worst", "total", "confirm" */
	uint64_t done, total;
	int64_t best_objective, bound;
};

struct match_options {
	uint64_t seed;
	unsigned threads; /* at most; 0: one. The plan does not depend on it */
	/* Called now and then; a true answer stops the run with ERR_TIMEOUT.
	 * May be NULL. */
	bool (*progress)(void *cookie, const struct match_progress *p);
	void *cookie;
};

/* The plan lives in `a`. ERR_VALIDATION beyond the numeric domain, ERR_NOMEM,
 * ERR_SOLVER (GLPK failed or disagreed), ERR_TIMEOUT (stopped). */
enum err_code match_run(struct arena *a, const struct community *c,
    const struct policy *p, const struct match_options *o,
    struct plan **ret_plan, struct err *e) ERR_CHECKED;

/*
 * Check a plan and its certificate against the instance. Shares no code with
 * the solver but the scorer, uses no GLPK, O(pairs of the community). On failure
 * ERR_VALIDATION with the first violated condition in e->detail, naming people by
 * external id, whatever the number of threads. Every number of the plan is
 * recomputed.
 */
enum err_code match_verify(struct arena *a, const struct community *c,
    const struct policy *p, const struct plan *plan, unsigned threads,
    struct err *e) ERR_CHECKED;

/* The canonical text of everything a run reads of the people, for the input digest:
 * independent of row order and spelling. Zone names are in it, their tables not
 * (the version of the zone data is recorded beside). Failure is out->failed. */
void match_canonical(const struct community *c, struct str *out);

#endif
