/*
 * Time zone names of Windows ("W. Europe Standard Time") as IANA names, by the table
 * that ICU carries (CLDR). The only place that includes <unicode/…>. Any thread.
 */
#ifndef CALENDARS_ICS_WINDOWS_H
#define CALENDARS_ICS_WINDOWS_H

#include <stdbool.h>

#include "calendars/tz.h"

/* False when Windows knows no such zone. */
bool ics_windows_zone(const char *name, char ret_iana[TZ_NAME_SIZE]);

#endif
