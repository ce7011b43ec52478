/* Points and hard rules, each number computed by hand from docs/matching.md. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "matcher/score.h"
#include "tests/lib/people.h"

struct setup {
	struct people *people;
	struct arena *arena;
	struct policy policy;
	struct scorer *scorer;
};

static void add(struct setup *t, const char *id, const char *fields)
{
	if (t->people == NULL) {
		t->people = people_new();
		t->arena = arena_new(16 << 20);
		t->policy = people_policy();
	}
	people_add(t->people, id, fields);
}

static void ready(struct setup *t)
{
	struct err e = {0};

	assert_int_equal(score_new(t->arena, people_community(t->people),
			     &t->policy, &t->scorer, &e),
	    ERR_OK);
}

static void done(struct setup *t)
{
	people_free(t->people);
	arena_free(t->arena);
}

static struct score rate(const struct setup *t, const char *n, const char *m)
{
	uint32_t i = score_newcomer_of(t->scorer, people_find(t->people, n));
	uint32_t j = score_mentor_of(t->scorer, people_find(t->people, m));
	int32_t points = score_points(t->scorer, i, j), sum = 0;
	struct score x;

	score_pair(t->scorer, i, j, &x);
	assert_int_equal(points, x.rule == SCORE_ALLOWED ? x.points : -1);
	for (int c = 0; c < CRITERION_COUNT; c++) {
		assert_in_range(x.part[c], 0, t->policy.points[c]);
		sum += x.part[c];
	}
	assert_int_equal(sum, x.points);
	return x;
}

/* Every criterion at work. Shared: Mon 18-20 and Sat 10-11 in Berlin, 180 min. */
static void test_a_full_pair(void **state)
{
	struct setup t = {0};
	struct score x;

	(void)state;
	add(&t, "ana",
	    "mentor; roles backend; stack go:5 sql:3; langs en:C1 de:native;"
	    "zone Europe/Berlin; hours Mon 17:00-20:00, Sat 10:00-12:00;"
	    "industry health; style call; tags career; years 12;"
	    "prefers cem ben");
	add(&t, "ben",
	    "newcomer; roles fullstack; wants golang sql rust; langs en:B2 "
	    "de:B1; zone Europe/Berlin; hours Mon 18:00-21:00, Sat "
	    "09:00-11:00; industry health-care; style video-call; tags career "
	    "interviews; years 1; prefers ana");
	add(&t, "cem", "newcomer");
	ready(&t);
	x = rate(&t, "ben", "ana");
	assert_int_equal(x.rule, SCORE_ALLOWED);
	assert_int_equal(x.shared_minutes, 180);
	assert_int_equal(x.language_level, 4);
	assert_int_equal(x.part[CRITERION_ROLE], 10);    /* related: 20 / 2 */
	assert_int_equal(x.part[CRITERION_STACK], 16);   /* 30 * 8 / 15 */
	assert_int_equal(x.part[CRITERION_LANGUAGE], 5); /* 10 * 4 / 7 */
	assert_int_equal(x.part[CRITERION_OVERLAP], 15); /* 180 of 180 */
	assert_int_equal(x.part[CRITERION_INDUSTRY], 5);
	assert_int_equal(x.part[CRITERION_STYLE], 5);
	assert_int_equal(x.part[CRITERION_TAGS], 2);       /* 5 * 1 / 2 */
	assert_int_equal(x.part[CRITERION_EXPERIENCE], 8); /* 11 years: 40/50 */
	assert_int_equal(x.part[CRITERION_NEWCOMER_PREFERENCE], 20);
	assert_int_equal(x.part[CRITERION_MENTOR_PREFERENCE], 5); /* second */
	assert_int_equal(x.points, 91);
	done(&t);
}

static void test_absent_things_earn_nothing(void **state)
{
	struct setup t = {0};
	struct score x;

	(void)state;
	add(&t, "ana", "mentor; roles other; industry other");
	add(&t, "ben", "newcomer; roles other; industry other");
	ready(&t);
	x = rate(&t, "ben", "ana");
	/* native English 10, 120 of 180 minutes: 15 * 2 / 3 */
	assert_int_equal(x.points, 20);
	assert_int_equal(x.part[CRITERION_OVERLAP], 10);
	done(&t);
}

/* Who carried less lately earns more; of whom nothing is known, nothing. */
static void test_rested(void **state)
{
	static const struct {
		const char *mentor;
		int points;
	} EXPECTED[] = {
	    {"ana", 5}, {"bea", 2}, {"cem", 1}, {"dan", 0}, {"eve", 0}};
	struct setup t = {0};

	(void)state;
	add(&t, "ana", "mentor; recent 0");
	add(&t, "bea", "mentor; recent 1");
	add(&t, "cem", "mentor; recent 4");
	add(&t, "dan", "mentor; recent 5");
	add(&t, "eve", "mentor");
	add(&t, "nia", "newcomer; recent 0");
	ready(&t);
	for (size_t k = 0; k < sizeof(EXPECTED) / sizeof(*EXPECTED); k++)
		assert_int_equal(
		    rate(&t, "nia", EXPECTED[k].mentor).part[CRITERION_RESTED],
		    EXPECTED[k].points);
	done(&t);
}

/* Without wants the newcomer's own stack is what the mentor should know. */
static void test_stack_stands_in_for_wants(void **state)
{
	struct setup t = {0};

	(void)state;
	add(&t, "ana", "mentor; stack go:4");
	add(&t, "ben", "newcomer; stack go:1 c:2");
	ready(&t);
	assert_int_equal(
	    rate(&t, "ben", "ana").part[CRITERION_STACK], 12); /* 30*4/10 */
	done(&t);
}

static void test_hard_rules(void **state)
{
	struct setup t = {0};

	(void)state;
	add(&t, "ana", "mentor; org acme");
	add(&t, "bea", "both; cap 1");
	add(&t, "cem", "mentor; cap 0");
	add(&t, "dan", "mentor; langs en:A2 fr:native");
	add(&t, "eva", "mentor; hours Mon 18:00-18:45");
	add(&t, "fay", "mentor; avoids ned");
	add(&t, "ned", "newcomer; org acme; langs en:native fr:A2");
	add(&t, "oda", "newcomer; avoids ana");
	t.policy.forbid_same_organization = true;
	ready(&t);
	assert_int_equal(rate(&t, "ned", "ana").rule, SCORE_ORGANISATION);
	assert_int_equal(rate(&t, "bea", "bea").rule, SCORE_SELF);
	assert_int_equal(rate(&t, "bea", "ana").rule, SCORE_ALLOWED);
	assert_int_equal(rate(&t, "ned", "bea").rule, SCORE_ALLOWED);
	assert_int_equal(rate(&t, "ned", "cem").rule, SCORE_NO_PLACE);
	assert_int_equal(rate(&t, "ned", "dan").rule, SCORE_NO_LANGUAGE);
	assert_int_equal(rate(&t, "ned", "eva").rule, SCORE_NO_HOURS);
	assert_int_equal(rate(&t, "ned", "fay").rule, SCORE_AVOIDED);
	assert_int_equal(rate(&t, "oda", "ana").rule, SCORE_AVOIDED);
	assert_int_equal(rate(&t, "oda", "fay").rule, SCORE_ALLOWED);
	done(&t);
}

/*
 * Berlin 18-20 and New York 12-14 are the same hours while they are six hours
 * apart; from 25 October to 1 November they are five, and share one hour less.
 */
static void test_worst_week_counts(void **state)
{
	struct setup t = {0};

	(void)state;
	add(&t, "ana", "mentor; zone Europe/Berlin; hours Wed 18:00-20:00");
	add(&t, "ben",
	    "newcomer; zone America/New_York; hours Wed 12:00-14:00");
	ready(&t);
	assert_int_equal(rate(&t, "ben", "ana").shared_minutes, 60);
	t.policy.weeks = 2; /* before the clocks change */
	ready(&t);
	assert_int_equal(rate(&t, "ben", "ana").shared_minutes, 120);
	done(&t);
}

/* Kathmandu is 5:45 ahead of UTC: the grid of quarters holds it exactly. */
static void test_quarter_hour_zones(void **state)
{
	struct setup t = {0};

	(void)state;
	add(&t, "ana", "mentor; hours Mon 12:15-13:15");
	add(&t, "ben", "newcomer; zone Asia/Kathmandu; hours Mon 18:00-20:00");
	ready(&t);
	assert_int_equal(rate(&t, "ben", "ana").shared_minutes, 60);
	done(&t);
}

static void test_weights_and_value(void **state)
{
	struct setup t = {0};
	struct score_scale scale = {0};
	int64_t value;

	(void)state;
	add(&t, "ana", "mentor; cap 2");
	add(&t, "ben", "newcomer; waits 13");
	add(&t, "cem", "newcomer; waits 9999");
	add(&t, "dan", "newcomer");
	ready(&t);
	assert_int_equal(score_weight(t.scorer, 0), 2);
	assert_int_equal(score_weight(t.scorer, 1), 20);
	assert_int_equal(score_weight(t.scorer, 2), 1);
	scale = score_scale(t.scorer);
	/* two places, 135 points: S = 2 * tie range, M = 271 */
	assert_int_equal(scale.points, 2 * scale.tie_range);
	assert_int_equal(scale.people, 271 * scale.points);
	value = score_value(t.scorer, &scale, 5, 0, 0, 40);
	value -= 2 * scale.people + 40 * scale.points;
	assert_in_range(value, 0, scale.tie_range - 1);
	assert_int_not_equal(score_value(t.scorer, &scale, 5, 0, 0, 40),
	    score_value(t.scorer, &scale, 6, 0, 0, 40));
	done(&t);
}

static void test_domain(void **state)
{
	struct setup t = {0};
	struct err e = {0};
	struct scorer *s = NULL;
	const struct community *c;

	(void)state;
	add(&t, "ana", "mentor");
	c = people_community(t.people);
	t.policy.weeks = 0;
	assert_int_equal(
	    score_new(t.arena, c, &t.policy, &s, &e), ERR_VALIDATION);
	t.policy = people_policy();
	t.policy.points[CRITERION_TAGS] = POLICY_MAX_POINTS + 1;
	assert_int_equal(
	    score_new(t.arena, c, &t.policy, &s, &e), ERR_VALIDATION);
	t.policy = people_policy();
	t.policy.first_day += 5000; /* beyond the zone's table */
	assert_int_equal(
	    score_new(t.arena, c, &t.policy, &s, &e), ERR_VALIDATION);
	assert_non_null(strstr(e.detail, "UTC"));
	assert_null(s);
	done(&t);
}

/* The largest sums that policies and communities of this size can make: no room for
 * ties, and still exact. */
static void test_scale_without_ties(void **state)
{
	struct setup t = {0};
	struct score_scale scale;
	char id[16];

	(void)state;
	for (int i = 0; i < 20000; i++) {
		snprintf(id, sizeof(id), "n%05d", i);
		add(&t, id, "newcomer; waits 9999");
	}
	for (int j = 0; j < 200; j++) {
		snprintf(id, sizeof(id), "m%05d", j);
		add(&t, id, "mentor; cap 100");
	}
	t.policy.wait_weight_max = POLICY_MAX_WAIT_WEIGHT;
	t.policy.wait_days_per_step = 1;
	for (int c = 0; c < CRITERION_COUNT; c++)
		t.policy.points[c] = POLICY_MAX_POINTS;
	ready(&t);
	scale = score_scale(t.scorer);
	assert_int_equal(scale.tie_range, 1);
	assert_int_equal(scale.points, 1);
	assert_int_equal(
	    scale.people, 20000 * CRITERION_COUNT * POLICY_MAX_POINTS + 1);
	assert_int_equal(score_value(t.scorer, &scale, 5, 0, 0, 40),
	    POLICY_MAX_WAIT_WEIGHT * scale.people + 40);
	done(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_a_full_pair),
	    cmocka_unit_test(test_rested),
	    cmocka_unit_test(test_absent_things_earn_nothing),
	    cmocka_unit_test(test_stack_stands_in_for_wants),
	    cmocka_unit_test(test_hard_rules),
	    cmocka_unit_test(test_worst_week_counts),
	    cmocka_unit_test(test_quarter_hour_zones),
	    cmocka_unit_test(test_weights_and_value),
	    cmocka_unit_test(test_domain),
	    cmocka_unit_test(test_scale_without_ties),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
