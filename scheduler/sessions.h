/*
 * One dated session: from a local time to an instant. Pure; any thread.
 */
#ifndef SCHEDULER_SESSIONS_H
#define SCHEDULER_SESSIONS_H

#include <stdbool.h>

#include "base/instant.h"
#include "scheduler/intake.h"

/*
 * The instant at which a session of `minutes` begins that starts at this local
 * time. False when the session is not usable: its local time falls into a gap or
 * an overlap, the clocks change during it, or the zone's table ends before.
 */
bool sessions_start(
    const struct zone *z, int64_t local, uint16_t minutes, int64_t *ret_start);

/* Holidays are sorted. */
bool sessions_is_holiday(const int32_t *holidays, uint16_t n, int32_t day);

/* Instants that surely hold every session of an intake, whatever the zone. */
static inline int64_t sessions_from(const struct intake *in)
{
	return ((int64_t)in->first_day - 1) * INSTANT_DAY;
}

static inline int64_t sessions_to(const struct intake *in)
{
	return ((int64_t)in->last_day + 3) * INSTANT_DAY;
}

#endif
