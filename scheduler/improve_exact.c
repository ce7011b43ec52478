/*
 * Branch and cut over the pool: improve_exact. A column whose gain at the root's
 * prices falls short by more than the gap is in no better plan and is left out.
 */
#include <math.h>

#include "scheduler/improve.h"

enum {
	EXACT_MAX_COLUMNS = 2500,
	EXACT_NODES = 200,
};

static bool is_taken(const struct choice *c, uint32_t column)
{
	for (uint32_t i = 0; i < c->n; i++)
		if (c->column[i] == column)
			return true;
	return false;
}

/* The columns that a plan better than the choice can hold. */
static uint32_t list_survivors(const struct master *m, const struct choice *c,
    int64_t bound, const struct prices *root, uint32_t *list)
{
	int64_t gap = (bound - c->value + 1) * PRICE_UNIT;
	uint32_t n = 0;

	for (uint32_t i = 0; i < m->n_columns; i++)
		if (is_taken(c, i) ||
		    master_gain(m, root, &m->column[i]) + gap >= 0)
			list[n++] = i;
	return n;
}

static enum err_code build_exact(const struct master *m, const struct choice *c,
    const uint32_t *list, uint32_t n, struct lp *lp, double *incumbent,
    struct err *e)
{
	struct lp_entry entry[MASTER_MAX_ENTRIES];
	enum err_code err = master_rows(m, lp, e);

	for (uint32_t i = 0; i < n && err == ERR_OK; i++) {
		const struct column *col = &m->column[list[i]];

		err = lp_add_column(lp, 0, 1, (double)col->value, entry,
		    master_entries(m, col, entry), NULL, e);
		if (err == ERR_OK)
			err = lp_integer_column(lp, (int)i, e);
		incumbent[i] = is_taken(c, list[i]) ? 1 : 0;
	}
	return err;
}

enum err_code improve_exact(struct master *m, struct choice *choice,
    int64_t bound, const struct prices *root, struct err *e)
{
	uint32_t *list = ARENA_ARRAY(m->a, m->n_columns, uint32_t), n;
	double *incumbent = ARENA_ARRAY(m->a, m->n_columns, double);
	struct lp *lp = NULL;
	enum lp_status status;
	enum err_code err;

	if (list == NULL || incumbent == NULL)
		return ERR_SET(e, NOMEM, "no memory for branch and cut");
	n = list_survivors(m, choice, bound, root, list);
	if (n == 0 || n > EXACT_MAX_COLUMNS)
		return ERR_OK;
	err = lp_new(true, &lp, e);
	if (err == ERR_OK)
		err = build_exact(m, choice, list, n, lp, incumbent, e);
	if (err == ERR_OK)
		err = lp_solve_integer(
		    lp, EXACT_NODES, incumbent, &status, NULL, e);
	m->solves++;
	if (err == ERR_OK && (status == LP_OPTIMAL || status == LP_FEASIBLE) &&
	    llround(lp_integer_objective(lp)) > choice->value) {
		choice->n = 0;
		choice->value = 0;
		for (uint32_t i = 0; i < n; i++)
			if (lp_integer_value(lp, (int)i) > 0.5) {
				choice->column[choice->n++] = list[i];
				choice->value += m->column[list[i]].value;
			}
	}
	lp_free(lp);
	return err;
}
