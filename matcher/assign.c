/*
 * Shortest augmenting paths: see assign.h.
 *
 * Invariants between two searches: u, p >= 0; u[i] + p[j] >= value on all edges of
 * the newcomers searched so far, with equality on assigned ones; p[j] > 0 only
 * where mentor j is full; u[i] > 0 only where i is assigned. Hence the duals'
 * sum equals the value at every moment, and both are optimal.
 */
#include "matcher/assign.h"

#include <stdbool.h>
#include <string.h>

static const int64_t FAR = INT64_MAX;
static const uint32_t NONE = UINT32_MAX;

struct assign {
	uint32_t n, m;
	const uint32_t *capacity;
	int64_t *u, *p;
	uint32_t *mate;          /* newcomer -> mentor */
	uint32_t *used;          /* places taken */
	uint32_t *first;         /* mentor -> a newcomer of theirs … */
	uint32_t *next, *before; /* … and on from there, both ways */
	/* one search */
	int64_t *distance;      /* FAR: not reached */
	uint32_t *from;         /* the newcomer through whom it was */
	uint32_t *heap, *place; /* full mentors by distance; their places */
	uint32_t *reached, *scanned;
	uint32_t n_heap, n_reached, n_scanned;
};

struct assign *assign_new(
    struct arena *a, uint32_t n, uint32_t m, const uint32_t *capacity)
{
	struct assign *w = ARENA_NEW(a, struct assign);

	if (w == NULL)
		return NULL;
	*w = (struct assign){.n = n,
	    .m = m,
	    .capacity = capacity,
	    .u = ARENA_ARRAY(a, n, int64_t),
	    .p = ARENA_ARRAY(a, m, int64_t),
	    .mate = ARENA_ARRAY(a, n, uint32_t),
	    .used = ARENA_ARRAY(a, m, uint32_t),
	    .first = ARENA_ARRAY(a, m, uint32_t),
	    .next = ARENA_ARRAY(a, n, uint32_t),
	    .before = ARENA_ARRAY(a, n, uint32_t),
	    .distance = ARENA_ARRAY(a, m, int64_t),
	    .from = ARENA_ARRAY(a, m, uint32_t),
	    .heap = ARENA_ARRAY(a, m, uint32_t),
	    .place = ARENA_ARRAY(a, m, uint32_t),
	    .reached = ARENA_ARRAY(a, m, uint32_t),
	    .scanned = ARENA_ARRAY(a, m, uint32_t)};
	return arena_failed(a) ? NULL : w;
}

/* ---- who is with whom ---- */

static void join(struct assign *w, uint32_t i, uint32_t j)
{
	w->mate[i] = j;
	w->used[j]++;
	w->before[i] = NONE;
	w->next[i] = w->first[j];
	if (w->first[j] != NONE)
		w->before[w->first[j]] = i;
	w->first[j] = i;
}

static void leave(struct assign *w, uint32_t i)
{
	uint32_t j = w->mate[i];

	w->mate[i] = ASSIGN_ALONE;
	w->used[j]--;
	if (w->before[i] == NONE)
		w->first[j] = w->next[i];
	else
		w->next[w->before[i]] = w->next[i];
	if (w->next[i] != NONE)
		w->before[w->next[i]] = w->before[i];
}

/* ---- a binary heap of mentors by (distance, number) ---- */

static bool is_nearer(const struct assign *w, uint32_t a, uint32_t b)
{
	return w->distance[a] != w->distance[b]
		   ? w->distance[a] < w->distance[b]
		   : a < b;
}

static void put(struct assign *w, uint32_t at, uint32_t j)
{
	w->heap[at] = j;
	w->place[j] = at;
}

static void rise(struct assign *w, uint32_t at)
{
	uint32_t j = w->heap[at];

	while (at > 0 && is_nearer(w, j, w->heap[(at - 1) / 2])) {
		put(w, at, w->heap[(at - 1) / 2]);
		at = (at - 1) / 2;
	}
	put(w, at, j);
}

static uint32_t take_nearest(struct assign *w)
{
	uint32_t nearest = w->heap[0], j = w->heap[--w->n_heap], at = 0, child;

	while ((child = 2 * at + 1) < w->n_heap) {
		if (child + 1 < w->n_heap &&
		    is_nearer(w, w->heap[child + 1], w->heap[child]))
			child++;
		if (!is_nearer(w, w->heap[child], j))
			break;
		put(w, at, w->heap[child]);
		at = child;
	}
	if (w->n_heap > 0)
		put(w, at, j);
	w->place[nearest] = NONE;
	return nearest;
}

/* ---- one search ---- */

/* Where the shortest path known ends: at a mentor with a free place, or at a
 * newcomer who stays alone from now on. */
struct path_end {
	int64_t distance;
	uint32_t mentor, newcomer; /* one of them is NONE */
};

/* Go on from newcomer i, who is `far` away, along all their edges. */
static void look(struct assign *w, const struct assign_row *row, uint32_t i,
    int64_t far, struct path_end *end)
{
	for (uint32_t k = 0; k < row[i].n; k++) {
		const struct assign_edge *edge = &row[i].edge[k];
		uint32_t j = edge->mentor;
		int64_t d;

		if (edge->value <= 0)
			continue;
		d = far + (w->u[i] + w->p[j] - edge->value);
		if (d >= end->distance || d >= w->distance[j])
			continue;
		if (w->distance[j] == FAR) {
			w->reached[w->n_reached++] = j;
			w->place[j] = NONE;
		}
		w->distance[j] = d;
		w->from[j] = i;
		if (w->used[j] < w->capacity[j]) {
			*end = (struct path_end){d, j, NONE};
			continue;
		}
		if (w->place[j] == NONE)
			put(w, w->n_heap++, j);
		rise(w, w->place[j]);
	}
}

/* The nearest end of an alternating path from newcomer i. */
static struct path_end search(
    struct assign *w, const struct assign_row *row, uint32_t i)
{
	struct path_end end = {w->u[i], NONE, i};

	look(w, row, i, 0, &end);
	while (w->n_heap > 0 && w->distance[w->heap[0]] < end.distance) {
		uint32_t j = take_nearest(w);
		int64_t far = w->distance[j];

		w->scanned[w->n_scanned++] = j;
		for (uint32_t k = w->first[j]; k != NONE; k = w->next[k]) {
			if (far + w->u[k] < end.distance)
				end = (struct path_end){far + w->u[k], NONE, k};
			look(w, row, k, far, &end);
		}
	}
	return end;
}

/* Everyone nearer than the end pays the difference. */
static void reprice(struct assign *w, uint32_t i, int64_t distance)
{
	w->u[i] -= distance;
	for (uint32_t s = 0; s < w->n_scanned; s++) {
		uint32_t j = w->scanned[s];
		int64_t change = distance - w->distance[j];

		w->p[j] += change;
		for (uint32_t k = w->first[j]; k != NONE; k = w->next[k])
			w->u[k] -= change;
	}
}

/* Shift everybody along the path from newcomer i to its end. */
static void shift(struct assign *w, uint32_t i, const struct path_end *end)
{
	uint32_t j = end->mentor, k = i;

	if (end->newcomer == i)
		return;
	if (end->newcomer != NONE) {
		j = w->mate[end->newcomer];
		leave(w, end->newcomer);
	}
	do {
		uint32_t previous;

		k = w->from[j];
		previous = w->mate[k];
		if (previous != ASSIGN_ALONE)
			leave(w, k);
		join(w, k, j);
		j = previous;
	} while (k != i);
}

static void add_newcomer(
    struct assign *w, const struct assign_row *row, uint32_t i)
{
	struct path_end end;

	for (uint32_t k = 0; k < row[i].n; k++) {
		const struct assign_edge *edge = &row[i].edge[k];
		int64_t gain = edge->value - w->p[edge->mentor];

		if (gain > w->u[i] && w->capacity[edge->mentor] > 0)
			w->u[i] = gain;
	}
	if (w->u[i] == 0)
		return;
	w->n_heap = w->n_reached = w->n_scanned = 0;
	end = search(w, row, i);
	reprice(w, i, end.distance);
	shift(w, i, &end);
	for (uint32_t s = 0; s < w->n_reached; s++)
		w->distance[w->reached[s]] = FAR;
}

int64_t assign_solve(struct assign *w, const struct assign_row *row)
{
	int64_t objective = 0;

	memset(w->u, 0, w->n * sizeof(*w->u));
	memset(w->p, 0, w->m * sizeof(*w->p));
	memset(w->used, 0, w->m * sizeof(*w->used));
	for (uint32_t j = 0; j < w->m; j++) {
		w->first[j] = NONE;
		w->distance[j] = FAR;
	}
	for (uint32_t i = 0; i < w->n; i++)
		w->mate[i] = ASSIGN_ALONE;
	for (uint32_t i = 0; i < w->n; i++)
		add_newcomer(w, row, i);
	for (uint32_t i = 0; i < w->n; i++)
		objective += w->u[i];
	for (uint32_t j = 0; j < w->m; j++)
		objective += w->p[j] * w->capacity[j];
	return objective;
}

uint32_t assign_mate(const struct assign *w, uint32_t newcomer)
{
	return w->mate[newcomer];
}

const int64_t *assign_u(const struct assign *w)
{
	return w->u;
}

const int64_t *assign_p(const struct assign *w)
{
	return w->p;
}
