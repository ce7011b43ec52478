/* The private cluster: start twice, die and start again, a place it cannot reach. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/lib/db/cluster.h"

static struct test_cluster cluster;

static void answers(void)
{
	struct db *db = test_cluster_connect(&cluster);
	struct err e = {0};

	test_ok(db_ping(db, &e), &e);
	db_close(db);
}

static void test_start_is_idempotent(void **state)
{
	struct err e = {0};
	pid_t pid = cluster_pid(&cluster.cluster);

	(void)state;
	assert_true(pid > 1);
	test_ok(cluster_start(cluster.arena, &cluster.cluster, &e), &e);
	assert_int_equal(cluster_pid(&cluster.cluster), pid);
	answers();
}

/* Killed: its pid file stays, and where nobody reaps it, its number too. */
static void test_starts_after_a_crash(void **state)
{
	struct err e = {0};
	pid_t pid = cluster_pid(&cluster.cluster);

	(void)state;
	assert_true(pid > 1);
	assert_int_equal(kill(pid, SIGKILL), 0);
	while (cluster_pid(&cluster.cluster) == pid)
		usleep(1000);
	/* Its backends end by themselves; until then the data is in use. */
	for (int i = 0; i < 100; i++) {
		err_clear(&e);
		if (cluster_start(cluster.arena, &cluster.cluster, &e) ==
		    ERR_OK)
			break;
		usleep(100000);
	}
	test_ok(e.code, &e);
	assert_int_not_equal(cluster_pid(&cluster.cluster), pid);
	answers();
}

/* The file names a living process that is no postmaster: this one. */
static void test_pid_of_another(void **state)
{
	struct err e = {0};
	char *path = arena_printf(
	    cluster.arena, "%s/postmaster.pid", cluster.cluster.data_dir);
	FILE *f;

	(void)state;
	test_ok(cluster_stop(cluster.arena, &cluster.cluster, &e), &e);
	f = fopen(path, "w");
	assert_non_null(f);
	fprintf(f, "%ld\n", (long)getpid());
	fclose(f);
	assert_int_equal(cluster_pid(&cluster.cluster), 0);
	test_ok(cluster_start(cluster.arena, &cluster.cluster, &e), &e);
	answers();
}

static void test_places(void **state)
{
	struct err e = {0};
	struct cluster c;
	char name[151];
	const char *dir;

	(void)state;
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	/* Too long for a socket: the data stays, the socket moves. */
	dir = arena_printf(cluster.arena, "/tmp/%s", name);
	test_ok(cluster_describe(cluster.arena, dir, true, &c, &e), &e);
	assert_false(c.moved);
	assert_true(strlen(c.socket_dir) < 100);
	assert_true(strncmp(c.data_dir, dir, strlen(dir)) == 0);
	/* Behind a folder that is closed to PostgreSQL's user. */
	dir =
	    arena_printf(cluster.arena, "%s/closed", cluster.cluster.data_dir);
	assert_int_equal(mkdir(dir, 0000), 0);
	dir = arena_printf(cluster.arena, "%s/a/b", dir);
	if (geteuid() == 0) {
		test_ok(cluster_describe(cluster.arena, dir, true, &c, &e), &e);
		assert_true(c.moved);
		assert_null(strstr(c.data_dir, "closed"));
	}
	assert_int_equal(
	    cluster_describe(cluster.arena, "/tmp/with space", true, &c, &e),
	    ERR_IO);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_start_is_idempotent),
	    cmocka_unit_test(test_starts_after_a_crash),
	    cmocka_unit_test(test_pid_of_another),
	    cmocka_unit_test(test_places),
	};
	int failed;

	(void)argc;
	test_cluster_start(&cluster, argv[0]);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	test_cluster_stop(&cluster);
	return failed;
}
