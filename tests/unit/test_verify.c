/*
 * The checker accepts what match_run gives, and names a condition when any one
 * number of plan or certificate is changed. Also: what is said to the unmatched.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "matcher/match.h"
#include "tests/lib/people.h"

struct setup {
	struct people *people;
	struct arena *arena;
	const struct community *community;
	struct policy policy;
	struct plan *plan;
};

static void match(struct setup *t)
{
	struct match_options options = {.seed = 42};
	struct err e = {0};

	if (t->arena == NULL)
		t->arena = arena_new(64 << 20);
	if (t->policy.weeks == 0)
		t->policy = people_policy();
	if (match_run(t->arena, t->community, &t->policy, &options, &t->plan,
		&e) != ERR_OK)
		fail_msg("%s", e.detail);
}

static void done(struct setup *t)
{
	people_free(t->people);
	arena_free(t->arena);
}

static enum err_code verify(const struct setup *t, struct err *e)
{
	struct arena *a = arena_new(64 << 20);
	enum err_code rc;

	*e = (struct err){0};
	rc = match_verify(a, t->community, &t->policy, t->plan, 2, e);
	arena_free(a);
	return rc;
}

static struct setup small(void)
{
	struct setup t = {.people = people_new()};

	t.community = people_random(t.people, 28, 10, 2);
	match(&t);
	return t;
}

static unsigned changes;

#define ASSERT_CAUGHT(t, change, undo)                                       \
	do {                                                                 \
		struct err e_;                                               \
                                                                             \
		change;                                                      \
		changes++;                                                   \
		if (verify((t), &e_) != ERR_VALIDATION || e_.detail[0] == 0) \
			fail_msg("not caught: " #change);                    \
		undo;                                                        \
	} while (0)

#define ASSERT_CAUGHT_BOTH(t, number)                     \
	do {                                              \
		ASSERT_CAUGHT(t, (number)++, (number)--); \
		ASSERT_CAUGHT(t, (number)--, (number)++); \
	} while (0)

static void change_step(struct setup *t, struct certificate_step *step)
{
	for (uint32_t i = 0; i < t->plan->n_newcomers; i++)
		ASSERT_CAUGHT_BOTH(t, step->u[i]);
	for (uint32_t j = 0; j < t->plan->n_mentors; j++)
		ASSERT_CAUGHT_BOTH(t, step->p[j]);
	ASSERT_CAUGHT_BOTH(t, step->objective);
	/* a balanced lie: the sum stays, a pair is no longer covered */
	for (uint32_t i = 0; i < t->plan->n_newcomers; i++)
		if (step->u[i] > 0) {
			step->u[i]--;
			ASSERT_CAUGHT(t, step->objective--, step->objective++);
			step->u[i]++;
		}
}

static void change_bound(struct setup *t)
{
	ASSERT_CAUGHT_BOTH(t, t->plan->bound.people_weight);
	ASSERT_CAUGHT_BOTH(t, t->plan->bound.total_points);
	ASSERT_CAUGHT(
	    t, t->plan->bound.worst_points--, t->plan->bound.worst_points++);
	if (t->plan->status == PLAN_STABLE)
		return; /* no plan at hand reaches it */
	ASSERT_CAUGHT(
	    t, t->plan->bound.worst_points++, t->plan->bound.worst_points--);
	ASSERT_CAUGHT_BOTH(t, t->plan->bound.n_served);
}

static void change_report(struct setup *t)
{
	struct plan_stability *report = &t->plan->stability;

	for (uint32_t k = 0; k < report->n_pairs; k++) {
		struct blocking_pair *pair = &report->pair[k];

		ASSERT_CAUGHT_BOTH(t, pair->newcomer);
		ASSERT_CAUGHT_BOTH(t, pair->mentor);
		ASSERT_CAUGHT_BOTH(t, pair->points);
		ASSERT_CAUGHT_BOTH(t, pair->gain);
	}
	ASSERT_CAUGHT_BOTH(t, report->blocking_pairs);
	if (report->n_pairs > 0)
		ASSERT_CAUGHT(t, report->n_pairs--, report->n_pairs++);
}

static void test_every_number_counts(void **state)
{
	struct setup t = small();
	struct plan *plan = t.plan;
	struct err e;

	(void)state;
	assert_int_equal(verify(&t, &e), ERR_OK);
	assert_true(plan->n_pairs > 3 && plan->n_unmatched > 3);
	assert_true(plan->stability.n_pairs > 1);
	for (uint32_t k = 0; k < plan->n_pairs; k++) {
		struct plan_pair *pair = &plan->pair[k];

		ASSERT_CAUGHT_BOTH(&t, pair->newcomer);
		ASSERT_CAUGHT_BOTH(&t, pair->mentor);
		ASSERT_CAUGHT_BOTH(&t, pair->points);
		ASSERT_CAUGHT_BOTH(&t, pair->shared_minutes);
		for (int c = 0; c < CRITERION_COUNT; c++)
			ASSERT_CAUGHT_BOTH(&t, pair->part[c]);
	}
	for (uint32_t k = 0; k < plan->n_unmatched; k++) {
		ASSERT_CAUGHT_BOTH(&t, plan->unmatched[k].newcomer);
		ASSERT_CAUGHT(&t, plan->unmatched[k].reason++,
		    plan->unmatched[k].reason--);
	}
	ASSERT_CAUGHT(&t, plan->status++, plan->status--);
	ASSERT_CAUGHT_BOTH(&t, plan->n_newcomers);
	ASSERT_CAUGHT_BOTH(&t, plan->n_mentors);
	ASSERT_CAUGHT(&t, plan->n_pairs--, plan->n_pairs++);
	ASSERT_CAUGHT(&t, plan->n_unmatched--, plan->n_unmatched++);
	ASSERT_CAUGHT_BOTH(&t, plan->people_weight);
	ASSERT_CAUGHT_BOTH(&t, plan->worst_points);
	ASSERT_CAUGHT_BOTH(&t, plan->total_points);
	ASSERT_CAUGHT_BOTH(&t, plan->seed);
	ASSERT_CAUGHT_BOTH(&t, plan->solver.allowed_pairs);
	change_bound(&t);
	change_report(&t);
	ASSERT_CAUGHT_BOTH(&t, plan->certificate.people_scale);
	ASSERT_CAUGHT_BOTH(&t, plan->certificate.points_scale);
	change_step(&t, &plan->certificate.people);
	change_step(&t, &plan->certificate.worst);
	change_step(&t, &plan->certificate.total);
	assert_int_equal(verify(&t, &e), ERR_OK);
	print_message("%u changes caught\n", changes);
	done(&t);
}

/* The same of a plan by deferred acceptance; nobody may pass an optimum for it. */
static void test_a_stable_plan(void **state)
{
	struct setup t = {.people = people_new(), .policy = people_policy()};
	struct err e;

	(void)state;
	t.community = people_random(t.people, 28, 10, 2);
	t.policy.method = POLICY_DEFERRED_ACCEPTANCE;
	match(&t);
	assert_int_equal(t.plan->status, PLAN_STABLE);
	assert_int_equal(verify(&t, &e), ERR_OK);
	change_bound(&t);
	change_report(&t);
	t.plan->bound.n_served -= t.plan->n_pairs;
	assert_int_equal(verify(&t, &e), ERR_VALIDATION);
	t.plan->bound.n_served += t.plan->n_pairs;
	change_step(&t, &t.plan->certificate.total);
	t.policy.method = POLICY_OPTIMAL;
	assert_int_equal(verify(&t, &e), ERR_VALIDATION);
	match(&t);
	t.policy.method = POLICY_DEFERRED_ACCEPTANCE;
	assert_true(t.plan->stability.blocking_pairs > 0);
	assert_int_equal(verify(&t, &e), ERR_VALIDATION);
	t.plan->status = PLAN_STABLE;
	t.plan->stability = (struct plan_stability){0};
	assert_int_equal(verify(&t, &e), ERR_VALIDATION);
	assert_non_null(strstr(e.detail, "prefer each other"));
	done(&t);
}

/* More blocking pairs than the plan lists: those with the most gain are there. */
static void test_a_long_report(void **state)
{
	struct setup t = {.people = people_new()};
	struct plan_stability *report;
	struct err e;

	(void)state;
	t.community = people_random(t.people, 300, 80, 4);
	match(&t);
	report = &t.plan->stability;
	assert_true(report->blocking_pairs > PLAN_MAX_BLOCKING);
	assert_int_equal(report->n_pairs, PLAN_MAX_BLOCKING);
	assert_int_equal(verify(&t, &e), ERR_OK);
	for (uint32_t k = 1; k < report->n_pairs; k++)
		assert_true(report->pair[k - 1].gain >= report->pair[k].gain);
	ASSERT_CAUGHT(&t, report->n_pairs--, report->n_pairs++);
	ASSERT_CAUGHT_BOTH(&t, report->blocking_pairs);
	ASSERT_CAUGHT_BOTH(&t, report->pair[PLAN_MAX_BLOCKING - 1].gain);
	done(&t);
}

/* A price is multiplied by places: without a place it would prove nothing and pass
 * unseen, so it must be zero. */
static void test_no_price_without_a_place(void **state)
{
	struct setup t = {.people = people_new()};
	struct err e;

	(void)state;
	people_add(t.people, "ann", "newcomer; wants go");
	people_add(t.people, "bob", "mentor; stack go:5");
	people_add(t.people, "pia", "mentor; stack go:5; cap 0");
	t.community = people_community(t.people);
	match(&t);
	assert_int_equal(t.plan->n_mentors, 2);
	assert_int_equal(verify(&t, &e), ERR_OK);
	t.plan->certificate.total.p[1] = 1;
	assert_int_equal(verify(&t, &e), ERR_VALIDATION);
	assert_non_null(strstr(e.detail, "pia"));
	done(&t);
}

static void test_a_dropped_pair(void **state)
{
	struct setup t = small();
	struct plan *plan = t.plan;
	struct plan_pair *last = &plan->pair[plan->n_pairs - 1];
	struct plan_unmatched *more =
	    ARENA_ARRAY(t.arena, plan->n_unmatched + 1, struct plan_unmatched);
	uint32_t k = 0;
	struct err e;

	(void)state;
	for (; k < plan->n_unmatched &&
	       plan->unmatched[k].newcomer < last->newcomer;
	     k++)
		more[k] = plan->unmatched[k];
	more[k] =
	    (struct plan_unmatched){last->newcomer, UNMATCHED_PLACES_TAKEN, ""};
	for (; k < plan->n_unmatched; k++)
		more[k + 1] = plan->unmatched[k];
	plan->unmatched = more;
	plan->n_unmatched++;
	plan->n_served--;
	plan->n_pairs--;
	plan->total_points -= last->points;
	assert_int_equal(verify(&t, &e), ERR_VALIDATION);
	assert_non_null(strstr(e.detail, "weight served"));
	done(&t);
}

static const struct plan_unmatched *unmatched(
    const struct setup *t, const char *id)
{
	for (uint32_t k = 0; k < t->plan->n_unmatched; k++)
		if (t->plan->unmatched[k].newcomer ==
		    people_find(t->people, id))
			return &t->plan->unmatched[k];
	fail_msg("%s is matched", id);
	return NULL;
}

static void assert_said(const struct setup *t, const char *id,
    enum unmatched_reason reason, const char *help)
{
	const struct plan_unmatched *u = unmatched(t, id);

	assert_string_equal(
	    unmatched_reason_name(u->reason), unmatched_reason_name(reason));
	assert_string_equal(u->help, help);
}

static void test_reasons(void **state)
{
	struct setup t = {.people = people_new()};
	struct err e;

	(void)state;
	people_add(t.people, "ana", "mentor");
	people_add(t.people, "bea",
	    "mentor; langs fr; zone Europe/Berlin; hours Tue 18:00-21:00");
	people_add(
	    t.people, "late", "newcomer; langs fr; hours Tue 18:00-18:30");
	people_add(t.people, "deaf", "newcomer; langs fa");
	people_add(t.people, "learner", "newcomer; langs en:A2");
	people_add(t.people, "first", "newcomer; waits 70");
	people_add(t.people, "second", "newcomer");
	people_add(t.people, "shunned", "newcomer; avoids ana");
	t.community = people_community(t.people);
	match(&t);
	assert_int_equal(t.plan->n_pairs, 1);
	assert_said(&t, "late", UNMATCHED_NO_HOURS,
	    "being free on Tue 17:30-18:00 (UTC) as well would give the 60 "
	    "minutes a week with bea");
	assert_said(&t, "deaf", UNMATCHED_NO_LANGUAGE,
	    "1 mentor shares the hours (ana); one with fa at B1 or better "
	    "would do");
	assert_said(&t, "learner", UNMATCHED_NO_LANGUAGE,
	    "en at B1 instead of A2 would open 1 mentor: ana");
	assert_said(&t, "second", UNMATCHED_PLACES_TAKEN,
	    "one more place at 1 mentor would make room: ana");
	assert_said(&t, "shunned", UNMATCHED_EXCLUDED,
	    "a further mentor would help who speaks en at B1 or better and is "
	    "free 60 minutes a week in their hours (Mon 18:00-20:00, UTC)");
	assert_int_equal(verify(&t, &e), ERR_OK);
	done(&t);
}

/* What help says is true: the same community with the change made. */
static void test_help_is_true(void **state)
{
	struct setup t = {.people = people_new()};

	(void)state;
	people_add(t.people, "bea",
	    "mentor; zone Europe/Berlin; hours Tue 18:00-21:00");
	people_add(t.people, "late", "newcomer; hours Tue 17:30-18:30");
	t.community = people_community(t.people);
	match(&t);
	assert_int_equal(t.plan->n_pairs, 1);
	done(&t);
}

static void test_nobody_at_all(void **state)
{
	struct setup t = {.people = people_new()};
	struct err e;

	(void)state;
	people_add(t.people, "ned", "newcomer");
	people_add(t.people, "ana", "mentor; cap 0");
	t.community = people_community(t.people);
	match(&t);
	assert_int_equal(t.plan->n_pairs, 0);
	assert_said(&t, "ned", UNMATCHED_NO_MENTORS,
	    "1 mentor takes part without a free place: one place would help");
	assert_int_equal(verify(&t, &e), ERR_OK);
	done(&t);
	t = (struct setup){.people = people_new()};
	t.community = people_community(t.people);
	match(&t);
	assert_int_equal(t.plan->n_newcomers, 0);
	assert_int_equal(verify(&t, &e), ERR_OK);
	done(&t);
}

static bool stop_at_once(void *cookie, const struct match_progress *p)
{
	(void)p;
	++*(unsigned *)cookie;
	return true;
}

static void test_stops(void **state)
{
	struct people *f = people_new();
	const struct community *c = people_random(f, 10, 5, 1);
	struct policy policy = people_policy();
	unsigned calls = 0;
	struct match_options options = {
	    .progress = stop_at_once, .cookie = &calls};
	struct arena *a = arena_new(1 << 20);
	struct plan *plan = NULL;
	struct err e = {0};

	(void)state;
	assert_int_equal(
	    match_run(a, c, &policy, &options, &plan, &e), ERR_TIMEOUT);
	assert_int_equal(calls, 1);
	assert_null(plan);
	arena_free(a);
	people_free(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_every_number_counts),
	    cmocka_unit_test(test_a_stable_plan),
	    cmocka_unit_test(test_a_long_report),
	    cmocka_unit_test(test_no_price_without_a_place),
	    cmocka_unit_test(test_a_dropped_pair),
	    cmocka_unit_test(test_reasons),
	    cmocka_unit_test(test_help_is_true),
	    cmocka_unit_test(test_nobody_at_all),
	    cmocka_unit_test(test_stops),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
