/*
 * Deferred acceptance: see stable.h.
 *
 * The order in which newcomers begin does not show in the plan, but in the work: one
 * whom mentors like more, coming late, drives others out, who drive out others. So
 * those begin who are worth most in the optimum beside the plan.
 */
#include "matcher/stable.h"

#include <stdlib.h>

#include "matcher/solve.h"

#define ALONE UINT32_MAX

enum {
	AT_HAND = 16,        /* mentors a newcomer remembers at once */
	ROWS_A_REPORT = 256, /* rows rated between two words of progress */
};

struct at_hand {
	struct prefer_choice mentor[AT_HAND];
	int32_t theirs[AT_HAND]; /* how that mentor likes the newcomer */
	uint32_t n, next;
	bool is_last; /* nobody comes after these */
};

struct desk {
	struct prefer_choice *held;  /* [capacity]: newcomers */
	uint32_t n, capacity, least; /* held[least] would go first */
};

struct turn {
	int64_t worth; /* in points and ties, without the weight */
	uint32_t newcomer;
};

struct stable {
	const struct prefer *prefer;
	const struct match_options *options;
	struct prefer_work *work;
	struct at_hand *hand; /* by newcomer */
	struct desk *desk;    /* by mentor */
	struct turn *turn;    /* who begins */
	uint32_t n, m;
	uint64_t rows; /* rated so far */
};

static bool would_keep(
    const struct stable *s, uint32_t mentor, struct prefer_choice newcomer)
{
	const struct desk *d = &s->desk[mentor];

	return d->n < d->capacity ||
	       (d->n > 0 && prefer_by_mentor(s->prefer, mentor, newcomer,
				d->held[d->least]));
}

/* Insert in the newcomer's order; the last falls out of a full list. */
static void take_to_hand(const struct stable *s, struct at_hand *h, uint32_t i,
    struct prefer_choice mentor, int32_t theirs)
{
	uint32_t at = h->n < AT_HAND ? h->n++ : AT_HAND - 1;

	for (; at > 0 &&
	       prefer_by_newcomer(s->prefer, i, mentor, h->mentor[at - 1]);
	     at--) {
		h->mentor[at] = h->mentor[at - 1];
		h->theirs[at] = h->theirs[at - 1];
	}
	h->mentor[at] = mentor;
	h->theirs[at] = theirs;
}

/*
 * The next mentors of a newcomer, after the last one at hand. Who would not keep
 * them now never will: desks only get better.
 */
static void look(struct stable *s, uint32_t i)
{
	struct prefer_row row = prefer_row(s->prefer, s->work, i);
	struct at_hand *h = &s->hand[i];
	struct prefer_choice after = {INT32_MAX, 0};

	if (h->n > 0)
		after = h->mentor[h->n - 1];
	h->n = h->next = 0;
	for (uint32_t j = 0; j < s->m; j++) {
		struct prefer_choice mentor = prefer_mentor(&row, j);
		struct prefer_choice self = prefer_newcomer(&row, i, j);

		if (row.points[j] >= 0 &&
		    prefer_by_newcomer(s->prefer, i, after, mentor) &&
		    (h->n < AT_HAND || prefer_by_newcomer(s->prefer, i, mentor,
					   h->mentor[AT_HAND - 1])) &&
		    would_keep(s, j, self))
			take_to_hand(s, h, i, mentor, self.liking);
	}
	h->is_last = h->n < AT_HAND;
	s->rows++;
}

static void find_least(const struct stable *s, uint32_t mentor)
{
	struct desk *d = &s->desk[mentor];

	d->least = 0;
	for (uint32_t k = 1; k < d->n; k++)
		if (prefer_by_mentor(
			s->prefer, mentor, d->held[d->least], d->held[k]))
			d->least = k;
}

/* The newcomer who has no mentor after this: a former one, or ALONE. */
static uint32_t keep(
    const struct stable *s, uint32_t mentor, struct prefer_choice newcomer)
{
	struct desk *d = &s->desk[mentor];
	uint32_t gone = ALONE;

	if (d->n < d->capacity) {
		d->held[d->n++] = newcomer;
	} else {
		gone = d->held[d->least].whom;
		d->held[d->least] = newcomer;
	}
	find_least(s, mentor);
	return gone;
}

/* Newcomer i asks until somebody keeps them; returns who is without one now. */
static uint32_t propose(struct stable *s, uint32_t i)
{
	struct at_hand *h = &s->hand[i];

	for (;;) {
		struct prefer_choice self = {.whom = i};
		uint32_t mentor;

		if (h->next == h->n) {
			if (h->is_last)
				return ALONE;
			look(s, i);
			continue;
		}
		mentor = h->mentor[h->next].whom;
		self.liking = h->theirs[h->next++];
		if (would_keep(s, mentor, self))
			return keep(s, mentor, self);
	}
}

static bool is_stopped(const struct stable *s, uint32_t done)
{
	struct match_progress now = {
	    .phase = "stable", .done = done, .total = s->n};

	return s->options->progress != NULL &&
	       s->options->progress(s->options->cookie, &now);
}

static enum err_code propose_all(struct stable *s, struct err *e)
{
	uint64_t reported = 0;

	for (uint32_t k = 0; k < s->n; k++)
		for (uint32_t i = s->turn[k].newcomer; i != ALONE;
		     i = propose(s, i)) {
			if (s->rows - reported < ROWS_A_REPORT)
				continue;
			reported = s->rows;
			if (is_stopped(s, k))
				return ERR_SET(
				    e, TIMEOUT, "the matching was stopped");
		}
	return ERR_OK;
}

static int by_worth(const void *a, const void *b)
{
	const struct turn *x = a, *y = b;

	if (x->worth != y->worth)
		return x->worth > y->worth ? -1 : 1;
	return (x->newcomer > y->newcomer) - (x->newcomer < y->newcomer);
}

static void take_turns(struct stable *s, const struct certificate *optimum)
{
	const struct scorer *scorer = prefer_scorer(s->prefer);

	for (uint32_t i = 0; i < s->n; i++) {
		int64_t weight = score_weight(scorer, i);

		s->turn[i] = (struct turn){
		    optimum->total.u[i] - weight * optimum->people_scale, i};
	}
	qsort(s->turn, s->n, sizeof(*s->turn), by_worth);
}

static bool set_desks(struct arena *a, struct stable *s)
{
	const struct scorer *scorer = prefer_scorer(s->prefer);

	s->work = prefer_work_new(a, s->prefer);
	s->hand = ARENA_ARRAY(a, s->n, struct at_hand);
	s->desk = ARENA_ARRAY(a, s->m, struct desk);
	s->turn = ARENA_ARRAY(a, s->n, struct turn);
	for (uint32_t j = 0; j < s->m && !arena_failed(a); j++) {
		s->desk[j].capacity = score_capacity(scorer, j);
		s->desk[j].held =
		    ARENA_ARRAY(a, s->desk[j].capacity, struct prefer_choice);
	}
	return !arena_failed(a);
}

/* From the mentors' desks to the newcomers; returns how many have somebody. */
static uint32_t take_mates(const struct stable *s, uint32_t *mate)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < s->n; i++)
		mate[i] = ALONE;
	for (uint32_t j = 0; j < s->m; j++)
		for (uint32_t k = 0; k < s->desk[j].n; k++, n++)
			mate[s->desk[j].held[k].whom] = j;
	return n;
}

/* There may be more pairs than in the optimum, where people do not come first. */
static enum err_code take_pairs(struct arena *work, struct arena *a,
    const struct stable *s, struct plan *plan, struct err *e)
{
	const struct scorer *scorer = prefer_scorer(s->prefer);
	uint32_t *mate = ARENA_ARRAY(work, s->n, uint32_t);

	if (mate != NULL)
		plan->pair =
		    ARENA_ARRAY(a, take_mates(s, mate), struct plan_pair);
	if (mate == NULL || plan->pair == NULL)
		return ERR_SET(e, NOMEM, "no memory for the plan");
	plan->status = PLAN_STABLE;
	plan->n_pairs = 0;
	plan->people_weight = plan->total_points = plan->worst_points = 0;
	for (uint32_t i = 0; i < s->n; i++) {
		const struct plan_pair *pair = &plan->pair[plan->n_pairs];

		if (mate[i] == ALONE)
			continue;
		solve_take_pair(scorer, i, mate[i], plan);
		plan->people_weight += score_weight(scorer, i);
		if (plan->n_pairs == 1 || pair->points < plan->worst_points)
			plan->worst_points = pair->points;
	}
	plan->n_served = plan->n_pairs;
	return ERR_OK;
}

enum err_code stable_plan(struct arena *work, struct arena *a,
    const struct prefer *p, const struct match_options *o, struct plan *plan,
    struct err *e)
{
	const struct scorer *scorer = prefer_scorer(p);
	struct stable s = {.prefer = p,
	    .options = o,
	    .n = score_newcomers(scorer),
	    .m = score_mentors(scorer)};
	enum err_code rc;

	if (!set_desks(work, &s))
		return ERR_SET(e, NOMEM, "no memory for deferred acceptance");
	take_turns(&s, &plan->certificate);
	rc = propose_all(&s, e);
	return rc == ERR_OK ? take_pairs(work, a, &s, plan, e) : rc;
}
