/* Rate limits: bursts, steady refill, each key by itself, and a table that is bounded. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "api/limits.h"

static const struct limits_rule RULES[LIMITS_KINDS] = {
    [LIMITS_CALLER] = {.quota = 10, .window_s = 60},
    [LIMITS_FAILURE] = {.quota = 0, .window_s = 60},
    [LIMITS_WISH] = {.quota = 1, .window_s = 3600},
};

static const uint8_t *key(uint64_t number)
{
	static uint8_t k[LIMITS_KEY_SIZE];

	memcpy(k, &number, sizeof(number));
	return k;
}

static void test_burst_and_refill(void **state)
{
	struct limits *l = limits_new(RULES, 64);
	struct limits_state s;
	int64_t now = 5000000;

	(void)state;
	for (int64_t i = 0; i < 10; i++) {
		assert_true(limits_look(l, LIMITS_CALLER, key(1), now, &s));
		assert_int_equal(s.remaining, 10 - i);
		assert_true(limits_take(l, LIMITS_CALLER, key(1), now, &s));
		assert_int_equal(s.remaining, 9 - i);
		assert_int_equal(s.retry_s, 0);
	}
	assert_int_equal(s.quota, 10);
	assert_int_equal(s.window_s, 60);
	assert_int_equal(s.full_s, 60);
	assert_false(limits_take(l, LIMITS_CALLER, key(1), now, &s));
	assert_false(limits_look(l, LIMITS_CALLER, key(1), now, &s));
	assert_int_equal(s.remaining, 0);
	assert_int_equal(s.retry_s, 6);
	/* What was refused costs nothing: one comes back every six seconds. */
	assert_false(limits_take(l, LIMITS_CALLER, key(1), now + 5999, &s));
	assert_int_equal(s.retry_s, 1);
	for (int i = 1; i <= 20; i++) {
		now += 6000;
		assert_true(limits_take(l, LIMITS_CALLER, key(1), now, &s));
		assert_false(limits_take(l, LIMITS_CALLER, key(1), now, &s));
	}
	/* Never more than the quota, however long nobody came. */
	now += INT64_C(1000) * 86400;
	for (int i = 0; i < 10; i++)
		assert_true(limits_take(l, LIMITS_CALLER, key(1), now, &s));
	assert_false(limits_take(l, LIMITS_CALLER, key(1), now, &s));
	limits_free(l);
}

static void test_give(void **state)
{
	struct limits *l = limits_new(RULES, 64);
	struct limits_state s;

	(void)state;
	for (int i = 0; i < 100; i++) {
		assert_true(limits_take(l, LIMITS_CALLER, key(1), 1, &s));
		assert_int_equal(s.remaining, 9);
		limits_give(l, LIMITS_CALLER, key(1), 1, &s);
		assert_int_equal(s.remaining, 10);
		limits_give(l, LIMITS_CALLER, key(1), 1, &s);
		assert_int_equal(s.remaining, 10);
	}
	limits_free(l);
}

static void test_apart(void **state)
{
	struct limits *l = limits_new(RULES, 64);
	struct limits_state s;

	(void)state;
	for (int i = 0; i < 10; i++)
		assert_true(limits_take(l, LIMITS_CALLER, key(1), 1, &s));
	assert_false(limits_take(l, LIMITS_CALLER, key(1), 1, &s));
	assert_true(limits_take(l, LIMITS_CALLER, key(2), 1, &s));
	/* The same key of another kind is another bucket; no quota is no limit. */
	assert_true(limits_take(l, LIMITS_WISH, key(1), 1, &s));
	assert_false(limits_take(l, LIMITS_WISH, key(1), 1, &s));
	assert_int_equal(s.retry_s, 3600);
	for (int i = 0; i < 1000; i++)
		assert_true(limits_take(l, LIMITS_FAILURE, key(1), 1, &s));
	assert_int_equal(s.quota, 0);
	limits_free(l);
}

/* More keys than places: everybody is served, the table stays, and who has used the
 * most is remembered the longest. */
static void test_bounded(void **state)
{
	struct limits *l = limits_new(RULES, 64);
	struct limits_state s;

	(void)state;
	for (int i = 0; i < 10; i++)
		assert_true(limits_take(l, LIMITS_CALLER, key(7), 1, &s));
	for (uint64_t i = 1000; i < 101000; i++)
		assert_true(limits_take(l, LIMITS_CALLER, key(i), 1, &s));
	assert_false(limits_take(l, LIMITS_CALLER, key(7), 1, &s));
	limits_free(l);
}

struct crowd {
	struct limits *l;
	atomic_int taken;
};

static void *take_many(void *arg)
{
	struct crowd *c = arg;
	struct limits_state s;
	uint8_t k[LIMITS_KEY_SIZE] = {9};

	for (int i = 0; i < 1000; i++)
		if (limits_take(c->l, LIMITS_CALLER, k, 1, &s))
			atomic_fetch_add(&c->taken, 1);
	return NULL;
}

static void test_threads(void **state)
{
	struct crowd c = {.l = limits_new(RULES, 64)};
	pthread_t thread[8];

	(void)state;
	for (int i = 0; i < 8; i++)
		assert_int_equal(
		    pthread_create(&thread[i], NULL, take_many, &c), 0);
	for (int i = 0; i < 8; i++)
		pthread_join(thread[i], NULL);
	assert_int_equal(atomic_load(&c.taken), 10);
	limits_free(c.l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_burst_and_refill),
	    cmocka_unit_test(test_give),
	    cmocka_unit_test(test_apart),
	    cmocka_unit_test(test_bounded),
	    cmocka_unit_test(test_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
