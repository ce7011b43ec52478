/* Policy documents: see policy_file.h. The document's sections are tables over
 * struct policy itself; defaults are set before binding. */
#include "api/policy_file.h"

#include <string.h>

#include <json-c/json.h>

#include "api/bind.h"
#include "api/json.h"
#include "api/policy_constraints.h"
#include "api/text.h"
#include "base/jwrite.h"
#include "base/num.h"

enum {
	MAX_MINUTES = 10080,
	MAX_YEARS_TENTHS = 800,
	MAX_REPEAT_DAYS = 36500,
	MAX_WAIT_STEP = 3650,
	MAX_LOAD_WINDOW = 3650,
};

static const struct bind_name LEVELS[] = {{"A1", 1}, {"A2", 2}, {"B1", 3},
    {"B2", 4}, {"C1", 5}, {"C2", 6}, {"native", 7}, {0}};

static const struct bind HARD_RULES[] = {
    {"language_level", BIND_NAME, BIND_INTO(struct policy, language_level),
	.names = LEVELS},
    {"min_shared_minutes", BIND_INT,
	BIND_INTO(struct policy, min_shared_minutes), .min = 0,
	.max = MAX_MINUTES},
    {"forbid_same_organization", BIND_BOOL,
	BIND_INTO(struct policy, forbid_same_organization)},
    {"repeat_window_days", BIND_INT,
	BIND_INTO(struct policy, repeat_window_days), .min = 0,
	.max = MAX_REPEAT_DAYS},
    {"rest_days", BIND_INT, BIND_INTO(struct policy, rest_days), .min = 0,
	.max = POLICY_MAX_REST_DAYS},
    {0},
};

static const struct bind POINTS[] = {
#define CRITERION(code, name, most)                        \
	{name, BIND_INT,                                   \
	    .offset = offsetof(struct policy, points) +    \
		      CRITERION_##code * sizeof(uint16_t), \
	    .size = sizeof(uint16_t), .min = 0, .max = POLICY_MAX_POINTS},
#include "matcher/criterion.def"
#undef CRITERION
    {0},
};

/* Years as tenths: a whole number or one with a fraction digit. */
static void bind_years(struct binder *b, const char *place,
    struct json_object *value, void *target)
{
	const char *text;
	int64_t tenths;
	uint16_t years;

	if (!json_object_is_type(value, json_type_int) &&
	    !json_object_is_type(value, json_type_double)) {
		bind_fault(b, place, "expected a number of years");
		return;
	}
	text = json_object_get_string(value);
	if (text == NULL ||
	    !num_parse_tenths(text, strlen(text), MAX_YEARS_TENTHS, &tenths)) {
		bind_fault(b, place, "expected years from 0 to %d such as 2.5",
		    MAX_YEARS_TENTHS / 10);
		return;
	}
	years = (uint16_t)tenths;
	memcpy(target, &years, sizeof(years));
}

static const struct bind EXPERIENCE_GAP[] = {
    {"min", BIND_CUSTOM, BIND_INTO(struct policy, experience_gap_min_tenths),
	.custom = bind_years},
    {"max", BIND_CUSTOM, BIND_INTO(struct policy, experience_gap_max_tenths),
	.custom = bind_years},
    {0},
};

static const struct bind SCALES[] = {
    {"overlap_full_minutes", BIND_INT,
	BIND_INTO(struct policy, overlap_full_minutes), .min = 1,
	.max = MAX_MINUTES},
    {"experience_gap_years", BIND_OBJECT, .item = EXPERIENCE_GAP},
    {"load_window_days", BIND_INT, BIND_INTO(struct policy, load_window_days),
	.min = 1, .max = MAX_LOAD_WINDOW},
    {0},
};

static const struct bind WAITING[] = {
    {"days_per_step", BIND_INT, BIND_INTO(struct policy, wait_days_per_step),
	.min = 1, .max = MAX_WAIT_STEP},
    {"weight_max", BIND_INT, BIND_INTO(struct policy, wait_weight_max),
	.min = 1, .max = POLICY_MAX_WAIT_WEIGHT},
    {0},
};

static const struct bind HORIZON[] = {
    {"first_date", BIND_DATE, BIND_NULLABLE,
	BIND_INTO(struct policy, first_day)},
    {"weeks", BIND_INT, BIND_INTO(struct policy, weeks), .min = 1,
	.max = POLICY_MAX_WEEKS},
    {0},
};

static const struct bind CONFIRMATION[] = {
    {"newcomer", BIND_BOOL, BIND_INTO(struct policy, confirm_by_newcomer)},
    {"mentor", BIND_BOOL, BIND_INTO(struct policy, confirm_by_mentor)},
    {0},
};

/* The goals in the one order that says something: the worst pair of a plan that may
 * leave people out is the best pair alone, and what comes after the total decides
 * between equals only. */
static const char *const GOAL[] = {
    "newcomers_matched", "worst_points", "total_points"};

enum {
	GOALS = sizeof(GOAL) / sizeof(GOAL[0])
};

/* In their order, the total last, the worst pair only after people. */
static bool read_goals(struct json_object *value, struct policy *p)
{
	size_t n = json_object_array_length(value), at = 0;
	bool has[GOALS] = {false};

	for (size_t i = 0; i < n; i++) {
		struct json_object *goal = json_object_array_get_idx(value, i);
		const char *name = json_object_is_type(goal, json_type_string)
				       ? json_object_get_string(goal)
				       : "";

		while (at < GOALS && strcmp(name, GOAL[at]) != 0)
			at++;
		if (at == GOALS)
			return false;
		has[at++] = true;
	}
	p->people_first = has[0];
	p->worst_pair = has[1];
	return has[2] && (has[0] || !has[1]);
}

static void bind_objective(struct binder *b, const char *place,
    struct json_object *value, void *target)
{
	if (!json_object_is_type(value, json_type_array) ||
	    !read_goals(value, target))
		bind_fault(b, place,
		    "expected [\"%s\", \"%s\", \"%s\"], the same without "
		    "\"%s\", or [\"%s\"]",
		    GOAL[0], GOAL[1], GOAL[2], GOAL[1], GOAL[2]);
}

static const struct bind_name METHODS[] = {{"optimal", POLICY_OPTIMAL},
    {"deferred_acceptance", POLICY_DEFERRED_ACCEPTANCE}, {0}};

static const struct bind POLICY[] = {
    {"method", BIND_NAME, BIND_INTO(struct policy, method), .names = METHODS},
    {"hard_rules", BIND_OBJECT, .item = HARD_RULES},
    {"points", BIND_OBJECT, .item = POINTS},
    {"scales", BIND_OBJECT, .item = SCALES},
    {"waiting", BIND_OBJECT, .item = WAITING},
    {"horizon", BIND_OBJECT, .item = HORIZON},
    {"confirmation", BIND_OBJECT, .item = CONFIRMATION},
    {"objective", BIND_CUSTOM, .custom = bind_objective},
    {"mentors_per_newcomer", BIND_INT,
	BIND_INTO(struct policy, mentors_per_newcomer), .min = 1,
	.max = POLICY_MAX_MENTORS},
    {"constraints", BIND_CUSTOM, .custom = policy_constraints_bind},
    {0},
};

enum err_code policy_file_bind(struct arena *a, struct json_object *tree,
    struct policy *ret_policy, struct err *e)
{
	struct policy p;
	enum err_code code;

	policy_default(&p);
	code = bind_object(a, tree, POLICY, &p, e);
	if (code == ERR_OK &&
	    p.experience_gap_min_tenths > p.experience_gap_max_tenths) {
		err_add_field(e, ERR_VALIDATION, "/scales/experience_gap_years",
		    "expected min to be at most max");
		code = e->code;
	}
	if (code == ERR_OK && p.n_constraints > 0 &&
	    p.method == POLICY_DEFERRED_ACCEPTANCE) {
		err_add_field(e, ERR_VALIDATION, "/constraints",
		    "deferred acceptance keeps none: expected []");
		code = e->code;
	}
	if (code == ERR_OK && policy_gives_several(&p) &&
	    (p.n_constraints > 0 || p.method == POLICY_DEFERRED_ACCEPTANCE)) {
		err_add_field(e, ERR_VALIDATION, "/mentors_per_newcomer",
		    "side constraints and deferred acceptance are about one "
		    "mentor for each newcomer: expected 1");
		code = e->code;
	}
	if (code == ERR_OK)
		*ret_policy = p;
	return code;
}

enum err_code policy_file_read(struct arena *a, const char *text, size_t n,
    struct policy *ret_policy, struct err *e)
{
	struct json_object *tree;
	enum err_code code = json_read(a, text, n, &tree, e);

	return code != ERR_OK ? code : policy_file_bind(a, tree, ret_policy, e);
}

void policy_file_write(const struct policy *p, struct str *out)
{
	struct jwrite w;

	jwrite_init(&w, out, false);
	jwrite_object(&w);
	jwrite_key_text(&w, "method", METHODS[p->method].name);
	jwrite_key_object(&w, "hard_rules");
	jwrite_key_text(
	    &w, "language_level", text_language_level_name(p->language_level));
	jwrite_key_int(&w, "min_shared_minutes", p->min_shared_minutes);
	jwrite_key_bool(
	    &w, "forbid_same_organization", p->forbid_same_organization);
	jwrite_key_int(&w, "repeat_window_days", p->repeat_window_days);
	jwrite_key_int(&w, "rest_days", p->rest_days);
	jwrite_object_end(&w);
	jwrite_key_object(&w, "points");
	for (int c = 0; c < CRITERION_COUNT; c++)
		jwrite_key_int(
		    &w, criterion_name((enum criterion)c), p->points[c]);
	jwrite_object_end(&w);
	jwrite_key_object(&w, "scales");
	jwrite_key_int(&w, "overlap_full_minutes", p->overlap_full_minutes);
	jwrite_key_object(&w, "experience_gap_years");
	jwrite_key(&w, "min");
	jwrite_tenths(&w, p->experience_gap_min_tenths);
	jwrite_key(&w, "max");
	jwrite_tenths(&w, p->experience_gap_max_tenths);
	jwrite_object_end(&w);
	jwrite_key_int(&w, "load_window_days", p->load_window_days);
	jwrite_object_end(&w);
	jwrite_key_object(&w, "waiting");
	jwrite_key_int(&w, "days_per_step", p->wait_days_per_step);
	jwrite_key_int(&w, "weight_max", p->wait_weight_max);
	jwrite_object_end(&w);
	jwrite_key_object(&w, "horizon");
	if (p->first_day != 0) {
		jwrite_key(&w, "first_date");
		jwrite_day(&w, p->first_day);
	}
	jwrite_key_int(&w, "weeks", p->weeks);
	jwrite_object_end(&w);
	jwrite_key_object(&w, "confirmation");
	jwrite_key_bool(&w, "newcomer", p->confirm_by_newcomer);
	jwrite_key_bool(&w, "mentor", p->confirm_by_mentor);
	jwrite_object_end(&w);
	jwrite_key_array(&w, "objective");
	if (p->people_first)
		jwrite_text(&w, GOAL[0]);
	if (p->worst_pair)
		jwrite_text(&w, GOAL[1]);
	jwrite_text(&w, GOAL[2]);
	jwrite_array_end(&w);
	if (policy_gives_several(p)) /* earlier documents keep their octets */
		jwrite_key_int(
		    &w, "mentors_per_newcomer", p->mentors_per_newcomer);
	policy_constraints_write(p, &w);
	jwrite_object_end(&w);
	out->failed = !jwrite_done(&w) || out->failed;
}
