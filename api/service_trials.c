/* Trials: see service_trials.h. Invariant: a live trial has a live job. */
#include "api/service_trials.h"

#include <string.h>

#include "api/service_audit.h"
#include "api/trial.h"
#include "base/jwrite.h"
#include "db/jobs.h"

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
