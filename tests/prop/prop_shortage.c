/*
 * Shortages and the mentors wanted against brute force, on small communities. A
 * shortage: over every subset of its newcomers, Hall's condition fails for the whole
 * and holds for all that is less. A mentor wanted: no language and hour serves more of
 * the unmatched, and with that mentor in the community the plan serves exactly as many
 * more.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "matcher/features.h"
#include "matcher/match.h"
#include "tests/lib/people.h"

enum {
	SEED = 20261130,
	ROUNDS = 400,
	MAX_PEOPLE = 16,
};

struct world {
	struct people *people;
	struct arena *arena;
	const struct community *community;
	struct policy policy;
	struct scorer *scorer;
	struct plan *plan;
};

static uint32_t draw(uint64_t *state, uint32_t n)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(*state >> 33) % n;
}

/* The same people for the same state; `more` is the fields of one mentor besides. */
static void make(struct world *w, uint64_t s, const char *more)
{
	static const char *const DAY[] = {"Mon", "Tue"};
	static const char *const ZONE[] = {
	    "UTC", "Europe/London", "UTC", "UTC", "Asia/Kathmandu"};
	static const char *const LANGUAGE[] = {
	    "en", "fr", "pt:B1 en:A2", "en:C1 pt", "en fr", "en"};
	struct err e = {0};
	struct match_options o = {.seed = 1};
	uint32_t n = 4 + draw(&s, 4), m = 1 + draw(&s, 3);
	char id[16], fields[200];

	*w = (struct world){.people = people_new(),
	    .arena = arena_new(256 << 20),
	    .policy = people_policy()};
	w->policy.people_first = draw(&s, 8) > 0;
	for (uint32_t k = 0; k < n + m; k++) {
		bool is_mentor = k >= n;

		snprintf(id, sizeof(id), "%c%u", is_mentor ? 'm' : 'n', k);
		snprintf(fields, sizeof(fields),
		    "%s; hours %s %u:00-%u:30; zone %s; langs %s; %s %u",
		    is_mentor ? "mentor" : "newcomer", DAY[draw(&s, 4) == 0],
		    16 + draw(&s, 2), 20 + draw(&s, 2), ZONE[draw(&s, 5)],
		    LANGUAGE[draw(&s, 6)], is_mentor ? "cap" : "waits",
		    is_mentor ? 1 + draw(&s, 2) : draw(&s, 30));
		people_add(w->people, id, fields);
	}
	if (more != NULL)
		people_add(w->people, "zz", more);
	w->community = people_community(w->people);
	assert_int_equal(
	    score_new(w->arena, w->community, &w->policy, &w->scorer, &e),
	    ERR_OK);
	assert_int_equal(
	    match_run(w->arena, w->community, &w->policy, &o, &w->plan, &e),
	    ERR_OK);
}

static void unmake(struct world *w)
{
	arena_free(w->arena);
	people_free(w->people);
}

/* Places of all whom anybody of the set may have. */
static uint32_t places_of(
    const struct world *w, const uint32_t *person, uint32_t n, uint32_t set)
{
	uint32_t places = 0;

	for (uint32_t j = 0; j < score_mentors(w->scorer); j++) {
		bool is_near = false;

		for (uint32_t k = 0; k < n; k++)
			is_near |= (set >> k & 1) != 0 &&
				   score_points(w->scorer,
				       score_newcomer_of(w->scorer, person[k]),
				       j) >= 0;
		places += is_near ? score_capacity(w->scorer, j) : 0;
	}
	return places;
}

/* One too many, and nobody of it can be left out. */
static void assert_smallest(
    const struct world *w, const struct plan_shortage *s, uint32_t unmatched)
{
	uint32_t person[MAX_PEOPLE], n = s->n_others + 1;

	memcpy(person, s->other, s->n_others * sizeof(*person));
	person[s->n_others] = unmatched;
	assert_int_equal(places_of(w, person, n, (1u << n) - 1), s->places);
	assert_int_equal(s->places + 1, n);
	for (uint32_t set = 1; set + 1 < 1u << n; set++)
		assert_true((uint32_t)__builtin_popcount(set) <=
			    places_of(w, person, n, set));
}

static bool has_mentor(const struct world *w, uint32_t person)
{
	for (uint32_t k = 0; k < w->plan->n_pairs; k++)
		if (w->plan->pair[k].newcomer == person)
			return true;
	return false;
}

struct seen {
	unsigned shortages, of_several, wanted; /* several mentors */
};

static void assert_shortages(const struct world *w, struct seen *seen)
{
	const struct plan_shortages *all = &w->plan->shortages;
	unsigned in[MAX_PEOPLE] = {0};

	assert_int_equal(all->n, all->n_all);
	for (uint32_t k = 0; k < all->n; k++) {
		const struct plan_shortage *s = &all->item[k];

		assert_true(s->n_unmatched > 0);
		seen->shortages++;
		seen->of_several += s->n_mentors > 1;
		for (uint32_t i = 0; i < s->n_unmatched; i++) {
			assert_false(has_mentor(w, s->unmatched[i]));
			assert_smallest(w, s, s->unmatched[i]);
			in[s->unmatched[i]]++;
		}
	}
	/* where people come first, everybody with an allowed mentor is in one */
	for (uint32_t k = 0; k < w->plan->n_unmatched; k++) {
		const struct plan_unmatched *u = &w->plan->unmatched[k];
		unsigned expected = u->reason == UNMATCHED_PLACES_TAKEN;

		if (w->policy.people_first)
			assert_int_equal(in[u->newcomer], expected);
		else
			assert_true(in[u->newcomer] <= expected);
	}
}

static enum err_code verify(const struct world *w)
{
	struct err e = {0};

	return match_verify(w->arena, w->community, &w->policy, w->plan, 1, &e);
}

/* The checker passes it, and nothing that is a little different. */
static void assert_checked(struct world *w)
{
	struct plan_shortages *all = &w->plan->shortages;

	assert_int_equal(verify(w), ERR_OK);
	for (uint32_t k = 0; k < all->n; k++) {
		struct plan_shortage whole = all->item[k];
		struct plan_shortage *s = &all->item[k];

		s->places--;
		assert_int_equal(verify(w), ERR_VALIDATION);
		*s = whole;
		s->n_mentors--;
		assert_int_equal(verify(w), ERR_VALIDATION);
		*s = whole;
		s->n_unmatched = 0;
		assert_int_equal(verify(w), ERR_VALIDATION);
		*s = whole;
		if (s->n_others > 0) {
			s->unmatched = s->other;
			assert_int_equal(verify(w), ERR_VALIDATION);
		}
		*s = whole;
	}
	for (uint32_t k = 0; k < w->plan->n_wanted; k++) {
		struct plan_wanted whole = w->plan->wanted[k];
		struct plan_wanted *x = &w->plan->wanted[k];

		x->window.begin = (uint16_t)(x->window.begin - 24 * 60);
		x->window.end = (uint16_t)(x->window.end - 24 * 60);
		assert_int_equal(verify(w), ERR_VALIDATION);
		*x = whole;
		x->level--;
		assert_int_equal(verify(w), ERR_VALIDATION);
		*x = whole;
	}
}

static uint8_t level_in(const struct person *p, uint32_t language)
{
	for (unsigned k = 0; k < p->n_languages; k++)
		if (p->languages[k].term == language)
			return p->languages[k].level;
	return 0;
}

/* Of those in the set, how many a mentor with this language and hour would serve. */
static uint32_t served_by(const struct world *w, const bool *is_left,
    uint32_t language, unsigned begin)
{
	unsigned slots = w->policy.min_shared_minutes / WEEK_SLOT_MINUTES;
	uint32_t n = 0;

	for (uint32_t p = 0; p < w->community->n; p++) {
		const struct features *f = &w->scorer->features[p];
		bool fits = is_left[p] &&
			    level_in(&w->community->person[p], language) >=
				w->policy.language_level;

		for (uint32_t r = 0; fits && r < w->scorer->n_regimes; r++)
			for (unsigned t = 0; t < slots; t++)
				fits = fits &&
				       week_grid_has(&f->grid[r], begin + t);
		n += fits;
	}
	return n;
}

static uint32_t most_served(const struct world *w, const bool *is_left)
{
	unsigned slots = w->policy.min_shared_minutes / WEEK_SLOT_MINUTES;
	uint32_t most = 0;

	for (uint32_t p = 0; p < w->community->n; p++)
		for (unsigned l = 0; l < w->community->person[p].n_languages;
		     l++)
			for (unsigned t = 0; t + slots <= WEEK_SLOTS; t++) {
				uint32_t n = served_by(w, is_left,
				    w->community->person[p].languages[l].term,
				    t);

				if (n > most)
					most = n;
			}
	return most;
}

static void assert_wanted(const struct world *w)
{
	bool is_left[MAX_PEOPLE] = {false};

	for (uint32_t k = 0; k < w->plan->n_unmatched; k++)
		is_left[w->plan->unmatched[k].newcomer] = true;
	for (uint32_t k = 0; k < w->plan->n_wanted; k++) {
		const struct plan_wanted *x = &w->plan->wanted[k];

		assert_int_equal(x->n_newcomers, most_served(w, is_left));
		assert_int_equal(
		    x->n_newcomers, served_by(w, is_left, x->language,
					x->window.begin / WEEK_SLOT_MINUTES));
		for (uint32_t i = 0; i < x->n_newcomers; i++)
			is_left[x->newcomer[i]] = false;
	}
	if (w->plan->n_wanted < PLAN_MAX_WANTED)
		assert_int_equal(most_served(w, is_left), 0);
}

static void put_hours(char *out, size_t size, const struct window *w)
{
	static const char *const DAY[] = {
	    "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
	unsigned begin = w->begin % 1440, end = begin + (w->end - w->begin);
	unsigned day = w->begin / 1440;

	if (end <= 1440)
		snprintf(out, size, "%s %02u:%02u-%02u:%02u", DAY[day],
		    begin / 60, begin % 60, end / 60, end % 60);
	else
		snprintf(out, size, "%s %02u:%02u-24:00, %s 00:00-%02u:%02u",
		    DAY[day], begin / 60, begin % 60, DAY[(day + 1) % 7],
		    (end - 1440) / 60, end % 60);
}

/* With each of the mentors wanted, alone, so many more are served. */
static unsigned assert_help(const struct world *w, uint64_t s)
{
	for (uint32_t k = 0; k < w->plan->n_wanted; k++) {
		const struct plan_wanted *x = &w->plan->wanted[k];
		char hours[60], fields[200];
		struct world more;

		put_hours(hours, sizeof(hours), &x->window);
		snprintf(fields, sizeof(fields),
		    "mentor; zone UTC; hours %s; langs %s:B1; cap %u", hours,
		    terms_text(w->community->terms, x->language),
		    x->n_newcomers);
		make(&more, s, fields);
		assert_int_equal(
		    more.plan->n_pairs, w->plan->n_pairs + x->n_newcomers);
		unmake(&more);
	}
	return w->plan->n_wanted;
}

static void test_small_communities(void **state)
{
	struct seen seen = {0};
	uint64_t s = SEED;

	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		struct world w;

		(void)draw(&s, 2);
		make(&w, s, NULL);
		assert_shortages(&w, &seen);
		assert_wanted(&w);
		if (w.policy.people_first)
			seen.wanted += assert_help(&w, s);
		assert_checked(&w);
		unmake(&w);
	}
	print_message(
	    "%u shortages, %u of several mentors, %u mentors wanted\n",
	    seen.shortages, seen.of_several, seen.wanted);
	assert_true(seen.shortages > ROUNDS / 4 && seen.wanted > ROUNDS / 2);
	assert_true(seen.of_several > ROUNDS / 20);
}

/* Two who may only have one mentor, whose place a third could leave: the smallest
 * sets are of those who really compete. */
static void test_groups(void **state)
{
	struct people *f = people_new();
	struct arena *a = arena_new(64 << 20);
	struct policy policy = people_policy();
	struct match_options o = {0};
	const struct community *c;
	const struct plan_shortages *all;
	struct plan *plan;
	struct err e = {0};

	(void)state;
	people_add(f, "m1", "mentor; cap 1; langs fr");
	people_add(f, "m2", "mentor; cap 2; langs pt");
	people_add(f, "n1", "newcomer; langs fr; waits 9");
	people_add(f, "n2", "newcomer; langs fr");
	people_add(f, "n3", "newcomer; langs fr");
	people_add(f, "n4", "newcomer; langs pt");
	people_add(f, "n5", "newcomer; langs pt");
	people_add(f, "n6", "newcomer; langs de");
	c = people_community(f);
	assert_int_equal(match_run(a, c, &policy, &o, &plan, &e), ERR_OK);
	all = &plan->shortages;
	assert_int_equal(all->n, 1);
	assert_int_equal(all->item[0].places, 1);
	assert_int_equal(all->item[0].n_unmatched, 2);
	assert_int_equal(all->item[0].n_others, 1);
	assert_int_equal(all->item[0].other[0], people_find(f, "n1"));
	assert_int_equal(all->item[0].n_mentors, 1);
	assert_int_equal(all->item[0].mentor[0], people_find(f, "m1"));
	assert_int_equal(plan->n_wanted, 2);
	assert_string_equal(
	    terms_text(c->terms, plan->wanted[0].language), "fr");
	assert_int_equal(plan->wanted[0].n_newcomers, 2);
	assert_string_equal(
	    terms_text(c->terms, plan->wanted[1].language), "de");
	arena_free(a);
	people_free(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_small_communities),
	    cmocka_unit_test(test_groups),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
