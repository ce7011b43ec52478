/*
 * Dives, transportation and neighbourhood search: see improve.h.
 */
#include "scheduler/improve.h"

#include <math.h>

enum {
	DIVE_ROUNDS = 6, /* of pricing between two fixings */
	SEARCH_MIN = 2,  /* cohorts freed at once */
	SEARCH_SPAN = 4,
};

/* What a choice leaves open. */
struct open {
	uint64_t *newcomers;
	uint8_t *load;
	struct column *fixed;
	uint32_t n_fixed;
	bool closed; /* some column was ruled out in the program */
};

struct choice improve_choice(struct arena *a, const struct forming *f)
{
	size_t room = (size_t)f->n_guides * f->in->cohorts_per_guide;

	if (room > f->n_newcomers)
		room = f->n_newcomers;
	return (struct choice){.column = ARENA_ARRAY(a, room + 1, uint32_t)};
}

static bool open_new(struct arena *a, const struct forming *f, struct open *o)
{
	*o = (struct open){
	    .newcomers = ARENA_ARRAY(a, f->words, uint64_t),
	    .load = ARENA_ARRAY(a, f->n_guides, uint8_t),
	    .fixed = ARENA_ARRAY(a, f->n_newcomers, struct column),
	};
	if (o->newcomers == NULL || o->load == NULL || o->fixed == NULL)
		return false;
	for (uint32_t i = 0; i < f->n_newcomers; i++)
		forming_put(o->newcomers, i);
	if (f->n_guides > 0)
		memcpy(o->load, f->load, f->n_guides);
	return true;
}

static void open_take(
    const struct forming *f, struct open *o, const struct column *col)
{
	uint32_t guide = f->option[col->option].guide;
	int32_t self = f->guide_as_newcomer[guide];

	o->fixed[o->n_fixed++] = *col;
	o->load[guide]--;
	if (self != FORMING_NOBODY)
		o->newcomers[self / 64] &= ~((uint64_t)1 << (self % 64));
	for (uint16_t i = 0; i < col->n; i++) {
		uint32_t n = col->newcomer[i];

		o->newcomers[n / 64] &= ~((uint64_t)1 << (n % 64));
		for (uint32_t g = 0; g < f->n_guides; g++)
			if (f->guide_as_newcomer[g] == (int32_t)n)
				o->load[g] = 0;
	}
}

static enum err_code take(struct master *m, struct choice *c, struct open *o,
    uint32_t column, struct err *e)
{
	c->column[c->n++] = column;
	c->value += m->column[column].value;
	open_take(m->f, o, &m->column[column]);
	return lp_bound_column(m->lp, (int)column, 1, 1, e);
}

static bool is_taken(const struct choice *c, uint32_t column)
{
	for (uint32_t i = 0; i < c->n; i++)
		if (c->column[i] == column)
			return true;
	return false;
}

/* Whoever is both newcomer and guide may be half of each in the program. */
static bool is_open(
    const struct forming *f, const struct open *o, const struct column *col)
{
	uint32_t guide = f->option[col->option].guide;

	for (uint16_t i = 0; i < col->n; i++)
		if (!forming_in(o->newcomers, col->newcomer[i]))
			return false;
	return o->load[guide] > 0;
}

/* Fix every column that is whole; failing that, the strongest one. Columns that
 * what is fixed forbids are ruled out. *ret_any: something changed. */
static enum err_code fix_strongest(struct master *m, struct choice *c,
    struct open *o, bool *ret_any, struct err *e)
{
	const double whole = 1 - 1e-6, nothing = 1e-6;
	uint32_t best = UINT32_MAX;
	double most = nothing;
	bool any = false;

	for (uint32_t i = 0; i < m->n_columns; i++) {
		double x = lp_value(m->lp, (int)i);

		if (x <= nothing || is_taken(c, i))
			continue;
		if (!is_open(m->f, o, &m->column[i])) {
			if (lp_bound_column(m->lp, (int)i, 0, 0, e) != ERR_OK)
				return e->code;
			o->closed = any = true;
		} else if (x > whole) {
			if (take(m, c, o, i, e) != ERR_OK)
				return e->code;
			any = true;
		} else if (x > most + nothing) {
			best = i;
			most = x;
		}
	}
	if (!any && best != UINT32_MAX) {
		if (take(m, c, o, best, e) != ERR_OK)
			return e->code;
		any = true;
	}
	*ret_any = any;
	return ERR_OK;
}

/* All columns free again. */
static enum err_code release(struct master *m, const struct choice *c,
    const struct open *o, struct err *e)
{
	enum err_code err = ERR_OK;

	for (uint32_t i = 0; i < c->n && err == ERR_OK; i++)
		err = lp_bound_column(m->lp, (int)c->column[i], 0, INFINITY, e);
	for (uint32_t i = 0; o->closed && i < m->n_columns && err == ERR_OK;
	     i++)
		err = lp_bound_column(m->lp, (int)i, 0, INFINITY, e);
	return err;
}

enum err_code improve_dive(
    struct master *m, struct choice *choice, const char *phase, struct err *e)
{
	uint32_t given = choice->n;
	struct open o;
	enum err_code err = ERR_OK;

	if (!open_new(m->a, m->f, &o))
		return ERR_SET(e, NOMEM, "no memory for a dive");
	choice->n = 0;
	choice->value = 0;
	for (uint32_t i = 0; i < given && err == ERR_OK; i++)
		err = take(m, choice, &o, choice->column[i], e);
	for (bool any = true; any && err == ERR_OK;) {
		struct remainder r = {o.newcomers, o.load, o.fixed, o.n_fixed};

		err = master_generate(m, &r, DIVE_ROUNDS, phase, NULL, e);
		if (err == ERR_OK)
			err = fix_strongest(m, choice, &o, &any, e);
	}
	if (err == ERR_OK)
		err = release(m, choice, &o, e);
	return err;
}

/* One newcomer in one cohort of the transportation problem. */
struct seat {
	uint32_t newcomer, cohort;
};

/* All seats there could be; room for cohorts * newcomers. */
static uint32_t list_seats(
    const struct master *m, const struct choice *c, struct seat *seat)
{
	const struct forming *f = m->f;
	uint32_t n = 0;

	for (uint32_t k = 0; k < c->n; k++) {
		const struct column *col = &m->column[c->column[k]];
		const struct option *o = &f->option[col->option];

		for (uint32_t i = 0; i < f->n_newcomers; i++)
			if (forming_in(o->eligible, i) &&
			    forming_in(forming_comes(f, col->pattern), i))
				seat[n++] = (struct seat){i, k};
	}
	/* nobody who guides takes a seat */
	for (uint32_t k = 0; k < c->n; k++) {
		uint32_t kept = 0;
		int32_t self =
		    f->guide_as_newcomer
			[f->option[m->column[c->column[k]].option].guide];

		for (uint32_t s = 0; s < n; s++)
			if ((int32_t)seat[s].newcomer != self)
				seat[kept++] = seat[s];
		n = kept;
	}
	return n;
}

static enum err_code build_transport(const struct master *m,
    const struct choice *c, const struct seat *seat, uint32_t n, struct lp *lp,
    struct err *e)
{
	const struct forming *f = m->f;
	enum err_code err =
	    lp_add_rows(lp, (int)f->n_newcomers, -INFINITY, 1, NULL, e);

	if (err == ERR_OK)
		err = lp_add_rows(lp, (int)c->n, f->in->cohort_min,
		    f->in->cohort_max, NULL, e);
	for (uint32_t s = 0; s < n && err == ERR_OK; s++) {
		uint32_t guide =
		    f->option[m->column[c->column[seat[s].cohort]].option]
			.guide;
		struct lp_entry entry[2] = {{(int)seat[s].newcomer, 1},
		    {(int)(f->n_newcomers + seat[s].cohort), 1}};

		err = lp_add_column(lp, 0, 1,
		    (double)forming_value(f, guide, seat[s].newcomer), entry, 2,
		    NULL, e);
	}
	return err;
}

/* The column of cohort k in the solved transport; false when somebody in it must
 * not meet somebody else, or it did not change. */
static bool read_cohort(struct master *m, const struct choice *c,
    const struct seat *seat, uint32_t n, const struct lp *lp, uint32_t k,
    struct column *ret)
{
	const struct forming *f = m->f;
	uint32_t *list = ARENA_ARRAY(m->a, f->in->cohort_max, uint32_t);

	if (list == NULL)
		return false;
	*ret = m->column[c->column[k]];
	ret->newcomer = list;
	ret->n = 0;
	ret->value = 0;
	for (uint32_t s = 0; s < n; s++) {
		if (seat[s].cohort != k || lp_value(lp, (int)s) < 0.5)
			continue;
		for (uint16_t j = 0; j < ret->n; j++)
			if (forming_apart(f, list[j], seat[s].newcomer))
				return false;
		if (ret->n == f->in->cohort_max)
			return false;
		list[ret->n++] = seat[s].newcomer;
		ret->value += forming_value(
		    f, f->option[ret->option].guide, seat[s].newcomer);
	}
	return ret->n >= f->in->cohort_min;
}

/* Put the transport's cohorts into the pool when together they are better. */
static enum err_code adopt(struct master *m, struct choice *c,
    const struct seat *seat, uint32_t n, const struct lp *lp, struct err *e)
{
	struct column *col = ARENA_ARRAY(m->a, c->n, struct column);
	int64_t value = 0;

	if (col == NULL)
		return ERR_SET(e, NOMEM, "no memory for a transport");
	for (uint32_t k = 0; k < c->n; k++) {
		if (!read_cohort(m, c, seat, n, lp, k, &col[k]))
			return ERR_OK;
		value += col[k].value;
	}
	if (value <= c->value)
		return ERR_OK;
	c->value = value;
	for (uint32_t k = 0; k < c->n; k++)
		if (master_add(m, &col[k], &c->column[k], e) != ERR_OK)
			return e->code;
	return ERR_OK;
}

enum err_code improve_assign(
    struct master *m, struct choice *choice, struct err *e)
{
	struct seat *seat = ARENA_ARRAY(
	    m->a, (size_t)choice->n * m->f->n_newcomers, struct seat);
	struct lp *lp = NULL;
	enum lp_status status;
	enum err_code err;
	uint32_t n;

	if (seat == NULL)
		return ERR_SET(e, NOMEM, "no memory for a transport");
	if (choice->n == 0)
		return ERR_OK;
	n = list_seats(m, choice, seat);
	err = lp_new(true, &lp, e);
	if (err == ERR_OK)
		err = build_transport(m, choice, seat, n, lp, e);
	if (err == ERR_OK)
		err = lp_solve(lp, MASTER_MAX_ITERATIONS, &status, e);
	m->solves++;
	if (err == ERR_OK && status == LP_OPTIMAL)
		err = adopt(m, choice, seat, n, lp, e);
	lp_free(lp);
	return err;
}

/* splitmix64 (Steele, Lea, Flood 2014): small, seeded, the same everywhere. */
static uint64_t next_random(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

/* A copy of `from` without a few cohorts at random. */
static void free_some(
    const struct choice *from, uint64_t *random, struct choice *to)
{
	uint32_t drop =
	    SEARCH_MIN + (uint32_t)(next_random(random) % SEARCH_SPAN);

	memcpy(to->column, from->column, from->n * sizeof(*from->column));
	to->n = from->n;
	while (drop-- > 0 && to->n > 0) {
		uint32_t at = (uint32_t)(next_random(random) % to->n);

		to->column[at] = to->column[--to->n];
	}
}

enum err_code improve_search(struct master *m, struct choice *choice,
    int64_t bound, uint64_t seed, uint32_t rounds, struct err *e)
{
	struct choice trial = improve_choice(m->a, m->f);
	uint32_t vain = 0;

	if (trial.column == NULL)
		return ERR_SET(e, NOMEM, "no memory for a search");
	while (choice->value < bound && vain < rounds) {
		free_some(choice, &seed, &trial);
		if (improve_dive(m, &trial, "improve", e) != ERR_OK ||
		    improve_assign(m, &trial, e) != ERR_OK)
			return e->code;
		vain++;
		if (trial.value > choice->value) {
			struct choice best = trial;

			trial = *choice;
			*choice = best;
			vain = 0;
		}
	}
	return ERR_OK;
}
