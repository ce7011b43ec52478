/*
 * Who prefers whom: one strict order of the other side for each newcomer and each
 * mentor, over allowed pairs only.
 *
 * First the names of their own list, in its order; then everybody else by the
 * points of the pair; of equals the pair with the greater lot (score_lot), and
 * after that the lower external id. A liking is the first two in one number; the
 * rest is asked for where two likings are equal. Lists are kept once, a row is
 * rated as it is needed: memory grows with people and names, not with pairs.
 * Read-only once made: any thread, each with a prefer_work of its own. Private to
 * the solver.
 */
#ifndef MATCHER_PREFER_H
#define MATCHER_PREFER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "matcher/rate.h"

struct prefer;
struct prefer_work;

/* One newcomer and mentors 0..m: how they like each other, -1 where the pair is not
 * allowed. Valid until the next row of the same work. */
struct prefer_row {
	const int32_t *newcomer; /* how the newcomer likes the mentors */
	const int32_t *mentor;   /* how the mentors like the newcomer */
	const int16_t *points;
};

/* Somebody of the other side, and how well liked. */
struct prefer_choice {
	int32_t liking;
	uint32_t whom;
};

/* NULL: no memory. Community, scorer and rate must live as long. */
struct prefer *prefer_new(struct arena *a, const struct community *c,
    const struct scorer *s, const struct rate *r, uint64_t seed);
struct prefer_work *prefer_work_new(struct arena *a, const struct prefer *p);

const struct scorer *prefer_scorer(const struct prefer *p);

struct prefer_row prefer_row(
    const struct prefer *p, struct prefer_work *w, uint32_t newcomer);

/* The likings of an allowed pair of so many points. */
int32_t prefer_newcomers_liking(
    const struct prefer *p, uint32_t newcomer, uint32_t mentor, int32_t points);
int32_t prefer_mentors_liking(
    const struct prefer *p, uint32_t newcomer, uint32_t mentor, int32_t points);

/* Does the newcomer prefer mentor x to mentor y? */
bool prefer_by_newcomer(const struct prefer *p, uint32_t newcomer,
    struct prefer_choice x, struct prefer_choice y);
/* Does the mentor prefer newcomer x to newcomer y? */
bool prefer_by_mentor(const struct prefer *p, uint32_t mentor,
    struct prefer_choice x, struct prefer_choice y);

#endif
