/*
 * Column generation: see master.h. Source: Desaulniers, Desrosiers, Solomon (eds.),
 * Column Generation, 2005, chapter 1; the bound is Lasdon's.
 */
#include "scheduler/master.h"

#include <math.h>

enum {
	SPELL = 2000, /* simplex iterations between two progress calls */
	MAX_SPELLS = 500,
};

/* Of the best bound's prices where columns are priced. */
static const double SHARE = 0.6;

/* Slots at which some pattern of the guide has a session. */
static void guide_slots(
    const struct forming *f, uint32_t guide, struct week_grid *ret)
{
	memset(ret, 0, sizeof(*ret));
	for (uint32_t o = f->first_opening[guide];
	     o < f->first_opening[guide + 1]; o++) {
		const struct pattern *p = &f->pattern[f->opening[o].pattern];

		for (unsigned day = 0; day < 7; day++)
			if ((p->weekdays >> day & 1) != 0)
				week_grid_set(
				    ret, day * SLOTS_PER_DAY + p->quarter);
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
	if (f->in->cohorts_per_guide > 1)
		m->moment_row = ARENA_ARRAY(m->a, moments, int);
	if (!master_prices(m->a, m, &m->prices) ||
	    !master_prices(m->a, m, &m->centre) || arena_failed(m->a))
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

static enum err_code add_rows(
    const struct master *m, struct lp *lp, struct err *e)
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
	m->pricer = pricing_new(a, f, o != NULL ? o->threads : 1);
	err = number_rows(m, e);
	if (err == ERR_OK && m->pricer == NULL)
		err = ERR_SET(e, NOMEM, "no memory for pricing");
	if (err == ERR_OK)
		err = lp_new(true, &m->lp, e);
	if (err == ERR_OK)
		err = add_rows(m, m->lp, e);
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

enum {
	MAX_ENTRIES = COHORT_MAX_SIZE + 1 + 7 * INTAKE_MAX_SESSION_MINUTES / 15
};

/* A column as it stands in the rows; returns the number of entries. */
static int put_entries(const struct master *m, const struct column *col,
    struct lp_entry ret[MAX_ENTRIES])
{
	const struct forming *f = m->f;
	const struct opening *o = &f->opening[col->opening];
	const struct pattern *p = &f->pattern[o->pattern];
	uint32_t guide = o->guide;
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

/* Room for one more column. */
static bool grow(struct master *m)
{
	uint32_t room = m->room == 0 ? 1024 : 2 * m->room;
	struct column *column;
	bool *closed;

	if (m->n_columns < m->room)
		return true;
	column =
	    arena_grow(m->a, m->column, m->n_columns, room, sizeof(*m->column));
	closed = arena_grow(
	    m->a, m->is_closed, m->n_columns, room, sizeof(*m->is_closed));
	if (column == NULL || closed == NULL)
		return false;
	m->column = column;
	m->is_closed = closed;
	m->room = room;
	return true;
}

/* What using an opening earns beside its newcomers, where branching forces it. */
static double reward(const struct master *m, uint32_t opening)
{
	return m->prices.opening == NULL
		   ? 0
		   : -(double)m->prices.opening[opening] / PRICE_UNIT;
}

enum err_code master_add(struct master *m, const struct column *col,
    uint32_t *ret_column, struct err *e)
{
	struct lp_entry entry[MAX_ENTRIES];
	int n = put_entries(m, col, entry);
	uint32_t *newcomer = ARENA_ARRAY(m->a, col->n, uint32_t);

	if (m->n_columns == MASTER_MAX_COLUMNS)
		return ERR_SET(e, SOLVER, "more than %d cohorts to choose from",
		    MASTER_MAX_COLUMNS);
	if (newcomer == NULL || !grow(m))
		return ERR_SET(e, NOMEM, "no memory for columns");
	if (lp_add_column(m->lp, 0, INFINITY,
		(double)col->value + reward(m, col->opening), entry, n, NULL,
		e) != ERR_OK)
		return e->code;
	memcpy(newcomer, col->newcomer, col->n * sizeof(*newcomer));
	m->column[m->n_columns] = *col;
	m->column[m->n_columns].newcomer = newcomer;
	m->is_closed[m->n_columns] = false;
	if (ret_column != NULL)
		*ret_column = m->n_columns;
	m->n_columns++;
	return ERR_OK;
}

static bool is_open(const struct forming *f, const struct remainder *r,
    const struct column *col)
{
	if (!forming_in(r->openings, col->opening) ||
	    r->load[f->opening[col->opening].guide] == 0)
		return false;
	for (uint16_t i = 0; i < col->n; i++)
		if (!forming_in(r->newcomers, col->newcomer[i]))
			return false;
	return true;
}

enum err_code master_restrict(
    struct master *m, const struct remainder *r, struct err *e)
{
	for (uint32_t i = 0; i < m->n_columns; i++) {
		bool closed = !is_open(m->f, r, &m->column[i]);

		if (closed != m->is_closed[i] &&
		    lp_bound_column(
			m->lp, (int)i, 0, closed ? 0 : INFINITY, e) != ERR_OK)
			return e->code;
		m->is_closed[i] = closed;
		if (m->prices.opening != NULL &&
		    lp_cost(m->lp, (int)i,
			(double)m->column[i].value +
			    reward(m, m->column[i].opening),
			e) != ERR_OK)
			return e->code;
	}
	return ERR_OK;
}

bool master_prices(struct arena *a, const struct master *m, struct prices *ret)
{
	const struct forming *f = m->f;

	*ret = (struct prices){
	    .newcomer = ARENA_ARRAY(a, f->n_newcomers, int64_t),
	    .guide = ARENA_ARRAY(a, f->n_guides, int64_t),
	};
	if (f->in->cohorts_per_guide > 1)
		ret->moment =
		    ARENA_ARRAY(a, (size_t)f->n_guides * WEEK_SLOTS, int64_t);
	return !arena_failed(a);
}

static void copy(int64_t *to, const int64_t *from, size_t n)
{
	if (to != NULL && n > 0)
		memcpy(to, from, n * sizeof(*to));
}

void master_copy_prices(
    const struct master *m, struct prices *to, const struct prices *from)
{
	copy(to->newcomer, from->newcomer, m->f->n_newcomers);
	copy(to->guide, from->guide, m->f->n_guides);
	copy(to->moment, from->moment, (size_t)m->f->n_guides * WEEK_SLOTS);
}

static int64_t to_price(double dual)
{
	return dual > 0 ? llround(dual * PRICE_UNIT) : 0;
}

/* Duals -> prices. What forced openings earn stays as it is. */
static void read_prices(struct master *m)
{
	const struct forming *f = m->f;

	for (uint32_t i = 0; i < f->n_newcomers; i++)
		m->prices.newcomer[i] =
		    to_price(lp_dual(m->lp, m->newcomer_row[i])) *
		    m->newcomer_weight[i];
	for (uint32_t g = 0; g < f->n_guides; g++)
		m->prices.guide[g] = to_price(lp_dual(m->lp, m->guide_row[g]));
	for (size_t i = 0;
	     m->moment_row != NULL && i < (size_t)f->n_guides * WEEK_SLOTS; i++)
		m->prices.moment[i] =
		    m->moment_row[i] < 0
			? 0
			: to_price(lp_dual(m->lp, m->moment_row[i]));
}

int64_t master_price_sum(const struct master *m, const struct prices *prices)
{
	const struct forming *f = m->f;
	int64_t sum = 0;

	for (uint32_t i = 0; i < f->n_newcomers; i++)
		sum += prices->newcomer[i];
	for (uint32_t g = 0; g < f->n_guides; g++)
		if (m->guide_row[g] >= (int)f->n_newcomers)
			sum += prices->guide[g] * f->load[g];
	for (size_t i = 0;
	     prices->moment != NULL && i < (size_t)f->n_guides * WEEK_SLOTS;
	     i++)
		if (m->moment_row[i] >= 0)
			sum += prices->moment[i];
	return sum;
}

void master_tell(struct master *m, const char *phase, uint64_t done,
    int64_t objective, int64_t bound)
{
	struct match_progress p = {.phase = phase,
	    .done = done,
	    .best_objective = objective,
	    .bound = bound};

	if (m->o != NULL && m->o->progress != NULL &&
	    m->o->progress(m->o->cookie, &p))
		m->stopped = true;
}

/* Value minus the present prices. */
static int64_t gain_of(const struct master *m, const struct column *col)
{
	int64_t gain = col->value * PRICE_UNIT -
		       pricing_opening_price(m->f, &m->prices, col->opening);

	for (uint16_t i = 0; i < col->n; i++)
		gain -= m->prices.newcomer[col->newcomer[i]];
	return gain;
}

/* The prices of the program, or nearer to those of the best bound: there the columns
 * found are better and their number smaller (Wentges 1997). */
static void mix_prices(struct master *m, double share)
{
	const struct forming *f = m->f;

	const struct {
		int64_t *to;
		const int64_t *from;
		size_t n;
	} part[] = {
	    {m->prices.newcomer, m->centre.newcomer, f->n_newcomers},
	    {m->prices.guide, m->centre.guide, f->n_guides},
	    {m->prices.moment, m->centre.moment,
		m->prices.moment != NULL ? (size_t)f->n_guides * WEEK_SLOTS
					 : 0},
	};

	for (unsigned k = 0; k < sizeof(part) / sizeof(part[0]); k++)
		for (size_t i = 0; i < part[k].n; i++)
			part[k].to[i] +=
			    (int64_t)(share * (double)(part[k].from[i] -
						       part[k].to[i]));
}

/* Price at a mixture; what gains something goes to the program. *ret_any: some of it
 * gains at the program's own prices, too. */
static enum err_code price_once(struct master *m, const struct remainder *r,
    double share, int64_t *ret_bound, bool *ret_any, struct err *e)
{
	const struct column *priced;
	int64_t excess;
	uint32_t n;

	read_prices(m);
	if (share > 0)
		mix_prices(m, share);
	pricing_run(
	    m->pricer, &m->prices, r, PRICE_SLACK, &priced, &n, &excess);
	m->bound_units = master_price_sum(m, &m->prices) + excess - m->reward;
	if (m->bound_units / PRICE_UNIT < *ret_bound) {
		*ret_bound = m->bound_units / PRICE_UNIT;
		master_copy_prices(m, &m->centre, &m->prices);
	}
	read_prices(m);
	*ret_any = false;
	for (uint32_t i = 0; i < n; i++) {
		if (gain_of(m, &priced[i]) <= PRICE_SLACK)
			continue;
		*ret_any = true;
		if (master_add(m, &priced[i], NULL, e) != ERR_OK)
			return e->code;
	}
	return ERR_OK;
}

/* Solve in spells, so that a run can be stopped: not LP_OPTIMAL then. */
static enum err_code solve(struct master *m, const char *phase, int64_t bound,
    enum lp_status *ret_status, struct err *e)
{
	*ret_status = LP_UNKNOWN;
	for (int spell = 0;
	     spell < MAX_SPELLS && !m->stopped && *ret_status != LP_OPTIMAL;
	     spell++) {
		if (lp_solve(m->lp, SPELL, ret_status, e) != ERR_OK)
			return e->code;
		master_tell(m, phase, m->solves, 0, bound);
	}
	m->solves++;
	if (*ret_status != LP_OPTIMAL && !m->stopped)
		return ERR_SET(e, SOLVER, "the master program was not solved");
	return ERR_OK;
}

enum err_code master_generate(struct master *m, const struct remainder *r,
    uint32_t max_rounds, int64_t enough, const char *phase, int64_t *ret_bound,
    bool *ret_whole, struct err *e)
{
	*ret_bound = INT64_MAX;
	*ret_whole = false;
	for (uint32_t round = 0; round < max_rounds && !m->stopped; round++) {
		double share = SHARE;
		enum lp_status status;
		bool any = false;

		if (solve(m, phase, *ret_bound, &status, e) != ERR_OK)
			return e->code;
		if (status != LP_OPTIMAL)
			break;
		for (; !any && share > 0; share -= SHARE / 2)
			if (price_once(m, r, share, ret_bound, &any, e) !=
			    ERR_OK)
				return e->code;
		if (!any && price_once(m, r, 0, ret_bound, &any, e) != ERR_OK)
			return e->code;
		*ret_whole = !any;
		if (!any || *ret_bound <= enough)
			break;
	}
	return ERR_OK;
}

void master_close(const struct master *m, const uint8_t *load, int64_t bound,
    int64_t value, uint64_t *openings)
{
	const struct forming *f = m->f;
	int64_t better = (value + 1) * PRICE_UNIT;

	for (uint32_t o = 0; o < f->n_openings; o++) {
		uint32_t g = f->opening[o].guide;

		if (load[g] > 0 && forming_in(openings, o) &&
		    bound - pricing_least(m->pricer, g) +
			    pricing_gain(m->pricer, o) <
			better)
			openings[o / 64] &= ~((uint64_t)1 << (o % 64));
	}
}
