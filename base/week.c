/* Weekly windows and their grids: see week.h. */
#include "base/week.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/instant.h"

/* "18:00" or "24:00" at s[0..5): minutes of the day, -1 when malformed. */
static int parse_clock(const char *s)
{
	int h, m;

	for (int i = 0; i < 5; i++)
		if (i == 2 ? s[i] != ':' : s[i] < '0' || s[i] > '9')
			return -1;
	h = (s[0] - '0') * 10 + (s[1] - '0');
	m = (s[3] - '0') * 10 + (s[4] - '0');
	if (h > 24 || m > 59 || (h == 24 && m != 0))
		return -1;
	return h * 60 + m;
}

const char *window_parse(const char *s, size_t n, struct window *w)
{
	int day, begin, end;

	if (n != 15 || s[3] != ' ' || s[9] != '-')
		return "expected a window such as \"Mon 18:00-20:00\"";
	day = weekday_parse(s, 3);
	if (day < 0)
		return "expected a weekday: Mon, Tue, Wed, Thu, Fri, Sat or Sun";
	begin = parse_clock(s + 4);
	end = parse_clock(s + 10);
	if (begin < 0 || begin == 1440 || end < 0)
		return "expected times from 00:00 to 24:00";
	if (end <= begin)
		return "the window ends before it starts";
	w->begin = (uint16_t)(day * 1440 + begin);
	w->end = (uint16_t)(day * 1440 + end);
	return NULL;
}

void window_format(const struct window *w, char out[WEEK_WINDOW_TEXT_SIZE])
{
	unsigned day = w->begin / 1440u % 7;
	unsigned begin = w->begin % 1440u;
	unsigned end = w->end - day * 1440u;

	snprintf(out, WEEK_WINDOW_TEXT_SIZE, "%s %02u:%02u-%02u:%02u",
	    weekday_name((int)day), begin / 60, begin % 60, end / 60 % 100,
	    end % 60);
}

static int by_begin(const void *a, const void *b)
{
	const struct window *x = a, *y = b;

	return x->begin != y->begin ? (x->begin < y->begin ? -1 : 1)
				    : (x->end > y->end) - (x->end < y->end);
}

size_t windows_normalise(struct window *w, size_t n)
{
	size_t kept = 0;

	if (n == 0)
		return 0;
	qsort(w, n, sizeof(*w), by_begin);
	for (size_t i = 1; i < n; i++) {
		if (w[i].begin <= w[kept].end) {
			if (w[i].end > w[kept].end)
				w[kept].end = w[i].end;
		} else {
			w[++kept] = w[i];
		}
	}
	return kept + 1;
}

bool windows_hold(const struct window *list, size_t n, const struct window *w)
{
	for (size_t i = 0; i < n; i++)
		if (list[i].begin <= w->begin && w->end <= list[i].end)
			return true;
	return false;
}

void week_grid_local(const struct window *w, size_t n, struct week_grid *grid)
{
	memset(grid, 0, sizeof(*grid));
	for (size_t i = 0; i < n; i++) {
		unsigned first =
		    (w[i].begin + WEEK_SLOT_MINUTES - 1u) / WEEK_SLOT_MINUTES;
		unsigned last = w[i].end / WEEK_SLOT_MINUTES;

		for (unsigned slot = first; slot < last; slot++)
			week_grid_set(grid, slot);
	}
}

/* The local quarter hour of the one that begins at an instant; WEEK_SLOTS where its
 * local time is ambiguous, cut by a clock change, or no whole quarter hour. */
static unsigned local_slot(const struct zone *z, int64_t at)
{
	int64_t end = at + WEEK_SLOT_MINUTES * 60, there, wall;
	int32_t offset = zone_offset_at(z, at);
	int64_t minute;

	if (zone_next_change(z, at) < end)
		return WEEK_SLOTS;
	wall = at + offset;
	minute = ((wall / 60 - 4 * 1440) % WEEK_MINUTES + WEEK_MINUTES) %
		 WEEK_MINUTES; /* 1970-01-05 was a Monday */
	if (minute % WEEK_SLOT_MINUTES != 0 ||
	    zone_resolve(z, wall, &there) != ZONE_UNIQUE)
		return WEEK_SLOTS;
	return (unsigned)minute / WEEK_SLOT_MINUTES;
}

void week_map_utc(const struct zone *z, int32_t monday, struct week_map *map)
{
	int64_t start = (int64_t)monday * INSTANT_DAY;

	for (unsigned slot = 0; slot < WEEK_SLOTS; slot++)
		map->local[slot] = (uint16_t)local_slot(
		    z, start + (int64_t)slot * WEEK_SLOT_MINUTES * 60);
}

/* Bit WEEK_SLOTS of a grid exists and is never set. */
_Static_assert(WEEK_SLOTS < WEEK_WORDS * 64, "a bit for no local time");

void week_grid_mapped(const struct week_grid *local, const struct week_map *map,
    struct week_grid *grid)
{
	memset(grid, 0, sizeof(*grid));
	for (unsigned slot = 0; slot < WEEK_SLOTS; slot++)
		grid->word[slot / 64] |=
		    (uint64_t)week_grid_has(local, map->local[slot])
		    << (slot % 64);
}

void week_grid_utc(const struct week_grid *local, const struct zone *z,
    int32_t monday, struct week_grid *grid)
{
	struct week_map map;

	week_map_utc(z, monday, &map);
	week_grid_mapped(local, &map, grid);
}

unsigned week_grid_count(const struct week_grid *g)
{
	unsigned n = 0;

	for (int i = 0; i < WEEK_WORDS; i++)
		n += (unsigned)__builtin_popcountll(g->word[i]);
	return n;
}

unsigned week_grid_shared(const struct week_grid *a, const struct week_grid *b)
{
	unsigned n = 0;

	for (int i = 0; i < WEEK_WORDS; i++)
		n += (unsigned)__builtin_popcountll(a->word[i] & b->word[i]);
	return n;
}
