/*
 * Exact assignment of newcomers to mentors with places, of the greatest value.
 *
 * Successive shortest augmenting paths with mentor prices (the Hungarian method in
 * the form of Jonker and Volgenant, 1987; Dijkstra on reduced costs after Edmonds
 * and Karp, 1972), on sparse rows. A newcomer may stay alone at value 0. Besides
 * the assignment it gives duals u, p >= 0 with u[i] + p[j] >= value(i, j) on every
 * edge and sum u + sum capacity * p = objective; the prices are the lowest such.
 *
 * Cost: one search a newcomer, each O(edges log mentors) at worst and much less
 * as a rule, since a search ends at the first free place or at the first newcomer
 * who had rather be displaced. Domain: values at most ASSIGN_VALUE_MAX, edges with
 * value <= 0 are ignored, the n greatest values sum up to less than 2^62.
 * Memory is the arena's, taken once by assign_new. Threads: one owner.
 */
#ifndef MATCHER_ASSIGN_H
#define MATCHER_ASSIGN_H

#include <stdint.h>

#include "base/arena.h"

#define ASSIGN_VALUE_MAX ((int64_t)1 << 60)
#define ASSIGN_ALONE     UINT32_MAX

struct assign_edge {
	int64_t value;
	uint32_t mentor;
	int32_t points; /* the caller's; not read here */
};

/* The edges of one newcomer, each mentor at most once. */
struct assign_row {
	struct assign_edge *edge;
	uint32_t n, size; /* used; allocated, the caller's */
};

struct assign;

/* NULL: no memory. capacity[0..m) must live as long. */
struct assign *assign_new(
    struct arena *a, uint32_t n, uint32_t m, const uint32_t *capacity);

/* Solve from scratch over row[0..n); returns the objective. */
int64_t assign_solve(struct assign *w, const struct assign_row *row);

/* Of the last assign_solve; valid until the next. */
uint32_t assign_mate(const struct assign *w, uint32_t newcomer);
const int64_t *assign_u(const struct assign *w); /* [n] */
const int64_t *assign_p(const struct assign *w); /* [m] */

#endif
