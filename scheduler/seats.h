/*
 * Who sits where, for chosen openings: cohorts with seats, filled to the most
 * newcomers by alternating paths, and changed one opening at a time.
 *
 * A table is a cohort that a guide may hold (a guide of three has three tables); it
 * has an opening or none. A newcomer moves along a path of tables: breadth-first over
 * tables, each visited once, with bitsets of who could sit where. So changing an
 * opening costs microseconds, and a search can afford a hundred thousand changes.
 * Every table that has an opening holds cohort_min to cohort_max newcomers.
 */
#ifndef SCHEDULER_SEATS_H
#define SCHEDULER_SEATS_H

#include "scheduler/forming.h"

enum {
	SEATS_NONE = -1, /* no table; no opening */
	SEATS_MAX_TABLES = 4096,
};

struct seats {
	const struct forming *f;
	uint32_t n_tables, words; /* words of a set of tables */
	uint32_t *guide;          /* by table */
	uint32_t *first_table;    /* by guide */
	int32_t *opening;         /* by table */
	uint16_t *n;              /* by table */
	uint32_t *member;         /* table x cohort_max */
	int32_t *table;           /* by newcomer */
	uint64_t *can;            /* newcomer x words: could sit at the table */
	bool *guides;             /* by newcomer: holds a table as a guide */
	int64_t value;            /* of everybody seated, objective units */
	/* scratch of a path */
	uint64_t *seen, *dead, *open, *full;
	uint32_t *queue, *from, *mover;
};

/* No table has an opening. NULL: no memory. */
struct seats *seats_new(struct arena *a, const struct forming *f);

/* Copy what was chosen and who sits where. Both of one seats_new's problem. */
void seats_copy(struct seats *to, const struct seats *from);

/* May the table have this opening beside the guide's other tables? */
bool seats_fits(const struct seats *s, uint32_t table, int32_t opening);

/* Give a table an opening (or SEATS_NONE); who cannot come stands up, and everybody
 * standing is seated again as far as possible. Tables that cannot have cohort_min
 * newcomers lose their opening. */
void seats_change(struct seats *s, uint32_t table, int32_t opening);

/* Give a table an opening (or SEATS_NONE) and, at it, seats to these newcomers, who
 * must stand; nobody else is seated. */
void seats_put(struct seats *s, uint32_t table, int32_t opening,
    const uint32_t *newcomer, uint32_t n);

/* Seat everybody who stands as far as possible. */
void seats_fill(struct seats *s);

#endif
