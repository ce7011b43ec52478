/*
 * Instants and civil dates.
 *
 * An instant is an int64_t: seconds since 1970-01-01T00:00:00Z, no leap seconds.
 * A "local" time is the same count read off a wall clock (as if it were UTC).
 * A day is an int32_t: days since 1970-01-01. Domain: years 1 to 9999.
 * Pure; any thread.
 */
#ifndef BASE_INSTANT_H
#define BASE_INSTANT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	INSTANT_MINUTE = 60,
	INSTANT_HOUR = 3600,
	INSTANT_DAY = 86400,
	INSTANT_WEEK = 604800,
	INSTANT_TEXT_SIZE = 32, /* room for every text made here */
};

struct civil {
	int year, month, day; /* 1-based month and day */
	int hour, minute, second;
};

int32_t day_from_civil(int year, int month, int day);
struct civil civil_from_seconds(int64_t seconds); /* instant or local */
int64_t civil_to_seconds(const struct civil *c);

/* Monday = 0 … Sunday = 6. */
int day_weekday(int32_t day);
int32_t day_of(int64_t seconds); /* floor division */
bool civil_date_exists(int year, int month, int day);

/* "2026-10-25" exactly. False when it is anything else. */
bool day_parse(const char *s, size_t n, int32_t *day);
void day_format(int32_t day, char out[INSTANT_TEXT_SIZE]);

/* RFC 3339 with Z or a numeric offset, seconds fraction cut off. */
bool instant_parse(const char *s, size_t n, int64_t *instant);
/* "2026-10-25T08:00:00Z" */
void instant_format(int64_t instant, char out[INSTANT_TEXT_SIZE]);
/* "20261025T080000", the form of iCalendar, without Z. */
void instant_format_basic(int64_t seconds, char out[INSTANT_TEXT_SIZE]);

/* "Mon" … "Sun" <-> 0 … 6; parsing ignores ASCII case; -1 when unknown. */
const char *weekday_name(int weekday);
int weekday_parse(const char *s, size_t n);

/* Wall clock, the system's time. Pure code never calls it. */
int64_t instant_now(void);
int64_t instant_now_ms(void);
/* Milliseconds of the monotonic clock, for durations and time-outs. */
int64_t monotonic_ms(void);

#endif
