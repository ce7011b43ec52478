/*
 * Pricing by selection: see pricing.h.
 *
 * Cost per call: for each opening the newcomers who could come, a few steps each.
 * Branching on clashes is cut at MAX_BRANCHES per opening; then the best set found
 * stands and the bound keeps the relaxed gain.
 */
#include "scheduler/pricing.h"

#include "base/parallel.h"

enum {
	MAX_BRANCHES = 400,
	MAX_DEPTH = 40,
	CHUNK = 4, /* guides taken at once by a thread */
};

#define NOTHING (INT64_MIN / 2)

struct set {
	uint32_t n;
	int64_t gain;
	uint32_t newcomer[COHORT_MAX_SIZE]; /* best first */
};

/* What the columns of a guide are kept in. */
struct shelf {
	struct column column[PRICING_KEEP];
	uint32_t newcomer[PRICING_KEEP][COHORT_MAX_SIZE];
	unsigned n;
	int64_t most;  /* of its cohorts together */
	int64_t least; /* of those that make this up, or 0 */
};

/* One opening under examination; each thread has its own. */
struct desk {
	uint64_t *open; /* newcomers who may be taken */
	int64_t *worth; /* by newcomer, of this guide */
	uint64_t *good; /* newcomers of positive worth who may be taken */
	unsigned n_out, branches;
	int64_t relaxed; /* bound over branches not taken */
	struct set best;
};

struct pricer {
	const struct forming *f;
	unsigned threads;
	bool *clashes;       /* by opening: could two of its newcomers clash? */
	struct shelf *shelf; /* by guide */
	int64_t *gain;       /* by opening */
	struct desk *desk;   /* by thread */
	struct column *out;
	uint64_t work; /* openings priced so far */
	/* of the call */
	const struct prices *prices;
	const struct remainder *r;
	int64_t least;
};

static bool opening_clashes(const struct forming *f, const struct opening *o)
{
	for (uint32_t i = 0; i < f->n_newcomers; i++)
		for (uint32_t k = f->apart_of[i];
		     forming_in(o->seats, i) && k < f->apart_of[i + 1]; k++)
			if (forming_in(o->seats, f->apart[k]))
				return true;
	return false;
}

struct pricer *pricing_new(
    struct arena *a, const struct forming *f, unsigned threads)
{
	struct pricer *p = ARENA_NEW(a, struct pricer);

	if (p == NULL)
		return NULL;
	p->f = f;
	p->threads = (uint64_t)f->n_openings * f->n_newcomers < PRICING_PARALLEL
			 ? 1
			 : parallel_threads(threads);
	p->clashes = ARENA_ARRAY(a, f->n_openings, bool);
	p->shelf = ARENA_ARRAY(a, f->n_guides, struct shelf);
	p->gain = ARENA_ARRAY(a, f->n_openings, int64_t);
	p->desk = ARENA_ARRAY(a, p->threads, struct desk);
	p->out =
	    ARENA_ARRAY(a, (size_t)f->n_guides * PRICING_KEEP, struct column);
	for (unsigned t = 0; t < p->threads && p->desk != NULL; t++) {
		p->desk[t].open = ARENA_ARRAY(a, f->words, uint64_t);
		p->desk[t].good = ARENA_ARRAY(a, f->words, uint64_t);
		p->desk[t].worth = ARENA_ARRAY(a, f->n_newcomers, int64_t);
	}
	if (arena_failed(a))
		return NULL;
	for (uint32_t o = 0; o < f->n_openings; o++)
		p->clashes[o] = opening_clashes(f, &f->opening[o]);
	return p;
}

/* What a newcomer's worth must exceed to change the best `n` so far, of worth top[]. */
static int64_t floor_of(const struct intake *in, const int64_t *top, uint32_t n)
{
	int64_t floor = NOTHING;

	if (n >= in->cohort_min)
		floor =
		    top[in->cohort_min - 1] < 0 ? top[in->cohort_min - 1] : 0;
	if (n == in->cohort_max && top[n - 1] > floor)
		floor = top[n - 1];
	return floor;
}

/* Make room for i of worth among the n best, as its organization allows; false when
 * there is none. */
static bool admit(const struct forming *f, uint32_t i, int64_t worth,
    int64_t *top, uint32_t *list, uint32_t *n)
{
	uint32_t least = *n;

	if (forming_of_group(f, i, list, *n, UINT32_MAX) <
	    f->in->most_per_organization)
		return true;
	while (f->group[list[least - 1]] != f->group[i])
		least--;
	if (worth <= top[least - 1])
		return false;
	for (uint32_t k = least; k < *n; k++) {
		top[k - 1] = top[k];
		list[k - 1] = list[k];
	}
	--*n;
	return true;
}

/* The best set of the desk's newcomers but for clashes; false when too few. */
static bool take_best(
    const struct pricer *p, const struct desk *d, struct set *ret)
{
	const struct intake *in = p->f->in;
	int64_t top[COHORT_MAX_SIZE], floor = NOTHING;
	uint32_t n = 0;

	for (uint32_t w = 0; w < p->f->words; w++)
		for (uint64_t left = d->open[w]; left != 0; left &= left - 1) {
			uint32_t i = w * 64 + (uint32_t)__builtin_ctzll(left);
			int64_t worth = d->worth[i];
			uint32_t at;

			if (worth <= floor ||
			    (p->f->group[i] != FORMING_NO_GROUP &&
				!admit(p->f, i, worth, top, ret->newcomer, &n)))
				continue;
			at = n < in->cohort_max ? n++ : n - 1;
			for (; at > 0 && top[at - 1] < worth; at--) {
				top[at] = top[at - 1];
				ret->newcomer[at] = ret->newcomer[at - 1];
			}
			top[at] = worth;
			ret->newcomer[at] = i;
			floor = floor_of(in, top, n);
		}
	ret->n = 0;
	ret->gain = 0;
	for (; ret->n < n && (ret->n < in->cohort_min || top[ret->n] > 0);
	     ret->n++)
		ret->gain += top[ret->n];
	return n >= in->cohort_min;
}

/* The first two of a set who must not meet. */
static bool find_clash(
    const struct forming *f, const struct set *s, uint32_t clash[2])
{
	for (uint32_t i = 0; i < s->n; i++) {
		if (f->apart_of[s->newcomer[i]] ==
		    f->apart_of[s->newcomer[i] + 1])
			continue;
		for (uint32_t j = 0; j < s->n; j++)
			if (forming_apart(f, s->newcomer[i], s->newcomer[j])) {
				clash[0] = s->newcomer[i];
				clash[1] = s->newcomer[j];
				return true;
			}
	}
	return false;
}

/* Depth-first over who of a clashing pair stays out. Recursion: MAX_DEPTH. */
static void branch(const struct pricer *p, struct desk *d, bool clashes)
{
	struct set s;
	uint32_t clash[2];

	if (!take_best(p, d, &s) || s.gain <= d->best.gain)
		return;
	if (!clashes || !find_clash(p->f, &s, clash)) {
		d->best = s;
		return;
	}
	if (d->n_out == MAX_DEPTH || ++d->branches > MAX_BRANCHES) {
		if (s.gain > d->relaxed)
			d->relaxed = s.gain;
		return;
	}
	for (int k = 0; k < 2; k++) {
		d->n_out++;
		d->open[clash[k] / 64] &= ~((uint64_t)1 << (clash[k] % 64));
		branch(p, d, true);
		forming_put(d->open, clash[k]);
		d->n_out--;
	}
}

static void sort_numbers(uint32_t *list, uint32_t n)
{
	for (uint32_t i = 1; i < n; i++) {
		uint32_t x = list[i], at = i;

		for (; at > 0 && list[at - 1] > x; at--)
			list[at] = list[at - 1];
		list[at] = x;
	}
}

/* Move the entries of a shelf from `at` on by one, the last one falling off. */
static void shift(struct shelf *s, unsigned at)
{
	if (s->n < PRICING_KEEP)
		s->n++;
	for (unsigned i = s->n - 1; i > at; i--) {
		s->column[i] = s->column[i - 1];
		memcpy(
		    s->newcomer[i], s->newcomer[i - 1], sizeof(s->newcomer[i]));
	}
}

/* Keep the best PRICING_KEEP columns of a guide, no two with the same people. */
static void keep(struct shelf *s, const struct forming *f, uint32_t opening,
    struct set *set, int64_t gain)
{
	unsigned at = 0;
	int64_t value = 0;

	if (s->n == PRICING_KEEP && s->column[PRICING_KEEP - 1].gain >= gain)
		return;
	sort_numbers(set->newcomer, set->n);
	while (at < s->n && s->column[at].gain >= gain) {
		if (s->column[at].n == set->n &&
		    memcmp(s->newcomer[at], set->newcomer,
			set->n * sizeof(*set->newcomer)) == 0)
			return;
		at++;
	}
	if (at == PRICING_KEEP)
		return;
	for (uint32_t i = 0; i < set->n; i++)
		value += forming_value(
		    f, f->opening[opening].guide, set->newcomer[i]);
	shift(s, at);
	s->column[at] =
	    (struct column){opening, (uint16_t)set->n, NULL, value, gain};
	memcpy(s->newcomer[at], set->newcomer, set->n * sizeof(uint32_t));
}

int64_t pricing_opening_price(
    const struct forming *f, const struct prices *prices, uint32_t opening)
{
	const struct opening *o = &f->opening[opening];
	const struct pattern *pattern = &f->pattern[o->pattern];
	int64_t price = prices->guide[o->guide];

	if (prices->opening != NULL)
		price += prices->opening[opening];
	for (unsigned day = 0; day < 7 && prices->moment != NULL; day++)
		for (unsigned q = 0;
		     (pattern->weekdays >> day & 1) != 0 && q < f->quarters;
		     q++)
			price += prices->moment[(size_t)o->guide * WEEK_SLOTS +
						(day * SLOTS_PER_DAY +
						    pattern->quarter + q) %
						    WEEK_SLOTS];
	return price;
}

/* Whom the best set may take: where enough are worth something, only these. */
static void open_newcomers(
    const struct pricer *p, struct desk *d, uint32_t opening)
{
	const uint64_t *seats = p->f->opening[opening].seats;
	unsigned n = 0;

	for (uint32_t w = 0; w < p->f->words; w++) {
		d->open[w] = seats[w] & d->good[w];
		n += (unsigned)__builtin_popcountll(d->open[w]);
	}
	if (n >= p->f->in->cohort_min && !p->clashes[opening] &&
	    p->f->in->most_per_organization == 0)
		return;
	for (uint32_t w = 0; w < p->f->words; w++)
		d->open[w] = seats[w] & p->r->newcomers[w];
}

/* The greatest gain of any column of an opening; good ones go to the shelf. */
static int64_t price_opening(
    struct pricer *p, struct desk *d, struct shelf *s, uint32_t opening)
{
	const struct forming *f = p->f;
	int64_t price = pricing_opening_price(f, p->prices, opening), gain;

	open_newcomers(p, d, opening);
	d->best.gain = NOTHING;
	d->relaxed = NOTHING;
	d->branches = 0;
	branch(p, d, p->clashes[opening]);
	if (d->best.gain == NOTHING && d->relaxed == NOTHING)
		return NOTHING;
	gain = d->best.gain - price;
	if (d->best.gain != NOTHING && gain > p->least)
		keep(s, f, opening, &d->best, gain);
	return gain > d->relaxed - price ? gain : d->relaxed - price;
}

/* What a guide's cohorts gain together at most: the best `load` openings. */
static void best_together(struct pricer *p, uint32_t guide)
{
	int64_t best[INTAKE_MAX_COHORTS_PER_GUIDE] = {0}, sum = 0;
	unsigned load = p->r->load[guide];

	for (uint32_t o = p->f->first_opening[guide];
	     o < p->f->first_opening[guide + 1]; o++) {
		unsigned at = load;

		if (p->gain[o] <= 0)
			continue;
		for (; at > 0 && best[at - 1] < p->gain[o]; at--)
			if (at < load)
				best[at] = best[at - 1];
		if (at < load)
			best[at] = p->gain[o];
	}
	for (unsigned k = 0; k < load; k++)
		sum += best[k];
	p->shelf[guide].most = sum;
	p->shelf[guide].least = load > 0 ? best[load - 1] : 0;
}

/* What everybody is worth to a guide. */
static void rate_newcomers(
    const struct pricer *p, struct desk *d, uint32_t guide)
{
	const struct forming *f = p->f;

	for (uint32_t w = 0; w < f->words; w++)
		d->good[w] = 0;
	for (uint32_t i = 0; i < f->n_newcomers; i++) {
		d->worth[i] = forming_value(f, guide, i) * PRICE_UNIT -
			      p->prices->newcomer[i];
		d->good[i / 64] |= (uint64_t)(d->worth[i] > 0) << (i % 64);
	}
	for (uint32_t w = 0; w < f->words; w++)
		d->good[w] &= p->r->newcomers[w];
}

static bool price_guides(
    void *cookie, unsigned worker, uint32_t begin, uint32_t end)
{
	struct pricer *p = cookie;
	const struct forming *f = p->f;
	struct desk *d = &p->desk[worker];

	for (uint32_t g = begin; g < end; g++) {
		struct shelf *s = &p->shelf[g];

		s->n = 0;
		rate_newcomers(p, d, g);
		for (uint32_t o = f->first_opening[g];
		     o < f->first_opening[g + 1]; o++)
			p->gain[o] =
			    p->r->load[g] > 0 && forming_in(p->r->openings, o)
				? price_opening(p, d, s, o)
				: NOTHING;
		best_together(p, g);
	}
	return true;
}

void pricing_run(struct pricer *p, const struct prices *prices,
    const struct remainder *r, int64_t least, const struct column **ret,
    uint32_t *ret_n, int64_t *ret_excess)
{
	uint32_t n = 0;
	int64_t excess = 0;

	p->prices = prices;
	p->r = r;
	p->least = least;
	p->work += p->f->n_openings;
	(void)parallel_run(p->threads, p->f->n_guides, CHUNK, price_guides, p);
	for (uint32_t g = 0; g < p->f->n_guides; g++) {
		struct shelf *s = &p->shelf[g];

		excess += s->most;
		for (unsigned i = 0; i < s->n; i++) {
			p->out[n] = s->column[i];
			p->out[n++].newcomer = s->newcomer[i];
		}
	}
	*ret = p->out;
	*ret_n = n;
	*ret_excess = excess;
}

int64_t pricing_gain(const struct pricer *p, uint32_t opening)
{
	return p->gain[opening];
}

int64_t pricing_guide(const struct pricer *p, uint32_t guide)
{
	return p->shelf[guide].most;
}

int64_t pricing_least(const struct pricer *p, uint32_t guide)
{
	return p->shelf[guide].least;
}

uint64_t pricing_work(const struct pricer *p)
{
	return p->work;
}
