/*
 * Scopes: what a token is limited to beyond its role. A set is an unsigned of bits.
 * Which scope an operation asks for follows from its path: the last collection that it
 * names belongs to a family, and GET reads. Pure; any thread.
 */
#ifndef API_SCOPE_H
#define API_SCOPE_H

#include <stdbool.h>

#include "base/arena.h"

enum scope_number {
#define SCOPE(name, slug) SCOPE_NUMBER_##name,
#include "api/scope.def"
#undef SCOPE
	SCOPE_COUNT
};

enum scope {
	SCOPE_NONE = 0,
#define SCOPE(name, slug) SCOPE_##name = 1 << SCOPE_NUMBER_##name,
#include "api/scope.def"
#undef SCOPE
	SCOPE_EVERY = (1 << SCOPE_COUNT) - 1,
	/* Of a token without a list: whatever its role may do. */
	SCOPE_UNLIMITED = 1 << SCOPE_COUNT | SCOPE_EVERY,
};

/* "GET", "/v1/programs/{id}/intakes": SCOPE_COHORTS_READ. SCOPE_NONE for paths of no
 * collection. */
unsigned scope_needed(const char *method, const char *path);

/* "members:read matching:read"; false when a name is unknown. */
bool scope_parse(const char *names, unsigned *ret);
/* The same back, in the order of the list; NULL without memory. */
const char *scope_format(struct arena *a, unsigned scopes);

#endif
