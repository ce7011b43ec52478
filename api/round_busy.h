/*
 * Busy times in matching: pairs share weekly hours, so what counts of a member's own
 * calendar is what comes back. A quarter hour of the week in which somebody is busy in
 * at least half of the policy's weeks is taken out of their windows; a single meeting
 * takes nothing away. Pure but for the zones.
 */
#ifndef API_ROUND_BUSY_H
#define API_ROUND_BUSY_H

#include "api/member_file.h"
#include "calendars/tz.h"
#include "db/busy_times.h"
#include "db/snapshots.h"

/* The instants that the weeks from `first_day` on may touch in any zone. */
void round_busy_span(
    int32_t first_day, uint16_t weeks, int64_t *ret_from, int64_t *ret_to);

/* Row i of `t` is person i; `busy` by member and begin, of any members. O(busy + quarter
 * hours in them). */
enum err_code round_busy_apply(struct tz *tz,
    const struct db_snapshot_people *people, const struct db_busy_times *busy,
    int32_t first_day, uint16_t weeks, struct member_table *t,
    struct err *e) ERR_CHECKED;

#endif
