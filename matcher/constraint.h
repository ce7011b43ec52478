/*
 * Side constraints of a policy: limits on the plan as a whole, which no pair alone
 * can break or keep. At least 30 % of the pairs for a region, at most two newcomers
 * of one organization with the same mentor, twenty new mentors in use.
 *
 * Plain data, texts canonical (api/text.h), owned by the arena of the policy.
 */
#ifndef MATCHER_CONSTRAINT_H
#define MATCHER_CONSTRAINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "matcher/community.h"

enum {
	CONSTRAINTS_MAX = 16,
	CONSTRAINT_MAX_NAME = 80, /* characters */
	CONSTRAINT_MAX_TEXTS = 64,
	CONSTRAINT_MAX_COUNT = 1000000,
	CONSTRAINT_NONE = -1, /* no such limit */
};

/* What decides who is of a group. */
enum group_attribute {
#define GROUP(code, key) GROUP_##code,
#include "matcher/constraint.def"
#undef GROUP
	GROUP_ATTRIBUTES
};

/* What a constraint can limit. */
enum constraint_measure {
#define MEASURE(code, key, most) MEASURE_##code,
#include "matcher/constraint.def"
#undef MEASURE
	MEASURES
};

struct group_texts {
	const char *const *text;
	size_t n;
};

/* Whoever has one of the texts of each attribute that has any. Time zones go by
 * name or by a part before a slash: "Africa". */
struct group {
	struct group_texts any[GROUP_ATTRIBUTES];
	int32_t most_recent_pairings; /* of a mentor, known; or NONE */
};

/* The pairs of a newcomer and a mentor of these groups. */
struct constraint {
	const char *name;
	struct group newcomers, mentors;
	int32_t limit[MEASURES];
};

extern const char *const CONSTRAINT_GROUP_KEY[GROUP_ATTRIBUTES];
extern const char *const CONSTRAINT_MEASURE_KEY[MEASURES];

bool constraint_for_everybody(const struct group *g);

/* Limits of a policy that are sums over pairs: all but those of one organization. */
uint32_t constraint_rows(const struct constraint *c, uint32_t n);

/* For digests: one line for each field that says something. */
void constraint_canonical(const struct constraint *c, struct str *out);

#endif
