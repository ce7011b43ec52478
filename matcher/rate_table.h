/*
 * The tables behind rate_row: mentors side by side. Private to rate.c and
 * rate_table.c; read-only once made.
 */
#ifndef MATCHER_RATE_TABLE_H
#define MATCHER_RATE_TABLE_H

#include "matcher/features.h"
#include "matcher/rate_loops.h"

struct rate_entry {
	uint32_t mentor;
	uint8_t level;
};

/* Who has a term: `dense` is one level a mentor, for terms that many have, else
 * NULL. */
struct rate_list {
	const struct rate_entry *entry;
	const uint8_t *dense;
	uint32_t n;
};

/* The lists of all terms (or of all newcomers: who names, who avoids them). */
struct rate_terms {
	uint32_t *begin; /* [n_terms + 1] */
	struct rate_entry *entry;
	uint8_t **dense; /* [n_terms], NULL where a term is rare */
	uint32_t n_terms;
};

struct rate {
	const struct scorer *scorer;
	const struct rate_loops *loops;
	uint32_t m;
	const uint32_t *mentor; /* their numbers */
	uint32_t *place;        /* number -> place among them, or UINT32_MAX */
	struct rate_terms roles, stack, languages, tags, named_by, avoided_by;
	uint32_t *families, *industry, *style, *organization;
	uint8_t *always_broken; /* SCORE_NO_PLACE: nobody has one there */
	int16_t *years;         /* in tenths, -1 when unknown */
	int16_t *rested;        /* what a mentor earns with anybody */
	/* By regime and quarter hour, one octet a mentor: free quarter hours
	 * before it, modulo 256. */
	uint8_t *before;
	uint16_t least_slots; /* of the policy's rule */
};

enum {
	RATE_RUN_MAX = 255 /* slots of a run, so that octets can differ */
};

/* Fill r, whose scorer is set. False: no memory. */
bool rate_table_make(struct arena *a, struct rate *r);

static inline struct rate_list rate_list(
    const struct rate_terms *t, uint32_t term)
{
	if (term >= t->n_terms)
		return (struct rate_list){NULL, NULL, 0};
	return (struct rate_list){&t->entry[t->begin[term]], t->dense[term],
	    t->begin[term + 1] - t->begin[term]};
}

static inline const struct features *rate_mentor(
    const struct rate *r, uint32_t j)
{
	return features_mentor(r->scorer, r->mentor[j]);
}

/* Their place among the mentors of the table, UINT32_MAX when not there. */
static inline uint32_t rate_place(const struct rate *r, uint32_t person)
{
	uint32_t number = r->scorer->mentor_of[person];

	return number == UINT32_MAX ? UINT32_MAX : r->place[number];
}

static inline const uint8_t *rate_before(
    const struct rate *r, uint32_t regime, unsigned slot)
{
	return r->before + ((size_t)regime * (WEEK_SLOTS + 1) + slot) * r->m;
}

/* The next run of free quarter hours at *begin or later, RATE_RUN_MAX at most. */
bool rate_next_run(
    const struct week_grid *grid, unsigned *begin, unsigned *end);

#endif
