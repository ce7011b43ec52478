/*
 * Between two plans: take over of the other what the changes left allow. Private to
 * repair.c.
 */
#ifndef MATCHER_REPAIR_MIX_H
#define MATCHER_REPAIR_MIX_H

#include "matcher/columns.h"

/*
 * The two plans differ by alternating paths: who leaves a mentor makes room for who
 * comes. Each can be taken over alone. Take over into mate[] those of other[] that
 * are worth most together while at most `spare` more kept pairs (c->keep) change: a
 * knapsack, O(paths * spare). Both by newcomer, ASSIGN_ALONE for nobody. False: no
 * memory.
 */
bool repair_mix(struct arena *a, const struct columns *c, uint32_t *mate,
    const uint32_t *other, uint32_t spare);

#endif
