/* Fair shares and the reasons of who is over: see fairness.h. */
#include "scheduler/fairness.h"

#include "scheduler/discomfort.h"
#include "scheduler/schedule.h"

static const char *const reason_name[KINDER_REASONS] = {
    [KINDER_NOT_FREE] = "not-free",
    [KINDER_ELSEWHERE] = "guide-elsewhere",
    [KINDER_MISSES] = "more-misses",
    [KINDER_OTHERS] = "others-bear-more",
    [KINDER_NOT_SEARCHED] = "not-searched",
};

const char *fairness_reason_name(enum kinder_reason r)
{
	return (unsigned)r < KINDER_REASONS ? reason_name[r] : "";
}

static uint32_t person_of(const struct cohort *h, uint32_t i)
{
	return i == 0 ? h->guide : h->newcomers[i - 1];
}

static void bear(
    const struct forming *f, const struct cohort *h, struct bearing *b)
{
	const struct person *p = &f->c->person[b->person];

	b->carried = p->carried;
	for (uint16_t s = 0; s < h->n_sessions; s++) {
		unsigned x = discomfort_of(p, h->session[s], f->slots.seconds);

		b->points += x;
		if (x > b->dearest)
			b->dearest = x;
	}
}

/* What the slots of the week cost somebody, over all their dates. */
struct week_cost {
	uint32_t cost[WEEK_SLOTS], dates[WEEK_SLOTS];
};

static void cost_week(
    const struct forming *f, uint32_t person, struct week_cost *ret)
{
	memset(ret, 0, sizeof(*ret));
	for (uint32_t d = 0; d < f->slots.n_dates; d++) {
		uint16_t slot = f->slots.date[d].slot;

		ret->cost[slot] += discomfort_of(&f->c->person[person],
		    f->slots.date[d].begin, f->slots.seconds);
		ret->dates[slot]++;
	}
}

/* A pattern as the report looks at it. */
struct look {
	uint32_t pattern;
	uint32_t cost, dates;
};

static struct look look_at(
    const struct forming *f, uint32_t pattern, const struct week_cost *w)
{
	const struct pattern *p = &f->pattern[pattern];
	struct look l = {.pattern = pattern};

	for (unsigned day = 0; day < 7; day++) {
		unsigned slot = day * SLOTS_PER_DAY + p->quarter;

		if ((p->weekdays >> day & 1) == 0)
			continue;
		l.cost += w->cost[slot];
		l.dates += w->dates[slot];
	}
	return l;
}

/* Less for each session: a before b? */
static bool is_kinder(const struct look *a, const struct look *b)
{
	return (uint64_t)a->cost * b->dates < (uint64_t)b->cost * a->dates;
}

/* How badly off the worst-off would be at a pattern, and who that is. */
static unsigned heaviest(const struct forming *f, const struct cohort *h,
    uint32_t pattern, uint32_t *ret_who)
{
	struct week_cost w;
	unsigned worst = 0;

	for (uint32_t i = 0; i <= h->n_newcomers; i++) {
		uint32_t who = person_of(h, i);
		const struct person *p = &f->c->person[who];
		unsigned x;

		cost_week(f, who, &w);
		x = discomfort_weight(p) *
		    (p->carried + look_at(f, pattern, &w).cost);
		if (i == 0 || x > worst) {
			worst = x;
			*ret_who = who;
		}
	}
	return worst;
}

static unsigned heaviest_now(const struct forming *f, const struct cohort *h)
{
	unsigned worst = 0;

	for (uint32_t i = 0; i <= h->n_newcomers; i++) {
		const struct bearing *b = &h->bearing[i];
		unsigned x = discomfort_weight(&f->c->person[b->person]) *
			     (b->carried + b->points);

		if (x > worst)
			worst = x;
	}
	return worst;
}

/* What keeps the cohort from meeting at this pattern. */
static struct kinder why_not(
    const struct fairness_case *x, const struct cohort *h, uint32_t pattern)
{
	const struct forming *f = x->f;
	const struct pattern *p = &f->pattern[pattern];
	struct kinder k = {.weekdays = p->weekdays,
	    .local_minute = (uint16_t)(p->quarter * WEEK_SLOT_MINUTES),
	    .reason = KINDER_NOT_FREE,
	    .who = h->guide};

	if (f->guide_can[(size_t)x->guide * f->n_patterns + pattern] == 0)
		return k;
	for (uint16_t i = 0; i < h->n_newcomers; i++)
		if (!forming_in(forming_comes(f, pattern), x->newcomer[i])) {
			k.who = f->newcomer[x->newcomer[i]];
			return k;
		}
	if (x->barred[pattern]) {
		k.reason = KINDER_ELSEWHERE;
		return k;
	}
	for (uint16_t i = 0; i < h->n_newcomers; i++)
		if (slots_pattern_misses(
			f->misses + (size_t)x->newcomer[i] * WEEK_SLOTS, p) >
		    0) {
			k.reason = KINDER_MISSES;
			k.who = f->newcomer[x->newcomer[i]];
			return k;
		}
	k.reason = heaviest(f, h, pattern, &k.who) >= heaviest_now(f, h)
		       ? KINDER_OTHERS
		       : KINDER_NOT_SEARCHED;
	return k;
}

/* The times that look best to somebody, and what kills each. */
static bool list_kinder(struct arena *a, const struct fairness_case *x,
    const struct cohort *h, const struct bearing *b, struct over *ret)
{
	struct look best[OVER_MAX_KINDER];
	const struct look now = {.cost = b->points, .dates = h->n_sessions};
	struct kinder *list = ARENA_ARRAY(a, OVER_MAX_KINDER, struct kinder);
	struct week_cost w;
	unsigned n = 0;

	if (list == NULL)
		return false;
	cost_week(x->f, b->person, &w);
	for (uint32_t p = 0; p < x->f->n_patterns; p++) {
		struct look l = look_at(x->f, p, &w);
		unsigned at = n;

		if (l.dates == 0 || !is_kinder(&l, &now))
			continue;
		while (at > 0 && is_kinder(&l, &best[at - 1])) {
			if (at < OVER_MAX_KINDER)
				best[at] = best[at - 1];
			at--;
		}
		if (at == OVER_MAX_KINDER)
			continue;
		best[at] = l;
		n += n < OVER_MAX_KINDER;
	}
	for (unsigned i = 0; i < n; i++)
		list[i] = why_not(x, h, best[i].pattern);
	*ret = (struct over){b->person, list, (uint8_t)n};
	return true;
}

enum err_code fairness_report(struct arena *a, const struct fairness_case *x,
    struct cohort *h, struct err *e)
{
	uint32_t people = h->n_newcomers + 1u;
	struct bearing *b = ARENA_ARRAY(a, people, struct bearing);
	struct over *over = ARENA_ARRAY(a, people, struct over);
	uint64_t load = 0, shares = 0;

	if (b == NULL || over == NULL)
		return ERR_SET(e, NOMEM, "no memory for fair shares");
	h->bearing = b;
	h->over = over;
	for (uint32_t i = 0; i < people; i++) {
		b[i].person = person_of(h, i);
		bear(x->f, h, &b[i]);
		load += b[i].carried + b[i].points;
		shares += 1u + x->f->c->person[b[i].person].volunteer;
		h->total_discomfort += b[i].points;
		if (b[i].points > h->worst_discomfort)
			h->worst_discomfort = b[i].points;
	}
	for (uint32_t i = 0; i < people; i++) {
		uint64_t mine =
		    load * (1u + x->f->c->person[b[i].person].volunteer);
		uint64_t bears = b[i].carried + b[i].points;

		b[i].share = (uint32_t)(mine / shares);
		if (b[i].points > 0 &&
		    bears * shares > mine + b[i].dearest * shares &&
		    !list_kinder(a, x, h, &b[i], &over[h->n_over++]))
			return ERR_SET(e, NOMEM, "no memory for fair shares");
	}
	return ERR_OK;
}
