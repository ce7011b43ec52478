/*
 * Invitations, cancellations and feeds against files written once and read by
 * people and by other parsers (tests/interop/test_parsers.py). Each golden .ics
 * has a .json beside it with the instants that every reader must find.
 *
 * CAIRN_GOLDEN_WRITE=1 writes the files anew; look at the difference before you
 * commit it. Runs from the repository's root.
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
#include "calendars/itip.h"
#include "calendars/tz.h"

enum {
	MAX_WEEKS = 40,
	CAP = 1 << 20,
	SEPTEMBER = 1790000000, /* 2026-09-21T14:13:20Z */
};

static struct tz *registry(void)
{
	struct err e = {0};
	struct tz *tz = NULL;

	if (tz_open(TZ_SERVICE_FROM, TZ_SERVICE_TO, &tz, &e) != ERR_OK)
		fail_msg("%s", e.detail);
	return tz;
}

static const struct zone *zone_of(struct tz *tz, const char *name)
{
	struct err e = {0};
	const struct zone *z = NULL;

	if (tz_zone(tz, name, &z, &e) != ERR_OK)
		fail_msg("%s", e.detail);
	return z;
}

/* An event with room for its sessions. */
struct fixture {
	struct cal_event ev;
	struct cal_session session[MAX_WEEKS];
};

static const struct cal_attendee ANN = {
    {"Ann Example", "ann@example.com"}, CAL_REQUIRED};

static int64_t local_time(int y, int m, int d, int h, int min)
{
	return civil_to_seconds(&(struct civil){y, m, d, h, min, 0});
}

/* A weekly cohort from a local first start. */
static void weekly(struct fixture *f, const struct zone *z, const char *uid,
    int64_t local, uint32_t minutes, size_t weeks)
{
	*f = (struct fixture){0};
	f->ev = (struct cal_event){
	    .uid = uid,
	    .dtstamp = SEPTEMBER,
	    .created = SEPTEMBER - INSTANT_DAY,
	    .last_modified = SEPTEMBER - INSTANT_HOUR,
	    .summary = "Cohort Granite \xe2\x80\x93 weekly session",
	    .description =
		"Bring one question; we start with a round, then pair up.\n"
		"https://meet.example.org/granite",
	    .location = "https://meet.example.org/granite",
	    .url = "https://cairn.example.org/cohorts/granite",
	    .organizer = {"Cohort Granite", "cohorts@cairn.example.org"},
	    .zone = z,
	    .minutes = minutes,
	    .session = f->session,
	    .n_sessions = weeks,
	};
	for (size_t i = 0; i < weeks; i++) {
		struct cal_session *s = &f->session[i];

		assert_int_equal(
		    zone_resolve(z, local + (int64_t)i * INSTANT_WEEK,
			&s->original_start),
		    ZONE_UNIQUE);
		s->start = s->original_start;
		s->end = s->start + minutes * 60;
	}
}

/* A holiday: the week has no session. */
static void leave_out(struct fixture *f, size_t i)
{
	f->ev.n_sessions--;
	memmove(&f->session[i], &f->session[i + 1],
	    (f->ev.n_sessions - i) * sizeof(f->session[0]));
}

static void move(struct fixture *f, size_t i, int64_t seconds)
{
	f->session[i].start += seconds;
	f->session[i].end += seconds;
}

static void revise(struct fixture *f, uint32_t sequence)
{
	f->ev.sequence = sequence;
	f->ev.dtstamp += sequence * INSTANT_DAY;
	f->ev.last_modified += sequence * INSTANT_DAY;
}

/* What a scenario produced and what a reader must find in it. */
struct result {
	struct str ics, json;
	struct err e;
	bool first;
};

static void expect(
    struct result *r, const char *uid, int64_t start, int64_t end)
{
	char from[INSTANT_TEXT_SIZE], to[INSTANT_TEXT_SIZE];

	instant_format(start, from);
	instant_format(end, to);
	str_printf(&r->json,
	    "%s\n  {\"uid\": \"%s\", \"start\": \"%s\", \"end\": \"%s\"}",
	    r->first ? "" : ",", uid, from, to);
	r->first = false;
}

static void expect_live(struct result *r, const struct cal_event *ev)
{
	for (size_t i = 0; i < ev->n_sessions; i++)
		if (!ev->session[i].cancelled)
			expect(r, ev->uid, ev->session[i].start,
			    ev->session[i].end);
}

static void must(struct result *r, enum err_code code)
{
	if (code != ERR_OK)
		fail_msg("%s %s %s", r->e.detail, r->e.field[0].place,
		    r->e.field[0].detail);
}

static void request(struct result *r, const struct fixture *f)
{
	must(r, itip_request(&f->ev, &ANN, &r->ics, &r->e));
	expect_live(r, &f->ev);
}

#define GRANITE "0192f3a0-7c11-7e55-9a2e-3b1d6c0f7a10@calendar.example.org"
#define SLATE   "0192f3a0-8000-7aaa-8bbb-0123456789ab@calendar.example.org"
#define BOOKING "0192f3a1-0000-7ccc-8ddd-0123456789ab@calendar.example.org"

/* Six Tuesdays at 09:00 in New York, over the change of 1 November 2026. */
static void granite(struct tz *tz, struct fixture *f)
{
	weekly(f, zone_of(tz, "America/New_York"), GRANITE,
	    local_time(2026, 10, 20, 9, 0), 60, 6);
}

/* ... whose third session moved to Wednesday 11:00 and whose fourth is off. */
static void granite_changed(struct tz *tz, struct fixture *f)
{
	granite(tz, f);
	move(f, 2, INSTANT_DAY + 2 * INSTANT_HOUR);
	f->session[3].cancelled = true;
	revise(f, 2);
}

static void in_request(struct tz *tz, struct result *r)
{
	struct fixture f;

	granite(tz, &f);
	request(r, &f);
}

/* Other words, the same times: the same SEQUENCE, a newer DTSTAMP. */
static void in_minor(struct tz *tz, struct result *r)
{
	struct fixture f;

	granite(tz, &f);
	f.ev.summary = "Cohort Granite, with Bo";
	f.ev.dtstamp += INSTANT_HOUR;
	f.ev.last_modified += INSTANT_HOUR;
	request(r, &f);
}

/* For one who leaves; nothing changes for the others. */
static void in_remove(struct tz *tz, struct result *r)
{
	struct fixture f;

	granite(tz, &f);
	revise(&f, 1);
	must(r, itip_cancel(&f.ev, &ANN, &r->ics, &r->e));
	expect_live(r, &f.ev);
}

static void in_changed(struct tz *tz, struct result *r)
{
	struct fixture f;

	granite_changed(tz, &f);
	request(r, &f);
}

static void in_override(struct tz *tz, struct result *r)
{
	struct fixture f;

	granite(tz, &f);
	move(&f, 2, INSTANT_DAY + 2 * INSTANT_HOUR);
	revise(&f, 1);
	must(r, itip_request_session(&f.ev, 2, &ANN, &r->ics, &r->e));
	expect(r, GRANITE, f.session[2].start, f.session[2].end);
}

static void in_cancel_session(struct tz *tz, struct result *r)
{
	struct fixture f;

	granite_changed(tz, &f);
	must(r, itip_cancel_session(&f.ev, 3, &ANN, &r->ics, &r->e));
	expect(r, GRANITE, f.session[3].start, f.session[3].end);
}

static void in_cancel(struct tz *tz, struct result *r)
{
	struct fixture f, planned;

	granite(tz, &planned);
	granite_changed(tz, &f);
	revise(&f, 3);
	must(r, itip_cancel(&f.ev, &ANN, &r->ics, &r->e));
	expect_live(r, &planned.ev);
}

/* One seat in office hours: no zone, no series. */
static void booking(struct fixture *f)
{
	*f = (struct fixture){0};
	f->session[0] =
	    (struct cal_session){1791900000, 1791900000, 1791901800, false};
	f->ev = (struct cal_event){.uid = BOOKING,
	    .dtstamp = SEPTEMBER,
	    .created = SEPTEMBER,
	    .last_modified = SEPTEMBER,
	    .summary = "Office hours with Bo",
	    .location = "Room 4, ground floor",
	    .organizer = {"Office hours", "cohorts@cairn.example.org"},
	    .minutes = 30,
	    .session = f->session,
	    .n_sessions = 1};
}

static void in_single(struct tz *tz, struct result *r)
{
	struct fixture f;

	(void)tz;
	booking(&f);
	request(r, &f);
}

/* Berlin over the end of summer time, without the holiday of 3 November. */
static void slate(struct tz *tz, struct fixture *f)
{
	weekly(f, zone_of(tz, "Europe/Berlin"), SLATE,
	    local_time(2026, 10, 6, 18, 30), 90, 8);
	leave_out(f, 4);
}

static void in_holiday(struct tz *tz, struct result *r)
{
	struct fixture f;

	slate(tz, &f);
	request(r, &f);
}

static void in_kathmandu(struct tz *tz, struct result *r)
{
	struct fixture f;

	weekly(&f, zone_of(tz, "Asia/Kathmandu"), GRANITE,
	    local_time(2026, 10, 4, 7, 15), 45, 5);
	request(r, &f);
}

static void in_lord_howe(struct tz *tz, struct result *r)
{
	struct fixture f;

	weekly(&f, zone_of(tz, "Australia/Lord_Howe"), GRANITE,
	    local_time(2025, 9, 20, 19, 0), 60, 5);
	request(r, &f);
}

/* Over the Ramadan of 2026. No yearly rule says both that of 2025 and that of 2026,
 * so the series is in UTC, and the weeks of Ramadan are overrides. */
static void in_casablanca(struct tz *tz, struct result *r)
{
	struct fixture f;

	weekly(&f, zone_of(tz, "Africa/Casablanca"), GRANITE,
	    local_time(2025, 12, 30, 17, 0), 60, 14);
	move(&f, 8, INSTANT_DAY);
	f.session[3].cancelled = true;
	request(r, &f);
}

static const char HOSTILE_NAME[] =
    "O\"Neil; ^n, Ann:\r\nATTENDEE:mailto:eve@example.net\t"
    "\xe2\x80\xae\xf0\x9f\xa7\xad";

static void in_hostile(struct tz *tz, struct result *r)
{
	struct cal_attendee to = {
	    {HOSTILE_NAME, "o'neil+x%y@example.com"}, CAL_CHAIR};
	struct fixture f;
	static const char hostile[] = "a;b,c\\d\re\nf\r\ng\x7f\x01h\"^: ";
	char *text = malloc(10001);

	granite(tz, &f);
	for (size_t i = 0; i < 10000; i++)
		text[i] = hostile[i % (sizeof(hostile) - 1)];
	text[10000] = '\0';
	f.ev.summary = "1\r\nX-EVIL:1\r\n2; 3, 4 \\n 5 \xf0\x9f\x98\x80";
	f.ev.description = text;
	f.ev.location = "Room \"9\"\nEND:VEVENT";
	f.ev.organizer.name = "\r\nMETHOD:CANCEL\r\n";
	must(r, itip_request(&f.ev, &to, &r->ics, &r->e));
	expect_live(r, &f.ev);
	free(text);
}

static void in_feed(struct tz *tz, struct result *r)
{
	struct fixture f[4];
	struct cal_event ev[4];

	granite_changed(tz, &f[0]);
	slate(tz, &f[1]);
	booking(&f[2]);
	booking(&f[3]); /* called off: not in the feed */
	f[3].ev.uid = "gone@calendar.example.org";
	f[3].session[0].cancelled = true;
	for (int i = 0; i < 4; i++) {
		ev[i] = f[i].ev;
		expect_live(r, &ev[i]);
	}
	must(r, cal_feed_write(
		    &(struct cal_feed){"Ann's mentoring, sessions", 60, ev, 4},
		    &r->ics, &r->e));
}

static const struct {
	const char *name, *method;
	void (*run)(struct tz *, struct result *);
} SCENARIO[] = {
    {"request", "\"REQUEST\"", in_request},
    {"minor", "\"REQUEST\"", in_minor},
    {"remove", "\"CANCEL\"", in_remove},
    {"request_changed", "\"REQUEST\"", in_changed},
    {"override", "\"REQUEST\"", in_override},
    {"cancel_session", "\"CANCEL\"", in_cancel_session},
    {"cancel", "\"CANCEL\"", in_cancel},
    {"single", "\"REQUEST\"", in_single},
    {"holiday", "\"REQUEST\"", in_holiday},
    {"kathmandu", "\"REQUEST\"", in_kathmandu},
    {"lord_howe", "\"REQUEST\"", in_lord_howe},
    {"casablanca", "\"REQUEST\"", in_casablanca},
    {"hostile", "\"REQUEST\"", in_hostile},
    {"feed", "null", in_feed},
};

static void hold_to_file(
    const char *name, const char *extension, const struct str *text)
{
	bool writing = getenv("CAIRN_GOLDEN_WRITE") != NULL &&
		       strcmp(getenv("CAIRN_GOLDEN_WRITE"), "1") == 0;
	char path[128], *stored = calloc(1, CAP);
	size_t n;
	FILE *file;

	snprintf(path, sizeof(path), "tests/golden/%s.%s", name, extension);
	file = fopen(path, writing ? "wb" : "rb");
	if (file == NULL)
		fail_msg("%s cannot be opened", path);
	if (writing) {
		assert_int_equal(
		    fwrite(text->data, 1, text->len, file), text->len);
		assert_int_equal(fclose(file), 0);
	} else {
		n = fread(stored, 1, CAP, file);
		fclose(file);
		if (n != text->len || memcmp(stored, text->data, n) != 0)
			fail_msg(
			    "%s differs; now it is:\n%s", path, text->data);
	}
	free(stored);
}

static void golden_files_hold(void **state)
{
	struct tz *tz = registry();

	(void)state;
	for (size_t i = 0; i < sizeof(SCENARIO) / sizeof(SCENARIO[0]); i++) {
		struct result r = {.first = true};

		str_init(&r.ics, CAP);
		str_init(&r.json, CAP);
		str_printf(&r.json, "{\"method\": %s, \"sessions\": [",
		    SCENARIO[i].method);
		SCENARIO[i].run(tz, &r);
		str_puts(&r.json, "\n]}\n");
		hold_to_file(SCENARIO[i].name, "ics", &r.ics);
		hold_to_file(SCENARIO[i].name, "json", &r.json);
		str_free(&r.ics);
		str_free(&r.json);
	}
	tz_close(tz);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(golden_files_hold),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
