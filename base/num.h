/* Strict decimal numbers from text: the whole text, within bounds, no signs or
 * spaces but a leading '-'; and a division. Pure; any thread. */
#ifndef BASE_NUM_H
#define BASE_NUM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

bool num_parse_i64(
    const char *s, size_t n, int64_t min, int64_t max, int64_t *value);

/* A decimal with at most one fraction digit kept, in tenths: "2.5" -> 25,
 * "7" -> 70, "0.25" -> 2. Not negative. */
bool num_parse_tenths(
    const char *s, size_t n, int64_t max_tenths, int64_t *tenths);

/* a / b towards minus infinity; b > 0. */
static inline int64_t num_floor_divide(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

#endif
