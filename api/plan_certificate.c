/* Certificates: see plan_file.h. Three steps of integer duals, each number a
 * decimal string, newcomers and mentors in ascending order of external_id. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <json-c/json.h>

#include "api/bind.h"
#include "api/json.h"
#include "api/plan_file.h"
#include "api/policy_file.h"
#include "base/jwrite.h"
#include "base/num.h"

enum {
	STEPS = 3
};

static const char *const STEP_NAME[STEPS] = {"people", "worst", "total"};

static void put_number(struct jwrite *w, int64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRId64, value);
	jwrite_text(w, text);
}

static void put_numbers(
    struct jwrite *w, const char *key, const int64_t *value, uint32_t n)
{
	jwrite_key_array(w, key);
	for (uint32_t i = 0; i < n; i++)
		put_number(w, value[i]);
	jwrite_array_end(w);
}

/* The prices of side constraints. */
static void put_side(struct jwrite *w, const struct certificate_step *step,
    const struct terms *terms, uint32_t n_rows)
{
	put_numbers(w, "limits", step->row, n_rows);
	jwrite_key_array(w, "of_one_organization");
	for (uint32_t k = 0; k < step->n_caps; k++) {
		const struct certificate_cap *cap = &step->cap[k];

		jwrite_object(w);
		jwrite_key_int(w, "constraint", cap->constraint);
		jwrite_key_int(w, "mentor", cap->mentor);
		jwrite_key_text(
		    w, "organization", terms_text(terms, cap->organization));
		jwrite_key(w, "price");
		put_number(w, cap->price);
		jwrite_object_end(w);
	}
	jwrite_array_end(w);
	jwrite_key(w, "people_price");
	put_number(w, step->people_price);
	jwrite_key(w, "people_limit");
	put_number(w, step->people_limit);
}

static void put_steps(struct jwrite *w, const struct community *c,
    const struct policy *p, const struct plan *plan)
{
	const struct certificate *duals = &plan->certificate;
	const struct certificate_step *const STEP[] = {
	    &duals->people, &duals->worst, &duals->total};
	uint32_t n_rows = constraint_rows(p->constraint, p->n_constraints);

	for (int k = 0; k < STEPS; k++) {
		jwrite_key_object(w, STEP_NAME[k]);
		jwrite_key(w, "objective");
		put_number(w, STEP[k]->objective);
		put_numbers(w, "newcomers", STEP[k]->u, plan->n_newcomers);
		put_numbers(w, "mentors", STEP[k]->p, plan->n_mentors);
		if (p->n_constraints > 0)
			put_side(w, STEP[k], c->terms, n_rows);
		jwrite_object_end(w);
	}
}

void plan_certificate_write(const struct community *c, const struct policy *p,
    const struct plan *plan, const struct plan_origin *o,
    const char *plan_file_digest, struct str *out)
{
	const struct certificate *duals = &plan->certificate;
	struct jwrite w;
	struct str policy;

	str_init(&policy, POLICY_FILE_MAX_OCTETS);
	policy_file_write(p, &policy);
	jwrite_init(&w, out, false);
	jwrite_object(&w);
	jwrite_key_text(&w, "plan_digest", plan_file_digest);
	jwrite_key_text(&w, "input_digest", o->input_digest);
	jwrite_key_text(&w, "policy_digest", o->policy_digest);
	jwrite_key(&w, "first_date");
	jwrite_day(&w, o->first_day);
	jwrite_key_int(&w, "seed", (int64_t)o->seed);
	jwrite_key(&w, "policy");
	jwrite_raw(&w, policy.data, policy.len);
	jwrite_key(&w, "people_scale");
	put_number(&w, duals->people_scale);
	jwrite_key(&w, "points_scale");
	put_number(&w, duals->points_scale);
	put_steps(&w, c, p, plan);
	jwrite_object_end(&w);
	out->failed = !jwrite_done(&w) || out->failed || policy.failed;
	str_putc(out, '\n');
	str_free(&policy);
}

struct step_text {
	int64_t objective, people_price, people_limit;
	struct bind_list newcomers, mentors, limits, caps;
};

struct cap_text {
	struct certificate_cap cap;
	const char *organization;
};

struct certificate_text {
	const char *plan_digest, *input_digest, *policy_digest;
	struct plan_origin origin;
	struct policy policy;
	int64_t people_scale, points_scale;
	struct step_text people, worst, total;
};

/* A decimal string within int64. */
static void bind_number(struct binder *b, const char *place,
    struct json_object *value, void *target)
{
	int64_t number;

	if (json_object_is_type(value, json_type_string) &&
	    num_parse_i64(json_object_get_string(value),
		(size_t)json_object_get_string_len(value), INT64_MIN, INT64_MAX,
		&number))
		memcpy(target, &number, sizeof(number));
	else
		bind_fault(
		    b, place, "expected a whole number as a decimal string");
}

static void bind_policy(struct binder *b, const char *place,
    struct json_object *value, void *target)
{
	struct policy p;
	struct err e;

	err_clear(&e);
	if (policy_file_bind(b->arena, value, &p, &e) == ERR_OK)
		memcpy(target, &p, sizeof(p));
	else
		bind_fault(b, place, "%s: %s",
		    e.n_fields > 0 ? e.field[0].place : "not a policy",
		    e.n_fields > 0 ? e.field[0].detail : e.detail);
}

static const struct bind NUMBER = {
    .key = "", .type = BIND_CUSTOM, BIND_EACH(int64_t), .custom = bind_number};

static const struct bind CAP[] = {
    {"constraint", BIND_INT, BIND_REQUIRED,
	BIND_INTO(struct cap_text, cap.constraint), .min = 0,
	.max = CONSTRAINTS_MAX - 1},
    {"mentor", BIND_INT, BIND_REQUIRED, BIND_INTO(struct cap_text, cap.mentor),
	.min = 0, .max = COMMUNITY_MAX_PEOPLE},
    {"organization", BIND_STRING, BIND_REQUIRED,
	BIND_INTO(struct cap_text, organization), .min = 1,
	.max = TERM_MAX_OCTETS},
    {"price", BIND_CUSTOM, BIND_REQUIRED, BIND_INTO(struct cap_text, cap.price),
	.custom = bind_number},
    {0},
};

static const struct bind CAP_ROW = {
    .key = "", .type = BIND_OBJECT, .item = CAP};

static const struct bind STEP[] = {
    {"objective", BIND_CUSTOM, BIND_REQUIRED,
	BIND_INTO(struct step_text, objective), .custom = bind_number},
    {"newcomers", BIND_LIST, BIND_REQUIRED,
	BIND_INTO(struct step_text, newcomers), .max = COMMUNITY_MAX_PEOPLE,
	.item = &NUMBER, .item_size = sizeof(int64_t)},
    {"mentors", BIND_LIST, BIND_REQUIRED, BIND_INTO(struct step_text, mentors),
	.max = COMMUNITY_MAX_PEOPLE, .item = &NUMBER,
	.item_size = sizeof(int64_t)},
    /* under side constraints */
    {"limits", BIND_LIST, BIND_INTO(struct step_text, limits),
	.max = CONSTRAINTS_MAX * MEASURES, .item = &NUMBER,
	.item_size = sizeof(int64_t)},
    {"of_one_organization", BIND_LIST, BIND_INTO(struct step_text, caps),
	.max = COMMUNITY_MAX_PEOPLE, .item = &CAP_ROW,
	.item_size = sizeof(struct cap_text)},
    {"people_price", BIND_CUSTOM, BIND_INTO(struct step_text, people_price),
	.custom = bind_number},
    {"people_limit", BIND_CUSTOM, BIND_INTO(struct step_text, people_limit),
	.custom = bind_number},
    {0},
};

#define DIGEST_ROW(key, member)                                              \
	{                                                                    \
		key, BIND_STRING, BIND_REQUIRED,                             \
		    BIND_INTO(struct certificate_text, member),              \
		    .min = PLAN_DIGEST_SIZE - 1, .max = PLAN_DIGEST_SIZE - 1 \
	}
#define NUMBER_ROW(key, member)                                 \
	{                                                       \
		key, BIND_CUSTOM, BIND_REQUIRED,                \
		    BIND_INTO(struct certificate_text, member), \
		    .custom = bind_number                       \
	}
#define STEP_ROW(key, member)                                                \
	{                                                                    \
		key, BIND_OBJECT, BIND_REQUIRED,                             \
		    BIND_INTO(struct certificate_text, member), .item = STEP \
	}

static const struct bind CERTIFICATE[] = {
    DIGEST_ROW("plan_digest", plan_digest),
    DIGEST_ROW("input_digest", input_digest),
    DIGEST_ROW("policy_digest", policy_digest),
    {"first_date", BIND_DATE, BIND_REQUIRED,
	BIND_INTO(struct certificate_text, origin.first_day)},
    {"seed", BIND_INT, BIND_REQUIRED,
	BIND_INTO(struct certificate_text, origin.seed), .min = 0,
	.max = PLAN_MAX_SEED},
    {"policy", BIND_CUSTOM, BIND_REQUIRED,
	BIND_INTO(struct certificate_text, policy), .custom = bind_policy},
    NUMBER_ROW("people_scale", people_scale),
    NUMBER_ROW("points_scale", points_scale),
    STEP_ROW("people", people),
    STEP_ROW("worst", worst),
    STEP_ROW("total", total),
    {0},
};

static void take_caps(struct arena *a, const struct community *c,
    const struct step_text *t, struct certificate_step *step)
{
	const struct cap_text *cap = t->caps.item;

	step->n_caps = (uint32_t)t->caps.n;
	step->cap = ARENA_ARRAY(a, t->caps.n, struct certificate_cap);
	for (uint32_t k = 0; step->cap != NULL && k < step->n_caps; k++) {
		step->cap[k] = cap[k].cap;
		step->cap[k].organization =
		    terms_find(c->terms, cap[k].organization);
	}
}

static void take_step(const char *name, const struct step_text *t,
    const struct plan *plan, uint32_t n_rows, struct certificate_step *step,
    struct err *e)
{
	char place[ERR_PLACE_SIZE];

	step->objective = t->objective;
	step->people_price = t->people_price;
	step->people_limit = t->people_limit;
	step->u = t->newcomers.item;
	step->p = t->mentors.item;
	step->row = t->limits.item;
	snprintf(place, sizeof(place), "/%s", name);
	if (t->newcomers.n != plan->n_newcomers ||
	    t->mentors.n != plan->n_mentors || t->limits.n != n_rows)
		err_add_field(e, ERR_VALIDATION, place,
		    "expected %u newcomers, %u mentors and %u limits, found "
		    "%zu, %zu and %zu",
		    plan->n_newcomers, plan->n_mentors, n_rows, t->newcomers.n,
		    t->mentors.n, t->limits.n);
}

enum err_code plan_certificate_read(struct arena *a, const char *text, size_t n,
    const struct community *c, const struct plan *plan,
    struct plan_certificate *ret, struct err *e)
{
	struct certificate_text *t = ARENA_NEW(a, struct certificate_text);
	struct plan_certificate out = {0};
	struct certificate_step *const INTO[] = {
	    &out.duals.people, &out.duals.worst, &out.duals.total};
	const struct step_text *FROM[STEPS];
	uint32_t n_rows;
	struct json_object *tree;
	enum err_code code;

	if (t == NULL)
		return ERR_SET(
		    e, NOMEM, "the certificate needs too much memory");
	code = json_read_file(a, text, n, &tree, e);
	if (code == ERR_OK)
		code = bind_object(a, tree, CERTIFICATE, t, e);
	if (code != ERR_OK)
		return code;
	out.origin = t->origin;
	out.policy = t->policy;
	snprintf(
	    out.origin.input_digest, PLAN_DIGEST_SIZE, "%s", t->input_digest);
	snprintf(
	    out.origin.policy_digest, PLAN_DIGEST_SIZE, "%s", t->policy_digest);
	snprintf(out.plan_digest, PLAN_DIGEST_SIZE, "%s", t->plan_digest);
	out.duals.people_scale = t->people_scale;
	out.duals.points_scale = t->points_scale;
	FROM[0] = &t->people;
	FROM[1] = &t->worst;
	FROM[2] = &t->total;
	n_rows =
	    constraint_rows(out.policy.constraint, out.policy.n_constraints);
	for (int k = 0; k < STEPS; k++) {
		take_step(STEP_NAME[k], FROM[k], plan, n_rows, INTO[k], e);
		take_caps(a, c, FROM[k], INTO[k]);
	}
	if (arena_failed(a))
		return ERR_SET(
		    e, NOMEM, "the certificate needs too much memory");
	if (e->code == ERR_OK)
		*ret = out;
	return e->code;
}
