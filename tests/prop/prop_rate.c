/*
 * Rows of points against the scorer pair by pair: people with everything that a
 * rule or a criterion reads, few of each value so that all cases meet, with the
 * processor's extensions and without.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/str.h"
#include "matcher/rate.h"
#include "tests/lib/people.h"

enum {
	SEED = 20261127,
	ROUNDS = 40,
};

static uint32_t draw(uint64_t *state, uint32_t n)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(*state >> 33) % n;
}

/* Up to n of these words, each at most once. */
static void put_words(struct str *out, uint64_t *s, const char *label,
    const char *const *word, uint32_t n, bool has_level)
{
	str_puts(out, label);
	for (uint32_t k = 0; k < n; k++)
		if (draw(s, 3) == 0) {
			str_printf(out, " %s", word[k]);
			if (has_level)
				str_printf(out, ":%u", 1 + draw(s, 5));
		}
	str_puts(out, "; ");
}

static void put_hours(struct str *out, uint64_t *s)
{
	static const char *const DAY[] = {
	    "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};

	if (draw(s, 8) == 0) { /* always: a run longer than an octet counts */
		str_puts(out, "hours");
		for (int d = 0; d < 7; d++)
			str_printf(
			    out, "%s %s 00:00-24:00", d > 0 ? "," : "", DAY[d]);
		return;
	}
	str_puts(out, "hours Mon 17:15-21:30");
	for (int d = 1; d < 7; d++)
		if (draw(s, 2) == 0) {
			uint32_t begin = draw(s, 80);

			str_printf(out, ", %s %02u:%02u-%02u:%02u", DAY[d],
			    begin / 4, begin % 4 * 15, (begin + 10) / 4,
			    (begin + 10) % 4 * 15);
		}
}

static void put_people(
    struct str *out, uint64_t *s, const char *label, uint32_t self, uint32_t n)
{
	uint32_t first = draw(s, n);

	if (draw(s, 3) > 0)
		return;
	str_printf(out, "; %s", label);
	for (uint32_t k = 0; k < 3 && k < n; k++)
		if ((first + k) % n != self)
			str_printf(out, " p%u", (first + k) % n);
}

static void add_person(struct people *f, uint64_t *s, uint32_t self, uint32_t n)
{
	static const char *const SIDE[] = {"newcomer", "mentor", "both"};
	static const char *const ROLE[] = {
	    "backend", "frontend", "data-analyst", "designer", "other"};
	static const char *const STACK[] = {"go", "c", "sql", "python", "rust"};
	static const char *const TAG[] = {"parent", "night-owl", "remote"};
	static const char *const ZONE[] = {"UTC", "Europe/Berlin",
	    "America/New_York", "Asia/Kathmandu", "Australia/Sydney"};
	static const char *const LANGUAGE[] = {"en:native", "en:A1 es:C1",
	    "es:B1 de:B2", "en:B1 es:B1 de:A2", "de:native"};
	char id[16];
	struct str t;
	uint32_t side = draw(s, 3);

	str_init(&t, 4096);
	snprintf(id, sizeof(id), "p%u", self);
	str_printf(&t, "%s; zone %s; langs %s; ", SIDE[side], ZONE[draw(s, 5)],
	    LANGUAGE[draw(s, 5)]);
	put_words(&t, s, "roles", ROLE, 5, false);
	put_words(&t, s, "stack", STACK, 5, true);
	put_words(&t, s, "wants", STACK, 5, false);
	put_words(&t, s, "tags", TAG, 3, false);
	put_hours(&t, s);
	if (draw(s, 2) == 0)
		str_printf(&t, "; years %u", draw(s, 15));
	if (draw(s, 2) == 0)
		str_printf(&t, "; org o%u", draw(s, 3));
	if (draw(s, 2) == 0)
		str_printf(&t, "; industry i%u", draw(s, 3));
	if (draw(s, 2) == 0)
		str_printf(&t, "; style s%u", draw(s, 2));
	if (side > 0)
		str_printf(&t, "; cap %u", draw(s, 4));
	if (draw(s, 2) == 0)
		str_printf(&t, "; recent %u", draw(s, 4));
	put_people(&t, s, "prefers", self, n);
	put_people(&t, s, "avoids", self, n);
	assert_false(t.failed);
	people_add(f, id, t.data);
	str_free(&t);
}

/* Every row, as the scorer says it; how many pairs are allowed. */
static unsigned compare(struct arena *a, const struct scorer *s, bool portable)
{
	struct rate *r = rate_new(a, s, NULL, 0, portable);
	struct rate_work *w;
	unsigned allowed = 0;

	assert_non_null(r);
	w = rate_work_new(a, r);
	assert_non_null(w);
	for (uint32_t i = 0; i < score_newcomers(s); i++) {
		const int16_t *points = rate_row(r, w, i);

		for (uint32_t j = 0; j < score_mentors(s); j++) {
			assert_int_equal(points[j], score_points(s, i, j));
			allowed += points[j] >= 0;
		}
	}
	return allowed;
}

/* Some of the mentors, in any order. */
static void compare_some(
    struct arena *a, const struct scorer *s, uint64_t *seed)
{
	uint32_t m = score_mentors(s), n = 0,
		 *some = ARENA_ARRAY(a, m, uint32_t);
	struct rate *r;
	struct rate_work *w;

	assert_non_null(some);
	for (uint32_t j = m; j-- > 0;)
		if (draw(seed, 3) > 0)
			some[n++] = j;
	r = rate_new(a, s, some, n, false);
	assert_non_null(r);
	w = rate_work_new(a, r);
	assert_non_null(w);
	for (uint32_t i = 0; i < score_newcomers(s); i++) {
		const int16_t *points = rate_row(r, w, i);

		for (uint32_t k = 0; k < n; k++)
			assert_int_equal(
			    points[k], score_points(s, i, some[k]));
	}
}

static void test_rows(void **state)
{
	uint64_t seed = SEED;
	unsigned allowed = 0;

	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		struct arena *a = arena_new(64 << 20);
		struct people *f = people_new();
		struct policy policy = people_policy();
		uint32_t n = 1 + draw(&seed, 60);
		struct scorer *s = NULL;
		struct err e = {0};

		policy.forbid_same_organization = draw(&seed, 2) == 0;
		policy.min_shared_minutes = (uint16_t)(draw(&seed, 8) * 20);
		policy.language_level = (uint8_t)(1 + draw(&seed, 6));
		for (uint32_t k = 0; k < n; k++)
			add_person(f, &seed, k, n);
		assert_int_equal(
		    score_new(a, people_community(f), &policy, &s, &e), ERR_OK);
		allowed += compare(a, s, true);
		allowed += compare(a, s, false);
		compare_some(a, s, &seed);
		people_free(f);
		arena_free(a);
	}
	print_message("%u allowed pairs\n", allowed);
	assert_true(allowed > 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_rows)};

	print_message("seed %d\n", SEED);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
