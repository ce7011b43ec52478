/*
 * The self-check of every outgoing calendar.
 *
 * The text is parsed again and expanded the way a calendar app does it: RRULE by
 * libical, wall times through the VTIMEZONE in the very text, EXDATEs taken away,
 * overrides put in place. The writer's week arithmetic and zone tables are not
 * used. Every instant must be as wanted, and the parsed object must have the same
 * components and properties as the one that was built: a value that smuggled a
 * line in would show as one more.
 */
#ifndef CALENDARS_CAL_PROOF_H
#define CALENDARS_CAL_PROOF_H

#include <libical/ical.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct cal_instance {
	const char *uid; /* borrowed */
	int64_t start, end;
};

/* The instances of an object's events by UID and time, at most `max`; UIDs are borrowed
 * from it. ERR_BUG: not one of ours, or more than that; ERR_NOMEM. */
enum err_code cal_proof_expand(icalcomponent *root, size_t max,
    struct cal_instance *ret, size_t *ret_n, struct err *e) ERR_CHECKED;

/* Sorts `want`. ERR_BUG names the first difference; ERR_NOMEM. */
enum err_code cal_proof_check(const char *text, icalcomponent *built,
    struct cal_instance *want, size_t n_want, struct err *e) ERR_CHECKED;

#endif
