/* Civil dates against a walk day by day, zones by hand, and the week's grid. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/instant.h"
#include "base/week.h"
#include "base/zone.h"

static void test_day_walk(void **state)
{
	static const int LENGTH[] = {
	    31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	int32_t day = -25567; /* 1900-01-01, a Monday */
	int weekday = 0;

	(void)state;
	for (int y = 1900; y <= 2100; y++) {
		bool leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;

		for (int m = 1; m <= 12; m++) {
			int last = LENGTH[m - 1] + (m == 2 && leap);

			for (int d = 1; d <= last; d++, day++) {
				struct civil c = civil_from_seconds(
				    (int64_t)day * 86400 + 86399);

				assert_int_equal(day_from_civil(y, m, d), day);
				assert_int_equal(c.year, y);
				assert_int_equal(c.month, m);
				assert_int_equal(c.day, d);
				assert_int_equal(c.second, 59);
				assert_int_equal(day_weekday(day), weekday);
				weekday = (weekday + 1) % 7;
			}
			assert_false(civil_date_exists(y, m, last + 1));
		}
	}
	assert_int_equal(day, 47847); /* 2101-01-01 */
}

static void test_instants(void **state)
{
	static const struct {
		const char *text;
		int64_t instant;
	} GOOD[] = {
	    {"1970-01-01T00:00:00Z", 0},
	    {"2026-10-25T08:00:00Z", 1792915200},
	    {"2026-10-25t10:00:00+02:00", 1792915200},
	    {"2026-10-25T08:00:00.999999z", 1792915200},
	    {"1969-12-31T23:59:59Z", -1},
	    {"0001-01-01T00:00:00Z", INT64_C(-62135596800)},
	    {"9999-12-31T23:59:59Z", INT64_C(253402300799)},
	};

	static const char *const BAD[] = {"2026-10-25", "2026-10-25T08:00:00",
	    "2026-10-25 08:00:00Z", "2026-02-29T00:00:00Z",
	    "2026-10-25T24:00:00Z", "2026-10-25T08:60:00Z",
	    "2026-10-25T08:00:60Z", "2026-10-25T08:00:00.Z",
	    "2026-10-25T08:00:00+2:00", "2026-10-25T08:00:00+0200",
	    "2026-10-25T08:00:00+24:00", "0000-01-01T00:00:00Z",
	    "9999-12-31T23:59:59-00:01", "0001-01-01T00:00:00+00:01",
	    "2026-10-25T08:00:00Zx", "2026-10-25T08:00:00.5"};
	char text[INSTANT_TEXT_SIZE];
	int64_t t;

	(void)state;
	for (size_t i = 0; i < sizeof(GOOD) / sizeof(GOOD[0]); i++) {
		assert_true(
		    instant_parse(GOOD[i].text, strlen(GOOD[i].text), &t));
		assert_int_equal(t, GOOD[i].instant);
	}
	for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++)
		if (instant_parse(BAD[i], strlen(BAD[i]), &t))
			fail_msg("accepted %s", BAD[i]);
	instant_format(-1, text);
	assert_string_equal(text, "1969-12-31T23:59:59Z");
	instant_format_basic(1792915200, text);
	assert_string_equal(text, "20261025T080000");
}

/* Berlin in autumn 2026 and spring 2027, and a jump over a whole day. */
static const struct zone_change BERLIN_CHANGES[] = {
    {1792890000, 3600}, {1806195600, 7200}};
static const struct zone BERLIN = {
    "Europe/Berlin", 1780000000, 1820000000, 7200, 2, BERLIN_CHANGES};
static const struct zone_change APIA_CHANGES[] = {{1325239200, 50400}};
static const struct zone APIA = {
    "Pacific/Apia", 1300000000, 1350000000, -36000, 1, APIA_CHANGES};

static int64_t at(const char *text)
{
	int64_t t = 0;

	assert_true(instant_parse(text, strlen(text), &t));
	return t;
}

static void test_zone(void **state)
{
	static const struct {
		const struct zone *zone;
		const char *local, *utc;
		enum zone_fit fit;
	} CASES[] = {
	    {&BERLIN, "2026-10-25T01:59:00Z", "2026-10-24T23:59:00Z",
		ZONE_UNIQUE},
	    {&BERLIN, "2026-10-25T02:00:00Z", "2026-10-25T00:00:00Z",
		ZONE_OVERLAP},
	    {&BERLIN, "2026-10-25T02:59:59Z", "2026-10-25T00:59:59Z",
		ZONE_OVERLAP},
	    {&BERLIN, "2026-10-25T03:00:00Z", "2026-10-25T02:00:00Z",
		ZONE_UNIQUE},
	    {&BERLIN, "2027-03-28T01:59:59Z", "2027-03-28T00:59:59Z",
		ZONE_UNIQUE},
	    {&BERLIN, "2027-03-28T02:30:00Z", "2027-03-28T01:30:00Z", ZONE_GAP},
	    {&BERLIN, "2027-03-28T03:00:00Z", "2027-03-28T01:00:00Z",
		ZONE_UNIQUE},
	    {&APIA, "2011-12-29T23:59:00Z", "2011-12-30T09:59:00Z",
		ZONE_UNIQUE},
	    {&APIA, "2011-12-30T12:00:00Z", "2011-12-30T22:00:00Z", ZONE_GAP},
	    {&APIA, "2011-12-31T00:00:00Z", "2011-12-30T10:00:00Z",
		ZONE_UNIQUE},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
		int64_t t;

		assert_int_equal(
		    zone_resolve(CASES[i].zone, at(CASES[i].local), &t),
		    CASES[i].fit);
		assert_int_equal(t, at(CASES[i].utc));
	}
	assert_int_equal(zone_offset_at(&BERLIN, 1792889999), 7200);
	assert_int_equal(zone_offset_at(&BERLIN, 1792890000), 3600);
	assert_int_equal(zone_next_change(&BERLIN, 1792889999), 1792890000);
	assert_int_equal(zone_next_change(&BERLIN, 1792890000), 1806195600);
	assert_int_equal(zone_next_change(&BERLIN, 1806195600), 1820000000);
}

static void test_windows(void **state)
{
	static const char *const BAD[] = {"", "Mon 18:00", "Mon 18:00-18:00",
	    "Mon 20:00-18:00", "Xyz 18:00-20:00", "Mon 24:00-24:00",
	    "Mon 18:60-20:00", "Mon 18:00-24:15", "Mon  8:00-20:00",
	    "Monday 18:00-20:00", "Mon 18:00_20:00"};
	struct window w[4], one;
	char text[WEEK_WINDOW_TEXT_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++)
		assert_non_null(window_parse(BAD[i], strlen(BAD[i]), &one));
	assert_null(window_parse("sun 09:30-24:00", 15, &one));
	assert_int_equal(one.end, WEEK_MINUTES);
	window_format(&one, text);
	assert_string_equal(text, "Sun 09:30-24:00");
	w[0] = (struct window){1440, 1500};
	w[1] = (struct window){1300, 1440};
	w[2] = (struct window){10, 20};
	w[3] = (struct window){12, 15};
	assert_int_equal(windows_normalise(w, 4), 2);
	assert_int_equal(w[0].end, 20);
	assert_int_equal(w[1].begin, 1300);
	assert_int_equal(w[1].end, 1500);
	assert_int_equal(windows_normalise(w, 0), 0);
}

/* The week of the autumn change: Sunday's window loses its doubled hour. */
static void test_grid_on_change(void **state)
{
	struct window w = {6 * 1440 + 60, 6 * 1440 + 240}; /* Sun 01-04 */
	struct week_grid local, utc;
	int32_t monday = day_from_civil(2026, 10, 19);
	const unsigned saturday_23 = (5 * 24 + 23) * 4;

	(void)state;
	week_grid_local(&w, 1, &local);
	assert_int_equal(week_grid_count(&local), 12);
	week_grid_utc(&local, &BERLIN, monday, &utc);
	assert_int_equal(week_grid_count(&utc), 8);
	assert_int_equal(week_grid_shared(&utc, &local), 4);
	for (unsigned i = 0; i < 4; i++) {
		assert_true(week_grid_has(&utc, saturday_23 + i));
		assert_false(week_grid_has(&utc, saturday_23 + 4 + i));
		assert_false(week_grid_has(&utc, saturday_23 + 8 + i));
		assert_true(week_grid_has(&utc, saturday_23 + 12 + i));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_day_walk),
	    cmocka_unit_test(test_instants),
	    cmocka_unit_test(test_zone),
	    cmocka_unit_test(test_windows),
	    cmocka_unit_test(test_grid_on_change),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
