/*
 * Good prices without a linear program.
 *
 * Lagrangian relaxation: whatever the prices of newcomers and moments, what the
 * guides then gain at most plus the prices bounds the optimum. A subgradient method
 * lowers that bound; the average of what the guides took on the way says which
 * openings a good plan uses. A few hundred pricings bring the bound to within a
 * fraction of a per mille of the program's, where simplex alone wanders among
 * degenerate bases for minutes. Deterministic, whatever the number of threads.
 */
#ifndef SCHEDULER_ASCEND_H
#define SCHEDULER_ASCEND_H

#include "scheduler/master.h"

struct ascent {
	struct master *m;
	struct prices now, best; /* `best` gave the bound */
	int64_t bound;           /* in PRICE_UNITs */
	double *use;             /* by opening: how much it was taken, 0 to 1 */
	double *slope, *fresh;   /* by newcomer, then by guide and quarter */
	double norm;
};

/* NULL: no memory. */
struct ascent *ascend_new(struct arena *a, struct master *m);

/* One price for everybody in s->now, the best of a few. */
void ascend_begin(struct ascent *s, const struct remainder *r);

/*
 * At most `rounds` pricings from s->now on, aiming at first at a bound lower by the
 * share `hope`; ends when the bound is not above `value`, or no step brings anything.
 * Openings of `openings` (those of `r`) that no plan of more than `value` uses are
 * closed on the way.
 */
void ascend_run(struct ascent *s, const struct remainder *r, uint64_t *openings,
    uint32_t rounds, double hope, int64_t value);

/* The best columns of each guide at s->best go to the pool. */
enum err_code ascend_keep(
    struct ascent *s, const struct remainder *r, struct err *e) ERR_CHECKED;

#endif
