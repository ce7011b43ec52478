/*
 * The linear relaxation under side constraints, over all allowed pairs.
 *
 * Rows: each newcomer at most once, each mentor at most at capacity, the rows of
 * side.h, and the places of one organization with one mentor where a solution
 * exceeds them. GLPK solves it over the near columns, from the basis that the
 * assignment without constraints leaves; all pairs are priced with its duals until
 * none prices out. Whatever GLPK's doubles say, the prices taken from it are whole
 * numbers and bound every plan exactly (side.h). Private to the solver.
 */
#ifndef MATCHER_RELAX_H
#define MATCHER_RELAX_H

#include "matcher/columns.h"
#include "matcher/lp.h"
#include "matcher/side.h"

struct relax_column {
	uint32_t newcomer, mentor;
	int32_t points;
	uint32_t next; /* of this newcomer; UINT32_MAX: the last */
};

/* A row: newcomers of one organization with one mentor. */
struct relax_cap {
	uint32_t constraint, mentor, organization;
	int row;
};

enum relax_goal {
	RELAX_PEOPLE, /* the greatest weight served */
	RELAX_TOTAL,  /* points, and `reward` for each unit of weight */
	RELAX_GOALS
};

struct relax {
	struct arena *arena;
	struct columns *columns;
	const struct side *side;
	struct lp *lp;
	struct relax_column *column; /* LP columns first_column and on */
	uint32_t n, size;
	uint32_t *head; /* by newcomer: into column */
	struct relax_cap *cap;
	uint32_t n_caps, caps_size;
	uint32_t forced;                          /* UINT32_MAX: none */
	int first_mentor, first_side, weight_row; /* rows; newcomers from 0 */
	int first_column;
	int *use_row;  /* by side row and mentor: y - sum x <= 0; -1: none */
	int *short_of; /* by side row: the column that lacks to it; -1 */
	struct relax_worker *worker;
	int64_t *u;           /* by newcomer, as the LP has it, scaled */
	int64_t reward;       /* points for a unit of weight in RELAX_TOTAL */
	int64_t weight_limit; /* no plan serves more … */
	bool is_weight_due;   /* … and this one shall not serve less */
	enum relax_goal goal;
	int32_t least_points;
	/* of the last relax_solve */
	double weight;   /* served */
	uint32_t passes; /* over all pairs, all solves */
};

/* After columns_solve(COLUMNS_TOTAL): the model with its near columns and basis.
 * ERR_NOMEM, ERR_SOLVER. The caller calls relax_free. */
enum err_code relax_new(struct arena *a, struct columns *c,
    const struct side *s, struct relax **ret, struct err *e) ERR_CHECKED;
void relax_free(struct relax *x); /* NULL is fine */

/* An allowed pair that every solution from now on has, whatever its points. */
enum err_code relax_force(struct relax *x, uint32_t newcomer, uint32_t mentor,
    struct err *e) ERR_CHECKED;

/* Bounds of a column that may be used, or not. */
enum err_code relax_allow(struct relax *x, uint32_t column, bool is_allowed,
    struct err *e) ERR_CHECKED;

/*
 * The optimum of a goal over pairs of at least so many points, and its prices in
 * *step (arrays in `a`), whose objective bounds every plan: value * points_scale.
 * ERR_VALIDATION with a field when a limit cannot be kept; ERR_TIMEOUT; ERR_SOLVER.
 */
enum err_code relax_solve(struct relax *x, struct arena *a,
    enum relax_goal goal, int32_t least_points, struct certificate_step *step,
    struct err *e) ERR_CHECKED;

/* The next best pairs of every newcomer by the prices of the last relax_solve become
 * columns too. */
enum err_code relax_widen(
    struct relax *x, struct certificate_step *step, struct err *e) ERR_CHECKED;

/*
 * After relax_solve(RELAX_TOTAL) that gave *step: a plan in whole people near it, by
 * GLPK's branch and cut over the columns that lack at most a few points; over more
 * where these hold none. mate[0 .. newcomers), ASSIGN_ALONE for nobody. False in
 * *ret_found: none was found.
 */
enum err_code relax_integer(struct relax *x, struct certificate_step *step,
    uint32_t *mate, bool *ret_found, struct err *e) ERR_CHECKED;

#endif
