/* What the readers of busy times (busy_*.c) share: one text being read. */
#ifndef CALENDARS_BUSY_CASE_H
#define CALENDARS_BUSY_CASE_H

#include <stdbool.h>

#include "calendars/busy.h"
#include "calendars/ics.h"
#include "calendars/ics_value.h"
#include "calendars/ics_zone.h"

struct busy_list {
	struct busy_span *span;
	size_t n, max;
};

struct busy_case {
	struct arena *a;
	struct tz *tz;
	const struct busy_request *request;
	struct busy_report *report;
	struct ics_zones zones; /* of the VCALENDAR being read */
	uint64_t budget;
	uint32_t instances;
	struct busy_list list;
	bool no_memory;
};

/* A time as it stands in the text. */
struct busy_time_of {
	int64_t local, at;       /* on the wall, and the instant */
	const struct zone *zone; /* whose wall */
	bool is_date, is_floating;
};

/* How long: exact seconds, or days of the wall clock and seconds. */
struct busy_length {
	int64_t days, seconds;
};

/* A component that begins, lasts and may recur. */
struct busy_item {
	const struct ics_part *part;
	struct busy_time_of start;
	struct busy_length length;
};

void busy_leave_out(struct busy_case *c, uint32_t line, const char *reason);

/* Clipped to what is asked for; empty ones go. */
void busy_add(
    struct busy_case *c, struct busy_list *list, int64_t begin, int64_t end);

/* A value of `line`. */
bool busy_time_read(struct busy_case *c, const struct ics_line *line,
    const char *text, size_t n, struct busy_time_of *ret);

/* The instant of a local time on its wall. */
int64_t busy_instant(const struct busy_time_of *t, int64_t local);

/* The end of what begins at `local`. */
int64_t busy_end(const struct busy_item *item, int64_t local);

/* DTSTART with DTEND or DURATION; false when it cannot be read, which is told. */
bool busy_item_read(
    struct busy_case *c, const struct ics_part *part, struct busy_item *ret);

struct busy_instance {
	int64_t local, at, end;
};

/* The instances that may touch [from - reach, to + reach), ascending, with EXDATE and
 * EXRULE taken away, in the arena. */
const struct busy_instance *busy_expand(struct busy_case *c,
    const struct busy_item *item, int64_t reach, size_t *ret_n);

void busy_events(struct busy_case *c, const struct ics_part *calendar);
void busy_free_busy(struct busy_case *c, const struct ics_part *calendar);
void busy_hours(struct busy_case *c, const struct ics_part *calendar);

#endif
