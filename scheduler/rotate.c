/*
 * Exact enumeration of rotations: see rotate.h.
 *
 * Cost: sets of up to three of the patterns that are left, each bounded by everybody's
 * cheapest choice in every regime before its weeks are shared out depth-first. STEPS
 * ends the search where that is not enough; then the rotation is not called proven.
 */
#include "scheduler/rotate.h"

#include "base/instant.h"
#include "scheduler/discomfort.h"
#include "scheduler/sessions.h"

enum {
	STEPS = 20000000,
	SCRATCH_OCTETS = 256 << 20,
};

#define NEVER 1000000u /* the cost of what cannot be */

/* One pattern that is left: its cost by regime and person. */
struct candidate {
	uint32_t pattern;
	unsigned *cost; /* regime x people, by weight */
	unsigned *sum;  /* by regime, without; NEVER where it cannot be */
};

struct rotor {
	const struct forming *f;
	const uint32_t *person;
	uint32_t n_people, n_weeks;
	const bool *barred;
	bool *date_ok;       /* by date: everybody comes */
	unsigned *date_cost; /* date x people */
	int32_t *date_at;    /* week x WEEK_SLOTS: date, or -1 */
	uint8_t *meetings;   /* by week: sessions it must have */
	uint32_t *regime;    /* by week */
	uint32_t *weeks;     /* by regime: how many */
	uint32_t *sample;    /* by regime: one week of it */
	uint32_t n_regimes;
	struct candidate *list;
	uint32_t n_list;
	/* the search */
	const struct candidate *chosen[ROTATE_MAX_PATTERNS];
	unsigned n_chosen;
	unsigned *least, *least_sum; /* suffixes: regime x people; by regime */
	unsigned *so_far; /* regime x people; at first what each carries */
	uint32_t *share, *best_share; /* regime x ROTATE_MAX_PATTERNS */
	uint32_t best[ROTATE_MAX_PATTERNS];
	unsigned n_best, worst, total;
	uint32_t steps;
};

static uint32_t week_of(const struct rotor *r, int64_t begin)
{
	const struct intake *in = r->f->in;
	int32_t monday = in->first_day - day_weekday(in->first_day);

	return (uint32_t)(day_of(begin + zone_offset_at(in->anchor, begin)) -
			  monday) /
	       7;
}

/* One person's part of every date. */
static enum err_code add_person(
    struct rotor *r, struct arena *scratch, uint32_t i, struct err *e)
{
	const struct slots *s = &r->f->slots;
	const struct person *p = &r->f->c->person[r->person[i]];
	const struct busy_index *busy = &r->f->busy;
	uint32_t first = busy->first[r->person[i]];
	const struct span all = {
	    sessions_from(r->f->in), sessions_to(r->f->in)};
	struct spans free;
	enum err_code err = spans_of_person(scratch, p->windows, p->n_windows,
	    p->zone, busy->span + first, busy->first[r->person[i] + 1] - first,
	    all, &free, e);

	for (uint32_t d = 0; err == ERR_OK && d < s->n_dates; d++) {
		int64_t begin = s->date[d].begin;

		r->date_ok[d] = r->date_ok[d] &&
				spans_hold(&free, begin, begin + s->seconds);
		r->date_cost[(size_t)d * r->n_people + i] =
		    discomfort_of(p, begin, s->seconds);
	}
	return err;
}

/* The date of a pattern on one weekday of a week; -1: none. */
static int32_t date_of(
    const struct rotor *r, uint32_t week, uint32_t pattern, unsigned day)
{
	const struct pattern *p = &r->f->pattern[pattern];

	if ((p->weekdays >> day & 1) == 0)
		return -1;
	return r->date_at[(size_t)week * WEEK_SLOTS + day * SLOTS_PER_DAY +
			  p->quarter];
}

/* How many sessions the pattern has in a week; -1: somebody cannot come. */
static int meetings_of(const struct rotor *r, uint32_t week, uint32_t pattern)
{
	int n = 0;

	for (unsigned day = 0; day < 7; day++) {
		int32_t d = date_of(r, week, pattern, day);

		if (d >= 0 && !r->date_ok[d])
			return -1;
		n += d >= 0;
	}
	return n;
}

static bool can_be(const struct rotor *r, uint32_t week, uint32_t pattern)
{
	return meetings_of(r, week, pattern) == r->meetings[week];
}

static unsigned cost_of(
    const struct rotor *r, uint32_t week, uint32_t pattern, uint32_t i)
{
	unsigned sum = 0;

	for (unsigned day = 0; day < 7; day++) {
		int32_t d = date_of(r, week, pattern, day);

		if (d >= 0)
			sum += r->date_cost[(size_t)d * r->n_people + i];
	}
	return sum;
}

static bool same_week(const struct rotor *r, uint32_t a, uint32_t b)
{
	for (uint32_t k = 0; k < r->n_list; k++) {
		uint32_t p = r->list[k].pattern;

		if (can_be(r, a, p) != can_be(r, b, p))
			return false;
		for (uint32_t i = 0; can_be(r, a, p) && i < r->n_people; i++)
			if (cost_of(r, a, p, i) != cost_of(r, b, p, i))
				return false;
	}
	return true;
}

/* Has any pattern at which another week can meet a date in this one? */
static bool has_dates(const struct rotor *r, uint32_t week)
{
	for (uint32_t k = 0; k < r->n_list; k++)
		for (unsigned day = 0; day < 7; day++)
			if (date_of(r, week, r->list[k].pattern, day) >= 0)
				return true;
	return false;
}

/* A week in which all such patterns fall on holidays is skipped; one with dates to which
 * somebody cannot come is one too many: the cohort cannot rotate. */
static bool every_week_meets(const struct rotor *r)
{
	for (uint32_t w = 0; w < r->n_weeks; w++)
		if (r->meetings[w] == 0 && has_dates(r, w))
			return false;
	return true;
}

/* The patterns at which some week can meet, and how often each week must. */
static void list_candidates(struct rotor *r)
{
	for (uint32_t w = 0; w < r->n_weeks; w++)
		for (uint32_t p = 0; p < r->f->n_patterns; p++) {
			int n = r->barred[p] ? -1 : meetings_of(r, w, p);

			if (n > r->meetings[w])
				r->meetings[w] = (uint8_t)n;
		}
	for (uint32_t p = 0; p < r->f->n_patterns; p++) {
		bool any = false;

		for (uint32_t w = 0; w < r->n_weeks && !r->barred[p]; w++)
			any = any || (r->meetings[w] > 0 && can_be(r, w, p));
		if (any)
			r->list[r->n_list++].pattern = p;
	}
}

static void group_weeks(struct rotor *r)
{
	for (uint32_t w = 0; w < r->n_weeks; w++) {
		uint32_t k = 0;

		r->regime[w] = ROTATE_NONE;
		if (r->meetings[w] == 0)
			continue;
		while (k < r->n_regimes && !same_week(r, w, r->sample[k]))
			k++;
		if (k == r->n_regimes)
			r->sample[r->n_regimes++] = w;
		r->regime[w] = k;
		r->weeks[k]++;
	}
}

static unsigned weight_of(const struct rotor *r, uint32_t i)
{
	return discomfort_weight(&r->f->c->person[r->person[i]]);
}

static bool fill_costs(struct arena *a, struct rotor *r)
{
	for (uint32_t k = 0; k < r->n_list; k++) {
		struct candidate *c = &r->list[k];

		c->cost = ARENA_ARRAY(
		    a, (size_t)r->n_regimes * r->n_people, unsigned);
		c->sum = ARENA_ARRAY(a, r->n_regimes, unsigned);
		if (c->cost == NULL || c->sum == NULL)
			return false;
		for (uint32_t g = 0; g < r->n_regimes; g++) {
			bool can = can_be(r, r->sample[g], c->pattern);

			for (uint32_t i = 0; i < r->n_people; i++) {
				unsigned x = can ? cost_of(r, r->sample[g],
						       c->pattern, i)
						 : 0;

				c->cost[(size_t)g * r->n_people + i] =
				    can ? x * weight_of(r, i) : NEVER;
				c->sum[g] += x;
			}
			if (!can)
				c->sum[g] = NEVER;
		}
	}
	return true;
}

static bool dominates(
    const struct rotor *r, const struct candidate *a, const struct candidate *b)
{
	for (size_t k = 0; k < (size_t)r->n_regimes * r->n_people; k++)
		if (a->cost[k] > b->cost[k])
			return false;
	return true;
}

/* Of two alike the earlier stays. */
static void prune(struct rotor *r)
{
	uint32_t kept = 0;

	for (uint32_t k = 0; k < r->n_list; k++) {
		bool needless = false;

		for (uint32_t j = 0; j < r->n_list && !needless; j++)
			needless =
			    j != k && r->list[j].cost != NULL &&
			    dominates(r, &r->list[j], &r->list[k]) &&
			    (j < k || !dominates(r, &r->list[k], &r->list[j]));
		if (needless)
			r->list[k].sum = NULL; /* gone, still compared with */
	}
	for (uint32_t k = 0; k < r->n_list; k++)
		if (r->list[k].sum != NULL)
			r->list[kept++] = r->list[k];
	r->n_list = kept;
}

/* Everybody's cheapest from each regime on, whatever the shares; false when the
 * chosen patterns cannot be kinder than the best so far. */
static bool bound_chosen(struct rotor *r)
{
	unsigned worst = 0;

	for (uint32_t g = r->n_regimes; g-- > 0;) {
		unsigned sum = NEVER;

		for (unsigned c = 0; c < r->n_chosen; c++)
			if (r->chosen[c]->sum[g] < sum)
				sum = r->chosen[c]->sum[g];
		if (sum == NEVER)
			return false;
		r->least_sum[g] = r->least_sum[g + 1] + sum * r->weeks[g];
		for (uint32_t i = 0; i < r->n_people; i++) {
			size_t at = (size_t)g * r->n_people + i;
			unsigned x = NEVER;

			for (unsigned c = 0; c < r->n_chosen; c++)
				if (r->chosen[c]->cost[at] < x)
					x = r->chosen[c]->cost[at];
			r->least[at] =
			    r->least[at + r->n_people] + x * r->weeks[g];
		}
	}
	for (uint32_t i = 0; i < r->n_people; i++)
		if (r->so_far[i] + r->least[i] > worst)
			worst = r->so_far[i] + r->least[i];
	return worst < r->worst ||
	       (worst == r->worst && r->least_sum[0] < r->total);
}

static void keep_best(struct rotor *r, unsigned worst, unsigned total)
{
	r->worst = worst;
	r->total = total;
	r->n_best = r->n_chosen;
	for (unsigned c = 0; c < r->n_chosen; c++)
		r->best[c] = r->chosen[c]->pattern;
	memcpy(r->best_share, r->share,
	    (size_t)r->n_regimes * ROTATE_MAX_PATTERNS * sizeof(*r->share));
}

static void share_out(struct rotor *r, uint32_t g, unsigned total);

/* Give `left` weeks of a regime to the chosen patterns from c on; so_far of the next
 * regime holds what everybody bears. */
static void share_weeks(
    struct rotor *r, uint32_t g, unsigned c, uint32_t left, unsigned total)
{
	unsigned *bears = r->so_far + (size_t)(g + 1) * r->n_people;
	const unsigned *cost = r->chosen[c]->cost + (size_t)g * r->n_people;
	bool last = c + 1 == r->n_chosen;
	bool can = r->chosen[c]->sum[g] != NEVER;

	if (last && left > 0 && !can)
		return;
	for (uint32_t n = last ? left : 0; n <= (can ? left : 0) || last; n++) {
		r->share[(size_t)g * ROTATE_MAX_PATTERNS + c] = n;
		for (uint32_t i = 0; n > 0 && i < r->n_people; i++)
			bears[i] += n * cost[i];
		total += n > 0 ? n * r->chosen[c]->sum[g] : 0;
		if (last)
			share_out(r, g + 1, total);
		else
			share_weeks(r, g, c + 1, left - n, total);
		total -= n > 0 ? n * r->chosen[c]->sum[g] : 0;
		for (uint32_t i = 0; n > 0 && i < r->n_people; i++)
			bears[i] -= n * cost[i];
		if (last)
			return;
	}
}

/* Share out the weeks of regime g and later. Recursion: regimes x patterns. */
static void share_out(struct rotor *r, uint32_t g, unsigned total)
{
	const unsigned *bears = r->so_far + (size_t)g * r->n_people;
	unsigned worst = 0;

	if (r->steps == STEPS)
		return;
	r->steps++;
	for (uint32_t i = 0; i < r->n_people; i++) {
		unsigned x = bears[i] + r->least[(size_t)g * r->n_people + i];

		if (x > worst)
			worst = x;
	}
	if (worst > r->worst ||
	    (worst == r->worst && total + r->least_sum[g] >= r->total))
		return;
	if (g == r->n_regimes) {
		keep_best(r, worst, total);
		return;
	}
	memcpy(r->so_far + (size_t)(g + 1) * r->n_people, bears,
	    r->n_people * sizeof(*bears));
	share_weeks(r, g, 0, r->weeks[g], total);
}

/* All sets of `left` more candidates from `from` on. Recursion: ROTATE_MAX_PATTERNS. */
static void choose(struct rotor *r, uint32_t from, unsigned left)
{
	if (left == 0) {
		if (bound_chosen(r))
			share_out(r, 0, 0);
		return;
	}
	for (uint32_t k = from; k + left <= r->n_list && r->steps < STEPS;
	     k++) {
		r->chosen[r->n_chosen++] = &r->list[k];
		choose(r, k + 1, left - 1);
		r->n_chosen--;
	}
}

static bool prepare(struct arena *a, struct rotor *r)
{
	const struct slots *s = &r->f->slots;
	size_t people = r->n_people, weeks = r->n_weeks;

	r->date_ok = ARENA_ARRAY(a, s->n_dates, bool);
	r->date_cost = ARENA_ARRAY(a, s->n_dates * people, unsigned);
	r->date_at = ARENA_ARRAY(a, weeks * WEEK_SLOTS, int32_t);
	r->meetings = ARENA_ARRAY(a, weeks, uint8_t);
	r->regime = ARENA_ARRAY(a, weeks, uint32_t);
	r->weeks = ARENA_ARRAY(a, weeks, uint32_t);
	r->sample = ARENA_ARRAY(a, weeks, uint32_t);
	r->list = ARENA_ARRAY(a, r->f->n_patterns, struct candidate);
	r->least = ARENA_ARRAY(a, (weeks + 1) * people, unsigned);
	r->least_sum = ARENA_ARRAY(a, weeks + 1, unsigned);
	r->so_far = ARENA_ARRAY(a, (weeks + 1) * people, unsigned);
	r->share = ARENA_ARRAY(a, weeks * ROTATE_MAX_PATTERNS, uint32_t);
	r->best_share = ARENA_ARRAY(a, weeks * ROTATE_MAX_PATTERNS, uint32_t);
	if (arena_failed(a))
		return false;
	for (size_t k = 0; k < weeks * WEEK_SLOTS; k++)
		r->date_at[k] = -1;
	for (uint32_t d = 0; d < s->n_dates; d++) {
		r->date_ok[d] = true;
		r->date_at[(size_t)week_of(r, s->date[d].begin) * WEEK_SLOTS +
			   s->date[d].slot] = (int32_t)d;
	}
	return true;
}

/* Weeks of a regime take the patterns one after another, in blocks. */
static void read_weeks(const struct rotor *r, struct rotation *ret)
{
	for (uint32_t w = 0; w < r->n_weeks; w++) {
		uint32_t g = r->regime[w];
		uint32_t *share;
		unsigned c = 0;

		ret->pattern[w] = ROTATE_NONE;
		if (g == ROTATE_NONE)
			continue;
		share = r->best_share + (size_t)g * ROTATE_MAX_PATTERNS;
		while (share[c] == 0)
			c++;
		share[c]--;
		ret->pattern[w] = r->best[c];
	}
}

static enum err_code search(struct arena *a, struct rotor *r, unsigned most,
    struct rotation *ret, struct err *e)
{
	list_candidates(r);
	if (!every_week_meets(r))
		return ERR_OK;
	group_weeks(r);
	if (!fill_costs(a, r))
		return ERR_SET(e, NOMEM, "no memory for a rotation");
	prune(r);
	r->worst = NEVER;
	for (uint32_t i = 0; i < r->n_people; i++)
		r->so_far[i] =
		    weight_of(r, i) * r->f->c->person[r->person[i]].carried;
	for (unsigned n = 1;
	     n <= most && n <= ROTATE_MAX_PATTERNS && r->n_regimes > 0; n++)
		choose(r, 0, n);
	ret->found = r->n_best > 0;
	ret->proven = ret->found && r->steps < STEPS;
	ret->worst = r->worst;
	ret->total = r->total;
	if (ret->found)
		read_weeks(r, ret);
	return ERR_OK;
}

enum err_code rotate_cohort(struct arena *a, const struct forming *f,
    const uint32_t *person, uint32_t n_people, const bool *barred,
    unsigned most, struct rotation *ret, struct err *e)
{
	struct arena *scratch = arena_new(SCRATCH_OCTETS);
	struct rotor r = {
	    .f = f, .person = person, .n_people = n_people, .barred = barred};
	enum err_code err = ERR_OK;

	r.n_weeks = (uint32_t)(f->in->last_day - f->in->first_day +
			       day_weekday(f->in->first_day)) /
			7 +
		    1;
	*ret = (struct rotation){.n_weeks = r.n_weeks,
	    .pattern = ARENA_ARRAY(a, r.n_weeks, uint32_t)};
	if (scratch == NULL || ret->pattern == NULL || !prepare(scratch, &r)) {
		arena_free(scratch);
		return ERR_SET(e, NOMEM, "no memory for a rotation");
	}
	for (uint32_t i = 0; i < n_people && err == ERR_OK; i++)
		err = add_person(&r, scratch, i, e);
	if (err == ERR_OK)
		err = search(scratch, &r, most, ret, e);
	arena_free(scratch);
	return err;
}
