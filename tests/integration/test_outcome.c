/*
 * What a writer is told when its COMMIT gets no clear answer: the backend is ended or
 * cancelled exactly there, before and after the change was made, with a standby that
 * comes back and one that does not. Nothing here is simulated: a deferred trigger
 * sleeps inside of COMMIT, and a standby that does not exist is waited for.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <unistd.h>

#include "base/instant.h"
#include "db/idempotency.h"
#include "tests/lib/db/cluster.h"

enum {
	PATIENCE_MS = 60000,
	SHORT_MS = 1500, /* budget where the outcome will not be known */
	LONG_MS = 20000,
};

static struct test_cluster cluster;
static struct db *boss;

static const struct db_stmt TABLE = {"test_table",
    "CREATE TABLE test_row (id uuid PRIMARY KEY, slow boolean NOT NULL)"};
static const struct db_stmt SLEEP = {"test_sleep",
    "CREATE FUNCTION test_sleep() RETURNS trigger LANGUAGE plpgsql AS"
    " $$ BEGIN PERFORM pg_sleep(30); RETURN NULL; END $$"};
static const struct db_stmt TRIGGER = {"test_trigger",
    "CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON test_row DEFERRABLE"
    " INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.slow)"
    " EXECUTE FUNCTION test_sleep()"};
static const struct db_stmt INSERT = {
    "test_insert", "INSERT INTO test_row VALUES ($1, $2)"};
static const struct db_stmt COUNT = {
    "test_rows", "SELECT count(*) FROM test_row WHERE id = $1"};
static const struct db_stmt AWAY = {
    "test_away", "ALTER SYSTEM SET synchronous_standby_names = 'nobody'"};
static const struct db_stmt BACK = {
    "test_back", "ALTER SYSTEM RESET synchronous_standby_names"};
static const struct db_stmt RELOAD = {
    "test_reload", "SELECT count(pg_reload_conf())"};

/* The writer's connections that wait for $1 ('PgSleep', 'SyncRep') in a query like $2. */
#define WAITS                                                           \
	" FROM pg_stat_activity WHERE application_name = 'test writer'" \
	" AND wait_event = $1 AND query LIKE $2"
static const struct db_stmt WAITING = {"test_waiting", "SELECT count(*)" WAITS};
static const struct db_stmt END = {
    "test_end", "SELECT count(pg_terminate_backend(pid))" WAITS};
static const struct db_stmt CANCEL = {
    "test_cancel", "SELECT count(pg_cancel_backend(pid))" WAITS};

/* ---- the writer ---- */

struct writer {
	struct id id;
	const char *conninfo; /* the arena is the main thread's */
	bool slow;     /* the first time, COMMIT sleeps before it is made */
	int settle_ms; /* of db_options */
	const char *key;
	pthread_t thread;
	int runs;
	bool replayed, done;
	enum err_code code;
};

static enum err_code write_row(struct db *db, void *cookie, struct err *e)
{
	static const uint8_t PRINT[] = {1};
	struct writer *w = cookie;
	struct db_idempotency k = {.community_id = cluster.community,
	    .principal = cluster.program,
	    .method = "POST",
	    .route = "/test",
	    .key = w->key,
	    .fingerprint = PRINT,
	    .fingerprint_len = 1};
	struct db_answer answer = {.status = 201, .headers = "{}"};
	struct arena *a = arena_new(1 << 20);
	enum err_code code = ERR_OK;

	w->runs++;
	if (w->key != NULL)
		code =
		    db_idempotency_begin(db, a, &k, &w->replayed, &answer, e);
	if (code == ERR_OK && !w->replayed) {
		code = db_exec(db, &INSERT,
		    DB_ARGS(db_id(&w->id), db_bool(w->slow && w->runs == 1)),
		    NULL, e);
		if (code == ERR_OK && w->key != NULL)
			code = db_idempotency_store(db, &k, &answer, e);
	}
	arena_free(a);
	return code;
}

static void *run_writer(void *arg)
{
	struct writer *w = arg;
	const struct db_options o = {.conninfo = w->conninfo,
	    .application_name = "test writer",
	    .settle_ms = w->settle_ms,
	    .allow_unsafe = true};
	struct err e = {0};
	struct db *db = NULL;

	test_ok(db_open(&o, &db, &e), &e);
	w->code = db_tx_run(db, DB_WRITE, write_row, w, &e);
	db_close(db);
	__atomic_store_n(&w->done, true, __ATOMIC_SEQ_CST);
	return NULL;
}

static void start(struct writer *w)
{
	w->id = id_new();
	w->conninfo = arena_printf(cluster.arena,
	    "%s options='-c synchronous_commit=on'", cluster.cluster.conninfo);
	assert_int_equal(pthread_create(&w->thread, NULL, run_writer, w), 0);
}

static enum err_code finish(struct writer *w)
{
	assert_int_equal(pthread_join(w->thread, NULL), 0);
	return w->code;
}

/* ---- what happens to it ---- */

static int64_t rows(const struct writer *w)
{
	return test_value(&cluster, boss, &COUNT, DB_ARGS(db_id(&w->id)));
}

static int64_t waiting(const char *event, const char *query)
{
	return test_value(
	    &cluster, boss, &WAITING, DB_ARGS(db_text(event), db_text(query)));
}

/* True once a connection waits for `event` in `query`; false when w ended before. */
static bool waits_for(struct writer *w, const char *event, const char *query)
{
	int64_t end = monotonic_ms() + PATIENCE_MS;

	while (!__atomic_load_n(&w->done, __ATOMIC_SEQ_CST)) {
		if (waiting(event, query) > 0)
			return true;
		assert_true(monotonic_ms() < end);
		usleep(5000);
	}
	return false;
}

static void standby(const struct db_stmt *how)
{
	struct err e = {0};

	test_ok(db_exec(boss, how, DB_NO_ARGS, NULL, &e), &e);
	test_value(&cluster, boss, &RELOAD, DB_NO_ARGS);
	/* The server takes its time to notice. */
	for (int64_t end = monotonic_ms() + PATIENCE_MS;
	     how == &BACK && waiting("SyncRep", "%") > 0; usleep(5000))
		assert_true(monotonic_ms() < end);
}

/* Strike the COMMIT that waits for `event`, and see it gone. */
static void strike(const struct db_stmt *what, const char *event)
{
	int64_t end = monotonic_ms() + PATIENCE_MS;

	assert_int_equal(test_value(&cluster, boss, what,
			     DB_ARGS(db_text(event), db_text("COMMIT"))),
	    1);
	for (; waiting(event, "COMMIT") > 0; usleep(5000))
		assert_true(monotonic_ms() < end);
}

/* A writer whose COMMIT waits for the standby: made, but not safe. Until the server
 * notices the new setting some may pass. */
static void start_waiting(struct writer *w)
{
	const struct writer like = *w;

	standby(&AWAY);
	for (start(w); !waits_for(w, "SyncRep", "COMMIT"); start(w)) {
		assert_int_equal(finish(w), ERR_OK);
		*w = like;
	}
}

/* ---- tests ---- */

/* Ended before it was made: runs again, and is there once. */
static void test_not_made(void **state)
{
	struct writer w = {.slow = true, .settle_ms = LONG_MS};

	(void)state;
	start(&w);
	assert_true(waits_for(&w, "PgSleep", "COMMIT"));
	strike(&END, "PgSleep");
	assert_int_equal(finish(&w), ERR_OK);
	assert_int_equal(w.runs, 2);
	assert_int_equal(rows(&w), 1);
}

/* Made, and the answer lost with the connection: told as made, not made twice. */
static void test_made(void **state)
{
	static const struct db_stmt *const HOW[] = {&END, &CANCEL};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct writer w = {.settle_ms = LONG_MS};

		start_waiting(&w);
		strike(HOW[i], "SyncRep");
		assert_true(waits_for(&w, "SyncRep", "%emit_message%"));
		standby(&BACK);
		assert_int_equal(finish(&w), ERR_OK);
		assert_int_equal(w.runs, 1);
		assert_int_equal(rows(&w), 1);
	}
}

/* Made here, but the standby never had it: neither success nor failure. */
static void test_not_safe(void **state)
{
	static const struct db_stmt *const HOW[] = {&END, &CANCEL};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct writer w = {.settle_ms = SHORT_MS};

		start_waiting(&w);
		strike(HOW[i], "SyncRep");
		assert_int_equal(finish(&w), ERR_OUTCOME_UNKNOWN);
		assert_int_equal(w.runs, 1);
		standby(&BACK);
	}
}

/* The control arm: without asking, a change that was made is not known to be. */
static void test_without_asking(void **state)
{
	struct writer w = {.settle_ms = -1};

	(void)state;
	start_waiting(&w);
	strike(&END, "SyncRep");
	standby(&BACK);
	assert_int_equal(finish(&w), ERR_OUTCOME_UNKNOWN);
	assert_int_equal(rows(&w), 1);
}

/* The answer kept under a key is not given again before the standby has its effect. */
static void test_replay_is_safe(void **state)
{
	struct writer first = {
	    .settle_ms = SHORT_MS, .key = "replay-is-safe-key"};
	struct writer again = first;

	(void)state;
	start_waiting(&first);
	strike(&CANCEL, "SyncRep");
	assert_int_equal(finish(&first), ERR_OUTCOME_UNKNOWN);
	start(&again);
	assert_true(waits_for(&again, "SyncRep", "COMMIT"));
	assert_true(again.replayed);
	standby(&BACK);
	assert_int_equal(finish(&again), ERR_OK);
	assert_int_equal(rows(&first), 1);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_not_made),
	    cmocka_unit_test(test_made),
	    cmocka_unit_test(test_not_safe),
	    cmocka_unit_test(test_without_asking),
	    cmocka_unit_test(test_replay_is_safe),
	};
	struct err e = {0};
	int failed;

	(void)argc;
	test_cluster_start(&cluster, argv[0]);
	test_cluster_seed(&cluster);
	boss = test_cluster_connect(&cluster);
	test_ok(db_exec(boss, &TABLE, DB_NO_ARGS, NULL, &e), &e);
	test_ok(db_exec(boss, &SLEEP, DB_NO_ARGS, NULL, &e), &e);
	test_ok(db_exec(boss, &TRIGGER, DB_NO_ARGS, NULL, &e), &e);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	db_close(boss);
	test_cluster_stop(&cluster);
	return failed;
}
