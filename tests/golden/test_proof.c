/*
 * What must be refused: bad values with their places, wrong states, and tampered
 * texts, which the self-check must see.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/instant.h"
#include "calendars/cal_feed.h"
#include "calendars/cal_proof.h"
#include "calendars/itip.h"
#include "calendars/proof_zone.h"
#include "calendars/vtimezone.h"
#include "tests/golden/weekly.h"

enum {
	CAP = 1 << 20,
};

/* The fault at `place` is found, and nothing is written. */
static void refused(const struct cal_event *ev, const struct cal_attendee *to,
    const char *place)
{
	struct str out;
	struct err e = {0};
	bool found = false;

	str_init(&out, CAP);
	assert_int_equal(itip_request(ev, to, &out, &e), ERR_VALIDATION);
	for (unsigned i = 0; i < e.n_fields; i++)
		found = found || strcmp(e.field[i].place, place) == 0;
	if (!found)
		fail_msg("no fault at %s", place);
	assert_int_equal(out.len, 0);
	str_free(&out);
}

static void bad_addresses_are_refused(void **state)
{
	static const char *const bad[] = {"", "ann", "@x.org", "ann@",
	    "a@b\r\nX-EVIL:1", "ann@x.org\n", "Ann <ann@x.org>", "a b@x.org",
	    "\"a\"@x.org", ".a@x.org", "a.@x.org", "a..b@x.org", "a@-x.org",
	    "a@x-.org", "a@x..org", "a@x.org.", "a@x_y.org", "a@b@c.org",
	    "\xc3\xa4@x.org", "a@\xc3\xa4.org", "a,b@x.org", "a;b@x.org",
	    "mailto:a@x.org"};
	static const char *const urls[] = {"", "ftp://x.org/", "javascript:1",
	    "https://", "https:// x", "https://x.org/\r\nATTENDEE:mailto:e@x",
	    "https://x.org/\xc3\xa4", "https://x.org/\"", "x.org"};
	static const char *const uids[] = {
	    "", "a b", "a\r\nb", "\xc3\xa4", "a:b", "a;b"};
	struct cal_session s[WEEKS];
	struct cal_event ev = new_york(*state, s);

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct cal_attendee to = {{"Ann", bad[i]}, CAL_REQUIRED};

		refused(&ev, &to, "/attendee/mail");
		ev.organizer.mail = bad[i];
		refused(&ev, &ANN, "/organizer/mail");
		ev.organizer.mail = "cohorts@example.org";
	}
	for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
		ev.url = urls[i];
		refused(&ev, &ANN, "/url");
	}
	ev.url = NULL;
	for (size_t i = 0; i < sizeof(uids) / sizeof(uids[0]); i++) {
		ev.uid = uids[i];
		refused(&ev, &ANN, "/uid");
	}
}

static void bad_patterns_are_refused(void **state)
{
	struct cal_session s[WEEKS];
	struct cal_event ev = new_york(*state, s);

	s[2].original_start += 60;
	refused(&ev, &ANN, "/sessions/2/original_start");
	ev = new_york(*state, s);
	s[4].original_start = s[1].original_start;
	refused(&ev, &ANN, "/sessions/4/original_start");
	ev = new_york(*state, s);
	s[3].end = s[3].start;
	refused(&ev, &ANN, "/sessions/3/end");
	ev = new_york(*state, s);
	ev.zone = NULL;
	refused(&ev, &ANN, "/zone");
	ev = new_york(*state, s);
	ev.n_sessions = 0;
	refused(&ev, &ANN, "/sessions");
	ev = new_york(*state, s);
	ev.minutes = 0;
	refused(&ev, &ANN, "/minutes");
	ev = new_york(*state, s);
	ev.summary = "\xff";
	refused(&ev, &ANN, "/summary");
}

static void wrong_states_are_refused(void **state)
{
	struct cal_session s[WEEKS];
	struct cal_event ev = new_york(*state, s);
	struct err e = {0};
	struct str out;

	str_init(&out, CAP);
	assert_int_equal(
	    itip_cancel_session(&ev, 1, &ANN, &out, &e), ERR_STATE);
	assert_int_equal(
	    itip_request_session(&ev, WEEKS, &ANN, &out, &e), ERR_VALIDATION);
	for (size_t i = 0; i < WEEKS; i++)
		s[i].cancelled = true;
	assert_int_equal(
	    itip_request_session(&ev, 1, &ANN, &out, &e), ERR_STATE);
	assert_int_equal(itip_request(&ev, &ANN, &out, &e), ERR_STATE);
	assert_int_equal(out.len, 0);
	assert_int_equal(itip_cancel(&ev, &ANN, &out, &e), ERR_OK);
	str_free(&out);
	str_init(&out, 100);
	assert_int_equal(itip_cancel(&ev, &ANN, &out, &e), ERR_TOO_LARGE);
	assert_int_equal(out.len, 0);
	str_free(&out);
}

static void one_uid_once_in_a_feed(void **state)
{
	struct cal_session s[WEEKS];
	struct cal_event twice[2] = {new_york(*state, s), new_york(*state, s)};
	struct cal_feed feed = {"Feed", 60, twice, 2};
	struct err e = {0};
	struct str out;

	str_init(&out, CAP);
	assert_int_equal(cal_feed_write(&feed, &out, &e), ERR_VALIDATION);
	twice[1].uid = "two@calendar.example.org";
	err_clear(&e);
	assert_int_equal(cal_feed_write(&feed, &out, &e), ERR_OK);
	twice[1].url = "ftp://x";
	assert_int_equal(cal_feed_write(&feed, &out, &e), ERR_VALIDATION);
	assert_string_equal(e.field[0].place, "/events/1/url");
	str_free(&out);
}

/* Check `text` with its first `from` replaced by `to`. */
static enum err_code tampered(const char *text, const char *from,
    const char *to, const struct cal_session *s, struct err *e)
{
	const char *at = strstr(text, from);
	struct cal_instance want[WEEKS];
	icalcomponent *built = icalparser_parse_string(text);
	enum err_code code;
	struct str changed;

	assert_non_null(at);
	str_init(&changed, CAP);
	str_put(&changed, text, (size_t)(at - text));
	str_puts(&changed, to);
	str_puts(&changed, at + strlen(from));
	for (size_t i = 0; i < WEEKS; i++)
		want[i] = (struct cal_instance){
		    "one@calendar.example.org", s[i].start, s[i].end};
	code = cal_proof_check(changed.data, built, want, WEEKS, e);
	icalcomponent_free(built);
	str_free(&changed);
	return code;
}

static void the_self_check_sees_tampering(void **state)
{
	static const char *const change[][2] = {
	    {"TZOFFSETTO:-0500", "TZOFFSETTO:-0600"},
	    {"BYDAY=1SU", "BYDAY=2SU"},
	    {"COUNT=6", "COUNT=5"},
	    {"COUNT=6", "COUNT=7"},
	    {"DTSTART;TZID=America/New_York:20261020T090000",
		"DTSTART:20261020T090000Z"},
	    {"DTSTART;TZID=America/New_York", "DTSTART;TZID=Europe/Berlin"},
	    {"DTEND;TZID=America/New_York:20261020T10",
		"DTEND;TZID=America/New_York:20261020T11"},
	    {"UID:one", "UID:two"},
	    {"SUMMARY:Session\r\n", "SUMMARY:Session\r\nX-EVIL:1\r\n"},
	    {"SUMMARY:Session\r\n", ""},
	    {"RRULE:FREQ=WEEKLY", "RRULE:FREQ=NEVER"},
	    {"END:VCALENDAR", ""},
	};
	struct cal_session s[WEEKS];
	struct cal_event ev = new_york(*state, s);
	struct err e = {0};
	struct str out;

	str_init(&out, CAP);
	assert_int_equal(itip_request(&ev, &ANN, &out, &e), ERR_OK);
	assert_int_equal(tampered(out.data, "UID:", "UID:", s, &e), ERR_OK);
	for (size_t i = 0; i < sizeof(change) / sizeof(change[0]); i++)
		if (tampered(out.data, change[i][0], change[i][1], s, &e) !=
		    ERR_BUG)
			fail_msg("%s", change[i][1]);
	str_free(&out);
}

/* Every three hours of three years, in zones of both halves of the earth, with rules
 * that count from the end of a month, negative daylight time, half hours and none. */
static void rules_are_read_as_they_are_meant(void **state)
{
	static const char *const NAMES[] = {"Europe/Berlin", "Europe/Dublin",
	    "America/New_York", "America/Santiago", "Australia/Sydney",
	    "Australia/Lord_Howe", "Pacific/Auckland", "Pacific/Chatham",
	    "Asia/Kathmandu", "Asia/Jerusalem", "Africa/Lagos"};
	int64_t begin = (int64_t)day_from_civil(2026, 1, 1) * INSTANT_DAY;
	int64_t end = begin + 3 * 365 * INSTANT_DAY;

	for (size_t i = 0; i < sizeof(NAMES) / sizeof(NAMES[0]); i++) {
		const struct zone *z = zones_get(*state, NAMES[i]);
		struct vtimezone v;
		struct proof_zone own;
		icalcomponent *c;

		if (!vtimezone_fit(z, begin, end - 1, &v)) {
			assert_string_equal(NAMES[i], "Asia/Jerusalem");
			continue; /* its Friday before a Sunday */
		}
		c = vtimezone_component(&v);
		assert_true(proof_zone_read(c, &own));
		for (int64_t t = begin; t < end; t += 3 * INSTANT_HOUR) {
			int64_t want, got;

			if (zone_resolve(z, t, &want) != ZONE_UNIQUE)
				continue;
			assert_true(proof_zone_instant(&own, t, &got));
			if (got != want)
				fail_msg("%s: %ld instead of %ld", NAMES[i],
				    (long)got, (long)want);
		}
		icalcomponent_free(c);
	}
}

/* What is not two plain yearly rules, libical has to say. */
static void other_forms_are_left_to_libical(void **state)
{
	static const char HEAD[] =
	    "BEGIN:VTIMEZONE\r\nTZID:X\r\nBEGIN:STANDARD\r\n"
	    "DTSTART:19701101T020000\r\nTZOFFSETFROM:-0400\r\n"
	    "TZOFFSETTO:-0500\r\n";
	static const char TAIL[] =
	    "END:STANDARD\r\nBEGIN:DAYLIGHT\r\n"
	    "DTSTART:19700308T020000\r\nTZOFFSETFROM:-0500\r\n"
	    "TZOFFSETTO:-0400\r\n"
	    "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=2SU\r\nEND:DAYLIGHT\r\n"
	    "END:VTIMEZONE\r\n";

	static const struct {
		const char *line;
		bool plain;
	} CASES[] = {
	    {"RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=1SU\r\n", true},
	    {"RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=1SU;UNTIL=20300101T000000Z\r\n",
		false},
	    {"RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=1SU;COUNT=9\r\n", false},
	    {"RRULE:FREQ=YEARLY;INTERVAL=2;BYMONTH=11;BYDAY=1SU\r\n", false},
	    {"RRULE:FREQ=YEARLY;BYMONTH=10,11;BYDAY=1SU\r\n", false},
	    {"RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=1SU,1MO\r\n", false},
	    {"RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=SU\r\n", false},
	    {"RRULE:FREQ=YEARLY;BYMONTH=11;BYMONTHDAY=3\r\n", false},
	    {"RRULE:FREQ=MONTHLY;BYMONTH=11;BYDAY=1SU\r\n", false},
	    {"RDATE:20261101T020000\r\n", false},
	    {"", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
		char text[1024];
		struct proof_zone own;
		icalcomponent *c;

		snprintf(
		    text, sizeof(text), "%s%s%s", HEAD, CASES[i].line, TAIL);
		c = icalparser_parse_string(text);
		assert_non_null(c);
		if (proof_zone_read(c, &own) != CASES[i].plain)
			fail_msg("%s", CASES[i].line);
		icalcomponent_free(c);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(bad_addresses_are_refused),
	    cmocka_unit_test(bad_patterns_are_refused),
	    cmocka_unit_test(wrong_states_are_refused),
	    cmocka_unit_test(one_uid_once_in_a_feed),
	    cmocka_unit_test(the_self_check_sees_tampering),
	    cmocka_unit_test(rules_are_read_as_they_are_meant),
	    cmocka_unit_test(other_forms_are_left_to_libical),
	};

	return cmocka_run_group_tests(tests, zones_open, zones_close);
}
