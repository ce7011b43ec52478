/* Starts for one meeting: within everybody's hours, kindest first. The whole of it is
 * compared with a search of our own over HTTP (tests/http/test_meetings.py). */
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
	uint32_t who[2];
	struct meeting_search search;
};

static int64_t at(int days, int hour, int minute)
{
	return (FIRST + days) * (int64_t)INSTANT_DAY + hour * 3600 +
	       minute * 60;
}

/* Together: Tue 19-20 and Wed 10-11. */
static int set_up(void **state)
{
	struct fixture *x = calloc(1, sizeof(*x));

	assert_non_null(x);
	x->a = arena_new(1 << 24);
	x->people = people_new();
	people_add(x->people, "ann", "hours Tue 18:00-20:00, Wed 08:00-11:00");
	people_add(x->people, "mentor",
	    "mentor; hours Tue 19:00-22:00, Wed 10:00-12:00");
	x->c = people_community(x->people);
	x->who[0] = people_find(x->people, "ann");
	x->who[1] = people_find(x->people, "mentor");
	x->search = (struct meeting_search){.person = x->who,
	    .n = 2,
	    .minutes = 30,
	    .from = at(0, 0, 0),
	    .to = at(7, 0, 0)};
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
    uint32_t n_busy, struct meeting_start **ret)
{
	struct err e;
	uint16_t n = 0;

	err_clear(&e);
	if (schedule_meetings(x->a, x->c, &x->search, busy, n_busy, 100, ret,
		&n, &e) != ERR_OK)
		fail_msg("%s", e.detail);
	return n;
}

static void kindest_first(void **state)
{
	struct fixture *x = *state;
	struct meeting_start *s;

	assert_int_equal(ask(x, NULL, 0, &s), 2);
	assert_int_equal(s[0].start, at(2, 10, 0));
	assert_int_equal(s[0].worst, 0);
	assert_int_equal(s[1].start, at(1, 19, 0));
	assert_int_equal(s[1].worst, 4);
	assert_int_equal(s[1].total, 8);
}

static void exactly_what_fits(void **state)
{
	struct fixture *x = *state;
	struct meeting_start *s;
	const struct busy_time busy = {x->who[1], at(2, 10, 0), at(2, 10, 31)};

	x->search.minutes = 60;
	assert_int_equal(ask(x, NULL, 0, &s), 2);
	assert_int_equal(ask(x, &busy, 1, &s), 1);
	assert_int_equal(s[0].start, at(1, 19, 0));
	x->search.minutes = 61;
	assert_int_equal(ask(x, NULL, 0, &s), 0);
	x->search.minutes = 15;
	assert_int_equal(ask(x, &busy, 1, &s), 2);
	assert_int_equal(s[0].start, at(2, 10, 45));
	x->search.from = at(1, 19, 1);
	x->search.to = at(2, 10, 59);
	assert_int_equal(ask(x, &busy, 1, &s), 1);
	assert_int_equal(s[0].start, at(1, 19, 15));
}

static void what_cannot_be_asked(void **state)
{
	struct fixture *x = *state;
	struct meeting_search bad[3] = {x->search, x->search, x->search};
	struct meeting_start *s;
	uint16_t n;
	struct err e;

	bad[0].minutes = 0;
	bad[1].to = at(SCHEDULE_MEETING_DAYS, 0, 1);
	bad[2].n = 0;
	for (int i = 0; i < 3; i++) {
		err_clear(&e);
		assert_int_equal(schedule_meetings(x->a, x->c, &bad[i], NULL, 0,
				     100, &s, &n, &e),
		    ERR_VALIDATION);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(kindest_first, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		exactly_what_fits, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		what_cannot_be_asked, set_up, tear_down),
	};

	return cmocka_run_group_tests_name("meetings", tests, NULL, NULL);
}
