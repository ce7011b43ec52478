/*
 * One pass of the checker over all pairs: every newcomer is rated with all mentors
 * once, on all threads, and every question that is about pairs is asked of that row.
 * Private to verify.c.
 */
#ifndef MATCHER_VERIFY_ROWS_H
#define MATCHER_VERIFY_ROWS_H

#include "base/arena.h"
#include "base/err.h"
#include "matcher/rate.h"

struct verify_question {
	/* The points with every mentor, -1: not allowed. Any worker, any order; what
	 * it counts it counts by worker. */
	bool (*holds)(void *cookie, unsigned worker, uint32_t newcomer,
	    const int16_t *points);
	/* Says what is wrong with a row that does not hold. */
	enum err_code (*tell)(void *cookie, uint32_t newcomer,
	    const int16_t *points, struct err *e);
	void *cookie;
};

enum {
	VERIFY_MAX_QUESTIONS = 4
};

/* ERR_VALIDATION by the first question that does not hold, about the first newcomer
 * with whom it does not, whatever the number of threads; ERR_NOMEM. Counts the
 * allowed pairs when all hold. */
enum err_code verify_rows(struct arena *a, const struct scorer *s,
    const struct rate *r, unsigned threads,
    const struct verify_question *question, unsigned n, uint64_t *ret_allowed,
    struct err *e) ERR_CHECKED;

#endif
