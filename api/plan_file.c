/* Plan files, written: see plan_file.h. */
#include "api/plan_file.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "api/plan_lists.h"
#include "api/plan_parts.h"
#include "base/jwrite.h"
#include "matcher/match.h"

bool plan_digest(const void *data, size_t n, char out[PLAN_DIGEST_SIZE])
{
	struct digest d;
	char hex[DIGEST_TEXT_SIZE];
	bool good = digest_sha256(data, n, &d);

	digest_format(&d, hex);
	snprintf(out, PLAN_DIGEST_SIZE, "sha256:%s", hex);
	return good;
}

enum err_code plan_origin_make(const struct community *c,
    const struct policy *p, uint64_t seed, struct plan_origin *ret_origin,
    struct err *e)
{
	struct plan_origin o = {.first_day = p->first_day, .seed = seed};
	struct str input, policy;
	bool good;

	str_init(&input, PLAN_FILE_MAX_OCTETS);
	str_init(&policy, PLAN_FILE_MAX_OCTETS);
	match_canonical(c, &input);
	policy_canonical(p, &policy);
	good = !input.failed && !policy.failed &&
	       plan_digest(input.data, input.len, o.input_digest) &&
	       plan_digest(policy.data, policy.len, o.policy_digest);
	str_free(&input);
	str_free(&policy);
	if (!good)
		return ERR_SET(e, NOMEM, "the digests need too much memory");
	*ret_origin = o;
	return ERR_OK;
}

const char *const PLAN_STEP_GOAL[PLAN_MAX_STEPS] = {
    "total_points", "newcomers_matched", "worst_points"};

static void write_steps(struct jwrite *w, const struct plan *plan)
{
	jwrite_key_array(w, "steps");
	for (uint32_t k = 0; k < plan->n_steps; k++) {
		jwrite_object(w);
		jwrite_key_text(w, "goal", PLAN_STEP_GOAL[k]);
		plan_parts_put_goals(w, plan->step[k]);
		jwrite_object_end(w);
	}
	jwrite_array_end(w);
}

int64_t plan_gap(const struct plan *plan)
{
	const struct plan_goals *b = &plan->bound;
	const int64_t GOAL[][2] = {{plan->people_weight, b->people_weight},
	    {plan->worst_points, b->worst_points},
	    {plan->total_points, b->total_points}};
	int k = 0;

	while (k < 2 && GOAL[k][0] == GOAL[k][1])
		k++;
	if (GOAL[k][1] <= 0)
		return 0;
	return ((GOAL[k][1] - GOAL[k][0]) * 10000 + GOAL[k][1] - 1) /
	       GOAL[k][1];
}

/* In percent; a stable plan is not measured by its bound. */
static void write_gap(struct jwrite *w, const struct plan *plan)
{
	char text[32];
	int64_t gap = plan_gap(plan);

	jwrite_key(w, "gap");
	snprintf(text, sizeof(text), "%" PRId64 ".%02d", gap / 100,
	    (int)(gap % 100));
	if (plan->status == PLAN_STABLE)
		jwrite_text(w, NULL);
	else if (gap == 0)
		jwrite_int(w, 0);
	else
		jwrite_raw(w, text, strlen(text));
}

static void write_uses(
    struct jwrite *w, const struct policy *p, const struct plan *plan)
{
	jwrite_key_array(w, "constraints");
	for (uint32_t k = 0; k < plan->n_uses; k++) {
		const struct plan_use *use = &plan->use[k];
		const struct constraint *c = &p->constraint[use->constraint];

		jwrite_object(w);
		jwrite_key_text(w, "name", c->name);
		jwrite_key_text(
		    w, "limit", CONSTRAINT_MEASURE_KEY[use->measure]);
		jwrite_key_int(w, "value", c->limit[use->measure]);
		jwrite_key_int(w, "used", use->used);
		jwrite_object_end(w);
	}
	jwrite_array_end(w);
}

void plan_file_write_stability(
    struct jwrite *w, const struct community *c, const struct plan_stability *s)
{
	jwrite_key_object(w, "stability");
	jwrite_key_int(w, "blocking_pairs", (int64_t)s->blocking_pairs);
	jwrite_key_array(w, "pairs");
	for (uint32_t i = 0; i < s->n_pairs; i++) {
		const struct blocking_pair *pair = &s->pair[i];

		jwrite_object(w);
		jwrite_key_text(w, "newcomer", c->person[pair->newcomer].id);
		jwrite_key_text(w, "mentor", c->person[pair->mentor].id);
		jwrite_key_int(w, "points", pair->points);
		jwrite_key_int(w, "gain", pair->gain);
		jwrite_object_end(w);
	}
	jwrite_array_end(w);
	jwrite_object_end(w);
}

static void write_pair(
    struct jwrite *w, const struct community *c, const struct plan_pair *pair)
{
	jwrite_object(w);
	jwrite_key_text(w, "newcomer", c->person[pair->newcomer].id);
	jwrite_key_text(w, "mentor", c->person[pair->mentor].id);
	plan_parts_write_score(
	    w, pair->points, pair->shared_minutes, pair->part);
	jwrite_object_end(w);
}

static void write_origin(struct jwrite *w, const struct plan_origin *o)
{
	jwrite_key_text(w, "input_digest", o->input_digest);
	jwrite_key_text(w, "policy_digest", o->policy_digest);
	jwrite_key(w, "first_date");
	jwrite_day(w, o->first_day);
	jwrite_key_int(w, "seed", (int64_t)o->seed);
}

void plan_file_write(const struct community *c, const struct policy *p,
    const struct plan *plan, const struct plan_origin *o, int64_t wall_ms,
    struct str *out)
{
	const struct plan_solver *s = &plan->solver;
	struct jwrite w;

	jwrite_init(&w, out, true);
	jwrite_object(&w);
	jwrite_key_text(&w, "status", PLAN_PARTS_STATUS[plan->status]);
	plan_parts_write_goals(&w, "objective", plan_parts_goals(plan));
	plan_parts_write_goals(&w, "bound", plan->bound);
	write_gap(&w, plan);
	write_steps(&w, plan);
	write_uses(&w, p, plan);
	jwrite_key_array(&w, "pairs");
	for (uint32_t i = 0; i < plan->n_pairs; i++)
		write_pair(&w, c, &plan->pair[i]);
	jwrite_array_end(&w);
	jwrite_key_array(&w, "unmatched");
	for (uint32_t i = 0; i < plan->n_unmatched; i++) {
		const struct plan_unmatched *u = &plan->unmatched[i];

		jwrite_object(&w);
		jwrite_key_text(&w, "newcomer", c->person[u->newcomer].id);
		jwrite_key_text(&w, "reason", unmatched_reason_name(u->reason));
		jwrite_key_text(&w, "help", u->help);
		jwrite_object_end(&w);
	}
	jwrite_array_end(&w);
	plan_lists_write(&w, c, plan);
	plan_file_write_stability(&w, c, &plan->stability);
	write_origin(&w, o);
	jwrite_key_object(&w, "solver");
	jwrite_key_int(&w, "allowed_pairs", (int64_t)s->allowed_pairs);
	jwrite_key_int(&w, "columns", (int64_t)s->columns);
	jwrite_key_int(&w, "pricing_passes", s->pricing_passes);
	jwrite_key_bool(&w, "lp_confirmed", s->lp_confirmed);
	jwrite_key_int(&w, "lp_iterations", s->lp_iterations);
	jwrite_key(&w, "wall_seconds");
	jwrite_tenths(&w, (wall_ms + 99) / 100);
	jwrite_object_end(&w);
	jwrite_object_end(&w);
	out->failed = !jwrite_done(&w) || out->failed;
}
