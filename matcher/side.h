/*
 * Side constraints made ready for a community: who is of which group, and each
 * limit as a row  sum of a(i, j) over the plan's pairs <= limit.
 *
 * Prices of such rows (multipliers, none negative) charge a pair for what it uses
 * up of the limits, or reward it where a row asks for at least so many. For ANY
 * prices, no plan that keeps the constraints is worth more than side_bound (Lagrange
 * relaxation): the solver looks for the prices whose bound is least, the checker
 * recomputes it. Read-only once made: any thread. Private to the matcher.
 */
#ifndef MATCHER_SIDE_H
#define MATCHER_SIDE_H

#include "matcher/constraint.h"
#include "matcher/plan.h"
#include "matcher/score.h"

/* Sum over pairs: `inside` for one of the constraint's groups, `outside` for another. */
struct side_row {
	uint32_t constraint;
	enum constraint_measure measure;
	int32_t inside, outside;
	int64_t limit;
};

struct side {
	const struct scorer *scorer;
	const struct constraint *constraint;
	uint32_t n; /* constraints */
	uint32_t n_rows;
	struct side_row row[CONSTRAINTS_MAX * MEASURES];
	uint32_t *newcomer,
	    *mentor;            /* groups by number: a set of 1 << constraint */
	uint32_t *organization; /* by newcomer; TERM_NONE: of none */
	uint32_t of_one;        /* constraints with MOST_OF_ONE, a set */
};

/* NULL: no memory. */
struct side *side_new(struct arena *a, const struct community *c,
    const struct policy *p, const struct scorer *s);

/* The constraints whose groups a pair is of. */
static inline uint32_t side_groups(
    const struct side *s, uint32_t newcomer, uint32_t mentor)
{
	return s->newcomer[newcomer] & s->mentor[mentor];
}

/*
 * What each mentor costs a newcomer in the side prices of a step, the mentor's own
 * price included: charge[0 .. mentors). A negative one is a reward.
 */
void side_charge(const struct side *s, const struct certificate_step *step,
    uint32_t newcomer, int64_t *charge);

/*
 * What prices alone allow a plan: for each mentor the most that places in use can
 * bring, for each row its limit. With the sum of u, of newcomers, it bounds any plan.
 * False: beyond 2^62.
 */
bool side_bound(const struct side *s, const struct certificate_step *step,
    int64_t *ret_bound);

/* Count a plan's pairs against every limit, in the order of constraints and measures:
 * plan->use, in the arena. False: no memory. */
bool side_count(struct arena *a, const struct side *s, struct plan *plan);

#endif
