/*
 * Plans under side constraints against brute force on small communities: a plan
 * keeps every limit, its bound is honest goal by goal, "optimal" is true, what is
 * called out of reach is, and the checker notices every price that is tampered with.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "matcher/match.h"
#include "matcher/score.h"
#include "tests/lib/people.h"

enum {
	SEED = 20261130,
	MAX_PEOPLE = 12,
	ROUNDS = 1500,
};

struct goals {
	int64_t weight, worst, total;
};

static uint32_t draw(uint64_t *state, uint32_t n)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(*state >> 33) % n;
}

static const struct community *make(
    struct people *f, uint64_t *s, uint32_t newcomers, uint32_t mentors)
{
	static const char *const SKILL[] = {"go", "sql", "rust", "java"};
	char id[16], fields[256];

	for (uint32_t k = 0; k < newcomers + mentors; k++) {
		bool is_mentor = k >= newcomers;

		snprintf(id, sizeof(id), "%c%u", is_mentor ? 'm' : 'n', k);
		snprintf(fields, sizeof(fields),
		    "%s; stack %s:%u; wants %s; hours Mon 18:00-%u:00; cap %u; "
		    "waits %u; tags t%u; org o%u; zone %s; recent %u",
		    is_mentor ? "mentor" : "newcomer", SKILL[draw(s, 4)],
		    1 + draw(s, 5), SKILL[draw(s, 4)], 19 + draw(s, 3),
		    1 + draw(s, 3), draw(s, 30), draw(s, 2), draw(s, 2),
		    draw(s, 3) ? "Europe/Berlin" : "Europe/London", draw(s, 3));
		people_add(f, id, fields);
	}
	return people_community(f);
}

/* ---- constraints ---- */

static const char *const TAG[] = {"t0"};
static const char *const ZONE[] = {"Europe/London"};

static struct group draw_group(uint64_t *s, bool is_mentors)
{
	struct group g = {.most_recent_pairings = CONSTRAINT_NONE};
	uint32_t kind = draw(s, is_mentors ? 4 : 3);

	if (kind == 1)
		g.any[GROUP_TAG] = (struct group_texts){TAG, 1};
	if (kind == 2)
		g.any[GROUP_TIME_ZONE] = (struct group_texts){ZONE, 1};
	if (kind == 3)
		g.most_recent_pairings = 0;
	return g;
}

static struct constraint draw_constraint(uint64_t *s)
{
	static const int32_t MOST[MEASURES] = {
	    [MEASURE_LEAST] = 4,
	    [MEASURE_MOST] = 5,
	    [MEASURE_LEAST_PERCENT] = 101,
	    [MEASURE_MOST_PERCENT] = 101,
	    [MEASURE_LEAST_MENTORS] = 4,
	    [MEASURE_MOST_OF_ONE] = 3,
	};
	struct constraint c = {.name = "x",
	    .newcomers = draw_group(s, false),
	    .mentors = draw_group(s, true)};
	uint32_t measure = draw(s, MEASURES);

	for (int m = 0; m < MEASURES; m++)
		c.limit[m] = CONSTRAINT_NONE;
	c.limit[measure] = (int32_t)draw(s, (uint32_t)MOST[measure]);
	if (measure == MEASURE_LEAST_MENTORS)
		c.newcomers =
		    (struct group){.most_recent_pairings = CONSTRAINT_NONE};
	return c;
}

/* The slow and obvious way, sharing nothing with matcher/side. */
static bool person_is(
    const struct community *c, const struct group *g, const struct person *p)
{
	if (g->any[GROUP_TAG].n > 0 &&
	    strcmp(terms_text(c->terms, p->tags[0]), "t0") != 0)
		return false;
	if (g->any[GROUP_TIME_ZONE].n > 0 &&
	    strcmp(p->zone->name, "Europe/London") != 0)
		return false;
	return g->most_recent_pairings == CONSTRAINT_NONE ||
	       p->recent_pairings == 0;
}

static bool keeps(const struct community *c, const struct scorer *s,
    const struct constraint *k, const uint32_t *mate)
{
	int64_t pairs = 0, inside = 0, mentors = 0;
	uint32_t of_one[MAX_PEOPLE][2] = {{0}}, used[MAX_PEOPLE] = {0};
	uint32_t most = 0;

	for (uint32_t i = 0; i < score_newcomers(s); i++) {
		const struct person *n = &c->person[score_newcomer(s, i)], *m;
		uint32_t o;

		if (mate[i] == UINT32_MAX)
			continue;
		m = &c->person[score_mentor(s, mate[i])];
		pairs++;
		if (!person_is(c, &k->newcomers, n) ||
		    !person_is(c, &k->mentors, m))
			continue;
		inside++;
		mentors += used[mate[i]]++ == 0;
		o = terms_text(c->terms, n->organization)[1] == '1';
		if (++of_one[mate[i]][o] > most)
			most = of_one[mate[i]][o];
	}
	for (int x = 0; x < MEASURES; x++) {
		int64_t limit = k->limit[x];

		if (limit == CONSTRAINT_NONE)
			continue;
		if ((x == MEASURE_LEAST && inside < limit) ||
		    (x == MEASURE_MOST && inside > limit) ||
		    (x == MEASURE_LEAST_PERCENT &&
			inside * 100 < limit * pairs) ||
		    (x == MEASURE_MOST_PERCENT &&
			inside * 100 > limit * pairs) ||
		    (x == MEASURE_LEAST_MENTORS && mentors < limit) ||
		    (x == MEASURE_MOST_OF_ONE && most > (uint32_t)limit))
			return false;
	}
	return true;
}

/* ---- brute force ---- */

struct brute {
	const struct community *community;
	const struct policy *policy;
	struct scorer *scorer;
	uint32_t mate[MAX_PEOPLE], used[MAX_PEOPLE];
	struct goals best;
	bool is_found;
};

static bool is_better(
    const struct policy *p, const struct goals *a, const struct goals *b)
{
	if (p->people_first && a->weight != b->weight)
		return a->weight > b->weight;
	if (p->worst_pair && a->worst != b->worst)
		return a->worst > b->worst;
	return a->total > b->total;
}

static void look(struct brute *b, uint32_t i, struct goals now)
{
	if (i < score_newcomers(b->scorer)) {
		b->mate[i] = UINT32_MAX;
		look(b, i + 1, now);
		for (uint32_t j = 0; j < score_mentors(b->scorer); j++) {
			int32_t points = score_points(b->scorer, i, j);
			struct goals then = now;

			if (points < 0 ||
			    b->used[j] == score_capacity(b->scorer, j))
				continue;
			b->used[j]++;
			b->mate[i] = j;
			then.weight += score_weight(b->scorer, i);
			then.total += points;
			if (points < then.worst)
				then.worst = points;
			look(b, i + 1, then);
			b->used[j]--;
		}
		return;
	}
	for (uint32_t k = 0; k < b->policy->n_constraints; k++)
		if (!keeps(b->community, b->scorer, &b->policy->constraint[k],
			b->mate))
			return;
	if (!b->is_found || is_better(b->policy, &now, &b->best))
		b->best = now;
	b->is_found = true;
}

static struct goals goals_of(const struct plan_goals *g)
{
	return (struct goals){
	    g->people_weight, g->worst_points, g->total_points};
}

/* ---- */

struct tally {
	int optimal, feasible, refused, halves, costly;
};

static void one(uint64_t *s, struct tally *t)
{
	struct people *f = people_new();
	struct arena *a = arena_new(64 << 20);
	const struct community *c = make(f, s, 2 + draw(s, 4), 1 + draw(s, 4));
	struct constraint constraint[3];
	struct policy p = people_policy();
	struct match_options o = {.seed = 1};
	struct brute b = {.community = c, .policy = &p};
	struct goals none = {0, INT32_MAX, 0};
	struct plan *plan = NULL;
	struct err e = {0};
	enum err_code rc;

	p.people_first = draw(s, 5) > 0;
	p.worst_pair = p.people_first && draw(s, 3) > 0;
	p.constraint = constraint;
	p.n_constraints = 1 + draw(s, 3);
	for (uint32_t k = 0; k < p.n_constraints; k++)
		constraint[k] = draw_constraint(s);
	assert_int_equal(score_new(a, c, &p, &b.scorer, &e), ERR_OK);
	look(&b, 0, none);
	if (b.best.weight == 0)
		b.best.worst = 0;
	rc = match_run(a, c, &p, &o, &plan, &e);
	if (rc == ERR_VALIDATION) {
		assert_false(b.is_found);
		assert_true(e.n_fields > 0);
		t->refused++;
	} else if (rc == ERR_SOLVER) { /* halves of people would do */
		assert_false(b.is_found);
		t->halves++;
	} else {
		struct goals is, bound;

		if (rc != ERR_OK ||
		    match_verify(a, c, &p, plan, 1, &e) != ERR_OK)
			fail_msg("%s", e.detail);
		assert_true(b.is_found);
		is = (struct goals){plan->people_weight, plan->worst_points,
		    plan->total_points};
		bound = goals_of(&plan->bound);
		assert_false(is_better(&p, &is, &b.best));
		assert_false(is_better(&p, &b.best, &bound));
		if (plan->status == PLAN_OPTIMAL)
			assert_false(is_better(&p, &b.best, &is));
		t->optimal += plan->status == PLAN_OPTIMAL;
		t->feasible += plan->status == PLAN_FEASIBLE;
		t->costly += is_better(&p, &b.best, &is);
	}
	people_free(f);
	arena_free(a);
}

static void test_brute(void **state)
{
	uint64_t s = SEED;
	struct tally t = {0};

	(void)state;
	for (int k = 0; k < ROUNDS; k++)
		one(&s, &t);
	print_message("%d optimal, %d below their bound (%d of them below the "
		      "optimum), %d out of reach, %d in whole people\n",
	    t.optimal, t.feasible, t.costly, t.refused, t.halves);
	assert_true(t.optimal > ROUNDS / 3);
	assert_true(t.refused > ROUNDS / 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_brute)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
