/*
 * GLPK behind one door: see lp.h.
 *
 * Invariants: GLPK is only given work inside GUARDED, that is with the error hook
 * installed and the escape set; after an escape the thread's environment is freed
 * and its epoch raised, so that no later call touches a problem of the old one.
 * `live` counts the problems of a thread: the last one frees the environment.
 */
#include "matcher/lp.h"

#include <glpk.h>
#include <limits.h>
#include <setjmp.h>
#include <stdlib.h>

struct lp {
	glp_prob *problem;
	unsigned epoch;
	int iterations;
	bool is_deep;
	double gap;
};

/* GLPK keeps its environment per thread; so do we what belongs to it. */
static _Thread_local struct {
	jmp_buf escape;
	unsigned epoch, live;
} thread;

static void on_error(void *cookie)
{
	(void)cookie;
	longjmp(thread.escape, 1); /* returning would abort the process */
}

static int on_print(void *cookie, const char *text)
{
	(void)cookie;
	(void)text;
	return 1; /* taken: nothing reaches the terminal */
}

static void enter(void)
{
	glp_term_hook(on_print, NULL);
	glp_error_hook(on_error, NULL);
	glp_mem_limit(LP_MEMORY_MB);
}

static enum err_code escaped(struct err *e)
{
	glp_free_env();
	thread.epoch++;
	return ERR_SET(e, SOLVER, "GLPK gave up: an internal limit or error");
}

/* Nothing of ours may need cleaning up between here and the GLPK calls. */
#define GUARDED(lp, e)                                                        \
	do {                                                                  \
		if ((lp)->epoch != thread.epoch)                              \
			return ERR_SET(                                       \
			    (e), SOLVER, "the program was lost to an error"); \
		enter();                                                      \
		if (setjmp(thread.escape) != 0)                               \
			return escaped(e);                                    \
	} while (0)

enum err_code lp_new(bool maximise, struct lp **ret_lp, struct err *e)
{
	struct lp *volatile lp = calloc(1, sizeof(struct lp));

	if (lp == NULL)
		return ERR_SET(e, NOMEM, "no memory for a linear program");
	enter();
	if (setjmp(thread.escape) != 0) {
		free(lp);
		return escaped(e);
	}
	lp->problem = glp_create_prob();
	glp_set_obj_dir(lp->problem, maximise ? GLP_MAX : GLP_MIN);
	lp->epoch = thread.epoch;
	thread.live++;
	*ret_lp = lp;
	return ERR_OK;
}

void lp_free(struct lp *lp)
{
	if (lp == NULL)
		return;
	if (lp->epoch == thread.epoch)
		glp_delete_prob(lp->problem);
	free(lp);
	if (--thread.live == 0)
		glp_free_env();
}

static int bound_kind(double low, double high)
{
	if (isinf(low))
		return isinf(high) ? GLP_FR : GLP_UP;
	if (isinf(high))
		return GLP_LO;
	return low < high ? GLP_DB : GLP_FX;
}

enum err_code lp_add_rows(struct lp *lp, int n, double low, double high,
    int *ret_first, struct err *e)
{
	int first;

	if (n < 1 || n > LP_MAX_ROWS - lp_rows(lp))
		return ERR_SET(e, VALIDATION,
		    "a linear program has at most %d rows", LP_MAX_ROWS);
	GUARDED(lp, e);
	first = glp_add_rows(lp->problem, n);
	for (int i = 0; i < n; i++)
		glp_set_row_bnds(
		    lp->problem, first + i, bound_kind(low, high), low, high);
	if (ret_first != NULL)
		*ret_first = first - 1;
	return ERR_OK;
}

/* The entries of GLPK's column, which counts from 1. The arrays are GLPK's own
 * memory: an escape frees them with its environment. */
static void set_entries(
    glp_prob *problem, int column, const struct lp_entry *entry, int n)
{
	int *row = glp_alloc(n + 1, sizeof(*row));
	double *value = glp_alloc(n + 1, sizeof(*value));

	for (int k = 0; k < n; k++) {
		row[k + 1] = entry[k].row + 1;
		value[k + 1] = entry[k].value;
	}
	glp_set_mat_col(problem, column, n, row, value);
	glp_free(row);
	glp_free(value);
}

enum err_code lp_add_column(struct lp *lp, double low, double high, double cost,
    const struct lp_entry *entry, int n, int *ret_column, struct err *e)
{
	int column;

	if (lp_columns(lp) >= LP_MAX_COLUMNS || n < 0)
		return ERR_SET(e, VALIDATION,
		    "a linear program has at most %d columns", LP_MAX_COLUMNS);
	GUARDED(lp, e);
	column = glp_add_cols(lp->problem, 1);
	glp_set_col_bnds(lp->problem, column, bound_kind(low, high), low, high);
	glp_set_obj_coef(lp->problem, column, cost);
	set_entries(lp->problem, column, entry, n);
	if (ret_column != NULL)
		*ret_column = column - 1;
	return ERR_OK;
}

static void set_terms(
    glp_prob *problem, int row, const struct lp_term *term, int n)
{
	int *column = glp_alloc(n + 1, sizeof(*column));
	double *value = glp_alloc(n + 1, sizeof(*value));

	for (int k = 0; k < n; k++) {
		column[k + 1] = term[k].column + 1;
		value[k + 1] = term[k].value;
	}
	glp_set_mat_row(problem, row, n, column, value);
	glp_free(column);
	glp_free(value);
}

enum err_code lp_add_row(struct lp *lp, double low, double high,
    const struct lp_term *term, int n, int *ret_row, struct err *e)
{
	enum err_code rc = lp_add_rows(lp, 1, low, high, ret_row, e);

	if (rc != ERR_OK)
		return rc;
	GUARDED(lp, e);
	set_terms(lp->problem, *ret_row + 1, term, n);
	return ERR_OK;
}

enum err_code lp_bound_row(
    struct lp *lp, int row, double low, double high, struct err *e)
{
	GUARDED(lp, e);
	glp_set_row_bnds(
	    lp->problem, row + 1, bound_kind(low, high), low, high);
	return ERR_OK;
}

enum err_code lp_bound_column(
    struct lp *lp, int column, double low, double high, struct err *e)
{
	GUARDED(lp, e);
	glp_set_col_bnds(
	    lp->problem, column + 1, bound_kind(low, high), low, high);
	return ERR_OK;
}

enum err_code lp_cost(struct lp *lp, int column, double cost, struct err *e)
{
	GUARDED(lp, e);
	glp_set_obj_coef(lp->problem, column + 1, cost);
	return ERR_OK;
}

static int place_of(enum lp_place place)
{
	static const int PLACE[] = {
	    [LP_BASIC] = GLP_BS,
	    [LP_AT_LOWER] = GLP_NL,
	    [LP_AT_UPPER] = GLP_NU,
	};

	return PLACE[place];
}

enum err_code lp_place_row(
    struct lp *lp, int row, enum lp_place place, struct err *e)
{
	GUARDED(lp, e);
	glp_set_row_stat(lp->problem, row + 1, place_of(place));
	return ERR_OK;
}

enum err_code lp_place_column(
    struct lp *lp, int column, enum lp_place place, struct err *e)
{
	GUARDED(lp, e);
	glp_set_col_stat(lp->problem, column + 1, place_of(place));
	return ERR_OK;
}

static enum lp_status status_of(int status)
{
	switch (status) {
	case GLP_OPT:
		return LP_OPTIMAL;
	case GLP_FEAS:
		return LP_FEASIBLE;
	case GLP_NOFEAS:
		return LP_INFEASIBLE;
	case GLP_UNBND:
		return LP_UNBOUNDED;
	default:
		return LP_UNKNOWN;
	}
}

/* Simplex without presolve; the basis stays in the problem. */
static int run_simplex(struct lp *lp, int method, int max_iterations)
{
	glp_smcp parm;
	int before = glp_get_it_cnt(lp->problem), rc;

	glp_init_smcp(&parm);
	parm.msg_lev = GLP_MSG_OFF;
	parm.meth = method;
	parm.it_lim = max_iterations;
	rc = glp_simplex(lp->problem, &parm);
	if (rc == GLP_EBADB || rc == GLP_ESING || rc == GLP_ECOND) {
		glp_std_basis(lp->problem);
		rc = glp_simplex(lp->problem, &parm);
	}
	lp->iterations = glp_get_it_cnt(lp->problem) - before;
	return rc;
}

static enum err_code solve(struct lp *lp, int method, int max_iterations,
    enum lp_status *ret_status, struct err *e)
{
	int rc;

	GUARDED(lp, e);
	rc = run_simplex(lp, method, max_iterations);
	if (rc != 0 && rc != GLP_EITLIM)
		return ERR_SET(e, SOLVER, "GLPK's simplex failed (%d)", rc);
	*ret_status = status_of(glp_get_status(lp->problem));
	return ERR_OK;
}

enum err_code lp_solve(struct lp *lp, int max_iterations,
    enum lp_status *ret_status, struct err *e)
{
	return solve(lp, GLP_PRIMAL, max_iterations, ret_status, e);
}

enum err_code lp_solve_dual(struct lp *lp, int max_iterations,
    enum lp_status *ret_status, struct err *e)
{
	return solve(lp, GLP_DUALP, max_iterations, ret_status, e);
}

/* The getters run outside GUARDED, so they must not give GLPK a reason to fail. */
int lp_rows(const struct lp *lp)
{
	return lp->epoch == thread.epoch ? glp_get_num_rows(lp->problem) : 0;
}

int lp_columns(const struct lp *lp)
{
	return lp->epoch == thread.epoch ? glp_get_num_cols(lp->problem) : 0;
}

static bool has_row(const struct lp *lp, int row)
{
	return row >= 0 && row < lp_rows(lp);
}

static bool has_column(const struct lp *lp, int column)
{
	return column >= 0 && column < lp_columns(lp);
}

int lp_iterations(const struct lp *lp)
{
	return lp->iterations;
}

double lp_objective(const struct lp *lp)
{
	return lp->epoch == thread.epoch ? glp_get_obj_val(lp->problem)
					 : (double)NAN;
}

double lp_value(const struct lp *lp, int column)
{
	return has_column(lp, column)
		   ? glp_get_col_prim(lp->problem, column + 1)
		   : (double)NAN;
}

double lp_dual(const struct lp *lp, int row)
{
	return has_row(lp, row) ? glp_get_row_dual(lp->problem, row + 1)
				: (double)NAN;
}

double lp_reduced_cost(const struct lp *lp, int column)
{
	return has_column(lp, column)
		   ? glp_get_col_dual(lp->problem, column + 1)
		   : (double)NAN;
}

enum err_code lp_integer_column(struct lp *lp, int column, struct err *e)
{
	GUARDED(lp, e);
	glp_set_col_kind(lp->problem, column + 1, GLP_IV);
	return ERR_OK;
}

struct search {
	const double *incumbent; /* offered once, at the root; then NULL */
	int max_nodes;
	double bound;
};

static void offer(glp_tree *tree, struct search *s)
{
	int n = glp_get_num_cols(glp_ios_get_prob(tree));
	double *x = glp_alloc(n + 1, sizeof(*x));

	for (int j = 0; j < n; j++)
		x[j + 1] = s->incumbent[j];
	(void)glp_ios_heur_sol(tree, x); /* not better than known: no matter */
	glp_free(x);
	s->incumbent = NULL;
}

static void on_node(glp_tree *tree, void *cookie)
{
	struct search *s = cookie;
	int best, total;

	if (glp_ios_reason(tree) == GLP_IHEUR && s->incumbent != NULL)
		offer(tree, s);
	best = glp_ios_best_node(tree);
	if (best != 0)
		s->bound = glp_ios_node_bound(tree, best);
	glp_ios_tree_size(tree, NULL, NULL, &total);
	if (glp_ios_reason(tree) == GLP_ISELECT && total > s->max_nodes)
		glp_ios_terminate(tree);
}

/* GLPK's verdict: the return code alone is not the answer (a limit may leave an
 * incumbent or none). */
static enum lp_status integer_status(const struct lp *lp, int rc)
{
	switch (glp_mip_status(lp->problem)) {
	case GLP_OPT:
		return LP_OPTIMAL;
	case GLP_FEAS:
		return rc == 0 ? LP_OPTIMAL : LP_FEASIBLE;
	case GLP_NOFEAS:
		return LP_INFEASIBLE;
	default:
		return LP_UNKNOWN;
	}
}

void lp_search_deep(struct lp *lp, double gap)
{
	lp->is_deep = true;
	lp->gap = gap;
}

enum err_code lp_solve_integer(struct lp *lp, int max_nodes,
    const double *incumbent, enum lp_status *ret_status, double *ret_bound,
    struct err *e)
{
	struct search search = {.incumbent = incumbent, .max_nodes = max_nodes};
	enum lp_status status;
	glp_iocp parm;
	int rc;

	GUARDED(lp, e);
	rc = run_simplex(lp, GLP_PRIMAL, INT_MAX);
	if (rc != 0)
		return ERR_SET(e, SOLVER, "GLPK's simplex failed (%d)", rc);
	status = status_of(glp_get_status(lp->problem));
	if (status != LP_OPTIMAL) {
		*ret_status = status;
		return ERR_OK;
	}
	search.bound = glp_get_obj_val(lp->problem);
	glp_init_iocp(&parm);
	parm.msg_lev = GLP_MSG_OFF;
	if (lp->is_deep) {
		parm.bt_tech = GLP_BT_DFS;
		parm.br_tech = GLP_BR_MFV;
		parm.mip_gap = lp->gap;
	}
	parm.cb_func = on_node;
	parm.cb_info = &search;
	rc = glp_intopt(lp->problem, &parm);
	if (rc != 0 && rc != GLP_ESTOP && rc != GLP_EMIPGAP)
		return ERR_SET(e, SOLVER, "GLPK's search failed (%d)", rc);
	status = integer_status(lp, rc);
	if (status == LP_OPTIMAL)
		search.bound = glp_mip_obj_val(lp->problem);
	if (ret_bound != NULL)
		*ret_bound = search.bound;
	*ret_status = status;
	return ERR_OK;
}

double lp_integer_objective(const struct lp *lp)
{
	return lp->epoch == thread.epoch ? glp_mip_obj_val(lp->problem)
					 : (double)NAN;
}

double lp_integer_value(const struct lp *lp, int column)
{
	return has_column(lp, column) ? glp_mip_col_val(lp->problem, column + 1)
				      : (double)NAN;
}
