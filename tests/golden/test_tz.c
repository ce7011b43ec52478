/*
 * Zone tables against glibc, which reads the same zone data with other code; the
 * names people type; threads.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/instant.h"
#include "calendars/tz_file.h"
#include "calendars/tz_libical.h"
#include "tests/golden/zones.h"

enum {
	SAMPLE_HOURS = 97, /* prime: walks through all hours and weekdays */
	THREADS = 4,
	ZONES_STEP = 9, /* libical takes its time */
};

static int32_t glibc_offset(int64_t instant)
{
	time_t t = (time_t)instant;
	struct tm tm;

	assert_non_null(localtime_r(&t, &tm));
	return (int32_t)tm.tm_gmtoff;
}

static void every_zone_equals_glibc(void **state)
{
	struct tz *tz = *state;

	assert_true(tz_count(tz) > 400);
	for (size_t i = 0; i < tz_count(tz); i++) {
		const struct zone *z = zones_get(tz, tz_name(tz, i));

		assert_string_equal(z->name, tz_name(tz, i));
		setenv("TZ", z->name, 1);
		tzset();
		for (int64_t t = TZ_SERVICE_FROM; t < TZ_SERVICE_TO;
		     t += SAMPLE_HOURS * INSTANT_HOUR)
			if (zone_offset_at(z, t) != glibc_offset(t))
				fail_msg("%s at %lld", z->name, (long long)t);
		for (uint32_t k = 0; k < z->n_changes; k++) {
			int64_t at = z->change[k].at;

			assert_int_equal(
			    zone_offset_at(z, at), glibc_offset(at));
			assert_int_equal(
			    zone_offset_at(z, at - 1), glibc_offset(at - 1));
			assert_int_not_equal(
			    glibc_offset(at), glibc_offset(at - 1));
		}
	}
	unsetenv("TZ");
	tzset();
}

/* The way for files that hold a rule gives the same tables. */
static void libical_gives_the_same_tables(void **state)
{
	struct zone_change change[400];
	struct tz *tz = *state;

	for (size_t i = 0; i < tz_count(tz); i += ZONES_STEP) {
		const struct zone *z = zones_get(tz, tz_name(tz, i));
		uint32_t n;
		int32_t first;

		assert_true(tz_libical_changes(
		    z->name, z->from, z->to, change, 400, &n, &first));
		assert_int_equal(first, z->first_offset);
		assert_int_equal(n, z->n_changes);
		for (uint32_t k = 0; k < n; k++) {
			assert_int_equal(change[k].at, z->change[k].at);
			assert_int_equal(change[k].offset, z->change[k].offset);
		}
	}
}

/* A file that is cut off anywhere, or leaves time to its rule, is not used. */
static void unfit_files_are_refused(void **state)
{
	struct zone_change change[400];
	unsigned char data[8192];
	FILE *file = fopen("/usr/share/zoneinfo/Europe/Berlin", "re");
	size_t size;
	uint32_t n;
	int32_t first;

	(void)state;
	assert_non_null(file);
	size = fread(data, 1, sizeof(data), file);
	fclose(file);
	assert_true(tz_file_changes(data, size, TZ_SERVICE_FROM, TZ_SERVICE_TO,
	    change, 400, &n, &first));
	assert_int_equal(n, 28);
	assert_false(tz_file_changes(data, size, TZ_SERVICE_FROM,
	    TZ_SERVICE_TO + 2 * 366 * INSTANT_DAY, change, 400, &n, &first));
	assert_false(tz_file_changes(data, size, TZ_SERVICE_FROM, TZ_SERVICE_TO,
	    change, 27, &n, &first));
	/* a copy of its own size, so that reading past its end is seen */
	for (size_t cut = 0; cut < size; cut += 7) {
		unsigned char *part = malloc(cut + 1);

		assert_non_null(part);
		memcpy(part, data, cut);
		assert_false(tz_file_changes(part, cut, TZ_SERVICE_FROM,
		    TZ_SERVICE_TO, change, 400, &n, &first));
		free(part);
	}
}

static void known_facts_hold(void **state)
{
	const struct zone *z = zones_get(*state, "America/New_York");
	int64_t instant;

	/* 2026-11-01 06:00Z ends daylight time. */
	assert_int_equal(zone_offset_at(z, 1793512799), -4 * 3600);
	assert_int_equal(zone_offset_at(z, 1793512800), -5 * 3600);
	/* 2027-03-14 02:30 does not exist, 2026-11-01 01:30 comes twice. */
	assert_int_equal(zone_resolve(z, 1804991400, &instant), ZONE_GAP);
	assert_int_equal(instant, 1804991400 + 5 * 3600);
	assert_int_equal(zone_resolve(z, 1793496600, &instant), ZONE_OVERLAP);
	assert_int_equal(instant, 1793496600 + 4 * 3600);
	z = zones_get(*state, "Asia/Kathmandu");
	assert_int_equal(z->first_offset, 5 * 3600 + 45 * 60);
	assert_int_equal(z->n_changes, 0);
	z = zones_get(*state, "Australia/Lord_Howe");
	assert_int_equal(abs(z->change[0].offset - z->first_offset), 30 * 60);
}

static void names_are_made_canonical(void **state)
{
	static const char *const pair[][2] = {
	    {"US/Eastern", "America/New_York"},
	    {"Asia/Calcutta", "Asia/Kolkata"},
	    {"Europe/Kiev", "Europe/Kyiv"},
	    {"Europe/Berlin", "Europe/Berlin"},
	    {"Europe/Bratislava", "Europe/Bratislava"},
	    {"UTC", "Etc/UTC"},
	};
	static const char *const unknown[] = {"europe/berlin", "Factory", "",
	    "posix/Europe/Berlin", "../Europe/Berlin", "Europe/Berlin ",
	    "Europe", "W. Europe Standard Time", "+02:00"};
	struct tz *tz = *state;

	for (size_t i = 0; i < sizeof(pair) / sizeof(pair[0]); i++) {
		assert_string_equal(tz_canonical(tz, pair[i][0]), pair[i][1]);
		assert_string_equal(
		    zones_get(tz, pair[i][0])->name, pair[i][1]);
	}
	for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++)
		assert_null(tz_canonical(tz, unknown[i]));
	assert_ptr_equal(
	    zones_get(tz, "US/Eastern"), zones_get(tz, "America/New_York"));
	assert_true(strlen(tz_version(tz)) >= 4);
}

static void wrong_names_get_a_suggestion(void **state)
{
	static const char *const pair[][2] = {
	    {"Europe/Berln", "Europe/Berlin"},
	    {"europe/berlin", "Europe/Berlin"},
	    {"new york", "America/New_York"},
	    {"Americ/New_Yrok", "America/New_York"},
	    {"Kathmandu", "Asia/Kathmandu"},
	    {"Europe/Kolkata", "Asia/Kolkata"},
	};
	static const char *const none[] = {
	    "", "X", "PST", "Mars/Olympus", "W. Europe Standard Time"};
	struct tz *tz = *state;
	const struct zone *z = NULL;
	struct err e = {0};

	for (size_t i = 0; i < sizeof(pair) / sizeof(pair[0]); i++)
		assert_string_equal(tz_suggest(tz, pair[i][0]), pair[i][1]);
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		assert_null(tz_suggest(tz, none[i]));
	assert_int_equal(tz_zone(tz, "Europe/Berln", &z, &e), ERR_VALIDATION);
	assert_string_equal(e.detail, "unknown time zone \"Europe/Berln\"; "
				      "did you mean Europe/Berlin");
	assert_int_equal(tz_zone(tz, "Nowhere", &z, &e), ERR_VALIDATION);
	assert_string_equal(e.detail, "unknown time zone \"Nowhere\"; "
				      "expected an IANA name such as "
				      "Europe/Berlin");
	assert_null(z);
}

static void a_bad_horizon_is_refused(void **state)
{
	struct err e = {0};
	struct tz *tz = NULL;

	(void)state;
	assert_int_equal(
	    tz_open(TZ_SERVICE_TO, TZ_SERVICE_FROM, &tz, &e), ERR_VALIDATION);
	assert_int_equal(tz_open(TZ_SERVICE_FROM, TZ_SERVICE_TO + 1, &tz, &e),
	    ERR_VALIDATION);
	assert_int_equal(tz_open(0, TZ_SERVICE_TO, &tz, &e), ERR_VALIDATION);
	assert_null(tz);
}

static void *ask_for_all(void *arg)
{
	struct tz *tz = arg;
	uint64_t sum = 0;

	for (size_t i = 0; i < tz_count(tz); i += 7) {
		struct err e = {0};
		const struct zone *z;

		if (tz_zone(tz, tz_name(tz, i), &z, &e) == ERR_OK)
			sum = sum * 31 + (uintptr_t)z + z->n_changes;
	}
	return (void *)(uintptr_t)sum;
}

static void threads_share_one_table(void **state)
{
	pthread_t thread[THREADS];
	void *sum[THREADS];
	struct err e = {0};
	struct tz *tz;

	(void)state;
	assert_int_equal(
	    tz_open(INT64_C(1767225600), INT64_C(1798761600), &tz, &e), ERR_OK);
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(
		    pthread_create(&thread[i], NULL, ask_for_all, tz), 0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(thread[i], &sum[i]);
	for (int i = 1; i < THREADS; i++)
		assert_ptr_equal(sum[i], sum[0]);
	tz_close(tz);
}

int main(void)
{
	const struct CMUnitTest shared[] = {
	    cmocka_unit_test(every_zone_equals_glibc),
	    cmocka_unit_test(libical_gives_the_same_tables),
	    cmocka_unit_test(unfit_files_are_refused),
	    cmocka_unit_test(known_facts_hold),
	    cmocka_unit_test(names_are_made_canonical),
	    cmocka_unit_test(wrong_names_get_a_suggestion),
	};
	const struct CMUnitTest own[] = {
	    cmocka_unit_test(a_bad_horizon_is_refused),
	    cmocka_unit_test(threads_share_one_table),
	};
	int failed = cmocka_run_group_tests(shared, zones_open, zones_close);

	return failed + cmocka_run_group_tests(own, NULL, NULL);
}
