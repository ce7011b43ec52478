/*
 * Places and hours under concurrency: 32 threads, 100 attempts, one place. The
 * control arm (look, then write, without the table's CHECK) must overfill, or the
 * test would prove nothing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

#include "db/programs.h"
#include "tests/lib/db/cluster.h"

enum {
	THREADS = 32,
	ATTEMPTS = 100
};

static struct test_cluster cluster;

struct race {
	enum err_code (*attempt)(
	    struct race *r, struct db *db, struct arena *a, struct err *e);
	struct id who, slot;
	pthread_barrier_t start;
	atomic_int next, won, full, other;
};

static const struct db_stmt USED = {"test_used",
    "SELECT used FROM enrollment WHERE community_id = $1 AND member_id = $2"};
static const struct db_stmt NAIVE_TABLE = {
    "test_naive_table", "CREATE TABLE naive (mentor uuid, newcomer uuid)"};
static const struct db_stmt NAIVE_COUNT = {
    "test_naive_count", "SELECT count(*) FROM naive WHERE mentor = $1"};
static const struct db_stmt NAIVE_ADD = {
    "test_naive_add", "INSERT INTO naive VALUES ($1, gen_random_uuid())"};
static const struct db_stmt COMMIT_TIME = {"test_commit_time",
    "INSERT INTO commitment (community_id, member_id, during, slot_id)"
    " VALUES ($1, $2, tstzrange('2026-10-25 00:30Z', '2026-10-25 01:30Z'),"
    " $3)"};
static const struct db_stmt COMMITTED = {"test_committed",
    "SELECT count(*) FROM commitment WHERE community_id = $1"
    " AND member_id = $2"};
static const struct db_stmt MAKE_SLOT = {"test_make_slot",
    "WITH ev AS (INSERT INTO event (community_id, id, uid, kind, summary,"
    "  time_zone, first_local_start, minutes) VALUES ($1, $2,"
    "  'a@cal.example.org', 'office_hours', 'x', 'UTC', '2026-10-25 00:30',"
    "  60)),"
    " hours AS (INSERT INTO office_hours (community_id, id, program_id,"
    "  mentor_id, title, weekday, local_time, time_zone, minutes, seats,"
    "  first_date, last_date, event_id) VALUES ($1, $2, $3, $4, 'x', 6,"
    "  '00:30', 'UTC', 60, 5, '2026-10-25', '2026-10-25', $2))"
    " INSERT INTO office_hours_slot (community_id, id, office_hours_id,"
    "  starts_at, ends_at, capacity) VALUES ($1, $2, $2, '2026-10-25 00:30Z',"
    "  '2026-10-25 01:30Z', 5)"};

static enum err_code take(
    struct race *r, struct db *db, struct arena *a, struct err *e)
{
	return db_place_take(
	    db, a, &cluster.community, &cluster.program, &r->who, e);
}

/* How it must not be done. */
static enum err_code look_then_write(
    struct race *r, struct db *db, struct arena *a, struct err *e)
{
	const struct db_rows *row;
	enum err_code code =
	    db_one(db, a, &NAIVE_COUNT, DB_ARGS(db_id(&r->who)), "x", &row, e);

	if (code != ERR_OK)
		return code;
	if (db_get_int(row, 0, 0) >= 1)
		return ERR_SET(e, CAPACITY, "full");
	return db_exec(db, &NAIVE_ADD, DB_ARGS(db_id(&r->who)), NULL, e);
}

static enum err_code book(
    struct race *r, struct db *db, struct arena *a, struct err *e)
{
	(void)a;
	return db_exec(db, &COMMIT_TIME,
	    DB_ARGS(db_id(&cluster.community), db_id(&r->who), db_id(&r->slot)),
	    NULL, e);
}

static void *racer(void *arg)
{
	struct race *r = arg;
	struct db *db = test_cluster_connect(&cluster);
	struct arena *a = arena_new(1 << 20);
	struct err e = {0};

	pthread_barrier_wait(&r->start);
	while (atomic_fetch_add(&r->next, 1) < ATTEMPTS) {
		enum err_code code;

		test_ok(db_tx_begin(db, DB_WRITE, &e), &e);
		code = r->attempt(r, db, a, &e);
		if (code == ERR_OK) {
			test_ok(db_tx_commit(db, &e), &e);
			atomic_fetch_add(&r->won, 1);
		} else {
			db_tx_rollback(db);
			atomic_fetch_add(
			    code == ERR_CAPACITY || code == ERR_DOUBLE_BOOKED
				? &r->full
				: &r->other,
			    1);
			err_clear(&e);
		}
		arena_reset(a);
	}
	arena_free(a);
	db_close(db);
	return NULL;
}

static void run_race(struct race *r)
{
	pthread_t thread[THREADS];

	assert_int_equal(pthread_barrier_init(&r->start, NULL, THREADS), 0);
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, racer, r), 0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
	pthread_barrier_destroy(&r->start);
}

static void test_one_place(void **state)
{
	struct db *db = test_cluster_connect(&cluster);
	struct race r = {.attempt = take,
	    .who = test_member(&cluster, db, "one", "mentor", 1)};

	(void)state;
	run_race(&r);
	assert_int_equal(r.won, 1);
	assert_int_equal(r.full, ATTEMPTS - 1);
	assert_int_equal(test_value(&cluster, db, &USED,
			     DB_ARGS(db_id(&cluster.community), db_id(&r.who))),
	    1);
	db_close(db);
}

static void test_control_overfills(void **state)
{
	struct db *db = test_cluster_connect(&cluster);
	struct race r = {.attempt = look_then_write, .who = id_new()};
	struct err e = {0};

	(void)state;
	test_ok(db_exec(db, &NAIVE_TABLE, DB_NO_ARGS, NULL, &e), &e);
	/* The race is certain only with a hand on it: many short ones. */
	for (int i = 0; i < 20 && r.won <= 1; i++) {
		r = (struct race){.attempt = look_then_write, .who = id_new()};
		run_race(&r);
	}
	assert_true(r.won > 1);
	db_close(db);
}

static void test_message_and_limits(void **state)
{
	struct db *db = test_cluster_connect(&cluster);
	struct err e = {0};
	struct id id = test_member(&cluster, db, "three", "mentor", 3);
	struct db_enrollment n = {.program_id = cluster.program,
	    .member_id = id,
	    .role = "mentor",
	    .capacity = 2};

	(void)state;
	for (int i = 0; i < 3; i++)
		test_ok(db_place_take(db, cluster.arena, &cluster.community,
			    &cluster.program, &id, &e),
		    &e);
	assert_int_equal(db_place_take(db, cluster.arena, &cluster.community,
			     &cluster.program, &id, &e),
	    ERR_CAPACITY);
	assert_string_equal(e.detail, "the mentor already has 3 of 3");
	/* Below what is in use: the CHECK says no. */
	assert_int_equal(
	    db_enrollment_put(db, &cluster.community, &n, 0, &e), ERR_CAPACITY);
	assert_int_equal(db_enrollment_leave(db, &cluster.community,
			     &cluster.program, &id, "mentor", 0, &e),
	    ERR_STATE);
	err_clear(&e);
	test_ok(db_place_give_back(
		    db, &cluster.community, &cluster.program, &id, &e),
	    &e);
	test_ok(db_enrollment_put(db, &cluster.community, &n, 0, &e), &e);
	db_close(db);
}

static void test_nobody_is_booked_twice(void **state)
{
	struct db *db = test_cluster_connect(&cluster);
	struct err e = {0};
	struct race r = {.attempt = book,
	    .who = test_member(&cluster, db, "busy", "mentor", 1),
	    .slot = id_new()};

	(void)state;
	test_ok(db_exec(db, &MAKE_SLOT,
		    DB_ARGS(db_id(&cluster.community), db_id(&r.slot),
			db_id(&cluster.program), db_id(&r.who)),
		    NULL, &e),
	    &e);
	run_race(&r);
	assert_int_equal(r.won, 1);
	/* A deadlock among the waiting is a temporary conflict, not a booking. */
	assert_int_equal(r.won + r.full + r.other, ATTEMPTS);
	assert_int_equal(test_value(&cluster, db, &COMMITTED,
			     DB_ARGS(db_id(&cluster.community), db_id(&r.who))),
	    1);
	db_close(db);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_one_place),
	    cmocka_unit_test(test_control_overfills),
	    cmocka_unit_test(test_message_and_limits),
	    cmocka_unit_test(test_nobody_is_booked_twice),
	};
	int failed;

	(void)argc;
	test_cluster_start(&cluster, argv[0]);
	test_cluster_seed(&cluster);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	test_cluster_stop(&cluster);
	return failed;
}
