/*
 * The subgradient method: see ascend.h. Sources: Held, Wolfe, Crowder, Validation of
 * subgradient optimization, 1974 (steps towards a target); Barahona and Anbil, The
 * volume algorithm, 2000 (the average of the answers is a primal estimate).
 *
 * Cost: a pricing a round. The step aims at a bound lower by `hope`; hope is halved
 * when PATIENCE rounds brought nothing, and when it is below the resolution or the
 * rounds are over, the method ends.
 */
#include "scheduler/ascend.h"

enum {
	PATIENCE = 12,
	STREAK = 5, /* rounds in a row that lower the bound: a bolder step */
	TELL_EVERY = 8,
	STARTS = 8, /* prices tried for everybody at first */
};

static const double LEAST_HOPE = 1e-7, MOST_HOPE = 0.2, MEMORY = 0.7,
		    BLEND = 0.06, LEAST_NORM = 1;

/* What the guides take at these prices: their best columns that can hold together. */
static unsigned taken_by(const struct forming *f, const struct remainder *r,
    const struct column *col, uint32_t n, uint32_t at,
    const struct column *taken[PRICING_KEEP])
{
	uint32_t guide = f->opening[col[at].opening].guide;
	unsigned count = 0;

	for (; at < n && f->opening[col[at].opening].guide == guide &&
	       count < r->load[guide];
	     at++) {
		bool fits = true;

		for (unsigned k = 0; k < count; k++)
			fits = fits && !forming_overlap(f, col[at].opening,
					   taken[k]->opening);
		if (fits)
			taken[count++] = &col[at];
	}
	return count;
}

static void count_column(const struct master *m, const struct column *col,
    double *slope, double *moment)
{
	const struct forming *f = m->f;
	const struct opening *o = &f->opening[col->opening];
	const struct pattern *p = &f->pattern[o->pattern];
	int32_t self = f->guide_as_newcomer[o->guide];

	for (uint16_t i = 0; i < col->n; i++)
		slope[col->newcomer[i]] -= 1;
	if (self != FORMING_NOBODY)
		slope[self] -= 1.0 / m->newcomer_weight[self];
	for (unsigned day = 0; day < 7 && moment != NULL; day++)
		for (unsigned q = 0;
		     (p->weekdays >> day & 1) != 0 && q < f->quarters; q++)
			moment[(size_t)o->guide * WEEK_SLOTS +
			       (day * SLOTS_PER_DAY + p->quarter + q) %
				   WEEK_SLOTS] -= 1;
}

/* New slopes from the columns, blended with the old ones; the norm of the new. */
static void turn(struct ascent *s, const struct remainder *r,
    const struct column *col, uint32_t n)
{
	const struct master *m = s->m;
	const struct forming *f = m->f;
	size_t moments =
	    s->now.moment != NULL ? (size_t)f->n_guides * WEEK_SLOTS : 0;
	double *fresh = s->fresh;
	double *moment = moments > 0 ? fresh + f->n_newcomers : NULL;

	for (uint32_t i = 0; i < f->n_newcomers; i++)
		fresh[i] = forming_in(r->newcomers, i) ? 1 : 0;
	for (size_t k = 0; k < moments; k++)
		moment[k] = m->moment_row[k] >= 0 ? 1 : 0;
	for (uint32_t o = 0; o < f->n_openings; o++)
		s->use[o] *= 1 - BLEND;
	for (uint32_t k = 0; k < n; k++) {
		const struct column *taken[PRICING_KEEP];
		uint32_t guide = f->opening[col[k].opening].guide;
		unsigned count;

		if (k > 0 && f->opening[col[k - 1].opening].guide == guide)
			continue;
		count = taken_by(f, r, col, n, k, taken);
		for (unsigned t = 0; t < count; t++) {
			count_column(m, taken[t], fresh, moment);
			s->use[taken[t]->opening] += BLEND;
		}
	}
	s->norm = 0;
	for (size_t k = 0; k < f->n_newcomers + moments; k++) {
		if (k >= f->n_newcomers &&
		    m->moment_row[k - f->n_newcomers] < 0)
			continue;
		s->slope[k] = MEMORY * s->slope[k] + (1 - MEMORY) * fresh[k];
		s->norm += fresh[k] * fresh[k];
	}
	if (s->norm < LEAST_NORM)
		s->norm = LEAST_NORM;
}

/* No price above twice a person's value: it would be no use to anybody. */
static const double DEAREST = 2.0 * SCHEDULE_PLACED * PRICE_UNIT;

static int64_t lowered(int64_t price, double by)
{
	double next = (double)price - by;

	return next <= 0        ? 0
	       : next < DEAREST ? (int64_t)next
				: (int64_t)DEAREST;
}

/* Walk down the slope. Whoever is newcomer and guide has one price for both. */
static void step(struct ascent *s, double length)
{
	const struct forming *f = s->m->f;

	for (uint32_t i = 0; i < f->n_newcomers; i++)
		s->now.newcomer[i] =
		    lowered(s->now.newcomer[i], length * s->slope[i]);
	for (uint32_t g = 0; g < f->n_guides; g++) {
		int32_t self = f->guide_as_newcomer[g];

		if (self == FORMING_NOBODY)
			continue;
		s->now.guide[g] =
		    s->now.newcomer[self] / s->m->newcomer_weight[self];
		s->now.newcomer[self] =
		    s->now.guide[g] * s->m->newcomer_weight[self];
	}
	for (size_t k = 0;
	     s->now.moment != NULL && k < (size_t)f->n_guides * WEEK_SLOTS; k++)
		if (s->m->moment_row[k] >= 0)
			s->now.moment[k] = lowered(s->now.moment[k],
			    length * s->slope[f->n_newcomers + k]);
}

struct ascent *ascend_new(struct arena *a, struct master *m)
{
	struct ascent *s = ARENA_NEW(a, struct ascent);
	size_t rows = m->f->n_newcomers;

	if (s == NULL || !master_prices(a, m, &s->now) ||
	    !master_prices(a, m, &s->best))
		return NULL;
	if (s->now.moment != NULL)
		rows += (size_t)m->f->n_guides * WEEK_SLOTS;
	s->m = m;
	s->slope = ARENA_ARRAY(a, rows, double);
	s->fresh = ARENA_ARRAY(a, rows, double);
	s->use = ARENA_ARRAY(a, m->f->n_openings, double);
	return arena_failed(a) ? NULL : s;
}

static int64_t price_now(struct ascent *s, const struct remainder *r,
    const struct column **col, uint32_t *n)
{
	int64_t excess;

	pricing_run(s->m->pricer, &s->now, r, 0, col, n, &excess);
	return master_price_sum(s->m, &s->now) + excess - s->m->reward;
}

void ascend_begin(struct ascent *s, const struct remainder *r)
{
	const struct forming *f = s->m->f;
	int64_t least = INT64_MAX, best = 0;
	const struct column *col;
	uint32_t n;

	for (int k = 0; k <= STARTS + 1; k++) {
		int64_t bound, price = k > STARTS ? best
						  : SCHEDULE_PLACED / STARTS *
							k * (int64_t)PRICE_UNIT;

		for (uint32_t i = 0; i < f->n_newcomers; i++)
			s->now.newcomer[i] = price;
		step(s, 0); /* one price for both sides of a person */
		if (k > STARTS)
			break;
		bound = price_now(s, r, &col, &n);
		if (bound < least) {
			least = bound;
			best = price;
		}
	}
}

void ascend_run(struct ascent *s, const struct remainder *r, uint64_t *openings,
    uint32_t rounds, double hope, int64_t value)
{
	struct master *m = s->m;
	uint32_t vain = 0, luck = 0, n;
	const struct column *col;

	s->bound = INT64_MAX;
	memset(s->slope, 0, m->f->n_newcomers * sizeof(*s->slope));
	for (uint32_t round = 0;
	     round < rounds && hope > LEAST_HOPE && !m->stopped; round++) {
		int64_t bound = price_now(s, r, &col, &n);

		vain++;
		luck = bound < s->bound ? luck + 1 : 0;
		if (luck == STREAK && hope < MOST_HOPE) {
			hope *= 2;
			luck = 0;
		}
		if (bound < s->bound) {
			if ((double)(s->bound - bound) >
			    hope / 50 * (double)bound)
				vain = 0;
			s->bound = bound;
			master_copy_prices(m, &s->best, &s->now);
			if (bound / PRICE_UNIT <= value)
				return;
			master_close(m, r->load, bound, value, openings);
		}
		if (vain > PATIENCE) {
			master_copy_prices(m, &s->now, &s->best);
			hope /= 2;
			vain = 0;
		}
		turn(s, r, col, n);
		step(s, ((double)(bound - s->bound) + hope * (double)s->bound) /
			    s->norm);
		if (round % TELL_EVERY == 0)
			master_tell(
			    m, "prices", round, value, s->bound / PRICE_UNIT);
	}
}

enum err_code ascend_keep(
    struct ascent *s, const struct remainder *r, struct err *e)
{
	const struct column *col;
	int64_t excess;
	uint32_t n;

	pricing_run(
	    s->m->pricer, &s->best, r, INT64_MIN / 2, &col, &n, &excess);
	for (uint32_t k = 0; k < n; k++)
		if (master_add(s->m, &col[k], NULL, e) != ERR_OK)
			return e->code;
	return ERR_OK;
}
