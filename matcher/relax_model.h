/*
 * The model that relax.c solves: rows, columns and the basis to begin with. Private to
 * the relax files.
 */
#ifndef MATCHER_RELAX_MODEL_H
#define MATCHER_RELAX_MODEL_H

#include "matcher/relax.h"

enum {
	RELAX_NONE = -1 /* no such row or column */
};

/* GLPK's values are this near. */
#define RELAX_EPSILON 1e-6

struct relax_worker {
	struct rate_work *work;
	int64_t *charge; /* by mentor */
	int64_t sum;     /* of u */
};

static inline int64_t relax_weight(const struct relax *x, uint32_t i)
{
	return x->columns->weight[i];
}

/* What a column is worth in the goal at hand. */
double relax_cost(const struct relax *x, const struct relax_column *k);

bool relax_has_column(const struct relax *x, uint32_t i, uint32_t j);

/* *ret_column (may be NULL) is its number in the LP. */
enum err_code relax_add_column(struct relax *x, uint32_t i, uint32_t j,
    int32_t points, int *ret_column, struct err *e) ERR_CHECKED;

/* Rows for the places of one organization that the solution exceeds; how many. */
enum err_code relax_add_broken_caps(
    struct relax *x, uint32_t *ret_added, struct err *e) ERR_CHECKED;

#endif
