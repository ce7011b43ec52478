/*
 * Writing feeds: see cal_feed.h. One VTIMEZONE per zone serves all its series, so
 * it is fitted to their common span; where that fails they are written in UTC.
 */
#include "calendars/cal_feed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "calendars/cal_writer.h"

enum {
	MIN_REFRESH = 15,
	MAX_REFRESH = 10080,
};

struct feed_zone {
	const struct zone *zone;
	int64_t first, last;
	struct vtimezone tz; /* no name: not to be described */
};

bool cal_feed_shows(const struct cal_event *ev)
{
	for (size_t i = 0; i < ev->n_sessions; i++)
		if (!ev->session[i].cancelled)
			return true;
	return false;
}

/* Put what `one` found into `e`, under "/events/i". */
static void add_faults(struct err *e, size_t i, const struct err *one)
{
	for (unsigned k = 0; k < one->n_fields; k++) {
		char place[ERR_PLACE_SIZE];

		snprintf(place, sizeof(place), "/events/%zu%.90s", i,
		    one->field[k].place);
		err_add_field(
		    e, ERR_VALIDATION, place, "%s", one->field[k].detail);
	}
}

static int by_uid(const void *a, const void *b)
{
	const char *const *x = a, *const *y = b;

	return strcmp(*x, *y);
}

static enum err_code check_uids(const struct cal_feed *feed, struct err *e)
{
	const char **uid = calloc(feed->n_events + 1, sizeof(*uid));

	if (uid == NULL)
		return ERR_SET(e, NOMEM, "no memory for the feed");
	for (size_t i = 0; i < feed->n_events; i++)
		uid[i] = feed->event[i].uid;
	qsort(uid, feed->n_events, sizeof(*uid), by_uid);
	for (size_t i = 1; i < feed->n_events; i++)
		if (strcmp(uid[i - 1], uid[i]) == 0)
			err_add_field(e, ERR_VALIDATION, "/events",
			    "UID %s occurs twice", uid[i]);
	free(uid);
	return e->n_fields > 0 ? ERR_VALIDATION : ERR_OK;
}

static enum err_code check(const struct cal_feed *feed, struct err *e)
{
	struct err one = {0};
	size_t n = feed->name == NULL ? 0 : strlen(feed->name);

	if (n == 0 || n > CAL_MAX_LINE || !utf8_is_valid(feed->name, n))
		err_add_field(e, ERR_VALIDATION, "/name",
		    "must be 1 to %d octets of UTF-8", CAL_MAX_LINE);
	if (feed->refresh_minutes < MIN_REFRESH ||
	    feed->refresh_minutes > MAX_REFRESH)
		err_add_field(e, ERR_VALIDATION, "/refresh_minutes",
		    "must be %d to %d", MIN_REFRESH, MAX_REFRESH);
	if (feed->n_events > CAL_MAX_FEED_EVENTS)
		return ERR_SET(e, TOO_LARGE, "a feed has at most %d events",
		    CAL_MAX_FEED_EVENTS);
	for (size_t i = 0; i < feed->n_events; i++) {
		err_clear(&one);
		if (cal_event_check(&feed->event[i], &one) != ERR_OK)
			add_faults(e, i, &one);
	}
	return e->n_fields > 0 ? ERR_VALIDATION : check_uids(feed, e);
}

/* The entry of an event's zone, or the free one behind the last. */
static struct feed_zone *find(
    struct feed_zone *zones, size_t n, const struct zone *zone)
{
	size_t i = 0;

	while (i < n && strcmp(zones[i].zone->name, zone->name) != 0)
		i++;
	return &zones[i];
}

static bool is_series(const struct cal_event *ev)
{
	return ev->n_sessions > 1 && cal_feed_shows(ev);
}

static size_t collect_zones(
    const struct cal_feed *feed, struct feed_zone *zones)
{
	size_t n = 0;

	for (size_t i = 0; i < feed->n_events; i++) {
		const struct cal_event *ev = &feed->event[i];
		int64_t first, last;
		struct feed_zone *z;

		if (!is_series(ev))
			continue;
		first = cal_series_begin(ev);
		last = cal_series_end(ev);
		z = find(zones, n, ev->zone);
		if (z == &zones[n]) {
			*z = (struct feed_zone){ev->zone, first, last, {0}};
			n++;
		}
		z->first = first < z->first ? first : z->first;
		z->last = last > z->last ? last : z->last;
	}
	for (size_t i = 0; i < n; i++)
		if (!vtimezone_fit(zones[i].zone, zones[i].first, zones[i].last,
			&zones[i].tz))
			zones[i].tz.name = NULL;
	return n;
}

static void write_events(struct cal_writer *w, const struct cal_feed *feed,
    struct feed_zone *zones, size_t n_zones)
{
	/* libical puts each VTIMEZONE before the others: from the last on. */
	for (size_t i = n_zones; i-- > 0;)
		if (zones[i].tz.name != NULL)
			cal_writer_zone(w, &zones[i].tz);
	for (size_t i = 0; i < feed->n_events; i++) {
		const struct cal_event *ev = &feed->event[i];
		struct cal_series series;

		if (!cal_feed_shows(ev))
			continue;
		cal_series_make(ev,
		    is_series(ev) ? &find(zones, n_zones, ev->zone)->tz : NULL,
		    &series);
		cal_writer_series(w, &series);
	}
}

/* Without a name it is an object of a calendar, not a calendar. */
static enum err_code write_checked(
    const struct cal_feed *feed, struct str *out, struct err *e)
{
	struct feed_zone *zones = calloc(feed->n_events + 1, sizeof(*zones));
	struct cal_writer w;
	size_t n_sessions = 0, n_zones;
	enum err_code code;

	if (zones == NULL)
		return ERR_SET(e, NOMEM, "no memory for the feed");
	for (size_t i = 0; i < feed->n_events; i++)
		n_sessions += feed->event[i].n_sessions;
	n_zones = collect_zones(feed, zones);
	cal_writer_begin(&w, NULL, NULL, n_sessions);
	if (feed->name != NULL)
		cal_writer_feed_head(&w, feed->name, feed->refresh_minutes);
	write_events(&w, feed, zones, n_zones);
	code = cal_writer_finish(&w, out, e);
	cal_writer_free(&w);
	free(zones);
	return code;
}

enum err_code cal_feed_write(
    const struct cal_feed *feed, struct str *out, struct err *e)
{
	enum err_code code = check(feed, e);

	return code == ERR_OK ? write_checked(feed, out, e) : code;
}

enum err_code cal_feed_object(
    const struct cal_event *ev, struct str *out, struct err *e)
{
	const struct cal_feed feed = {.event = ev, .n_events = 1};
	enum err_code code = cal_event_check(ev, e);

	return code == ERR_OK ? write_checked(&feed, out, e) : code;
}
