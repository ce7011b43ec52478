/*
 * The scorer: hard rules and integer points of one newcomer and one mentor.
 *
 * A scorer is the community and the policy made ready for speed: availability as
 * UTC grids per regime (weeks on which every zone behaves the same are one), terms
 * as sorted numbers. Points depend on the two people and the policy only; every
 * formula stands in docs/matching.md. The solver, match_verify and the scheduler
 * share it. Newcomers and mentors are numbered from 0 in the community's order;
 * whoever takes part on both sides has a number on each.
 *
 * Owned by its arena, which must outlive it together with community and policy.
 * Read-only once made: any thread. A pair costs well under a microsecond.
 */
#ifndef MATCHER_SCORE_H
#define MATCHER_SCORE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "matcher/community.h"
#include "matcher/policy.h"

struct scorer;

/* The first hard rule a pair breaks, in this order. */
enum score_rule {
	SCORE_ALLOWED,
	SCORE_SELF,        /* nobody is their own mentor */
	SCORE_NO_PLACE,    /* the mentor takes nobody now */
	SCORE_NO_LANGUAGE, /* no common language at the policy's level */
	SCORE_NO_HOURS,    /* too few shared minutes in the worst week */
	SCORE_ORGANISATION, /* the same organisation, and the policy forbids it */
	SCORE_AVOIDED,      /* one of the two asked for it: confidential */
	SCORE_RULES
};

struct score {
	enum score_rule rule;
	unsigned broken;   /* all rules it breaks: a set of 1 << rule */
	uint32_t language; /* best common one at the level, else TERM_NONE */
	uint8_t language_level;  /* the lower of the two levels in it */
	uint16_t shared_minutes; /* in the worst week of the horizon */
	int32_t points;
	int16_t part[CRITERION_COUNT]; /* adds up to points */
};

/* ERR_NOMEM; ERR_VALIDATION when a zone's table does not cover the horizon. */
enum err_code score_new(struct arena *a, const struct community *c,
    const struct policy *p, struct scorer **ret_scorer,
    struct err *e) ERR_CHECKED;

uint32_t score_newcomers(const struct scorer *s);
uint32_t score_mentors(const struct scorer *s);

/* Number -> index into the community. */
uint32_t score_newcomer(const struct scorer *s, uint32_t newcomer);
uint32_t score_mentor(const struct scorer *s, uint32_t mentor);

/* Index into the community -> number; UINT32_MAX when not on that side. */
uint32_t score_newcomer_of(const struct scorer *s, uint32_t person);
uint32_t score_mentor_of(const struct scorer *s, uint32_t person);

/* Everything about one pair. Points are given whatever the rule says (the
 * scheduler asks for people it has other rules for). */
void score_pair(const struct scorer *s, uint32_t newcomer, uint32_t mentor,
    struct score *ret);

/* Only the points of an allowed pair, or -1: what the solver asks millions of
 * times. */
int32_t score_points(
    const struct scorer *s, uint32_t newcomer, uint32_t mentor);

/* Shared minutes in the worst week if the newcomer were free in `extra` too. */
uint16_t score_minutes_with(const struct scorer *s, uint32_t newcomer,
    uint32_t mentor, const struct window *extra);

/* First Monday (a day number) of the policy's weeks. */
int32_t score_first_monday(const struct scorer *s);

/* 1 + waiting days / step, at most the policy's maximum. */
int64_t score_weight(const struct scorer *s, uint32_t newcomer);
uint32_t score_capacity(const struct scorer *s, uint32_t mentor);

/* The most mentors that the newcomer may have: what they want, within the policy. */
uint8_t score_wanted(const struct scorer *s, uint32_t newcomer);

/* No pair has more points. */
int32_t score_most_points(const struct scorer *s);

/*
 * The last goal as one integer per pair: weight * people + points * points_unit
 * + tie, of which the weight counts once for each newcomer, with 0 <= tie < tie_range, so that no sum of ties outweighs a point and
 * no sum of points outweighs a person.
 */
struct score_scale {
	int64_t people, points; /* M * S and S */
	int64_t tie_range;
};

/* People weigh nothing where the policy does not put them first. The greatest range
 * of ties for which the sums of a whole plan stay below 2^60; 1
 * (no ties: equals are decided by the order of people) for the very largest. */
struct score_scale score_scale(const struct scorer *s);

/* The lot of a pair: the seed and the two external ids, spread over 64 bits; the
 * tie of score_value is its low bits. */
uint64_t score_lot(
    const struct scorer *s, uint64_t seed, uint32_t newcomer, uint32_t mentor);

int64_t score_value(const struct scorer *s, const struct score_scale *scale,
    uint64_t seed, uint32_t newcomer, uint32_t mentor, int32_t points);

#endif
