/*
 * A compiled zone file (TZif, RFC 9636) as changes of the UTC offset. Pure; any
 * thread.
 */
#ifndef CALENDARS_TZ_FILE_H
#define CALENDARS_TZ_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/zone.h"

/*
 * The changes in (from, to) into change[0..*n), and the offset at `from`. False:
 * not such a file, more than `max` changes, or the file leaves part of the time to
 * a rule (a "slim" file whose transitions end before `to`).
 */
bool tz_file_changes(const unsigned char *data, size_t size, int64_t from,
    int64_t to, struct zone_change *change, uint32_t max, uint32_t *n,
    int32_t *first_offset);

#endif
