/*
 * A throw-away cluster for tests that need PostgreSQL: made in a folder of its own
 * below the build folder, fast instead of durable, stopped and removed at the end.
 * Exits with 77 (skipped) only when PostgreSQL's programs are not installed.
 */
#ifndef TESTS_LIB_DB_CLUSTER_H
#define TESTS_LIB_DB_CLUSTER_H

#include "db/cluster.h"
#include "db/db.h"

struct test_cluster {
	struct arena *arena;
	struct cluster cluster;
	struct id community, program; /* see test_cluster_seed */
};

/* argv0: the test's own path, whose folder is in the build folder. */
void test_cluster_start(struct test_cluster *t, const char *argv0);
void test_cluster_stop(struct test_cluster *t);

/* A connection; the caller closes it. Fails the test when there is none. */
struct db *test_cluster_connect(const struct test_cluster *t);

/* Migrate, and make one community with one program. */
void test_cluster_seed(struct test_cluster *t);

/* A member with an enrollment in the program (role NULL: none). */
struct id test_member(struct test_cluster *t, struct db *db, const char *name,
    const char *role, int64_t capacity);

/* Run a statement that must succeed and give its first value. */
int64_t test_value(struct test_cluster *t, struct db *db,
    const struct db_stmt *stmt, struct db_args args);

/* ERR_OK, or print what the error says, stop the cluster and exit. Any thread. */
void test_ok(enum err_code code, const struct err *e);

#endif
