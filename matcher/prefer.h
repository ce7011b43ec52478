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

enum {
	PREFER_BLOCK = 64 /* mentors */
};

/*
 * One newcomer and mentors 0..m: the points of each pair, -1 where it is not allowed,
 * and what names on lists add to them in the liking of the one and the other. Most
 * add nothing; blocks of mentors in which some do are marked. Valid until the next
 * row of the same work.
 */
struct prefer_row {
	const int16_t *points;
	const int32_t *newcomer, *mentor;
	const bool *is_named; /* by block */
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

/* How the newcomer of a row likes an allowed mentor … */
static inline struct prefer_choice prefer_mentor(
    const struct prefer_row *row, uint32_t mentor)
{
	return (struct prefer_choice){
	    row->points[mentor] + row->newcomer[mentor], mentor};
}

/* … and how that mentor likes them. */
static inline struct prefer_choice prefer_newcomer(
    const struct prefer_row *row, uint32_t newcomer, uint32_t mentor)
{
	return (struct prefer_choice){
	    row->points[mentor] + row->mentor[mentor], newcomer};
}

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
