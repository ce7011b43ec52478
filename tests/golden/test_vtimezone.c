/*
 * VTIMEZONEs of every zone, read back by libical: right at every sampled instant
 * of their window, small, and free of what readers choke on.
 *
 * With "--print" the program writes one feed with a weekly series of 60 weeks in every
 * zone, which tests/interop expands with other parsers; with "--feed N" of N weeks for
 * each name on standard input, and with "--instants N" what our own resolver says of
 * them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <libical/ical.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/instant.h"
#include "calendars/cal_feed.h"
#include "calendars/tz.h"
#include "calendars/vtimezone.h"

enum {
	SWEEP_WEEKS = 60,
	SWEEP_FIRST_DAY = 20703, /* Monday 2026-09-07 */
	MAX_OCTETS = 600,
};

static struct tz *open_registry(void)
{
	struct err e = {0};
	struct tz *tz = NULL;

	if (tz_open(TZ_SERVICE_FROM, TZ_SERVICE_TO, &tz, &e) != ERR_OK) {
		fprintf(stderr, "%s\n", e.detail);
		exit(1);
	}
	return tz;
}

static int setup(void **state)
{
	*state = open_registry();
	return 0;
}

static int teardown(void **state)
{
	tz_close(*state);
	return 0;
}

static const struct zone *zone_of(struct tz *tz, const char *name)
{
	struct err e = {0};
	const struct zone *z = NULL;

	if (tz_zone(tz, name, &z, &e) != ERR_OK)
		fail_msg("%s", e.detail);
	return z;
}

static int64_t year_begin(int year)
{
	return (int64_t)day_from_civil(year, 1, 1) * INSTANT_DAY;
}

/* libical's offset, from the component alone. */
static int32_t offset_by(icaltimezone *zone, int64_t instant)
{
	struct icaltimetype t = icaltime_from_timet_with_zone(
	    (time_t)instant, 0, icaltimezone_get_utc_timezone());
	int daylight;

	return icaltimezone_get_utc_offset_of_utc_time(zone, &t, &daylight);
}

static void check_component(const struct zone *z, const struct vtimezone *v)
{
	icalcomponent *c = vtimezone_component(v);
	char *text = icalcomponent_as_ical_string_r(c), tzid[96];
	icaltimezone *zone = icaltimezone_new();

	snprintf(tzid, sizeof(tzid), "\r\nTZID:%s\r\n", z->name);
	if (strlen(text) > MAX_OCTETS || strstr(text, "RDATE") != NULL ||
	    strstr(text, "BYMONTHDAY") != NULL || strstr(text, tzid) == NULL)
		fail_msg("%s", text);
	assert_true(icaltimezone_set_component(zone, c));
	for (int64_t t = v->begin; t < v->end; t += 61 * INSTANT_HOUR)
		if (offset_by(zone, t) != zone_offset_at(z, t))
			fail_msg(
			    "%s at %lld:\n%s", z->name, (long long)t, text);
	for (int64_t t = zone_next_change(z, v->begin); t < v->end;
	     t = zone_next_change(z, t)) {
		assert_int_equal(offset_by(zone, t), zone_offset_at(z, t));
		assert_int_equal(
		    offset_by(zone, t - 1), zone_offset_at(z, t - 1));
	}
	icaltimezone_free(zone, 1);
	free(text);
}

static void every_fitted_zone_is_right(void **state)
{
	struct tz *tz = *state;
	size_t fitted = 0, tried = 0;

	for (size_t i = 0; i < tz_count(tz); i++) {
		const struct zone *z = zone_of(tz, tz_name(tz, i));

		for (int year = 2024; year <= 2036; year++) {
			struct vtimezone v;

			tried++;
			if (!vtimezone_fit(z, year_begin(year),
				year_begin(year + 2) - 1, &v))
				continue;
			fitted++;
			check_component(z, &v);
		}
	}
	print_message("%zu of %zu windows fitted\n", fitted, tried);
	assert_true(fitted * 100 > tried * 85);
}

static void known_zones_have_their_rules(void **state)
{
	static const char new_york[] =
	    "BEGIN:VTIMEZONE\r\nTZID:America/New_York\r\n"
	    "BEGIN:DAYLIGHT\r\nDTSTART:19700308T020000\r\n"
	    "RRULE:FREQ=YEARLY;BYDAY=2SU;BYMONTH=3\r\n"
	    "TZOFFSETFROM:-0500\r\nTZOFFSETTO:-0400\r\nEND:DAYLIGHT\r\n"
	    "BEGIN:STANDARD\r\nDTSTART:19701101T020000\r\n"
	    "RRULE:FREQ=YEARLY;BYDAY=1SU;BYMONTH=11\r\n"
	    "TZOFFSETFROM:-0400\r\nTZOFFSETTO:-0500\r\nEND:STANDARD\r\n"
	    "END:VTIMEZONE\r\n";
	struct vtimezone v;
	icalcomponent *c;
	char *text;

	assert_true(vtimezone_fit(zone_of(*state, "America/New_York"),
	    year_begin(2026), year_begin(2027), &v));
	c = vtimezone_component(&v);
	text = icalcomponent_as_ical_string_r(c);
	assert_string_equal(text, new_york);
	free(text);
	icalcomponent_free(c);

	/* Dublin: summer is the daylight side, whatever its law says. */
	assert_true(vtimezone_fit(zone_of(*state, "Europe/Dublin"),
	    year_begin(2026), year_begin(2026), &v));
	assert_int_equal(v.n_rules, 2);
	assert_int_equal(v.rule[0].to, 3600);
	assert_int_equal(v.rule[0].nth, -1);
	/* Lord Howe: half an hour. */
	assert_true(vtimezone_fit(zone_of(*state, "Australia/Lord_Howe"),
	    year_begin(2026), year_begin(2026), &v));
	assert_int_equal(v.rule[0].to - v.rule[0].from, 1800);
	/* Kathmandu: nothing to say but the offset. */
	assert_true(vtimezone_fit(zone_of(*state, "Asia/Kathmandu"),
	    year_begin(2026), year_begin(2035), &v));
	assert_int_equal(v.n_rules, 0);
	assert_int_equal(v.offset, 20700);
}

static void what_does_not_fit_is_refused(void **state)
{
	struct vtimezone v;

	/* Ramadan 2025 moves Morocco's clocks by no yearly rule. */
	assert_false(vtimezone_fit(zone_of(*state, "Africa/Casablanca"),
	    year_begin(2025), year_begin(2026), &v));
	/* The table must cover the whole years; Etc is left to UTC. */
	assert_false(vtimezone_fit(zone_of(*state, "Europe/Berlin"),
	    year_begin(2023), year_begin(2024), &v));
	assert_false(vtimezone_fit(zone_of(*state, "Europe/Berlin"),
	    year_begin(2037), year_begin(2038), &v));
	assert_false(vtimezone_fit(
	    zone_of(*state, "UTC"), year_begin(2026), year_begin(2026), &v));
}

/* A name that was asked for, and what it stands for. */
struct asked {
	char name[TZ_NAME_SIZE], uid[TZ_NAME_SIZE];
	const struct zone *zone;
};

/* Names, one a line; all that the registry has where there is none. */
static size_t read_names(struct tz *tz, struct asked *asked)
{
	size_t n = 0;

	while (n < CAL_MAX_FEED_EVENTS &&
	       fgets(asked[n].name, TZ_NAME_SIZE, stdin) != NULL) {
		asked[n].name[strcspn(asked[n].name, "\n")] = '\0';
		asked[n].zone = zone_of(tz, asked[n].name);
		n++;
	}
	for (size_t i = 0; n == 0 && i < tz_count(tz); i++) {
		snprintf(asked[i].name, TZ_NAME_SIZE, "%s", tz_name(tz, i));
		asked[i].zone = zone_of(tz, tz_name(tz, i));
		if (i + 1 == tz_count(tz))
			n = i + 1;
	}
	for (size_t i = 0; i < n; i++)
		snprintf(asked[i].uid, TZ_NAME_SIZE, "zone-%zu@example.org", i);
	return n;
}

/* Mondays at 09:00 local. */
static void make_sessions(
    const struct zone *z, struct cal_session *s, size_t weeks)
{
	for (size_t w = 0; w < weeks; w++) {
		int64_t local =
		    (SWEEP_FIRST_DAY + 7 * (int64_t)w) * INSTANT_DAY +
		    9 * INSTANT_HOUR;

		zone_resolve(z, local, &s[w].original_start);
		s[w].start = s[w].original_start;
		s[w].end = s[w].start + INSTANT_HOUR;
	}
}

/* The instants by our own resolver, one line a name. */
static void print_instants(const struct asked *asked,
    const struct cal_session *s, size_t n, size_t weeks)
{
	for (size_t i = 0; i < n; i++) {
		printf("%s", asked[i].name);
		for (size_t w = 0; w < weeks; w++)
			printf(" %lld", (long long)s[i * weeks + w].start);
		putchar('\n');
	}
}

/* One weekly event for each name on standard input, as a feed; the summary names it. */
static int print_sweep(size_t weeks, bool instants)
{
	struct tz *tz = open_registry();
	struct asked *asked = calloc(CAL_MAX_FEED_EVENTS, sizeof(*asked));
	size_t n = read_names(tz, asked);
	struct cal_event *ev = calloc(n, sizeof(*ev));
	struct cal_session *all = calloc(n * weeks, sizeof(*all));
	struct str out;
	struct err e = {0};
	enum err_code code = ERR_OK;

	str_init(&out, 16 << 20);
	for (size_t i = 0; i < n; i++) {
		make_sessions(asked[i].zone, all + i * weeks, weeks);
		ev[i] = (struct cal_event){.uid = asked[i].uid,
		    .summary = asked[i].name,
		    .zone = asked[i].zone,
		    .minutes = 60,
		    .session = all + i * weeks,
		    .n_sessions = weeks};
	}
	if (instants)
		print_instants(asked, all, n, weeks);
	else
		code = cal_feed_write(
		    &(struct cal_feed){"All zones", 60, ev, n}, &out, &e);
	fwrite(out.data, 1, out.len, stdout);
	if (code != ERR_OK)
		fprintf(stderr, "%s\n", e.detail);
	str_free(&out);
	free(all);
	free(ev);
	free(asked);
	tz_close(tz);
	return code != ERR_OK;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_fitted_zone_is_right),
	    cmocka_unit_test(known_zones_have_their_rules),
	    cmocka_unit_test(what_does_not_fit_is_refused),
	};

	if (argc == 2 && strcmp(argv[1], "--print") == 0)
		return print_sweep(SWEEP_WEEKS, false);
	if (argc == 3 && strcmp(argv[1], "--feed") == 0)
		return print_sweep(strtoul(argv[2], NULL, 10), false);
	if (argc == 3 && strcmp(argv[1], "--instants") == 0)
		return print_sweep(strtoul(argv[2], NULL, 10), true);
	return cmocka_run_group_tests(tests, setup, teardown);
}
