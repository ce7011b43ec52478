/*
 * The job of a matching round: see round_job.h. Invariant: what is stored was read
 * back from the solver's files and passed match_verify in this process.
 */
#include "api/round_job.h"

#include <inttypes.h>
#include <string.h>

#include "api/plan_file.h"
#include "api/round_busy.h"
#include "api/round_input.h"
#include "api/round_rows.h"
#include "api/service_audit.h"
#include "base/jwrite.h"
#include "db/rounds.h"
#include "matcher/match.h"

static const char PLAN[] = "plan.json";
static const char CERTIFICATE[] = "certificate.json";

struct round_state {
	struct policy policy;
	struct db_round_result result;
};

static enum err_code nomem(struct err *e)
{
	return ERR_SET(e, NOMEM, "the matching round needs too much memory");
}

/* A text of a struct str that outlives it. */
static const char *keep(struct arena *a, struct str *s)
{
	char *text = s->failed ? NULL : arena_strndup(a, s->data, s->len);

	str_free(s);
	return text;
}

static enum err_code start(struct job_run *j, struct err *e)
{
	const struct id *round = &j->job.subject_id;
	enum err_code code =
	    db_round_start(j->call.db, &j->call.who.community_id, round, e);

	if (code == ERR_OK)
		code = service_audit_state(&j->call, "matching_round.run",
		    "matching_round", round, "queued", "running", e);
	return code;
}

static enum err_code stop(
    struct job_run *j, const char *state, const char *error, struct err *e)
{
	const struct id *round = &j->job.subject_id;
	enum err_code code = db_round_stop(
	    j->call.db, &j->call.who.community_id, round, state, error, e);

	if (code == ERR_OK)
		code = service_audit_state(&j->call, "matching_round.end",
		    "matching_round", round, "running", state, e);
	return code;
}

/* ---- before ---- */

struct snapshot {
	struct db_snapshot_round round;
	struct db_snapshot_people people;
	struct db_snapshot_bans bans;
	struct db_busy_times busy;
	struct policy policy;
	struct job_run *j;
};

static enum err_code take_snapshot(struct db *db, void *cookie, struct err *e)
{
	struct snapshot *s = cookie;
	struct arena *a = s->j->call.arena;
	const struct id *community = &s->j->call.who.community_id;
	const struct id *round = &s->j->job.subject_id;
	enum err_code code =
	    db_snapshot_round(db, a, community, round, &s->round, e);

	if (code == ERR_OK)
		code = round_input_policy(
		    a, s->round.policy, s->round.created_at, &s->policy, e);
	if (code == ERR_OK)
		code = db_snapshot_people(db, a, community, round,
		    &(struct db_snapshot_rest){s->policy.rest_days,
			s->policy.load_window_days,
			s->policy.mentors_per_newcomer},
		    &s->people, e);
	if (code == ERR_OK)
		code = db_snapshot_bans(db, a, community, round,
		    &(struct db_snapshot_again){s->policy.repeat_window_days,
			s->policy.mentors_per_newcomer},
		    &s->bans, e);
	if (code == ERR_OK) {
		int64_t from, to;

		round_busy_span(
		    s->policy.first_day, s->policy.weeks, &from, &to);
		code = db_busy_times_of_program(db, a, community,
		    &s->round.program_id, from, to, &s->busy, e);
	}
	return code;
}

static void arguments(struct job_run *j, int64_t seed)
{
	struct arena *a = j->call.arena;
	const char *const args[] = {"cairn", "match", ROUND_INPUT_MEMBERS,
	    "--policy", ROUND_INPUT_POLICY, "--plan", PLAN, "--certificate",
	    CERTIFICATE, "--seed", arena_printf(a, "%" PRId64, seed),
	    "--time-limit",
	    arena_printf(a, "%" PRId64, j->conf->solver_time_limit_seconds),
	    "--progress-fd", "3"};

	for (size_t i = 0; i < sizeof(args) / sizeof(args[0]); i++)
		job_arg(j, args[i]);
}

static enum err_code prepare(struct job_run *j, struct err *e)
{
	struct arena *a = j->call.arena;
	struct snapshot s = {.j = j};
	struct round_state *state = ARENA_NEW(a, struct round_state);
	struct member_table table;
	const char *members = NULL;
	enum err_code code =
	    db_tx_run(j->call.db, DB_READ, take_snapshot, &s, e);

	if (code == ERR_OK)
		code = round_rows_make(a, &s.people, &s.bans, &table, e);
	if (code == ERR_OK)
		code = round_busy_apply(j->call.tz, &s.people, &s.busy,
		    s.policy.first_day, s.policy.weeks, &table, e);
	if (code != ERR_OK)
		return code;
	members = round_rows_text(a, &table);
	arguments(j, s.round.seed);
	if (state == NULL)
		return nomem(e);
	state->policy = s.policy;
	state->result.input = members;
	j->state = state;
	return round_input_write(j, members, &s.policy, e);
}

/* ---- after ---- */

static void write_pair(
    struct jwrite *w, const struct community *c, const struct plan_pair *pair)
{
	struct id id = id_new();
	char text[ID_TEXT_SIZE];

	id_format(&id, text);
	jwrite_object(w);
	jwrite_key_text(w, "id", text);
	jwrite_key_text(w, "newcomer_id", c->person[pair->newcomer].id);
	jwrite_key_text(w, "mentor_id", c->person[pair->mentor].id);
	jwrite_key_int(w, "points", pair->points);
	jwrite_key_int(w, "shared_minutes", pair->shared_minutes);
	jwrite_key_object(w, "explanation");
	for (int i = 0; i < CRITERION_COUNT; i++)
		jwrite_key_int(
		    w, criterion_name((enum criterion)i), pair->part[i]);
	jwrite_object_end(w);
	jwrite_object_end(w);
}

static const char *proposals_text(
    struct arena *a, const struct community *c, const struct plan *plan)
{
	struct str out;
	struct jwrite w;

	str_init(&out, PLAN_FILE_MAX_OCTETS);
	jwrite_init(&w, &out, false);
	jwrite_array(&w);
	for (uint32_t i = 0; i < plan->n_pairs; i++)
		write_pair(&w, c, &plan->pair[i]);
	jwrite_array_end(&w);
	if (!jwrite_done(&w))
		out.failed = true;
	return keep(a, &out);
}

/* Read the plan and its certificate against the instance, and prove them. */
static enum err_code read_plan(struct job_run *j, struct round_state *s,
    const struct community *c, struct plan **ret_plan, struct err *e)
{
	struct arena *a = j->call.arena;
	struct plan_origin origin, asked;
	struct plan_certificate cert;
	size_t n_plan = 0, n_cert = 0;
	struct plan *plan = NULL;
	enum err_code code = job_read(
	    j, PLAN, PLAN_FILE_MAX_OCTETS, &s->result.plan, &n_plan, e);

	if (code == ERR_OK)
		code = job_read(j, CERTIFICATE, PLAN_FILE_MAX_OCTETS,
		    &s->result.certificate, &n_cert, e);
	if (code == ERR_OK)
		code = plan_file_read(
		    a, s->result.plan, n_plan, c, &plan, &origin, e);
	if (code == ERR_OK)
		code = plan_certificate_read(
		    a, s->result.certificate, n_cert, c, plan, &cert, e);
	if (code == ERR_OK)
		code = plan_origin_make(c, &s->policy, origin.seed, &asked, e);
	if (code != ERR_OK)
		return code;
	if (strcmp(asked.input_digest, origin.input_digest) != 0 ||
	    strcmp(asked.policy_digest, origin.policy_digest) != 0)
		return ERR_SET(e, SOLVER, "the plan is of another input");
	plan->certificate = cert.duals;
	s->result.input_digest = arena_strdup(a, origin.input_digest);
	code = match_verify(a, c, &s->policy, plan, 1, e);
	if (code == ERR_OK)
		*ret_plan = plan;
	return code;
}

static enum err_code check(struct job_run *j, struct err *e)
{
	struct round_state *s = j->state;
	struct community *c = NULL;
	struct plan *plan = NULL;
	enum err_code code = round_rows_community(
	    j->call.arena, j->call.tz, s->result.input, &c, e);

	if (code == ERR_OK)
		code = read_plan(j, s, c, &plan, e);
	if (code != ERR_OK)
		return code;
	s->result.mentors_per_newcomer = s->policy.mentors_per_newcomer;
	s->result.proposals = proposals_text(j->call.arena, c, plan);
	return s->result.proposals == NULL ? nomem(e) : ERR_OK;
}

static enum err_code store(struct job_run *j, struct err *e)
{
	const struct round_state *s = j->state;
	const struct id *round = &j->job.subject_id;
	enum err_code code = db_round_store(
	    j->call.db, &j->call.who.community_id, round, &s->result, e);

	if (code == ERR_OK)
		code = service_audit_state(&j->call, "matching_round.end",
		    "matching_round", round, "running", "solved", e);
	return code;
}

const struct job_kind ROUND_JOB = {
    .name = "matching_round",
    .start = start,
    .prepare = prepare,
    .check = check,
    .store = store,
    .stop = stop,
};
