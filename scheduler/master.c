/*
 * Column generation: see master.h. Source: Desaulniers, Desrosiers, Solomon (eds.),
 * Column Generation, 2005, chapter 1; the bound is Lasdon's.
 */
#include "scheduler/master.h"

#include <math.h>

/* Slots at which some pattern of the guide has a session. */
static void guide_slots(
    const struct forming *f, uint32_t guide, struct week_grid *ret)
{
	memset(ret, 0, sizeof(*ret));
	for (uint32_t o = 0; o < f->n_options; o++) {
		const struct option *op = &f->option[o];

		if (op->guide != guide)
			continue;
		for (uint32_t k = 0; k < op->n_patterns; k++) {
			const struct pattern *p = &f->pattern[op->pattern[k]];

			for (unsigned day = 0; day < 7; day++)
				if ((p->weekdays >> day & 1) != 0)
					week_grid_set(ret,
					    day * SLOTS_PER_DAY + p->quarter);
		}
	}
}

/*
 * Number the quarter hours of a guide that need a row. Sessions that begin in
 * (q - length, q] meet in q; such a set is maximal when its first one leaves with
 * the next quarter and another one came in since the last maximal set.
 */
static int number_moments(
    const struct forming *f, uint32_t guide, int first, int *row)
{
	const unsigned length = f->quarters;
	struct week_grid begins;
	bool entered = true;
	int n = 0;

	guide_slots(f, guide, &begins);
	for (unsigned q = 0; q < WEEK_SLOTS; q++) {
		unsigned leaving = (q + WEEK_SLOTS + 1 - length) % WEEK_SLOTS;

		entered = entered || week_grid_has(&begins, q);
		if (!entered || !week_grid_has(&begins, leaving))
			continue;
		row[q] = first + n++;
		entered = false;
	}
	return n;
}

static enum err_code number_rows(struct master *m, struct err *e)
{
	const struct forming *f = m->f;
	size_t moments = (size_t)f->n_guides * WEEK_SLOTS;
	int next = (int)(f->n_newcomers + f->n_guides);

	m->newcomer_row = ARENA_ARRAY(m->a, f->n_newcomers, int);
	m->newcomer_weight = ARENA_ARRAY(m->a, f->n_newcomers, int);
	m->guide_row = ARENA_ARRAY(m->a, f->n_guides, int);
	m->prices.newcomer = ARENA_ARRAY(m->a, f->n_newcomers, int64_t);
	m->prices.guide = ARENA_ARRAY(m->a, f->n_guides, int64_t);
	if (f->in->cohorts_per_guide > 1) {
		m->moment_row = ARENA_ARRAY(m->a, moments, int);
		m->prices.moment = ARENA_ARRAY(m->a, moments, int64_t);
	}
	if (arena_failed(m->a))
		return ERR_SET(e, NOMEM, "no memory for the master program");
	for (uint32_t i = 0; i < f->n_newcomers; i++) {
		m->newcomer_row[i] = (int)i;
		m->newcomer_weight[i] = 1;
	}
	for (uint32_t g = 0; g < f->n_guides; g++) {
		int32_t i = f->guide_as_newcomer[g];

		m->guide_row[g] = (int)(f->n_newcomers + g);
		if (i != FORMING_NOBODY) {
			m->guide_row[g] = (int)i;
			m->newcomer_weight[i] = f->load[g];
		}
		if (m->moment_row == NULL)
			continue;
		for (unsigned q = 0; q < WEEK_SLOTS; q++)
			m->moment_row[g * WEEK_SLOTS + q] = -1;
		next += number_moments(
		    f, g, next, m->moment_row + (size_t)g * WEEK_SLOTS);
	}
	return ERR_OK;
}

enum err_code master_rows(const struct master *m, struct lp *lp, struct err *e)
{
	const struct forming *f = m->f;
	uint32_t moments = 0, people = f->n_newcomers + f->n_guides;
	enum err_code err = ERR_OK;

	if (people > 0) /* nobody takes part: a plan without cohorts */
		err = lp_add_rows(lp, (int)people, -INFINITY, 1, NULL, e);
	for (uint32_t i = 0; i < f->n_newcomers && err == ERR_OK; i++)
		if (m->newcomer_weight[i] > 1)
			err = lp_bound_row(
			    lp, (int)i, -INFINITY, m->newcomer_weight[i], e);
	for (uint32_t g = 0; g < f->n_guides && err == ERR_OK; g++)
		if (m->guide_row[g] >= (int)f->n_newcomers)
			err = lp_bound_row(
			    lp, m->guide_row[g], -INFINITY, f->load[g], e);
	for (size_t i = 0;
	     m->moment_row != NULL && i < (size_t)f->n_guides * WEEK_SLOTS; i++)
		moments += m->moment_row[i] >= 0;
	if (err == ERR_OK && moments > 0)
		err = lp_add_rows(lp, (int)moments, -INFINITY, 1, NULL, e);
	return err;
}

enum err_code master_new(struct arena *a, const struct forming *f,
    const struct match_options *o, struct master **ret, struct err *e)
{
	struct master *m = ARENA_NEW(a, struct master);
	enum err_code err;

	if (m == NULL)
		return ERR_SET(e, NOMEM, "no memory for the master program");
	*m = (struct master){.a = a, .f = f, .o = o};
	m->pricer = pricing_new(a, f);
	err = number_rows(m, e);
	if (err == ERR_OK && m->pricer == NULL)
		err = ERR_SET(e, NOMEM, "no memory for pricing");
	if (err == ERR_OK)
		err = lp_new(true, &m->lp, e);
	if (err == ERR_OK)
		err = master_rows(m, m->lp, e);
	if (err != ERR_OK) {
		lp_free(m->lp);
		return err;
	}
	*ret = m;
	return ERR_OK;
}

void master_free(struct master *m)
{
	if (m != NULL)
		lp_free(m->lp);
}

int master_entries(const struct master *m, const struct column *col,
    struct lp_entry ret[MASTER_MAX_ENTRIES])
{
	const struct forming *f = m->f;
	const struct pattern *p = &f->pattern[col->pattern];
	uint32_t guide = f->option[col->option].guide;
	int n = 0;

	for (uint16_t i = 0; i < col->n; i++)
		ret[n++] = (struct lp_entry){m->newcomer_row[col->newcomer[i]],
		    m->newcomer_weight[col->newcomer[i]]};
	ret[n++] = (struct lp_entry){m->guide_row[guide], 1};
	for (unsigned day = 0; day < 7 && m->moment_row != NULL; day++)
		for (unsigned q = 0;
		     (p->weekdays >> day & 1) != 0 && q < f->quarters; q++) {
			int row = m->moment_row[(size_t)guide * WEEK_SLOTS +
						(day * SLOTS_PER_DAY +
						    p->quarter + q) %
						    WEEK_SLOTS];

			if (row >= 0)
				ret[n++] = (struct lp_entry){row, 1};
		}
	return n;
}

enum err_code master_add(struct master *m, const struct column *col,
    uint32_t *ret_column, struct err *e)
{
	struct lp_entry entry[MASTER_MAX_ENTRIES];
	int n = master_entries(m, col, entry);

	if (m->n_columns == MASTER_MAX_COLUMNS)
		return ERR_SET(e, SOLVER, "more than %d cohorts to choose from",
		    MASTER_MAX_COLUMNS);
	if (m->n_columns == m->room) {
		uint32_t room = m->room == 0 ? 1024 : 2 * m->room;
		struct column *grown = arena_grow(
		    m->a, m->column, m->n_columns, room, sizeof(*m->column));

		if (grown == NULL)
			return ERR_SET(e, NOMEM, "no memory for columns");
		m->column = grown;
		m->room = room;
	}
	if (lp_add_column(m->lp, 0, INFINITY, (double)col->value, entry, n,
		NULL, e) != ERR_OK)
		return e->code;
	m->column[m->n_columns] = *col;
	if (ret_column != NULL)
		*ret_column = m->n_columns;
	m->n_columns++;
	return ERR_OK;
}

static int64_t to_price(double dual)
{
	return dual > 0 ? llround(dual * PRICE_UNIT) : 0;
}

/* Duals -> prices; returns prices . right-hand sides. */
static int64_t read_prices(struct master *m)
{
	const struct forming *f = m->f;
	int64_t sum = 0;

	for (uint32_t i = 0; i < f->n_newcomers; i++) {
		int64_t price = to_price(lp_dual(m->lp, m->newcomer_row[i]));

		m->prices.newcomer[i] = price * m->newcomer_weight[i];
		sum += price * m->newcomer_weight[i];
	}
	for (uint32_t g = 0; g < f->n_guides; g++) {
		int64_t price = to_price(lp_dual(m->lp, m->guide_row[g]));

		m->prices.guide[g] = price;
		if (m->guide_row[g] >= (int)f->n_newcomers)
			sum += price * f->load[g];
	}
	for (size_t i = 0;
	     m->moment_row != NULL && i < (size_t)f->n_guides * WEEK_SLOTS;
	     i++) {
		m->prices.moment[i] =
		    m->moment_row[i] < 0
			? 0
			: to_price(lp_dual(m->lp, m->moment_row[i]));
		sum += m->prices.moment[i];
	}
	return sum;
}

int64_t master_gain(const struct master *m, const struct prices *prices,
    const struct column *col)
{
	const struct forming *f = m->f;
	const struct pattern *p = &f->pattern[col->pattern];
	uint32_t guide = f->option[col->option].guide;
	int64_t gain = col->value * PRICE_UNIT - prices->guide[guide];

	for (uint16_t i = 0; i < col->n; i++)
		gain -= prices->newcomer[col->newcomer[i]];
	for (unsigned day = 0; day < 7 && prices->moment != NULL; day++)
		for (unsigned q = 0;
		     (p->weekdays >> day & 1) != 0 && q < f->quarters; q++)
			gain -= prices->moment[(size_t)guide * WEEK_SLOTS +
					       (day * SLOTS_PER_DAY +
						   p->quarter + q) %
						   WEEK_SLOTS];
	return gain;
}

static bool is_stopped(
    const struct master *m, const char *phase, uint32_t round, int64_t bound)
{
	struct match_progress p = {.phase = phase,
	    .done = round,
	    .best_objective = (int64_t)lp_objective(m->lp),
	    .bound = bound};

	return m->o != NULL && m->o->progress != NULL &&
	       m->o->progress(m->o->cookie, &p);
}

enum err_code master_generate(struct master *m, const struct remainder *r,
    uint32_t max_rounds, const char *phase, int64_t *ret_bound, struct err *e)
{
	int64_t best = INT64_MAX;

	for (uint32_t round = 0; round < max_rounds; round++) {
		const struct column *priced;
		enum lp_status status;
		int64_t sum, excess;
		uint32_t n;

		if (lp_solve(m->lp, MASTER_MAX_ITERATIONS, &status, e) !=
		    ERR_OK)
			return e->code;
		m->solves++;
		if (status != LP_OPTIMAL)
			return ERR_SET(
			    e, SOLVER, "the master program was not solved");
		sum = read_prices(m);
		if (!pricing_run(
			m->a, m->pricer, &m->prices, r, &priced, &n, &excess))
			return ERR_SET(e, NOMEM, "no memory for pricing");
		if ((sum + excess) / PRICE_UNIT < best)
			best = (sum + excess) / PRICE_UNIT;
		if (is_stopped(m, phase, round, best))
			return ERR_SET(e, TIMEOUT, "stopped");
		if (n == 0)
			break;
		for (uint32_t i = 0; i < n; i++)
			if (master_add(m, &priced[i], NULL, e) != ERR_OK)
				return e->code;
	}
	if (ret_bound != NULL)
		*ret_bound = best;
	return ERR_OK;
}
