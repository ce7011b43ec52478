/*
 * A first plan and a search over openings: see improve.h. Source of the search:
 * Kirkpatrick, Gelatt, Vecchi, Optimization by simulated annealing, 1983.
 */
#include "scheduler/improve.h"

#include <math.h>

enum {
	CLOSE_ONE_IN = 24, /* tries that leave a table without an opening */
	TELL_EVERY = 256,
};

/* Where a search ends, in objective units: some points. */
static const double COLD = 12;

void improve_begin(
    const struct master *m, const struct ascent *a, struct seats *s)
{
	const struct forming *f = m->f;

	for (uint32_t t = 0; t < s->n_tables; t++) {
		uint32_t g = s->guide[t], best = UINT32_MAX;

		for (uint32_t o = f->first_opening[g];
		     o < f->first_opening[g + 1]; o++)
			if ((best == UINT32_MAX || a->use[o] > a->use[best]) &&
			    seats_fits(s, t, (int32_t)o))
				best = o;
		if (best != UINT32_MAX)
			seats_put(s, t, (int32_t)best, NULL, 0);
	}
	seats_fill(s);
}

/* splitmix64 (Steele, Lea, Flood 2014): small, seeded, the same everywhere. */
static uint64_t next_random(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

static uint32_t draw(uint64_t *state, uint32_t below)
{
	return (uint32_t)(next_random(state) >> 32) % below;
}

/* Openings that may be tried, by guide and by newcomer. */
struct trials {
	uint32_t *opening, *first;        /* by guide, and the end */
	uint32_t *of_newcomer, *first_of; /* by newcomer, and the end */
};

static bool list_by_newcomer(struct arena *a, const struct forming *f,
    const struct remainder *r, struct trials *ret)
{
	uint32_t total = 0, n = 0;

	for (uint32_t o = 0; o < f->n_openings; o++)
		for (uint32_t w = 0; forming_in(r->openings, o) && w < f->words;
		     w++)
			total += (uint32_t)__builtin_popcountll(
			    f->opening[o].seats[w]);
	ret->of_newcomer = ARENA_ARRAY(a, total, uint32_t);
	ret->first_of = ARENA_ARRAY(a, f->n_newcomers + (size_t)1, uint32_t);
	if (ret->of_newcomer == NULL || ret->first_of == NULL)
		return false;
	for (uint32_t i = 0; i < f->n_newcomers; i++) {
		ret->first_of[i] = n;
		for (uint32_t o = 0; o < f->n_openings; o++)
			if (forming_in(r->openings, o) &&
			    forming_in(f->opening[o].seats, i))
				ret->of_newcomer[n++] = o;
	}
	ret->first_of[f->n_newcomers] = n;
	return true;
}

static bool list_trials(struct arena *a, const struct forming *f,
    const struct remainder *r, struct trials *ret)
{
	uint32_t n = 0;

	ret->opening = ARENA_ARRAY(a, f->n_openings, uint32_t);
	ret->first = ARENA_ARRAY(a, f->n_guides + (size_t)1, uint32_t);
	if (ret->opening == NULL || ret->first == NULL)
		return false;
	for (uint32_t g = 0; g < f->n_guides; g++) {
		ret->first[g] = n;
		for (uint32_t o = f->first_opening[g];
		     o < f->first_opening[g + 1]; o++)
			if (forming_in(r->openings, o))
				ret->opening[n++] = o;
	}
	ret->first[f->n_guides] = n;
	return list_by_newcomer(a, f, r, ret);
}

/* Somebody who stands, and a table that could get an opening for them. */
static bool draw_for_newcomer(const struct seats *s, const struct trials *l,
    uint64_t *random, uint32_t *table, int32_t *opening)
{
	uint32_t n = s->f->n_newcomers, i = draw(random, n), left = n;
	uint32_t o, count;

	for (; left > 0 && (s->table[i] != SEATS_NONE || s->guides[i] ||
			       l->first_of[i] == l->first_of[i + 1]);
	     left--)
		i = i + 1 == n ? 0 : i + 1;
	if (left == 0)
		return false;
	o = l->of_newcomer[l->first_of[i] +
			   draw(random, l->first_of[i + 1] - l->first_of[i])];
	count = s->f->load[s->f->opening[o].guide];
	*table = s->first_table[s->f->opening[o].guide] + draw(random, count);
	*opening = (int32_t)o;
	return *table < s->n_tables;
}

/* Another opening for a table. */
static bool draw_for_table(const struct seats *s, const struct trials *l,
    uint64_t *random, uint32_t *table, int32_t *opening)
{
	uint32_t t = draw(random, s->n_tables), g = s->guide[t];
	uint32_t n = l->first[g + 1] - l->first[g];

	*table = t;
	if (n == 0)
		return false;
	*opening = (int32_t)l->opening[l->first[g] + draw(random, n)];
	if (draw(random, CLOSE_ONE_IN) == 0)
		*opening = SEATS_NONE;
	return true;
}

/* False when the draw is of no use. */
static bool draw_change(const struct seats *s, const struct trials *l,
    uint64_t *random, uint32_t *table, int32_t *opening)
{
	bool drawn = draw(random, 2) == 0
			 ? draw_for_newcomer(s, l, random, table, opening)
			 : draw_for_table(s, l, random, table, opening);

	return drawn && *opening != s->opening[*table] &&
	       (*opening == SEATS_NONE || seats_fits(s, *table, *opening));
}

bool improve_search(struct master *m, const struct remainder *r,
    struct seats *s, int64_t bound, uint64_t seed, uint32_t tries, double heat)
{
	struct seats *back = seats_new(m->a, m->f);
	struct seats *best = seats_new(m->a, m->f);
	struct trials l;
	double cool = pow(COLD / heat, 1.0 / (tries + 1.0));

	if (back == NULL || best == NULL || !list_trials(m->a, m->f, r, &l))
		return false;
	seats_copy(best, s);
	for (uint32_t k = 0;
	     k < tries && s->n_tables > 0 && !m->stopped && best->value < bound;
	     k++, heat *= cool) {
		uint32_t table;
		int32_t opening;
		double loss, luck;

		if (k % TELL_EVERY == 0)
			master_tell(m, "search", k, best->value, bound);
		if (!draw_change(s, &l, &seed, &table, &opening))
			continue;
		luck = (double)(next_random(&seed) >> 11) * 0x1p-53;
		seats_copy(back, s);
		seats_change(s, table, opening);
		loss = (double)(back->value - s->value);
		if (loss > 0 && luck >= exp(-loss / heat))
			seats_copy(s, back);
		else if (s->value > best->value)
			seats_copy(best, s);
	}
	seats_copy(s, best);
	return true;
}
