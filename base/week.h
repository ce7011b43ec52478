/*
 * Weekly availability: windows in local wall-clock time, and the 15-minute grid.
 *
 * Minutes count from Monday 00:00 local (0 … 10080). A grid is a bit set of the
 * 672 quarter hours of one week; bit 0 is Monday 00:00. Pure; any thread.
 */
#ifndef BASE_WEEK_H
#define BASE_WEEK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/zone.h"

enum {
	WEEK_MINUTES = 10080,
	WEEK_SLOT_MINUTES = 15,
	WEEK_SLOTS = 672,
	WEEK_WORDS = 11,
	WEEK_WINDOW_TEXT_SIZE = 20,
	WEEK_MAX_WINDOWS = 64,
};

struct window {
	uint16_t begin,
	    end; /* begin < end, both on the same day (24:00 allowed) */
};

struct week_grid {
	uint64_t word[WEEK_WORDS];
};

/*
 * One window as people write it: "Mon 18:00-20:00", "Sat 22:00-24:00". On
 * failure returns a constant text that says what was expected, else NULL. Only
 * windows within one day have such a text: split what windows_normalise joined.
 */
const char *window_parse(const char *s, size_t n, struct window *w);
void window_format(const struct window *w, char out[WEEK_WINDOW_TEXT_SIZE]);

/* Sort and join windows that touch or overlap; returns the new count. Windows
 * are joined across midnight too, so that `end` may then pass a day's end. */
size_t windows_normalise(struct window *w, size_t n);

/* Is w inside one of these? */
bool windows_hold(const struct window *list, size_t n, const struct window *w);

/* Quarter hours wholly inside the (normalised) windows, in local time. */
void week_grid_local(const struct window *w, size_t n, struct week_grid *grid);

/* For each quarter hour of one UTC week, the local one of a zone; WEEK_SLOTS: none. */
struct week_map {
	uint16_t local[WEEK_SLOTS];
};

/*
 * The map of the UTC week that begins at `monday` 00:00 UTC (a day number). Quarter
 * hours whose local time is ambiguous, or is cut by a clock change, have none.
 * O(672 log changes).
 */
void week_map_utc(const struct zone *z, int32_t monday, struct week_map *map);
void week_grid_mapped(const struct week_grid *local, const struct week_map *map,
    struct week_grid *grid);

/* Both at once: bit t is set when the quarter hour is wholly available on the real
 * dates. */
void week_grid_utc(const struct week_grid *local, const struct zone *z,
    int32_t monday, struct week_grid *grid);

unsigned week_grid_count(const struct week_grid *g);
unsigned week_grid_shared(const struct week_grid *a, const struct week_grid *b);

static inline bool week_grid_has(const struct week_grid *g, unsigned slot)
{
	return g->word[slot / 64] >> (slot % 64) & 1;
}

static inline void week_grid_set(struct week_grid *g, unsigned slot)
{
	g->word[slot / 64] |= (uint64_t)1 << (slot % 64);
}

#endif
