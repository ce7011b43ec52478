/*
 * Plans with several mentors for one newcomer against brute force: the lexicographic
 * optimum on small communities, the first mentor of anybody before the second of all
 * others; the price of every pair; what the policy forbids; no number of a
 * certificate can be changed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "matcher/score.h"
#include "matcher/why.h"
#include "tests/lib/people.h"

enum {
	SEED = 20261130,
	MAX_PEOPLE = 16,
	TEXT = 256
};

static uint32_t draw(uint64_t *state, uint32_t n)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(*state >> 33) % n;
}

struct goals {
	int64_t weight, worst, total;
};

struct search {
	const struct policy *policy;
	const struct scorer *scorer;
	uint32_t used[MAX_PEOPLE];
	int32_t least; /* points of a pair … */
	uint32_t i,
	    j; /* … but this one, which has to be there; UINT32_MAX: none */
	struct goals best;
	bool is_any;
};

static void add_people(struct people *f, uint64_t *s, uint32_t n, uint32_t m)
{
	static const char *const SKILL[] = {"go", "sql", "rust", "java"};
	static const char *const DAY[] = {"Mon", "Tue"};
	char id[16], fields[TEXT];

	for (uint32_t k = 0; k < n + m; k++) {
		bool is_mentor = k >= n;
		int len;

		snprintf(id, sizeof(id), "%c%u", is_mentor ? 'm' : 'n', k);
		len = snprintf(fields, sizeof(fields),
		    "%s; stack %s:%u; wants %s; hours %s 18:00-%u:00; langs "
		    "%s; %s %u; avoids n%u",
		    is_mentor ? "mentor" : "newcomer", SKILL[draw(s, 4)],
		    1 + draw(s, 5), SKILL[draw(s, 4)], DAY[draw(s, 2)],
		    19 + draw(s, 3), draw(s, 6) ? "en" : "fr:B1 en:A1",
		    is_mentor ? "cap" : "waits",
		    is_mentor ? 1 + draw(s, 3) : draw(s, 30), draw(s, n));
		if (!is_mentor && draw(s, 2) == 0)
			snprintf(fields + len, sizeof(fields) - (size_t)len,
			    "; mentors %u", 1 + draw(s, 3));
		people_add(f, id, fields);
	}
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

/* All sets of mentors of newcomer i from mentor j on, of whom they have `has`. */
static void try_all(struct search *x, uint32_t i, uint32_t j, uint32_t has,
    bool has_forced, struct goals now)
{
	const struct scorer *s = x->scorer;
	bool is_forced = i == x->i && j == x->j;
	int32_t points;

	if (i == score_newcomers(s)) {
		if ((has_forced || x->i == UINT32_MAX) &&
		    (!x->is_any || is_better(x->policy, &now, &x->best))) {
			x->best = now;
			x->is_any = true;
		}
		return;
	}
	if (j == score_mentors(s)) {
		try_all(x, i + 1, 0, 0, has_forced, now);
		return;
	}
	try_all(x, i, j + 1, has, has_forced, now);
	points = score_points(s, i, j);
	if (points < 0 || has == score_wanted(s, i) ||
	    x->used[j] == score_capacity(s, j) ||
	    (points < x->least && !is_forced))
		return;
	x->used[j]++;
	now.total += points;
	if (has == 0)
		now.weight += score_weight(s, i);
	if (points < now.worst)
		now.worst = points;
	try_all(x, i, j + 1, has + 1, has_forced || is_forced, now);
	x->used[j]--;
}

static struct goals best_of(struct search *x)
{
	x->is_any = false;
	try_all(x, 0, 0, 0, false, (struct goals){0, INT32_MAX, 0});
	return x->best;
}

static struct plan *run(struct arena *a, const struct community *c,
    const struct policy *policy, uint64_t seed)
{
	struct match_options options = {.seed = seed};
	struct plan *plan = NULL;
	struct err e = {0};

	if (match_run(a, c, policy, &options, &plan, &e) != ERR_OK ||
	    match_verify(a, c, policy, plan, 2, &e) != ERR_OK)
		fail_msg("%s", e.detail);
	assert_true(plan->n_pairs == 0 || plan->solver.lp_confirmed);
	assert_int_equal(plan->n_served + plan->n_unmatched, plan->n_newcomers);
	return plan;
}

/* What every pair that is not there would cost. Returns how many had a price. */
static unsigned ask_all(
    struct arena *a, const struct community *c, struct search *x, uint64_t seed)
{
	const struct scorer *s = x->scorer;
	struct match_options o = {.seed = seed};
	struct why_answer answer;
	struct why *w;
	struct err e = {0};
	unsigned asked = 0;

	/* every other pair has the worst points at least: no goal any more */
	struct policy policy = *x->policy;

	assert_int_equal(why_open(a, c, x->policy, &o, &w, &e), ERR_OK);
	policy.worst_pair = false;
	x->least = x->policy->worst_pair ? why_plan(w)->worst_points : 0;
	x->policy = &policy;
	for (x->i = 0; x->i < score_newcomers(s); x->i++)
		for (x->j = 0; x->j < score_mentors(s); x->j++) {
			struct goals best;

			assert_int_equal(
			    why_pair(w, score_newcomer(s, x->i),
				score_mentor(s, x->j), &answer, &e),
			    ERR_OK);
			if (!answer.is_allowed || answer.is_in_plan)
				continue;
			best = best_of(x);
			assert_int_equal(answer.is.total_points, best.total);
			if (policy.people_first)
				assert_int_equal(
				    answer.is.people_weight, best.weight);
			assert_true(answer.n_touched > 0);
			asked++;
		}
	return asked;
}

static void test_lexicographic_optimum(void **state)
{
	uint64_t s = SEED + 2;
	uint64_t pairs = 0, served = 0, asked = 0;

	(void)state;
	for (int round = 0; round < 160; round++) {
		struct people *f = people_new();
		struct arena *a = arena_new(256 << 20);
		struct policy policy = people_policy();
		struct search x = {.i = UINT32_MAX};
		struct policy one;
		struct goals best;
		struct err e = {0};
		const struct community *c;
		const struct plan *plan;
		struct scorer *scorer;

		policy.mentors_per_newcomer = (uint8_t)(2 + draw(&s, 2));
		policy.people_first = round % 3 < 2;
		policy.worst_pair = round % 3 == 0;
		add_people(f, &s, 2 + draw(&s, 4), 2 + draw(&s, 4));
		c = people_community(f);
		assert_int_equal(score_new(a, c, &policy, &scorer, &e), ERR_OK);
		x.policy = &policy;
		x.scorer = scorer;
		best = best_of(&x);
		plan = run(a, c, &policy, s);
		assert_int_equal(plan->total_points, best.total);
		if (policy.people_first)
			assert_int_equal(plan->people_weight, best.weight);
		if (policy.worst_pair && plan->n_pairs > 0)
			assert_int_equal(plan->worst_points, best.worst);
		one = policy;
		one.mentors_per_newcomer = 1;
		if (policy.people_first) /* a second costs nobody a first */
			assert_int_equal(run(a, c, &one, s)->people_weight,
			    plan->people_weight);
		asked += ask_all(a, c, &x, s);
		pairs += plan->n_pairs;
		served += plan->n_served;
		arena_free(a);
		people_free(f);
	}
	print_message("%llu pairs of %llu newcomers, %llu prices\n",
	    (unsigned long long)pairs, (unsigned long long)served,
	    (unsigned long long)asked);
	assert_true(served > 200 && pairs > served + 80 && asked > 100);
}

/* One place for two, and more than enough for one: nobody has two mentors before
 * everybody who can has one, be it worth many more points. */
static void test_first_before_second(void **state)
{
	struct people *f = people_new();
	struct arena *a = arena_new(64 << 20);
	struct policy policy = people_policy();
	const struct community *c;
	const struct plan *plan;

	(void)state;
	policy.mentors_per_newcomer = 3;
	people_add(f, "ana", "mentor; stack go:5; cap 2");
	people_add(f, "ben", "mentor; stack go:5");
	people_add(f, "cem", "newcomer; wants go; prefers ana ben; waits 90");
	people_add(f, "dia", "newcomer; wants rust; avoids ben");
	c = people_community(f);
	plan = run(a, c, &policy, 1);
	assert_int_equal(plan->n_pairs, 3);
	assert_int_equal(plan->n_served, 2);
	assert_int_equal(plan->pair[0].newcomer, people_find(f, "cem"));
	assert_int_equal(plan->pair[1].newcomer, people_find(f, "cem"));
	assert_int_equal(plan->pair[2].newcomer, people_find(f, "dia"));
	c->person[people_find(f, "ana")].capacity = 1;
	plan = run(a, c, &policy, 1);
	assert_int_equal(plan->n_pairs, 2);
	assert_int_equal(plan->n_served, 2);
	assert_int_equal(plan->pair[0].mentor, people_find(f, "ben"));
	policy.people_first = policy.worst_pair = false;
	plan = run(a, c, &policy, 1);
	assert_int_equal(plan->n_served, 1);
	assert_int_equal(plan->n_unmatched, 1);
	assert_int_equal(plan->shortages.n_all, 0); /* no want of places */
	arena_free(a);
	people_free(f);
}

/* Large enough for several pricing passes, on one thread and on two; asking for one
 * more never lowers the total. */
static void test_larger(void **state)
{
	(void)state;
	for (uint32_t round = 0; round < 6; round++) {
		struct people *f = people_new();
		struct arena *a = arena_new((size_t)1 << 30);
		const struct community *c =
		    people_random(f, 150 + round * 40, 60, SEED + round);
		int64_t before = 0, weight = -1;

		for (uint8_t k = 1; k <= POLICY_MAX_MENTORS; k++) {
			struct policy policy = people_policy();
			const struct plan *plan;

			policy.mentors_per_newcomer = k;
			policy.worst_pair = round % 2 == 0;
			plan = run(a, c, &policy, round);
			if (weight < 0)
				weight = plan->people_weight;
			assert_int_equal(plan->people_weight, weight);
			assert_true(plan->total_points >= before);
			before = plan->total_points;
		}
		arena_free(a);
		people_free(f);
	}
}

/* ---- the checker ---- */

static bool is_caught(struct arena *a, const struct community *c,
    const struct policy *p, const struct plan *plan)
{
	struct err e = {0};

	return match_verify(a, c, p, plan, 2, &e) == ERR_VALIDATION;
}

#define ASSERT_CAUGHT(change, undo)                       \
	do {                                              \
		change;                                   \
		if (!is_caught(a, c, &policy, plan))      \
			fail_msg("not caught: " #change); \
		undo;                                     \
	} while (0)

static void test_every_dual_counts(void **state)
{
	struct people *f = people_new();
	struct arena *a = arena_new((size_t)1 << 30);
	struct policy policy = people_policy();
	const struct community *c = people_random(f, 20, 12, 3);
	struct certificate_step *total;
	struct plan_pair kept;
	struct plan *plan;
	uint32_t k = 0;

	(void)state;
	policy.mentors_per_newcomer = 3;
	plan = run(a, c, &policy, 42);
	assert_true(plan->n_pairs > plan->n_served);
	total = &plan->certificate.total;
	for (uint32_t i = 0; i < plan->n_newcomers; i++) {
		ASSERT_CAUGHT(total->u[i]++, total->u[i]--);
		ASSERT_CAUGHT(total->u[i]--, total->u[i]++);
		if (total->u[i] == 0)
			continue;
		/* the sum stays, the newcomer's mentors bring more */
		total->u[i]--;
		ASSERT_CAUGHT(total->objective--, total->objective++);
		total->u[i]++;
	}
	for (uint32_t j = 0; j < plan->n_mentors; j++) {
		ASSERT_CAUGHT(total->p[j]++, total->p[j]--);
		ASSERT_CAUGHT(total->p[j]--, total->p[j]++);
	}
	while (plan->pair[k].newcomer != plan->pair[k + 1].newcomer)
		k++;
	kept = plan->pair[k + 1];
	ASSERT_CAUGHT(
	    plan->pair[k + 1] = plan->pair[k], plan->pair[k + 1] = kept);
	ASSERT_CAUGHT(plan->pair[k + 1] = plan->pair[k];
		      plan->pair[k] = kept, plan->pair[k] = plan->pair[k + 1];
		      plan->pair[k + 1] = kept);
	ASSERT_CAUGHT(plan->n_served++, plan->n_served--);
	ASSERT_CAUGHT(
	    policy.mentors_per_newcomer = 1, policy.mentors_per_newcomer = 3);
	assert_false(is_caught(a, c, &policy, plan));
	arena_free(a);
	people_free(f);
}

/* What is about one mentor says so. */
static void test_refused(void **state)
{
	struct people *f = people_new();
	struct arena *a = arena_new(256 << 20);
	struct constraint limit = {.name = "few"};
	struct policy policy = people_policy();
	struct match_options o = {.seed = 1};
	const struct community *c = people_random(f, 20, 12, 3);
	struct plan *plan;
	struct err e = {0};

	(void)state;
	policy.mentors_per_newcomer = 2;
	policy.method = POLICY_DEFERRED_ACCEPTANCE;
	assert_int_equal(
	    match_run(a, c, &policy, &o, &plan, &e), ERR_VALIDATION);
	assert_non_null(strstr(e.detail, "deferred acceptance"));
	policy.method = POLICY_OPTIMAL;
	policy.constraint = &limit;
	policy.n_constraints = 1;
	for (int m = 0; m < MEASURES; m++)
		limit.limit[m] = m == 0 ? 1 : CONSTRAINT_NONE;
	assert_int_equal(
	    match_run(a, c, &policy, &o, &plan, &e), ERR_VALIDATION);
	assert_non_null(strstr(e.detail, "side constraints"));
	arena_free(a);
	people_free(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_lexicographic_optimum),
	    cmocka_unit_test(test_first_before_second),
	    cmocka_unit_test(test_larger),
	    cmocka_unit_test(test_every_dual_counts),
	    cmocka_unit_test(test_refused),
	};

	print_message("seed %d\n", SEED);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
