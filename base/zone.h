/*
 * A time zone as plain data: UTC offsets and the instants at which they change.
 *
 * Tables are made by calendars/tz from the system's zone data and are valid for
 * instants in [from, to). Everything here is pure arithmetic on such a table; any
 * thread may read one table.
 */
#ifndef BASE_ZONE_H
#define BASE_ZONE_H

#include <stdint.h>

struct zone_change {
	int64_t at;     /* from this instant on … */
	int32_t offset; /* … local = UTC + offset seconds */
};

struct zone {
	const char *name;     /* canonical IANA name */
	int64_t from, to;     /* the table says nothing outside */
	int32_t first_offset; /* before change[0] */
	uint32_t n_changes;
	const struct zone_change *change; /* ascending by at */
};

enum zone_fit {
	ZONE_UNIQUE,  /* exactly one instant has this local time */
	ZONE_GAP,     /* the clocks jump over it: no instant has it */
	ZONE_OVERLAP, /* the clocks pass it twice */
};

/* O(log changes). */
int32_t zone_offset_at(const struct zone *z, int64_t instant);

/* First change strictly after `instant`, or z->to. */
int64_t zone_next_change(const struct zone *z, int64_t instant);

/*
 * The instant of a local time. On ZONE_OVERLAP *instant is the first of the two;
 * on ZONE_GAP it is the local time read with the offset before the jump (as RFC
 * 5545 3.3.5 says). Schedules never use either: they ask for ZONE_UNIQUE.
 */
enum zone_fit zone_resolve(
    const struct zone *z, int64_t local, int64_t *instant);

#endif
