/*
 * The scheduler against brute force: who can come when, the best plan of tiny
 * communities over all partitions, and bounds.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/instant.h"
#include "matcher/score.h"
#include "scheduler/master.h"
#include "tests/lib/brute.h"
#include "tests/lib/people.h"

enum {
	FIRST = PEOPLE_FIRST_DAY,
	SEED = 20261005,
	INSTANCES = 120,
	MAX_PEOPLE = 12,
	MAX_PATTERNS = SLOTS_MAX_PATTERNS,
	PATTERN_WORDS = (MAX_PATTERNS + 63) / 64,
};

static const char *const ZONE[] = {"UTC", "Europe/Berlin", "Europe/London",
    "America/New_York", "Asia/Kathmandu", "Asia/Tokyo", "America/Sao_Paulo",
    "Australia/Sydney"};

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

/* One tiny community: a few people around a few evenings, so that some meet. */
struct tiny {
	struct people *people;
	const struct community *c;
	struct policy policy;
	struct intake in;
	struct busy_time busy[2];
	uint32_t n_busy;
};

static int32_t holiday_of_tiny[] = {FIRST + 16};

static void add_tiny_person(
    struct tiny *t, uint64_t *seed, const char *id, const char *side, bool near)
{
	static const char *const DAY[] = {"Tue", "Wed", "Thu"};
	static const char *const ORG[] = {"", "; org acme", "; org other"};
	static const char *const LANGS[] = {
	    "en:C1", "de:native", "en:B2 de:C1", "de:B2 en:native"};
	unsigned from = 10 + pick(seed, 6), day = pick(seed, 2);
	char fields[300];

	snprintf(fields, sizeof(fields),
	    "%s; zone %s; langs %s; wants go; stack go:%u; "
	    "hours %s %02u:00-%02u:30, %s %02u:15-%02u:00; avoids %s%s",
	    side, ZONE[near ? 1 + pick(seed, 2) : pick(seed, 8)],
	    LANGS[pick(seed, 4)], 1 + pick(seed, 5), DAY[day], from,
	    from + 1 + pick(seed, 4), DAY[day + 1], from, from + 2,
	    pick(seed, 4) == 0 ? "a1" : "a0", ORG[pick(seed, 3)]);
	people_add(t->people, id, fields);
}

static void make_tiny(struct tiny *t, uint64_t *seed)
{
	unsigned mentors = 1 + pick(seed, 3), newcomers = 2 + pick(seed, 4);
	bool near = pick(seed, 4) != 0;
	char id[8];

	memset(t, 0, sizeof(*t));
	t->people = people_new();
	for (unsigned i = 0; i < mentors; i++) {
		snprintf(id, sizeof(id), "m%u", i % 10);
		add_tiny_person(
		    t, seed, id, pick(seed, 4) == 0 ? "both" : "mentor", near);
	}
	for (unsigned i = 0; i < newcomers; i++) {
		snprintf(id, sizeof(id), "a%u", i % 10);
		add_tiny_person(t, seed, id, "newcomer", near);
	}
	t->c = people_community(t->people);
	t->policy = people_policy();
	t->in = (struct intake){.name = "tiny",
	    .anchor = people_zone(ZONE[pick(seed, 8)]),
	    .first_day = FIRST + (int)pick(seed, 7),
	    .last_day = FIRST + 27,
	    .session_minutes = (uint16_t)(30 + 15 * pick(seed, 3)),
	    .sessions_per_week = (uint8_t)(1 + (pick(seed, 4) == 0)),
	    .cohort_min = (uint8_t)(1 + pick(seed, 2)),
	    .cohort_max = (uint8_t)(2 + pick(seed, 2)),
	    .language_level = 4,
	    .allowed_misses = (uint8_t)pick(seed, 3),
	    .cohorts_per_guide = (uint8_t)(1 + pick(seed, 2)),
	    .slots_per_cohort = (uint8_t)(1 + pick(seed, 3)),
	    .most_per_organization = (uint8_t)pick(seed, 3),
	    .holidays = holiday_of_tiny,
	    .n_holidays = 1};
	for (; t->n_busy < pick(seed, 3); t->n_busy++) {
		int64_t begin =
		    (FIRST + 8 + (int)pick(seed, 14)) * (int64_t)INSTANT_DAY +
		    (10 + pick(seed, 9)) * INSTANT_HOUR;

		t->busy[t->n_busy] = (struct busy_time){
		    pick(seed, t->c->n), begin, begin + 3 * INSTANT_HOUR};
	}
}

/* The brute model: patterns as bits, per person those they can be at. */
struct brute {
	const struct tiny *t;
	struct pattern pattern[MAX_PATTERNS];
	uint32_t n_patterns;
	uint64_t guides[MAX_PEOPLE][PATTERN_WORDS]; /* without a miss */
	uint64_t comes[MAX_PEOPLE][PATTERN_WORDS];
	int64_t fit[MAX_PEOPLE][MAX_PEOPLE]; /* newcomer, guide */
	int64_t best;
	/* the partition under construction */
	uint32_t seat_guide[2 * MAX_PEOPLE], n_seats;
	uint32_t member[2 * MAX_PEOPLE][MAX_PEOPLE];
	uint32_t n_members[2 * MAX_PEOPLE];
	uint32_t newcomer[MAX_PEOPLE], n_newcomers;
};

static void fill_brute_patterns(struct brute *b)
{
	static int misses[MAX_PEOPLE][WEEK_SLOTS];
	const struct tiny *t = b->t;

	for (uint32_t p = 0; p < t->c->n; p++)
		for (unsigned s = 0; s < WEEK_SLOTS; s++)
			misses[p][s] =
			    brute_misses(&t->in, t->c, p, t->busy, t->n_busy,
				s / SLOTS_PER_DAY, s % SLOTS_PER_DAY * 15);
	for (unsigned days = 1; days < 128; days++)
		for (unsigned q = 0; q < SLOTS_PER_DAY; q++) {
			bool usable =
			    __builtin_popcount(days) == t->in.sessions_per_week;
			uint32_t at = b->n_patterns;

			for (unsigned d = 0; d < 7; d++)
				if ((days >> d & 1) != 0 &&
				    misses[0][d * SLOTS_PER_DAY + q] ==
					BRUTE_UNUSABLE)
					usable = false;
			if (!usable)
				continue;
			b->pattern[b->n_patterns++] =
			    (struct pattern){(uint8_t)days, (uint16_t)q};
			for (uint32_t p = 0; p < t->c->n; p++) {
				int sum = 0;

				for (unsigned d = 0; d < 7; d++)
					if ((days >> d & 1) != 0)
						sum +=
						    misses[p]
							  [d * SLOTS_PER_DAY +
							      q];
				if (sum == 0)
					forming_put(b->guides[p], at);
				if (sum <= t->in.allowed_misses)
					forming_put(b->comes[p], at);
			}
		}
}

static void fill_brute(struct brute *b, const struct tiny *t, struct arena *a)
{
	struct policy dated = schedule_policy(&t->policy, &t->in);
	struct scorer *s;
	struct score score;
	struct err e;

	memset(b, 0, sizeof(*b));
	b->t = t;
	err_clear(&e);
	assert_int_equal(score_new(a, t->c, &dated, &s, &e), ERR_OK);
	fill_brute_patterns(b);
	for (uint32_t i = 0; i < t->c->n; i++) {
		if (person_is_newcomer(&t->c->person[i]))
			b->newcomer[b->n_newcomers++] = i;
		for (uint32_t g = 0; g < t->c->n; g++) {
			if (!person_is_newcomer(&t->c->person[i]) ||
			    !person_is_mentor(&t->c->person[g]))
				continue;
			score_pair(s, score_newcomer_of(s, i),
			    score_mentor_of(s, g), &score);
			b->fit[i][g] = score.points;
		}
	}
	for (uint32_t g = 0; g < t->c->n; g++)
		for (uint8_t k = 0; person_is_mentor(&t->c->person[g]) &&
				    k < t->in.cohorts_per_guide;
		     k++)
			b->seat_guide[b->n_seats++] = g;
}

static bool brute_avoids(const struct community *c, uint32_t x, uint32_t y)
{
	for (uint16_t i = 0; i < c->person[x].n_avoid; i++)
		if (c->person[x].avoid[i] == y)
			return true;
	for (uint16_t i = 0; i < c->person[y].n_avoid; i++)
		if (c->person[y].avoid[i] == x)
			return true;
	return false;
}

static bool all_speak(const struct brute *b, uint32_t seat)
{
	const struct community *c = b->t->c;
	const struct person *g = &c->person[b->seat_guide[seat]];

	for (uint16_t l = 0; l < g->n_languages; l++) {
		uint32_t term = g->languages[l].term;
		bool all = g->languages[l].level >= 4;

		for (uint32_t i = 0; i < b->n_members[seat]; i++)
			all =
			    all && forming_level(&c->person[b->member[seat][i]],
				       term) >= 4;
		if (all)
			return true;
	}
	return false;
}

/* Patterns at which a seat's people can meet; false when there is none. */
static bool seat_patterns(
    const struct brute *b, uint32_t seat, uint64_t ret[PATTERN_WORDS])
{
	uint64_t any = 0;

	memcpy(
	    ret, b->guides[b->seat_guide[seat]], PATTERN_WORDS * sizeof(*ret));
	for (unsigned w = 0; w < PATTERN_WORDS; w++) {
		for (uint32_t i = 0; i < b->n_members[seat]; i++)
			ret[w] &= b->comes[b->member[seat][i]][w];
		any |= ret[w];
	}
	return any != 0;
}

/* Two cohorts of one guide need patterns that do not overlap. */
static bool can_separate(const struct brute *b, uint32_t x, uint32_t y)
{
	uint64_t px[PATTERN_WORDS], py[PATTERN_WORDS];
	unsigned quarters = b->t->in.session_minutes / 15;

	seat_patterns(b, x, px);
	seat_patterns(b, y, py);
	for (uint32_t i = 0; i < b->n_patterns; i++)
		for (uint32_t j = 0; forming_in(px, i) && j < b->n_patterns;
		     j++)
			if (forming_in(py, j) &&
			    !slots_patterns_overlap(
				&b->pattern[i], &b->pattern[j], quarters))
				return true;
	return false;
}

static bool is_mixed(const struct brute *b, uint32_t seat, uint32_t person)
{
	uint32_t mine = b->t->c->person[person].organization, same = 0;

	for (uint32_t i = 0; i < b->n_members[seat]; i++)
		same +=
		    b->t->c->person[b->member[seat][i]].organization == mine;
	return mine == TERM_NONE || b->t->in.most_per_organization == 0 ||
	       same <= b->t->in.most_per_organization;
}

static bool partition_holds(const struct brute *b, int64_t *value)
{
	uint64_t scratch[PATTERN_WORDS];

	*value = 0;
	for (uint32_t s = 0; s < b->n_seats; s++) {
		uint32_t g = b->seat_guide[s], n = b->n_members[s];

		if (n == 0)
			continue;
		if (n < b->t->in.cohort_min || n > b->t->in.cohort_max ||
		    !all_speak(b, s) || !seat_patterns(b, s, scratch))
			return false;
		for (uint32_t i = 0; i < n; i++) {
			uint32_t x = b->member[s][i];

			if (x == g || brute_avoids(b->t->c, x, g) ||
			    !is_mixed(b, s, x))
				return false;
			for (uint32_t j = 0; j < i; j++)
				if (brute_avoids(b->t->c, x, b->member[s][j]))
					return false;
			*value += SCHEDULE_PLACED + b->fit[x][g];
			/* nobody guides and is placed */
			for (uint32_t o = 0; o < b->n_seats; o++)
				if (b->seat_guide[o] == x &&
				    b->n_members[o] > 0)
					return false;
		}
		if (s > 0 && b->seat_guide[s - 1] == g &&
		    b->n_members[s - 1] > 0 && !can_separate(b, s - 1, s))
			return false;
	}
	return true;
}

/* Every newcomer to every seat or to none. Recursion: one level a newcomer. */
static void try_partitions(struct brute *b, uint32_t i)
{
	int64_t value;

	if (i == b->n_newcomers) {
		if (partition_holds(b, &value) && value > b->best)
			b->best = value;
		return;
	}
	try_partitions(b, i + 1);
	for (uint32_t s = 0; s < b->n_seats; s++) {
		if (b->n_members[s] == b->t->in.cohort_max)
			continue;
		b->member[s][b->n_members[s]++] = b->newcomer[i];
		try_partitions(b, i + 1);
		b->n_members[s]--;
	}
}

static struct cohort_plan *run(struct arena *a, const struct tiny *t)
{
	struct cohort_plan *plan = NULL;
	struct err e;

	err_clear(&e);
	if (schedule_run(a, t->c, &t->policy, &t->in, t->busy, t->n_busy, NULL,
		&plan, &e) != ERR_OK)
		fail_msg("%s", e.detail);
	if (schedule_check(a, t->c, &t->policy, &t->in, t->busy, t->n_busy,
		plan, &e) != ERR_OK)
		fail_msg("%s", e.detail);
	return plan;
}

static void tiny_plans_meet_brute_force(void **state)
{
	static struct brute b;
	uint64_t seed = SEED;
	unsigned formed = 0, best = 0, proven = 0;

	(void)state;
	print_message("seed %d\n", SEED);
	for (unsigned k = 0; k < INSTANCES; k++) {
		struct arena *a = arena_new(1 << 27);
		struct cohort_plan *plan;
		struct tiny t;

		make_tiny(&t, &seed);
		plan = run(a, &t);
		fill_brute(&b, &t, a);
		try_partitions(&b, 0);
		if (plan->bound < b.best || plan->objective > b.best)
			fail_msg(
			    "instance %u: plan %lld, bound %lld, best %lld", k,
			    (long long)plan->objective, (long long)plan->bound,
			    (long long)b.best);
		formed += b.best > 0;
		best += b.best > 0 && plan->objective == b.best;
		proven += b.best > 0 && plan->optimal;
		people_free(t.people);
		arena_free(a);
	}
	print_message(
	    "%u of %u form cohorts: %u with the best plan, %u proven\n", formed,
	    INSTANCES, best, proven);
	assert_true(formed >= INSTANCES / 3);
	assert_int_equal(best, formed);
	assert_true(proven * 20 >= formed * 19);
}

static struct forming *form(struct arena *a, const struct tiny *t)
{
	struct forming *f;
	struct err e;

	err_clear(&e);
	assert_int_equal(forming_new(a, t->c, &t->policy, &t->in, t->busy,
			     t->n_busy, &f, &e),
	    ERR_OK);
	return f;
}

/* Sum of random prices and of what the guides then gain, in objective units. Where
 * `forgets`, the first guide's gain is left out: a bound that is none. */
static int64_t priced_bound(
    struct arena *a, const struct tiny *t, uint64_t *seed, bool forgets)
{
	struct forming *f = form(a, t);
	struct master *m;
	struct prices prices;
	struct remainder r;
	const struct column *col;
	uint64_t all[PATTERN_WORDS * MAX_PEOPLE];
	int64_t excess, bound;
	uint32_t n;
	struct err e;

	err_clear(&e);
	memset(all, 0xff, sizeof(all));
	assert_int_equal(master_new(a, f, NULL, &m, &e), ERR_OK);
	assert_true(master_prices(a, m, &prices));
	assert_true(f->n_openings <= 64 * PATTERN_WORDS * MAX_PEOPLE);
	r = (struct remainder){all, all, f->load};
	for (uint32_t i = 0; i < f->n_newcomers; i++)
		prices.newcomer[i] = pick(seed, 11000) * (int64_t)PRICE_UNIT;
	for (uint32_t g = 0; g < f->n_guides; g++)
		if (f->guide_as_newcomer[g] != FORMING_NOBODY)
			prices.guide[g] =
			    prices.newcomer[f->guide_as_newcomer[g]] /
			    f->load[g];
	pricing_run(m->pricer, &prices, &r, 0, &col, &n, &excess);
	if (forgets && f->n_guides > 0)
		excess -= pricing_guide(m->pricer, 0);
	bound = (master_price_sum(m, &prices) + excess) / PRICE_UNIT;
	master_free(m);
	return bound;
}

/* Whatever the prices, no plan is worth more; and a bound that forgets a guide would
 * be found out here. */
static void any_prices_bound_the_optimum(void **state)
{
	static struct brute b;
	uint64_t seed = SEED + 2;
	unsigned found_out = 0;

	(void)state;
	for (unsigned k = 0; k < INSTANCES / 2; k++) {
		struct arena *a = arena_new(1 << 27);
		struct tiny t;

		make_tiny(&t, &seed);
		fill_brute(&b, &t, a);
		try_partitions(&b, 0);
		for (unsigned j = 0; j < 10; j++) {
			assert_true(
			    priced_bound(a, &t, &seed, false) >= b.best);
			found_out += priced_bound(a, &t, &seed, true) < b.best;
		}
		people_free(t.people);
		arena_free(a);
	}
	print_message("a false bound was found out %u times\n", found_out);
	assert_true(found_out > 0);
}

/* The solver's view of everybody's weeks is the minute by minute one. */
static void misses_agree_with_every_minute(void **state)
{
	uint64_t seed = SEED + 1;

	(void)state;
	for (unsigned k = 0; k < INSTANCES / 3; k++) {
		struct arena *a = arena_new(1 << 27);
		struct forming *f;
		struct tiny t;

		make_tiny(&t, &seed);
		t.in.first_day = FIRST + 7;
		t.in.last_day = FIRST + 34; /* over all autumn changes */
		f = form(a, &t);
		for (uint32_t i = 0; i < f->n_newcomers; i++)
			for (unsigned s = 0; s < WEEK_SLOTS; s++) {
				int want = brute_misses(&t.in, t.c,
				    f->newcomer[i], t.busy, t.n_busy,
				    s / SLOTS_PER_DAY, s % SLOTS_PER_DAY * 15);
				uint8_t got = f->misses[i * WEEK_SLOTS + s];

				assert_int_equal(want != BRUTE_UNUSABLE,
				    week_grid_has(&f->slots.usable, s));
				if (want != BRUTE_UNUSABLE)
					assert_int_equal(got,
					    want == BRUTE_NEVER ? MISSES_NEVER
								: want);
			}
		people_free(t.people);
		arena_free(a);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(misses_agree_with_every_minute),
	    cmocka_unit_test(tiny_plans_meet_brute_force),
	    cmocka_unit_test(any_prices_bound_the_optimum),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
