/*
 * Tables over the mentors: see rate_table.h.
 */
#include "matcher/rate_table.h"

#include <string.h>

#include "matcher/rate.h"
#include "matcher/share.h"

enum {
	DENSE_SHARE = 16, /* a term that one mentor in so many has is dense */
};

/* ---- lists by term ---- */

/* The k-th entry of a mentor in a table: the term and the level. False: no more. */
typedef bool entry_fn(const struct rate *r, const struct features *m,
    unsigned k, struct term_level *ret);

static bool role_entry(const struct rate *r, const struct features *m,
    unsigned k, struct term_level *ret)
{
	(void)r;
	if (k >= m->n_roles)
		return false;
	*ret = (struct term_level){m->roles[k], 1};
	return true;
}

static bool stack_entry(const struct rate *r, const struct features *m,
    unsigned k, struct term_level *ret)
{
	(void)r;
	if (k >= m->person->n_stack)
		return false;
	*ret = m->person->stack[k];
	return true;
}

static bool language_entry(const struct rate *r, const struct features *m,
    unsigned k, struct term_level *ret)
{
	(void)r;
	if (k >= m->person->n_languages)
		return false;
	*ret = m->person->languages[k];
	return true;
}

static bool tag_entry(const struct rate *r, const struct features *m,
    unsigned k, struct term_level *ret)
{
	(void)r;
	if (k >= m->person->n_tags)
		return false;
	*ret = (struct term_level){m->person->tags[k], 1};
	return true;
}

/* Newcomers in the place of terms; UINT32_MAX for whoever is none. */
static bool named_entry(const struct rate *r, const struct features *m,
    unsigned k, struct term_level *ret)
{
	if (k >= m->person->n_preferences)
		return false;
	*ret = (struct term_level){
	    r->scorer->newcomer_of[m->person->preferences[k]], (uint8_t)k};
	return true;
}

static bool avoided_entry(const struct rate *r, const struct features *m,
    unsigned k, struct term_level *ret)
{
	if (k >= m->person->n_avoid)
		return false;
	*ret =
	    (struct term_level){r->scorer->newcomer_of[m->person->avoid[k]], 1};
	return true;
}

/* How many terms there are: one more than the largest number. */
static uint32_t count_terms(const struct rate *r, entry_fn *entry_of)
{
	uint32_t n = 0;
	struct term_level x;

	for (uint32_t j = 0; j < r->m; j++)
		for (unsigned k = 0; entry_of(r, rate_mentor(r, j), k, &x); k++)
			if (x.term != UINT32_MAX && x.term >= n)
				n = x.term + 1;
	return n;
}

/* A counting sort by term: begin[t] is first the end of t's list, then its begin. */
static bool list_entries(struct arena *a, const struct rate *r,
    struct rate_terms *t, entry_fn *entry_of)
{
	struct term_level x;

	for (uint32_t j = 0; j < r->m; j++)
		for (unsigned k = 0; entry_of(r, rate_mentor(r, j), k, &x); k++)
			if (x.term != UINT32_MAX)
				t->begin[x.term]++;
	for (uint32_t k = 0; k < t->n_terms; k++)
		t->begin[k + 1] += t->begin[k];
	t->entry = ARENA_ARRAY(a, t->begin[t->n_terms], struct rate_entry);
	if (t->entry == NULL)
		return false;
	for (uint32_t j = r->m; j-- > 0;)
		for (unsigned k = 0; entry_of(r, rate_mentor(r, j), k, &x); k++)
			if (x.term != UINT32_MAX)
				t->entry[--t->begin[x.term]] =
				    (struct rate_entry){j, x.level};
	return true;
}

static bool fill_dense(
    struct arena *a, const struct rate *r, struct rate_terms *t)
{
	for (uint32_t k = 0; k < t->n_terms; k++) {
		uint32_t n = t->begin[k + 1] - t->begin[k];

		if (n <= r->m / DENSE_SHARE)
			continue;
		t->dense[k] = ARENA_ARRAY(a, r->m, uint8_t);
		if (t->dense[k] == NULL)
			return false;
		for (uint32_t at = t->begin[k]; at < t->begin[k + 1]; at++)
			t->dense[k][t->entry[at].mentor] = t->entry[at].level;
	}
	return true;
}

static bool make_terms(struct arena *a, const struct rate *r,
    struct rate_terms *t, entry_fn *entry_of)
{
	t->n_terms = count_terms(r, entry_of);
	t->begin = ARENA_ARRAY(a, (size_t)t->n_terms + 1, uint32_t);
	t->dense = ARENA_ARRAY(a, t->n_terms, uint8_t *);
	return t->begin != NULL && t->dense != NULL &&
	       list_entries(a, r, t, entry_of) && fill_dense(a, r, t);
}

/* ---- hours ---- */

/* One regime: rows of slots over all mentors, 64 slots of everybody at a time. */
static void count_before(
    const struct rate *r, uint32_t regime, uint64_t *word, uint8_t *n)
{
	uint8_t *row = r->before + (size_t)regime * (WEEK_SLOTS + 1) * r->m;

	memset(n, 0, r->m);
	for (unsigned slot = 0; slot <= WEEK_SLOTS; slot++, row += r->m) {
		for (uint32_t j = 0; slot % 64 == 0 && j < r->m; j++)
			word[j] =
			    rate_mentor(r, j)->grid[regime].word[slot / 64];
		memcpy(row, n, r->m);
		r->loops->count(n, word, slot % 64, r->m);
	}
}

static bool make_hours(struct arena *a, struct rate *r)
{
	const struct policy *p = r->scorer->policy;
	size_t rows = (size_t)r->scorer->n_regimes * (WEEK_SLOTS + 1);
	uint64_t *word = ARENA_ARRAY(a, r->m, uint64_t);
	uint8_t *n = ARENA_ARRAY(a, r->m, uint8_t);

	r->before = arena_array(a, rows, r->m);
	if (r->before == NULL || word == NULL || n == NULL)
		return false;
	for (uint32_t k = 0; k < r->scorer->n_regimes; k++)
		count_before(r, k, word, n);
	r->least_slots =
	    (uint16_t)((p->min_shared_minutes + WEEK_SLOT_MINUTES - 1) /
		       WEEK_SLOT_MINUTES);
	return true;
}

/* The first slot at `from` or later that is free, or is not. */
static unsigned find_slot(
    const struct week_grid *grid, unsigned from, bool is_free)
{
	while (from < WEEK_SLOTS) {
		uint64_t word = grid->word[from / 64];

		word = (is_free ? word : ~word) >> (from % 64);
		if (word != 0) {
			from += (unsigned)__builtin_ctzll(word);
			return from < WEEK_SLOTS ? from : WEEK_SLOTS;
		}
		from = (from / 64 + 1) * 64;
	}
	return WEEK_SLOTS;
}

bool rate_next_run(const struct week_grid *grid, unsigned *begin, unsigned *end)
{
	*begin = find_slot(grid, *begin, true);
	*end = find_slot(grid, *begin, false);
	if (*end > *begin + RATE_RUN_MAX)
		*end = *begin + RATE_RUN_MAX;
	return *begin < WEEK_SLOTS;
}

/* ---- all of it ---- */

static void copy_people(struct rate *r)
{
	for (uint32_t j = 0; j < r->m; j++) {
		const struct features *f = rate_mentor(r, j);

		r->families[j] = f->families;
		r->industry[j] = f->industry;
		r->style[j] = f->person->style;
		r->organization[j] = f->person->organization;
		r->years[j] = f->person->years_tenths;
		r->rested[j] = (int16_t)share_rested(
		    r->scorer->policy->points[CRITERION_RESTED],
		    f->person->recent_pairings);
		r->always_broken[j] =
		    f->person->capacity == 0 ? 1 << SCORE_NO_PLACE : 0;
	}
}

/* Which mentors: the list of the caller, or everybody. */
static bool list_mentors(struct arena *a, struct rate *r)
{
	uint32_t n = r->scorer->n_mentors, *all;

	if (r->mentor == NULL) {
		all = ARENA_ARRAY(a, n, uint32_t);
		for (uint32_t j = 0; all != NULL && j < n; j++)
			all[j] = j;
		r->mentor = all;
		r->m = n;
	}
	r->place = ARENA_ARRAY(a, n, uint32_t);
	if (r->mentor == NULL || r->place == NULL)
		return false;
	for (uint32_t j = 0; j < n; j++)
		r->place[j] = UINT32_MAX;
	for (uint32_t j = 0; j < r->m; j++)
		r->place[r->mentor[j]] = j;
	return true;
}

bool rate_table_make(struct arena *a, struct rate *r)
{
	uint32_t **list[] = {
	    &r->families, &r->industry, &r->style, &r->organization};

	if (!list_mentors(a, r))
		return false;
	for (size_t k = 0; k < sizeof(list) / sizeof(*list); k++) {
		*list[k] = ARENA_ARRAY(a, r->m, uint32_t);
		if (*list[k] == NULL)
			return false;
	}
	r->years = ARENA_ARRAY(a, r->m, int16_t);
	r->rested = ARENA_ARRAY(a, r->m, int16_t);
	r->always_broken = ARENA_ARRAY(a, r->m, uint8_t);
	if (r->years == NULL || r->rested == NULL || r->always_broken == NULL)
		return false;
	copy_people(r);
	return make_terms(a, r, &r->roles, role_entry) &&
	       make_terms(a, r, &r->stack, stack_entry) &&
	       make_terms(a, r, &r->languages, language_entry) &&
	       make_terms(a, r, &r->tags, tag_entry) &&
	       make_terms(a, r, &r->named_by, named_entry) &&
	       make_terms(a, r, &r->avoided_by, avoided_entry) &&
	       make_hours(a, r);
}
