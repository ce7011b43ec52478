/*
 * Weekly slots of an intake in the anchor's clock, and who can come to them.
 *
 * A slot is one of the 672 quarter hours of the anchor's week (0 = Monday 00:00)
 * at which sessions begin. A pattern is what a cohort keeps: sessions_per_week
 * slots on distinct weekdays at one time of the day. Pure; any thread.
 */
#ifndef SCHEDULER_SLOTS_H
#define SCHEDULER_SLOTS_H

#include "base/week.h"
#include "scheduler/spans.h"

enum {
	SLOTS_PER_DAY = WEEK_SLOTS / 7,
	SLOTS_MAX_PATTERNS = SLOTS_PER_DAY * 35, /* 7 over 3 */
};

struct slot_date {
	int64_t begin;
	uint16_t slot;
};

/* Every session that could be, in the order of time. */
struct slots {
	struct slot_date *date;
	uint32_t n_dates;
	int64_t seconds;         /* of a session */
	struct week_grid usable; /* slots with a date, all of them usable */
};

struct pattern {
	uint8_t weekdays; /* bit 0 = Monday */
	uint16_t quarter; /* of the day, 0-95 */
};

/* O(672 * weeks * log changes). */
enum err_code slots_of_intake(struct arena *a, const struct intake *in,
    struct slots *ret, struct err *e) ERR_CHECKED;

/* On how many dates of each usable slot the session does not lie inside the
 * person's free time. One sweep: O(dates + spans). */
void slots_misses(const struct slots *s, const struct spans *person,
    uint8_t ret_misses[WEEK_SLOTS]);

/* All patterns over usable slots: Mondays first, then early times. */
enum err_code slots_patterns(struct arena *a, const struct intake *in,
    const struct slots *s, struct pattern **ret, uint32_t *ret_n,
    struct err *e) ERR_CHECKED;

/* Dates of a pattern on which the person misses. */
unsigned slots_pattern_misses(
    const uint8_t misses[WEEK_SLOTS], const struct pattern *p);

/* Do sessions of `quarters` length of two patterns overlap in the week, whose
 * end meets its beginning? */
bool slots_patterns_overlap(
    const struct pattern *a, const struct pattern *b, unsigned quarters);

#endif
