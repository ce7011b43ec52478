/*
 * Assignment instances of the OR-Library (Beasley 1990): first n, then n * n costs,
 * row by row; the least cost of a perfect assignment is sought.
 */
#ifndef TESTS_LIB_ORLIB_H
#define TESTS_LIB_ORLIB_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"

/* False when the file cannot be read. Costs become values (greatest cost + 1 -
 * cost): all positive on a complete square graph, so that nobody stays alone. */
bool orlib_solve(struct arena *a, const char *path, int64_t *ret_cost);

#endif
