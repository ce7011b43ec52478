/*
 * Shortages by alternating paths: see shortage.h.
 *
 * Vertices are mentors; j leads to k when somebody whom j serves may have k. What a
 * mentor reaches is the same for all of a strongly connected component, and Tarjan's
 * algorithm finishes a component after all it leads to, so that its reach is a union
 * of sets that are there.
 */
#include "matcher/shortage.h"

#include <string.h>

#define NONE UINT32_MAX

struct search {
	struct arena *arena;
	const struct scorer *scorer;
	const struct rate *rate;
	struct rate_work *work;
	const struct plan *plan;
	uint32_t n, m;
	size_t words;             /* of a set of mentors */
	uint64_t *edge;           /* by mentor: a set */
	uint64_t *reach;          /* by component: a set */
	uint32_t *mate;           /* by newcomer number: mentor, or NONE */
	uint32_t *first, *served; /* mentor j serves served[first[j]] … */
	uint32_t *component;      /* by mentor, NONE: not finished */
	uint32_t n_components;
	bool *has_room;
	/* Tarjan's */
	uint32_t *number, *low, *stack, *path, *next, n_numbers, n_stack;
};

/* Unmatched newcomers with the same reach. */
struct rivals {
	const uint64_t *reach;
	uint64_t hash;
	uint32_t places, n_unmatched, first;
};

struct rivalries {
	struct rivals *item;
	uint32_t n;
	uint32_t *of; /* by place in plan->unmatched: group, or NONE */
};

static bool has(const uint64_t *set, uint32_t j)
{
	return set[j / 64] >> (j % 64) & 1;
}

static void add(uint64_t *set, uint32_t j)
{
	set[j / 64] |= (uint64_t)1 << (j % 64);
}

static void unite(uint64_t *to, const uint64_t *with, size_t words)
{
	for (size_t w = 0; w < words; w++)
		to[w] |= with[w];
}

static uint64_t *row(const struct search *x, uint64_t *sets, uint32_t k)
{
	return &sets[k * x->words];
}

/* ---- the graph ---- */

static bool is_of_several(const struct plan *plan, uint32_t k)
{
	const struct plan_pair *pair = plan->pair;

	return (k > 0 && pair[k - 1].newcomer == pair[k].newcomer) ||
	       (k + 1 < plan->n_pairs &&
		   pair[k + 1].newcomer == pair[k].newcomer);
}

/* Who is served by whom, and where there is room: a place of somebody who would have
 * another mentor still is as good as a free one. */
static void take_pairs(struct search *x)
{
	for (uint32_t i = 0; i < x->n; i++)
		x->mate[i] = NONE;
	for (uint32_t k = 0; k < x->plan->n_pairs; k++) {
		const struct plan_pair *pair = &x->plan->pair[k];
		uint32_t i = score_newcomer_of(x->scorer, pair->newcomer);
		uint32_t j = score_mentor_of(x->scorer, pair->mentor);

		if (is_of_several(x->plan, k))
			continue;
		x->mate[i] = j;
		x->first[j + 1]++;
	}
	for (uint32_t j = 0; j < x->m; j++) {
		x->has_room[j] = x->first[j + 1] < score_capacity(x->scorer, j);
		x->first[j + 1] += x->first[j];
		x->next[j] = x->first[j];
	}
	for (uint32_t i = 0; i < x->n; i++)
		if (x->mate[i] != NONE)
			x->served[x->next[x->mate[i]]++] = i;
}

static const uint8_t *broken_by(const struct search *x, uint32_t newcomer)
{
	return rate_rules(x->rate, x->work, newcomer).broken;
}

static void find_edges(struct search *x)
{
	for (uint32_t i = 0; i < x->n; i++) {
		const uint8_t *broken;

		if (x->mate[i] == NONE)
			continue;
		broken = broken_by(x, i);
		for (uint32_t to = 0; to < x->m; to++)
			if (broken[to] == 0)
				add(row(x, x->edge, x->mate[i]), to);
	}
}

/* ---- the usual case: everybody competes with everybody ---- */

/* Mentor 0 reaches all; marks on the way are x->number. */
static bool reaches_all(struct search *x)
{
	uint32_t n = 0;

	for (uint32_t j = 0; j < x->m; j++)
		x->number[j] = NONE;
	x->number[0] = 0;
	x->stack[n++] = 0;
	for (uint32_t at = 0; at < n && n < x->m; at++) {
		uint32_t j = x->stack[at];

		for (uint32_t k = x->first[j]; k < x->first[j + 1]; k++) {
			const uint8_t *broken = broken_by(x, x->served[k]);

			for (uint32_t to = 0; to < x->m; to++)
				if (broken[to] == 0 && x->number[to] == NONE) {
					x->number[to] = 0;
					x->stack[n++] = to;
				}
		}
	}
	return n == x->m;
}

/* Somebody whom j serves may have one who is known to lead back to mentor 0. */
static bool leads_back(const struct search *x, const bool *back, uint32_t j)
{
	for (uint32_t k = x->first[j]; k < x->first[j + 1]; k++) {
		const uint8_t *broken = broken_by(x, x->served[k]);

		for (uint32_t to = 0; to < x->m; to++)
			if (broken[to] == 0 && back[to])
				return true;
	}
	return false;
}

/* One component: found by about a row a mentor instead of one a newcomer. */
static bool is_one_component(struct search *x)
{
	bool *back = ARENA_ARRAY(x->arena, x->m, bool);
	uint32_t n = 1, before = 0;

	if (back == NULL || !reaches_all(x))
		return false;
	back[0] = true;
	while (n < x->m && n > before) {
		before = n;
		for (uint32_t j = 1; j < x->m; j++)
			if (!back[j] && leads_back(x, back, j)) {
				back[j] = true;
				n++;
			}
	}
	if (n < x->m)
		return false;
	for (uint32_t j = 0; j < x->m; j++) {
		x->component[j] = 0;
		add(x->reach, j);
	}
	x->n_components = 1;
	return true;
}

/* ---- the others: components of the graph ---- */

/* The next mentor that j leads to, at `from` or later; m: none. */
static uint32_t next_edge(const struct search *x, uint32_t j, uint32_t from)
{
	const uint64_t *set = row(x, x->edge, j);

	for (size_t w = from / 64; w < x->words; w++) {
		uint64_t rest = set[w];

		if (w == from / 64)
			rest &= ~(uint64_t)0 << (from % 64);
		if (rest != 0)
			return (uint32_t)(w * 64) +
			       (uint32_t)__builtin_ctzll(rest);
	}
	return x->m;
}

/* j is the first of its component: take it off the stack, with all it reaches. */
static void finish(struct search *x, uint32_t j)
{
	uint32_t c = x->n_components++, begin = x->n_stack, member;
	uint64_t *reach = row(x, x->reach, c);

	do {
		member = x->stack[--begin];
		x->component[member] = c;
		add(reach, member);
	} while (member != j);
	for (uint32_t k = begin; k < x->n_stack; k++) {
		member = x->stack[k];
		for (uint32_t to = next_edge(x, member, 0); to < x->m;
		     to = next_edge(x, member, to + 1))
			if (!has(reach, to))
				unite(reach, row(x, x->reach, x->component[to]),
				    x->words);
	}
	x->n_stack = begin;
}

static void enter(struct search *x, uint32_t j)
{
	x->number[j] = x->low[j] = x->n_numbers++;
	x->stack[x->n_stack++] = j;
	x->next[j] = 0;
}

/* Depth first from j; the path is on x->path, for recursion could be deep. */
static void search_from(struct search *x, uint32_t j)
{
	uint32_t depth = 0;

	enter(x, j);
	x->path[depth++] = j;
	while (depth > 0) {
		uint32_t at = x->path[depth - 1];
		uint32_t to = next_edge(x, at, x->next[at]);

		if (to < x->m) {
			x->next[at] = to + 1;
			if (x->number[to] == NONE) {
				enter(x, to);
				x->path[depth++] = to;
			} else if (x->component[to] == NONE &&
				   x->number[to] < x->low[at]) {
				x->low[at] = x->number[to];
			}
			continue;
		}
		if (x->low[at] == x->number[at])
			finish(x, at);
		depth--;
		if (depth > 0 && x->low[at] < x->low[x->path[depth - 1]])
			x->low[x->path[depth - 1]] = x->low[at];
	}
}

static void find_components(struct search *x)
{
	if (is_one_component(x))
		return;
	find_edges(x);
	for (uint32_t j = 0; j < x->m; j++)
		x->number[j] = x->component[j] = NONE;
	for (uint32_t j = 0; j < x->m; j++)
		if (x->number[j] == NONE)
			search_from(x, j);
}

/* ---- who reaches what ---- */

static uint64_t hash_of(const uint64_t *set, size_t words)
{
	uint64_t h = 0;

	for (size_t w = 0; w < words; w++)
		h = (h ^ set[w]) * UINT64_C(0x9e3779b97f4a7c15);
	return h;
}

static bool is_full(const struct search *x, const uint64_t *set)
{
	for (uint32_t j = 0; j < x->m; j++)
		if (has(set, j) && x->has_room[j])
			return false;
	return true;
}

static void join_group(const struct search *x, struct rivalries *g,
    const uint64_t *set, uint32_t k)
{
	uint64_t hash = hash_of(set, x->words);
	uint32_t at = 0;
	uint64_t *kept;

	while (at < g->n &&
	       (g->item[at].hash != hash || memcmp(g->item[at].reach, set,
						x->words * sizeof(*set)) != 0))
		at++;
	if (at == g->n) {
		kept = ARENA_ARRAY(x->arena, x->words, uint64_t);
		if (kept == NULL)
			return; /* the arena knows */
		memcpy(kept, set, x->words * sizeof(*set));
		g->item[g->n++] =
		    (struct rivals){.reach = kept, .hash = hash, .first = k};
		for (uint32_t j = 0; j < x->m; j++)
			if (has(set, j))
				g->item[at].places +=
				    score_capacity(x->scorer, j);
	}
	g->item[at].n_unmatched++;
	g->of[k] = at;
}

/* All that an unmatched newcomer reaches. */
static void reach_of(const struct search *x, uint32_t newcomer, uint64_t *set)
{
	const uint8_t *broken;

	if (x->n_components == 1) {
		memcpy(set, x->reach, x->words * sizeof(*set));
		return;
	}
	broken = broken_by(x, newcomer);
	memset(set, 0, x->words * sizeof(*set));
	for (uint32_t j = 0; j < x->m; j++)
		if (broken[j] == 0 && !has(set, j))
			unite(set, row(x, x->reach, x->component[j]), x->words);
}

static void find_groups(struct search *x, struct rivalries *g)
{
	uint64_t *set = ARENA_ARRAY(x->arena, x->words, uint64_t);

	for (uint32_t k = 0; set != NULL && k < x->plan->n_unmatched; k++) {
		const struct plan_unmatched *u = &x->plan->unmatched[k];

		g->of[k] = NONE;
		if (u->reason != UNMATCHED_PLACES_TAKEN)
			continue;
		reach_of(x, score_newcomer_of(x->scorer, u->newcomer), set);
		if (is_full(x, set))
			join_group(x, g, set, k);
	}
}

/* ---- the report ---- */

static int by_size(const void *a, const void *b)
{
	const struct rivals *x = a, *y = b;

	if (x->places != y->places)
		return x->places < y->places ? -1 : 1;
	return x->first < y->first ? -1 : x->first > y->first;
}

/* Who holds the places, who has none, and whose places they are. */
static bool write_one(const struct search *x, struct arena *a,
    const struct rivals *g, const uint32_t *of, uint32_t group,
    struct plan_shortage *to)
{
	*to = (struct plan_shortage){.places = g->places,
	    .unmatched = ARENA_ARRAY(a, g->n_unmatched, uint32_t),
	    .other = ARENA_ARRAY(a, g->places, uint32_t),
	    .mentor = ARENA_ARRAY(a, x->m, uint32_t)};
	if (arena_failed(a))
		return false;
	for (uint32_t k = 0; k < x->plan->n_unmatched; k++)
		if (of[k] == group)
			to->unmatched[to->n_unmatched++] =
			    x->plan->unmatched[k].newcomer;
	for (uint32_t i = 0; i < x->n; i++)
		if (x->mate[i] != NONE && has(g->reach, x->mate[i]))
			to->other[to->n_others++] =
			    score_newcomer(x->scorer, i);
	for (uint32_t j = 0; j < x->m; j++)
		if (has(g->reach, j))
			to->mentor[to->n_mentors++] =
			    score_mentor(x->scorer, j);
	return true;
}

/* The smallest first, as many as the caps allow. */
static bool write_report(const struct search *x, struct arena *a,
    struct rivalries *g, struct plan *plan)
{
	struct plan_shortages *to = &plan->shortages;
	uint64_t named = 0;

	to->item = ARENA_ARRAY(a,
	    g->n < PLAN_MAX_SHORTAGES ? g->n : PLAN_MAX_SHORTAGES,
	    struct plan_shortage);
	if (to->item == NULL)
		return false;
	/* groups move, so that who is of one is found by its first member */
	for (uint32_t k = 0; k < plan->n_unmatched; k++)
		if (g->of[k] != NONE)
			g->of[k] = g->item[g->of[k]].first;
	qsort(g->item, g->n, sizeof(*g->item), by_size);
	to->n_all = g->n;
	for (uint32_t k = 0; k < g->n && k < PLAN_MAX_SHORTAGES; k++) {
		const struct rivals *one = &g->item[k];

		named += (uint64_t)one->places + one->n_unmatched;
		if (named > PLAN_MAX_SHORTAGE_NAMES)
			break;
		if (!write_one(
			x, a, one, g->of, one->first, &to->item[to->n++]))
			return false;
	}
	return true;
}

static bool is_any(const struct plan *plan)
{
	for (uint32_t k = 0; k < plan->n_unmatched; k++)
		if (plan->unmatched[k].reason == UNMATCHED_PLACES_TAKEN)
			return true;
	return false;
}

enum err_code shortage_report(struct arena *work, struct arena *a,
    const struct scorer *s, const struct rate *r, struct plan *plan,
    struct err *e)
{
	uint32_t n = score_newcomers(s), m = score_mentors(s);
	size_t words = (m + 63) / 64;
	struct rivalries g = {0};
	struct search x;

	if (!is_any(plan) || m > SHORTAGE_MAX_MENTORS)
		return ERR_OK;
	x = (struct search){.arena = work,
	    .scorer = s,
	    .rate = r,
	    .work = rate_work_new(work, r),
	    .plan = plan,
	    .n = n,
	    .m = m,
	    .words = words,
	    .edge = ARENA_ARRAY(work, m * words, uint64_t),
	    .reach = ARENA_ARRAY(work, m * words, uint64_t),
	    .mate = ARENA_ARRAY(work, n, uint32_t),
	    .first = ARENA_ARRAY(work, m + 1, uint32_t),
	    .served = ARENA_ARRAY(work, n, uint32_t),
	    .component = ARENA_ARRAY(work, m, uint32_t),
	    .has_room = ARENA_ARRAY(work, m, bool),
	    .number = ARENA_ARRAY(work, m, uint32_t),
	    .low = ARENA_ARRAY(work, m, uint32_t),
	    .stack = ARENA_ARRAY(work, m, uint32_t),
	    .path = ARENA_ARRAY(work, m, uint32_t),
	    .next = ARENA_ARRAY(work, m, uint32_t)};
	g.item = ARENA_ARRAY(work, plan->n_unmatched, struct rivals);
	g.of = ARENA_ARRAY(work, plan->n_unmatched, uint32_t);
	if (!arena_failed(work)) {
		take_pairs(&x);
		find_components(&x);
		find_groups(&x, &g);
	}
	if (arena_failed(work) || !write_report(&x, a, &g, plan))
		return ERR_SET(e, NOMEM, "no memory for the shortages");
	return ERR_OK;
}
