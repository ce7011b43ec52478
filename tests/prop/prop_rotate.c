/* Rotating hours against every way to choose a time for each week. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/instant.h"
#include "scheduler/rotate.h"
#include "tests/lib/brute.h"
#include "tests/lib/people.h"

enum {
	FIRST = PEOPLE_FIRST_DAY,
	SEED = 20261019,
	INSTANCES = 60,
	MAX_WEEKS = 6,
	MAX_PEOPLE = 5,
	MAX_TIMES = 100,
};

static const char *const ZONE[] = {"UTC", "Europe/Berlin", "Europe/London",
    "America/New_York", "Asia/Kathmandu", "Australia/Sydney"};

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
	unsigned most;
	int32_t holidays[2]; /* a Tuesday and the day after */
};

/* Few people with long days, over the autumn's clock changes. */
static void make(struct instance *t, uint64_t *seed)
{
	unsigned n = 2 + pick(seed, MAX_PEOPLE - 2);
	bool near = pick(seed, 4) > 0;

	memset(t, 0, sizeof(*t));
	t->people = people_new();
	t->policy = people_policy();
	for (unsigned i = 0; i < n; i++) {
		unsigned from = i == 0 ? 8 + pick(seed, 5) : 4 + pick(seed, 3);
		unsigned to = i == 0 ? from + 5 : 22 + pick(seed, 2);
		unsigned day = i == 0 ? 0 : pick(seed, 2);
		static const char *const DAY[] = {"Tue", "Wed", "Thu"};
		static const char *const LIKES[] = {"", "",
		    "; likes Tue 10:00-11:30, Wed 18:00-24:00, Thu 00:00-02:00",
		    "; likes Mon 07:00-08:00, Thu 12:15-13:30"};
		char id[8], fields[300];

		snprintf(id, sizeof(id), "p%u", i % 10);
		snprintf(fields, sizeof(fields),
		    "%s; zone %s; hours %s %02u:00-%02u:00, %s %02u:00-%02u:30;"
		    " volunteer %u; carried %u%s",
		    i == 0 ? "mentor" : "newcomer",
		    ZONE[pick(seed, near ? 4 : 6)], DAY[day], from, to,
		    DAY[(day + 1) % 3], from + 1, to,
		    pick(seed, 3) == 0 ? 1 + pick(seed, 3) : 0,
		    pick(seed, 2) == 0 ? pick(seed, 40) : 0,
		    LIKES[pick(seed, 4)]);
		people_add(t->people, id, fields);
	}
	t->c = people_community(t->people);
	t->most = 1 + pick(seed, 3);
	t->in = (struct intake){.name = "turns",
	    .anchor = people_zone(ZONE[pick(seed, 6)]),
	    .first_day = FIRST + 7 + (int)pick(seed, 2),
	    .session_minutes = 60,
	    .sessions_per_week = 1,
	    .cohort_min = 1,
	    .cohort_max = MAX_PEOPLE,
	    .language_level = 4,
	    .cohorts_per_guide = 1,
	    .slots_per_cohort = 3};
	t->in.last_day = t->in.first_day + 20 + (int)pick(seed, 8);
	t->holidays[0] =
	    t->in.first_day + 7 - (int32_t)day_weekday(t->in.first_day) + 1;
	t->holidays[1] = t->holidays[0] + 1;
	t->in.holidays = t->holidays;
	t->in.n_holidays = pick(seed, 2) == 0 ? 2 : 0;
}

/* A weekly time: what it costs everybody by week, or that it cannot be. */
struct time {
	bool can[MAX_WEEKS], is_there[MAX_WEEKS];
	unsigned cost[MAX_WEEKS][MAX_PEOPLE];
};

struct brute {
	const struct instance *t;
	struct time time[MAX_TIMES];
	unsigned n_times, n_weeks;
	bool meets[MAX_WEEKS];
	unsigned used[3], n_used;
	unsigned bears[MAX_PEOPLE], worst, total;
};

/* The intake's part in one week; false when there is none. */
static bool cut_week(const struct intake *in, unsigned week, struct intake *ret)
{
	int32_t monday =
	    in->first_day - day_weekday(in->first_day) + 7 * (int32_t)week;

	*ret = *in;
	if (ret->first_day < monday)
		ret->first_day = monday;
	if (ret->last_day > monday + 6)
		ret->last_day = monday + 6;
	return ret->first_day <= ret->last_day;
}

/* Minutes to what is liked: every minute of the week is looked at. */
static unsigned distance(const struct person *p, int64_t minute)
{
	unsigned least = WEEK_MINUTES;

	for (uint16_t i = 0; i < p->n_preferred; i++)
		for (int64_t m = p->preferred[i].begin; m < p->preferred[i].end;
		     m++) {
			int64_t gap = llabs(m - minute);

			if (WEEK_MINUTES - gap < gap)
				gap = WEEK_MINUTES - gap;
			if (gap < least)
				least = (unsigned)gap;
		}
	return least;
}

static unsigned cost_at(const struct person *p, int64_t t)
{
	const struct zone *z = p->zone;
	static const unsigned EARLY[] = {25, 25, 25, 25, 25, 25, 9, 4, 1};
	static const unsigned LATE[] = {1, 4, 4, 9, 9, 25, 25};
	int64_t local = t + zone_offset_at(z, t);
	int64_t hour =
	    (local - day_of(local) * (int64_t)INSTANT_DAY) / INSTANT_HOUR;

	unsigned clock = hour < 9     ? EARLY[hour]
			 : hour >= 17 ? LATE[hour - 17]
				      : 0;
	unsigned away, far;

	if (p->n_preferred == 0)
		return clock;
	away = distance(p, day_weekday(day_of(local)) * 1440 +
			       (local - day_of(local) * (int64_t)INSTANT_DAY) /
				   INSTANT_MINUTE);
	if (away == 0)
		return 0;
	far = away > 300 ? 25 : away > 180 ? 9 : away > 60 ? 4 : 1;
	return clock > far ? clock : far;
}

/* Is the slot usable on all dates of the whole intake? Every week's part says so. */
static void fill_time(struct brute *b, unsigned day, unsigned minute)
{
	const struct instance *t = b->t;
	struct time *x = &b->time[b->n_times];
	bool any = false;

	memset(x, 0, sizeof(*x));
	if (brute_misses(&t->in, t->c, 0, NULL, 0, day, minute) ==
	    BRUTE_UNUSABLE)
		return;
	for (unsigned w = 0; w < b->n_weeks; w++) {
		struct intake in;
		int32_t date;
		int64_t start;

		if (!cut_week(&t->in, w, &in))
			continue;
		date = in.first_day - day_weekday(in.first_day) + (int)day;
		x->is_there[w] =
		    date >= in.first_day && date <= in.last_day &&
		    (in.n_holidays == 0 ||
			(date != in.holidays[0] && date != in.holidays[1]));
		x->can[w] = x->is_there[w];
		for (uint32_t i = 0; x->can[w] && i < t->c->n; i++)
			x->can[w] = brute_misses(&in, t->c, i, NULL, 0, day,
					minute) == 0;
		if (!x->can[w])
			continue;
		any = true;
		assert_int_equal(
		    zone_resolve(in.anchor,
			date * (int64_t)INSTANT_DAY + minute * 60, &start),
		    ZONE_UNIQUE);
		for (uint32_t i = 0; i < t->c->n; i++) {
			for (unsigned m = 0; m < 60; m++) {
				unsigned y =
				    cost_at(&t->c->person[i], start + m * 60);

				if ((m % 15 == 0 || m == 59) &&
				    y > x->cost[w][i])
					x->cost[w][i] = y;
			}
		}
	}
	b->n_times += any;
	assert_true(b->n_times < MAX_TIMES);
}

/* Every choice for every week. Recursion: weeks. */
static void try_weeks(struct brute *b, unsigned week)
{
	unsigned worst = 0, total = 0;

	for (; week < b->n_weeks && !b->meets[week]; week++)
		;
	if (week == b->n_weeks) {
		for (uint32_t i = 0; i < b->t->c->n; i++) {
			const struct person *p = &b->t->c->person[i];
			unsigned load = (b->bears[i] + p->carried) * 12 /
					(p->volunteer + 1u);

			total += b->bears[i];
			if (load > worst)
				worst = load;
		}
		if (worst < b->worst ||
		    (worst == b->worst && total < b->total)) {
			b->worst = worst;
			b->total = total;
		}
		return;
	}
	for (unsigned k = 0; k < b->n_times; k++) {
		unsigned j = 0, before = b->n_used;

		while (j < b->n_used && b->used[j] != k)
			j++;
		if (!b->time[k].can[week] ||
		    (j == b->n_used && b->n_used == b->t->most))
			continue;
		if (j == b->n_used)
			b->used[b->n_used++] = k;
		for (uint32_t i = 0; i < b->t->c->n; i++)
			b->bears[i] += b->time[k].cost[week][i];
		try_weeks(b, week + 1);
		for (uint32_t i = 0; i < b->t->c->n; i++)
			b->bears[i] -= b->time[k].cost[week][i];
		b->n_used = before;
	}
}

static void run_brute(struct brute *b, const struct instance *t)
{
	memset(b, 0, sizeof(*b));
	b->t = t;
	b->worst = b->total = UINT32_MAX;
	b->n_weeks = (unsigned)(t->in.last_day - t->in.first_day +
				day_weekday(t->in.first_day)) /
			 7 +
		     1;
	for (unsigned day = 0; day < 7; day++)
		for (unsigned q = 0; q < 96; q++)
			fill_time(b, day, q * 15);
	for (unsigned w = 0; w < b->n_weeks; w++)
		for (unsigned k = 0; k < b->n_times; k++)
			b->meets[w] = b->meets[w] || b->time[k].can[w];
	for (unsigned w = 0; w < b->n_weeks; w++)
		for (unsigned k = 0; k < b->n_times; k++)
			if (!b->meets[w] && b->time[k].is_there[w])
				return;
	if (b->n_times > 0)
		try_weeks(b, 0);
}

static void rotations_are_the_kindest(void **state)
{
	static struct brute b;
	uint64_t seed = SEED;
	unsigned found = 0, turned = 0;

	(void)state;
	print_message("seed %d\n", SEED);
	for (unsigned k = 0; k < INSTANCES; k++) {
		struct arena *a = arena_new(1 << 27);
		uint32_t person[MAX_PEOPLE] = {0, 1, 2, 3, 4};
		struct rotation got;
		struct forming *f;
		struct instance t;
		struct err e;
		bool *barred;

		err_clear(&e);
		make(&t, &seed);
		assert_int_equal(
		    forming_new(a, t.c, &t.policy, &t.in, NULL, 0, &f, &e),
		    ERR_OK);
		barred = ARENA_ARRAY(a, f->n_patterns, bool);
		assert_int_equal(rotate_cohort(a, f, person, t.c->n, barred,
				     t.most, &got, &e),
		    ERR_OK);
		run_brute(&b, &t);
		assert_int_equal(got.found, b.worst != UINT32_MAX);
		if (got.found) {
			found++;
			assert_true(got.proven);
			assert_int_equal(got.worst, b.worst);
			assert_int_equal(got.total, b.total);
			for (unsigned w = 1; w < got.n_weeks; w++)
				turned += got.pattern[w] != ROTATE_NONE &&
					  got.pattern[w - 1] != ROTATE_NONE &&
					  got.pattern[w] != got.pattern[w - 1];
		}
		people_free(t.people);
		arena_free(a);
	}
	print_message(
	    "%u of %u can meet, %u turns\n", found, INSTANCES, turned);
	assert_true(found > INSTANCES / 4);
	assert_true(turned > 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(rotations_are_the_kindest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
