/*
 * What a plan file and the answers about plans share: members of a JSON object.
 * Pure; any thread.
 */
#ifndef API_PLAN_PARTS_H
#define API_PLAN_PARTS_H

#include "base/jwrite.h"
#include "matcher/plan.h"

/* By enum plan_status. */
extern const char *const PLAN_PARTS_STATUS[];

/* What the plan reaches. */
struct plan_goals plan_parts_goals(const struct plan *plan);

/* Goals, as members of the object that is open; under a key. */
void plan_parts_put_goals(struct jwrite *w, struct plan_goals goals);
void plan_parts_write_goals(
    struct jwrite *w, const char *key, struct plan_goals goals);

/* What a pair earns and why; part: of CRITERION_COUNT. */
void plan_parts_write_score(struct jwrite *w, int32_t points,
    unsigned shared_minutes, const int16_t *part);

#endif
