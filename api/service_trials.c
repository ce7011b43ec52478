/* Trials: see service_trials.h. Invariant: a live trial has a live job. */
#include "api/service_trials.h"

#include <stdio.h>
#include <string.h>

#include "api/policy_file.h"
#include "api/service_audit.h"
#include "api/trial.h"
#include "base/jwrite.h"
#include "db/jobs.h"
#include "db/pairings.h"
#include "db/programs.h"

enum {
	QUESTION_CAP = 128 << 10
};

/* The trial, its job and its audit row. */
static enum err_code begin(struct call *c, struct db_trial_new *t,
    struct id *ret_id, struct db_doc *ret_doc, struct err *e)
{
	const struct id *community = &c->who.community_id;
	struct db_job job = {
	    .community_id = *community, .id = id_new(), .kind = "trial"};
	enum err_code code;

	t->id = job.subject_id = id_new();
	code = db_trial_create(c->db, community, t, e);
	if (code == ERR_OK)
		code = db_job_enqueue(c->db, &job, e);
	if (code == ERR_OK)
		code = service_audit_state(
		    c, "trial.start", "trial", &t->id, NULL, "queued", e);
	if (code == ERR_OK)
		code = db_trial_get(
		    c->db, c->arena, community, &t->id, ret_doc, e);
	if (code == ERR_OK)
		*ret_id = t->id;
	return code;
}

static void write_id(struct jwrite *w, const char *key, const struct id *id)
{
	char text[ID_TEXT_SIZE];

	if (id != NULL)
		id_format(id, text);
	jwrite_key_text(w, key, id != NULL ? text : NULL);
}

/* A question's text, in the arena. */
static enum err_code keep_question(
    struct call *c, struct jwrite *w, const char **ret_text, struct err *e)
{
	*ret_text = jwrite_done(w)
			? arena_strndup(c->arena, w->out->data, w->out->len)
			: NULL;
	str_free(w->out);
	return *ret_text != NULL
		   ? ERR_OK
		   : ERR_SET(e, NOMEM, "no memory for the question");
}

static enum err_code check_asked(const struct trial_explain *x,
    const struct db_trial_asked *asked, struct err *e)
{
	if (strcmp(asked->state, "solved") != 0) {
		err_note(e, "current_state", asked->state);
		return ERR_SET(
		    e, STATE, "the matching round is %s", asked->state);
	}
	if (!asked->has_newcomer)
		err_add_field(e, ERR_VALIDATION, "/newcomer_id",
		    "this member took no part in the round");
	if (x->mentor_id != NULL && !asked->has_mentor)
		err_add_field(e, ERR_VALIDATION, "/mentor_id",
		    "this member took no part in the round");
	return e->code;
}

enum err_code service_trials_explain(struct call *c,
    const struct trial_explain *x, struct id *ret_id, struct db_doc *ret_doc,
    struct err *e)
{
	struct db_trial_new t = {
	    .kind = "explanation", .matching_round_id = &x->round_id};
	struct db_trial_asked asked;
	struct str text;
	struct jwrite w;
	enum err_code code =
	    db_trial_asked(c->db, c->arena, &c->who.community_id, &x->round_id,
		&x->newcomer_id, x->mentor_id, &asked, e);

	if (code == ERR_OK)
		code = check_asked(x, &asked, e);
	if (code != ERR_OK)
		return code;
	t.program_id = asked.program_id;
	t.policy_version = asked.policy_version;
	str_init(&text, QUESTION_CAP);
	jwrite_init(&w, &text, false);
	jwrite_object(&w);
	write_id(&w, "newcomer_id", &x->newcomer_id);
	write_id(&w, "mentor_id", x->mentor_id);
	jwrite_object_end(&w);
	code = keep_question(c, &w, &t.question, e);
	return code == ERR_OK ? begin(c, &t, ret_id, ret_doc, e) : code;
}

/* ---- of a program ---- */

/* The document of the version that a trial goes by, and its number. */
static enum err_code find_policy(struct call *c, struct db_trial_new *t,
    const char **ret_document, struct err *e)
{
	const struct id *community = &c->who.community_id;
	struct db_doc program;
	enum err_code code = db_program_get(
	    c->db, c->arena, community, &t->program_id, &program, e);

	if (code != ERR_OK)
		return code;
	code = db_policy_document(c->db, c->arena, community, &t->program_id,
	    t->policy_version, ret_document, &t->policy_version, e);
	if (code != ERR_NOT_FOUND)
		return code;
	err_clear(e);
	err_add_field(e, ERR_VALIDATION, "?policy_version",
	    "the program has no policy of this version");
	return ERR_VALIDATION;
}

/* What decides who takes part is no matter of a comparison. */
static enum err_code check_people(
    const struct policy *was, const struct policy *draft, struct err *e)
{
	static const char WHY[] =
	    "expected %d, as in the policy beside it: this decides who takes "
	    "part, and policies are compared on the same people";

	if (draft->rest_days != was->rest_days)
		err_add_field(e, ERR_VALIDATION, "/hard_rules/rest_days", WHY,
		    (int)was->rest_days);
	if (draft->repeat_window_days != was->repeat_window_days)
		err_add_field(e, ERR_VALIDATION,
		    "/hard_rules/repeat_window_days", WHY,
		    (int)was->repeat_window_days);
	if (draft->load_window_days != was->load_window_days)
		err_add_field(e, ERR_VALIDATION, "/scales/load_window_days",
		    WHY, (int)was->load_window_days);
	return e->code;
}

static enum err_code comparison_text(struct call *c, const struct policy *draft,
    int64_t seed, const char **ret_text, struct err *e)
{
	struct str text, policy;
	struct jwrite w;
	enum err_code code;

	str_init(&policy, POLICY_FILE_MAX_OCTETS);
	policy_file_write(draft, &policy);
	str_init(&text, QUESTION_CAP);
	jwrite_init(&w, &text, false);
	jwrite_object(&w);
	jwrite_key(&w, "policy");
	if (!policy.failed)
		jwrite_raw(&w, policy.data, policy.len);
	jwrite_key_int(&w, "seed", seed);
	jwrite_object_end(&w);
	code = keep_question(c, &w, ret_text, e);
	str_free(&policy);
	return code;
}

enum err_code service_trials_compare(struct call *c,
    const struct trial_compare *x, struct id *ret_id, struct db_doc *ret_doc,
    struct err *e)
{
	struct db_trial_new t = {.kind = "comparison",
	    .program_id = x->program_id,
	    .policy_version = x->policy_version};
	const char *document = NULL;
	struct policy was, draft;
	enum err_code code = find_policy(c, &t, &document, e);

	if (code == ERR_OK)
		code = policy_file_bind(c->arena, x->draft, &draft, e);
	if (code == ERR_OK)
		code = policy_file_read(
		    c->arena, document, strlen(document), &was, e);
	if (code == ERR_OK)
		code = check_people(&was, &draft, e);
	if (code == ERR_OK)
		code = comparison_text(c, &draft, x->seed, &t.question, e);
	return code == ERR_OK ? begin(c, &t, ret_id, ret_doc, e) : code;
}

static enum err_code check_mentors(
    struct call *c, const struct trial_repair *x, struct err *e)
{
	char place[ERR_PLACE_SIZE];

	for (size_t k = 0; k < x->n_without; k++) {
		bool enrolled = false;
		enum err_code code = db_pairing_is_enrolled(c->db, c->arena,
		    &c->who.community_id, &x->program_id, &x->without[k],
		    "mentor", &enrolled, e);

		if (code != ERR_OK)
			return code;
		if (enrolled)
			continue;
		snprintf(place, sizeof(place), "/without_mentor_ids/%zu", k);
		err_add_field(e, ERR_VALIDATION, place,
		    "this member is not an active mentor of the program");
	}
	return e->code;
}

static enum err_code check_one_mentor(
    struct call *c, const char *document, struct err *e)
{
	struct policy p;
	enum err_code code =
	    policy_file_read(c->arena, document, strlen(document), &p, e);

	if (code != ERR_OK)
		return ERR_SET(e, BUG, "a stored policy cannot be read");
	return policy_gives_several(&p)
		   ? ERR_SET(e, VALIDATION,
			 "a repair is about one mentor for each newcomer, the "
			 "policy gives %u",
			 p.mentors_per_newcomer)
		   : ERR_OK;
}

static enum err_code repair_text(struct call *c, const struct trial_repair *x,
    const char **ret_text, struct err *e)
{
	struct str text;
	struct jwrite w;
	char id[ID_TEXT_SIZE];

	str_init(&text, QUESTION_CAP);
	jwrite_init(&w, &text, false);
	jwrite_object(&w);
	jwrite_key_int(&w, "changes", x->changes);
	jwrite_key(&w, "frontier");
	if (x->frontier > 0)
		jwrite_int(&w, x->frontier);
	else
		jwrite_null(&w);
	jwrite_key_array(&w, "without_mentor_ids");
	for (size_t k = 0; k < x->n_without; k++) {
		id_format(&x->without[k], id);
		jwrite_text(&w, id);
	}
	jwrite_array_end(&w);
	jwrite_object_end(&w);
	return keep_question(c, &w, ret_text, e);
}

enum err_code service_trials_repair(struct call *c,
    const struct trial_repair *x, struct id *ret_id, struct db_doc *ret_doc,
    struct err *e)
{
	struct db_trial_new t = {.kind = "repair", .program_id = x->program_id};
	const char *document;
	enum err_code code = find_policy(c, &t, &document, e);

	if (code == ERR_OK)
		code = check_one_mentor(c, document, e);
	if (code == ERR_OK)
		code = check_mentors(c, x, e);
	if (code == ERR_OK)
		code = repair_text(c, x, &t.question, e);
	return code == ERR_OK ? begin(c, &t, ret_id, ret_doc, e) : code;
}

/* ---- of any kind ---- */

enum err_code service_trials_get(struct call *c, const struct id *trial,
    struct db_doc *ret_doc, bool *ret_ended, struct err *e)
{
	const struct id *community = &c->who.community_id;
	struct db_trial t;
	enum err_code code =
	    db_trial_read(c->db, c->arena, community, trial, false, &t, e);

	if (code == ERR_OK)
		code =
		    db_trial_get(c->db, c->arena, community, trial, ret_doc, e);
	if (code == ERR_OK)
		*ret_ended = strcmp(t.state, "queued") != 0 &&
			     strcmp(t.state, "running") != 0;
	return code;
}

enum err_code service_trials_cancel(struct call *c, const struct id *trial,
    struct db_doc *ret_doc, struct err *e)
{
	const struct id *community = &c->who.community_id;
	struct db_trial t;
	bool ended = false;
	enum err_code code =
	    db_trial_read(c->db, c->arena, community, trial, false, &t, e);

	if (code != ERR_OK)
		return code;
	code = db_job_cancel(c->db, c->arena, community, trial, &ended, e);
	if (code == ERR_STATE) {
		err_note(e, "current_state", t.state);
		return ERR_SET(e, STATE, "the trial is %s", t.state);
	}
	if (code == ERR_OK && ended)
		code = db_trial_stop(
		    c->db, community, trial, "cancelled", NULL, e);
	if (code == ERR_OK)
		code = service_audit_state(c, "trial.cancel", "trial", trial,
		    t.state, ended ? "cancelled" : t.state, e);
	if (code == ERR_OK)
		code =
		    db_trial_get(c->db, c->arena, community, trial, ret_doc, e);
	return code;
}

static enum err_code check_acceptable(
    const struct db_trial *t, int64_t if_match, struct err *e)
{
	const struct trial_kind *kind = trial_kind(t->kind);

	if (if_match != 0 && if_match != t->row_version)
		return ERR_SET(e, STALE, "the trial changed since it was read");
	if (strcmp(t->state, "solved") != 0 || t->is_accepted) {
		err_note(
		    e, "current_state", t->is_accepted ? "accepted" : t->state);
		return ERR_SET(e, STATE, "the trial is %s",
		    t->is_accepted ? "accepted already" : t->state);
	}
	if (kind == NULL || kind->accept == NULL) {
		err_note(e, "current_state", t->state);
		return ERR_SET(e, STATE,
		    "there is nothing to accept in a trial of this kind");
	}
	return ERR_OK;
}

enum err_code service_trials_accept(struct call *c, const struct id *trial,
    int64_t if_match, struct db_list *ret_list, struct err *e)
{
	const struct id *community = &c->who.community_id;
	struct db_trial t;
	enum err_code code =
	    db_trial_read(c->db, c->arena, community, trial, true, &t, e);

	if (code == ERR_OK)
		code = check_acceptable(&t, if_match, e);
	if (code == ERR_OK)
		code = trial_kind(t.kind)->accept(c, &t, ret_list, e);
	if (code == ERR_OK)
		code = db_trial_accept(c->db, community, trial, e);
	if (code == ERR_OK)
		code = service_audit_state(
		    c, "trial.accept", "trial", trial, "solved", "accepted", e);
	return code;
}
