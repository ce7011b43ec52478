/* Feeds looked up a moment ago: for how long, and by whom they are looked up again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "api/fresh.h"

enum {
	ASKED_MS = 5000,
};

static struct fresh feed(uint8_t secret, uint8_t version)
{
	struct fresh f = {.asked_ms = ASKED_MS};

	memset(f.secret.octet, secret, sizeof(f.secret.octet));
	memset(f.version.octet, version, sizeof(f.version.octet));
	return f;
}

/* The version that is known so long after it was asked for; 0: none. */
static int known(const struct fresh *f, int64_t age_ms)
{
	struct fresh found;

	return fresh_find(&f->secret, ASKED_MS + age_ms, &found)
		   ? found.version.octet[0]
		   : 0;
}

static void test_a_second(void **state)
{
	struct fresh f = feed(1, 7);

	(void)state;
	assert_int_equal(known(&f, 0), 0);
	fresh_note(&f);
	assert_int_equal(known(&f, 0), 7);
	assert_int_equal(known(&f, 499), 7);
	/* Now one is told to look it up again, the others are not. */
	assert_int_equal(known(&f, 500), 0);
	assert_int_equal(known(&f, 500), 7);
	assert_int_equal(known(&f, 999), 7);
	assert_int_equal(known(&f, 1000), 0);
	assert_int_equal(known(&f, 1000), 0);
	assert_int_equal(known(&f, INT32_MAX), 0);
}

static void test_looked_up_again(void **state)
{
	struct fresh f = feed(2, 7), newer = feed(2, 8);

	(void)state;
	fresh_note(&f);
	assert_int_equal(known(&f, 600), 0);
	newer.asked_ms = ASKED_MS + 600;
	fresh_note(&newer);
	assert_int_equal(known(&f, 1000), 8);
	assert_int_equal(known(&f, 1100), 0); /* its own half time */
	assert_int_equal(known(&f, 1599), 8);
	assert_int_equal(known(&f, 1600), 0);
}

/* Two secrets in one place: the later one is known, and never as the other. */
static void test_one_place(void **state)
{
	struct fresh f = feed(3, 7), other = f;

	(void)state;
	other.secret.octet[sizeof(other.secret.octet) - 1] = 4;
	other.version.octet[0] = 9;
	fresh_note(&f);
	assert_int_equal(known(&other, 0), 0);
	fresh_note(&other);
	assert_int_equal(known(&other, 0), 9);
	assert_int_equal(known(&f, 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_a_second),
	    cmocka_unit_test(test_looked_up_again),
	    cmocka_unit_test(test_one_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
