/*
 * Values of iCalendar (RFC 5545, 3.3): times, durations, UTC offsets. Each parser
 * takes the whole text or refuses it. Pure; any thread.
 */
#ifndef CALENDARS_ICS_VALUE_H
#define CALENDARS_ICS_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ics_time {
	int64_t local; /* as the wall clock shows it */
	bool is_date;  /* a DATE: local is its midnight */
	bool is_utc;   /* ended in Z */
};

/* "20261025", "20261025T090000", "20261025T090000Z", of dates that exist; a second
 * of 60 is the one before. */
bool ics_value_time(const char *text, size_t n, struct ics_time *ret_time);

/* Days are days of the wall clock, seconds are exact; both may be negative. */
struct ics_duration {
	int64_t days, seconds;
};

bool ics_value_duration(
    const char *text, size_t n, struct ics_duration *ret_duration);

/* "+0530", "-023030": seconds. */
bool ics_value_offset(const char *text, int32_t *ret_offset);

/* The next part of a list, up to `mark`; *at moves on; false at its end. */
bool ics_value_next(
    const char **at, char mark, const char **ret_part, size_t *ret_n);

#endif
