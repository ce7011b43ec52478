/*
 * The inside of a scorer: what it adds to people before pairs are rated.
 * Private to features.c, share.c and score.c.
 */
#ifndef MATCHER_FEATURES_H
#define MATCHER_FEATURES_H

#include "base/week.h"
#include "matcher/score.h"

/* What the scorer adds to a person. */
struct features {
	const struct person *person;
	uint32_t index;
	uint32_t families;            /* of all their roles */
	uint32_t industry;            /* TERM_NONE when vague */
	const uint32_t *roles;        /* without vague ones */
	const uint32_t *wanted;       /* wants, or the stack's terms */
	const struct week_grid *grid; /* one a regime */
	uint32_t zone;                /* number, of the scorer's zones */
	uint64_t id_hash;
	int64_t weight;
	uint16_t n_roles, n_wanted;
};

struct scorer {
	const struct community *community;
	const struct policy *policy;
	struct features *features;         /* by person */
	uint32_t *newcomer, *mentor;       /* number -> person */
	uint32_t *newcomer_of, *mentor_of; /* person -> number */
	uint32_t n_newcomers, n_mentors, n_regimes;
	int32_t regime[POLICY_MAX_WEEKS]; /* its first Monday */
	const struct zone **zone;         /* the distinct ones */
	uint32_t n_zones;
	struct week_map *map; /* by zone and regime */
};

/* Fill a scorer whose community and policy are set and within their limits.
 * ERR_NOMEM; ERR_VALIDATION when a zone's table does not cover the horizon. */
enum err_code features_build(
    struct arena *a, struct scorer *s, struct err *e) ERR_CHECKED;

/* Spread the bits of a number over 64: the finaliser of SplitMix64 (Steele, Lea,
 * Flood 2014). */
static inline uint64_t features_mix(uint64_t z)
{
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

/* What UTC's quarter hours are in a person's zone, in the week of a regime. */
static inline const struct week_map *features_map(
    const struct scorer *s, const struct features *f, uint32_t regime)
{
	return &s->map[(size_t)f->zone * s->n_regimes + regime];
}

static inline const struct features *features_newcomer(
    const struct scorer *s, uint32_t newcomer)
{
	return &s->features[s->newcomer[newcomer]];
}

static inline const struct features *features_mentor(
    const struct scorer *s, uint32_t mentor)
{
	return &s->features[s->mentor[mentor]];
}

#endif
