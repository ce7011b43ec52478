/*
 * From prices to a plan, and to better plans.
 *
 * Deterministic: the only randomness is a generator seeded by the caller, the only
 * limits are numbers of tries. A run that is told to stop (m->stopped) ends at once
 * with what it has.
 */
#ifndef SCHEDULER_IMPROVE_H
#define SCHEDULER_IMPROVE_H

#include "scheduler/ascend.h"
#include "scheduler/seats.h"

/* The first plan: every guide's most used openings, filled. */
void improve_begin(
    const struct master *m, const struct ascent *a, struct seats *s);

/* Change one table's opening at a time, simulated annealing, keeping the best; until
 * the value reaches `bound` (objective units) or `tries` are over. Openings out of
 * r->openings are not tried. `heat`: the loss that is taken readily at first. False: no
 * memory. */
bool improve_search(struct master *m, const struct remainder *r,
    struct seats *s, int64_t bound, uint64_t seed, uint32_t tries, double heat);

/* The best newcomers for the tables' openings: an exact transportation problem.
 * Never makes the plan worse. False: no memory. */
bool improve_assign(struct arena *a, struct seats *s);

#endif
