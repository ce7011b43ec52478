/*
 * Building one VCALENDAR with libical, and handing it out only when proven.
 *
 * A writer owns the object under construction and the list of instants that a
 * reader must find in it. Failures (memory) are sticky: only cal_writer_finish
 * reports them. Values come from events that cal_event_check has passed.
 * One thread per writer.
 */
#ifndef CALENDARS_CAL_WRITER_H
#define CALENDARS_CAL_WRITER_H

#include <libical/ical.h>
#include <stdbool.h>

#include "base/err.h"
#include "base/str.h"
#include "calendars/cal_proof.h"
#include "calendars/cal_series.h"

struct cal_writer {
	icalcomponent *root;
	const char *method;            /* NULL in a feed */
	const struct cal_attendee *to; /* NULL in a feed */
	struct cal_instance *want;
	size_t n_want, max_want;
	bool failed;
};

/* max_want: how many sessions will be written at most. */
void cal_writer_begin(struct cal_writer *w, const char *method,
    const struct cal_attendee *to, size_t max_want);
void cal_writer_free(struct cal_writer *w);

/* Names and refresh interval of a feed. */
void cal_writer_feed_head(
    struct cal_writer *w, const char *name, uint32_t refresh_minutes);

void cal_writer_zone(struct cal_writer *w, const struct vtimezone *v);

/* The whole event as it stands: master, exceptions, overrides. */
void cal_writer_series(struct cal_writer *w, const struct cal_series *s);

/* The master as first planned, without overrides: what a CANCEL takes back. */
void cal_writer_plan(struct cal_writer *w, const struct cal_series *s);

/* One session of a series, by its RECURRENCE-ID. */
void cal_writer_session(
    struct cal_writer *w, const struct cal_series *s, size_t session);

/* Serialise, read back, compare, append to `out`. */
enum err_code cal_writer_finish(
    struct cal_writer *w, struct str *out, struct err *e) ERR_CHECKED;

#endif
