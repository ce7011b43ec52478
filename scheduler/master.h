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
};

struct master {
	struct arena *a;
	const struct forming *f;
	const struct match_options *o; /* may be NULL */
	struct lp *lp;
	struct pricer *pricer;
	struct column *column;
	bool *is_closed; /* by column: ruled out in the program */
	uint32_t n_columns, room;
	int *newcomer_row, *guide_row, *moment_row; /* -1: no such row */
	int *newcomer_weight; /* coefficient in the newcomer's row */
	struct prices prices; /* of the last solve */
	struct prices
	    centre;     /* of the best bound, where master_generate begins */
	int64_t reward; /* in PRICE_UNITs: what forced openings earn,
				taken off every bound */
	int64_t bound_units; /* of the last pricing, in PRICE_UNITs */
	uint32_t solves;
	bool stopped; /* the progress callback said so: finish soon */
};

enum err_code master_new(struct arena *a, const struct forming *f,
    const struct match_options *o, struct master **ret,
    struct err *e) ERR_CHECKED;
void master_free(struct master *m); /* NULL is fine */

/* Let the program have the columns of `r` only. */
enum err_code master_restrict(
    struct master *m, const struct remainder *r, struct err *e) ERR_CHECKED;

/*
 * Solve and price until nothing is gained, `max_rounds` are over, the bound is not
 * above `enough` or the run is stopped. *ret_bound is the best bound seen, in
 * objective units, on plans out of `r`; INT64_MAX when none was. *ret_whole: the
 * program's solution is the best of all columns.
 */
enum err_code master_generate(struct master *m, const struct remainder *r,
    uint32_t max_rounds, int64_t enough, const char *phase, int64_t *ret_bound,
    bool *ret_whole, struct err *e) ERR_CHECKED;

/* Add a copy of a column to the pool and the program. */
enum err_code master_add(struct master *m, const struct column *col,
    uint32_t *ret_column, struct err *e) ERR_CHECKED;

/* prices . right-hand sides: with what the guides can gain at these prices, a bound
 * in PRICE_UNITs. */
int64_t master_price_sum(const struct master *m, const struct prices *prices);

/* Prices of the master's shape, all zero; false without memory. */
bool master_prices(struct arena *a, const struct master *m, struct prices *ret);
void master_copy_prices(
    const struct master *m, struct prices *to, const struct prices *from);

/* Close openings of *openings that no plan better than `value` uses, judging by the
 * last pricing_run and its bound in PRICE_UNITs. */
void master_close(const struct master *m, const uint8_t *load, int64_t bound,
    int64_t value, uint64_t *openings);

/* Tell the progress; remembers a true answer in m->stopped. */
void master_tell(struct master *m, const char *phase, uint64_t done,
    int64_t objective, int64_t bound);

#endif
