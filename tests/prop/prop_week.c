/*
 * The 15-minute grid against minutes counted one by one: random windows, random
 * zones with changes at random quarter hours. Fixed seed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/instant.h"
#include "base/week.h"

enum {
	ROUNDS = 300,
	MAX_CHANGES = 3
};

static uint64_t SEED = 20261025;

/* xorshift64*, below n. */
static unsigned draw(unsigned n)
{
	SEED ^= SEED >> 12;
	SEED ^= SEED << 25;
	SEED ^= SEED >> 27;
	return (unsigned)((SEED * UINT64_C(2685821657736338717) >> 33) % n);
}

static size_t draw_windows(struct window w[8])
{
	size_t n = draw(9);

	for (size_t i = 0; i < n; i++) {
		unsigned day = draw(7), begin = draw(1439);
		unsigned end = begin + 1 + draw(1440 - begin);

		w[i] = (struct window){(uint16_t)(day * 1440 + begin),
		    (uint16_t)(day * 1440 + end)};
	}
	return n;
}

static void draw_zone(
    struct zone *z, struct zone_change change[MAX_CHANGES], int64_t week)
{
	int64_t t = week - INSTANT_DAY;

	z->name = "Test/Random";
	z->from = week - 30 * INSTANT_DAY;
	z->to = week + 30 * INSTANT_DAY;
	z->first_offset = ((int)draw(105) - 48) * 900;
	z->n_changes = draw(MAX_CHANGES + 1);
	z->change = change;
	for (uint32_t i = 0; i < z->n_changes; i++) {
		int32_t before =
		    i == 0 ? z->first_offset : change[i - 1].offset;

		t += 900 * (1 + (int64_t)draw(300));
		change[i].at = t;
		change[i].offset = before + ((int)draw(9) - 4) * 900;
	}
}

/* Is the minute from UTC second u on inside a window, with a local time that no
 * other instant of the days around has? By trying all of them. */
static bool minute_is_free(
    const struct window *w, size_t n, const struct zone *z, int64_t u)
{
	int64_t wall = u + zone_offset_at(z, u);
	int64_t minute =
	    (wall / 60 + WEEK_MINUTES * 1000 - 4 * 1440) % WEEK_MINUTES;
	bool inside = false;

	for (size_t i = 0; i < n; i++)
		inside |= w[i].begin <= minute && minute < w[i].end;
	for (int64_t d = -8 * 3600; inside && d <= 8 * 3600; d += 60)
		if (d != 0 && u + d + zone_offset_at(z, u + d) == wall)
			inside = false;
	return inside;
}

static void test_grid(void **state)
{
	int32_t monday = day_from_civil(2026, 10, 19);
	int64_t week = (int64_t)monday * INSTANT_DAY;

	(void)state;
	printf("seed %llu\n", (unsigned long long)SEED);
	for (int round = 0; round < ROUNDS; round++) {
		struct window given[8], w[8];
		struct zone_change change[MAX_CHANGES];
		struct zone z;
		struct week_grid local, utc;
		size_t n = draw_windows(given), kept;

		memcpy(w, given, sizeof(w));
		draw_zone(&z, change, week);
		kept = windows_normalise(w, n);
		week_grid_local(w, kept, &local);
		week_grid_utc(&local, &z, monday, &utc);
		for (unsigned slot = 0; slot < WEEK_SLOTS; slot++) {
			bool all = true;

			for (int m = 0; m < 15 && all; m++)
				all = minute_is_free(given, n, &z,
				    week + (int64_t)slot * 900 + m * 60);
			if (all != week_grid_has(&utc, slot))
				fail_msg("round %d, slot %u: %d expected",
				    round, slot, all);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_grid),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
