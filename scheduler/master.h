/*
 * The master: choose columns (cohorts) so that every newcomer is in one at most,
 * no guide has too many, and no guide is in two places; by column generation.
 *
 * Rows: one per newcomer, one per guide, and for guides of several cohorts one per
 * quarter hour in which two of their patterns may meet (the maximal ones only).
 * Somebody who is both newcomer and guide has one row for both, so that nobody is
 * in two cohorts. Duals are rounded to integers of 1/PRICE_UNIT before pricing:
 * any non-negative prices bound the optimum, so the bound is exact, whatever the
 * LP's rounding. Freed by its owner; the columns live in its arena.
 */
#ifndef SCHEDULER_MASTER_H
#define SCHEDULER_MASTER_H

#include "matcher/lp.h"
#include "scheduler/pricing.h"

enum {
	MASTER_MAX_COLUMNS = 400000,
	MASTER_MAX_ITERATIONS = 1000000, /* simplex, per solve */
};

struct master {
	struct arena *a;
	const struct forming *f;
	const struct match_options *o; /* may be NULL */
	struct lp *lp;
	struct pricer *pricer;
	struct column *column;
	uint32_t n_columns, room;
	int *newcomer_row, *guide_row, *moment_row; /* -1: no such row */
	int *newcomer_weight; /* coefficient in the newcomer's row */
	struct prices prices; /* of the last solve */
	uint32_t solves;
};

enum err_code master_new(struct arena *a, const struct forming *f,
    const struct match_options *o, struct master **ret,
    struct err *e) ERR_CHECKED;
void master_free(struct master *m); /* NULL is fine */

/*
 * Solve and price until nothing is gained or `max_rounds` are over. *ret_bound
 * (may be NULL) is the best bound seen, in objective units; only meaningful when
 * nothing is fixed. ERR_TIMEOUT when the progress callback says so.
 */
enum err_code master_generate(struct master *m, const struct remainder *r,
    uint32_t max_rounds, const char *phase, int64_t *ret_bound,
    struct err *e) ERR_CHECKED;

/* Add a column to the pool and the program. */
enum err_code master_add(struct master *m, const struct column *col,
    uint32_t *ret_column, struct err *e) ERR_CHECKED;

/* A column as it stands in the rows; returns the number of entries, at most
 * MASTER_MAX_ENTRIES. */
enum {
	MASTER_MAX_ENTRIES =
	    COHORT_MAX_SIZE + 1 + 7 * INTAKE_MAX_SESSION_MINUTES / 15
};

int master_entries(const struct master *m, const struct column *col,
    struct lp_entry ret[MASTER_MAX_ENTRIES]);

/* Add the rows to a program of their own, e.g. for branch and cut. */
enum err_code master_rows(
    const struct master *m, struct lp *lp, struct err *e) ERR_CHECKED;

/* value minus prices, in PRICE_UNITs. */
int64_t master_gain(const struct master *m, const struct prices *prices,
    const struct column *col);

#endif
