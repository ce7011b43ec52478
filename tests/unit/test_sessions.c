/* Dated sessions, open hours, the clock-change table and an intake's faults. */
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

static const int32_t HOLIDAY[] = {FIRST + 8};

static struct intake berlin(void)
{
	return (struct intake){.name = "autumn",
	    .anchor = people_zone("Europe/Berlin"),
	    .first_day = FIRST,
	    .last_day = FIRST + 27,
	    .session_minutes = 60,
	    .sessions_per_week = 1,
	    .cohort_min = 2,
	    .cohort_max = 5,
	    .language_level = 4,
	    .cohorts_per_guide = 1,
	    .slots_per_cohort = 1,
	    .holidays = HOLIDAY,
	    .n_holidays = 1};
}

static void expect_starts(
    const int64_t *start, uint16_t n, const char *const *text, uint16_t want)
{
	char got[INSTANT_TEXT_SIZE];

	assert_int_equal(n, want);
	for (uint16_t i = 0; i < n; i++) {
		instant_format(start[i], got);
		assert_string_equal(got, text[i]);
	}
}

static void sessions_keep_the_wall_clock_and_skip_holidays(void **state)
{
	static const char *const WANT[] = {"2026-10-06T16:00:00Z",
	    "2026-10-20T16:00:00Z", "2026-10-27T17:00:00Z"};
	struct arena *a = arena_new(1 << 20);
	struct intake in = berlin();
	int64_t *start;
	uint16_t n;
	struct err e;

	(void)state;
	err_clear(&e);
	assert_int_equal(
	    schedule_sessions(a, &in, 1, 18 * 60, &start, &n, &e), ERR_OK);
	expect_starts(start, n, WANT, 3);
	arena_free(a);
}

static void sessions_in_an_overlap_are_refused(void **state)
{
	struct arena *a = arena_new(1 << 20);
	struct intake in = berlin();
	int64_t *start = NULL;
	uint16_t n = 77;
	struct err e;

	(void)state;
	err_clear(&e);
	assert_int_equal(
	    schedule_sessions(a, &in, 6, 150, &start, &n, &e), ERR_VALIDATION);
	assert_null(start);
	assert_int_equal(n, 77);
	assert_non_null(strstr(e.detail, "Sun 02:30"));
	/* begins before the overlap, runs into it */
	err_clear(&e);
	assert_int_equal(
	    schedule_sessions(a, &in, 6, 75, &start, &n, &e), ERR_VALIDATION);
	arena_free(a);
}

static void open_hours_lose_a_date_instead(void **state)
{
	static const char *const WANT[] = {"2026-10-11T00:30:00Z",
	    "2026-10-18T00:30:00Z", "2026-11-01T01:30:00Z"};
	struct arena *a = arena_new(1 << 20);
	struct weekly_slot slot = {.zone = people_zone("Europe/Berlin"),
	    .weekday = 6,
	    .local_minute = 150,
	    .minutes = 30,
	    .first_day = FIRST,
	    .last_day = FIRST + 27};
	int64_t *start;
	uint16_t n, skipped;
	struct err e;

	(void)state;
	err_clear(&e);
	assert_int_equal(
	    schedule_occurrences(a, &slot, &start, &n, &skipped, &e), ERR_OK);
	expect_starts(start, n, WANT, 3);
	assert_int_equal(skipped, 1);
	slot.weekday = 7;
	assert_int_equal(
	    schedule_occurrences(a, &slot, &start, &n, &skipped, &e),
	    ERR_VALIDATION);
	arena_free(a);
}

static void an_intakes_faults_are_named_all_at_once(void **state)
{
	struct intake in = berlin();
	struct err e;

	(void)state;
	assert_int_equal(schedule_intake_check(&in, &e), ERR_OK);
	in.last_day = FIRST - 1;
	in.session_minutes = 50;
	in.sessions_per_week = 6;
	in.cohort_min = 0;
	in.cohort_max = 51;
	in.language_level = 8;
	in.cohorts_per_guide = 0;
	in.anchor = NULL;
	assert_int_equal(schedule_intake_check(&in, &e), ERR_VALIDATION);
	assert_int_equal(e.n_fields, 8);
	assert_string_equal(e.field[0].place, "/last_date");
	assert_string_equal(e.field[7].place, "/anchor_time_zone");
	in = berlin();
	in.last_day = FIRST + 53 * 7;
	in.first_day = FIRST;
	assert_int_equal(schedule_intake_check(&in, &e), ERR_VALIDATION);
	in = berlin();
	in.first_day = 25000; /* 2038: beyond the hand-made table */
	in.last_day = 25006;
	assert_int_equal(schedule_intake_check(&in, &e), ERR_VALIDATION);
	assert_string_equal(e.field[0].place, "/first_date");
}

/* Berlin Tuesdays 18:00 are 12:00 in New York, but 13:00 on 27 October. */
static void the_clock_table_tells_each_run(void **state)
{
	struct arena *a = arena_new(1 << 20);
	struct people *f = people_new();
	const struct community *c;
	struct intake in = berlin();
	struct clock_run *run;
	uint32_t n, newcomer;
	int64_t *start;
	uint16_t sessions;
	struct err e;

	(void)state;
	err_clear(&e);
	people_add(f, "guide", "mentor; zone Europe/Berlin");
	people_add(f, "ny", "newcomer; zone America/New_York");
	c = people_community(f);
	newcomer = people_find(f, "ny");
	in.last_day = FIRST + 34;
	in.n_holidays = 0;
	assert_int_equal(
	    schedule_sessions(a, &in, 1, 18 * 60, &start, &sessions, &e),
	    ERR_OK);
	assert_int_equal(sessions, 5);
	struct cohort h = {.guide = people_find(f, "guide"),
	    .newcomers = &newcomer,
	    .n_newcomers = 1,
	    .n_sessions = sessions,
	    .session = start};
	assert_int_equal(
	    schedule_clock_table(a, c, in.anchor, &h, &run, &n, &e), ERR_OK);
	assert_int_equal(n, 4);
	assert_int_equal(run[0].person, h.guide);
	assert_int_equal(run[0].to, 4);
	assert_int_equal(run[0].local_minute, 18 * 60);
	for (unsigned i = 1; i < 4; i++) {
		static const uint16_t FROM[] = {0, 3, 4}, TO[] = {2, 3, 4};

		assert_int_equal(run[i].person, newcomer);
		assert_int_equal(run[i].from, FROM[i - 1]);
		assert_int_equal(run[i].to, TO[i - 1]);
		assert_int_equal(
		    run[i].local_minute, i == 2 ? 13 * 60 : 12 * 60);
		assert_int_equal(run[i].weekday, 1);
		assert_int_equal(run[i].anchor_minute, 18 * 60);
	}
	people_free(f);
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(sessions_keep_the_wall_clock_and_skip_holidays),
	    cmocka_unit_test(sessions_in_an_overlap_are_refused),
	    cmocka_unit_test(open_hours_lose_a_date_instead),
	    cmocka_unit_test(an_intakes_faults_are_named_all_at_once),
	    cmocka_unit_test(the_clock_table_tells_each_run),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
