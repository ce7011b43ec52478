/*
 * The whole life of matching rounds against a real database and the real solver
 * process: snapshot, solve, proposals, second round, cancel, death, lies, takeover.
 * Solvers that misbehave are small shell scripts in the solver's place.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "api/service_pairings.h"
#include "api/service_proposals.h"
#include "api/service_rounds.h"
#include "api/worker.h"
#include "base/instant.h"
#include "calendars/tz.h"
#include "db/members.h"
#include "db/programs.h"
#include "db/requests.h"
#include "tests/lib/db/cluster.h"

enum {
	PATIENCE_MS = 60000,
	N_NEWCOMERS = 4,
	N_MENTORS = 3,
	LEASE_S = 2,
};

static struct test_cluster cluster;
static struct conf conf;
static struct tz *tz;
static struct call call;
static char cairn[PATH_MAX];
static struct id newcomer[N_NEWCOMERS], mentor[N_MENTORS];

static const struct db_stmt COUNT = {"test_count",
    "SELECT count(*) FROM proposal WHERE community_id = $1"
    " AND matching_round_id = $2 AND ($3::text IS NULL OR state = $3)"};
static const struct db_stmt ADDS_UP = {"test_adds_up",
    "SELECT count(*) FROM proposal x WHERE community_id = $1"
    " AND matching_round_id = $2 AND points = (SELECT sum(value::int)"
    " FROM json_each_text(explanation))"};
static const struct db_stmt STATE_OF = {"test_round_state",
    "SELECT state, coalesce(error, ''), coalesce(plan #>>"
    " '{unmatched,0,reason}', '') FROM matching_round"
    " WHERE community_id = $1 AND id = $2"};
static const struct db_stmt PROPOSALS = {"test_proposals",
    "SELECT id, newcomer_id, mentor_id FROM proposal WHERE community_id = $1"
    " AND matching_round_id = $2 AND state = $3 ORDER BY points, id"};
static const struct db_stmt PAIR_IN = {"test_pair_in",
    "SELECT count(*) FROM proposal WHERE community_id = $1"
    " AND matching_round_id = $2 AND newcomer_id = $3 AND mentor_id = $4"};
static const struct db_stmt NEWCOMER_IN = {"test_newcomer_in",
    "SELECT count(*) FROM proposal WHERE community_id = $1"
    " AND matching_round_id = $2 AND newcomer_id = $3"};
static const struct db_stmt REQUESTS = {"test_requests",
    "SELECT count(*) FROM mentor_request WHERE community_id = $1"
    " AND state = $2"};
static const struct db_stmt EPOCH = {"test_epoch",
    "SELECT epoch FROM job WHERE community_id = $1 AND subject_id = $2"};
static const struct db_stmt UNFENCE = {"test_unfence",
    "UPDATE job SET epoch = 1 WHERE community_id = $1 AND subject_id = $2"
    " RETURNING 1"};
static const struct db_stmt PLACES = {
    "test_places", "SELECT sum(used) FROM enrollment WHERE community_id = $1"};
static const struct db_stmt AUDITED = {"test_audited",
    "SELECT count(*) FROM audit_event WHERE community_id = $1"
    " AND action = $2"};

/* ---- people ---- */

static struct id person(
    struct db *db, const char *name, const char *role, const char *language)
{
	struct err e = {0};
	struct id id = id_new();
	struct db_enrollment n = {.program_id = cluster.program,
	    .member_id = id,
	    .role = role,
	    .capacity = strcmp(role, "mentor") == 0 ? 2 : 0};
	static const struct db_hours HOURS = {
	    "[{\"weekday\":0,\"begin_minute\":1080,\"end_minute\":1320}]", "[]",
	    "[]", 0};
	const char *json = arena_printf(cluster.arena,
	    "{\"external_id\":\"%s\",\"display_name\":\"%s\","
	    "\"time_zone\":\"Europe/Berlin\",\"languages\":"
	    "[{\"language\":\"%s\",\"level\":6}],\"roles\":[\"backend\"],"
	    "\"stack\":[{\"term\":\"go\",\"level\":3}],\"wants\":[\"go\"]}",
	    name, name, language);

	test_ok(db_member_create(db, &cluster.community, &id, json, &e), &e);
	test_ok(db_enrollment_put(db, &cluster.community, &n, 0, &e), &e);
	test_ok(db_availability_put(db, &cluster.community, &id, 0, &HOURS, &e),
	    &e);
	return id;
}

/* The last newcomer speaks what nobody else does. */
static void people(struct db *db)
{
	struct err e = {0};
	char name[24];

	for (int i = 0; i < N_MENTORS; i++) {
		snprintf(name, sizeof(name), "mentor-%d", i);
		mentor[i] = person(db, name, "mentor", "en");
	}
	for (int i = 0; i < N_NEWCOMERS; i++) {
		struct id request = id_new();

		snprintf(name, sizeof(name), "newcomer-%d", i);
		newcomer[i] = person(
		    db, name, "newcomer", i + 1 < N_NEWCOMERS ? "en" : "eu");
		test_ok(db_request_create(db, cluster.arena, &cluster.community,
			    &request, &cluster.program, &newcomer[i], "", 0,
			    NULL, &e),
		    &e);
	}
}

/* ---- rounds ---- */

/* Run a use case in a transaction of its own. */
#define DO(use_case)                                             \
	do {                                                     \
		struct err e = {0};                              \
		test_ok(db_tx_begin(call.db, DB_WRITE, &e), &e); \
		test_ok(use_case, &e);                           \
		test_ok(db_tx_commit(call.db, &e), &e);          \
	} while (0)

static struct id start_round(void)
{
	struct round_order order = {.program_id = cluster.program, .seed = 7};
	struct db_doc doc;
	struct id round = {{0}};

	DO(service_rounds_start(&call, &order, &round, &doc, &e));
	return round;
}

static struct worker *start_worker(const char *program)
{
	struct worker_options o = {.conf = &conf,
	    .conninfo = cluster.cluster.conninfo,
	    .tz = tz,
	    .program = program,
	    .allow_unsafe = true};
	struct err e = {0};
	struct worker *w = NULL;

	test_ok(worker_start(&o, &w, &e), &e);
	return w;
}

static const struct db_rows *round_row(const struct id *round)
{
	struct err e = {0};
	const struct db_rows *row = NULL;

	test_ok(db_one(call.db, cluster.arena, &STATE_OF,
		    DB_ARGS(db_id(&cluster.community), db_id(round)), "round",
		    &row, &e),
	    &e);
	return row;
}

/* Wait until the round is in the state; what the last look found is in *row. */
static bool reaches(
    const struct id *round, const char *state, const struct db_rows **row)
{
	int64_t end = monotonic_ms() + PATIENCE_MS;

	do {
		*row = round_row(round);
		if (strcmp(db_get_text(*row, 0, 0), state) == 0)
			return true;
		usleep(20000);
	} while (monotonic_ms() < end &&
		 (strcmp(db_get_text(*row, 0, 0), "queued") == 0 ||
		     strcmp(db_get_text(*row, 0, 0), "running") == 0));
	fprintf(stderr, "round is %s: %s\n", db_get_text(*row, 0, 0),
	    db_get_text(*row, 0, 1));
	return false;
}

static struct id solved_round(const char *program)
{
	struct worker *w = start_worker(program);
	struct id round = start_round();
	const struct db_rows *row;

	assert_true(reaches(&round, "solved", &row));
	worker_stop(w);
	return round;
}

static int64_t count(const struct id *round, const char *state)
{
	return test_value(&cluster, call.db, &COUNT,
	    DB_ARGS(db_id(&cluster.community), db_id(round), db_text(state)));
}

static int64_t requests(const char *state)
{
	return test_value(&cluster, call.db, &REQUESTS,
	    DB_ARGS(db_id(&cluster.community), db_text(state)));
}

static enum err_code step(
    const struct id *proposal, enum proposal_step which, struct err *e)
{
	struct proposal_order o = {.step = which, .reason = "not this one"};
	struct db_doc doc;
	enum err_code code = db_tx_begin(call.db, DB_WRITE, e);

	if (code == ERR_OK)
		code = service_proposals_step(&call, proposal, &o, &doc, e);
	if (code == ERR_OK)
		return db_tx_commit(call.db, e);
	db_tx_rollback(call.db);
	return code;
}

/* ---- scripts in the solver's place ---- */

static const char *script(const char *name, const char *text)
{
	const char *path = arena_printf(cluster.arena, "%s.%s", cairn, name);
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fprintf(f, "#!/bin/sh\n%s\n", text);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(path, 0755), 0);
	return path;
}

static void remove_scripts(void)
{
	static const char *const NAMES[] = {
	    "dies", "fails", "silent", "lies", "sleeps", "naps", "waits"};

	for (size_t i = 0; i < sizeof(NAMES) / sizeof(NAMES[0]); i++)
		unlink(arena_printf(cluster.arena, "%s.%s", cairn, NAMES[i]));
}

/* ---- tests, in the order of the story ---- */

static const struct db_rows *proposed(const struct id *round)
{
	struct err e = {0};
	const struct db_rows *rows = NULL;

	test_ok(db_rows(call.db, cluster.arena, &PROPOSALS,
		    DB_ARGS(db_id(&cluster.community), db_id(round),
			db_text("proposed")),
		    &rows, &e),
	    &e);
	return rows;
}

static void test_two_rounds(void **state)
{
	struct id first = solved_round(cairn), second, kept, dropped;
	const struct db_rows *p = proposed(&first);
	struct id id[3];
	struct err e = {0};

	(void)state;
	assert_int_equal(db_count(p), 3);
	assert_int_equal(test_value(&cluster, call.db, &ADDS_UP,
			     DB_ARGS(db_id(&cluster.community), db_id(&first))),
	    3);
	assert_string_equal(
	    db_get_text(round_row(&first), 0, 2), "no-shared-language");
	assert_int_equal(requests("open"), N_NEWCOMERS);
	for (size_t i = 0; i < 3; i++)
		id[i] = db_get_id(p, i, 0);
	test_ok(step(&id[0], PROPOSAL_LOCK, &e), &e);
	test_ok(step(&id[1], PROPOSAL_DECLINE, &e), &e);
	test_ok(step(&id[2], PROPOSAL_CONFIRM, &e), &e);
	assert_int_equal(requests("matched"), 1);
	assert_int_equal(test_value(&cluster, call.db, &PLACES,
			     DB_ARGS(db_id(&cluster.community))),
	    1);

	second = solved_round(cairn);
	assert_int_equal(count(&first, "locked"), 1);
	assert_int_equal(count(&first, "confirmed"), 1);
	assert_int_equal(count(&first, "declined"), 1);
	kept = db_get_id(p, 0, 1);
	dropped = db_get_id(p, 1, 1);
	assert_int_equal(test_value(&cluster, call.db, &NEWCOMER_IN,
			     DB_ARGS(db_id(&cluster.community), db_id(&second),
				 db_id(&kept))),
	    0);
	assert_int_equal(test_value(&cluster, call.db, &NEWCOMER_IN,
			     DB_ARGS(db_id(&cluster.community), db_id(&second),
				 db_id(&dropped))),
	    1);
	kept = db_get_id(p, 1, 2);
	assert_int_equal(test_value(&cluster, call.db, &PAIR_IN,
			     DB_ARGS(db_id(&cluster.community), db_id(&second),
				 db_id(&dropped), db_id(&kept))),
	    0);
	assert_int_equal(count(&second, NULL), 1);
}

static void test_ends_are_ends(void **state)
{
	struct id round = solved_round(cairn);
	const struct db_rows *p = proposed(&round);
	struct id id = db_get_id(p, 0, 0);
	struct err e = {0};

	(void)state;
	test_ok(step(&id, PROPOSAL_DECLINE, &e), &e);
	for (int i = PROPOSAL_LOCK; i <= PROPOSAL_DECLINE; i++) {
		err_clear(&e);
		assert_int_equal(
		    step(&id, (enum proposal_step)i, &e), ERR_STATE);
		assert_string_equal(e.note_name, "current_state");
		assert_string_equal(e.note_value, "declined");
	}
}

static void test_second_round_is_refused(void **state)
{
	struct round_order order = {.program_id = cluster.program};
	struct id first = start_round(), second;
	char text[ID_TEXT_SIZE];
	struct db_doc doc;
	struct err err = {0};

	(void)state;
	test_ok(db_tx_begin(call.db, DB_WRITE, &err), &err);
	assert_int_equal(
	    service_rounds_start(&call, &order, &second, &doc, &err),
	    ERR_CONFLICT);
	db_tx_rollback(call.db);
	id_format(&first, text);
	assert_string_equal(err.note_name, "running_id");
	assert_string_equal(err.note_value, text);
	DO(service_rounds_cancel(&call, &first, &doc, &e));
	assert_string_equal(db_get_text(round_row(&first), 0, 0), "cancelled");
	err_clear(&err);
	test_ok(db_tx_begin(call.db, DB_WRITE, &err), &err);
	assert_int_equal(
	    service_rounds_cancel(&call, &first, &doc, &err), ERR_STATE);
	db_tx_rollback(call.db);
	assert_string_equal(err.note_value, "cancelled");
}

static void test_cancel_running(void **state)
{
	struct worker *w = start_worker(script("sleeps", "exec sleep 600"));
	struct id round = start_round();
	const struct db_rows *row;
	struct db_doc doc;

	(void)state;
	assert_true(reaches(&round, "running", &row));
	assert_true(requests("in_round") > 0);
	DO(service_rounds_cancel(&call, &round, &doc, &e));
	assert_true(reaches(&round, "cancelled", &row));
	assert_int_equal(requests("in_round"), 0);
	worker_stop(w);
}

static void test_death_and_lies(void **state)
{
	static const struct {
		const char *name, *text, *says;
	} CASES[] = {
	    {"dies", "kill -9 $$", "signal 9"},
	    {"fails", "echo nothing works >&2; exit 3",
		"status 3: nothing works"},
	    {"silent", "exit 0", "plan.json"},
	    {"lies",
		"\"${0%.lies}\" \"$@\" && sed -i"
		" 's/\"points\": \\([0-9]*\\)/\"points\": 1\\1/'"
		" plan.json",
		""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
		struct worker *w =
		    start_worker(script(CASES[i].name, CASES[i].text));
		struct id round = start_round();
		const struct db_rows *row;

		assert_true(reaches(&round, "failed", &row));
		assert_non_null(strstr(db_get_text(row, 0, 1), CASES[i].says));
		assert_true(db_get_text(row, 0, 1)[0] != '\0');
		assert_int_equal(count(&round, NULL), 0);
		assert_int_equal(requests("in_round"), 0);
		worker_stop(w);
	}
}

/* A worker that stops leaves its job; the next one solves it under a new epoch. */
static void test_takeover(void **state)
{
	struct worker *w = start_worker(script("sleeps", "exec sleep 600"));
	struct id round = start_round();
	const struct db_rows *row;

	(void)state;
	assert_true(reaches(&round, "running", &row));
	worker_stop(w);
	assert_string_equal(db_get_text(round_row(&round), 0, 0), "running");
	w = start_worker(cairn);
	assert_true(reaches(&round, "solved", &row));
	worker_stop(w);
	assert_int_equal(test_value(&cluster, call.db, &EPOCH,
			     DB_ARGS(db_id(&cluster.community), db_id(&round))),
	    2);
	assert_int_equal(
	    test_value(&cluster, call.db, &AUDITED,
		DB_ARGS(db_id(&cluster.community), db_text("pairing.create"))),
	    1);
}

/* ---- a worker in a process of its own ---- */

static pid_t start_process(const char *program)
{
	pid_t pid = fork();
	struct worker *w;
	sigset_t end;
	int which;

	assert_true(pid >= 0);
	if (pid > 0)
		return pid;
	sigemptyset(&end);
	sigaddset(&end, SIGTERM);
	sigprocmask(SIG_BLOCK, &end, NULL);
	w = start_worker(program);
	sigwait(&end, &which);
	worker_stop(w);
	_exit(0);
}

static void end_process(pid_t pid, int how)
{
	int status;

	assert_int_equal(kill(pid, how), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
}

static int64_t epoch(const struct id *round)
{
	return test_value(&cluster, call.db, &EPOCH,
	    DB_ARGS(db_id(&cluster.community), db_id(round)));
}

/* Killed, a worker leaves its job at once: long before its lease is over another one
 * has it. */
static void test_killed_worker(void **state)
{
	pid_t pid = start_process(script("naps", "exec sleep 20"));
	struct worker *other;
	struct id round = start_round();
	const struct db_rows *row;
	int64_t begin;

	(void)state;
	conf.job_lease_seconds = 600;
	assert_true(reaches(&round, "running", &row));
	other = start_worker(cairn);
	usleep(4000000); /* longer than the grace: a living one keeps its job */
	assert_int_equal(epoch(&round), 1);
	begin = monotonic_ms();
	end_process(pid, SIGKILL);
	while (epoch(&round) == 1 && monotonic_ms() < begin + PATIENCE_MS)
		usleep(20000);
	printf("taken over after %d ms\n", (int)(monotonic_ms() - begin));
	assert_true(monotonic_ms() < begin + 5000);
	assert_true(reaches(&round, "solved", &row));
	worker_stop(other);
	conf.job_lease_seconds = LEASE_S;
}

/* Until a script has made it, and what made it has gone on or ended. */
static void wait_for_file(const char *name)
{
	const char *path = arena_printf(cluster.arena, "%s.%s", cairn, name);
	int64_t end = monotonic_ms() + PATIENCE_MS;

	for (; unlink(path) != 0; usleep(20000))
		assert_true(monotonic_ms() < end);
	usleep(300000);
}

/* A worker that was frozen over its lease wakes up with a whole plan in its hands,
 * while another one still computes. True when it could publish it. */
static bool zombie_writes(bool fenced)
{
	pid_t pid = start_process(
	    script("waits", "touch $0.up; sleep 2; \"${0%.waits}\" \"$@\""
			    " && touch $0.done"));
	struct worker *other;
	struct id round = start_round();
	const struct db_rows *row;
	struct db_doc doc;
	bool published;

	wait_for_file("waits.up");
	assert_int_equal(kill(pid, SIGSTOP), 0);
	other = start_worker(script("sleeps", "exec sleep 600"));
	while (epoch(&round) == 1)
		usleep(20000);
	wait_for_file("waits.done"); /* the frozen one's solver has ended */
	if (!fenced)
		test_value(&cluster, call.db, &UNFENCE,
		    DB_ARGS(db_id(&cluster.community), db_id(&round)));
	assert_int_equal(kill(pid, SIGCONT), 0);
	end_process(pid, SIGTERM); /* after the job that it has */
	published = strcmp(db_get_text(round_row(&round), 0, 0), "solved") == 0;
	if (fenced) {
		DO(service_rounds_cancel(&call, &round, &doc, &e));
		assert_true(reaches(&round, "cancelled", &row));
	}
	worker_stop(other);
	return published;
}

/* The control arm: with its epoch given back to it, the zombie publishes. */
static void test_zombie(void **state)
{
	(void)state;
	assert_false(zombie_writes(true));
	assert_true(zombie_writes(false));
}

static void set_up(const char *argv0)
{
	struct err e = {0};
	int64_t version;
	char here[PATH_MAX];

	snprintf(here, sizeof(here), "%.*s/../../cairn",
	    (int)(strrchr(argv0, '/') - argv0), argv0);
	if (realpath(here, cairn) == NULL) {
		fprintf(stderr, "%s has not been built\n", here);
		exit(1);
	}
	conf_init(&conf);
	conf.job_lease_seconds = LEASE_S;
	test_ok(tz_open(TZ_SERVICE_FROM, TZ_SERVICE_TO, &tz, &e), &e);
	test_cluster_start(&cluster, argv0);
	test_cluster_seed(&cluster);
	call = (struct call){.db = test_cluster_connect(&cluster),
	    .arena = cluster.arena,
	    .tz = tz,
	    .who = {.community_id = cluster.community,
		.token_id = id_new(),
		.role = ROLE_COORDINATOR}};
	test_ok(db_policy_put(call.db, cluster.arena, &cluster.community,
		    &cluster.program, 0, "{}", NULL, &version, &e),
	    &e);
	people(call.db);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_death_and_lies),
	    cmocka_unit_test(test_two_rounds),
	    cmocka_unit_test(test_ends_are_ends),
	    cmocka_unit_test(test_second_round_is_refused),
	    cmocka_unit_test(test_cancel_running),
	    cmocka_unit_test(test_takeover),
	    cmocka_unit_test(test_killed_worker),
	    cmocka_unit_test(test_zombie),
	};
	int failed;

	(void)argc;
	set_up(argv[0]);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	remove_scripts();
	db_close(call.db);
	test_cluster_stop(&cluster);
	tz_close(tz);
	return failed;
}
