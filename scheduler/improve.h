/*
 * From fractional columns to a plan, and to better plans.
 *
 * A choice is a list of columns of the pool that can hold together. Needs a
 * master whose columns were generated. Deterministic: the only randomness is a
 * generator seeded by the caller.
 */
#ifndef SCHEDULER_IMPROVE_H
#define SCHEDULER_IMPROVE_H

#include "scheduler/master.h"

struct choice {
	uint32_t *column; /* numbers in the pool */
	uint32_t n;
	int64_t value;
};

/* Room for every cohort there can be. NULL members: no memory. */
struct choice improve_choice(struct arena *a, const struct forming *f);

/* Dive: solve, fix the strongest columns, re-price, repeat; beginning from the
 * columns in *choice, which is replaced by the result. */
enum err_code improve_dive(struct master *m, struct choice *choice,
    const char *phase, struct err *e) ERR_CHECKED;

/* The best newcomers for the choice's guides, languages and patterns: an exact
 * transportation problem. Never makes the choice worse. */
enum err_code improve_assign(
    struct master *m, struct choice *choice, struct err *e) ERR_CHECKED;

/* Free a few cohorts, dive again, keep what is better; until the bound is met or
 * `rounds` brought nothing in a row. */
enum err_code improve_search(struct master *m, struct choice *choice,
    int64_t bound, uint64_t seed, uint32_t rounds, struct err *e) ERR_CHECKED;

/* Branch and cut over the columns that can still be in a better plan, when they
 * are few. `root` are the prices that gave `bound`. */
enum err_code improve_exact(struct master *m, struct choice *choice,
    int64_t bound, const struct prices *root, struct err *e) ERR_CHECKED;

#endif
