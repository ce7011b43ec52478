/*
 * The job of an intake: see intake_job.h. Invariant: what is stored was read back
 * from the solver's file and passed schedule_check in this process, against the very
 * people, hours and busy times that the solver was given.
 */
#include "api/intake_job.h"

#include <inttypes.h>
#include <string.h>

#include "api/cohorts_file.h"
#include "api/intake_file.h"
#include "api/intake_rows.h"
#include "api/intake_values.h"
#include "api/policy_file.h"
#include "api/round_rows.h"
#include "api/service_audit.h"
#include "base/instant.h"
#include "base/jwrite.h"
#include "db/discomfort.h"
#include "db/programs.h"
#include "scheduler/schedule.h"

static const char MEMBERS[] = "members.csv";
static const char INTAKE[] = "intake.json";
static const char POLICY[] = "policy.json";
static const char BUSY[] = "busy.json";
static const char PLAN[] = "cohorts.json";

enum {
	BUSY_MARGIN_DAYS = 2, /* any zone's dates lie within these of UTC's */
};

struct intake_state {
	struct intake_row row;
	struct intake intake;
	struct policy policy;
	struct db_snapshot_people people;
	struct intake_busy *busy;
	struct db_carried *carried; /* by member id */
	size_t n_busy, n_carried;
	const char *members, *busy_text, *plan_text;
	struct community *community;
	struct cohort_plan *plan;
};

static enum err_code nomem(struct err *e)
{
	return ERR_SET(e, NOMEM, "the intake needs too much memory");
}

/* A text of a struct str that outlives it. */
static const char *keep(struct arena *a, struct str *s)
{
	char *text = s->failed ? NULL : arena_strndup(a, s->data, s->len);

	str_free(s);
	return text;
}

static enum err_code set_state(struct job_run *j, const char *action,
    const char *was, const char *state, const char *error, struct err *e)
{
	const struct id *id = &j->job.subject_id;
	enum err_code code = db_intake_set_state(
	    j->call.db, &j->call.who.community_id, id, state, error, e);

	if (code == ERR_OK)
		code = service_audit_state(
		    &j->call, action, "intake", id, was, state, e);
	return code;
}

static enum err_code start(struct job_run *j, struct err *e)
{
	struct intake_row row;
	enum err_code code = db_intake_lock(j->call.db, j->call.arena,
	    &j->call.who.community_id, &j->job.subject_id, &row, e);

	if (code != ERR_OK)
		return code;
	if (strcmp(row.state, "queued") != 0 &&
	    strcmp(row.state, "running") != 0)
		return ERR_SET(e, STATE, "the intake is %s", row.state);
	return set_state(j, "intake.run", row.state, "running", NULL, e);
}

static enum err_code stop(
    struct job_run *j, const char *state, const char *error, struct err *e)
{
	return set_state(j, "intake.end", "running", state, error, e);
}

/* ---- before ---- */

/* The program's newest policy, or the one that holds without any. */
static enum err_code load_policy(
    struct job_run *j, struct intake_state *s, struct err *e)
{
	struct arena *a = j->call.arena;
	const char *text;
	int64_t version;
	enum err_code code =
	    db_policy_document(j->call.db, a, &j->call.who.community_id,
		&s->row.program_id, 0, &text, &version, e);

	if (code == ERR_NOT_FOUND) {
		err_clear(e);
		policy_default(&s->policy);
		code = ERR_OK;
	} else if (code == ERR_OK) {
		code = policy_file_read(a, text, strlen(text), &s->policy, e);
	}
	/* As the command line has it: see cli_schedule.c. */
	if (code == ERR_OK && s->policy.first_day == 0)
		s->policy.first_day = s->intake.first_day;
	return code;
}

static enum err_code take_snapshot(struct db *db, void *cookie, struct err *e)
{
	struct job_run *j = cookie;
	struct intake_state *s = j->state;
	struct arena *a = j->call.arena;
	const struct id *community = &j->call.who.community_id;
	const struct id *id = &j->job.subject_id;
	enum err_code code = db_intake_find(db, a, community, id, &s->row, e);

	if (code == ERR_OK)
		code = intake_values_read(
		    a, j->call.tz, &s->row.values, &s->intake, e);
	if (code == ERR_OK)
		code = load_policy(j, s, e);
	if (code == ERR_OK)
		code = db_snapshot_intake_people(
		    db, a, community, id, s->policy.rest_days, &s->people, e);
	if (code == ERR_OK)
		code = db_intake_busy(db, a, community, &s->row.program_id,
		    (int64_t)(s->intake.first_day - BUSY_MARGIN_DAYS) *
			INSTANT_DAY,
		    (int64_t)(s->intake.last_day + 1 + BUSY_MARGIN_DAYS) *
			INSTANT_DAY,
		    &s->busy, &s->n_busy, e);
	if (code == ERR_OK)
		code = db_discomfort_carried(db, a, community, id,
		    j->conf->discomfort_half_life_days, &s->carried,
		    &s->n_carried, e);
	return code;
}

static const char *busy_text(
    struct arena *a, const struct intake_busy *busy, size_t n)
{
	char id[ID_TEXT_SIZE];
	struct str out;
	struct jwrite w;

	str_init(&out, PLAN_FILE_MAX_OCTETS);
	jwrite_init(&w, &out, false);
	jwrite_object(&w);
	jwrite_key_array(&w, "busy");
	for (size_t i = 0; i < n; i++) {
		id_format(&busy[i].member_id, id);
		jwrite_object(&w);
		jwrite_key_text(&w, "member", id);
		jwrite_key(&w, "from");
		jwrite_instant(&w, busy[i].begin);
		jwrite_key(&w, "to");
		jwrite_instant(&w, busy[i].end);
		jwrite_object_end(&w);
	}
	jwrite_array_end(&w);
	jwrite_object_end(&w);
	out.failed = !jwrite_done(&w) || out.failed;
	return keep(a, &out);
}

/* Rows and what is carried are both in the order of the ids. */
static void put_carried(const struct intake_state *s, struct member_table *t)
{
	size_t k = 0;

	for (uint32_t i = 0; i < t->n; i++) {
		const struct id *id = &s->people.item[i].id;
		int order = 1;

		while (k < s->n_carried &&
		       (order = memcmp(
			    &s->carried[k].member_id, id, sizeof(*id))) < 0)
			k++;
		if (k < s->n_carried && order == 0)
			t->row[i].carried_discomfort =
			    (uint16_t)s->carried[k].points;
	}
}

static enum err_code write_members(
    struct job_run *j, struct intake_state *s, struct err *e)
{
	static const struct db_snapshot_bans NO_BANS;
	struct member_table table;
	enum err_code code =
	    round_rows_make(j->call.arena, &s->people, &NO_BANS, &table, e);

	if (code != ERR_OK)
		return code;
	put_carried(s, &table);
	s->members = round_rows_text(j->call.arena, &table);
	if (s->members == NULL)
		return nomem(e);
	return job_write(j, MEMBERS, s->members, strlen(s->members), e);
}

/* A text that was made here and may have failed. */
static enum err_code write_text(
    struct job_run *j, const char *name, const char *text, struct err *e)
{
	return text == NULL ? nomem(e)
			    : job_write(j, name, text, strlen(text), e);
}

static enum err_code write_settings(
    struct job_run *j, struct intake_state *s, struct err *e)
{
	struct arena *a = j->call.arena;
	struct str intake, policy;
	enum err_code code;

	str_init(&intake, INTAKE_FILE_MAX_OCTETS);
	str_init(&policy, POLICY_FILE_MAX_OCTETS);
	intake_file_write(&s->intake, &intake);
	policy_file_write(&s->policy, &policy);
	s->busy_text = busy_text(a, s->busy, s->n_busy);
	code = write_text(j, INTAKE, keep(a, &intake), e);
	if (code == ERR_OK)
		code = write_text(j, BUSY, s->busy_text, e);
	if (code == ERR_OK)
		code = write_text(j, POLICY, keep(a, &policy), e);
	else
		str_free(&policy);
	return code;
}

static void arguments(struct job_run *j)
{
	const char *const args[] = {"cairn", "schedule", MEMBERS, "--intake",
	    INTAKE, "--policy", POLICY, "--busy", BUSY, "--plan", PLAN,
	    "--time-limit",
	    arena_printf(
		j->call.arena, "%" PRId64, j->conf->solver_time_limit_seconds),
	    "--progress-fd", "3"};

	for (size_t i = 0; i < sizeof(args) / sizeof(args[0]); i++)
		job_arg(j, args[i]);
}

static enum err_code prepare(struct job_run *j, struct err *e)
{
	struct intake_state *s = ARENA_NEW(j->call.arena, struct intake_state);
	enum err_code code;

	if (s == NULL)
		return nomem(e);
	j->state = s;
	code = db_tx_run(j->call.db, DB_READ, take_snapshot, j, e);
	if (code == ERR_OK)
		code = write_members(j, s, e);
	if (code == ERR_OK)
		code = write_settings(j, s, e);
	if (code != ERR_OK)
		return code;
	arguments(j);
	return arena_failed(j->call.arena) ? nomem(e) : ERR_OK;
}

/* ---- after ---- */

static enum err_code check_origin(const struct intake_state *s,
    const struct cohorts_origin *is, struct err *e)
{
	char intake[PLAN_DIGEST_SIZE];
	struct plan_origin asked;
	enum err_code code = plan_origin_make(
	    s->community, &s->policy, is->instance.seed, &asked, e);

	if (code == ERR_OK)
		code = cohorts_intake_digest(&s->intake, intake, e);
	if (code != ERR_OK)
		return code;
	if (strcmp(asked.input_digest, is->instance.input_digest) != 0 ||
	    strcmp(asked.policy_digest, is->instance.policy_digest) != 0 ||
	    strcmp(intake, is->intake_digest) != 0)
		return ERR_SET(e, SOLVER, "the plan is of another input");
	return ERR_OK;
}

static enum err_code check(struct job_run *j, struct err *e)
{
	struct intake_state *s = j->state;
	struct arena *a = j->call.arena;
	struct busy_time *busy = NULL;
	struct cohorts_origin origin;
	uint32_t n_busy = 0;
	size_t n = 0;
	enum err_code code =
	    round_rows_community(a, j->call.tz, s->members, &s->community, e);

	if (code == ERR_OK)
		code = cohorts_busy_read(a, s->busy_text, strlen(s->busy_text),
		    s->community, &busy, &n_busy, e);
	if (code == ERR_OK)
		code = job_read(
		    j, PLAN, PLAN_FILE_MAX_OCTETS, &s->plan_text, &n, e);
	if (code == ERR_OK)
		code = cohorts_file_read(a, s->plan_text, n, s->community,
		    &s->intake, &s->plan, &origin, e);
	if (code == ERR_OK)
		code = check_origin(s, &origin, e);
	if (code == ERR_OK)
		code = schedule_check(a, s->community, &s->policy, &s->intake,
		    busy, n_busy, s->plan, e);
	return code;
}

static enum err_code store(struct job_run *j, struct err *e)
{
	struct intake_state *s = j->state;
	const struct id *id = &j->job.subject_id;
	enum err_code code = intake_rows_store(
	    &j->call, id, &s->intake, s->community, s->plan, e);

	if (code == ERR_OK)
		code = db_intake_set_plan(j->call.db, &j->call.who.community_id,
		    id, s->members, s->plan_text, e);
	if (code == ERR_OK)
		code = service_audit_state(&j->call, "intake.end", "intake", id,
		    "running", "solved", e);
	return code;
}

const struct job_kind INTAKE_JOB = {
    .name = "intake",
    .start = start,
    .prepare = prepare,
    .check = check,
    .store = store,
    .stop = stop,
};
