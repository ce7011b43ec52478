/*
 * The price of a forced pair against brute force: of all plans with the pair in which
 * every other pair has the worst points of the plan or more, the one that serves the
 * most weight and then has the most points. Every pair of small communities, one
 * question after the other in one session.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "matcher/why.h"
#include "tests/lib/people.h"

enum {
	SEED = 20261129,
	ROUNDS = 180,
	MAX_PEOPLE = 16,
};

struct forced {
	const struct scorer *scorer;
	uint32_t i, j;
	int32_t least;
	bool people_first;
};

struct goals {
	int64_t weight, total;
};

static uint32_t draw(uint64_t *state, uint32_t n)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(*state >> 33) % n;
}

static void add_people(struct people *f, uint64_t *s, uint32_t n, uint32_t m)
{
	static const char *const SKILL[] = {"go", "sql", "rust", "java"};
	static const char *const DAY[] = {"Mon", "Tue"};
	char id[16], fields[200];

	for (uint32_t k = 0; k < n + m; k++) {
		bool is_mentor = k >= n;

		snprintf(id, sizeof(id), "%c%u", is_mentor ? 'm' : 'n', k);
		snprintf(fields, sizeof(fields),
		    "%s; stack %s:%u; wants %s; hours %s 18:00-%u:00; langs "
		    "%s; %s %u; avoids n%u",
		    is_mentor ? "mentor" : "newcomer", SKILL[draw(s, 4)],
		    1 + draw(s, 5), SKILL[draw(s, 4)], DAY[draw(s, 2)],
		    19 + draw(s, 3), draw(s, 6) ? "en" : "fr:B1 en:A1",
		    is_mentor ? "cap" : "waits",
		    is_mentor ? 1 + draw(s, 2) : draw(s, 30), draw(s, n));
		people_add(f, id, fields);
	}
}

static bool is_better(
    const struct forced *x, const struct goals *a, const struct goals *b)
{
	if (x->people_first && a->weight != b->weight)
		return a->weight > b->weight;
	return a->total > b->total;
}

static void brute(const struct forced *x, uint32_t i, uint32_t *used,
    struct goals now, struct goals *best)
{
	const struct scorer *s = x->scorer;

	if (i == score_newcomers(s)) {
		if (is_better(x, &now, best))
			*best = now;
		return;
	}
	if (i != x->i)
		brute(x, i + 1, used, now, best);
	for (uint32_t j = 0; j < score_mentors(s); j++) {
		int32_t points = score_points(s, i, j);
		bool is_forced = i == x->i && j == x->j;
		struct goals then = {
		    now.weight + score_weight(s, i), now.total + points};

		if (points < 0 || used[j] == score_capacity(s, j) ||
		    (i == x->i && j != x->j) ||
		    (!is_forced && points < x->least))
			continue;
		used[j]++;
		brute(x, i + 1, used, then, best);
		used[j]--;
	}
}

/* 1 when the pair had a price. */
static unsigned ask(struct why *w, const struct community *c,
    const struct policy *p, const struct scorer *s, uint32_t i, uint32_t j)
{
	struct forced x = {s, i, j,
	    p->worst_pair ? why_plan(w)->worst_points : 0, p->people_first};
	uint32_t used[MAX_PEOPLE] = {0};
	struct goals best = {-1, -1};
	struct why_answer answer;
	struct err e = {0};

	assert_int_equal(
	    why_pair(w, score_newcomer(s, i), score_mentor(s, j), &answer, &e),
	    ERR_OK);
	assert_int_equal(answer.is_allowed, score_points(s, i, j) >= 0);
	if (!answer.is_allowed || answer.is_in_plan) {
		assert_int_equal(answer.n_touched, 0);
		return 0;
	}
	brute(&x, 0, used, (struct goals){0, 0}, &best);
	assert_int_equal(answer.is.total_points, best.total);
	if (p->people_first)
		assert_int_equal(answer.is.people_weight, best.weight);
	assert_true(answer.n_touched > 0 && answer.n_touched == answer.n_named);
	for (uint32_t k = 0; k < answer.n_named; k++)
		if (answer.touched[k].newcomer == score_newcomer(s, i))
			assert_int_equal(
			    answer.touched[k].is, score_mentor(s, j));
	assert_true(c->n > 0);
	return 1;
}

static void test_every_pair(void **state)
{
	uint64_t seed = SEED;
	unsigned asked = 0;

	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		struct arena *a = arena_new(256 << 20);
		struct people *f = people_new();
		struct policy policy = people_policy();
		struct match_options o = {.seed = seed};
		const struct community *c;
		struct scorer *s;
		struct why *w;
		struct err e = {0};

		policy.people_first = round % 3 < 2;
		policy.worst_pair = round % 3 == 0;
		add_people(f, &seed, 2 + draw(&seed, 4), 2 + draw(&seed, 3));
		c = people_community(f);
		assert_int_equal(score_new(a, c, &policy, &s, &e), ERR_OK);
		assert_int_equal(why_open(a, c, &policy, &o, &w, &e), ERR_OK);
		for (uint32_t i = 0; i < score_newcomers(s); i++)
			for (uint32_t j = 0; j < score_mentors(s); j++)
				asked += ask(w, c, &policy, s, i, j);
		arena_free(a);
		people_free(f);
	}
	print_message("%u pairs had a price\n", asked);
	assert_true(asked > 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_every_pair)};

	print_message("seed %d\n", SEED);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
