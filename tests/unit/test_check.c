/* The checker: a valid plan passes; every mutation of it is caught by name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/instant.h"
#include "scheduler/schedule.h"
#include "tests/lib/people.h"

enum {
	FIRST = PEOPLE_FIRST_DAY,
	MAX_COHORTS = 4,
	MAX_NEWCOMERS = 20,
	MAX_SESSIONS = 20,
};

static const int32_t HOLIDAY[] = {FIRST + 15};

/* A plan whose every part may be written. */
struct fixture {
	struct arena *a;
	struct people *people;
	const struct community *c;
	struct policy policy;
	struct intake in;
	struct busy_time busy;
	uint32_t n_busy;
	struct cohort_plan plan;
	struct cohort cohort[MAX_COHORTS];
	uint32_t newcomer[MAX_COHORTS][MAX_NEWCOMERS];
	struct pattern_part part[MAX_COHORTS][2];
	int64_t session[MAX_COHORTS][MAX_SESSIONS];
	struct unplaced unplaced[MAX_NEWCOMERS];
};

static struct people *small_community(void)
{
	struct people *f = people_new();

	people_add(f, "ana",
	    "mentor; stack go:5; zone Europe/Berlin;"
	    " hours Tue 18:00-20:00, Thu 18:00-20:00");
	people_add(f, "bob",
	    "mentor; zone Europe/Berlin; langs en:C1 de:native;"
	    " hours Wed 18:00-19:00");
	people_add(f, "off", "mentor; cap 0; hours Tue 16:00-19:00");
	for (int i = 0; i < 6; i++) {
		char id[16];

		snprintf(id, sizeof(id), "n%d", i);
		people_add(f, id,
		    i == 5  ? "wants go; zone America/New_York;"
			      " hours Tue 12:00-14:00; avoids n0"
		    : i < 3 ? "wants go; zone Europe/Berlin;"
			      " hours Tue 18:00-19:30"
			    : "zone Europe/Berlin; hours Wed 17:00-19:00");
	}
	people_add(f, "fr", "langs fr:native; hours Tue 16:00-19:00");
	return f;
}

/* Copy the solver's plan into writable room. */
static void copy_plan(struct fixture *x, const struct cohort_plan *p)
{
	assert_true(p->n_cohorts >= 2 && p->n_cohorts <= MAX_COHORTS);
	x->plan = *p;
	x->plan.cohort = x->cohort;
	x->plan.unplaced = x->unplaced;
	memcpy(x->unplaced, p->unplaced, p->n_unplaced * sizeof(*p->unplaced));
	for (uint32_t k = 0; k < p->n_cohorts; k++) {
		struct cohort *h = &x->cohort[k];

		*h = p->cohort[k];
		memcpy(x->newcomer[k], h->newcomers,
		    h->n_newcomers * sizeof(*h->newcomers));
		memcpy(x->part[k], h->part, h->n_parts * sizeof(*h->part));
		memcpy(x->session[k], h->session,
		    h->n_sessions * sizeof(*h->session));
		h->newcomers = x->newcomer[k];
		h->part = x->part[k];
		h->session = x->session[k];
	}
}

static int set_up(void **state)
{
	struct fixture *x = calloc(1, sizeof(*x));
	struct cohort_plan *plan;
	struct err e;

	assert_non_null(x);
	x->a = arena_new(1 << 26);
	x->people = small_community();
	x->c = people_community(x->people);
	x->policy = people_policy();
	x->in = (struct intake){.name = "autumn",
	    .anchor = people_zone("Europe/Berlin"),
	    .first_day = FIRST,
	    .last_day = FIRST + 41,
	    .session_minutes = 60,
	    .sessions_per_week = 1,
	    .cohort_min = 2,
	    .cohort_max = 4,
	    .language_level = 4,
	    .cohorts_per_guide = 1,
	    .slots_per_cohort = 1,
	    .holidays = HOLIDAY,
	    .n_holidays = 1};
	err_clear(&e);
	if (schedule_run(x->a, x->c, &x->policy, &x->in, NULL, 0, NULL, &plan,
		&e) != ERR_OK)
		fail_msg("%s", e.detail);
	copy_plan(x, plan);
	*state = x;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *x = *state;

	people_free(x->people);
	arena_free(x->a);
	free(x);
	return 0;
}

static enum err_code check(struct fixture *x, struct err *e)
{
	struct arena *a = arena_new(1 << 26);
	enum err_code err;

	err_clear(e);
	err = schedule_check(
	    a, x->c, &x->policy, &x->in, &x->busy, x->n_busy, &x->plan, e);
	arena_free(a);
	return err;
}

static void expect_fault(struct fixture *x, const char *words)
{
	struct err e;

	assert_int_equal(check(x, &e), ERR_VALIDATION);
	if (strstr(e.detail, words) == NULL)
		fail_msg("expected \"%s\" in \"%s\"", words, e.detail);
}

static uint32_t find(const struct fixture *x, const char *id)
{
	return people_find(x->people, id);
}

/* ana meets n0-n2 on Tuesdays, bob meets n3 and n4 on Wednesdays */
static void the_plan_itself_is_valid(void **state)
{
	struct fixture *x = *state;
	struct err e;

	if (check(x, &e) != ERR_OK)
		fail_msg("%s", e.detail);
	assert_int_equal(x->plan.n_cohorts, 2);
	assert_int_equal(x->plan.n_placed, 5);
	assert_true(x->plan.optimal);
	assert_int_equal(x->cohort[0].guide, find(x, "ana"));
	assert_int_equal(x->cohort[0].n_newcomers, 3);
	assert_int_equal(x->cohort[0].n_sessions, 5); /* one holiday */
	assert_int_equal(x->cohort[1].n_sessions, 6);
	assert_int_equal(x->part[0][0].local_minute, 18 * 60);
	assert_int_equal(x->plan.n_unplaced, 2);
	assert_int_equal(x->unplaced[0].reason, UNPLACED_NO_LANGUAGE); /* fr */
}

static void strange_guides(void **state)
{
	struct fixture *x = *state;

	x->cohort[0].guide = x->c->n;
	expect_fault(x, "nobody");
	x->cohort[0].guide = find(x, "off");
	expect_fault(x, "off guides a cohort without");
	x->cohort[0].guide = find(x, "n5");
	expect_fault(x, "n5 guides a cohort without");
	x->cohort[0].guide = find(x, "bob");
	expect_fault(x, "outside the hours of bob");
}

static void wrong_sizes_and_people(void **state)
{
	struct fixture *x = *state;
	uint32_t n0 = x->newcomer[0][0];

	x->in.cohort_max = 2;
	expect_fault(x, "3 newcomers");
	x->in.cohort_max = 4;
	x->in.cohort_min = 3;
	expect_fault(x, "2 newcomers");
	x->in.cohort_min = 2;
	x->newcomer[0][0] = x->newcomer[0][1];
	expect_fault(x, "ascending");
	x->newcomer[0][0] = n0;
	x->newcomer[0][2] = x->c->n + 3;
	expect_fault(x, "ascending");
	x->newcomer[0][2] = find(x, "n5"); /* she avoids n0 */
	expect_fault(x, "must not meet");
	x->newcomer[0][0] = find(x, "fr");
	x->newcomer[0][1] = find(x, "n1");
	expect_fault(x, "language");
}

static void somebody_twice_or_never(void **state)
{
	struct fixture *x = *state;
	uint32_t n3 = x->newcomer[1][0];

	x->plan.n_unplaced--;
	expect_fault(x, "once");
	x->plan.n_unplaced++;
	x->unplaced[1].newcomer = n3;
	expect_fault(x, "counted elsewhere");
	x->unplaced[1].newcomer = x->unplaced[0].newcomer;
	expect_fault(x, "counted elsewhere");
	x->unplaced[1].newcomer = find(x, "ana");
	expect_fault(x, "once");
	x->unplaced[1].newcomer = find(x, "n5");
	x->unplaced[1].help = "";
	expect_fault(x, "help");
	x->unplaced[1].help = "some";
	x->unplaced[1].reason = UNPLACED_REASONS;
	expect_fault(x, "reason");
}

static void two_cohorts_of_one_guide(void **state)
{
	struct fixture *x = *state;

	x->plan.cohort[1] = x->plan.cohort[0];
	expect_fault(x, "same time");
	x->in.cohorts_per_guide = 2;
	expect_fault(x, "same time");
}

static void wrong_patterns(void **state)
{
	struct fixture *x = *state;

	x->part[0][0].local_minute += 15;
	expect_fault(x, "not at the cohort's time");
	x->part[0][0].local_minute -= 14;
	expect_fault(x, "one time");
	x->part[0][0].local_minute--;
	x->part[0][0].weekday = 7;
	expect_fault(x, "weekdays");
	x->part[0][0].weekday = 2;
	expect_fault(x, "not at the cohort's time");
	x->part[0][0].weekday = 1;
	x->part[0][0].from_day++;
	expect_fault(x, "first date");
	x->part[0][0].from_day--;
	x->in.sessions_per_week = 2;
	expect_fault(x, "2 weekdays");
}

static void wrong_sessions(void **state)
{
	struct fixture *x = *state;

	x->session[0][4] += 15 * 60;
	expect_fault(x, "session 4");
	x->session[0][4] -= 15 * 60;
	x->cohort[0].n_sessions--;
	expect_fault(x, "session 4");
	x->cohort[0].n_sessions += 2;
	expect_fault(x, "expected 5");
	x->cohort[0].n_sessions--;
	x->session[0][2] = x->session[0][1] + INSTANT_WEEK / 2;
	expect_fault(x, "session 2");
}

static void holidays_are_kept(void **state)
{
	struct fixture *x = *state;
	static const int32_t TUESDAY[] = {FIRST + 8};

	x->in.holidays = TUESDAY;
	expect_fault(x, "session 1");
}

static void nobody_is_double_booked(void **state)
{
	struct fixture *x = *state;

	x->busy = (struct busy_time){
	    find(x, "n1"), x->session[0][3] + 59 * 60, x->session[0][3] + 7200};
	x->n_busy = 1;
	expect_fault(x, "n1 is busy");
	x->in.allowed_misses = 3; /* does not excuse a busy time */
	expect_fault(x, "n1 is busy");
	x->busy.begin += 60;
	struct err e;

	assert_int_equal(check(x, &e), ERR_OK);
}

static void hours_count_on_every_date(void **state)
{
	struct fixture *x = *state;

	x->newcomer[0][2] = find(x, "n4");
	expect_fault(x, "5 sessions lie outside the hours of n4");
	x->in.allowed_misses = 4;
	expect_fault(x, "5 sessions lie outside the hours of n4");
}

static void wrong_numbers(void **state)
{
	struct fixture *x = *state;

	x->plan.n_placed++;
	expect_fault(x, "6 placed");
	x->plan.n_placed--;
	x->plan.fit_points++;
	expect_fault(x, "objective");
	x->plan.fit_points--;
	x->plan.objective--;
	expect_fault(x, "objective");
	x->plan.objective++;
	x->plan.bound++;
	expect_fault(x, "bound");
	x->plan.optimal = false;
	x->plan.bound -= 2;
	expect_fault(x, "bound");
}

static void wrong_order(void **state)
{
	struct fixture *x = *state;
	struct cohort first = x->cohort[0];

	x->cohort[0] = x->cohort[1];
	x->cohort[1] = first;
	expect_fault(x, "ordered");
}

/* Doing what the help says places the newcomer. */
static void the_help_helps(void **state)
{
	struct fixture *x = *state;
	struct cohort_plan *plan;
	struct err e;
	char hours[64], fields[200];
	const char *help = x->unplaced[1].help, *end;

	assert_int_equal(x->unplaced[1].newcomer, find(x, "n5"));
	/* she avoids n0, so only the cohort of bob has a seat for her */
	assert_non_null(strstr(help, "cohort of bob"));
	assert_int_equal(strncmp(help, "hours on ", 9), 0);
	end = strstr(help, " (America/New_York)");
	assert_non_null(end);
	snprintf(hours, sizeof(hours), "%.*s", (int)(end - help - 9), help + 9);
	snprintf(fields, sizeof(fields),
	    "zone America/New_York; hours %s; avoids n0", hours);
	people_free(x->people);
	x->people = people_new();
	people_add(x->people, "bob",
	    "mentor; zone Europe/Berlin; langs en:C1; hours Wed 18:00-19:00");
	people_add(x->people, "n0", "hours Fri 10:00-11:00");
	people_add(
	    x->people, "n3", "zone Europe/Berlin; hours Wed 17:00-19:00");
	people_add(x->people, "n5", fields);
	x->c = people_community(x->people);
	err_clear(&e);
	assert_int_equal(schedule_run(x->a, x->c, &x->policy, &x->in, NULL, 0,
			     NULL, &plan, &e),
	    ERR_OK);
	assert_int_equal(plan->n_placed, 2);
	assert_int_equal(plan->unplaced[0].newcomer, find(x, "n0"));
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(the_plan_itself_is_valid),
	    CASE(strange_guides),
	    CASE(wrong_sizes_and_people),
	    CASE(somebody_twice_or_never),
	    CASE(two_cohorts_of_one_guide),
	    CASE(wrong_patterns),
	    CASE(wrong_sessions),
	    CASE(holidays_are_kept),
	    CASE(nobody_is_double_booked),
	    CASE(hours_count_on_every_date),
	    CASE(wrong_numbers),
	    CASE(wrong_order),
	    CASE(the_help_helps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
