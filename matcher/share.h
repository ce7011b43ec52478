/*
 * What each criterion earns, from the facts about a pair: a share part/whole of its
 * points, rounded down. One formula for the scorer pair by pair (share.c) and for
 * the rows of rate_loops.def, where many mentors are rated side by side; in words:
 * docs/matching.md. No share exceeds one. Private to the scorer.
 */
#ifndef MATCHER_SHARE_H
#define MATCHER_SHARE_H

#include "matcher/features.h"

enum {
	SHARE_EXPERIENCE_FADE_TENTHS = 50, /* beyond the ideal gap: nothing */
};

/*
 * points * part / whole, as processors divide many numbers at once. Exact: points *
 * part is below 2^24, and a quotient of at most POLICY_MAX_POINTS that is no whole
 * number is farther from the next one than a float's rounding, as long as whole is
 * below 2^14.
 */
static inline int share_of(int points, int part, int whole)
{
	return (int)((float)(points * part) / (float)whole);
}

static inline int share_role(int points, bool has_common, bool is_related)
{
	return share_of(points, has_common ? 2 : is_related ? 1 : 0, 2);
}

/* The mentor's levels in n_wanted terms together. */
static inline int share_stack(int points, int levels, int n_wanted)
{
	return share_of(points, levels, STACK_MAX_LEVEL * n_wanted);
}

static inline int share_language(int points, int level)
{
	return share_of(points, level, LEVEL_NATIVE);
}

static inline int share_overlap(int points, int minutes, int full)
{
	return share_of(points, minutes < full ? minutes : full, full);
}

static inline int share_tags(int points, int n_common, int n_tags)
{
	return share_of(points, n_common, n_tags);
}

/* Years in tenths, -1 when unknown; the ideal gap lies from low to high. */
static inline int share_experience(
    int points, int newcomer, int mentor, int low, int high)
{
	int gap = mentor - newcomer;
	int below = low - gap > 0 ? low - gap : 0;
	int above = gap - high > 0 ? gap - high : 0;
	int left = SHARE_EXPERIENCE_FADE_TENTHS - below - above;

	left = left > 0 ? left : 0;
	left = mentor < 0 ? 0 : left;
	left = newcomer < 0 ? 0 : left;
	return share_of(points, left, SHARE_EXPERIENCE_FADE_TENTHS);
}

/* Somebody's preference: all for the first name of the list (rank 0), half for the
 * second, a third … */
static inline int share_preference(int points, int rank)
{
	return share_of(points, 1, rank + 1);
}

/* Of a mentor with so many pairings lately, -1 when unknown: all without any, half with
 * one, a third with two … */
static inline int share_rested(int points, int recent)
{
	return recent < 0 ? 0 : share_of(points, 1, recent + 1);
}

/* Fill part[] and points; language, language_level and shared_minutes are set. */
void share_earn(const struct scorer *s, const struct features *n,
    const struct features *m, struct score *x);

#endif
