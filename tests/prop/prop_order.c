/* Plans of the scheduler do not depend on the order of rows or on the run. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/str.h"
#include "scheduler/schedule.h"
#include "tests/lib/people.h"

enum {
	FIRST = PEOPLE_FIRST_DAY,
	SEED = 20261005,
};

static const char *const ZONE[] = {"UTC", "Europe/Berlin", "Europe/London"};

struct instance {
	struct people *people;
	const struct community *c;
	struct policy policy;
	struct intake in;
};

static struct cohort_plan *run(struct arena *a, const struct instance *t)
{
	struct cohort_plan *plan = NULL;
	struct err e;

	err_clear(&e);
	if (schedule_run(a, t->c, &t->policy, &t->in, NULL, 0, NULL, &plan,
		&e) != ERR_OK ||
	    schedule_check(a, t->c, &t->policy, &t->in, NULL, 0, plan, &e) !=
		ERR_OK)
		fail_msg("%s", e.detail);
	return plan;
}

/* Plans as text by external ids, so that numbering does not matter. */
static char *plan_text(
    struct arena *a, const struct community *c, const struct cohort_plan *p)
{
	struct str s;
	char *copy;

	str_init(&s, 1 << 20);
	str_printf(
	    &s, "%lld %lld\n", (long long)p->objective, (long long)p->bound);
	for (uint32_t k = 0; k < p->n_cohorts; k++) {
		const struct cohort *h = &p->cohort[k];

		str_printf(&s, "%s %s %lld %u:", c->person[h->guide].id,
		    terms_text(c->terms, h->language), (long long)h->session[0],
		    h->n_sessions);
		for (uint32_t i = 0; i < c->n; i++)
			for (uint16_t j = 0; j < h->n_newcomers; j++)
				if (h->newcomers[j] == i)
					str_printf(&s, " %s", c->person[i].id);
		str_putc(&s, '\n');
	}
	for (uint32_t i = 0; i < p->n_unplaced; i++)
		str_printf(&s, "%s %s %s\n",
		    c->person[p->unplaced[i].newcomer].id,
		    unplaced_reason_name(p->unplaced[i].reason),
		    p->unplaced[i].help);
	copy = arena_strdup(a, s.data);
	str_free(&s);
	assert_non_null(copy);
	return copy;
}

static void add_named(struct people *f, unsigned i)
{
	static const char *const LANGS[] = {
	    "en:C1 es:native", "es:C1 de:native", "de:C1 en:native"};
	static const char *const DAY[] = {"Mon", "Tue", "Wed"};
	char id[16], fields[200];

	snprintf(id, sizeof(id), "p%02u", i);
	snprintf(fields, sizeof(fields),
	    "%s; langs %s; zone %s; wants go; stack go:%u; "
	    "hours %s %u:00-%u:00",
	    i % 4 == 0 ? "mentor" : "newcomer", LANGS[i % 3], ZONE[i % 3],
	    1 + i % 5, DAY[i % 2], 16 + i % 3, 19 + i % 3);
	people_add(f, id, fields);
}

/* The order in which people and languages come in changes nothing. */
static void row_order_does_not_matter(void **state)
{
	struct arena *a = arena_new(1 << 27);
	const char *first = NULL;

	(void)state;
	for (unsigned k = 0; k < 4; k++) {
		static const unsigned STEP[] = {1, 5, 7, 35};
		unsigned step = STEP[k];
		struct instance t = {
		    .people = people_new(), .policy = people_policy()};
		struct cohort_plan *plan;
		char *text;

		/* steps prime to 36 walk through everybody */
		for (unsigned i = 0; i < 36; i++)
			add_named(t.people, i * step % 36);
		t.c = people_community(t.people);
		t.in = (struct intake){.name = "order",
		    .anchor = people_zone("Europe/Berlin"),
		    .first_day = FIRST,
		    .last_day = FIRST + 34,
		    .session_minutes = 60,
		    .sessions_per_week = 1,
		    .cohort_min = 2,
		    .cohort_max = 5,
		    .language_level = 4,
		    .cohorts_per_guide = 1,
		    .slots_per_cohort = 1};
		plan = run(a, &t);
		assert_true(plan->n_placed > 0);
		text = plan_text(a, t.c, plan);
		if (first == NULL)
			first = text;
		assert_string_equal(text, first);
		people_free(t.people);
	}
	arena_free(a);
}

static void same_input_same_plan(void **state)
{
	struct instance t = {.people = people_new(), .policy = people_policy()};
	struct arena *a = arena_new(1 << 28);

	(void)state;
	t.c = people_random(t.people, 80, 24, SEED);
	t.in = (struct intake){.name = "again",
	    .anchor = people_zone("Europe/London"),
	    .first_day = FIRST,
	    .last_day = FIRST + 55,
	    .session_minutes = 60,
	    .sessions_per_week = 1,
	    .cohort_min = 2,
	    .cohort_max = 6,
	    .language_level = 4,
	    .allowed_misses = 1,
	    .cohorts_per_guide = 2,
	    .slots_per_cohort = 3};
	assert_string_equal(
	    plan_text(a, t.c, run(a, &t)), plan_text(a, t.c, run(a, &t)));
	people_free(t.people);
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(row_order_does_not_matter),
	    cmocka_unit_test(same_input_same_plan),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
