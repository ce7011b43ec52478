/* The zone registry as the fixture of a cmocka group, and a zone that must be there. */
#ifndef TESTS_GOLDEN_ZONES_H
#define TESTS_GOLDEN_ZONES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "calendars/tz.h"

static inline int zones_open(void **state)
{
	struct err e = {0};
	struct tz *tz;

	if (tz_open(TZ_SERVICE_FROM, TZ_SERVICE_TO, &tz, &e) != ERR_OK)
		fail_msg("%s", e.detail);
	*state = tz;
	return 0;
}

static inline int zones_close(void **state)
{
	tz_close(*state);
	return 0;
}

static inline const struct zone *zones_get(struct tz *tz, const char *name)
{
	struct err e = {0};
	const struct zone *z = NULL;

	if (tz_zone(tz, name, &z, &e) != ERR_OK)
		fail_msg("%s", e.detail);
	return z;
}

#endif
