/*
 * Exact assignment of newcomers to mentors with places, of the greatest value.
 *
 * The primal network simplex with strongly feasible trees (Cunningham 1976), on
 * sparse rows. A newcomer may stay alone at value 0. Besides the assignment it
 * gives duals u, p >= 0 with u[i] + p[j] >= value(i, j) on every edge and
 * sum u + sum capacity * p = objective, and the basis: the tree of the last solve.
 *
 * Newcomers may want several mentors (assign_want): a pair counts once, and of the
 * values of a newcomer's pairs the part `once` counts for the first only. The optimum
 * is then sum assign_gain + sum capacity * p, where a newcomer's gain is the most that
 * any so many mentors bring at these prices.
 *
 * Every solve goes on from that tree, so values may change and edges be appended
 * between two (none removed or moved): column generation and one goal after the
 * other cost the difference only. Same rows in the same order of solves, same
 * answer.
 *
 * Cost: a pivot takes the length of its cycle and the part of the tree that moves;
 * measured on 24 edges a row, about one pivot a node and 20 nodes moved in each:
 * 0.02 s for 10,000 x 3,000, 0.3 s for 100,000 x 20,000 and its popular mentors
 * alike. Domain: values at most ASSIGN_VALUE_MAX, edges with value <= 0 are
 * ignored, no edge leads to a mentor without places, and the n greatest values sum
 * up to less than 2^62. Memory is the arena's, taken once by assign_new.
 * Threads: one owner.
 */
#ifndef MATCHER_ASSIGN_H
#define MATCHER_ASSIGN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"

#define ASSIGN_VALUE_MAX ((int64_t)1 << 60)
#define ASSIGN_ALONE     UINT32_MAX

enum {
	ASSIGN_MAX_WANTED = 5 /* mentors of one newcomer */
};

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

/*
 * Before the first solve: newcomer i takes at most wanted[i] mentors, 1 to
 * ASSIGN_MAX_WANTED. once[i] >= 0 belongs to the values of each solve, which reads it
 * anew. Both must live as long. False: no memory.
 */
bool assign_want(struct assign *w, struct arena *a, const uint8_t *wanted,
    const int64_t *once);

/* Go on from the tree of another, of the same people and rows. */
void assign_follow(struct assign *w, const struct assign *other);

/* Solve over row[0..n); returns the objective. */
int64_t assign_solve(struct assign *w, const struct assign_row *row);

/* Of the last assign_solve; valid until the next. */
/* A newcomer's mentors from 0 on, in order; then ASSIGN_ALONE. */
uint32_t assign_mate(const struct assign *w, uint32_t newcomer, uint32_t at);
/* Of whoever wants several only pairs outside the plan keep to u + p. */
const int64_t *assign_u(const struct assign *w); /* [n] */
const int64_t *assign_p(const struct assign *w); /* [m] */
const int64_t *assign_gain(
    const struct assign *w); /* [n]; u of all who want one */

/* The basis of the last solve: n + m of all edges and of all rows' slacks (a
 * newcomer alone, a mentor's free places) are in it. */
bool assign_is_basic(const struct assign *w, uint32_t newcomer, uint32_t edge);
bool assign_is_slack_basic(const struct assign *w, uint32_t row);

/* Whoever wants several is in the plan by edges outside the tree too, and has a
 * second slack, of at most wanted - 1 units that bring `once` each. */
bool assign_is_full(const struct assign *w, uint32_t newcomer, uint32_t edge);
bool assign_is_spare_basic(const struct assign *w, uint32_t newcomer);
bool assign_is_spare_full(const struct assign *w, uint32_t newcomer);

#endif
