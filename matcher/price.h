/*
 * Looking at all pairs, row by row on all threads: the first candidates, and those
 * that price out. What a pass finds is kept by newcomer, so that it does not depend
 * on the threads. Private to columns.c.
 */
#ifndef MATCHER_PRICE_H
#define MATCHER_PRICE_H

#include "matcher/columns.h"

struct columns_candidate {
	uint32_t mentor;
	int32_t points;
};

/* Of one newcomer, best first. */
struct columns_found {
	struct columns_candidate candidate[COLUMNS_FIRST];
	uint32_t n;
};

/* Memory for the passes. False: none. */
bool price_new(struct arena *a, struct columns *c);

/* Rate every pair: c->found, c->best, c->allowed, c->most_points. ERR_TIMEOUT. */
enum err_code price_first(struct columns *c,
    const struct match_progress *progress, struct err *e) ERR_CHECKED;

/* The pairs that are worth more than the duals of c->assign, into c->found. */
enum err_code price_all(struct columns *c, struct columns_step step,
    const struct match_progress *progress, struct err *e) ERR_CHECKED;

/* What a pair is worth in a step, and which part of it counts for the first mentor
 * of the newcomer only. */
int64_t price_value(const struct columns *c, enum columns_goal goal, uint32_t i,
    uint32_t j, int32_t points);
int64_t price_once(const struct columns *c, enum columns_goal goal, uint32_t i);

#endif
