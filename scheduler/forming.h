/*
 * The cohort forming problem, ready for the solver: who can guide what, who can
 * come when, who fits whom. Newcomers and guides are numbered in the order of
 * their ids, languages are ordered by name, so that nothing depends on row order.
 * Owned by its arena, read-only once made.
 */
#ifndef SCHEDULER_FORMING_H
#define SCHEDULER_FORMING_H

#include "matcher/match.h"
#include "scheduler/schedule.h"
#include "scheduler/slots.h"

#define FORMING_NO_GROUP UINT32_MAX

enum {
	FORMING_NOBODY = -1,
	FORMING_MAX_PAIRS = 50000000, /* guides x newcomers */
	MISSES_NEVER = 255,           /* unable to come on some date */
};

/* What could become a cohort: a guide with a language at a pattern. */
struct opening {
	uint32_t guide, language, pattern; /* guide number, term, number */
	uint64_t *seats; /* newcomers: language, hours, no avoiding */
};

struct forming {
	const struct community *c;
	const struct intake *in;
	struct slots slots;
	struct pattern *pattern; /* all usable */
	uint32_t n_patterns;
	unsigned quarters;      /* of a session */
	struct busy_index busy; /* of everybody */

	uint32_t n_newcomers, words; /* words of a set of newcomers */
	uint32_t *newcomer;          /* person */
	uint8_t *misses;             /* newcomer x WEEK_SLOTS */
	uint64_t *comes;             /* pattern x words */

	uint32_t n_guides;
	uint32_t *guide;            /* person */
	int32_t *guide_as_newcomer; /* newcomer number or FORMING_NOBODY */
	uint8_t *load;              /* cohorts at most */
	uint8_t *guide_can;         /* guide x patterns */
	int32_t *fit;               /* guide x newcomers: points */

	struct opening *opening; /* by guide, language name, pattern */
	uint32_t n_openings;
	uint32_t *first_opening; /* of each guide, and the end */

	/* by newcomer: the first one of their organization, where a cohort may have
	 * only so many of it; else FORMING_NO_GROUP */
	uint32_t *group;

	/* newcomers who must not meet: those of i are apart[apart_of[i]] … */
	uint32_t *apart, *apart_of;
};

enum err_code forming_new(struct arena *a, const struct community *c,
    const struct policy *p, const struct intake *in,
    const struct busy_time *busy, uint32_t n_busy, struct forming **ret,
    struct err *e) ERR_CHECKED;

static inline bool forming_in(const uint64_t *set, uint32_t i)
{
	return set[i / 64] >> (i % 64) & 1;
}

static inline void forming_put(uint64_t *set, uint32_t i)
{
	set[i / 64] |= (uint64_t)1 << (i % 64);
}

static inline const uint64_t *forming_comes(
    const struct forming *f, uint32_t pattern)
{
	return f->comes + (size_t)pattern * f->words;
}

static inline int64_t forming_value(
    const struct forming *f, uint32_t guide, uint32_t newcomer)
{
	return SCHEDULE_PLACED +
	       f->fit[(size_t)guide * f->n_newcomers + newcomer];
}

/* Do the sessions of two openings overlap? */
static inline bool forming_overlap(
    const struct forming *f, uint32_t a, uint32_t b)
{
	return slots_patterns_overlap(&f->pattern[f->opening[a].pattern],
	    &f->pattern[f->opening[b].pattern], f->quarters);
}

/* Must these two newcomers not meet? */
bool forming_apart(const struct forming *f, uint32_t a, uint32_t b);

/* How many of these n newcomers, without `but`, are of the organization of i. */
uint32_t forming_of_group(const struct forming *f, uint32_t i,
    const uint32_t *list, uint32_t n, uint32_t but);

/* Level of a language, 0 when not spoken. */
uint8_t forming_level(const struct person *p, uint32_t language);

#endif
