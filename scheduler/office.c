/*
 * Placing office hours: office_run. Whom a set of open slots seats is found exactly, by
 * alternating paths, the dearest newcomers first (seats form a matroid, so this greedy
 * choice is the best one). Over the slots themselves goes simulated annealing, from the
 * best choice that the bound met on its way; it ends when the bound is reached or after a
 * fixed number of tries. At last every slot moves to the hour that its host likes best
 * among those that serve as well.
 */
#include "scheduler/office.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "scheduler/office_reach.h"

enum {
	TRIES = 60000,
	MAX_IDLE = 15000, /* tries since the best choice */
	NOBODY = -1,
};

struct search {
	const struct office_problem *x;
	uint64_t random;
	/* the slots, those of a host side by side: option + 1, or 0 (none) */
	uint32_t *open, *best_open;
	uint32_t *owner; /* the host of a place */
	uint32_t n_open;
	int64_t best;
	int idle; /* choices judged since */
	/* the seating */
	int32_t *place;   /* of a newcomer */
	uint32_t *sitter; /* n_open x seats: newcomers */
	uint32_t *first_seat, *n_sitting;
	uint32_t *mark, stamp; /* places that the path has been at */
};

const char *office_reason_name(enum office_reason reason)
{
	return reason == OFFICE_NO_SHARED_TIME ? "no-shared-time"
					       : "seats-taken";
}

/* SplitMix64 (Steele, Lea, Flood 2014). */
static uint32_t draw(uint64_t *state, uint32_t below)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return (uint32_t)((z ^ (z >> 31)) >> 32) % below;
}

static const struct office_option *at(const struct search *s, uint32_t place)
{
	return s->open[place] == 0 ? NULL : &s->x->option[s->open[place] - 1];
}

static bool can_sit(const struct search *s, uint32_t i, uint32_t place)
{
	const struct office_option *o = at(s, place);

	return o != NULL && office_reaches(o, i);
}

static void sit(struct search *s, uint32_t i, uint32_t place, uint32_t seat)
{
	s->sitter[s->first_seat[place] + seat] = i;
	s->place[i] = (int32_t)place;
}

/* A seat for i, others moving along if need be. Depth is at most the places. */
static bool seat(struct search *s, uint32_t i)
{
	for (uint32_t p = 0; p < s->n_open; p++)
		if (s->mark[p] != s->stamp && can_sit(s, i, p) &&
		    s->n_sitting[p] < s->x->w->host[s->owner[p]].seats) {
			sit(s, i, p, s->n_sitting[p]++);
			return true;
		}
	for (uint32_t p = 0; p < s->n_open; p++) {
		if (s->mark[p] == s->stamp || !can_sit(s, i, p))
			continue;
		s->mark[p] = s->stamp;
		for (uint32_t k = 0; k < s->n_sitting[p]; k++) {
			uint32_t other = s->sitter[s->first_seat[p] + k];

			if (seat(s, other)) {
				sit(s, i, p, k);
				return true;
			}
		}
	}
	return false;
}

/* Seat as many and as dear as the open slots allow; their worth. */
static int64_t fill(struct search *s)
{
	int64_t worth = 0;

	s->stamp++;
	memset(s->n_sitting, 0, s->n_open * sizeof(*s->n_sitting));
	for (uint32_t k = 0; k < s->x->w->n_newcomers; k++) {
		uint32_t i = s->x->by_worth[k];

		s->place[i] = NOBODY;
		if (seat(s, i)) {
			worth += s->x->worth[i];
			s->stamp++;
		} /* else from the places met no path will lead to a free seat */
	}
	return worth;
}

/* May the place of its host have this option, beside the host's others? */
static bool fits(const struct search *s, uint32_t place, uint32_t option)
{
	uint32_t h = s->owner[place];

	for (uint32_t p = 0; p < s->n_open; p++)
		if (p != place && s->owner[p] == h && at(s, p) != NULL &&
		    office_overlap(&s->x->w->host[h], at(s, p)->quarter,
			s->x->option[option].quarter))
			return false;
	return true;
}

static void keep_if_best(struct search *s, int64_t worth)
{
	s->idle++;
	if (worth <= s->best)
		return;
	s->idle = 0;
	s->best = worth;
	memcpy(s->best_open, s->open, s->n_open * sizeof(*s->open));
}

/* A choice that the bound met: a start of the search. */
static void look(void *cookie, const uint32_t *option, uint32_t n)
{
	struct search *s = cookie;
	const struct office_problem *x = s->x;
	uint32_t place = 0;

	memset(s->open, 0, s->n_open * sizeof(*s->open));
	for (uint32_t k = 0; k < n; k++) {
		while (option[k] >= x->first[s->owner[place] + 1] ||
		       s->open[place] != 0)
			place++;
		if (fits(s, place, option[k]))
			s->open[place] = option[k] + 1;
	}
	keep_if_best(s, fill(s));
}

/* Hotter at first; a loss of this size is taken with the chance 1/e. */
static double heat(int try)
{
	return 1500 * pow(0.01, (double)try / TRIES);
}

static void anneal(struct search *s, int64_t bound)
{
	const struct office_problem *x = s->x;
	int64_t now = s->best;

	s->idle = 0;
	memcpy(s->open, s->best_open, s->n_open * sizeof(*s->open));
	for (int try = 0; try < TRIES && s->best < bound && s->idle < MAX_IDLE;
	     try++) {
		uint32_t place = draw(&s->random, s->n_open);
		uint32_t h = s->owner[place], was = s->open[place];
		uint32_t n = x->first[h + 1] - x->first[h], option;
		int64_t worth;

		if (n == 0)
			continue;
		option = x->first[h] + draw(&s->random, n);
		if (option + 1 == was || !fits(s, place, option))
			continue;
		s->open[place] = option + 1;
		worth = fill(s);
		keep_if_best(s, worth);
		if (worth >= now ||
		    draw(&s->random, 1u << 30) <
			exp((double)(worth - now) / heat(try)) * (1u << 30)) {
			now = worth;
		} else {
			s->open[place] = was;
		}
	}
	memcpy(s->open, s->best_open, s->n_open * sizeof(*s->open));
}

/* Fill places that stand open, then kinder hours where nothing is lost. */
static void polish(struct search *s)
{
	const struct office_problem *x = s->x;

	for (uint32_t p = 0; p < s->n_open; p++)
		for (uint32_t o = x->first[s->owner[p]];
		     o < x->first[s->owner[p] + 1]; o++) {
			uint32_t was = s->open[p];

			if ((was != 0 && x->option[o].discomfort >=
					     at(s, p)->discomfort) ||
			    !fits(s, p, o))
				continue;
			s->open[p] = o + 1;
			if (fill(s) < s->best)
				s->open[p] = was;
		}
	s->best = fill(s);
}

static bool make_room(
    struct arena *a, const struct office_wish *w, struct search *s)
{
	uint32_t n_seats = 0, p = 0;

	for (uint32_t h = 0; h < w->n_hosts; h++) {
		s->n_open += w->host[h].weekly;
		n_seats += w->host[h].weekly * (uint32_t)w->host[h].seats;
	}
	s->open = ARENA_ARRAY(a, s->n_open, uint32_t);
	s->best_open = ARENA_ARRAY(a, s->n_open, uint32_t);
	s->owner = ARENA_ARRAY(a, s->n_open, uint32_t);
	s->first_seat = ARENA_ARRAY(a, s->n_open, uint32_t);
	s->n_sitting = ARENA_ARRAY(a, s->n_open, uint32_t);
	s->mark = ARENA_ARRAY(a, s->n_open, uint32_t);
	s->sitter = ARENA_ARRAY(a, n_seats, uint32_t);
	s->place = ARENA_ARRAY(a, w->n_newcomers, int32_t);
	if (arena_failed(a))
		return false;
	memset(s->best_open, 0, s->n_open * sizeof(*s->best_open));
	memset(s->mark, 0, s->n_open * sizeof(*s->mark));
	n_seats = 0;
	for (uint32_t h = 0; h < w->n_hosts; h++)
		for (uint16_t k = 0; k < w->host[h].weekly; k++, p++) {
			s->owner[p] = h;
			s->first_seat[p] = n_seats;
			n_seats += w->host[h].seats;
		}
	return true;
}

static int by_time(const void *x, const void *y)
{
	const struct office_slot *a = x, *b = y;

	if (a->host != b->host)
		return a->host < b->host ? -1 : 1;
	if (a->weekday != b->weekday)
		return a->weekday < b->weekday ? -1 : 1;
	return (a->local_minute > b->local_minute) -
	       (a->local_minute < b->local_minute);
}

static bool put_slots(
    struct arena *a, const struct search *s, struct office_plan *plan)
{
	const struct office_wish *w = s->x->w;

	plan->slot = ARENA_ARRAY(a, s->n_open, struct office_slot);
	for (uint32_t p = 0; plan->slot != NULL && p < s->n_open; p++) {
		const struct office_option *o = at(s, p);
		uint32_t *seated;

		if (o == NULL)
			continue;
		seated = ARENA_ARRAY(a, s->n_sitting[p], uint32_t);
		for (uint32_t k = 0; seated != NULL && k < s->n_sitting[p]; k++)
			seated[k] =
			    w->newcomer[s->sitter[s->first_seat[p] + k]];
		plan->slot[plan->n_slots++] =
		    (struct office_slot){.host = s->owner[p],
			.weekday = (uint8_t)(o->quarter / 96),
			.local_minute =
			    (uint16_t)(o->quarter % 96 * WEEK_SLOT_MINUTES),
			.n_dates = o->n_dates,
			.seated = seated,
			.n_seated = (uint16_t)s->n_sitting[p]};
		plan->n_seated += s->n_sitting[p];
	}
	if (plan->n_slots > 0)
		qsort(plan->slot, plan->n_slots, sizeof(*plan->slot), by_time);
	return !arena_failed(a);
}

static bool put_missed(
    struct arena *a, const struct search *s, struct office_plan *plan)
{
	const struct office_problem *x = s->x;

	plan->missed = ARENA_ARRAY(a, x->w->n_newcomers, struct office_missed);
	for (uint32_t i = 0; plan->missed != NULL && i < x->w->n_newcomers;
	     i++) {
		struct office_missed *m = &plan->missed[plan->n_missed];

		if (s->place[i] != NOBODY)
			continue;
		*m = (struct office_missed){
		    x->w->newcomer[i], OFFICE_NO_SHARED_TIME};
		for (uint32_t o = 0; o < x->first[x->w->n_hosts]; o++)
			if (office_reaches(&x->option[o], i))
				m->reason = OFFICE_SEATS_TAKEN;
		plan->n_missed++;
	}
	return plan->missed != NULL;
}

enum err_code office_run(struct arena *a, const struct community *c,
    const struct office_wish *w, const struct busy_time *busy, uint32_t n_busy,
    uint64_t seed, struct office_plan **ret_plan, struct err *e)
{
	struct office_problem x = {0};
	struct search s = {.x = &x, .random = seed, .best = -1};
	struct office_plan *plan = ARENA_ARRAY(a, 1, struct office_plan);
	enum err_code code = office_reach(a, c, w, busy, n_busy, &x, e);

	if (code != ERR_OK)
		return code;
	if (plan == NULL || !make_room(a, w, &s))
		return ERR_SET(e, NOMEM, "no memory for the plan");
	*plan = (struct office_plan){0};
	code = office_bound(a, &x, look, &s, &plan->bound, e);
	if (code != ERR_OK)
		return code;
	anneal(&s, plan->bound);
	polish(&s);
	plan->objective = s.best;
	if (!put_slots(a, &s, plan) || !put_missed(a, &s, plan))
		return ERR_SET(e, NOMEM, "no memory for the plan");
	*ret_plan = plan;
	return ERR_OK;
}
