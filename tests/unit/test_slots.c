/* Slots and who can come to them: clock changes, odd zones, busy times. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/instant.h"
#include "scheduler/sessions.h"
#include "scheduler/slots.h"
#include "tests/lib/people.h"

enum {
	FIRST = PEOPLE_FIRST_DAY, /* Monday 2026-10-05 */
	WEEKS = 8,
	TUE = SLOTS_PER_DAY,
	SUN = 6 * SLOTS_PER_DAY,
};

/* Lord Howe turns its clocks by half an hour: forward on 2026-10-04, back on
 * 2026-04-05, both at 02:00 local time. */
static const struct zone LORD_HOWE = {
    .name = "Australia/Lord_Howe",
    .from = 1767225600,
    .to = 1830297600,
    .first_offset = 39600,
    .n_changes = 2,
    .change =
	(const struct zone_change[]){{1775314800, 37800}, {1791041400, 39600}},
};

static struct intake eight_weeks(const struct zone *anchor)
{
	return (struct intake){.name = "autumn",
	    .anchor = anchor,
	    .first_day = FIRST,
	    .last_day = FIRST + WEEKS * 7 - 1,
	    .session_minutes = 60,
	    .sessions_per_week = 1,
	    .cohort_min = 1,
	    .cohort_max = 5,
	    .language_level = 4,
	    .cohorts_per_guide = 1,
	    .slots_per_cohort = 1};
}

static void misses_of(const struct intake *in, const struct zone *z,
    const char *hours, const struct span *busy, uint32_t n_busy,
    uint8_t ret[WEEK_SLOTS])
{
	struct arena *a = arena_new(1 << 24);
	struct window w;
	struct spans free;
	struct slots s;
	struct err e;

	err_clear(&e);
	assert_null(window_parse(hours, strlen(hours), &w));
	assert_int_equal(slots_of_intake(a, in, &s, &e), ERR_OK);
	assert_int_equal(
	    spans_of_person(a, &w, 1, z, busy, n_busy,
		(struct span){sessions_from(in), sessions_to(in)}, &free, &e),
	    ERR_OK);
	slots_misses(&s, &free, ret);
	arena_free(a);
}

static void new_york_shifts_against_berlin(void **state)
{
	struct intake in = eight_weeks(people_zone("Europe/Berlin"));
	const struct zone *ny = people_zone("America/New_York");
	uint8_t m[WEEK_SLOTS];

	(void)state;
	/* 18:00 in Berlin is 12:00 there, but 13:00 between the two changes
	 * (25 October and 1 November): one Tuesday, the 27th */
	misses_of(&in, ny, "Tue 12:00-13:00", NULL, 0, m);
	assert_int_equal(m[TUE + 18 * 4], 1);
	assert_int_equal(m[TUE + 17 * 4], WEEKS - 1);
	misses_of(&in, ny, "Tue 12:00-14:00", NULL, 0, m);
	assert_int_equal(m[TUE + 18 * 4], 0);
	assert_int_equal(m[TUE + 18 * 4 + 1], 1);
}

static void kathmandu_needs_quarter_hours(void **state)
{
	struct intake in = eight_weeks(people_zone("UTC"));
	uint8_t m[WEEK_SLOTS];

	(void)state;
	misses_of(
	    &in, people_zone("Asia/Kathmandu"), "Tue 18:00-19:00", NULL, 0, m);
	assert_int_equal(m[TUE + 12 * 4 + 1], 0); /* 12:15 UTC */
	assert_int_equal(m[TUE + 12 * 4], WEEKS);
	assert_int_equal(m[TUE + 12 * 4 + 2], WEEKS);
}

static void lord_howe_turns_half_an_hour(void **state)
{
	struct intake in = eight_weeks(people_zone("UTC"));
	uint8_t m[WEEK_SLOTS];

	(void)state;
	in.first_day =
	    FIRST - 14; /* two weeks before the change of 4 October */
	misses_of(&in, &LORD_HOWE, "Tue 12:00-13:00", NULL, 0, m);
	assert_int_equal(m[TUE + 1 * 4 + 2], WEEKS); /* 01:30 UTC: 2 dates */
	assert_int_equal(m[TUE + 1 * 4], 2);
	misses_of(&in, &LORD_HOWE, "Tue 12:00-13:30", NULL, 0, m);
	assert_int_equal(m[TUE + 1 * 4 + 2], 0);
}

static void slots_in_the_anchors_change_are_not_usable(void **state)
{
	struct intake in = eight_weeks(people_zone("Europe/Berlin"));
	struct arena *a = arena_new(1 << 24);
	struct slots s;
	struct err e;

	(void)state;
	err_clear(&e);
	assert_int_equal(slots_of_intake(a, &in, &s, &e), ERR_OK);
	/* 02:00 to 03:00 occurs twice on Sunday 25 October */
	assert_true(week_grid_has(&s.usable, SUN + 1 * 4));
	for (unsigned q = 1 * 4 + 1; q < 3 * 4; q++)
		assert_false(week_grid_has(&s.usable, SUN + q));
	assert_true(week_grid_has(&s.usable, SUN + 3 * 4));
	assert_int_equal(week_grid_count(&s.usable), WEEK_SLOTS - 7);
	arena_free(a);
}

static void a_members_ambiguous_hour_is_not_free(void **state)
{
	struct intake in = eight_weeks(people_zone("UTC"));
	uint8_t m[WEEK_SLOTS];

	(void)state;
	/* New York shows 01:00-02:00 twice on Sunday 1 November: from 05:00
	 * until 07:00 UTC; standard time has it at 06:00, summer at 05:00 */
	misses_of(&in, people_zone("America/New_York"), "Sun 00:00-24:00", NULL,
	    0, m);
	/* 04:15 is still Saturday there on the four Sundays after */
	assert_int_equal(m[SUN + 4 * 4 + 1], 1 + 4);
	assert_int_equal(m[SUN + 6 * 4 + 3], 1);
	assert_int_equal(m[SUN + 7 * 4], 0);
}

static void busy_times_cut(void **state)
{
	struct intake in = eight_weeks(people_zone("UTC"));
	int64_t tuesday = (FIRST + 1 + 21) * (int64_t)INSTANT_DAY;
	struct span busy[] = {
	    {tuesday + 18 * 3600 + 3540, tuesday + 19 * 3600}};
	uint8_t m[WEEK_SLOTS];

	(void)state;
	misses_of(&in, people_zone("UTC"), "Tue 17:00-21:00", busy, 1, m);
	assert_int_equal(m[TUE + 18 * 4], 1);
	assert_int_equal(m[TUE + 17 * 4 + 3], 0);
	assert_int_equal(m[TUE + 19 * 4], 0);
}

static void patterns_overlap_around_the_week(void **state)
{
	struct pattern sunday = {1 << 6, 95}, monday = {1, 0}, later = {1, 3};
	struct pattern two = {1 << 1 | 1 << 3, 40}, other = {1 << 3, 43};

	(void)state;
	assert_true(slots_patterns_overlap(&sunday, &monday, 4));
	assert_true(slots_patterns_overlap(&monday, &sunday, 4));
	assert_false(slots_patterns_overlap(&sunday, &later, 4));
	assert_true(slots_patterns_overlap(&two, &other, 4));
	assert_false(slots_patterns_overlap(&two, &other, 3));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(new_york_shifts_against_berlin),
	    cmocka_unit_test(kathmandu_needs_quarter_hours),
	    cmocka_unit_test(lord_howe_turns_half_an_hour),
	    cmocka_unit_test(slots_in_the_anchors_change_are_not_usable),
	    cmocka_unit_test(a_members_ambiguous_hour_is_not_free),
	    cmocka_unit_test(busy_times_cut),
	    cmocka_unit_test(patterns_overlap_around_the_week),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
