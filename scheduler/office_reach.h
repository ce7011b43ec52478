/* Whom each possible slot of office hours reaches: the problem of office.h as bit sets. */
#ifndef SCHEDULER_OFFICE_REACH_H
#define SCHEDULER_OFFICE_REACH_H

#include "scheduler/office.h"

/* One possible slot of a host, at a quarter hour of the host's week. */
struct office_option {
	uint16_t quarter, n_dates;
	uint16_t discomfort;   /* the host's own */
	const uint64_t *reach; /* bit i: newcomer i */
};

struct office_problem {
	const struct office_wish *w;
	const int64_t *worth;         /* by newcomer */
	struct office_option *option; /* of a host by quarter */
	uint32_t *first;              /* n_hosts + 1 starts into option */
	uint32_t words;               /* of a reach */
	const uint32_t *by_worth;     /* newcomers, dearest first */
};

static inline bool office_reaches(const struct office_option *o, uint32_t i)
{
	return o->reach[i / 64] >> (i % 64) & 1;
}

/* Do two slots of the host overlap, the week taken as a circle? */
bool office_overlap(
    const struct office_host *h, uint16_t quarter, uint16_t other);

enum err_code office_reach(struct arena *a, const struct community *c,
    const struct office_wish *w, const struct busy_time *busy, uint32_t n_busy,
    struct office_problem *ret, struct err *e) ERR_CHECKED;

/*
 * A bound on every plan, and on the way to it weekly times that look good: `look` gets n
 * options (indexes) that no two overlap but for the week's end, and may be NULL.
 */
enum err_code office_bound(struct arena *a, const struct office_problem *x,
    void (*look)(void *cookie, const uint32_t *option, uint32_t n),
    void *cookie, int64_t *ret_bound, struct err *e) ERR_CHECKED;

#endif
