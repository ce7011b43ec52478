/*
 * What if the policy were another? The plans of two policies for the same people, side
 * by side: what each reaches by its own measure, what both are worth by the first
 * policy's, and for whom it matters. Pure; in the arena; cost of two match_run.
 */
#ifndef MATCHER_COMPARE_H
#define MATCHER_COMPARE_H

#include "matcher/match.h"

enum {
	COMPARE_MAX_CHANGES = 200 /* people named in an answer */
};

/* A newcomer's mentor by the one and by the other policy, and the points of these
 * pairs by the first one's measure; COMMUNITY.n and 0 for nobody. Where somebody has
 * several, one entry for each who is another. */
struct compare_change {
	uint32_t newcomer, was, is;
	int32_t points_was, points_is;
	bool is_allowed; /* by the first policy */
};

struct compare {
	const struct plan *was, *is;
	/* The second plan by the first policy's measure; its pairs that the first
	 * does not allow are n_forbidden, and count with the points they have. */
	struct plan_goals by_was;
	uint32_t n_forbidden;
	/* Of the newcomers: a mentor instead of nobody, nobody instead of a mentor,
	 * other mentors with more, fewer or as many points in all. */
	uint32_t n_gained, n_lost, n_better, n_worse, n_even;
	/* Whoever loses most first, then by the id. */
	uint32_t n_changes;
	struct compare_change change[COMPARE_MAX_CHANGES];
};

/* Errors are those of match_run. */
enum err_code compare_run(struct arena *a, const struct community *c,
    const struct policy *was, const struct policy *is,
    const struct match_options *o, struct compare **ret_compare,
    struct err *e) ERR_CHECKED;

#endif
