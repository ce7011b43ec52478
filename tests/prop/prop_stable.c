/*
 * Stability against brute force: of all plans that nobody blocks, deferred acceptance
 * gives the one where every newcomer fares best, and all of them serve the same
 * newcomers and fill the same places (Gale and Shapley 1962, Roth 1986). The report
 * counts what an independent look over all pairs finds, for any plan.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "matcher/match.h"
#include "matcher/repair.h"
#include "matcher/score.h"
#include "matcher/why.h"
#include "tests/lib/people.h"

enum {
	SEED = 20261127,
	LOTS = 5, /* the seed of every run */
	MAX_NEWCOMERS = 200,
	MAX_MENTORS = 60,
	TEXT = 256,
};

#define ALONE UINT32_MAX

static uint32_t draw(uint64_t *state, uint32_t n)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(*state >> 33) % n;
}

/* ---- who prefers whom, in the words of docs/matching.md ---- */

struct side {
	const struct community *c;
	struct scorer *s;
	int32_t points[MAX_NEWCOMERS][MAX_MENTORS];
};

static unsigned rank_of(const struct person *who, uint32_t whom)
{
	for (unsigned k = 0; k < who->n_preferences; k++)
		if (who->preferences[k] == whom)
			return k;
	return UINT32_MAX;
}

static bool before(unsigned rank_x, int32_t points_x, uint64_t lot_x,
    uint32_t x, unsigned rank_y, int32_t points_y, uint64_t lot_y, uint32_t y)
{
	if (rank_x != rank_y)
		return rank_x < rank_y;
	if (points_x != points_y)
		return points_x > points_y;
	return lot_x != lot_y ? lot_x > lot_y : x < y;
}

/* Anybody allowed is better than nobody. */
static bool newcomer_prefers(
    const struct side *w, uint32_t i, uint32_t x, uint32_t y)
{
	const struct person *p = &w->c->person[score_newcomer(w->s, i)];

	if (x == ALONE || y == ALONE)
		return x != ALONE;
	return before(rank_of(p, score_mentor(w->s, x)), w->points[i][x],
	    score_lot(w->s, LOTS, i, x), x, rank_of(p, score_mentor(w->s, y)),
	    w->points[i][y], score_lot(w->s, LOTS, i, y), y);
}

static bool mentor_prefers(
    const struct side *w, uint32_t j, uint32_t x, uint32_t y)
{
	const struct person *p = &w->c->person[score_mentor(w->s, j)];

	return before(rank_of(p, score_newcomer(w->s, x)), w->points[x][j],
	    score_lot(w->s, LOTS, x, j), x, rank_of(p, score_newcomer(w->s, y)),
	    w->points[y][j], score_lot(w->s, LOTS, y, j), y);
}

static bool wants(
    const struct side *w, const uint32_t *mate, uint32_t j, uint32_t i)
{
	uint32_t used = 0;
	bool is_better = false;

	for (uint32_t k = 0; k < score_newcomers(w->s); k++)
		if (mate[k] == j) {
			used++;
			is_better |= mentor_prefers(w, j, i, k);
		}
	return is_better || used < score_capacity(w->s, j);
}

static uint64_t count_blocking(const struct side *w, const uint32_t *mate)
{
	uint64_t n = 0;

	for (uint32_t i = 0; i < score_newcomers(w->s); i++)
		for (uint32_t j = 0; j < score_mentors(w->s); j++)
			n += w->points[i][j] >= 0 &&
			     newcomer_prefers(w, i, j, mate[i]) &&
			     wants(w, mate, j, i);
	return n;
}

/* ---- worlds ---- */

/* Up to four names of the other side, each once. */
static int add_list(char *to, char side, uint32_t size, uint64_t *s)
{
	uint32_t names = 1 + draw(s, 4), drawn[4];
	int n = snprintf(to, 16, "; prefers");

	for (uint32_t k = 0; k < names && k < size; k++) {
		bool is_new = true;

		drawn[k] = draw(s, size);
		for (uint32_t before = 0; before < k; before++)
			is_new &= drawn[before] != drawn[k];
		if (is_new)
			n += snprintf(to + n, 16, " %c%u", side, drawn[k]);
	}
	return n;
}

/* Skills alike, so that points tie and lists and lots decide. */
static void add(struct people *f, char side, uint32_t k, uint32_t newcomers,
    uint32_t mentors, uint64_t *s)
{
	static const char *const SKILL[] = {"go", "sql"};
	char id[16], fields[TEXT];
	int n;

	snprintf(id, sizeof(id), "%c%u", side, k);
	n = snprintf(fields, TEXT,
	    "%s; stack %s:%u; wants %s; langs %s; cap %u; avoids n%u",
	    side == 'n'       ? "newcomer"
	    : draw(s, 8) == 0 ? "both"
			      : "mentor",
	    SKILL[draw(s, 2)], 1 + draw(s, 3), SKILL[draw(s, 2)],
	    draw(s, 12) ? "en" : "fr:B1 en:A1", 1 + draw(s, 5) / 4,
	    draw(s, newcomers));
	n += add_list(fields + n, side == 'n' ? 'm' : 'n',
	    side == 'n' ? mentors : newcomers, s);
	assert_in_range(n, 1, TEXT - 1);
	people_add(f, id, fields);
}

static const struct community *make(struct people *f, uint32_t newcomers,
    uint32_t mentors, uint64_t seed, bool backwards)
{
	uint64_t state[MAX_NEWCOMERS + MAX_MENTORS];
	uint32_t n = newcomers + mentors;

	for (uint32_t k = 0; k < n; k++)
		state[k] = (seed + k) * (seed + 3 * k + 1) << 20;
	for (uint32_t at = 0; at < n; at++) {
		uint32_t k = backwards ? n - 1 - at : at;
		bool mentor = k >= newcomers;

		for (int turn = 0; turn < 8; turn++)
			draw(&state[k], 2);
		add(f, mentor ? 'm' : 'n', mentor ? k - newcomers : k,
		    newcomers, mentors, &state[k]);
	}
	return people_community(f);
}

static struct side *look(
    struct arena *a, const struct community *c, const struct policy *policy)
{
	struct side *w = ARENA_NEW(a, struct side);
	struct err e = {0};

	assert_non_null(w);
	w->c = c;
	assert_int_equal(score_new(a, c, policy, &w->s, &e), ERR_OK);
	assert_in_range(score_newcomers(w->s), 1, MAX_NEWCOMERS);
	assert_in_range(score_mentors(w->s), 1, MAX_MENTORS);
	for (uint32_t i = 0; i < score_newcomers(w->s); i++)
		for (uint32_t j = 0; j < score_mentors(w->s); j++)
			w->points[i][j] = score_points(w->s, i, j);
	return w;
}

static struct plan *run(struct arena *a, const struct community *c,
    enum policy_method method, unsigned threads)
{
	struct policy policy = people_policy();
	struct match_options options = {.seed = LOTS, .threads = threads};
	struct plan *plan = NULL;
	struct err e = {0};

	policy.method = method;
	if (match_run(a, c, &policy, &options, &plan, &e) != ERR_OK ||
	    match_verify(a, c, &policy, plan, 2, &e) != ERR_OK)
		fail_msg("%s", e.detail);
	return plan;
}

static void mates(const struct side *w, const struct plan *plan, uint32_t *mate)
{
	for (uint32_t i = 0; i < score_newcomers(w->s); i++)
		mate[i] = ALONE;
	for (uint32_t k = 0; k < plan->n_pairs; k++)
		mate[score_newcomer_of(w->s, plan->pair[k].newcomer)] =
		    score_mentor_of(w->s, plan->pair[k].mentor);
}

/* ---- tests ---- */

struct all {
	const struct side *w;
	const uint32_t *best;
	uint32_t mate[MAX_NEWCOMERS];
	uint32_t used[MAX_MENTORS], best_used[MAX_MENTORS];
	uint64_t stable;
};

/* Every plan; what is asserted of those that nobody blocks. */
static void each(struct all *x, uint32_t i)
{
	const struct side *w = x->w;

	if (i < score_newcomers(w->s)) {
		x->mate[i] = ALONE;
		each(x, i + 1);
		for (uint32_t j = 0; j < score_mentors(w->s); j++) {
			if (w->points[i][j] < 0 ||
			    x->used[j] == score_capacity(w->s, j))
				continue;
			x->used[j]++;
			x->mate[i] = j;
			each(x, i + 1);
			x->used[j]--;
		}
		return;
	}
	if (count_blocking(w, x->mate) > 0)
		return;
	x->stable++;
	for (i = 0; i < score_newcomers(w->s); i++) {
		assert_false(newcomer_prefers(w, i, x->mate[i], x->best[i]));
		assert_true((x->mate[i] == ALONE) == (x->best[i] == ALONE));
	}
	assert_memory_equal(x->used, x->best_used, sizeof(x->used));
}

static void test_best_for_newcomers(void **state)
{
	uint64_t s = SEED, plans = 0, many = 0;

	(void)state;
	for (int round = 0; round < 400; round++) {
		struct people *f = people_new();
		struct arena *a = arena_new(64 << 20);
		struct policy policy = people_policy();
		uint32_t best[MAX_NEWCOMERS];
		struct all x = {.best = best};
		uint32_t n = 2 + draw(&s, 4) + (round % 40 == 0);

		/* as many places as newcomers, or nearly: else there is hardly
		 * ever more than one stable plan */
		x.w =
		    look(a, make(f, n, n - draw(&s, 4) / 3, s, false), &policy);
		mates(x.w, run(a, x.w->c, POLICY_DEFERRED_ACCEPTANCE, 1), best);
		for (uint32_t i = 0; i < score_newcomers(x.w->s); i++)
			if (best[i] != ALONE)
				x.best_used[best[i]]++;
		assert_int_equal(count_blocking(x.w, best), 0);
		each(&x, 0);
		assert_true(x.stable > 0);
		plans += x.stable;
		many += x.stable > 1;
		arena_free(a);
		people_free(f);
	}
	print_message("%llu stable plans, %llu communities with several\n",
	    (unsigned long long)plans, (unsigned long long)many);
	assert_true(many > 10); /* else nothing was compared */
}

/* cairn explain: the session has the same plan, and of each two who are not together
 * it says who would rather not. */
static void test_why_not_that_mentor(void **state)
{
	uint64_t asked = 0;

	(void)state;
	for (uint64_t round = 0; round < 40; round++) {
		struct people *f = people_new();
		struct arena *a = arena_new(256 << 20);
		struct policy policy = people_policy();
		struct match_options options = {.seed = LOTS};
		struct side *w = look(a, make(f, 12, 8, round, false), &policy);
		uint32_t mate[MAX_NEWCOMERS];
		struct why_answer answer;
		struct why *why;
		struct err e = {0};

		policy.method = POLICY_DEFERRED_ACCEPTANCE;
		mates(w, run(a, w->c, policy.method, 1), mate);
		assert_int_equal(
		    why_open(a, w->c, &policy, &options, &why, &e), ERR_OK);
		assert_int_equal(why_plan(why)->status, PLAN_STABLE);
		for (uint32_t i = 0; i < score_newcomers(w->s); i++)
			for (uint32_t j = 0; j < score_mentors(w->s); j++) {
				assert_int_equal(
				    why_pair(why, score_newcomer(w->s, i),
					score_mentor(w->s, j), &answer, &e),
				    ERR_OK);
				assert_int_equal(
				    answer.is_in_plan, mate[i] == j);
				if (w->points[i][j] < 0 || mate[i] == j)
					continue;
				asked++;
				assert_int_equal(answer.newcomer_stays,
				    !newcomer_prefers(w, i, j, mate[i]));
				assert_int_equal(
				    answer.mentor_stays, !wants(w, mate, j, i));
			}
		arena_free(a);
		people_free(f);
	}
	assert_true(asked > 1000);
}

/* Two who each prefer the other's newcomer: newcomers get their way. */
static void test_newcomers_get_their_way(void **state)
{
	struct people *f = people_new();
	struct arena *a = arena_new(64 << 20);
	const struct plan *plan;

	(void)state;
	people_add(f, "m1", "mentor; prefers n2 n1");
	people_add(f, "m2", "mentor; prefers n1 n2");
	people_add(f, "n1", "newcomer; prefers m1 m2");
	people_add(f, "n2", "newcomer; prefers m2 m1");
	plan = run(a, people_community(f), POLICY_DEFERRED_ACCEPTANCE, 1);
	assert_int_equal(plan->status, PLAN_STABLE);
	assert_int_equal(plan->n_pairs, 2);
	assert_int_equal(plan->pair[0].mentor, people_find(f, "m1"));
	assert_int_equal(plan->pair[1].mentor, people_find(f, "m2"));
	arena_free(a);
	people_free(f);
}

/* Where people do not come first the optimum may serve fewer than a stable plan. */
static void test_more_served_than_in_the_optimum(void **state)
{
	struct people *f = people_new();
	struct arena *a = arena_new(64 << 20);
	struct policy policy = people_policy();
	struct match_options options = {.seed = LOTS};
	const struct community *c;
	struct plan *plan = NULL;
	struct err e = {0};

	(void)state;
	people_add(f, "m1", "mentor; stack go:5; prefers n2 n1");
	people_add(f, "m2", "mentor");
	people_add(f, "n1", "newcomer; wants go; prefers m2 m1");
	people_add(f, "n2", "newcomer; avoids m2; prefers m1");
	c = people_community(f);
	policy.method = POLICY_DEFERRED_ACCEPTANCE;
	policy.people_first = policy.worst_pair = false;
	for (int k = 0; k < CRITERION_COUNT; k++)
		policy.points[k] = k == CRITERION_STACK ? 100 : 0;
	assert_int_equal(match_run(a, c, &policy, &options, &plan, &e), ERR_OK);
	assert_int_equal(plan->bound.n_served, 1);
	assert_int_equal(plan->n_pairs, 2);
	assert_int_equal(match_verify(a, c, &policy, plan, 1, &e), ERR_OK);
	arena_free(a);
	people_free(f);
}

/* Avoided pairs never block, however much either would like the other. */
static void test_avoided_pairs_are_no_pairs(void **state)
{
	struct people *f = people_new();
	struct arena *a = arena_new(64 << 20);
	const struct community *c;

	(void)state;
	people_add(f, "m1", "mentor; stack go:5; prefers n1; avoids n1");
	people_add(f, "n1", "newcomer; wants go; prefers m1");
	c = people_community(f);
	assert_int_equal(
	    run(a, c, POLICY_OPTIMAL, 1)->stability.blocking_pairs, 0);
	assert_int_equal(run(a, c, POLICY_DEFERRED_ACCEPTANCE, 1)->n_pairs, 0);
	arena_free(a);
	people_free(f);
}

static void test_reports(void **state)
{
	uint64_t blocked = 0;

	(void)state;
	for (uint64_t round = 0; round < 12; round++) {
		struct people *f = people_new();
		struct arena *a = arena_new(256 << 20);
		struct policy policy = people_policy();
		struct side *w = look(a,
		    round % 2 ? people_random(f, 120, 40, round)
			      : make(f, 120, 40, round, false),
		    &policy);
		struct plan *plan =
		    run(a, w->c, POLICY_OPTIMAL, (unsigned)(1 + round % 3));
		uint32_t mate[MAX_NEWCOMERS];

		mates(w, plan, mate);
		assert_int_equal(
		    plan->stability.blocking_pairs, count_blocking(w, mate));
		blocked += plan->stability.blocking_pairs;
		plan = run(a, w->c, POLICY_DEFERRED_ACCEPTANCE,
		    (unsigned)(1 + round % 3));
		mates(w, plan, mate);
		assert_int_equal(count_blocking(w, mate), 0);
		assert_int_equal(plan->stability.blocking_pairs, 0);
		assert_true(plan->people_weight <= plan->bound.people_weight);
		arena_free(a);
		people_free(f);
	}
	print_message("%llu blocking pairs\n", (unsigned long long)blocked);
	assert_true(blocked > PLAN_MAX_BLOCKING);
}

/* The pairs of a stable plan, of which some mentors are gone: what few changes leave
 * is counted like any plan. */
static void test_a_repaired_plan(void **state)
{
	uint64_t blocked = 0;

	(void)state;
	for (uint64_t round = 0; round < 12; round++) {
		struct people *f = people_new();
		struct arena *a = arena_new(256 << 20);
		struct policy policy = people_policy();
		struct match_options options = {.seed = LOTS, .threads = 2};
		struct side *w =
		    look(a, make(f, 60, 30, round, false), &policy);
		struct plan *plan = run(a, w->c, POLICY_DEFERRED_ACCEPTANCE, 1);
		struct repair_pair has[MAX_NEWCOMERS];
		uint32_t mate[MAX_NEWCOMERS], n = 0;
		struct repair *repair;
		struct err e = {0};

		for (uint32_t k = (uint32_t)round % 3; k < plan->n_pairs;
		     k += 2)
			has[n++] = (struct repair_pair){
			    plan->pair[k].newcomer, plan->pair[k].mentor};
		assert_int_equal(repair_run(a, w->c, &policy, &options, has, n,
				     (uint32_t)round, &repair, &e),
		    ERR_OK);
		plan->n_pairs = repair->n_pairs;
		plan->pair = repair->pair;
		mates(w, plan, mate);
		assert_int_equal(
		    repair->stability.blocking_pairs, count_blocking(w, mate));
		blocked += repair->stability.blocking_pairs;
		arena_free(a);
		people_free(f);
	}
	assert_true(blocked > 0);
}

static void test_row_order_and_threads(void **state)
{
	(void)state;
	for (uint64_t round = 0; round < 6; round++) {
		struct people *f = people_new(), *g = people_new();
		struct arena *a = arena_new(256 << 20);
		enum policy_method method =
		    round % 2 ? POLICY_DEFERRED_ACCEPTANCE : POLICY_OPTIMAL;
		const struct plan *x =
		    run(a, make(f, 90, 30, round, false), method, 1);
		const struct plan *y =
		    run(a, make(g, 90, 30, round, true), method, 3);

		assert_int_equal(x->n_pairs, y->n_pairs);
		for (uint32_t k = 0; k < x->n_pairs; k++) {
			assert_int_equal(
			    x->pair[k].newcomer, y->pair[k].newcomer);
			assert_int_equal(x->pair[k].mentor, y->pair[k].mentor);
		}
		assert_int_equal(
		    x->stability.blocking_pairs, y->stability.blocking_pairs);
		assert_int_equal(x->stability.n_pairs, y->stability.n_pairs);
		for (uint32_t k = 0; k < x->stability.n_pairs; k++)
			assert_memory_equal(&x->stability.pair[k],
			    &y->stability.pair[k], sizeof(*x->stability.pair));
		arena_free(a);
		people_free(f);
		people_free(g);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_best_for_newcomers),
	    cmocka_unit_test(test_why_not_that_mentor),
	    cmocka_unit_test(test_newcomers_get_their_way),
	    cmocka_unit_test(test_more_served_than_in_the_optimum),
	    cmocka_unit_test(test_avoided_pairs_are_no_pairs),
	    cmocka_unit_test(test_reports),
	    cmocka_unit_test(test_a_repaired_plan),
	    cmocka_unit_test(test_row_order_and_threads),
	};

	print_message("seed %d\n", SEED);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
