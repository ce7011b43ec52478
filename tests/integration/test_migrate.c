/* From nothing to the schema, twice, and what is refused: drift, a newer database. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "api/digest.h"
#include "db/audit.h"
#include "db/migrate.h"
#include "tests/lib/db/cluster.h"

static struct test_cluster cluster;

static struct db *open_db(void)
{
	struct err e = {0};
	struct db *db = NULL;

	test_ok(db_migrate_open(cluster.cluster.conninfo, true, &db, &e), &e);
	return db;
}

static int embedded(void)
{
	int n = 0;

	while (db_migration_table[n].name != NULL)
		n++;
	return n;
}

static void test_empty_to_current(void **state)
{
	struct db *db = open_db();
	struct err e = {0};
	int applied = -1;

	(void)state;
	assert_int_equal(
	    db_migrate_check(db, cluster.arena, db_migration_table, &e),
	    ERR_CONFLICT);
	err_clear(&e);
	test_ok(db_migrate(db, cluster.arena, db_migration_table, &applied, &e),
	    &e);
	assert_int_equal(applied, embedded());
	assert_true(applied >= 5);
	test_ok(
	    db_migrate_check(db, cluster.arena, db_migration_table, &e), &e);
	test_ok(db_migrate(db, cluster.arena, db_migration_table, &applied, &e),
	    &e);
	assert_int_equal(applied, 0);
	db_close(db);
}

/* The same file, one octet longer. */
static void test_drift(void **state)
{
	struct db *db = open_db();
	struct err e = {0};
	struct db_migration table[64] = {{0}};
	char *text;
	size_t n;
	int applied = -1;

	(void)state;
	assert_true(embedded() < 64);
	memcpy(
	    table, db_migration_table, (size_t)embedded() * sizeof(table[0]));
	n = (size_t)(table[0].end - table[0].begin);
	text = arena_printf(cluster.arena, "%.*s ", (int)n, table[0].begin);
	table[0].begin = text;
	table[0].end = text + n + 1;
	assert_int_equal(
	    db_migrate(db, cluster.arena, table, &applied, &e), ERR_CONFLICT);
	assert_non_null(strstr(e.detail, table[0].name));
	assert_int_equal(applied, 0);
	err_clear(&e);
	assert_int_equal(
	    db_migrate_check(db, cluster.arena, table, &e), ERR_CONFLICT);
	db_close(db);
}

/* A program that knows one migration less than the database serves; it migrates
 * nothing. */
static void test_newer_database(void **state)
{
	struct db *db = open_db();
	struct err e = {0};
	struct db_migration table[64] = {{0}};
	int applied = -1;

	(void)state;
	memcpy(table, db_migration_table,
	    (size_t)(embedded() - 1) * sizeof(table[0]));
	assert_int_equal(
	    db_migrate(db, cluster.arena, table, &applied, &e), ERR_CONFLICT);
	assert_non_null(strstr(e.detail, "newer"));
	err_clear(&e);
	test_ok(db_migrate_check(db, cluster.arena, table, &e), &e);
	db_close(db);
}

/* A migration that fails half-way leaves nothing behind. */
static void test_failure_leaves_nothing(void **state)
{
	static const char BROKEN[] =
	    "CREATE TABLE half (x int); SELECT no_such_function();";
	/* Whole, but it cannot be recorded: its row is there. */
	static const char UNRECORDED[] =
	    "CREATE TABLE half (x int); INSERT INTO schema_migration"
	    " (version, name, sha256) VALUES (9999, 'x', '')";
	static const struct db_stmt HALF = {"test_half",
	    "SELECT count(*) FROM pg_tables WHERE tablename = 'half'"};
	struct db *db = open_db();
	struct err e = {0};
	struct db_migration table[64] = {{0}};
	int n = embedded(), applied = -1;

	(void)state;
	memcpy(table, db_migration_table, (size_t)n * sizeof(table[0]));
	table[n] = (struct db_migration){
	    "9999_broken.sql", BROKEN, BROKEN + sizeof(BROKEN) - 1};
	assert_int_equal(
	    db_migrate(db, cluster.arena, table, &applied, &e), ERR_IO);
	assert_non_null(strstr(e.detail, "9999_broken.sql"));
	assert_int_equal(test_value(&cluster, db, &HALF, DB_NO_ARGS), 0);
	err_clear(&e);
	table[n] = (struct db_migration){"9999_unrecorded.sql", UNRECORDED,
	    UNRECORDED + sizeof(UNRECORDED) - 1};
	assert_int_equal(
	    db_migrate(db, cluster.arena, table, &applied, &e), ERR_IO);
	assert_int_equal(test_value(&cluster, db, &HALF, DB_NO_ARGS), 0);
	err_clear(&e);
	test_ok(
	    db_migrate_check(db, cluster.arena, db_migration_table, &e), &e);
	db_close(db);
}

/* What was audited before there was a chain is in it afterwards, without its values. */
static void test_audit_becomes_a_chain(void **state)
{
	static const struct db_stmt MAKE = {
	    "test_make_old", "CREATE DATABASE old"};
	static const struct db_stmt COMMUNITY = {"test_community",
	    "INSERT INTO community (community_id, name, slug, calendar_domain)"
	    " SELECT gen_random_uuid(), n, n, n || '.example.org'"
	    " FROM unnest('{a,b}'::text[]) n"};
	static const struct db_stmt EVENTS = {"test_events",
	    "INSERT INTO audit_event (community_id, actor_role, action,"
	    " subject_kind, subject_id, before, after)"
	    " SELECT community_id, 'admin', 'x', 'member', community_id,"
	    " CASE n WHEN 1 THEN '{\"id\": 1, \"name\": \"Ada\"}'::jsonb END,"
	    " CASE n WHEN 3 THEN '{\"state\": \"open\"}'::jsonb"
	    " ELSE '{\"id\": 1, \"name\": \"Ada L\"}' END"
	    " FROM community, generate_series(1, 3) n ORDER BY random()"};
	static const struct db_stmt VALUES = {"test_values_left",
	    "SELECT count(*) FROM audit_event WHERE after::text LIKE '%Ada%'"
	    " OR before::text LIKE '%Ada%'"};
	static const struct db_stmt SHOWN = {"test_shown",
	    "SELECT count(*) FROM audit_event e JOIN audit_head h USING"
	    " (community_id) WHERE h.seq = 3 AND e.seq BETWEEN 1 AND 3"
	    " AND (e.seq < 3 OR e.hash = h.hash)"};
	struct db *db = open_db();
	struct db_migration table[64] = {{0}};
	struct db_audit_head *head;
	struct db_audit_link *link;
	struct err e = {0};
	int applied = 0;
	size_t n = 0, n_links = 0;

	(void)state;
	test_ok(db_exec(db, &MAKE, DB_NO_ARGS, NULL, &e), &e);
	db_close(db);
	test_ok(db_migrate_open(arena_printf(cluster.arena, "%s dbname=old",
				    cluster.cluster.conninfo),
		    true, &db, &e),
	    &e);
	while (strcmp(db_migration_table[n].name, "0009_ledger.sql") != 0)
		n++;
	memcpy(table, db_migration_table, n * sizeof(table[0]));
	test_ok(db_migrate(db, cluster.arena, table, &applied, &e), &e);
	test_ok(db_exec(db, &COMMUNITY, DB_NO_ARGS, NULL, &e), &e);
	test_ok(db_exec(db, &EVENTS, DB_NO_ARGS, NULL, &e), &e);
	test_ok(db_migrate(db, cluster.arena, db_migration_table, &applied, &e),
	    &e);
	assert_int_equal(test_value(&cluster, db, &VALUES, DB_NO_ARGS), 0);
	assert_int_equal(test_value(&cluster, db, &SHOWN, DB_NO_ARGS), 6);
	test_ok(db_audit_heads(db, cluster.arena, &head, &n, &e), &e);
	assert_int_equal(n, 2);
	for (size_t i = 0; i < n; i++) {
		struct digest hash = {{0}};
		char text[DIGEST_TEXT_SIZE];

		test_ok(db_audit_links(db, cluster.arena, &head[i].community_id,
			    0, &link, &n_links, &e),
		    &e);
		for (size_t k = 0; k < n_links; k++) {
			size_t len = strlen(link[k].says);
			char *both =
			    arena_alloc(cluster.arena, DIGEST_SIZE + len);

			memcpy(both, hash.octet, DIGEST_SIZE);
			memcpy(both + DIGEST_SIZE, link[k].says, len);
			assert_true(
			    digest_sha256(both, DIGEST_SIZE + len, &hash));
			digest_format(&hash, text);
			assert_string_equal(link[k].hash, text);
		}
	}
	db_close(db);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_empty_to_current),
	    cmocka_unit_test(test_drift),
	    cmocka_unit_test(test_newer_database),
	    cmocka_unit_test(test_failure_leaves_nothing),
	    cmocka_unit_test(test_audit_becomes_a_chain),
	};
	int failed;

	(void)argc;
	test_cluster_start(&cluster, argv[0]);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	test_cluster_stop(&cluster);
	return failed;
}
