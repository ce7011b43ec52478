/*
 * The parts of cohort forming on crowds: seats that stay whole under random changes,
 * and pricing that is the same for any number of threads.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "scheduler/improve.h"
#include "tests/lib/people.h"

enum {
	FIRST = PEOPLE_FIRST_DAY,
	SEED = 20261005,
};

static const char *const ZONE[] = {"UTC", "Europe/Berlin", "Europe/London"};

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

/* A table's people can come, are not in two places, and are counted. */
static void check_seats(const struct seats *s)
{
	const struct forming *f = s->f;
	uint32_t seated = 0;
	int64_t value = 0;

	for (uint32_t t = 0; t < s->n_tables; t++) {
		assert_int_equal(s->n[t] > 0, s->opening[t] != SEATS_NONE);
		if (s->n[t] == 0)
			continue;
		assert_in_range(s->n[t], f->in->cohort_min, f->in->cohort_max);
		assert_int_equal(f->opening[s->opening[t]].guide, s->guide[t]);
		assert_true(seats_fits(s, t, s->opening[t]));
		for (uint16_t k = 0; k < s->n[t]; k++) {
			uint32_t i =
			    s->member[(size_t)t * f->in->cohort_max + k];

			assert_int_equal(s->table[i], t);
			assert_true(
			    forming_in(f->opening[s->opening[t]].seats, i));
			value += forming_value(f, s->guide[t], i);
			seated++;
		}
	}
	for (uint32_t i = 0; i < f->n_newcomers; i++)
		seated -= s->table[i] != SEATS_NONE;
	assert_int_equal(seated, 0);
	assert_int_equal(s->value, value);
}

static uint32_t count_seated(const struct seats *s)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < s->f->n_newcomers; i++)
		n += s->table[i] != SEATS_NONE;
	return n;
}

/* People with two evenings each, who share languages and hours with many. */
static const struct community *crowd(
    struct people *f, unsigned newcomers, unsigned guides)
{
	static const char *const LANGS[] = {"en:C1", "de:C1 en:B2", "es:C1"};
	static const char *const DAY[] = {"Mon", "Tue", "Wed", "Thu", "Fri"};
	uint64_t seed = SEED;

	for (unsigned i = 0; i < newcomers + guides; i++) {
		unsigned day = pick(&seed, 4), from = 16 + pick(&seed, 3);
		char id[16], fields[200];

		snprintf(id, sizeof(id), "p%04u", i);
		snprintf(fields, sizeof(fields),
		    "%s; langs %s; zone %s; wants go; stack go:%u; "
		    "hours %s %u:00-%u:00, %s %u:00-%u:30",
		    i < newcomers ? "newcomer" : "mentor",
		    LANGS[pick(&seed, 3)], ZONE[pick(&seed, 3)],
		    1 + pick(&seed, 5), DAY[day], from, from + 3, DAY[day + 1],
		    from, from + 2);
		people_add(f, id, fields);
	}
	return people_community(f);
}

static struct intake wide_intake(void)
{
	return (struct intake){.name = "wide",
	    .anchor = people_zone("Europe/London"),
	    .first_day = FIRST,
	    .last_day = FIRST + 27,
	    .session_minutes = 60,
	    .sessions_per_week = 1,
	    .cohort_min = 3,
	    .cohort_max = 6,
	    .language_level = 4,
	    .allowed_misses = 1,
	    .cohorts_per_guide = 2,
	    .slots_per_cohort = 1};
}

/* Openings change at random: seats stay whole, and the exact assignment, which finds
 * the most people for the same openings, never finds more than the paths did. */
static void seats_stay_whole(void **state)
{
	struct people *people = people_new();
	const struct community *c = crowd(people, 120, 30);
	struct policy policy = people_policy();
	struct intake in = wide_intake();
	struct arena *a = arena_new(1 << 28);
	uint64_t seed = SEED;
	struct forming *f;
	struct seats *s, *exact;
	struct err e;

	(void)state;
	err_clear(&e);
	assert_int_equal(
	    forming_new(a, c, &policy, &in, NULL, 0, &f, &e), ERR_OK);
	assert_true(f->n_openings > 100);
	f->apart_of = ARENA_ARRAY(a, f->n_newcomers + 2, uint32_t);
	s = seats_new(a, f);
	exact = seats_new(a, f);
	for (unsigned k = 0; k < 600; k++) {
		uint32_t t = pick(&seed, s->n_tables), g = s->guide[t];
		uint32_t n = f->first_opening[g + 1] - f->first_opening[g];
		int32_t o = SEATS_NONE;

		if (n > 0 && pick(&seed, 8) > 0)
			o = (int32_t)(f->first_opening[g] + pick(&seed, n));
		if (o != SEATS_NONE && !seats_fits(s, t, o))
			continue;
		seats_change(s, t, o);
		check_seats(s);
		if (k % 20 != 0)
			continue;
		seats_copy(exact, s);
		assert_true(improve_assign(a, exact));
		check_seats(exact);
		assert_true(exact->value >= s->value);
		assert_int_equal(count_seated(exact), count_seated(s));
	}
	assert_true(count_seated(s) > 30);
	arena_free(a);
	people_free(people);
}

/* The same columns and bound from one thread and from several. */
static void threads_change_nothing(void **state)
{
	struct people *people = people_new();
	const struct community *c = crowd(people, 600, 250);
	struct policy policy = people_policy();
	struct intake in = wide_intake();
	struct arena *a = arena_new(1 << 30);
	struct pricer *one, *many;
	const struct column *x, *y;
	struct remainder r;
	struct forming *f;
	struct master *m;
	struct prices prices;
	int64_t excess[2];
	uint32_t n[2];
	struct err e;

	(void)state;
	err_clear(&e);
	assert_int_equal(
	    forming_new(a, c, &policy, &in, NULL, 0, &f, &e), ERR_OK);
	assert_true(
	    (uint64_t)f->n_openings * f->n_newcomers >= PRICING_PARALLEL);
	assert_int_equal(master_new(a, f, NULL, &m, &e), ERR_OK);
	assert_true(master_prices(a, m, &prices));
	r.newcomers = r.openings =
	    memset(ARENA_ARRAY(a, f->n_openings, uint64_t), 0xff,
		f->n_openings * sizeof(uint64_t));
	r.load = f->load;
	for (uint32_t i = 0; i < f->n_newcomers; i++)
		prices.newcomer[i] = 9990 * (int64_t)PRICE_UNIT;
	one = pricing_new(a, f, 1);
	many = pricing_new(a, f, 4);
	pricing_run(one, &prices, &r, 0, &x, &n[0], &excess[0]);
	pricing_run(many, &prices, &r, 0, &y, &n[1], &excess[1]);
	assert_true(n[0] > 100);
	assert_int_equal(n[0], n[1]);
	assert_int_equal(excess[0], excess[1]);
	for (uint32_t k = 0; k < n[0]; k++) {
		assert_int_equal(x[k].opening, y[k].opening);
		assert_int_equal(x[k].gain, y[k].gain);
		assert_memory_equal(x[k].newcomer, y[k].newcomer,
		    x[k].n * sizeof(*x[k].newcomer));
	}
	master_free(m);
	arena_free(a);
	people_free(people);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(seats_stay_whole),
	    cmocka_unit_test(threads_change_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
