/*
 * Pricing by sorting: see pricing.h.
 *
 * Cost per call: options * (newcomers log newcomers + patterns * newcomers looked
 * at). Branching on clashes is cut at MAX_BRANCHES per option and pattern; then
 * the best set found stands and the bound keeps the relaxed gain.
 */
#include "scheduler/pricing.h"

enum {
	MAX_BRANCHES = 400,
	MAX_DEPTH = 40
};

struct worth {
	int64_t worth; /* value minus price */
	uint32_t newcomer;
};

struct set {
	uint32_t n;
	int64_t gain;
	uint32_t newcomer[COHORT_MAX_SIZE];
};

struct pricer {
	const struct forming *f;
	struct worth *worth; /* of one option, best first */
	uint32_t n_worth;
	struct column *out; /* of the last call */
	/* one option and pattern at a time */
	const uint64_t *comes;
	uint32_t left_out[MAX_DEPTH]; /* by branching */
	unsigned n_out, branches;
	int64_t relaxed; /* bound over branches not taken */
	struct set best;
	/* one guide at a time */
	struct column kept[PRICING_KEEP];
	struct set kept_set[PRICING_KEEP];
	unsigned n_kept;
};

struct pricer *pricing_new(struct arena *a, const struct forming *f)
{
	struct pricer *p = ARENA_NEW(a, struct pricer);

	if (p == NULL)
		return NULL;
	p->f = f;
	p->worth = ARENA_ARRAY(a, f->n_newcomers, struct worth);
	p->out =
	    ARENA_ARRAY(a, (size_t)f->n_guides * PRICING_KEEP, struct column);
	return p->worth == NULL || p->out == NULL ? NULL : p;
}

static int by_worth(const void *x, const void *y)
{
	const struct worth *a = x, *b = y;

	if (a->worth != b->worth)
		return a->worth > b->worth ? -1 : 1;
	return (a->newcomer > b->newcomer) - (a->newcomer < b->newcomer);
}

static void sort_option(struct pricer *p, const struct option *o,
    const struct prices *prices, const struct remainder *r)
{
	const struct forming *f = p->f;

	p->n_worth = 0;
	for (uint32_t i = 0; i < f->n_newcomers; i++)
		if (forming_in(o->eligible, i) && forming_in(r->newcomers, i))
			p->worth[p->n_worth++] = (struct worth){
			    forming_value(f, o->guide, i) * PRICE_UNIT -
				prices->newcomer[i],
			    i};
	if (p->n_worth > 0)
		qsort(p->worth, p->n_worth, sizeof(*p->worth), by_worth);
}

static bool is_out(const struct pricer *p, uint32_t newcomer)
{
	for (unsigned i = 0; i < p->n_out; i++)
		if (p->left_out[i] == newcomer)
			return true;
	return false;
}

/* The best set but for clashes; false when too few can come. */
static bool take_best(const struct pricer *p, struct set *ret)
{
	const struct intake *in = p->f->in;

	ret->n = 0;
	ret->gain = 0;
	for (uint32_t i = 0; i < p->n_worth && ret->n < in->cohort_max; i++) {
		const struct worth *w = &p->worth[i];

		if (w->worth <= 0 && ret->n >= in->cohort_min)
			break;
		if (!forming_in(p->comes, w->newcomer) ||
		    is_out(p, w->newcomer))
			continue;
		ret->newcomer[ret->n++] = w->newcomer;
		ret->gain += w->worth;
	}
	return ret->n >= in->cohort_min;
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
static void branch(struct pricer *p)
{
	struct set s;
	uint32_t clash[2];

	if (!take_best(p, &s) || s.gain <= p->best.gain)
		return;
	if (!find_clash(p->f, &s, clash)) {
		p->best = s;
		return;
	}
	if (p->n_out == MAX_DEPTH || ++p->branches > MAX_BRANCHES) {
		if (s.gain > p->relaxed)
			p->relaxed = s.gain;
		return;
	}
	for (int k = 0; k < 2; k++) {
		p->left_out[p->n_out++] = clash[k];
		branch(p);
		p->n_out--;
	}
}

static int by_number(const void *x, const void *y)
{
	const uint32_t *a = x, *b = y;

	return (*a > *b) - (*a < *b);
}

/* Keep the best PRICING_KEEP columns of a guide, no two with the same people. */
static void keep(struct pricer *p, const struct column *col, struct set *s)
{
	unsigned at = p->n_kept;

	qsort(s->newcomer, s->n, sizeof(*s->newcomer), by_number);
	for (unsigned i = 0; i < p->n_kept; i++)
		if (p->kept_set[i].n == s->n &&
		    memcmp(p->kept_set[i].newcomer, s->newcomer,
			s->n * sizeof(*s->newcomer)) == 0) {
			if (p->kept[i].gain >= col->gain)
				return;
			p->n_kept--; /* the same people, cheaper: replace */
			memmove(&p->kept[i], &p->kept[i + 1],
			    (p->n_kept - i) * sizeof(p->kept[0]));
			memmove(&p->kept_set[i], &p->kept_set[i + 1],
			    (p->n_kept - i) * sizeof(p->kept_set[0]));
			at = p->n_kept;
			break;
		}
	while (at > 0 && p->kept[at - 1].gain < col->gain)
		at--;
	if (at == PRICING_KEEP)
		return;
	if (p->n_kept < PRICING_KEEP)
		p->n_kept++;
	memmove(&p->kept[at + 1], &p->kept[at],
	    (p->n_kept - 1 - at) * sizeof(p->kept[0]));
	memmove(&p->kept_set[at + 1], &p->kept_set[at],
	    (p->n_kept - 1 - at) * sizeof(p->kept_set[0]));
	p->kept[at] = *col;
	p->kept_set[at] = *s;
}

/* Is the pattern free of the guide's cohorts that are taken already? */
static bool pattern_is_open(const struct forming *f, const struct remainder *r,
    uint32_t guide, uint32_t pattern)
{
	for (uint32_t i = 0; i < r->n_fixed; i++)
		if (f->option[r->fixed[i].option].guide == guide &&
		    slots_patterns_overlap(&f->pattern[pattern],
			&f->pattern[r->fixed[i].pattern], f->quarters))
			return false;
	return true;
}

static int64_t pattern_price(const struct forming *f,
    const struct prices *prices, uint32_t guide, const struct pattern *pattern)
{
	int64_t price = prices->guide[guide];

	for (unsigned day = 0; day < 7 && prices->moment != NULL; day++)
		for (unsigned q = 0;
		     (pattern->weekdays >> day & 1) != 0 && q < f->quarters;
		     q++)
			price += prices->moment[(size_t)guide * WEEK_SLOTS +
						(day * SLOTS_PER_DAY +
						    pattern->quarter + q) %
						    WEEK_SLOTS];
	return price;
}

/* Price one option; returns the greatest gain that any of its columns can have. */
static int64_t price_option(struct pricer *p, uint32_t option,
    const struct prices *prices, const struct remainder *r)
{
	const struct forming *f = p->f;
	const struct option *o = &f->option[option];
	int64_t most = 0;

	sort_option(p, o, prices, r);
	for (uint32_t k = 0; k < o->n_patterns; k++) {
		uint32_t pattern = o->pattern[k];
		struct column col = {.option = option, .pattern = pattern};
		int64_t price =
		    pattern_price(f, prices, o->guide, &f->pattern[pattern]);

		if (!pattern_is_open(f, r, o->guide, pattern))
			continue;
		p->comes = forming_comes(f, pattern);
		p->best = (struct set){.gain = price};
		p->relaxed = price;
		p->branches = 0;
		branch(p);
		col.gain = p->best.gain - price;
		if (p->relaxed - price > most)
			most = p->relaxed - price;
		if (col.gain > most)
			most = col.gain;
		if (col.gain > PRICE_SLACK)
			keep(p, &col, &p->best);
	}
	return most;
}

/* Copy the kept columns of a guide behind the others. */
static bool emit(struct arena *a, struct pricer *p, struct column *out)
{
	const struct forming *f = p->f;

	for (unsigned i = 0; i < p->n_kept; i++) {
		const struct set *s = &p->kept_set[i];
		uint32_t guide = f->option[p->kept[i].option].guide;
		uint32_t *newcomer = ARENA_ARRAY(a, s->n, uint32_t);

		if (newcomer == NULL)
			return false;
		out[i] = p->kept[i];
		out[i].n = (uint16_t)s->n;
		out[i].newcomer = newcomer;
		for (uint32_t j = 0; j < s->n; j++) {
			newcomer[j] = s->newcomer[j];
			out[i].value += forming_value(f, guide, s->newcomer[j]);
		}
	}
	return true;
}

bool pricing_run(struct arena *a, struct pricer *p, const struct prices *prices,
    const struct remainder *r, const struct column **ret, uint32_t *ret_n,
    int64_t *ret_excess)
{
	const struct forming *f = p->f;
	struct column *out =
	    ARENA_ARRAY(a, (size_t)f->n_guides * PRICING_KEEP, struct column);
	uint32_t n = 0;
	int64_t excess = 0;

	for (uint32_t o = 0; o < f->n_options;) {
		uint32_t guide = f->option[o].guide;
		int64_t most = 0;

		p->n_kept = 0;
		for (; o < f->n_options && f->option[o].guide == guide; o++) {
			int64_t gain = r->load[guide] == 0
					   ? 0
					   : price_option(p, o, prices, r);

			if (gain > most)
				most = gain;
		}
		excess += most * r->load[guide];
		if (!emit(a, p, out + n))
			return false;
		n += p->n_kept;
	}
	*ret = out;
	*ret_n = n;
	*ret_excess = excess;
	return true;
}
