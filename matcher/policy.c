/* Policies: defaults and the canonical text. Every field of struct policy stands
 * in policy_canonical, else two different policies could share a digest. */
#include "matcher/policy.h"

static const struct {
	const char *name;
	uint16_t points;
} CRITERIA[CRITERION_COUNT] = {

#define CRITERION(code, name, points) {name, points},
#include "matcher/criterion.def"
#undef CRITERION
};

void policy_default(struct policy *p)
{
	*p = (struct policy){
	    .language_level = 3,
	    .min_shared_minutes = 60,
	    .repeat_window_days = 180,
	    .overlap_full_minutes = 180,
	    .experience_gap_min_tenths = 20,
	    .experience_gap_max_tenths = 100,
	    .load_window_days = 90,
	    .people_first = true,
	    .worst_pair = true,
	    .wait_days_per_step = 7,
	    .wait_weight_max = 20,
	    .mentors_per_newcomer = 1,
	    .weeks = 8,
	};
	for (int c = 0; c < CRITERION_COUNT; c++)
		p->points[c] = CRITERIA[c].points;
}

const char *criterion_name(enum criterion c)
{
	return CRITERIA[c].name;
}

bool policy_gives_several(const struct policy *p)
{
	return p->mentors_per_newcomer > 1;
}

void policy_canonical(const struct policy *p, struct str *out)
{
	str_printf(out,
	    "cairn-policy 2\n"
	    "method %d\n"
	    "language_level %d\n"
	    "min_shared_minutes %d\n"
	    "forbid_same_organization %d\n"
	    "repeat_window_days %d\n"
	    "rest_days %d\n",
	    (int)p->method, p->language_level, p->min_shared_minutes,
	    p->forbid_same_organization, p->repeat_window_days, p->rest_days);
	for (int c = 0; c < CRITERION_COUNT; c++)
		str_printf(
		    out, "points.%s %d\n", CRITERIA[c].name, p->points[c]);
	str_printf(out,
	    "overlap_full_minutes %d\n"
	    "experience_gap_min_tenths %d\n"
	    "experience_gap_max_tenths %d\n"
	    "load_window_days %d\n"
	    "people_first %d\n"
	    "worst_pair %d\n"
	    "wait_days_per_step %d\n"
	    "wait_weight_max %d\n"
	    "first_day %d\n"
	    "weeks %d\n"
	    "confirm_by_newcomer %d\n"
	    "confirm_by_mentor %d\n",
	    p->overlap_full_minutes, p->experience_gap_min_tenths,
	    p->experience_gap_max_tenths, p->load_window_days, p->people_first,
	    p->worst_pair, p->wait_days_per_step, p->wait_weight_max,
	    p->first_day, p->weeks, p->confirm_by_newcomer,
	    p->confirm_by_mentor);
	/* one, as ever, leaves the digests of earlier plans as they are */
	if (policy_gives_several(p))
		str_printf(
		    out, "mentors_per_newcomer %d\n", p->mentors_per_newcomer);
	for (uint32_t k = 0; k < p->n_constraints; k++)
		constraint_canonical(&p->constraint[k], out);
}
