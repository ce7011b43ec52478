/*
 * A zone's changes as libical answers for them: for zone files that leave the later
 * years to a rule (tz_file.h). Some milliseconds a zone. One thread at a time, as
 * libical keeps zones in unguarded globals.
 */
#ifndef CALENDARS_TZ_LIBICAL_H
#define CALENDARS_TZ_LIBICAL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/zone.h"

/* The changes in (from, to) into change[0..*n), and the offset at `from`. False:
 * libical does not have the zone, or more than `max` changes. */
bool tz_libical_changes(const char *name, int64_t from, int64_t to,
    struct zone_change *change, uint32_t max, uint32_t *n,
    int32_t *first_offset);

#endif
