/* Moving one session: who can, who misses, what is nearest. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/instant.h"
#include "scheduler/schedule.h"
#include "tests/lib/people.h"

enum {
	FIRST = PEOPLE_FIRST_DAY
};

struct fixture {
	struct arena *a;
	struct people *people;
	const struct community *c;
	uint32_t newcomer[2];
	struct session_move move;
};

static int64_t at(int days, int hour, int minute)
{
	return (FIRST + days) * (int64_t)INSTANT_DAY + hour * 3600 +
	       minute * 60;
}

/* Guide: Tue and Thu 18-20, Fri 18-19; ann the same; ben only Tue. */
static int set_up(void **state)
{
	struct fixture *x = calloc(1, sizeof(*x));

	assert_non_null(x);
	x->a = arena_new(1 << 24);
	x->people = people_new();
	people_add(x->people, "guide",
	    "mentor; hours Tue 18:00-20:00, Thu 18:00-20:00, Fri 18:00-19:00");
	people_add(x->people, "ann",
	    "hours Tue 18:00-20:00, Thu 18:00-20:00, Fri 18:00-19:00");
	people_add(x->people, "ben", "hours Tue 18:00-20:00");
	x->c = people_community(x->people);
	x->newcomer[0] = people_find(x->people, "ann");
	x->newcomer[1] = people_find(x->people, "ben");
	x->move = (struct session_move){.anchor = people_zone("UTC"),
	    .start = at(8, 18, 0),
	    .minutes = 60,
	    .guide = people_find(x->people, "guide"),
	    .newcomers = x->newcomer,
	    .n_newcomers = 2};
	*state = x;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *x = *state;

	people_free(x->people);
	arena_free(x->a);
	free(x);
	return 0;
}

static uint16_t ask(struct fixture *x, const struct busy_time *busy,
    uint32_t n_busy, uint16_t max, struct alternative **ret)
{
	struct err e;
	uint16_t n = 0;

	err_clear(&e);
	if (schedule_alternatives(
		x->a, x->c, &x->move, busy, n_busy, max, ret, &n, &e) != ERR_OK)
		fail_msg("%s", e.detail);
	return n;
}

static void everybody_first_then_nearest(void **state)
{
	struct fixture *x = *state;
	struct alternative *alt;
	uint16_t n = ask(x, NULL, 0, 100, &alt);

	/* with all: the same Tuesday (15 minutes later is nearest, 19:00 is an
	 * hour from it less 15 minutes, so left out), the Tuesdays around */
	assert_true(n > 5);
	assert_int_equal(alt[0].start, at(8, 18, 15));
	assert_int_equal(alt[0].n_missing, 0);
	for (uint16_t i = 0; i < n; i++) {
		assert_true(alt[i].start != x->move.start);
		assert_true(
		    llabs(alt[i].start - x->move.start) <= INSTANT_WEEK);
		if (i == 0)
			continue;
		assert_true(alt[i].n_missing >= alt[i - 1].n_missing);
		if (alt[i].n_missing == alt[i - 1].n_missing)
			assert_true(llabs(alt[i].start - x->move.start) >=
				    llabs(alt[i - 1].start - x->move.start));
	}
	/* Thursday goes without ben */
	for (uint16_t i = 0; i < n; i++)
		if (alt[i].n_missing > 0) {
			assert_int_equal(alt[i].start, at(10, 18, 0));
			assert_int_equal(alt[i].n_missing, 1);
			assert_int_equal(alt[i].missing[0], x->newcomer[1]);
			return;
		}
	fail_msg("no start that somebody misses");
}

static void offers_do_not_crowd(void **state)
{
	struct fixture *x = *state;
	struct alternative *alt;
	uint16_t n = ask(x, NULL, 0, 100, &alt);

	for (uint16_t i = 0; i < n; i++)
		for (uint16_t j = 0; j < i; j++)
			assert_true(
			    llabs(alt[i].start - alt[j].start) >= 3600 ||
			    alt[i].n_missing != alt[j].n_missing);
	assert_int_equal(ask(x, NULL, 0, 2, &alt), 2);
	assert_int_equal(ask(x, NULL, 0, 0, &alt), 0);
}

static void busy_people_rule_a_start_out(void **state)
{
	struct fixture *x = *state;
	struct busy_time busy[] = {{x->newcomer[1], at(8, 17, 0), at(8, 23, 0)},
	    {x->newcomer[1], at(10, 0, 0), at(11, 0, 0)}};
	struct alternative *alt;
	uint16_t n = ask(x, busy, 2, 100, &alt);

	assert_true(n > 0);
	for (uint16_t i = 0; i < n; i++) {
		assert_int_not_equal(day_of(alt[i].start), FIRST + 8);
		assert_int_not_equal(day_of(alt[i].start), FIRST + 10);
	}
}

static void notice_and_holidays_are_kept(void **state)
{
	struct fixture *x = *state;
	static const int32_t HOLIDAY[] = {FIRST + 10};
	struct alternative *alt;
	uint16_t n;

	x->move.not_before = at(9, 0, 0);
	x->move.holidays = HOLIDAY;
	x->move.n_holidays = 1;
	n = ask(x, NULL, 0, 100, &alt);
	assert_true(n > 0);
	assert_int_equal(alt[0].start, at(15, 18, 0));
	for (uint16_t i = 0; i < n; i++) {
		assert_true(alt[i].start >= x->move.not_before);
		assert_int_not_equal(day_of(alt[i].start), FIRST + 10);
	}
}

static void the_guide_always_comes(void **state)
{
	struct fixture *x = *state;
	struct alternative *alt;
	uint32_t guide = x->move.guide;
	uint16_t n;

	x->move.guide = x->newcomer[1]; /* as if ben led: Tuesdays only */
	x->newcomer[1] = guide;
	n = ask(x, NULL, 0, 100, &alt);
	assert_true(n > 0);
	for (uint16_t i = 0; i < n; i++)
		assert_int_equal(day_weekday(day_of(alt[i].start)), 1);
}

static void strangers_are_refused(void **state)
{
	struct fixture *x = *state;
	struct alternative *alt = NULL;
	struct err e;
	uint16_t n = 9;

	x->newcomer[0] = x->c->n;
	err_clear(&e);
	assert_int_equal(schedule_alternatives(
			     x->a, x->c, &x->move, NULL, 0, 10, &alt, &n, &e),
	    ERR_VALIDATION);
	assert_int_equal(n, 9);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(everybody_first_then_nearest),
	    CASE(offers_do_not_crowd),
	    CASE(busy_people_rule_a_start_out),
	    CASE(notice_and_holidays_are_kept),
	    CASE(the_guide_always_comes),
	    CASE(strangers_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
