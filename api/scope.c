/* Scopes: see scope.h. */
#include "api/scope.h"

#include <string.h>

static const char *const NAMES[] = {
#define SCOPE(name, slug) [SCOPE_NUMBER_##name] = (slug),
#include "api/scope.def"
#undef SCOPE
};

#define FAMILY(name) SCOPE_##name##_READ, SCOPE_##name##_WRITE

static const struct {
	const char *segment;
	unsigned read, write;
} COLLECTIONS[] = {
    {"me", FAMILY(MEMBERS)},
    {"members", FAMILY(MEMBERS)},
    {"imports", FAMILY(MEMBERS)},
    {"personal-data", SCOPE_PERSONAL_DATA_READ, SCOPE_PERSONAL_DATA_READ},
    {"programs", FAMILY(PROGRAMS)},
    {"mentor-requests", FAMILY(MATCHING)},
    {"matching-rounds", FAMILY(MATCHING)},
    {"comparisons", FAMILY(MATCHING)},
    {"repairs", FAMILY(MATCHING)},
    {"trials", FAMILY(MATCHING)},
    {"proposals", FAMILY(MATCHING)},
    {"pairings", FAMILY(MATCHING)},
    {"intakes", FAMILY(COHORTS)},
    {"cohorts", FAMILY(COHORTS)},
    {"sessions", FAMILY(CALENDAR)},
    {"meetings", FAMILY(CALENDAR)},
    {"first-meetings", FAMILY(CALENDAR)},
    {"journey-templates", FAMILY(PROGRAMS)},
    {"journeys", FAMILY(PROGRAMS)},
    {"office-hours", FAMILY(CALENDAR)},
    {"slots", FAMILY(CALENDAR)},
    {"bookings", FAMILY(CALENDAR)},
    {"invitations", FAMILY(CALENDAR)},
    {"deliveries", FAMILY(CALENDAR)},
    {"answers", FAMILY(CALENDAR)},
    {"feeds", FAMILY(CALENDAR)},
    {"app-passwords", FAMILY(CALENDAR)},
    {"zone-drift", SCOPE_CALENDAR_READ, SCOPE_CALENDAR_READ},
    {"doctor", SCOPE_CALENDAR_READ, SCOPE_CALENDAR_READ},
    {"tokens", FAMILY(TOKENS)},
    {"identities", FAMILY(TOKENS)},
    {"audit-head", SCOPE_AUDIT_READ, SCOPE_AUDIT_READ},
    {"audit-events", SCOPE_AUDIT_READ, SCOPE_AUDIT_READ},
};

unsigned scope_needed(const char *method, const char *path)
{
	bool reads = strcmp(method, "GET") == 0;
	unsigned found = SCOPE_NONE;

	while (*path) {
		size_t n = strcspn(path, "/:");

		for (size_t i = 0;
		     i < sizeof(COLLECTIONS) / sizeof(COLLECTIONS[0]); i++)
			if (strlen(COLLECTIONS[i].segment) == n &&
			    memcmp(COLLECTIONS[i].segment, path, n) == 0)
				found = reads ? COLLECTIONS[i].read
					      : COLLECTIONS[i].write;
		path += n + (path[n] != '\0');
	}
	return found;
}

bool scope_parse(const char *names, unsigned *ret)
{
	unsigned found = SCOPE_NONE;

	while (*names) {
		size_t n = strcspn(names, " "), i = 0;

		while (i < SCOPE_COUNT && (strlen(NAMES[i]) != n ||
					      memcmp(NAMES[i], names, n) != 0))
			i++;
		if (i == SCOPE_COUNT)
			return false;
		found |= 1u << i;
		names += n + (names[n] != '\0');
	}
	*ret = found;
	return true;
}

const char *scope_format(struct arena *a, unsigned scopes)
{
	const char *out = "";

	for (unsigned i = 0; out && i < SCOPE_COUNT; i++)
		if (scopes & 1u << i)
			out = arena_printf(
			    a, "%s%s%s", out, *out ? " " : "", NAMES[i]);
	return out;
}
