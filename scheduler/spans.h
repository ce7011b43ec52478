/*
 * A person's free time as instants: ascending, disjoint, half-open spans.
 *
 * Weekly local windows become spans on the real dates; minutes whose local time
 * occurs twice are cut out, and so are busy times. Windows that meet across a
 * midnight, a week's end or a jump of the clocks are one span. Pure; any thread.
 */
#ifndef SCHEDULER_SPANS_H
#define SCHEDULER_SPANS_H

#include "base/arena.h"
#include "base/err.h"
#include "base/week.h"
#include "base/zone.h"
#include "scheduler/intake.h"

struct span {
	int64_t begin, end;
};

struct spans {
	struct span *span; /* ascending, disjoint, not touching */
	uint32_t n;
};

/*
 * The free time of a person within `within`. `busy` holds the person's busy
 * times only, sorted by begin, overlaps allowed. ERR_VALIDATION when the zone's
 * table does not cover that, ERR_NOMEM. O(weeks * windows + changes + busy).
 */
enum err_code spans_of_person(struct arena *a, const struct window *window,
    uint32_t n_windows, const struct zone *zone, const struct span *busy,
    uint32_t n_busy, struct span within, struct spans *ret,
    struct err *e) ERR_CHECKED;

/* Does [begin, end) lie inside one span? O(log spans). */
bool spans_hold(const struct spans *s, int64_t begin, int64_t end);

/* The busy times of everybody, grouped by person, each group sorted by begin. */
struct busy_index {
	const struct span *span;
	const uint32_t *first; /* n_people + 1 starts into span */
};

/* ERR_VALIDATION for a person beyond the community or an end not after its
 * begin. O(busy log busy + people). */
enum err_code spans_index_busy(struct arena *a, uint32_t n_people,
    const struct busy_time *busy, uint32_t n_busy, struct busy_index *ret,
    struct err *e) ERR_CHECKED;

#endif
