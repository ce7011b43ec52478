/*
 * The trial "comparison": what if the policy were another? A draft beside a version of
 * the program's policy, on the people of the moment: `cairn explain --against`. There
 * is nothing to accept: whoever likes the draft makes it the policy.
 */
#include <inttypes.h>

#include <json-c/json.h>

#include "api/compare_file.h"
#include "api/json.h"
#include "api/member_file.h"
#include "api/policy_file.h"
#include "api/round_input.h"
#include "api/trial_people.h"
#include "matcher/score.h"

static const char AGAINST[] = "against.json";

static enum err_code read_question(struct trial_run *t,
    struct policy *ret_draft, int64_t *ret_seed, struct err *e)
{
	struct arena *a = t->job->call.arena;
	struct json_object *tree = NULL;
	enum err_code code = trial_tree(a, t->trial.question, &tree, e);

	if (code != ERR_OK)
		return code;
	*ret_seed = trial_int(tree, "seed");
	return policy_file_bind(
	    a, json_member(tree, "policy", json_type_object), ret_draft, e);
}

static enum err_code prepare(struct trial_run *t, struct err *e)
{
	struct arena *a = t->job->call.arena;
	struct trial_people *p = ARENA_NEW(a, struct trial_people);
	struct policy draft = {0};
	int64_t seed = 0;
	enum err_code code;

	if (p == NULL)
		return ERR_SET(e, NOMEM, "no memory for the trial");
	t->state = p;
	code = read_question(t, &draft, &seed, e);
	if (code == ERR_OK)
		code = trial_people_read(t, false, p, e);
	if (code == ERR_OK)
		code = trial_people_write(t, p, e);
	if (code != ERR_OK)
		return code;
	if (draft.first_day == 0)
		draft.first_day = p->policy.first_day;
	job_arg(t->job, "cairn");
	job_arg(t->job, "explain");
	job_arg(t->job, ROUND_INPUT_MEMBERS);
	job_arg(t->job, "--policy");
	job_arg(t->job, ROUND_INPUT_POLICY);
	job_arg(t->job, "--against");
	job_arg(t->job, AGAINST);
	job_arg(t->job, "--seed");
	job_arg(t->job, arena_printf(a, "%" PRId64, seed));
	job_arg(t->job, "--answer");
	job_arg(t->job, TRIAL_ANSWER);
	return round_input_write_policy(t->job, AGAINST, &draft, e);
}

/* The points of a change, by the scorer of here. */
static bool is_scored(const struct community *c, const struct scorer *s,
    struct json_object *change, const char *mentor, const char *points)
{
	struct json_object *id = json_member(change, mentor, json_type_string);
	struct json_object *newcomer =
	    json_member(change, "newcomer", json_type_string);
	struct score score;
	uint32_t i, j;

	if (newcomer == NULL)
		return false;
	if (id == NULL)
		return json_member(change, points, json_type_null) == NULL;
	i = member_find(c, json_object_get_string(newcomer));
	j = member_find(c, json_object_get_string(id));
	if (i == c->n || j == c->n || score_newcomer_of(s, i) == UINT32_MAX ||
	    score_mentor_of(s, j) == UINT32_MAX)
		return false;
	score_pair(s, score_newcomer_of(s, i), score_mentor_of(s, j), &score);
	return trial_int(change, points) == score.points;
}

static enum err_code check(struct trial_run *t, struct err *e)
{
	const struct trial_people *p = t->state;
	struct arena *a = t->job->call.arena;
	struct json_object *tree = NULL, *list;
	struct scorer *s = NULL;
	size_t n = 0;
	enum err_code code = job_read(
	    t->job, TRIAL_ANSWER, COMPARE_FILE_MAX_OCTETS, &t->answer, &n, e);

	if (code == ERR_OK)
		code = json_read_file(a, t->answer, n, &tree, e);
	if (code == ERR_OK)
		code = score_new(a, p->community, &p->policy, &s, e);
	if (code != ERR_OK)
		return code;
	list = json_member(tree, "changes", json_type_array);
	if (list == NULL)
		return ERR_SET(e, SOLVER, "the comparison has no changes");
	for (size_t k = 0; k < json_object_array_length(list); k++) {
		struct json_object *x = json_object_array_get_idx(list, k);

		if (!is_scored(p->community, s, x, "was", "points_was") ||
		    !is_scored(p->community, s, x, "is", "points_is"))
			return ERR_SET(e, SOLVER,
			    "a compared pair has other points than here");
	}
	return ERR_OK;
}

const struct trial_kind TRIAL_COMPARISON = {
    .name = "comparison",
    .prepare = prepare,
    .check = check,
};
