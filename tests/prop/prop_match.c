/*
 * The whole matcher against brute force: the lexicographic optimum on small
 * communities; the same plan whatever the order of rows; seeds move ties only;
 * more places never serve fewer; ruled-out pairs stay out.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "matcher/match.h"
#include "matcher/score.h"
#include "tests/lib/people.h"

enum {
	SEED = 20261124,
	MAX_PEOPLE = 16,
	TEXT = 256
};

struct goals {
	int64_t weight, worst, total;
};

/* A small, crowded community, drawn as texts so that its rows can be permuted. */
struct world {
	uint32_t n;
	char id[MAX_PEOPLE][16], fields[MAX_PEOPLE][TEXT];
};

static uint32_t draw(uint64_t *state, uint32_t n)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(*state >> 33) % n;
}

static void make(
    struct world *w, uint64_t *s, uint32_t newcomers, uint32_t mentors)
{
	static const char *const SKILL[] = {"go", "sql", "rust", "java"};
	static const char *const DAY[] = {"Mon", "Tue"};
	static const char *const PART[] = {"mentor", "mentor", "both"};

	w->n = newcomers + mentors;
	for (uint32_t k = 0; k < w->n; k++) {
		bool mentor = k >= newcomers;
		int len;

		snprintf(
		    w->id[k], sizeof(w->id[k]), "%c%u", mentor ? 'm' : 'n', k);
		len = snprintf(w->fields[k], TEXT,
		    "%s; stack %s:%u; wants %s; hours %s 18:00-%u:00; langs "
		    "%s; cap %u; waits %u; avoids n%u",
		    mentor ? PART[draw(s, 3)] : "newcomer", SKILL[draw(s, 4)],
		    1 + draw(s, 5), SKILL[draw(s, 4)], DAY[draw(s, 2)],
		    19 + draw(s, 3), draw(s, 5) ? "en" : "fr:B1 en:A1",
		    1 + draw(s, 2), draw(s, 40), draw(s, newcomers));
		assert_in_range(len, 1, TEXT - 1);
		if (!mentor && draw(s, 2) == 0) {
			len = snprintf(w->fields[k] + len, TEXT - (size_t)len,
			    "; prefers m%u", newcomers + draw(s, mentors));
			assert_in_range(len, 1, TEXT - 1);
		}
	}
}

/* Rows from `first` on, around. */
static const struct community *fill(
    struct people *f, const struct world *w, uint32_t first)
{
	for (uint32_t k = 0; k < w->n; k++) {
		uint32_t at = (first + k * (first + 1)) % w->n;

		people_add(f, w->id[at], w->fields[at]);
	}
	return people_community(f);
}

static bool is_better(
    const struct policy *p, const struct goals *a, const struct goals *b)
{
	if (p->people_first && a->weight != b->weight)
		return a->weight > b->weight;
	if (p->worst_pair && a->worst != b->worst)
		return a->worst > b->worst;
	return a->total > b->total;
}

static void brute(const struct policy *p, const struct scorer *s, uint32_t i,
    uint32_t *used, struct goals now, struct goals *best)
{
	if (i == score_newcomers(s)) {
		if (is_better(p, &now, best))
			*best = now;
		return;
	}
	brute(p, s, i + 1, used, now, best);
	for (uint32_t j = 0; j < score_mentors(s); j++) {
		int32_t points = score_points(s, i, j);
		struct goals then = now;

		if (points < 0 || used[j] == score_capacity(s, j))
			continue;
		used[j]++;
		then.weight += score_weight(s, i);
		then.total += points;
		if (points < then.worst)
			then.worst = points;
		brute(p, s, i + 1, used, then, best);
		used[j]--;
	}
}

static struct goals brute_best(const struct policy *p, const struct scorer *s)
{
	struct goals none = {0, INT32_MAX, 0}, best = none;
	uint32_t used[MAX_PEOPLE] = {0};

	brute(p, s, 0, used, none, &best);
	return best;
}

static struct plan *run_policy(struct arena *a, const struct community *c,
    const struct policy *policy, uint64_t seed)
{
	struct match_options options = {.seed = seed};
	struct plan *plan = NULL;
	struct err e = {0};

	if (match_run(a, c, policy, &options, &plan, &e) != ERR_OK ||
	    match_verify(a, c, policy, plan, 2, &e) != ERR_OK)
		fail_msg("%s", e.detail);
	assert_true(plan->n_pairs == 0 || plan->solver.lp_confirmed);
	return plan;
}

static struct plan *run(
    struct arena *a, const struct community *c, uint64_t seed)
{
	struct policy policy = people_policy();

	return run_policy(a, c, &policy, seed);
}

static void assert_goals(const struct policy *p, const struct goals *best,
    const struct plan_goals *have)
{
	assert_int_equal(have->total_points, best->total);
	if (p->people_first)
		assert_int_equal(have->people_weight, best->weight);
	if (p->worst_pair && have->n_served > 0)
		assert_int_equal(have->worst_points, best->worst);
}

/* All goals, without the worst pair, the total alone: the plan of each policy, and
 * what the first one's steps say of the others. */
static void test_lexicographic_optimum(void **state)
{
	static struct world w;
	uint64_t s = SEED;
	uint64_t pairs = 0;

	(void)state;
	for (int round = 0; round < 150; round++) {
		struct people *f = people_new();
		struct arena *a = arena_new(64 << 20);
		struct policy policy = people_policy();
		struct scorer *scorer = NULL;
		struct err e = {0};
		const struct community *c;
		struct plan *plan, *all = NULL;

		make(&w, &s, 2 + draw(&s, 4), 2 + draw(&s, 2));
		c = fill(f, &w, 0);
		assert_int_equal(score_new(a, c, &policy, &scorer, &e), ERR_OK);
		for (int goals = 3; goals > 0; goals--) {
			struct goals best;

			policy.people_first = goals > 1;
			policy.worst_pair = goals > 2;
			best = brute_best(&policy, scorer);
			plan = run_policy(a, c, &policy, s);
			if (all == NULL)
				all = plan;
			assert_goals(&policy, &best, &plan->bound);
			assert_goals(&policy, &best, &all->step[goals - 1]);
			assert_int_equal(plan->n_steps, goals > 1 ? goals : 0);
		}
		pairs += all->n_pairs;
		arena_free(a);
		people_free(f);
	}
	print_message("%llu pairs\n", (unsigned long long)pairs);
	assert_true(pairs > 250); /* the worlds are not empty */
}

static void assert_same_plan(const struct plan *a, const struct plan *b)
{
	assert_int_equal(a->n_pairs, b->n_pairs);
	for (uint32_t k = 0; k < a->n_pairs; k++) {
		assert_int_equal(a->pair[k].newcomer, b->pair[k].newcomer);
		assert_int_equal(a->pair[k].mentor, b->pair[k].mentor);
	}
	assert_int_equal(a->n_unmatched, b->n_unmatched);
	for (uint32_t k = 0; k < a->n_unmatched; k++)
		assert_string_equal(a->unmatched[k].help, b->unmatched[k].help);
	assert_int_equal(
	    a->certificate.total.objective, b->certificate.total.objective);
}

/* Row order changes neither the plan nor the text the digest is made of. */
static void test_row_order(void **state)
{
	static struct world w;
	uint64_t s = SEED + 1;

	(void)state;
	for (int round = 0; round < 20; round++) {
		struct people *f = people_new(), *g = people_new();
		struct arena *a = arena_new(64 << 20);
		const struct community *c, *d;
		struct str x, y;

		make(&w, &s, 8, 5); /* 13 is prime: any stride visits all */
		c = fill(f, &w, 0);
		d = fill(g, &w, 1 + draw(&s, 11));
		assert_same_plan(run(a, c, 9), run(a, d, 9));
		str_init(&x, 1 << 20);
		str_init(&y, 1 << 20);
		match_canonical(c, &x);
		match_canonical(d, &y);
		assert_false(x.failed);
		assert_string_equal(x.data, y.data);
		str_free(&x);
		str_free(&y);
		arena_free(a);
		people_free(f);
		people_free(g);
	}
}

/* Identical newcomers: the seed alone decides, goals stay. */
static void test_seeds(void **state)
{
	struct people *f = people_new();
	struct arena *a = arena_new(64 << 20);
	const struct community *c;
	const struct plan *first;
	bool moved = false;

	(void)state;
	people_add(f, "m1", "mentor");
	people_add(f, "m2", "mentor");
	for (char id[] = "a"; id[0] < 'g'; id[0]++)
		people_add(f, id, "newcomer");
	c = people_community(f);
	first = run(a, c, 0);
	for (uint64_t seed = 1; seed < 12; seed++) {
		const struct plan *p = run(a, c, seed);

		assert_int_equal(p->n_pairs, 2);
		assert_int_equal(p->total_points, first->total_points);
		moved |= p->pair[0].newcomer != first->pair[0].newcomer ||
			 p->pair[1].newcomer != first->pair[1].newcomer;
		assert_same_plan(p, run(a, c, seed));
	}
	assert_true(moved);
	arena_free(a);
	people_free(f);
}

static void test_more_places(void **state)
{
	uint64_t s = SEED + 2;

	(void)state;
	for (int round = 0; round < 10; round++) {
		struct people *f = people_new();
		struct arena *a = arena_new(256 << 20);
		const struct community *c = people_random(f, 60, 12, s);
		uint32_t j = people_find(f, "m00000") + draw(&s, 12);
		const struct plan *before = run(a, c, 1), *after;

		c->person[j].capacity++;
		after = run(a, c, 1);
		assert_true(after->people_weight >= before->people_weight);
		assert_true(after->n_pairs >= before->n_pairs);
		assert_true(after->n_pairs <= before->n_pairs + 1);
		arena_free(a);
		people_free(f);
	}
}

/* Avoided pairs, which is how declined ones come, never appear. */
static void test_locked_out(void **state)
{
	struct people *f = people_new();
	struct arena *a = arena_new(256 << 20);
	const struct community *c = people_random(f, 80, 20, SEED);
	uint32_t avoid[100]; /* one a person */

	(void)state;
	for (int round = 0; round < 6; round++) {
		const struct plan *plan = run(a, c, 1);

		for (uint32_t k = 0; k < plan->n_pairs; k++) {
			struct person *p = &c->person[plan->pair[k].newcomer];
			uint32_t *own = &avoid[plan->pair[k].newcomer];

			for (uint32_t i = 0; i < p->n_avoid; i++)
				assert_int_not_equal(
				    p->avoid[i], plan->pair[k].mentor);
			*own = plan->pair[k].mentor;
			p->avoid = own;
			p->n_avoid = 1;
		}
	}
	arena_free(a);
	people_free(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_lexicographic_optimum),
	    cmocka_unit_test(test_row_order),
	    cmocka_unit_test(test_seeds),
	    cmocka_unit_test(test_more_places),
	    cmocka_unit_test(test_locked_out),
	};

	print_message("seed %d\n", SEED);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
