/* The connection, values, transactions and the operations on people. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/instant.h"
#include "db/audit.h"
#include "db/idempotency.h"
#include "db/members.h"
#include "db/programs.h"
#include "db/requests.h"
#include "db/tokens.h"
#include "tests/lib/db/cluster.h"

static struct test_cluster cluster;

static const struct db_stmt ECHO = {"test_echo",
    "SELECT $1::text, $2::bigint, $3::bool, $4::uuid, $5::timestamptz,"
    " $6::date, $7::bytea, $8::text[] = ARRAY['a\"b', '\\c', 'NULL', ''],"
    " $9::uuid[] = ARRAY[$4::uuid], $10::text"};
static const struct db_stmt KILL = {"test_kill",
    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
    " WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'"};
static const struct db_stmt RENAME = {
    "test_rename", "UPDATE program SET name = 'x' WHERE community_id = $1"};
static const struct db_stmt CHANGE_AUDIT = {
    "test_change_audit", "UPDATE audit_event SET action = 'x'"};
static const struct db_stmt CHANGE_POLICY = {
    "test_change_policy", "DELETE FROM policy"};
static const struct db_stmt CHANGE_DOMAIN = {
    "test_change_domain", "UPDATE community SET calendar_domain = 'x.org'"};
static const struct db_stmt DEADLOCK = {
    "test_serialization", "SELECT cairn_test_fail()"};
static const struct db_stmt MAKE_FAIL = {"test_make_fail",
    "CREATE OR REPLACE FUNCTION cairn_test_fail() RETURNS void"
    " LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'again' USING ERRCODE ="
    " 'serialization_failure'; END $$"};

static void test_values(void **state)
{
	static const char *const TEXTS[] = {"a\"b", "\\c", "NULL", ""};
	static const uint8_t OCTETS[] = {0, 10, 255, 92};
	struct db *db = test_cluster_connect(&cluster);
	struct err e = {0};
	const struct db_rows *r = NULL;
	const uint8_t *octets;
	struct id id = id_new(), back;
	size_t n = 0;

	(void)state;
	test_ok(db_one(db, cluster.arena, &ECHO,
		    DB_ARGS(db_text("Zoë"), db_int(INT64_MIN), db_bool(true),
			db_id(&id), db_instant(1792915200), db_date(20750),
			db_bytes(OCTETS, sizeof(OCTETS)), db_texts(TEXTS, 4),
			db_ids(&id, 1), db_null()),
		    "row", &r, &e),
	    &e);
	assert_string_equal(db_get_text(r, 0, 0), "Zoë");
	assert_int_equal(db_get_int(r, 0, 1), INT64_MIN);
	assert_true(db_get_bool(r, 0, 2));
	back = db_get_id(r, 0, 3);
	assert_memory_equal(&back, &id, sizeof(id));
	assert_int_equal(db_get_instant(r, 0, 4), 1792915200);
	assert_int_equal(db_get_date(r, 0, 5), 20750);
	octets = db_get_bytes(r, 0, 6, &n);
	assert_int_equal(n, sizeof(OCTETS));
	assert_memory_equal(octets, OCTETS, n);
	assert_true(db_get_bool(r, 0, 7));
	assert_true(db_get_bool(r, 0, 8));
	assert_true(db_is_null(r, 0, 9));
	assert_null(db_get_text(r, 0, 9));
	db_close(db);
}

static void test_bad_text_never_leaves(void **state)
{
	struct db *db = test_cluster_connect(&cluster);
	struct err e = {0};
	struct id program = id_new();
	const struct db_value bad[] = {
	    db_text_n("a\0b", 3), db_text("\xc3\x28")};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		int64_t n = 0;

		assert_int_equal(
		    db_exec(db, &RENAME, (struct db_args){&bad[i], 1}, &n, &e),
		    ERR_FIELD);
	}
	err_clear(&e);
	assert_int_equal(db_program_create(db, &cluster.community, &program,
			     "\xff", NULL, &e),
	    ERR_FIELD);
	db_close(db);
}

/* Weekly hours and days away, in one transaction as the service does it. */
static void put_hours(struct db *db, const struct id *id, int64_t if_match)
{
	static const struct db_hours HOURS = {
	    .windows = "[{\"weekday\":0,\"begin_minute\":1080,"
		       "\"end_minute\":1440}]",
	    .preferred = "[{\"weekday\":0,\"begin_minute\":1080,"
			 "\"end_minute\":1200}]",
	    .exceptions = "[{\"from\":\"2026-12-24\",\"to\":\"2026-12-31\"}]",
	    .volunteer = 2};
	struct err e = {0};

	test_ok(db_tx_begin(db, DB_WRITE, &e), &e);
	test_ok(db_availability_put(
		    db, &cluster.community, id, if_match, &HOURS, &e),
	    &e);
	test_ok(db_tx_commit(db, &e), &e);
}

/* The connection dies while idle, then inside a transaction. */
static void test_reconnect(void **state)
{
	struct db *db = test_cluster_connect(&cluster);
	struct db *killer = test_cluster_connect(&cluster);
	struct err e = {0};

	(void)state;
	test_ok(db_ping(db, &e), &e);
	test_value(&cluster, killer, &KILL, DB_NO_ARGS);
	/* The server's good-bye may still be under way: at most one ping fails,
	 * and it says so. */
	if (db_ping(db, &e) != ERR_OK) {
		assert_int_equal(e.code, ERR_DB_DOWN);
		err_clear(&e);
		test_ok(db_ping(db, &e), &e);
	}
	/* A transaction that did nothing yet does not notice. */
	test_ok(db_tx_begin(db, DB_WRITE, &e), &e);
	test_value(&cluster, killer, &KILL, DB_NO_ARGS);
	test_ok(db_ping(db, &e), &e);
	test_value(&cluster, killer, &KILL, DB_NO_ARGS);
	assert_int_equal(
	    db_exec(db, &RENAME, DB_ARGS(db_id(&cluster.community)), NULL, &e),
	    ERR_DB_DOWN);
	/* No statement of the lost transaction may run outside of it. */
	assert_int_equal(db_ping(db, &e), ERR_DB_DOWN);
	db_tx_rollback(db);
	err_clear(&e);
	test_ok(db_ping(db, &e), &e);
	db_close(killer);
	db_close(db);
}

static void test_commit_knows(void **state)
{
	struct db *db = test_cluster_connect(&cluster);
	struct db *killer = test_cluster_connect(&cluster);
	struct err e = {0};

	(void)state;
	/* A transaction that failed and is committed all the same. */
	test_ok(db_tx_begin(db, DB_WRITE, &e), &e);
	assert_int_equal(
	    db_exec(db, &CHANGE_DOMAIN, DB_NO_ARGS, NULL, &e), ERR_STATE);
	assert_int_equal(db_tx_commit(db, &e), ERR_BUG);
	assert_false(db_in_tx(db));
	err_clear(&e);
	/* The server goes away between the last statement and COMMIT. */
	test_ok(db_tx_begin(db, DB_WRITE, &e), &e);
	test_ok(
	    db_exec(db, &RENAME, DB_ARGS(db_id(&cluster.community)), NULL, &e),
	    &e);
	test_value(&cluster, killer, &KILL, DB_NO_ARGS);
	assert_int_equal(db_tx_commit(db, &e), ERR_DB_DOWN);
	err_clear(&e);
	/* Nobody writes in a read-only transaction, and it is our fault. */
	test_ok(db_tx_begin(db, DB_READ, &e), &e);
	assert_int_equal(
	    db_exec(db, &RENAME, DB_ARGS(db_id(&cluster.community)), NULL, &e),
	    ERR_BUG);
	db_tx_rollback(db);
	db_close(killer);
	db_close(db);
}

static enum err_code fail_often(struct db *db, void *cookie, struct err *e)
{
	int *runs = cookie;

	if (++*runs <= 3)
		return db_exec(db, &DEADLOCK, DB_NO_ARGS, NULL, e);
	return ERR_OK;
}

static enum err_code fail_always(struct db *db, void *cookie, struct err *e)
{
	++*(int *)cookie;
	return db_exec(db, &DEADLOCK, DB_NO_ARGS, NULL, e);
}

static void test_retry_is_bounded(void **state)
{
	struct db *db = test_cluster_connect(&cluster);
	struct err e = {0};
	int runs = 0;

	(void)state;
	test_ok(db_exec(db, &MAKE_FAIL, DB_NO_ARGS, NULL, &e), &e);
	test_ok(db_tx_run(db, DB_WRITE, fail_often, &runs, &e), &e);
	assert_int_equal(runs, 4);
	runs = 0;
	assert_int_equal(
	    db_tx_run(db, DB_WRITE, fail_always, &runs, &e), ERR_DB_RETRY);
	assert_int_equal(runs, 6);
	db_close(db);
}

static void test_written_once(void **state)
{
	struct db *db = test_cluster_connect(&cluster);
	struct err e = {0};
	struct db_audit audit = {.community_id = cluster.community,
	    .actor_role = "service",
	    .action = "test",
	    .subject_kind = "program",
	    .subject_id = cluster.program,
	    .after = "{}"};
	int64_t version = 0;

	(void)state;
	test_ok(db_audit_add(db, &audit, &e), &e);
	test_ok(db_policy_put(db, cluster.arena, &cluster.community,
		    &cluster.program, 0, "{\"a\":1}", NULL, &version, &e),
	    &e);
	assert_int_equal(version, 1);
	assert_int_equal(db_policy_put(db, cluster.arena, &cluster.community,
			     &cluster.program, 7, "{}", NULL, &version, &e),
	    ERR_STALE);
	assert_int_equal(
	    db_exec(db, &CHANGE_AUDIT, DB_NO_ARGS, NULL, &e), ERR_STATE);
	assert_int_equal(
	    db_exec(db, &CHANGE_POLICY, DB_NO_ARGS, NULL, &e), ERR_STATE);
	assert_int_equal(
	    db_exec(db, &CHANGE_DOMAIN, DB_NO_ARGS, NULL, &e), ERR_STATE);
	db_close(db);
}

static void test_member_life(void **state)
{
	struct db *db = test_cluster_connect(&cluster);
	struct err e = {0};
	struct id id = test_member(&cluster, db, "ada", "newcomer", 0);
	struct id other = id_new(), request = id_new();
	struct db_doc doc = {0};
	struct db_list list = {0};
	const struct db_page page = {.limit = 1};
	const struct db_member_filter ada = {.q = "ADA"};

	(void)state;
	assert_int_equal(db_member_create(db, &cluster.community, &other,
			     "{\"external_id\":\"ada\",\"display_name\":\"x\","
			     "\"time_zone\":\"UTC\"}",
			     &e),
	    ERR_CONFLICT);
	err_clear(&e);
	test_ok(db_member_patch(db, &cluster.community, &id, 1,
		    "{\"industry\":\"fintech\",\"wants\":[\"go\"]}", &e),
	    &e);
	assert_int_equal(db_member_patch(db, &cluster.community, &id, 1,
			     "{\"industry\":null}", &e),
	    ERR_STALE);
	assert_int_equal(
	    db_member_patch(db, &cluster.community, &other, 1, "{}", &e),
	    ERR_NOT_FOUND);
	err_clear(&e);
	put_hours(db, &id, 2);
	put_hours(db, &id, 3); /* equal hours are no change */
	test_ok(db_availability_get(
		    db, cluster.arena, &cluster.community, &id, &doc, &e),
	    &e);
	assert_string_equal(doc.etag, "\"3\"");
	assert_non_null(strstr(doc.json, "\"to\" : \"24:00\""));
	test_ok(
	    db_member_get(db, cluster.arena, &cluster.community, &id, &doc, &e),
	    &e);
	assert_non_null(strstr(doc.json, "fintech"));
	test_ok(db_member_list(db, cluster.arena, &cluster.community, &ada,
		    &page, &list, &e),
	    &e);
	assert_int_equal(list.n, 1);
	assert_false(list.more);
	test_ok(db_request_create(db, cluster.arena, &cluster.community,
		    &request, &cluster.program, &id, "hi", 0, NULL, &e),
	    &e);
	assert_int_equal(
	    db_request_create(db, cluster.arena, &cluster.community, &other,
		&cluster.program, &id, "again", 0, NULL, &e),
	    ERR_CONFLICT);
	err_clear(&e);
	test_ok(db_request_get(
		    db, cluster.arena, &cluster.community, &request, &doc, &e),
	    &e);
	assert_non_null(strstr(doc.json, "\"queue_position\" : 1"));
	test_ok(db_member_erase(db, &cluster.community, &id, 3, &e), &e);
	test_ok(db_request_get(
		    db, cluster.arena, &cluster.community, &request, &doc, &e),
	    &e);
	assert_non_null(strstr(doc.json, "\"state\" : \"withdrawn\""));
	assert_null(strstr(doc.json, "\"ada\""));
	db_close(db);
}

static void test_import_and_cells(void **state)
{
	static const char FILE_JSON[] =
	    "[{\"id\":\"01900000-0000-7000-8000-000000000001\","
	    "\"external_id\":\"i1\",\"display_name\":\"I One\","
	    "\"time_zone\":\"Asia/Kathmandu\","
	    "\"stack\":[{\"term\":\"go\",\"level\":3}],"
	    "\"languages\":[{\"language\":\"en\",\"level\":\"B2\"}],"
	    "\"windows\":[{\"weekday\":6,\"begin_minute\":585,"
	    "\"end_minute\":720}],"
	    "\"participation\":\"both\",\"capacity\":2}]";
	struct db *db = test_cluster_connect(&cluster);
	struct err e = {0};
	struct db_import_counts counts = {0};
	const struct db_rows *rows = NULL;

	(void)state;
	for (int round = 0; round < 2; round++) {
		test_ok(db_member_import(db, cluster.arena, &cluster.community,
			    &cluster.program, FILE_JSON, &counts, &e),
		    &e);
		assert_int_equal(counts.created, round == 0);
		assert_int_equal(counts.updated, round == 1);
		assert_int_equal(counts.enrolled, round == 0 ? 2 : 0);
	}
	test_ok(db_member_cells(db, cluster.arena, &cluster.community,
		    &cluster.program, &rows, &e),
	    &e);
	for (size_t i = 0; i < db_count(rows); i++) {
		if (strcmp(db_get_text(rows, i, 0), "i1") != 0)
			continue;
		assert_string_equal(db_get_text(rows, i, 3), "both");
		assert_string_equal(db_get_text(rows, i, 5), "go:3");
		assert_string_equal(db_get_text(rows, i, 7), "en:B2");
		assert_string_equal(db_get_text(rows, i, 9), "Sun 09:45-12:00");
		assert_string_equal(db_get_text(rows, i, 15), "2");
		db_close(db);
		return;
	}
	fail_msg("the imported member is not among the cells");
}

static void test_answers_are_kept(void **state)
{
	static const uint8_t PRINT[] = {1, 2}, OTHER[] = {3};
	struct db *db = test_cluster_connect(&cluster);
	struct err e = {0};
	struct db_idempotency k = {.community_id = cluster.community,
	    .principal = id_new(),
	    .method = "POST",
	    .route = "/v1/programs",
	    .key = "k",
	    .fingerprint = PRINT,
	    .fingerprint_len = sizeof(PRINT)};
	struct db_answer answer = {
	    .status = 201, .headers = "{}", .body = "{\"a\":1}"};
	bool found = true;

	(void)state;
	/* Rolled back: the key is free again. */
	for (int i = 0; i < 2; i++) {
		test_ok(db_tx_begin(db, DB_WRITE, &e), &e);
		test_ok(db_idempotency_begin(
			    db, cluster.arena, &k, &found, &answer, &e),
		    &e);
		assert_false(found);
		test_ok(db_idempotency_store(db, &k, &answer, &e), &e);
		if (i == 0)
			db_tx_rollback(db);
		else
			test_ok(db_tx_commit(db, &e), &e);
	}
	answer = (struct db_answer){0};
	test_ok(
	    db_idempotency_begin(db, cluster.arena, &k, &found, &answer, &e),
	    &e);
	assert_true(found);
	assert_int_equal(answer.status, 201);
	assert_string_equal(answer.body, "{\"a\":1}");
	k.fingerprint = OTHER;
	k.fingerprint_len = 1;
	assert_int_equal(
	    db_idempotency_begin(db, cluster.arena, &k, &found, &answer, &e),
	    ERR_KEY_REUSED);
	db_close(db);
}

static void test_tokens(void **state)
{
	struct db *db = test_cluster_connect(&cluster);
	struct err e = {0};
	uint8_t hash[DB_SECRET_HASH_SIZE];
	struct db_token made = {.id = id_new(),
	    .community_id = cluster.community,
	    .role = "coordinator"};
	struct db_token found = {0};
	const int64_t past = 1000;

	(void)state;
	id_random(hash, sizeof(hash));
	test_ok(db_token_create(db, &made, "t", hash, NULL, &e), &e);
	test_ok(db_token_find(db, cluster.arena, hash, &found, &e), &e);
	assert_memory_equal(&found.id, &made.id, sizeof(made.id));
	assert_false(found.has_member);
	test_ok(db_token_revoke(db, &cluster.community, &made.id, &e), &e);
	assert_int_equal(db_token_find(db, cluster.arena, hash, &found, &e),
	    ERR_UNAUTHENTICATED);
	err_clear(&e);
	made.id = id_new();
	id_random(hash, sizeof(hash));
	test_ok(db_token_create(db, &made, "old", hash, &past, &e), &e);
	assert_int_equal(db_token_find(db, cluster.arena, hash, &found, &e),
	    ERR_UNAUTHENTICATED);
	db_close(db);
}

/* The cluster of the tests runs without fsync: whoever does not allow that must be
 * refused. */
static void test_refuses_unsafe(void **state)
{
	const struct db_options o = {.conninfo = cluster.cluster.conninfo};
	struct err e = {0};
	struct db *db = NULL;

	(void)state;
	assert_int_equal(db_open(&o, &db, &e), ERR_IO);
	assert_null(db);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_values),
	    cmocka_unit_test(test_bad_text_never_leaves),
	    cmocka_unit_test(test_reconnect),
	    cmocka_unit_test(test_commit_knows),
	    cmocka_unit_test(test_retry_is_bounded),
	    cmocka_unit_test(test_written_once),
	    cmocka_unit_test(test_member_life),
	    cmocka_unit_test(test_import_and_cells),
	    cmocka_unit_test(test_answers_are_kept),
	    cmocka_unit_test(test_tokens),
	    cmocka_unit_test(test_refuses_unsafe),
	};
	int failed;

	(void)argc;
	test_cluster_start(&cluster, argv[0]);
	test_cluster_seed(&cluster);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	test_cluster_stop(&cluster);
	return failed;
}
