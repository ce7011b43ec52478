/*
 * The ledger's claim: nobody of a cohort bears more than one session above the fair share,
 * or the plan says so, and what it says of each time that looks better is true.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/instant.h"
#include "scheduler/schedule.h"
#include "tests/lib/brute.h"
#include "tests/lib/people.h"

enum {
	FIRST = PEOPLE_FIRST_DAY,
	SEED = 20261130,
	INSTANCES = 60,
	MAX_PEOPLE = 6,
};

static const char *const ZONE[] = {"UTC", "Europe/Berlin", "America/New_York",
    "Asia/Kathmandu", "Asia/Tokyo", "America/Sao_Paulo", "Australia/Sydney"};

static uint64_t draw(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

static unsigned pick(uint64_t *state, unsigned n)
{
	return (unsigned)(draw(state) % n);
}

struct instance {
	struct people *people;
	const struct community *c;
	struct policy policy;
	struct intake in;
};

/* A guide and some newcomers far apart, whom one cohort holds. */
static void make(struct instance *t, uint64_t *seed)
{
	unsigned n = 3 + pick(seed, MAX_PEOPLE - 3);

	memset(t, 0, sizeof(*t));
	t->people = people_new();
	t->policy = people_policy();
	for (unsigned i = 0; i < n; i++) {
		unsigned from = pick(seed, 8), to = 20 + pick(seed, 5);
		char id[8], fields[200];

		snprintf(id, sizeof(id), "p%u", i % 10);
		snprintf(fields, sizeof(fields),
		    "%s; zone %s; hours Tue %02u:00-%02u:00, Wed %02u:00-%02u:00,"
		    " Thu %02u:00-%02u:00; volunteer %u; carried %u%s",
		    i == 0 ? "mentor" : "newcomer", ZONE[pick(seed, 7)], from,
		    to, from, to, from, to,
		    pick(seed, 3) == 0 ? 1 + pick(seed, 3) : 0,
		    pick(seed, 3) == 0 ? pick(seed, 60) : 0,
		    pick(seed, 4) == 0 ? "; likes Wed 10:00-12:00" : "");
		people_add(t->people, id, fields);
	}
	t->c = people_community(t->people);
	t->in = (struct intake){.name = "fair",
	    .anchor = people_zone(ZONE[pick(seed, 7)]),
	    .first_day = FIRST,
	    .last_day = FIRST + 27,
	    .session_minutes = 60,
	    .sessions_per_week = 1,
	    .cohort_min = (uint8_t)(n - 1),
	    .cohort_max = (uint8_t)(n - 1),
	    .language_level = 4,
	    .allowed_misses = (uint8_t)pick(seed, 2),
	    .cohorts_per_guide = 1,
	    .slots_per_cohort = (uint8_t)(1 + pick(seed, 3))};
}

static unsigned day_of_bits(uint8_t weekdays)
{
	unsigned day = 0;

	while ((weekdays >> day & 1) == 0)
		day++;
	assert_int_equal(weekdays, 1u << day);
	return day;
}

/* Everything that is said of one time. */
static void check_kinder(const struct instance *t, const struct cohort *h,
    const struct kinder *k, unsigned *seen)
{
	unsigned day = day_of_bits(k->weekdays);
	int missed =
	    brute_misses(&t->in, t->c, k->who, NULL, 0, day, k->local_minute);
	bool is_guide = k->who == h->guide;

	seen[k->reason]++;
	if (k->reason == KINDER_NOT_FREE)
		assert_true(missed > (is_guide ? 0 : t->in.allowed_misses));
	else
		for (uint32_t i = 0; i <= h->n_newcomers; i++) {
			uint32_t p = i == 0 ? h->guide : h->newcomers[i - 1];

			assert_in_range(brute_misses(&t->in, t->c, p, NULL, 0,
					    day, k->local_minute),
			    0, p == h->guide ? 0 : t->in.allowed_misses);
		}
	if (k->reason == KINDER_MISSES)
		assert_true(missed > 0 && !is_guide);
	assert_int_not_equal(k->reason, KINDER_ELSEWHERE);
	assert_int_not_equal(k->reason, KINDER_NOT_SEARCHED);
}

/* Who bears more than a session above the share, by what the plan says they bear
 * (schedule_check recounts that); each must be told of. */
static void check_shares(
    const struct instance *t, const struct cohort *h, unsigned *seen)
{
	double load = 0, shares = 0;
	uint16_t told = 0;

	for (uint32_t i = 0; i <= h->n_newcomers; i++) {
		load += h->bearing[i].points + h->bearing[i].carried;
		shares += 1 + t->c->person[h->bearing[i].person].volunteer;
	}
	for (uint32_t i = 0; i <= h->n_newcomers; i++) {
		const struct bearing *b = &h->bearing[i];
		double share =
		    load / shares * (1 + t->c->person[b->person].volunteer);
		double above = b->points + b->carried - share - b->dearest;

		assert_true(
		    b->share <= share + 1e-6 && share < b->share + 1.0001);
		if (b->points == 0 || above < 1e-6)
			continue;
		assert_true(told < h->n_over);
		assert_int_equal(h->over[told].person, b->person);
		for (uint8_t k = 0; k < h->over[told].n_kinder; k++)
			check_kinder(t, h, &h->over[told].kinder[k], seen);
		told++;
	}
	assert_int_equal(told, h->n_over);
}

/* A plan that says something else of what people bear does not pass. */
static void forge(const struct instance *t, struct arena *a,
    struct cohort_plan *plan, struct err *e)
{
	struct cohort *h = &plan->cohort[0];
	const struct bearing *said = h->bearing;
	struct bearing b[MAX_PEOPLE];

	memcpy(b, said, (h->n_newcomers + 1u) * sizeof(*b));
	b[0].points++;
	h->bearing = b;
	assert_int_equal(
	    schedule_check(a, t->c, &t->policy, &t->in, NULL, 0, plan, e),
	    ERR_VALIDATION);
	h->bearing = said;
	err_clear(e);
	if (h->n_over > 0) {
		h->n_over--;
		assert_int_equal(schedule_check(a, t->c, &t->policy, &t->in,
				     NULL, 0, plan, e),
		    ERR_VALIDATION);
		err_clear(e);
	}
}

static void nobody_bears_more_than_is_said(void **state)
{
	unsigned seen[KINDER_REASONS] = {0}, cohorts = 0, fair = 0;
	uint64_t seed = SEED;

	(void)state;
	print_message("seed %d\n", SEED);
	for (unsigned k = 0; k < INSTANCES; k++) {
		struct arena *a = arena_new(1 << 28);
		struct cohort_plan *plan = NULL;
		struct instance t;
		struct err e;

		err_clear(&e);
		make(&t, &seed);
		assert_int_equal(schedule_run(a, t.c, &t.policy, &t.in, NULL, 0,
				     NULL, &plan, &e),
		    ERR_OK);
		assert_int_equal(
		    schedule_check(a, t.c, &t.policy, &t.in, NULL, 0, plan, &e),
		    ERR_OK);
		for (uint32_t i = 0; i < plan->n_cohorts; i++) {
			cohorts++;
			fair += plan->cohort[i].n_over == 0;
			check_shares(&t, &plan->cohort[i], seen);
		}
		if (plan->n_cohorts > 0)
			forge(&t, a, plan, &e);
		people_free(t.people);
		arena_free(a);
	}
	print_message(
	    "%u cohorts, %u fair; not free %u, misses %u, others %u\n", cohorts,
	    fair, seen[KINDER_NOT_FREE], seen[KINDER_MISSES],
	    seen[KINDER_OTHERS]);
	assert_true(cohorts > INSTANCES / 4 && fair > 5 && fair < cohorts);
	assert_true(seen[KINDER_NOT_FREE] > 0 && seen[KINDER_OTHERS] > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(nobody_bears_more_than_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
