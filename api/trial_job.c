/*
 * The job of a trial: see trial_job.h and trial.h. Invariant: an answer is stored only
 * after its kind has checked it in this process.
 */
#include "api/trial_job.h"

#include "api/service_audit.h"
#include "api/trial.h"

static enum err_code start(struct job_run *j, struct err *e)
{
	const struct id *trial = &j->job.subject_id;
	enum err_code code =
	    db_trial_start(j->call.db, &j->call.who.community_id, trial, e);

	if (code == ERR_OK)
		code = service_audit_state(&j->call, "trial.run", "trial",
		    trial, "queued", "running", e);
	return code;
}

static enum err_code read_trial(struct db *db, void *cookie, struct err *e)
{
	struct trial_run *t = cookie;
	struct call *c = &t->job->call;

	return db_trial_read(db, c->arena, &c->who.community_id,
	    &t->job->job.subject_id, false, &t->trial, e);
}

static enum err_code prepare(struct job_run *j, struct err *e)
{
	struct trial_run *t = ARENA_NEW(j->call.arena, struct trial_run);
	const struct trial_kind *kind;
	enum err_code code;

	if (t == NULL)
		return ERR_SET(e, NOMEM, "no memory for the trial");
	*t = (struct trial_run){.job = j};
	j->state = t;
	code = db_tx_run(j->call.db, DB_READ, read_trial, t, e);
	if (code != ERR_OK)
		return code;
	kind = trial_kind(t->trial.kind);
	if (kind == NULL)
		return ERR_SET(e, BUG, "this release knows no such trial");
	return kind->prepare(t, e);
}

static enum err_code check(struct job_run *j, struct err *e)
{
	struct trial_run *t = j->state;

	return trial_kind(t->trial.kind)->check(t, e);
}

static enum err_code store(struct job_run *j, struct err *e)
{
	const struct trial_run *t = j->state;
	const struct id *trial = &j->job.subject_id;
	enum err_code code = db_trial_store(
	    j->call.db, &j->call.who.community_id, trial, t->answer, e);

	if (code == ERR_OK)
		code = service_audit_state(&j->call, "trial.end", "trial",
		    trial, "running", "solved", e);
	return code;
}

static enum err_code stop(
    struct job_run *j, const char *state, const char *error, struct err *e)
{
	const struct id *trial = &j->job.subject_id;
	enum err_code code = db_trial_stop(
	    j->call.db, &j->call.who.community_id, trial, state, error, e);

	if (code == ERR_OK)
		code = service_audit_state(
		    &j->call, "trial.end", "trial", trial, "running", state, e);
	return code;
}

const struct job_kind TRIAL_JOB = {
    .name = "trial",
    .start = start,
    .prepare = prepare,
    .check = check,
    .store = store,
    .stop = stop,
};
