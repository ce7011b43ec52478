/*
 * What a session costs a person, whatever their place in the cohort.
 *
 * A local hour costs 0 from 9 to 17, then 1, 4, 9 and 25 the earlier or later it is.
 * Whoever names preferred hours has them at 0 instead, whatever the clock says; every
 * other minute costs the dearer of its hour and of its distance from the nearest preferred
 * minute: 1 up to an hour, 4 up to three, 9 up to five, 25 beyond. A session costs what
 * the dearest of its quarter hours' beginnings and its last minute does. Pure; any thread.
 */
#ifndef SCHEDULER_DISCOMFORT_H
#define SCHEDULER_DISCOMFORT_H

#include "matcher/community.h"

enum {
	DISCOMFORT_MOST = 25, /* of one session */
	/* A multiple of every 1 + volunteer. */
	DISCOMFORT_SHARES = 12,
};

/* `begin` is an instant; the zone's table must cover the session. */
unsigned discomfort_of(const struct person *p, int64_t begin, int64_t seconds);

/* What one unit weighs when people are compared: less for those who volunteer to bear
 * several shares. */
static inline unsigned discomfort_weight(const struct person *p)
{
	return DISCOMFORT_SHARES / (1u + p->volunteer);
}

#endif
