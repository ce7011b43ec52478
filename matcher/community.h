/*
 * People as the matcher and the scheduler see them: plain data, no strings to
 * compare on a hot path. Filled by api/member_file (a CSV) and owned by the arena
 * it was built in; read-only afterwards; any thread may read it.
 */
#ifndef MATCHER_COMMUNITY_H
#define MATCHER_COMMUNITY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/week.h"
#include "base/zone.h"
#include "matcher/terms.h"

enum {
	COMMUNITY_MAX_PEOPLE = 200000,
	PERSON_MAX_TERMS = 64, /* per list: roles, stack, wants, tags, … */
	PERSON_MAX_LANGUAGES = 16,
	PERSON_MAX_NAMED = 100, /* preferences, avoid */
	PERSON_MAX_CAPACITY = 100,
	PERSON_MAX_RECENT = 1000, /* pairings lately */
	LEVEL_NATIVE = 7,         /* languages: A1 = 1 … C2 = 6, native = 7 */
	STACK_MAX_LEVEL = 5,
	STACK_DEFAULT_LEVEL = 3, /* a stack term without a level */
	PERSON_MAX_VOLUNTEER = 3,
	PERSON_MAX_CARRIED = 10000,
};

enum participation {
	PARTICIPATION_NEWCOMER = 1,
	PARTICIPATION_MENTOR = 2,
	PARTICIPATION_BOTH = 3,
};

struct term_level {
	uint32_t term;
	uint8_t level;
};

struct person {
	const char *id; /* external_id: unique, the canonical sort key */
	const char *name;
	const char *email;
	enum participation participation;
	const uint32_t *roles, *wants, *tags; /* sorted, unique normal terms */
	const struct term_level *stack;       /* sorted by term, unique */
	const struct term_level *languages;   /* term = base language subtag */
	uint32_t industry, style, organization; /* TERM_NONE when absent */
	uint16_t n_roles, n_wants, n_tags, n_stack, n_languages;
	uint16_t n_windows, n_preferences, n_avoid;
	const struct window *windows;   /* normalised */
	const struct zone *zone;        /* never NULL */
	const uint32_t *preferences;    /* person indexes, best first */
	const uint32_t *avoid;          /* person indexes, sorted */
	int16_t years_tenths;           /* -1 when absent */
	uint16_t capacity;              /* places as a mentor; 0 = pausing */
	uint16_t waiting_days;          /* since the request; 0 when new */
	int16_t recent_pairings;        /* as a mentor; -1 when unknown */
	const struct window *preferred; /* normalised, within windows */
	uint16_t n_preferred;           /* 0: 9 to 17 */
	uint8_t volunteer; /* shares of inconvenient hours beyond one's own */
	uint16_t carried;  /* discomfort of earlier sessions, decayed */
	uint8_t mentors_wanted; /* at once; 0: as many as the policy allows */
};

struct community {
	struct person *person; /* sorted by id (strcmp) */
	uint32_t n;
	const struct terms *terms; /* term numbers -> text, for messages */
};

static inline bool person_is_newcomer(const struct person *p)
{
	return p->participation & PARTICIPATION_NEWCOMER;
}

static inline bool person_is_mentor(const struct person *p)
{
	return p->participation & PARTICIPATION_MENTOR;
}

#endif
