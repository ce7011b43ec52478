/*
 * The trial "explanation": why a newcomer of a solved round has their mentor or nobody,
 * and what another mentor would cost the round's plan: `cairn explain` over the round's
 * own input. Accepting it makes that pair by hand, after its price was shown.
 * Invariant: the plan it speaks of reaches what the round's plan reaches.
 */
#include <inttypes.h>
#include <string.h>

#include <json-c/json.h>

#include "api/explain_file.h"
#include "api/json.h"
#include "api/member_file.h"
#include "api/round_input.h"
#include "api/round_rows.h"
#include "api/service_audit.h"
#include "api/service_proposals.h"
#include "api/trial.h"
#include "matcher/score.h"

struct explanation {
	struct trial_run *run;
	struct db_trial_round round;
	struct policy policy;
	struct community *community;
	char newcomer[ID_TEXT_SIZE], mentor[ID_TEXT_SIZE]; /* "": none */
};

/* ---- before ---- */

static enum err_code read_round(struct db *db, void *cookie, struct err *e)
{
	struct explanation *x = cookie;
	struct call *c = &x->run->job->call;

	return db_trial_round(db, c->arena, &c->who.community_id,
	    &x->run->trial.matching_round_id, &x->round, e);
}

static enum err_code read_question(struct explanation *x, struct err *e)
{
	struct json_object *tree = NULL;
	struct id id;
	enum err_code code = trial_tree(
	    x->run->job->call.arena, x->run->trial.question, &tree, e);

	if (code != ERR_OK)
		return code;
	if (trial_id(tree, "newcomer_id", &id))
		id_format(&id, x->newcomer);
	if (trial_id(tree, "mentor_id", &id))
		id_format(&id, x->mentor);
	return ERR_OK;
}

static bool takes_part(
    const struct community *c, const char *id, enum participation side)
{
	uint32_t person = member_find(c, id);

	return person < c->n && (c->person[person].participation & side) != 0;
}

static enum err_code check_sides(const struct explanation *x, struct err *e)
{
	const struct community *c = x->community;

	if (!takes_part(c, x->newcomer, PARTICIPATION_NEWCOMER))
		return ERR_SET(
		    e, VALIDATION, "the newcomer took no part in the round");
	if (x->mentor[0] != '\0' &&
	    !takes_part(c, x->mentor, PARTICIPATION_MENTOR))
		return ERR_SET(
		    e, VALIDATION, "the mentor took no part in the round");
	return ERR_OK;
}

static void arguments(struct explanation *x)
{
	struct job_run *j = x->run->job;
	const char *const args[] = {"cairn", "explain", ROUND_INPUT_MEMBERS,
	    "--policy", ROUND_INPUT_POLICY, "--seed",
	    arena_printf(j->call.arena, "%" PRId64, x->round.seed), "--answer",
	    TRIAL_ANSWER, "--newcomer", x->newcomer, "--mentor", x->mentor};
	size_t n = sizeof(args) / sizeof(args[0]);

	for (size_t i = 0; i < (x->mentor[0] != '\0' ? n : n - 2); i++)
		job_arg(j, args[i]);
}

static enum err_code prepare(struct trial_run *t, struct err *e)
{
	struct call *c = &t->job->call;
	struct explanation *x = ARENA_NEW(c->arena, struct explanation);
	enum err_code code;

	if (x == NULL)
		return ERR_SET(e, NOMEM, "no memory for the trial");
	*x = (struct explanation){.run = t};
	t->state = x;
	code = db_tx_run(c->db, DB_READ, read_round, x, e);
	if (code == ERR_OK)
		code = round_input_policy(c->arena, x->round.policy,
		    x->round.created_at, &x->policy, e);
	if (code == ERR_OK)
		code = round_rows_community(
		    c->arena, c->tz, x->round.input, &x->community, e);
	if (code == ERR_OK)
		code = read_question(x, e);
	if (code == ERR_OK)
		code = check_sides(x, e);
	if (code != ERR_OK)
		return code;
	arguments(x);
	return round_input_write(t->job, x->round.input, &x->policy, e);
}

/* ---- after ---- */

static enum err_code check_objective(
    const struct explanation *x, struct json_object *tree, struct err *e)
{
	static const char *const GOAL[] = {"newcomers_matched", "people_weight",
	    "worst_points", "total_points"};
	struct json_object *is =
	    json_member(tree, "objective", json_type_object);
	struct json_object *was = NULL;
	enum err_code code =
	    trial_tree(x->run->job->call.arena, x->round.objective, &was, e);

	for (size_t i = 0; code == ERR_OK && i < sizeof(GOAL) / sizeof(*GOAL);
	     i++)
		if (is == NULL ||
		    trial_int(is, GOAL[i]) != trial_int(was, GOAL[i]))
			code = ERR_SET(e, SOLVER,
			    "the explained plan is not the round's: another "
			    "%s",
			    GOAL[i]);
	return code;
}

/* What the solver says of the pair is what the scorer says here. */
static enum err_code check_pair(
    const struct explanation *x, struct json_object *tree, struct err *e)
{
	struct json_object *pair =
	    json_member(tree, "instead", json_type_object);
	struct json_object *parts =
	    json_member(pair, "explanation", json_type_object);
	struct scorer *s = NULL;
	struct score score;
	enum err_code code =
	    score_new(x->run->job->call.arena, x->community, &x->policy, &s, e);
	bool good;

	if (code != ERR_OK)
		return code;
	score_pair(s,
	    score_newcomer_of(s, member_find(x->community, x->newcomer)),
	    score_mentor_of(s, member_find(x->community, x->mentor)), &score);
	good = trial_int(pair, "points") == score.points &&
	       trial_int(pair, "shared_minutes") == score.shared_minutes &&
	       trial_bool(pair, "is_allowed") == (score.rule == SCORE_ALLOWED);
	for (int i = 0; i < CRITERION_COUNT; i++)
		good = good &&
		       trial_int(parts, criterion_name((enum criterion)i)) ==
			   score.part[i];
	return good ? ERR_OK
		    : ERR_SET(e, SOLVER,
			  "the explained pair has other points than here");
}

static enum err_code check(struct trial_run *t, struct err *e)
{
	const struct explanation *x = t->state;
	struct json_object *tree = NULL;
	size_t n = 0;
	enum err_code code = job_read(
	    t->job, TRIAL_ANSWER, EXPLAIN_FILE_MAX_OCTETS, &t->answer, &n, e);

	if (code == ERR_OK)
		code =
		    json_read_file(t->job->call.arena, t->answer, n, &tree, e);
	if (code == ERR_OK)
		code = check_objective(x, tree, e);
	if (code == ERR_OK && x->mentor[0] != '\0')
		code = check_pair(x, tree, e);
	return code;
}

/* ---- accepted ---- */

/* The pair that was asked for, if it can be made. */
static enum err_code read_pair(struct call *c, const struct db_trial *t,
    struct db_trial_pair *ret_pair, struct err *e)
{
	struct json_object *question = NULL, *answer = NULL, *pair;
	enum err_code code = trial_tree(c->arena, t->question, &question, e);

	if (code == ERR_OK)
		code = trial_tree(c->arena, t->answer, &answer, e);
	if (code != ERR_OK)
		return code;
	pair = json_member(answer, "instead", json_type_object);
	if (pair == NULL)
		return ERR_SET(e, STATE, "the trial asked for no pair");
	if (!trial_bool(pair, "is_allowed"))
		return ERR_SET(e, INFEASIBLE, "the pair breaks a hard rule");
	if (!trial_id(question, "newcomer_id", &ret_pair->newcomer_id) ||
	    !trial_id(question, "mentor_id", &ret_pair->mentor_id))
		return ERR_SET(e, BUG, "a stored question cannot be read");
	ret_pair->points = trial_int(pair, "points");
	ret_pair->shared_minutes = trial_int(pair, "shared_minutes");
	ret_pair->explanation = arena_strdup(
	    c->arena, json_object_to_json_string_ext(
			  json_member(pair, "explanation", json_type_object),
			  JSON_C_TO_STRING_PLAIN));
	return ret_pair->explanation != NULL
		   ? ERR_OK
		   : ERR_SET(e, NOMEM, "no memory for the pair");
}

/* The newcomer's other proposals expire: this decision is the later one. */
static enum err_code accept(struct call *c, const struct db_trial *t,
    struct db_list *ret_list, struct err *e)
{
	const struct id *community = &c->who.community_id;
	const char **doc = ARENA_ARRAY(c->arena, 1, const char *);
	struct db_trial_pair pair = {0};
	struct db_doc made;
	struct id id = {0};
	enum err_code code = read_pair(c, t, &pair, e);

	if (code == ERR_OK)
		code = db_trial_propose(c->db, c->arena, community,
		    &t->matching_round_id, &pair, &id, e);
	if (code == ERR_OK)
		code = db_proposal_expire(c->db, community, &t->program_id,
		    &pair.newcomer_id, &id, true, e);
	if (code == ERR_OK)
		code = service_audit_state(
		    c, "proposal.override", "proposal", &id, NULL, "locked", e);
	if (code == ERR_OK)
		code = service_proposals_get(c, &id, &made, e);
	if (code != ERR_OK)
		return code;
	if (doc == NULL)
		return ERR_SET(e, NOMEM, "no memory for the proposal");
	doc[0] = made.json;
	*ret_list = (struct db_list){.doc = doc, .n = 1};
	return ERR_OK;
}

const struct trial_kind TRIAL_EXPLANATION = {
    .name = "explanation",
    .prepare = prepare,
    .check = check,
    .accept = accept,
};
