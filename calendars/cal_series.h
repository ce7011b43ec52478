/*
 * How an event's sessions become a master, exceptions and overrides.
 *
 * A slot is a week of the pattern, 0 … n_slots - 1, at first + slot * 7 days:
 * wall time of the zone when `zoned`, else UTC. `zoned` says whether a VTIMEZONE
 * of two rules covers the series; otherwise the pattern runs in UTC from the first
 * session and every session that the zone's law shifts away from it is an
 * override, so that all instants stay right in every reader.
 *
 * A slot's time is a session's identity (RECURRENCE-ID); it depends on the
 * sessions' original starts and the zone only, not on later moves.
 * Pure; any thread.
 */
#ifndef CALENDARS_CAL_SERIES_H
#define CALENDARS_CAL_SERIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "calendars/cal_event.h"
#include "calendars/vtimezone.h"

struct cal_series {
	const struct cal_event *ev;
	bool recurs; /* false: one session, in UTC */
	bool zoned;
	struct vtimezone tz; /* when zoned */
	int64_t first;       /* of slot 0 */
	uint32_t n_slots;
};

/* A checked event's series. `shared` NULL: fit the zone to this event alone;
 * otherwise use that description, which covers it, or UTC if its name is NULL. */
void cal_series_make(const struct cal_event *ev, const struct vtimezone *shared,
    struct cal_series *ret_series);

/* The span of original starts, for fitting one VTIMEZONE to several events. */
int64_t cal_series_begin(const struct cal_event *ev);
int64_t cal_series_end(const struct cal_event *ev);

uint32_t cal_series_slot(const struct cal_series *s, size_t session);
int64_t cal_series_slot_time(const struct cal_series *s, uint32_t slot);

/* Does the master alone give this session its right time? */
bool cal_series_is_regular(const struct cal_series *s, size_t session);

/* May this session's times be written as wall time? Otherwise in UTC. */
bool cal_series_is_local(const struct cal_series *s, size_t session);

#endif
