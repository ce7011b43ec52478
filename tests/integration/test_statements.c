/* Every statement of db/ prepares on the migrated schema, under a name of its own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "tests/lib/db/cluster.h"

static struct test_cluster cluster;

/* All faults at once: one broken statement shall not hide the next. */
static void test_prepares(void **state)
{
	struct db *db = test_cluster_connect(&cluster);
	unsigned n = 0, bad = 0;

	(void)state;
	for (size_t t = 0; DB_STMT_TABLES[t] != NULL; t++)
		for (size_t i = 0; DB_STMT_TABLES[t][i] != NULL; i++, n++) {
			const struct db_stmt *s = DB_STMT_TABLES[t][i];
			struct err e = {0};

			if (db_prepare(db, s, &e) != ERR_OK) {
				fprintf(stderr, "%s: %s\n", s->name,
				    db_message(db));
				bad++;
			}
		}
	print_message("%u statements\n", n);
	assert_true(n > 50);
	assert_int_equal(bad, 0);
	db_close(db);
}

static void test_refuses_a_bad_one(void **state)
{
	static const struct db_stmt BAD = {
	    "bad", "SELECT no_such_column FROM member"};
	struct db *db = test_cluster_connect(&cluster);
	struct err e = {0};

	(void)state;
	assert_int_equal(db_prepare(db, &BAD, &e), ERR_BUG);
	db_close(db);
}

static void test_names_differ(void **state)
{
	(void)state;
	for (size_t t = 0; DB_STMT_TABLES[t] != NULL; t++)
		for (size_t i = 0; DB_STMT_TABLES[t][i] != NULL; i++)
			for (size_t u = t; DB_STMT_TABLES[u] != NULL; u++)
				for (size_t k = u == t ? i + 1 : 0;
				     DB_STMT_TABLES[u][k] != NULL; k++)
					assert_string_not_equal(
					    DB_STMT_TABLES[t][i]->name,
					    DB_STMT_TABLES[u][k]->name);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_names_differ),
	    cmocka_unit_test(test_prepares),
	    cmocka_unit_test(test_refuses_a_bad_one),
	};
	int failed;

	(void)argc;
	test_cluster_start(&cluster, argv[0]);
	test_cluster_seed(&cluster);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	test_cluster_stop(&cluster);
	return failed;
}
