/*
 * Shortages: newcomers who together can only be served by fewer places than they are
 * (a violator of Hall's condition, P. Hall 1935), and which mentor would help most.
 *
 * From every unmatched newcomer with allowed mentors go along alternating paths of the
 * plan: to the mentors they may have, to the newcomers whom these serve, to the mentors
 * whom those may have … Where all mentors on the way are full, the newcomers met hold
 * all of their places, and with the one who has none they are one too many. This set is
 * smallest by inclusion: leave out anybody, and the paths show how all the others are
 * served. (Other sets with other people may be smaller in number.) It does not depend
 * on why a plan is as it is; where a mentor on the way has room there is no shortage.
 *
 * Cost: where everybody competes with everybody, which is the rule in large
 * communities, a look at about the pairs of one newcomer a mentor. Else at those of
 * all newcomers who have a mentor, then strongly connected components (Tarjan 1972) of
 * a graph over the mentors, one bit an edge.
 * Private to the matcher. Pure; one thread.
 */
#ifndef MATCHER_SHORTAGE_H
#define MATCHER_SHORTAGE_H

#include "base/arena.h"
#include "base/err.h"
#include "matcher/plan.h"
#include "matcher/rate.h"

enum {
	SHORTAGE_MAX_MENTORS = 1
			       << 14, /* of a community; beyond none is told */
};

/* Fill plan->shortages, in `a`, from its pairs and its unmatched. ERR_NOMEM. */
enum err_code shortage_report(struct arena *work, struct arena *a,
    const struct scorer *s, const struct rate *r, struct plan *plan,
    struct err *e) ERR_CHECKED;

#endif
