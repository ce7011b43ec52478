/* Plan files, read: see plan_file.h. The document is bound to the structs below, then
 * external ids become indexes. */
#include "api/plan_file.h"

#include <stdio.h>
#include <string.h>

#include <json-c/json.h>

#include "api/bind.h"
#include "api/json.h"
#include "api/member_file.h"
#include "api/plan_lists.h"

struct pair_text {
	const char *newcomer, *mentor;
	struct plan_pair pair;
};

struct unmatched_text {
	const char *newcomer, *help;
	enum unmatched_reason reason;
};

struct blocking_text {
	const char *newcomer, *mentor;
	struct blocking_pair pair;
};

struct plan_text {
	enum plan_status status;
	struct plan goals;
	struct plan_goals bound;
	enum bind_seen gap_seen;
	int64_t gap; /* hundredths of a percent */
	struct bind_list pairs, unmatched, blocking, steps, uses, shortages,
	    wanted;
	int64_t blocking_pairs;
	const char *input_digest, *policy_digest;
	struct plan_origin origin;
};

enum {
	MAX_ID = 400, /* characters; the member file's cap is lower */
	MAX_HELP = 1000,
	MAX_GOAL = 20,
	DIGEST_CHARACTERS = PLAN_DIGEST_SIZE - 1,
};

static const struct bind EXPLANATION[] = {
#define CRITERION(code, name, most)                       \
	{name, BIND_INT, BIND_REQUIRED,                   \
	    .offset = offsetof(struct pair_text, pair) +  \
		      offsetof(struct plan_pair, part) +  \
		      CRITERION_##code * sizeof(int16_t), \
	    .size = sizeof(int16_t), .min = 0, .max = INT16_MAX},
#include "matcher/criterion.def"
#undef CRITERION
    {0},
};

static const struct bind PAIR[] = {
    {"newcomer", BIND_STRING, BIND_REQUIRED,
	BIND_INTO(struct pair_text, newcomer), .min = 1, .max = MAX_ID},
    {"mentor", BIND_STRING, BIND_REQUIRED, BIND_INTO(struct pair_text, mentor),
	.min = 1, .max = MAX_ID},
    {"points", BIND_INT, BIND_REQUIRED,
	BIND_INTO(struct pair_text, pair.points), .min = 0, .max = INT32_MAX},
    {"shared_minutes", BIND_INT, BIND_REQUIRED,
	BIND_INTO(struct pair_text, pair.shared_minutes), .min = 0,
	.max = WEEK_MINUTES},
    {"explanation", BIND_OBJECT, BIND_REQUIRED, .item = EXPLANATION},
    {0},
};

static void bind_reason(struct binder *b, const char *place,
    struct json_object *value, void *target)
{
	static const struct bind TEXT = {
	    .key = "", .type = BIND_STRING, .size = sizeof(char *), .max = 100};
	const char *name = NULL;

	bind_value_at(b, place, value, &TEXT, &name);
	if (name == NULL)
		return;
	for (int i = 0; i < UNMATCHED_REASONS; i++) {
		enum unmatched_reason r = (enum unmatched_reason)i;

		if (strcmp(unmatched_reason_name(r), name) == 0) {
			memcpy(target, &r, sizeof(r));
			return;
		}
	}
	bind_fault(b, place, "not a known reason");
}

static const struct bind UNMATCHED[] = {
    {"newcomer", BIND_STRING, BIND_REQUIRED,
	BIND_INTO(struct unmatched_text, newcomer), .min = 1, .max = MAX_ID},
    {"reason", BIND_CUSTOM, BIND_REQUIRED,
	BIND_INTO(struct unmatched_text, reason), .custom = bind_reason},
    {"help", BIND_STRING, BIND_NULLABLE, BIND_INTO(struct unmatched_text, help),
	.max = MAX_HELP},
    {0},
};

static const struct bind BLOCKING[] = {
    {"newcomer", BIND_STRING, BIND_REQUIRED,
	BIND_INTO(struct blocking_text, newcomer), .min = 1, .max = MAX_ID},
    {"mentor", BIND_STRING, BIND_REQUIRED,
	BIND_INTO(struct blocking_text, mentor), .min = 1, .max = MAX_ID},
    {"points", BIND_INT, BIND_REQUIRED,
	BIND_INTO(struct blocking_text, pair.points), .min = 0,
	.max = INT32_MAX},
    {"gain", BIND_INT, BIND_REQUIRED,
	BIND_INTO(struct blocking_text, pair.gain), .min = INT32_MIN,
	.max = INT32_MAX},
    {0},
};

static const struct bind BLOCKING_ROW = {
    .key = "", .type = BIND_OBJECT, .item = BLOCKING};

static const struct bind STABILITY[] = {
    {"blocking_pairs", BIND_INT, BIND_REQUIRED,
	BIND_INTO(struct plan_text, blocking_pairs), .min = 0,
	.max = PLAN_MAX_SEED},
    {"pairs", BIND_LIST, BIND_REQUIRED, BIND_INTO(struct plan_text, blocking),
	.max = PLAN_MAX_BLOCKING, .item = &BLOCKING_ROW,
	.item_size = sizeof(struct blocking_text)},
    {0},
};

/* NOLINTBEGIN(bugprone-macro-parentheses): a member has none */
#define GOALS(type, where)                                      \
	{"newcomers_matched", BIND_INT, BIND_REQUIRED,          \
	    BIND_INTO(type, where.n_served), .min = 0,          \
	    .max = COMMUNITY_MAX_PEOPLE},                       \
	    {"people_weight", BIND_INT, BIND_REQUIRED,          \
		BIND_INTO(type, where.people_weight), .min = 0, \
		.max = PLAN_MAX_SEED},                          \
	    {"worst_points", BIND_INT, BIND_REQUIRED,           \
		BIND_INTO(type, where.worst_points), .min = 0,  \
		.max = INT32_MAX},                              \
	    {"total_points", BIND_INT, BIND_REQUIRED,           \
		BIND_INTO(type, where.total_points), .min = 0,  \
		.max = PLAN_MAX_SEED},                          \
	{                                                       \
		0                                               \
	}

/* NOLINTEND(bugprone-macro-parentheses) */

static const struct bind OBJECTIVE[] = {GOALS(struct plan_text, goals)};
static const struct bind BOUND[] = {GOALS(struct plan_text, bound)};

/* Which goal a step adds follows from its place. */
struct step_text {
	const char *goal;
	struct plan_goals goals;
};

static const struct bind STEP[] = {
    {"goal", BIND_STRING, BIND_REQUIRED, BIND_INTO(struct step_text, goal),
	.min = 1, .max = MAX_GOAL},
    GOALS(struct step_text, goals)};

static const struct bind_name MEASURE_NAMES[] = {
#define MEASURE(code, key, most) {key, MEASURE_##code},
#include "matcher/constraint.def"
#undef MEASURE
    {0}};

/* Whose limit it is follows from the policy and the place. */
struct use_text {
	const char *name;
	int32_t value;
	struct plan_use use;
};

static const struct bind USE[] = {
    {"name", BIND_STRING, BIND_REQUIRED, BIND_INTO(struct use_text, name),
	.min = 1, .max = CONSTRAINT_MAX_NAME},
    {"limit", BIND_NAME, BIND_REQUIRED, BIND_INTO(struct use_text, use.measure),
	.names = MEASURE_NAMES},
    {"value", BIND_INT, BIND_REQUIRED, BIND_INTO(struct use_text, value),
	.min = 0, .max = CONSTRAINT_MAX_COUNT},
    {"used", BIND_INT, BIND_REQUIRED, BIND_INTO(struct use_text, use.used),
	.min = 0, .max = COMMUNITY_MAX_PEOPLE},
    {0},
};

/* A percentage with at most two decimals. */
static void bind_gap(struct binder *b, const char *place,
    struct json_object *value, void *target)
{
	double percent = json_object_get_double(value);
	int64_t gap;

	if ((!json_object_is_type(value, json_type_int) &&
		!json_object_is_type(value, json_type_double)) ||
	    !(percent >= 0 && percent <= 100)) {
		bind_fault(b, place, "expected a percentage");
		return;
	}
	gap = (int64_t)(percent * 100 + 0.5);
	memcpy(target, &gap, sizeof(gap));
}

/* A duration is checked for its type and then forgotten. */
static void bind_duration(struct binder *b, const char *place,
    struct json_object *value, void *target)
{
	(void)b;
	(void)place;
	(void)value;
	(void)target;
}

#define SOLVER_INT(key, member, most)                                 \
	{                                                             \
		key, BIND_INT, BIND_REQUIRED,                         \
		    BIND_INTO(struct plan_text, goals.solver.member), \
		    .min = 0, .max = (most)                           \
	}

static const struct bind SOLVER[] = {
    SOLVER_INT("allowed_pairs", allowed_pairs, PLAN_MAX_SEED),
    SOLVER_INT("columns", columns, PLAN_MAX_SEED),
    SOLVER_INT("pricing_passes", pricing_passes, INT32_MAX),
    SOLVER_INT("lp_iterations", lp_iterations, INT32_MAX),
    {"lp_confirmed", BIND_BOOL, BIND_REQUIRED,
	BIND_INTO(struct plan_text, goals.solver.lp_confirmed)},
    {"wall_seconds", BIND_CUSTOM, BIND_REQUIRED, .custom = bind_duration},
    {0},
};

static const struct bind_name STATUS_NAMES[] = {{"optimal", PLAN_OPTIMAL},
    {"feasible", PLAN_FEASIBLE}, {"stable", PLAN_STABLE}, {0}};

static const struct bind PAIR_ROW = {
    .key = "", .type = BIND_OBJECT, .item = PAIR};
static const struct bind UNMATCHED_ROW = {
    .key = "", .type = BIND_OBJECT, .item = UNMATCHED};
static const struct bind USE_ROW = {
    .key = "", .type = BIND_OBJECT, .item = USE};
static const struct bind STEP_ROW = {
    .key = "", .type = BIND_OBJECT, .item = STEP};

#define DIGEST_ROW(key, type, member)                                     \
	{                                                                 \
		key, BIND_STRING, BIND_REQUIRED, BIND_INTO(type, member), \
		    .min = DIGEST_CHARACTERS, .max = DIGEST_CHARACTERS    \
	}

static const struct bind PLAN[] = {
    {"status", BIND_NAME, BIND_REQUIRED, BIND_INTO(struct plan_text, status),
	.names = STATUS_NAMES},
    {"objective", BIND_OBJECT, BIND_REQUIRED, .item = OBJECTIVE},
    {"bound", BIND_OBJECT, BIND_REQUIRED, .item = BOUND},
    {"gap", BIND_CUSTOM, BIND_REQUIRED | BIND_NULLABLE,
	BIND_INTO(struct plan_text, gap), .custom = bind_gap,
	BIND_SEEN(struct plan_text, gap_seen)},
    {"steps", BIND_LIST, BIND_REQUIRED, BIND_INTO(struct plan_text, steps),
	.max = PLAN_MAX_STEPS, .item = &STEP_ROW,
	.item_size = sizeof(struct step_text)},
    {"constraints", BIND_LIST, BIND_REQUIRED, BIND_INTO(struct plan_text, uses),
	.max = CONSTRAINTS_MAX * MEASURES, .item = &USE_ROW,
	.item_size = sizeof(struct use_text)},
    {"pairs", BIND_LIST, BIND_REQUIRED, BIND_INTO(struct plan_text, pairs),
	.max = COMMUNITY_MAX_PEOPLE * POLICY_MAX_MENTORS, .item = &PAIR_ROW,
	.item_size = sizeof(struct pair_text)},
    {"unmatched", BIND_LIST, BIND_REQUIRED,
	BIND_INTO(struct plan_text, unmatched), .max = COMMUNITY_MAX_PEOPLE,
	.item = &UNMATCHED_ROW, .item_size = sizeof(struct unmatched_text)},
    /* plans of before have neither */
    {"shortages", BIND_LIST, 0, BIND_INTO(struct plan_text, shortages),
	.max = PLAN_MAX_SHORTAGES, .item = &PLAN_LISTS_SHORTAGE,
	.item_size = sizeof(struct plan_lists_shortage)},
    {"mentors_wanted", BIND_LIST, 0, BIND_INTO(struct plan_text, wanted),
	.max = PLAN_MAX_WANTED, .item = &PLAN_LISTS_WANTED,
	.item_size = sizeof(struct plan_lists_wanted)},
    {"stability", BIND_OBJECT, BIND_REQUIRED, .item = STABILITY},
    DIGEST_ROW("input_digest", struct plan_text, input_digest),
    DIGEST_ROW("policy_digest", struct plan_text, policy_digest),
    {"first_date", BIND_DATE, BIND_REQUIRED,
	BIND_INTO(struct plan_text, origin.first_day)},
    {"seed", BIND_INT, BIND_REQUIRED, BIND_INTO(struct plan_text, origin.seed),
	.min = 0, .max = PLAN_MAX_SEED},
    {"solver", BIND_OBJECT, BIND_REQUIRED, .item = SOLVER},
    {0},
};

/* Index of a person by external id; a fault when there is none. */
static uint32_t person_of(const struct community *c, const char *id,
    const char *list, size_t i, const char *key, struct err *e)
{
	uint32_t person = member_find(c, id);
	char place[ERR_PLACE_SIZE];

	if (person < c->n)
		return person;
	snprintf(place, sizeof(place), "/%s/%zu/%s", list, i, key);
	err_add_field(e, ERR_VALIDATION, place,
	    "\"%.60s\" is not a member of the file", id);
	return 0;
}

static void take_people(const struct community *c, const struct plan_text *t,
    struct plan *plan, struct err *e)
{
	const struct pair_text *pair = t->pairs.item;
	const struct unmatched_text *un = t->unmatched.item;
	const struct blocking_text *block = t->blocking.item;
	const struct use_text *use = t->uses.item;

	for (size_t i = 0; i < t->pairs.n; i++) {
		plan->pair[i] = pair[i].pair;
		plan->pair[i].newcomer =
		    person_of(c, pair[i].newcomer, "pairs", i, "newcomer", e);
		plan->pair[i].mentor =
		    person_of(c, pair[i].mentor, "pairs", i, "mentor", e);
	}
	for (size_t i = 0; i < t->uses.n; i++)
		plan->use[i] = use[i].use;
	for (size_t i = 0; i < t->unmatched.n; i++)
		plan->unmatched[i] = (struct plan_unmatched){
		    .newcomer = person_of(
			c, un[i].newcomer, "unmatched", i, "newcomer", e),
		    .reason = un[i].reason,
		    .help = un[i].help};
	for (size_t i = 0; i < t->blocking.n; i++) {
		struct blocking_pair *to = &plan->stability.pair[i];

		*to = block[i].pair;
		to->newcomer = person_of(
		    c, block[i].newcomer, "stability/pairs", i, "newcomer", e);
		to->mentor = person_of(
		    c, block[i].mentor, "stability/pairs", i, "mentor", e);
	}
}

/* Those of one newcomer stand together. */
static uint32_t count_newcomers(const struct plan_text *t)
{
	const struct pair_text *pair = t->pairs.item;
	uint32_t n = 0;

	for (size_t i = 0; i < t->pairs.n; i++)
		n += i == 0 ||
		     strcmp(pair[i - 1].newcomer, pair[i].newcomer) != 0;
	return n;
}

/* An optimal plan's bound is its objective, another's gap the distance to it, and the
 * lists are as long as said. */
static void check_goals(const struct plan_text *t, struct err *e)
{
	const struct plan *g = &t->goals;
	const struct plan_goals *b = &t->bound;
	struct plan measured = *g;

	measured.bound = *b;
	if (g->n_served != count_newcomers(t))
		err_add_field(e, ERR_VALIDATION, "/objective/newcomers_matched",
		    "expected the number of newcomers with a pair, %u",
		    count_newcomers(t));
	if (t->status != PLAN_STABLE &&
	    (t->gap_seen != BIND_VALUE || t->gap != plan_gap(&measured)))
		err_add_field(e, ERR_VALIDATION, "/gap",
		    "expected the distance of objective and bound");
	if (t->status != PLAN_OPTIMAL)
		return;
	if (b->n_served != g->n_served ||
	    b->people_weight != g->people_weight ||
	    b->worst_points != g->worst_points ||
	    b->total_points != g->total_points)
		err_add_field(e, ERR_VALIDATION, "/bound",
		    "an optimal plan's bound equals its objective");
}

static void count_sides(const struct community *c, struct plan *plan)
{
	plan->n_newcomers = plan->n_mentors = 0;
	for (uint32_t i = 0; i < c->n; i++) {
		plan->n_newcomers += person_is_newcomer(&c->person[i]);
		plan->n_mentors += person_is_mentor(&c->person[i]);
	}
}

static void take_steps(
    const struct plan_text *t, struct plan *plan, struct err *e)
{
	const struct step_text *step = t->steps.item;
	char place[ERR_PLACE_SIZE];

	plan->n_steps = (uint32_t)t->steps.n;
	for (uint32_t k = 0; k < plan->n_steps; k++) {
		plan->step[k] = step[k].goals;
		if (strcmp(step[k].goal, PLAN_STEP_GOAL[k]) == 0)
			continue;
		snprintf(place, sizeof(place), "/steps/%u/goal", k);
		err_add_field(
		    e, ERR_VALIDATION, place, "expected %s", PLAN_STEP_GOAL[k]);
	}
}

enum err_code plan_file_read(struct arena *a, const char *text, size_t n,
    const struct community *c, struct plan **ret_plan,
    struct plan_origin *ret_origin, struct err *e)
{
	struct plan_text *t = ARENA_NEW(a, struct plan_text);
	struct plan *plan = ARENA_NEW(a, struct plan);
	struct json_object *tree;
	enum err_code code;

	if (t == NULL || plan == NULL)
		return ERR_SET(e, NOMEM, "the plan needs too much memory");
	code = json_read_file(a, text, n, &tree, e);
	if (code == ERR_OK)
		code = bind_object(a, tree, PLAN, t, e);
	if (code != ERR_OK)
		return code;
	*plan = t->goals;
	plan->status = t->status;
	plan->bound = t->bound;
	plan->stability.blocking_pairs = (uint64_t)t->blocking_pairs;
	plan->stability.n_pairs = (uint32_t)t->blocking.n;
	plan->stability.pair =
	    ARENA_ARRAY(a, t->blocking.n, struct blocking_pair);
	plan->seed = t->origin.seed;
	plan->n_pairs = (uint32_t)t->pairs.n;
	plan->n_unmatched = (uint32_t)t->unmatched.n;
	plan->pair = ARENA_ARRAY(a, t->pairs.n, struct plan_pair);
	plan->unmatched = ARENA_ARRAY(a, t->unmatched.n, struct plan_unmatched);
	plan->n_uses = (uint32_t)t->uses.n;
	plan->use = ARENA_ARRAY(a, t->uses.n, struct plan_use);
	if (plan->pair == NULL || plan->unmatched == NULL ||
	    plan->stability.pair == NULL || plan->use == NULL)
		return ERR_SET(e, NOMEM, "the plan needs too much memory");
	count_sides(c, plan);
	check_goals(t, e);
	take_steps(t, plan, e);
	take_people(c, t, plan, e);
	plan_lists_take(a, c, &t->shortages, &t->wanted, plan, e);
	if (e->code != ERR_OK)
		return e->code;
	*ret_origin = t->origin;
	snprintf(
	    ret_origin->input_digest, PLAN_DIGEST_SIZE, "%s", t->input_digest);
	snprintf(ret_origin->policy_digest, PLAN_DIGEST_SIZE, "%s",
	    t->policy_digest);
	*ret_plan = plan;
	return ERR_OK;
}
