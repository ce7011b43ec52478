/* Parts of plans as JSON: see plan_parts.h. */
#include "api/plan_parts.h"

const char *const PLAN_PARTS_STATUS[] = {[PLAN_OPTIMAL] = "optimal",
    [PLAN_FEASIBLE] = "feasible",
    [PLAN_STABLE] = "stable"};

struct plan_goals plan_parts_goals(const struct plan *plan)
{
	return (struct plan_goals){plan->n_served, plan->people_weight,
	    plan->worst_points, plan->total_points};
}

void plan_parts_put_goals(struct jwrite *w, struct plan_goals goals)
{
	jwrite_key_int(w, "newcomers_matched", goals.n_served);
	jwrite_key_int(w, "people_weight", goals.people_weight);
	jwrite_key_int(w, "worst_points", goals.worst_points);
	jwrite_key_int(w, "total_points", goals.total_points);
}

void plan_parts_write_goals(
    struct jwrite *w, const char *key, struct plan_goals goals)
{
	jwrite_key_object(w, key);
	plan_parts_put_goals(w, goals);
	jwrite_object_end(w);
}

void plan_parts_write_score(struct jwrite *w, int32_t points,
    unsigned shared_minutes, const int16_t *part)
{
	jwrite_key_int(w, "points", points);
	jwrite_key_int(w, "shared_minutes", shared_minutes);
	jwrite_key_object(w, "explanation");
	for (int i = 0; i < CRITERION_COUNT; i++)
		jwrite_key_int(w, criterion_name((enum criterion)i), part[i]);
	jwrite_object_end(w);
}
