/*
 * What a VTIMEZONE of two yearly rules says, read from the parsed object alone: for the
 * self-check of every outgoing calendar (cal_proof.h), where libical, which expands the
 * rules from 1970 on each time, takes most of a millisecond. Shares nothing with the
 * writer. Pure; any thread.
 */
#ifndef CALENDARS_PROOF_ZONE_H
#define CALENDARS_PROOF_ZONE_H

#include <libical/ical.h>
#include <stdbool.h>
#include <stdint.h>

struct proof_rule {
	int month, nth, weekday; /* 1 … 12; 1 … 5 or -1: the last; Monday = 0 */
	int32_t clock;           /* seconds of the day, by the offset before */
	int32_t from, to;        /* offsets in seconds */
};

struct proof_zone {
	int first_year; /* the rules hold from then on */
	unsigned n;     /* 2, or 1 of a side without a rule */
	struct proof_rule rule[2];
};

/* False: it is of another form, and libical has to say. */
bool proof_zone_read(icalcomponent *vtimezone, struct proof_zone *ret_zone);

/* The instant of a wall time that is there once; false before the rules begin. */
bool proof_zone_instant(
    const struct proof_zone *z, int64_t local, int64_t *ret_instant);

#endif
