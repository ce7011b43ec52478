/* The queue: one claimant per job, leases by the database's clock, fencing by epoch. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

#include "db/jobs.h"
#include "tests/lib/db/cluster.h"

enum {
	JOBS = 40,
	WORKERS = 8
};

static struct test_cluster cluster;

static const struct db_stmt EXPIRE = {"test_expire",
    "UPDATE job SET lease_until = now() - interval '1 second'"
    " WHERE community_id = $1 AND id = $2 RETURNING 1"};
static const struct db_stmt STATE_IS = {"test_state_is",
    "SELECT count(*) FROM job WHERE community_id = $1 AND id = $2"
    " AND state = $3"};
static const struct db_stmt CLEAR = {"test_clear", "DELETE FROM job"};

static struct db_job enqueue(struct db *db)
{
	struct err e = {0};
	struct db_job job = {.community_id = cluster.community,
	    .id = id_new(),
	    .subject_id = id_new(),
	    .kind = "matching_round"};

	test_ok(db_job_enqueue(db, &job, &e), &e);
	return job;
}

static bool claim(struct db *db, struct db_job *ret_job)
{
	struct err e = {0};
	bool found = false;

	test_ok(db_job_claim(db, cluster.arena, 30, ret_job, &found, &e), &e);
	return found;
}

static int clear(void **state)
{
	struct db *db = test_cluster_connect(&cluster);
	struct err e = {0};

	(void)state;
	test_ok(db_exec(db, &CLEAR, DB_NO_ARGS, NULL, &e), &e);
	db_close(db);
	return 0;
}

static void *claim_all(void *arg)
{
	atomic_int *claimed = arg;
	struct db *db = test_cluster_connect(&cluster);
	struct arena *a = arena_new(1 << 20);
	struct err e = {0};
	struct db_job job;
	bool found = true;

	while (found) {
		test_ok(db_job_claim(db, a, 30, &job, &found, &e), &e);
		if (found) {
			atomic_fetch_add(claimed, 1);
			test_ok(db_job_finish(db, &job, "done", NULL, &e), &e);
		}
	}
	arena_free(a);
	db_close(db);
	return NULL;
}

/* Each job once, whatever the race: a second claim would also fail to finish. */
static void test_claim_race(void **state)
{
	struct db *db = test_cluster_connect(&cluster);
	pthread_t worker[WORKERS];
	atomic_int claimed = 0;

	(void)state;
	for (int i = 0; i < JOBS; i++)
		enqueue(db);
	for (int i = 0; i < WORKERS; i++)
		assert_int_equal(
		    pthread_create(&worker[i], NULL, claim_all, &claimed), 0);
	for (int i = 0; i < WORKERS; i++)
		pthread_join(worker[i], NULL);
	assert_int_equal(atomic_load(&claimed), JOBS);
	db_close(db);
}

static void test_one_live_per_subject(void **state)
{
	struct db *db = test_cluster_connect(&cluster);
	struct err e = {0};
	struct db_job job = enqueue(db);

	(void)state;
	job.id = id_new();
	assert_int_equal(db_job_enqueue(db, &job, &e), ERR_CONFLICT);
	db_close(db);
}

/* The first worker slept over its lease; whatever it does now must be refused. */
static void test_fencing(void **state)
{
	struct db *db = test_cluster_connect(&cluster);
	struct err e = {0};
	struct db_job made = enqueue(db), first, second, none;
	bool cancel = false;

	(void)state;
	assert_true(claim(db, &first));
	assert_int_equal(first.epoch, 1);
	assert_false(claim(db, &none)); /* its lease holds */
	test_value(&cluster, db, &EXPIRE,
	    DB_ARGS(db_id(&made.community_id), db_id(&made.id)));
	assert_true(claim(db, &second));
	assert_int_equal(second.epoch, 2);
	assert_int_equal(
	    db_job_beat(db, cluster.arena, &first, 30, NULL, &cancel, &e),
	    ERR_STALE);
	assert_int_equal(
	    db_job_finish(db, &first, "done", NULL, &e), ERR_STALE);
	err_clear(&e);
	test_ok(
	    db_job_beat(db, cluster.arena, &second, 30, "{}", &cancel, &e), &e);
	assert_false(cancel);
	test_ok(db_job_finish(db, &second, "done", NULL, &e), &e);
	assert_int_equal(
	    db_job_finish(db, &second, "done", NULL, &e), ERR_STALE);
	db_close(db);
}

static void test_cancel(void **state)
{
	struct db *db = test_cluster_connect(&cluster);
	struct err e = {0};
	struct db_job queued = enqueue(db), running, made;
	bool ended = false, cancel = false;

	(void)state;
	test_ok(db_job_cancel(db, cluster.arena, &cluster.community,
		    &queued.subject_id, &ended, &e),
	    &e);
	assert_true(ended);
	assert_int_equal(db_job_cancel(db, cluster.arena, &cluster.community,
			     &queued.subject_id, &ended, &e),
	    ERR_STATE);
	err_clear(&e);
	made = enqueue(db);
	assert_true(claim(db, &running));
	assert_memory_equal(&running.id, &made.id, sizeof(made.id));
	test_ok(db_job_cancel(db, cluster.arena, &cluster.community,
		    &running.subject_id, &ended, &e),
	    &e);
	assert_false(ended);
	test_ok(db_job_beat(db, cluster.arena, &running, 30, NULL, &cancel, &e),
	    &e);
	assert_true(cancel);
	test_ok(db_job_finish(db, &running, "cancelled", NULL, &e), &e);
	assert_int_equal(test_value(&cluster, db, &STATE_IS,
			     DB_ARGS(db_id(&made.community_id), db_id(&made.id),
				 db_text("cancelled"))),
	    1);
	db_close(db);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(test_claim_race, clear),
	    cmocka_unit_test_setup(test_one_live_per_subject, clear),
	    cmocka_unit_test_setup(test_fencing, clear),
	    cmocka_unit_test_setup(test_cancel, clear),
	};
	int failed;

	(void)argc;
	test_cluster_start(&cluster, argv[0]);
	test_cluster_seed(&cluster);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	test_cluster_stop(&cluster);
	return failed;
}
