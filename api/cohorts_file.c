/* Reading cohorts files: see cohorts_file.h. Binds to the structs below, then turns
 * external ids into indexes and languages into terms. */
#include "api/cohorts_file.h"

#include <stdio.h>
#include <string.h>

#include "api/bind.h"
#include "api/json.h"
#include "api/member_file.h"

enum {
	MAX_ID = 400,
	MAX_HELP = 1000,
	MAX_COHORTS = 20000,
	MAX_PARTS = INTAKE_MAX_SESSIONS_PER_WEEK * INTAKE_MAX_WEEKS,
	MAX_LANGUAGE = 8,
	MAX_DISCOMFORT = 1000000,
	MAX_VERSION = 32,
};

struct part_text {
	struct pattern_part part;
	const char *zone;
};

struct cohort_text {
	const char *guide, *language;
	struct bind_list newcomers, pattern, sessions, members, over;
	uint32_t worst, total;
	bool kindest;
};

struct bearing_text {
	const char *member;
	struct bearing b;
};

struct over_text {
	const char *member;
};

struct unplaced_text {
	const char *newcomer, *help;
	enum unplaced_reason reason;
};

struct cohorts_text {
	bool optimal;
	struct cohort_plan plan;
	struct bind_list cohorts, unplaced;
	const char *input_digest, *policy_digest, *intake_digest, *tz_version;
	struct plan_origin origin;
};

static const struct bind PART[] = {
    {"from", BIND_DATE, BIND_REQUIRED,
	BIND_INTO(struct part_text, part.from_day)},
    {"weekday", BIND_WEEKDAY, BIND_REQUIRED,
	BIND_INTO(struct part_text, part.weekday)},
    {"local_time", BIND_LOCAL_TIME, BIND_REQUIRED,
	BIND_INTO(struct part_text, part.local_minute)},
    {"time_zone", BIND_STRING, BIND_REQUIRED, BIND_INTO(struct part_text, zone),
	.min = 1, .max = TZ_NAME_SIZE},
    {0},
};

static const struct bind ID_ROW = {.key = "",
    .type = BIND_STRING,
    BIND_EACH(const char *),
    .min = 1,
    .max = MAX_ID};
static const struct bind PART_ROW = {
    .key = "", .type = BIND_OBJECT, .item = PART};
static const struct bind INSTANT_ROW = {
    .key = "", .type = BIND_INSTANT, BIND_EACH(int64_t)};

/* What says how, not what: derived, or of no consequence for what is stored. */
static void bind_ignored(struct binder *b, const char *place,
    struct json_object *value, void *target)
{
	(void)b;
	(void)place;
	(void)value;
	(void)target;
}

#define BEARS(key, field)                                    \
	{                                                    \
		key, BIND_INT, BIND_REQUIRED,                \
		    BIND_INTO(struct bearing_text, b.field), \
		    .min = 0, .max = MAX_DISCOMFORT          \
	}
static const struct bind BEARING[] = {
    {"member", BIND_STRING, BIND_REQUIRED,
	BIND_INTO(struct bearing_text, member), .min = 1, .max = MAX_ID},
    BEARS("points", points),
    BEARS("dearest", dearest),
    BEARS("carried", carried),
    BEARS("share", share),
    {0},
};
static const struct bind OVER[] = {
    {"member", BIND_STRING, BIND_REQUIRED, BIND_INTO(struct over_text, member),
	.min = 1, .max = MAX_ID},
    {"kinder", BIND_CUSTOM, BIND_REQUIRED, .custom = bind_ignored},
    {0},
};
static const struct bind BEARING_ROW = {
    .key = "", .type = BIND_OBJECT, .item = BEARING};
static const struct bind OVER_ROW = {
    .key = "", .type = BIND_OBJECT, .item = OVER};

static const struct bind DISCOMFORT[] = {
    {"worst", BIND_INT, BIND_REQUIRED, BIND_INTO(struct cohort_text, worst),
	.max = MAX_DISCOMFORT},
    {"total", BIND_INT, BIND_REQUIRED, BIND_INTO(struct cohort_text, total),
	.max = MAX_DISCOMFORT},
    {"proven", BIND_BOOL, BIND_REQUIRED,
	BIND_INTO(struct cohort_text, kindest)},
    {"members", BIND_LIST, BIND_REQUIRED,
	BIND_INTO(struct cohort_text, members), .max = COHORT_MAX_SIZE + 1,
	.item = &BEARING_ROW, .item_size = sizeof(struct bearing_text)},
    {"over_share", BIND_LIST, BIND_REQUIRED,
	BIND_INTO(struct cohort_text, over), .max = COHORT_MAX_SIZE + 1,
	.item = &OVER_ROW, .item_size = sizeof(struct over_text)},
    {0},
};

static const struct bind COHORT[] = {
    {"guide", BIND_STRING, BIND_REQUIRED, BIND_INTO(struct cohort_text, guide),
	.min = 1, .max = MAX_ID},
    {"newcomers", BIND_LIST, BIND_REQUIRED,
	BIND_INTO(struct cohort_text, newcomers), .max = COHORT_MAX_SIZE,
	.item = &ID_ROW, .item_size = sizeof(const char *)},
    {"language", BIND_STRING, BIND_REQUIRED,
	BIND_INTO(struct cohort_text, language), .min = 1, .max = MAX_LANGUAGE},
    {"pattern", BIND_LIST, BIND_REQUIRED,
	BIND_INTO(struct cohort_text, pattern), .max = MAX_PARTS,
	.item = &PART_ROW, .item_size = sizeof(struct part_text)},
    {"sessions", BIND_LIST, BIND_REQUIRED,
	BIND_INTO(struct cohort_text, sessions), .max = MAX_PARTS,
	.item = &INSTANT_ROW, .item_size = sizeof(int64_t)},
    {"discomfort", BIND_OBJECT, BIND_REQUIRED, .item = DISCOMFORT},
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
	for (int i = 0; i < UNPLACED_REASONS; i++) {
		enum unplaced_reason r = (enum unplaced_reason)i;

		if (strcmp(unplaced_reason_name(r), name) == 0) {
			memcpy(target, &r, sizeof(r));
			return;
		}
	}
	bind_fault(b, place, "not a known reason");
}

static const struct bind UNPLACED[] = {
    {"newcomer", BIND_STRING, BIND_REQUIRED,
	BIND_INTO(struct unplaced_text, newcomer), .min = 1, .max = MAX_ID},
    {"reason", BIND_CUSTOM, BIND_REQUIRED,
	BIND_INTO(struct unplaced_text, reason), .custom = bind_reason},
    {"help", BIND_STRING, BIND_NULLABLE, BIND_INTO(struct unplaced_text, help),
	.max = MAX_HELP},
    {0},
};

static const struct bind SOLVER[] = {
    {"columns", BIND_INT, BIND_REQUIRED,
	BIND_INTO(struct cohorts_text, plan.columns), .min = 0,
	.max = UINT32_MAX},
    {"lp_solves", BIND_INT, BIND_REQUIRED,
	BIND_INTO(struct cohorts_text, plan.lp_solves), .min = 0,
	.max = UINT32_MAX},
    {"wall_seconds", BIND_CUSTOM, BIND_REQUIRED, .custom = bind_ignored},
    {0},
};

static const struct bind_name STATUS_NAMES[] = {
    {"optimal", true}, {"feasible", false}, {0}};
static const struct bind COHORT_ROW = {
    .key = "", .type = BIND_OBJECT, .item = COHORT};
static const struct bind UNPLACED_ROW = {
    .key = "", .type = BIND_OBJECT, .item = UNPLACED};

#define NUMBER_ROW(key, member)                                  \
	{                                                        \
		key, BIND_INT, BIND_REQUIRED,                    \
		    BIND_INTO(struct cohorts_text, plan.member), \
		    .min = 0, .max = PLAN_MAX_SEED               \
	}
#define DIGEST_ROW(key, member)                                              \
	{                                                                    \
		key, BIND_STRING, BIND_REQUIRED,                             \
		    BIND_INTO(struct cohorts_text, member),                  \
		    .min = PLAN_DIGEST_SIZE - 1, .max = PLAN_DIGEST_SIZE - 1 \
	}

static const struct bind COHORTS[] = {
    {"status", BIND_NAME, BIND_REQUIRED,
	BIND_INTO(struct cohorts_text, optimal), .names = STATUS_NAMES},
    NUMBER_ROW("objective", objective),
    NUMBER_ROW("bound", bound),
    {"gap", BIND_CUSTOM, BIND_REQUIRED, .custom = bind_ignored},
    {"placed", BIND_INT, BIND_REQUIRED,
	BIND_INTO(struct cohorts_text, plan.n_placed), .min = 0,
	.max = COMMUNITY_MAX_PEOPLE},
    NUMBER_ROW("fit_points", fit_points),
    {"cohorts", BIND_LIST, BIND_REQUIRED,
	BIND_INTO(struct cohorts_text, cohorts), .max = MAX_COHORTS,
	.item = &COHORT_ROW, .item_size = sizeof(struct cohort_text)},
    {"unplaced", BIND_LIST, BIND_REQUIRED,
	BIND_INTO(struct cohorts_text, unplaced), .max = COMMUNITY_MAX_PEOPLE,
	.item = &UNPLACED_ROW, .item_size = sizeof(struct unplaced_text)},
    DIGEST_ROW("input_digest", input_digest),
    DIGEST_ROW("policy_digest", policy_digest),
    DIGEST_ROW("intake_digest", intake_digest),
    {"first_date", BIND_DATE, BIND_REQUIRED,
	BIND_INTO(struct cohorts_text, origin.first_day)},
    {"seed", BIND_INT, BIND_REQUIRED,
	BIND_INTO(struct cohorts_text, origin.seed), .min = 0,
	.max = PLAN_MAX_SEED},
    {"tzdata_version", BIND_STRING, BIND_REQUIRED,
	BIND_INTO(struct cohorts_text, tz_version), .max = MAX_VERSION},
    {"solver", BIND_OBJECT, BIND_REQUIRED, .item = SOLVER},
    {0},
};

/* Turns the texts of a file into indexes and terms. */
struct taking {
	struct arena *a;
	const struct community *c;
	const struct intake *in;
	struct err *e;
};

static uint32_t take_person(
    const struct taking *t, const char *id, const char *list, size_t i)
{
	uint32_t person = member_find(t->c, id);
	char place[ERR_PLACE_SIZE];

	if (person < t->c->n)
		return person;
	snprintf(place, sizeof(place), "/%s/%zu", list, i);
	err_add_field(t->e, ERR_VALIDATION, place,
	    "\"%.60s\" is not a member of the file", id);
	return 0;
}

/* The number of a language the guide speaks. */
static uint32_t take_language(const struct taking *t,
    const struct person *guide, const char *language, size_t i)
{
	char place[ERR_PLACE_SIZE];

	for (uint16_t l = 0; l < guide->n_languages; l++)
		if (strcmp(terms_text(t->c->terms, guide->languages[l].term),
			language) == 0)
			return guide->languages[l].term;
	snprintf(place, sizeof(place), "/cohorts/%zu/language", i);
	err_add_field(t->e, ERR_VALIDATION, place,
	    "the guide \"%.60s\" does not speak it", guide->id);
	return TERM_NONE;
}

static void take_pattern(const struct taking *t, const struct cohort_text *text,
    struct pattern_part *part, size_t i)
{
	const struct part_text *from = text->pattern.item;
	char place[ERR_PLACE_SIZE];

	for (size_t k = 0; k < text->pattern.n; k++) {
		part[k] = from[k].part;
		if (strcmp(from[k].zone, t->in->anchor->name) == 0)
			continue;
		snprintf(place, sizeof(place),
		    "/cohorts/%zu/pattern/%zu/time_zone", i, k);
		err_add_field(t->e, ERR_VALIDATION, place,
		    "expected the intake's zone, \"%s\"", t->in->anchor->name);
	}
}

/* What everybody bears; the guide and each newcomer once, or it is none. */
static bool take_bearings(const struct taking *t,
    const struct cohort_text *text, struct cohort *k, size_t i)
{
	const struct bearing_text *said = text->members.item;
	const struct over_text *named = text->over.item;
	struct bearing *b = ARENA_ARRAY(t->a, text->members.n, struct bearing);
	struct over *over = ARENA_ARRAY(t->a, text->over.n, struct over);

	if (b == NULL || over == NULL)
		return false;
	for (size_t j = 0; j < text->members.n; j++) {
		b[j] = said[j].b;
		b[j].person = take_person(t, said[j].member, "cohorts", i);
	}
	for (size_t j = 0; j < text->over.n; j++)
		over[j] = (struct over){
		    .person = take_person(t, named[j].member, "cohorts", i)};
	k->bearing = text->members.n == text->newcomers.n + 1 ? b : NULL;
	k->over = over;
	k->n_over = (uint16_t)text->over.n;
	return true;
}

static enum err_code take_cohort(const struct taking *t,
    const struct cohort_text *text, struct cohort *k, size_t i)
{
	uint32_t *newcomer = ARENA_ARRAY(t->a, text->newcomers.n, uint32_t);
	struct pattern_part *part =
	    ARENA_ARRAY(t->a, text->pattern.n, struct pattern_part);
	const char *const *id = text->newcomers.item;

	if (newcomer == NULL || part == NULL)
		return ERR_SET(t->e, NOMEM, "the plan needs too much memory");
	k->guide = take_person(t, text->guide, "cohorts", i);
	k->language = t->c->n == 0 ? TERM_NONE
				   : take_language(t, &t->c->person[k->guide],
					 text->language, i);
	for (size_t j = 0; j < text->newcomers.n; j++)
		newcomer[j] = take_person(t, id[j], "cohorts", i);
	take_pattern(t, text, part, i);
	k->newcomers = newcomer;
	k->n_newcomers = (uint16_t)text->newcomers.n;
	k->part = part;
	k->n_parts = (uint16_t)text->pattern.n;
	k->session = text->sessions.item;
	k->n_sessions = (uint16_t)text->sessions.n;
	k->worst_discomfort = text->worst;
	k->total_discomfort = text->total;
	k->kindest = text->kindest;
	if (!take_bearings(t, text, k, i))
		return ERR_SET(t->e, NOMEM, "the plan needs too much memory");
	return ERR_OK;
}

static enum err_code take_plan(const struct taking *t,
    const struct cohorts_text *text, struct cohort_plan *plan)
{
	const struct cohort_text *cohort = text->cohorts.item;
	const struct unplaced_text *un = text->unplaced.item;

	plan->optimal = text->optimal;
	plan->n_cohorts = (uint32_t)text->cohorts.n;
	plan->n_unplaced = (uint32_t)text->unplaced.n;
	plan->cohort = ARENA_ARRAY(t->a, text->cohorts.n, struct cohort);
	plan->unplaced = ARENA_ARRAY(t->a, text->unplaced.n, struct unplaced);
	if (plan->cohort == NULL || plan->unplaced == NULL)
		return ERR_SET(t->e, NOMEM, "the plan needs too much memory");
	for (size_t i = 0; i < text->cohorts.n; i++)
		if (take_cohort(t, &cohort[i], &plan->cohort[i], i) != ERR_OK)
			return t->e->code;
	for (size_t i = 0; i < text->unplaced.n; i++)
		plan->unplaced[i] = (struct unplaced){
		    .newcomer = take_person(t, un[i].newcomer, "unplaced", i),
		    .reason = un[i].reason,
		    .help = un[i].help};
	return t->e->code;
}

enum err_code cohorts_file_read(struct arena *a, const char *text, size_t n,
    const struct community *c, const struct intake *in,
    struct cohort_plan **ret_plan, struct cohorts_origin *ret_origin,
    struct err *e)
{
	const struct taking taking = {a, c, in, e};
	struct cohorts_text *t = ARENA_NEW(a, struct cohorts_text);
	struct json_object *tree;
	struct cohorts_origin *o = ret_origin;
	enum err_code code;

	if (t == NULL)
		return ERR_SET(e, NOMEM, "the plan needs too much memory");
	code = json_read_file(a, text, n, &tree, e);
	if (code == ERR_OK)
		code = bind_object(a, tree, COHORTS, t, e);
	if (code == ERR_OK)
		code = take_plan(&taking, t, &t->plan);
	if (code != ERR_OK)
		return code;
	o->instance = t->origin;
	snprintf(
	    o->instance.input_digest, PLAN_DIGEST_SIZE, "%s", t->input_digest);
	snprintf(o->instance.policy_digest, PLAN_DIGEST_SIZE, "%s",
	    t->policy_digest);
	snprintf(o->intake_digest, PLAN_DIGEST_SIZE, "%s", t->intake_digest);
	o->tz_version = t->tz_version;
	*ret_plan = &t->plan;
	return ERR_OK;
}
