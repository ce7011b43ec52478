/*
 * Sessions as weekly hours of one person's own clock, for texts. Pure; any thread.
 */
#ifndef SCHEDULER_HOURS_H
#define SCHEDULER_HOURS_H

#include "base/str.h"
#include "scheduler/intake.h"

enum {
	HOURS_MAX = 2 * INTAKE_MAX_SESSIONS_PER_WEEK * INTAKE_MAX_WEEKS,
};

/* The windows that hold every session, joined; a session over midnight gives two
 * before joining. Returns their number. At most HOURS_MAX / 2 sessions. */
unsigned hours_of_sessions(const struct zone *z, const int64_t *session,
    uint16_t n, uint16_t minutes, struct window w[HOURS_MAX]);

/* "Tue 18:00-19:30 and Wed 00:00-00:30": windows cut at midnights. */
void hours_put(struct str *out, const struct window *w, unsigned n);

/* Minutes of these windows that the person does not offer yet. */
unsigned hours_added(
    const struct person *p, const struct window *w, unsigned n);

#endif
