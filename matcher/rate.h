/*
 * The scorer by rows: the points of one newcomer with many mentors at once.
 *
 * It says what score_points says of each pair (the property tests hold it to that),
 * from tables over the mentors: who has a term and at what level, and for each
 * quarter hour of a regime's week how many free ones each mentor has before it, so
 * that hours shared are differences of two rows. The loops run over mentors side by
 * side, with AVX2 where the processor has it; the same numbers come out everywhere.
 *
 * Cost: rate_new about 1 kB a mentor and regime; a pair a few nanoseconds. Tables
 * and scorer are read-only: any thread, each with a rate_work of its own.
 */
#ifndef MATCHER_RATE_H
#define MATCHER_RATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "matcher/score.h"

struct rate;
struct rate_work;

/* Over the m mentors of a list, which must live as long; NULL: over all of them, in
 * their order. NULL when there is no memory. `portable` leaves the processor's
 * extensions unused (tests). */
struct rate *rate_new(struct arena *a, const struct scorer *s,
    const uint32_t *mentor, uint32_t m, bool portable);
struct rate_work *rate_work_new(struct arena *a, const struct rate *r);

/* Threads to rate all pairs with, of those that are offered: where pairs are few,
 * starting threads takes longer than they save. */
unsigned rate_threads(const struct scorer *s, unsigned threads);

/* The hard rules that a newcomer breaks with the mentors (a set of 1 << enum
 * score_rule), and the quarter hours shared in the worst week. */
struct rate_rules {
	const uint8_t *broken;
	const uint16_t *slots;
};

/* Valid until the next call with this work, as are the points. */
struct rate_rules rate_rules(
    const struct rate *r, struct rate_work *w, uint32_t newcomer);

/* Points with the mentors, -1 where a hard rule is broken. */
const int16_t *rate_row(
    const struct rate *r, struct rate_work *w, uint32_t newcomer);

#endif
