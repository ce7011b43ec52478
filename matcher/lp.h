/*
 * Linear and integer programs by GLPK: the one door to it.
 *
 * Rows and columns are numbered from 0 in the order they were added. Solving
 * again after adding rows, columns or bounds starts from the basis of the last
 * solve (column generation). Everything runs under an error hook: where GLPK
 * would abort the process the call returns ERR_SOLVER instead, and since GLPK's
 * environment is then gone, every struct lp of this thread is dead: each further
 * call on one gives ERR_SOLVER, lp_free stays valid.
 *
 * Limits are iterations and nodes, never seconds: same calls, same results.
 * Ownership: the caller frees. Threads: a struct lp stays in the thread that
 * made it; different threads may each have their own.
 */
#ifndef MATCHER_LP_H
#define MATCHER_LP_H

#include <math.h>
#include <stdbool.h>

#include "base/err.h"

enum {
	LP_MAX_ROWS = 2000000,
	LP_MAX_COLUMNS = 20000000,
	LP_MEMORY_MB = 2048, /* GLPK's own limit for this thread */
};

struct lp;

enum lp_status {
	LP_OPTIMAL,
	LP_INFEASIBLE, /* no solution exists */
	LP_UNBOUNDED,
	LP_FEASIBLE, /* the limit ended the search; a solution is known */
	LP_UNKNOWN,  /* the limit ended the search; nothing is known */
};

enum lp_place {
	LP_BASIC,
	LP_AT_LOWER,
	LP_AT_UPPER
};

struct lp_entry {
	int row;
	double value;
};

struct lp_term {
	int column;
	double value;
};

enum err_code lp_new(
    bool maximise, struct lp **ret_lp, struct err *e) ERR_CHECKED;
void lp_free(struct lp *lp); /* NULL is fine */

/* n rows low <= row <= high each (-INFINITY, INFINITY: no bound; low == high: an
 * equation). *ret_first (may be NULL) is the number of the first. */
enum err_code lp_add_rows(struct lp *lp, int n, double low, double high,
    int *ret_first, struct err *e) ERR_CHECKED;

/* A column with its entries, each row at most once. ret_column may be NULL. A new
 * column is non-basic at its lower bound. */
enum err_code lp_add_column(struct lp *lp, double low, double high, double cost,
    const struct lp_entry *entry, int n, int *ret_column,
    struct err *e) ERR_CHECKED;

/* A row over columns that are there, each at most once; it begins basic. */
enum err_code lp_add_row(struct lp *lp, double low, double high,
    const struct lp_term *term, int n, int *ret_row, struct err *e) ERR_CHECKED;

enum err_code lp_bound_row(
    struct lp *lp, int row, double low, double high, struct err *e) ERR_CHECKED;
enum err_code lp_bound_column(struct lp *lp, int column, double low,
    double high, struct err *e) ERR_CHECKED;
enum err_code lp_cost(
    struct lp *lp, int column, double cost, struct err *e) ERR_CHECKED;

/* The starting basis. Exactly as many rows and columns must be LP_BASIC as there
 * are rows; lp_solve repairs a singular basis by starting from the slacks. */
enum err_code lp_place_row(
    struct lp *lp, int row, enum lp_place place, struct err *e) ERR_CHECKED;
enum err_code lp_place_column(
    struct lp *lp, int column, enum lp_place place, struct err *e) ERR_CHECKED;

/* Primal simplex from the present basis. */
enum err_code lp_solve(struct lp *lp, int max_iterations,
    enum lp_status *ret_status, struct err *e) ERR_CHECKED;

/* Dual simplex: the way on from an optimum after rows or bounds have changed. */
enum err_code lp_solve_dual(struct lp *lp, int max_iterations,
    enum lp_status *ret_status, struct err *e) ERR_CHECKED;

/* Of the last lp_solve; NAN for a number out of range or a dead program; meaningful for LP_OPTIMAL (values also for LP_FEASIBLE).
 * Duals are those of the problem as stated: at an optimum, for a maximum, the
 * reduced cost of a column at its lower bound is cost - dual . entries <= 0. */
double lp_objective(const struct lp *lp);
double lp_value(const struct lp *lp, int column);
double lp_dual(const struct lp *lp, int row);
double lp_reduced_cost(const struct lp *lp, int column);
int lp_iterations(const struct lp *lp); /* of the last lp_solve alone */
int lp_rows(const struct lp *lp);
int lp_columns(const struct lp *lp);

/* Branch and cut. */
enum err_code lp_integer_column(
    struct lp *lp, int column, struct err *e) ERR_CHECKED;

/* From now on searches go to the depth first, by the most fractional column, and end
 * at a solution within this part of its bound: a good one soon, a proof late. */
void lp_search_deep(struct lp *lp, double gap);

/*
 * Solve with the marked columns integer, at most max_nodes nodes (0: only the
 * root). `incumbent` (one value a column) may be NULL; a feasible one is offered
 * as first solution. *ret_bound (may be NULL) is a proven bound on the objective
 * of any integer solution: equal to the objective when LP_OPTIMAL.
 */
enum err_code lp_solve_integer(struct lp *lp, int max_nodes,
    const double *incumbent, enum lp_status *ret_status, double *ret_bound,
    struct err *e) ERR_CHECKED;

/* Of the last lp_solve_integer; meaningful for LP_OPTIMAL and LP_FEASIBLE. */
double lp_integer_objective(const struct lp *lp);
double lp_integer_value(const struct lp *lp, int column);

#endif
