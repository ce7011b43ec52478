/* The answer of cairn explain: see explain_file.h. */
#include "api/explain_file.h"

#include "api/plan_parts.h"
#include "base/jwrite.h"

const char *explain_file_rule(enum score_rule rule)
{
	static const char *const NAME[SCORE_RULES] = {
	    [SCORE_SELF] = "own-mentor",
	    [SCORE_NO_PLACE] = "no-place",
	    [SCORE_NO_LANGUAGE] = "no-shared-language",
	    [SCORE_NO_HOURS] = "no-shared-hours",
	    [SCORE_ORGANISATION] = "excluded",
	    [SCORE_AVOIDED] = "excluded",
	};

	return NAME[rule];
}

static const char *id_of(const struct community *c, uint32_t person)
{
	return person < c->n ? c->person[person].id : NULL;
}

static void write_pair(
    struct jwrite *w, const struct community *c, const struct plan_pair *pair)
{
	jwrite_object(w);
	jwrite_key_text(w, "mentor", id_of(c, pair->mentor));
	plan_parts_write_score(
	    w, pair->points, pair->shared_minutes, pair->part);
	jwrite_object_end(w);
}

/* The first mentor; those of whoever has several stand in a list beside. */
static void write_has(struct jwrite *w, const struct explain_file *x)
{
	jwrite_key(w, "has");
	if (x->pair == NULL) {
		jwrite_null(w);
		return;
	}
	write_pair(w, x->community, x->pair);
	if (x->n_pairs == 1)
		return;
	jwrite_key_array(w, "has_too");
	for (uint32_t k = 1; k < x->n_pairs; k++)
		write_pair(w, x->community, &x->pair[k]);
	jwrite_array_end(w);
}

static void write_unmatched(struct jwrite *w, const struct explain_file *x)
{
	jwrite_key(w, "unmatched");
	if (x->pair != NULL) {
		jwrite_null(w);
		return;
	}
	jwrite_object(w);
	jwrite_key_text(w, "reason", unmatched_reason_name(x->nobody->reason));
	jwrite_key_text(w, "help", x->nobody->help);
	jwrite_object_end(w);
}

static void write_broken(struct jwrite *w, const struct score *score)
{
	const char *said = NULL;

	jwrite_key_array(w, "broken_rules");
	for (int r = SCORE_SELF; r < SCORE_RULES; r++) {
		const char *name = explain_file_rule((enum score_rule)r);

		if ((score->broken >> r & 1) == 0 || name == said)
			continue;
		jwrite_text(w, name);
		said = name; /* two rules may share one word */
	}
	jwrite_array_end(w);
}

static void write_touched(
    struct jwrite *w, const struct community *c, const struct why_answer *a)
{
	jwrite_key_int(w, "touched", a->n_touched);
	jwrite_key_array(w, "changes");
	for (uint32_t k = 0; k < a->n_named; k++) {
		const struct why_touched *t = &a->touched[k];

		jwrite_object(w);
		jwrite_key_text(w, "newcomer", id_of(c, t->newcomer));
		jwrite_key_text(w, "was", id_of(c, t->was));
		jwrite_key_text(w, "is", id_of(c, t->is));
		jwrite_object_end(w);
	}
	jwrite_array_end(w);
}

/* By how much the plan would be worse (below 0) or better, goal by goal. */
static void write_cost(
    struct jwrite *w, const struct plan_goals *was, const struct plan_goals *is)
{
	jwrite_key_object(w, "difference");
	jwrite_key_int(
	    w, "newcomers_matched", (int64_t)is->n_served - was->n_served);
	jwrite_key_int(
	    w, "people_weight", is->people_weight - was->people_weight);
	jwrite_key_int(
	    w, "worst_points", (int64_t)is->worst_points - was->worst_points);
	jwrite_key_int(w, "total_points", is->total_points - was->total_points);
	jwrite_object_end(w);
}

/* An allowed pair of an optimal plan has a price; in a stable one somebody would
 * rather not; the plan's own pair costs nothing. */
static void write_price(struct jwrite *w, const struct explain_file *x)
{
	const struct why_answer *a = x->answer;

	jwrite_key(w, "price");
	if (!a->is_allowed || x->plan->status == PLAN_STABLE) {
		jwrite_null(w);
		return;
	}
	jwrite_object(w);
	plan_parts_write_goals(
	    w, "objective", a->is_in_plan ? plan_parts_goals(x->plan) : a->is);
	write_cost(w, &a->was, &a->is);
	write_touched(w, x->community, a);
	jwrite_object_end(w);
}

static void write_stays(struct jwrite *w, const struct explain_file *x)
{
	const struct why_answer *a = x->answer;

	jwrite_key_array(w, "would_rather_not");
	if (a->newcomer_stays)
		jwrite_text(w, "newcomer");
	if (a->mentor_stays)
		jwrite_text(w, "mentor");
	jwrite_array_end(w);
}

static void write_instead(struct jwrite *w, const struct explain_file *x)
{
	const struct why_answer *a = x->answer;

	jwrite_key(w, "instead");
	if (a == NULL) {
		jwrite_null(w);
		return;
	}
	jwrite_object(w);
	jwrite_key_text(w, "mentor", id_of(x->community, x->mentor));
	jwrite_key_bool(w, "is_allowed", a->is_allowed);
	write_broken(w, &a->score);
	jwrite_key_bool(w, "is_in_plan", a->is_in_plan);
	plan_parts_write_score(
	    w, a->score.points, a->score.shared_minutes, a->score.part);
	write_price(w, x);
	write_stays(w, x);
	jwrite_object_end(w);
}

void explain_file_write(const struct explain_file *x, struct str *out)
{
	struct jwrite w;

	jwrite_init(&w, out, true);
	jwrite_object(&w);
	jwrite_key_text(&w, "newcomer", id_of(x->community, x->newcomer));
	jwrite_key_text(&w, "plan_status", PLAN_PARTS_STATUS[x->plan->status]);
	plan_parts_write_goals(&w, "objective", plan_parts_goals(x->plan));
	write_has(&w, x);
	write_unmatched(&w, x);
	write_instead(&w, x);
	jwrite_object_end(&w);
	out->failed = !jwrite_done(&w) || out->failed;
}
