/*
 * Busy times, case by case: what counts, what does not, how a series unfolds.
 *
 * With --print ZONE, lines "FROM TO PATH" (instants) on standard input are answered with
 * one line each, "FROM TO FROM TO …" or "none": tests/interop/test_busy.py judges them.
 */
#include <stdio.h>
#include <string.h>

#include "base/instant.h"
#include "calendars/busy.h"
#include "calendars/ics.h"
#include "tests/golden/zones.h"

enum {
	MEMORY = 256 << 20,
	TEXT_SIZE = 4096,
};

#define EVENT(lines)                                         \
	"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:u\r\n" lines \
	"END:VEVENT\r\nEND:VCALENDAR\r\n"
#define SERIES(rule, lines)                                             \
	EVENT("DTSTART;TZID=Europe/Berlin:20261020T090000\r\n"          \
	      "DTEND;TZID=Europe/Berlin:20261020T100000\r\nRRULE:" rule \
	      "\r\n" lines)
#define MOVED(id, lines) \
	"END:VEVENT\r\nBEGIN:VEVENT\r\nUID:u\r\nRECURRENCE-ID" id "\r\n" lines

/* Asked from a member in New York, 1 October to 31 December 2026. */
static const struct {
	const char *what, *text, *busy;
} CASES[] = {
    {"an event in UTC",
	EVENT("DTSTART:20261020T090000Z\r\nDTEND:20261020T100000Z\r\n"),
	"20261020T090000 20261020T100000"},
    {"a floating event is on the member's wall",
	EVENT("DTSTART:20261020T090000\r\nDURATION:PT30M\r\n"),
	"20261020T130000 20261020T133000"},
    {"an event in a zone of the system, whatever is said of it",
	"BEGIN:VCALENDAR\r\nBEGIN:VTIMEZONE\r\nTZID:Europe/Berlin\r\nBEGIN:STANDARD\r\n"
	"DTSTART:19700101T000000\r\nTZOFFSETFROM:+0500\r\nTZOFFSETTO:+0500\r\n"
	"END:STANDARD\r\nEND:VTIMEZONE\r\nBEGIN:VEVENT\r\n"
	"DTSTART;TZID=Europe/Berlin:20261020T090000\r\n"
	"DTEND;TZID=Europe/Berlin:20261020T100000\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
	"20261020T070000 20261020T080000"},
    {"an event in a zone that only its file knows",
	"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART;TZID=Ours:20261020T090000\r\n"
	"DTEND;TZID=Ours:20261020T100000\r\nEND:VEVENT\r\nBEGIN:VTIMEZONE\r\nTZID:Ours\r\n"
	"BEGIN:STANDARD\r\nDTSTART:19701025T030000\r\nRRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU\r\n"
	"TZOFFSETFROM:+0300\r\nTZOFFSETTO:+0200\r\nEND:STANDARD\r\nBEGIN:DAYLIGHT\r\n"
	"DTSTART:19700329T020000\r\nRRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU\r\n"
	"TZOFFSETFROM:+0200\r\nTZOFFSETTO:+0300\r\nEND:DAYLIGHT\r\nEND:VTIMEZONE\r\n"
	"END:VCALENDAR\r\n",
	"20261020T060000 20261020T070000"},
    {"a zone name of Windows",
	EVENT(
	    "DTSTART;TZID=W. Europe Standard Time:20261020T090000\r\nDURATION:PT1H\r\n"),
	"20261020T070000 20261020T080000"},
    {"a path that ends in a zone name",
	EVENT(
	    "DTSTART;TZID=/example.org/Tzfile/Asia/Kolkata:20261020T090000\r\n"
	    "DURATION:PT1H\r\n"),
	"20261020T033000 20261020T043000"},
    {"an all-day event that says nothing",
	EVENT("DTSTART;VALUE=DATE:20261020\r\n"), ""},
    {"an all-day event that is opaque",
	EVENT(
	    "DTSTART;VALUE=DATE:20261031\r\nDTEND;VALUE=DATE:20261102\r\nTRANSP:OPAQUE\r\n"),
	"20261031T040000 20261102T050000"},
    {"an all-day event that Outlook shows as out of office",
	EVENT(
	    "DTSTART;VALUE=DATE:20261020\r\nX-MICROSOFT-CDO-BUSYSTATUS:OOF\r\n"),
	"20261020T040000 20261021T040000"},
    {"a transparent event",
	EVENT(
	    "DTSTART:20261020T090000Z\r\nDURATION:PT1H\r\nTRANSP:TRANSPARENT\r\n"),
	""},
    {"a cancelled event",
	EVENT(
	    "DTSTART:20261020T090000Z\r\nDURATION:PT1H\r\nSTATUS:CANCELLED\r\n"),
	""},
    {"a tentative event",
	EVENT(
	    "DTSTART:20261020T090000Z\r\nDURATION:PT1H\r\nSTATUS:TENTATIVE\r\n"),
	"20261020T090000 20261020T100000"},
    {"a declined event",
	EVENT("DTSTART:20261020T090000Z\r\nDURATION:PT1H\r\n"
	      "ATTENDEE;PARTSTAT=DECLINED:MAILTO:Ann@Example.com\r\n"),
	""},
    {"an event that another one declined",
	EVENT("DTSTART:20261020T090000Z\r\nDURATION:PT1H\r\n"
	      "ATTENDEE;PARTSTAT=DECLINED:mailto:ben@example.com\r\n"),
	"20261020T090000 20261020T100000"},
    {"a series across the change of the clocks",
	SERIES("FREQ=WEEKLY;COUNT=2", ""),
	"20261020T070000 20261020T080000 20261027T080000 20261027T090000"},
    {"EXDATE in another zone",
	SERIES("FREQ=WEEKLY;COUNT=2", "EXDATE:20261027T080000Z\r\n"),
	"20261020T070000 20261020T080000"},
    {"EXDATE that is a date",
	SERIES("FREQ=WEEKLY;COUNT=2", "EXDATE;VALUE=DATE:20261027\r\n"),
	"20261020T070000 20261020T080000"},
    {"RDATE, and a period of its own length",
	SERIES("FREQ=WEEKLY;COUNT=1",
	    "RDATE;TZID=Europe/Berlin:20261021T090000\r\n"
	    "RDATE;VALUE=PERIOD:20261022T070000Z/PT3H\r\n"),
	"20261020T070000 20261020T080000 20261021T070000 20261021T080000 "
	"20261022T070000 20261022T100000"},
    {"EXRULE",
	SERIES("FREQ=WEEKLY;COUNT=4", "EXRULE:FREQ=WEEKLY;INTERVAL=2\r\n"),
	"20261027T080000 20261027T090000 20261110T080000 20261110T090000"},
    {"UNTIL is inclusive", SERIES("FREQ=WEEKLY;UNTIL=20261027T080000Z", ""),
	"20261020T070000 20261020T080000 20261027T080000 20261027T090000"},
    {"a session that moved",
	SERIES("FREQ=WEEKLY;COUNT=2",
	    MOVED(";TZID=Europe/Berlin:20261027T090000",
		"DTSTART:20261028T120000Z\r\nDTEND:20261028T140000Z\r\n")),
	"20261020T070000 20261020T080000 20261028T120000 20261028T140000"},
    {"a session that was cancelled",
	SERIES("FREQ=WEEKLY;COUNT=2",
	    MOVED(":20261027T080000Z",
		"DTSTART:20261027T080000Z\r\nDURATION:PT1H\r\nSTATUS:CANCELLED\r\n")),
	"20261020T070000 20261020T080000"},
    {"this and future: later, longer, and by the wall",
	SERIES("FREQ=WEEKLY;COUNT=4",
	    MOVED(";TZID=Europe/Berlin;RANGE=THISANDFUTURE:20261027T090000",
		"DTSTART;TZID=Europe/Berlin:20261028T110000\r\nDURATION:PT2H\r\n")),
	"20261020T070000 20261020T080000 20261028T100000 20261028T120000 "
	"20261104T100000 20261104T120000 20261111T100000 20261111T120000"},
    {"this and future: cancelled",
	SERIES("FREQ=WEEKLY;COUNT=4",
	    MOVED(";TZID=Europe/Berlin;RANGE=THISANDFUTURE:20261103T090000",
		"DTSTART;TZID=Europe/Berlin:20261103T090000\r\nDURATION:PT1H\r\n"
		"STATUS:CANCELLED\r\n")),
	"20261020T070000 20261020T080000 20261027T080000 20261027T090000"},
    {"of two revisions the newer one",
	EVENT(
	    "SEQUENCE:1\r\nDTSTART:20261020T090000Z\r\nDURATION:PT1H\r\nEND:VEVENT\r\n"
	    "BEGIN:VEVENT\r\nUID:u\r\nSEQUENCE:0\r\nDTSTART:20261021T090000Z\r\n"
	    "DURATION:PT1H\r\n"),
	"20261020T090000 20261020T100000"},
    {"a nominal day across the change of the clocks is 25 hours",
	EVENT("DTSTART;TZID=Europe/Berlin:20261024T120000\r\nDURATION:P1D\r\n"),
	"20261024T100000 20261025T110000"},
    {"what overlaps and touches is one",
	EVENT(
	    "DTSTART:20261020T090000Z\r\nDURATION:PT1H\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\n"
	    "DTSTART:20261020T100000Z\r\nDURATION:PT1H\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\n"
	    "DTSTART:20261020T093000Z\r\nDURATION:PT1H\r\n"),
	"20261020T090000 20261020T110000"},
    {"what lies outside is cut off",
	EVENT("DTSTART:20250101T000000Z\r\nDTEND:20261001T050000Z\r\n"),
	"20261001T040000 20261001T050000"},
    {"a long event of a series that began before",
	EVENT(
	    "DTSTART:20260901T000000Z\r\nDURATION:P20D\r\nRRULE:FREQ=MONTHLY;COUNT=2\r\n"),
	"20261001T040000 20261021T000000"},
    {"periods of VFREEBUSY",
	"BEGIN:VCALENDAR\r\nBEGIN:VFREEBUSY\r\n"
	"FREEBUSY;FBTYPE=BUSY-TENTATIVE:20261020T090000Z/PT1H,20261021T090000Z/20261021T093000Z\r\n"
	"FREEBUSY;FBTYPE=FREE:20261022T090000Z/PT1H\r\nEND:VFREEBUSY\r\nEND:VCALENDAR\r\n",
	"20261020T090000 20261020T100000 20261021T090000 20261021T093000"},
    {"working hours: the rest is busy, and the higher priority decides",
	"BEGIN:VCALENDAR\r\nBEGIN:VAVAILABILITY\r\nPRIORITY:1\r\n"
	"DTSTART:20261021T000000Z\r\nDTEND:20261022T000000Z\r\nEND:VAVAILABILITY\r\n"
	"BEGIN:VAVAILABILITY\r\nDTSTART:20261020T000000Z\r\nDTEND:20261023T000000Z\r\n"
	"BEGIN:AVAILABLE\r\nDTSTART:20261019T090000Z\r\nDTEND:20261019T170000Z\r\n"
	"RRULE:FREQ=DAILY\r\nEND:AVAILABLE\r\nEND:VAVAILABILITY\r\nEND:VCALENDAR\r\n",
	"20261020T000000 20261020T090000 20261020T170000 20261022T090000 "
	"20261022T170000 20261023T000000"},
    {"a rule that libical does not return from",
	SERIES("FREQ=MINUTELY;BYMONTH=2;BYMONTHDAY=30", ""),
	"20261020T070000 20261020T080000"},
    {"a rule that nobody can read", SERIES("FREQ=SOMETIMES", ""),
	"20261020T070000 20261020T080000"},
    {"a bare event, without a calendar around it",
	"BEGIN:VEVENT\nDTSTART:20261020T090000Z\nDURATION:PT1H\nEND:VEVENT\n",
	"20261020T090000 20261020T100000"},
};

static void print_spans(const struct busy_report *r, char *out, size_t size)
{
	size_t used = 0;

	out[0] = '\0';
	for (size_t i = 0; i < r->n && used + 40 < size; i++) {
		char from[INSTANT_TEXT_SIZE], to[INSTANT_TEXT_SIZE];

		instant_format_basic(r->span[i].begin, from);
		instant_format_basic(r->span[i].end, to);
		used += (size_t)snprintf(out + used, size - used, "%s%s %s",
		    i == 0 ? "" : " ", from, to);
	}
}

static void cases(void **state)
{
	struct tz *tz = *state;
	struct busy_request q = {.zone = zones_get(tz, "America/New_York"),
	    .from = INT64_C(1790827200), /* 2026-10-01T04:00:00Z */
	    .to = INT64_C(1798693200),   /* 2026-12-31T05:00:00Z */
	    .owner = "ann@example.com"};

	for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
		struct arena *a = arena_new(MEMORY);
		struct busy_report r;
		struct err e = {0};
		char found[TEXT_SIZE];

		if (busy_read(a, tz, CASES[i].text, strlen(CASES[i].text), &q,
			&r, &e) != ERR_OK)
			fail_msg("%s: %s", CASES[i].what, e.detail);
		print_spans(&r, found, sizeof(found));
		if (strcmp(found, CASES[i].busy) != 0)
			fail_msg("%s:\n%s, expected\n%s", CASES[i].what, found,
			    CASES[i].busy);
		arena_free(a);
	}
}

static void what_is_no_calendar_is_refused(void **state)
{
	struct busy_request q = {.zone = zones_get(*state, "Europe/Berlin"),
	    .from = INT64_C(1790827200),
	    .to = INT64_C(1798693200)};
	struct arena *a = arena_new(MEMORY);
	struct busy_report r;
	struct err e = {0};

	assert_int_equal(
	    busy_read(a, *state, "hello", 5, &q, &r, &e), ERR_VALIDATION);
	err_clear(&e);
	assert_int_equal(
	    busy_read(a, *state, "", 0, &q, &r, &e), ERR_VALIDATION);
	arena_free(a);
}

static void answer(struct tz *tz, const struct zone *z, char *line)
{
	struct arena *a = arena_new(MEMORY);
	struct busy_request q = {.zone = z};
	struct busy_report r;
	struct err e = {0};
	char *path = line;
	char *from = strsep(&path, " "), *to = strsep(&path, " "), *text;
	size_t n;
	FILE *f;

	if (path == NULL || !instant_parse(from, strlen(from), &q.from) ||
	    !instant_parse(to, strlen(to), &q.to))
		fail_msg("bad line");
	f = fopen(path, "re");
	text = arena_alloc(a, ICS_MAX_OCTETS);
	assert_non_null(f);
	assert_non_null(text);
	n = fread(text, 1, ICS_MAX_OCTETS, f);
	fclose(f);
	if (busy_read(a, tz, text, n, &q, &r, &e) != ERR_OK) {
		puts("none");
	} else {
		for (size_t i = 0; i < r.n; i++)
			printf("%lld %lld ", (long long)r.span[i].begin,
			    (long long)r.span[i].end);
		putchar('\n');
	}
	arena_free(a);
}

static int print(const char *zone)
{
	char line[TEXT_SIZE];
	struct err e = {0};
	struct tz *tz;
	const struct zone *z;

	if (tz_open(TZ_ALL_FROM, TZ_ALL_TO, &tz, &e) != ERR_OK ||
	    tz_zone(tz, zone, &z, &e) != ERR_OK)
		return 1;
	while (fgets(line, sizeof(line), stdin) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		answer(tz, z, line);
	}
	tz_close(tz);
	return 0;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(cases),
	    cmocka_unit_test(what_is_no_calendar_is_refused),
	};

	if (argc == 3 && strcmp(argv[1], "--print") == 0)
		return print(argv[2]);
	return cmocka_run_group_tests(tests, zones_open, zones_close);
}
