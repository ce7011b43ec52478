/*
 * Repairs against brute force: of all plans that keep enough of the pairs people
 * have and leave none of these without a mentor, the one that serves the most weight and then has the most points. The bound
 * holds always; where plan and bound do not meet, the plan is still allowed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "matcher/repair_check.h"
#include "matcher/score.h"
#include "tests/lib/people.h"

enum {
	SEED = 20261128,
	ROUNDS = 150,
	MAX_PEOPLE = 16,
};

struct world {
	struct people *people;
	struct arena *arena;
	struct policy policy;
	const struct community *community;
	struct scorer *scorer;
	uint32_t n_has;
	struct repair_pair has[MAX_PEOPLE];
	uint32_t keep[MAX_PEOPLE]; /* mentor number by newcomer number */
	uint32_t n_allowed;        /* of the pairs that people have */
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
		    "%s; %s %u",
		    is_mentor ? "mentor" : "newcomer", SKILL[draw(s, 4)],
		    1 + draw(s, 5), SKILL[draw(s, 4)], DAY[draw(s, 2)],
		    19 + draw(s, 3), draw(s, 5) ? "en" : "fr:B1 en:A1",
		    is_mentor ? "cap" : "waits",
		    is_mentor ? 1 + draw(s, 2) : draw(s, 30));
		people_add(f, id, fields);
	}
}

/* Some pairs, within the places; one in eight is not allowed (any more). */
static void draw_pairs(struct world *w, uint64_t *s)
{
	uint32_t used[MAX_PEOPLE] = {0};

	for (uint32_t i = 0; i < score_newcomers(w->scorer); i++) {
		uint32_t j = draw(s, score_mentors(w->scorer));
		bool is_allowed = score_points(w->scorer, i, j) >= 0;

		w->keep[i] = UINT32_MAX;
		if (draw(s, 4) == 0 ||
		    used[j] == score_capacity(w->scorer, j) ||
		    (!is_allowed && draw(s, 4) > 0))
			continue;
		w->has[w->n_has++] = (struct repair_pair){
		    score_newcomer(w->scorer, i), score_mentor(w->scorer, j)};
		if (!is_allowed)
			continue;
		used[j]++;
		w->keep[i] = j;
		w->n_allowed++;
	}
}

static void make(struct world *w, uint64_t *s)
{
	struct err e = {0};

	*w = (struct world){.people = people_new(),
	    .arena = arena_new(256 << 20),
	    .policy = people_policy()};
	add_people(w->people, s, 3 + draw(s, 4), 2 + draw(s, 3));
	w->community = people_community(w->people);
	assert_int_equal(
	    score_new(w->arena, w->community, &w->policy, &w->scorer, &e),
	    ERR_OK);
	draw_pairs(w, s);
}

static void brute(const struct world *w, uint32_t i, uint32_t *used,
    uint32_t kept, uint32_t need, struct goals now, struct goals *best)
{
	if (i == score_newcomers(w->scorer)) {
		if (kept >= need &&
		    (now.weight > best->weight || (now.weight == best->weight &&
						      now.total > best->total)))
			*best = now;
		return;
	}
	if (w->keep[i] == UINT32_MAX) /* the others may move, not lose */
		brute(w, i + 1, used, kept, need, now, best);
	for (uint32_t j = 0; j < score_mentors(w->scorer); j++) {
		int32_t points = score_points(w->scorer, i, j);
		struct goals then = {now.weight + score_weight(w->scorer, i),
		    now.total + points};

		if (points < 0 || used[j] == score_capacity(w->scorer, j))
			continue;
		used[j]++;
		brute(
		    w, i + 1, used, kept + (w->keep[i] == j), need, then, best);
		used[j]--;
	}
}

/* Feasible, and what it says of itself. */
static void assert_plan(const struct world *w, const struct repair *r)
{
	uint32_t used[MAX_PEOPLE] = {0}, kept = 0;
	struct goals goals = {0};

	for (uint32_t k = 0; k < r->n_pairs; k++) {
		uint32_t i = score_newcomer_of(w->scorer, r->pair[k].newcomer);
		uint32_t j = score_mentor_of(w->scorer, r->pair[k].mentor);
		int32_t points = score_points(w->scorer, i, j);

		assert_true(points >= 0);
		assert_true(++used[j] <= score_capacity(w->scorer, j));
		assert_true(
		    k == 0 || r->pair[k - 1].newcomer < r->pair[k].newcomer);
		goals.weight += score_weight(w->scorer, i);
		goals.total += points;
		kept += w->keep[i] == j;
	}
	assert_int_equal(r->goals.people_weight, goals.weight);
	assert_int_equal(r->goals.total_points, goals.total);
	assert_int_equal(r->n_kept, kept);
	assert_int_equal(r->n_changed, w->n_allowed - kept);
	assert_int_equal(r->n_ended, w->n_has - w->n_allowed);
}

static enum err_code check(
    const struct world *w, const struct repair *r, uint32_t changes)
{
	struct err e = {0};

	return repair_check(w->arena, w->community, &w->policy, w->has,
	    w->n_has, changes, r, &e);
}

/* The checker passes it, and nothing that is a little different. */
static void assert_checked(
    const struct world *w, const struct repair *r, uint32_t changes)
{
	struct plan_pair pair[MAX_PEOPLE];
	struct repair other = *r;

	assert_true(r->n_pairs < MAX_PEOPLE);
	assert_int_equal(check(w, r, changes), ERR_OK);
	if (r->n_changed > 0)
		assert_int_equal(check(w, r, r->n_changed - 1), ERR_VALIDATION);
	other.n_kept++;
	assert_int_equal(check(w, &other, changes), ERR_VALIDATION);
	other = *r;
	other.goals.total_points++;
	assert_int_equal(check(w, &other, changes), ERR_VALIDATION);
	if (r->n_pairs == 0)
		return;
	other = *r;
	other.pair = pair;
	memcpy(pair, r->pair, r->n_pairs * sizeof(*pair));
	pair[0].points++;
	assert_int_equal(check(w, &other, changes), ERR_VALIDATION);
	pair[0] = r->pair[0];
	pair[r->n_pairs] = pair[0];
	other.n_pairs++;
	assert_int_equal(check(w, &other, changes), ERR_VALIDATION);
	other.n_pairs = r->n_pairs - 1; /* the last loses a mentor */
	assert_int_equal(check(w, &other, changes), ERR_VALIDATION);
}

/* 1 when proved optimal. */
static unsigned assert_best(
    const struct world *w, const struct repair *r, uint32_t changes)
{
	uint32_t used[MAX_PEOPLE] = {0};
	uint32_t need = changes < w->n_allowed ? w->n_allowed - changes : 0;
	struct goals best = {-1, 0};

	assert_plan(w, r);
	assert_checked(w, r, changes);
	assert_true(r->n_changed <= changes);
	brute(w, 0, used, 0, need, (struct goals){0, 0}, &best);
	assert_true(r->bound.people_weight > best.weight ||
		    (r->bound.people_weight == best.weight &&
			r->bound.total_points >= best.total));
	if (!r->is_optimal)
		return 0;
	assert_int_equal(r->goals.people_weight, best.weight);
	assert_int_equal(r->goals.total_points, best.total);
	return 1;
}

static void test_brute_force(void **state)
{
	unsigned optimal = 0, all = 0;
	uint64_t s = SEED;

	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		struct match_options o = {0};
		struct repair **plan;
		struct world w;
		struct err e = {0};
		uint32_t n;

		make(&w, &s);
		assert_int_equal(
		    repair_frontier(w.arena, w.community, &w.policy, &o, w.has,
			w.n_has, MAX_PEOPLE, &plan, &n, &e),
		    ERR_OK);
		assert_true(n > 0);
		for (uint32_t k = 0; k < n; k++) {
			struct repair *alone;

			optimal += assert_best(&w, plan[k], k);
			all++;
			assert_int_equal(
			    repair_run(w.arena, w.community, &w.policy, &o,
				w.has, w.n_has, k, &alone, &e),
			    ERR_OK);
			assert_int_equal(alone->goals.total_points,
			    plan[k]->goals.total_points);
		}
		/* more changes are of no use */
		optimal += assert_best(&w, plan[n - 1], UINT32_MAX);
		all++;
		arena_free(w.arena);
		people_free(w.people);
	}
	print_message("%u of %u proved optimal\n", optimal, all);
	assert_true(optimal > all * 9 / 10);
}

static void test_refusals(void **state)
{
	struct match_options o = {0};
	struct repair *r;
	struct err e = {0};
	struct people *f = people_new();
	struct arena *a = arena_new(64 << 20);
	struct policy policy = people_policy();
	const struct community *c;
	struct repair_pair has[2];

	(void)state;
	people_add(f, "ana", "mentor; cap 1");
	people_add(f, "ben", "newcomer");
	people_add(f, "cem", "newcomer");
	c = people_community(f);
	has[0] =
	    (struct repair_pair){people_find(f, "ben"), people_find(f, "ana")};
	has[1] =
	    (struct repair_pair){people_find(f, "cem"), people_find(f, "ana")};
	assert_int_equal(
	    repair_run(a, c, &policy, &o, has, 2, 0, &r, &e), ERR_VALIDATION);
	assert_string_equal(
	    e.detail, "ana has more newcomers than the 1 places");
	has[1].newcomer = has[0].newcomer;
	assert_int_equal(
	    repair_run(a, c, &policy, &o, has, 2, 0, &r, &e), ERR_VALIDATION);
	assert_string_equal(e.detail, "ben has two mentors");
	has[0].newcomer = has[0].mentor;
	assert_int_equal(
	    repair_run(a, c, &policy, &o, has, 1, 0, &r, &e), ERR_VALIDATION);
	assert_string_equal(e.detail, "ana is not a newcomer");
	arena_free(a);
	people_free(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_brute_force),
	    cmocka_unit_test(test_refusals),
	};

	print_message("seed %d\n", SEED);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
