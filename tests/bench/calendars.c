/*
 * bench/calendars: how fast invitations and feeds are written, by the code that writes
 * them for the service, with every object re-read before it leaves. Medians of seven, in
 * processor seconds, so that a busy machine changes little:
 *
 *   10,000 invitations to a weekly series of twelve sessions, two of them moved, in one
 *   of eight zones, each for another person
 *   a feed of 200 events (150 weekly series and 50 single slots), and whether its octets
 *   are the same each time
 *
 * Exit status 1 when octets differ. No database: what that takes is in make bench-service.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/instant.h"
#include "calendars/cal_feed.h"
#include "calendars/itip.h"
#include "calendars/tz.h"

enum {
	RUNS = 7,
	INVITATIONS = 10000,
	EVENTS = 200,
	SERIES = 150,
	WEEKS = 12,
	NOW = 1790000000,
	NAME_SIZE = 64,
	CAP = 8 << 20,
	NS = 1000000000,
};

static const char *const ZONES[] = {"America/New_York", "Europe/Berlin",
    "America/Santiago", "Australia/Sydney", "Asia/Kathmandu", "Africa/Lagos",
    "America/Los_Angeles", "Australia/Lord_Howe"};

enum {
	N_ZONES = sizeof(ZONES) / sizeof(ZONES[0])
};

static const struct zone *zone[N_ZONES];

struct made {
	struct cal_event event;
	struct cal_session session[WEEKS];
	char uid[NAME_SIZE];
};

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / NS;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *run)
{
	qsort(run, RUNS, sizeof(*run), by_size);
	return run[RUNS / 2];
}

static void die(const struct err *e)
{
	fprintf(stderr, "calendars: %s\n",
	    e->n_fields > 0 ? e->field[0].detail : e->detail);
	exit(1);
}

/* Number i: a series on its own day and hour, or one slot. */
static void make(struct made *m, size_t i, size_t weeks)
{
	const struct zone *z = zone[i % N_ZONES];
	int64_t local = (int64_t)(day_from_civil(2026, 9, 21) + (int)(i % 5)) *
			    INSTANT_DAY +
			(int64_t)(8 + i % 10) * INSTANT_HOUR;

	snprintf(m->uid, sizeof(m->uid), "bench-%zu@calendar.example.org", i);
	m->event = (struct cal_event){.uid = m->uid,
	    .dtstamp = NOW,
	    .created = NOW - INSTANT_DAY,
	    .last_modified = NOW,
	    .summary = "Cohort Granite \xe2\x80\x93 weekly session",
	    .description = "Bring one question; we start with a round.\n"
			   "https://meet.example.org/granite",
	    .location = "https://meet.example.org/granite",
	    .organizer = {"Cohort Granite", "cohorts@cairn.example.org"},
	    .zone = weeks > 1 ? z : NULL,
	    .minutes = 60,
	    .session = m->session,
	    .n_sessions = weeks};
	for (size_t w = 0; w < weeks; w++) {
		struct cal_session *s = &m->session[w];

		(void)zone_resolve(
		    z, local + (int64_t)w * INSTANT_WEEK, &s->original_start);
		s->start = s->original_start;
		if (weeks > 1 && (w == 3 || w == 8))
			s->start += INSTANT_DAY;
		s->end = s->start + INSTANT_HOUR;
	}
}

static double invite(struct str *text)
{
	double begin = seconds();

	for (size_t i = 0; i < INVITATIONS; i++) {
		char name[NAME_SIZE], mail[NAME_SIZE];
		struct cal_attendee to = {{name, mail}, CAL_REQUIRED};
		struct err e = {0};
		struct made m;

		make(&m, i / N_ZONES, WEEKS);
		snprintf(name, sizeof(name), "Person %zu", i);
		snprintf(mail, sizeof(mail), "person.%zu@example.org", i);
		str_clear(text);
		if (itip_request(&m.event, &to, text, &e) != ERR_OK)
			die(&e);
	}
	return seconds() - begin;
}

static double feed(const struct cal_event *event, struct str *text)
{
	struct cal_feed f = {.name = "Cairn",
	    .refresh_minutes = 60,
	    .event = event,
	    .n_events = EVENTS};
	double begin = seconds();
	struct err e = {0};

	str_clear(text);
	if (cal_feed_write(&f, text, &e) != ERR_OK)
		die(&e);
	return seconds() - begin;
}

int main(void)
{
	static struct made made[EVENTS];
	static struct cal_event event[EVENTS];
	struct str text, first;
	double run[RUNS];
	bool same = true;
	struct err e = {0};
	struct tz *tz;

	if (tz_open(TZ_SERVICE_FROM, TZ_SERVICE_TO, &tz, &e) != ERR_OK)
		die(&e);
	for (size_t i = 0; i < N_ZONES; i++)
		if (tz_zone(tz, ZONES[i], &zone[i], &e) != ERR_OK)
			die(&e);
	str_init(&text, CAP);
	str_init(&first, CAP);
	for (int i = 0; i < RUNS; i++)
		run[i] = invite(&text);
	printf("%d invitations of %d sessions: median %.2f s\n", INVITATIONS,
	    WEEKS, median(run));
	for (size_t i = 0; i < EVENTS; i++) {
		make(&made[i], i, i < SERIES ? WEEKS : 1);
		event[i] = made[i].event;
	}
	(void)feed(event, &first);
	for (int i = 0; i < RUNS; i++) {
		run[i] = feed(event, &text);
		same = same && text.len == first.len &&
		       memcmp(text.data, first.data, text.len) == 0;
	}
	printf("feed of %d events, %zu octets: median %.2f ms, octets %s\n",
	    EVENTS, text.len, median(run) * 1e3, same ? "equal" : "DIFFER");
	str_free(&text);
	str_free(&first);
	tz_close(tz);
	return same ? 0 : 1;
}
