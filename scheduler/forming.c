/*
 * Building the cohort forming problem: see forming.h.
 *
 * Order of work: people in the order of their ids; misses of everybody per slot
 * (one sweep each); sets of newcomers per pattern; guides' openings, pruned: one that
 * fewer than cohort_min newcomers can come to is useless, and for a guide of one
 * cohort so is one whose newcomers another one's contain.
 */
#include "scheduler/forming.h"

#include "matcher/score.h"
#include "scheduler/sessions.h"

enum {
	SCRATCH_OCTETS = 64 << 20 /* spans of one person */
};

struct named {
	const char *id;
	uint32_t person;
};

static int by_id(const void *x, const void *y)
{
	const struct named *a = x, *b = y;

	return strcmp(a->id, b->id);
}

uint8_t forming_level(const struct person *p, uint32_t language)
{
	for (uint16_t i = 0; i < p->n_languages; i++)
		if (p->languages[i].term == language)
			return p->languages[i].level;
	return 0;
}

static bool avoids(const struct community *c, uint32_t a, uint32_t b)
{
	const struct person *p = &c->person[a];

	for (uint16_t i = 0; i < p->n_avoid; i++)
		if (p->avoid[i] == b)
			return true;
	return false;
}

bool forming_apart(const struct forming *f, uint32_t a, uint32_t b)
{
	for (uint32_t i = f->apart_of[a]; i < f->apart_of[a + 1]; i++)
		if (f->apart[i] == b)
			return true;
	return false;
}

static enum err_code list_people(
    struct arena *a, struct forming *f, struct err *e)
{
	const struct community *c = f->c;
	struct named *all = ARENA_ARRAY(a, c->n, struct named);

	f->newcomer = ARENA_ARRAY(a, c->n, uint32_t);
	f->guide = ARENA_ARRAY(a, c->n, uint32_t);
	f->guide_as_newcomer = ARENA_ARRAY(a, c->n, int32_t);
	f->load = ARENA_ARRAY(a, c->n, uint8_t);
	if (arena_failed(a))
		return ERR_SET(e, NOMEM, "no memory for people");
	for (uint32_t i = 0; i < c->n; i++)
		all[i] = (struct named){c->person[i].id, i};
	if (c->n > 0)
		qsort(all, c->n, sizeof(*all), by_id);
	for (uint32_t i = 0; i < c->n; i++) {
		const struct person *p = &c->person[all[i].person];

		if (person_is_mentor(p) && p->capacity > 0) {
			f->guide_as_newcomer[f->n_guides] =
			    person_is_newcomer(p) ? (int32_t)f->n_newcomers
						  : FORMING_NOBODY;
			f->load[f->n_guides] = f->in->cohorts_per_guide;
			f->guide[f->n_guides++] = all[i].person;
		}
		if (person_is_newcomer(p))
			f->newcomer[f->n_newcomers++] = all[i].person;
	}
	f->words = (f->n_newcomers + 63) / 64;
	return ERR_OK;
}

/* Misses per slot of one person; MISSES_NEVER where unable to come. */
static enum err_code person_misses(struct arena *scratch,
    const struct forming *f, uint32_t person, uint8_t ret[WEEK_SLOTS],
    struct err *e)
{
	const struct busy_index *busy = &f->busy;
	static const struct window always = {0, WEEK_MINUTES};
	const struct person *p = &f->c->person[person];
	const struct span all = {sessions_from(f->in), sessions_to(f->in)};
	uint8_t unable[WEEK_SLOTS];
	struct spans free, able;
	enum err_code err;

	err = spans_of_person(
	    scratch, p->windows, p->n_windows, p->zone, NULL, 0, all, &free, e);
	if (err == ERR_OK)
		err = spans_of_person(scratch, &always, 1, p->zone,
		    busy->span + busy->first[person],
		    busy->first[person + 1] - busy->first[person], all, &able,
		    e);
	if (err != ERR_OK)
		return err;
	slots_misses(&f->slots, &free, ret);
	slots_misses(&f->slots, &able, unable);
	for (unsigned i = 0; i < WEEK_SLOTS; i++)
		if (unable[i] > 0)
			ret[i] = MISSES_NEVER;
	arena_reset(scratch);
	return ERR_OK;
}

static enum err_code fill_attendance(
    struct arena *a, struct arena *scratch, struct forming *f, struct err *e)
{
	uint8_t misses[WEEK_SLOTS];

	f->misses = arena_array(a, f->n_newcomers, WEEK_SLOTS);
	f->comes =
	    arena_array(a, (size_t)f->n_patterns * f->words, sizeof(*f->comes));
	f->guide_can = arena_array(a, f->n_guides, f->n_patterns + (size_t)1);
	if (arena_failed(a))
		return ERR_SET(e, NOMEM, "no memory for attendance");
	for (uint32_t i = 0; i < f->n_newcomers; i++) {
		uint8_t *m = f->misses + (size_t)i * WEEK_SLOTS;

		if (person_misses(scratch, f, f->newcomer[i], m, e) != ERR_OK)
			return e->code;
		for (uint32_t p = 0; p < f->n_patterns; p++)
			if (slots_pattern_misses(m, &f->pattern[p]) <=
			    f->in->allowed_misses)
				forming_put(f->comes + (size_t)p * f->words, i);
	}
	for (uint32_t g = 0; g < f->n_guides; g++) {
		if (person_misses(scratch, f, f->guide[g], misses, e) != ERR_OK)
			return e->code;
		for (uint32_t p = 0; p < f->n_patterns; p++)
			f->guide_can[(size_t)g * f->n_patterns + p] =
			    slots_pattern_misses(misses, &f->pattern[p]) == 0;
	}
	return ERR_OK;
}

/* Points of every guide with every newcomer. */
static enum err_code fill_fit(
    struct arena *a, struct forming *f, const struct policy *p, struct err *e)
{
	struct policy dated = schedule_policy(p, f->in);
	struct scorer *scorer;
	struct score s;
	enum err_code err = score_new(a, f->c, &dated, &scorer, e);

	if (err != ERR_OK)
		return err;
	f->fit = arena_array(
	    a, (size_t)f->n_guides * f->n_newcomers, sizeof(*f->fit));
	if (f->fit == NULL)
		return ERR_SET(e, NOMEM, "no memory for points");
	for (uint32_t g = 0; g < f->n_guides; g++)
		for (uint32_t i = 0; i < f->n_newcomers; i++) {
			score_pair(scorer,
			    score_newcomer_of(scorer, f->newcomer[i]),
			    score_mentor_of(scorer, f->guide[g]), &s);
			f->fit[(size_t)g * f->n_newcomers + i] = s.points;
		}
	return ERR_OK;
}

/* Whom newcomer i avoids, both ways: counted two places on, or put where the counts
 * say. `number` is a newcomer's, from 1; 0: no newcomer. */
static void add_apart(
    struct forming *f, const uint32_t *number, uint32_t i, bool count)
{
	const struct person *p = &f->c->person[f->newcomer[i]];

	for (uint16_t k = 0; k < p->n_avoid; k++) {
		uint32_t j = number[p->avoid[k]];

		if (j == 0 || j == i + 1)
			continue;
		if (count) {
			f->apart_of[i + 2]++;
			f->apart_of[j - 1 + 2]++;
		} else {
			f->apart[f->apart_of[i + 1]++] = j - 1;
			f->apart[f->apart_of[j]++] = i;
		}
	}
}

/* Newcomers who avoid each other, both ways, as lists; nobody avoids themself. */
static enum err_code fill_apart(
    struct arena *a, struct forming *f, struct err *e)
{
	uint32_t *number = ARENA_ARRAY(a, f->c->n, uint32_t), total = 0;

	f->apart_of = ARENA_ARRAY(a, f->n_newcomers + (size_t)2, uint32_t);
	if (number == NULL || f->apart_of == NULL)
		return ERR_SET(e, NOMEM, "no memory for avoid lists");
	for (uint32_t i = 0; i < f->n_newcomers; i++) {
		number[f->newcomer[i]] = i + 1;
		total += f->c->person[f->newcomer[i]].n_avoid;
	}
	f->apart = ARENA_ARRAY(a, 2 * (size_t)total, uint32_t);
	if (f->apart == NULL)
		return ERR_SET(e, NOMEM, "no memory for avoid lists");
	/* counting sort by newcomer: first counts, then places */
	for (uint32_t i = 0; i < f->n_newcomers; i++)
		add_apart(f, number, i, true);
	for (uint32_t i = 2; i < f->n_newcomers + 2; i++)
		f->apart_of[i] += f->apart_of[i - 1];
	for (uint32_t i = 0; i < f->n_newcomers; i++)
		add_apart(f, number, i, false);
	return ERR_OK;
}

/* Organizations as numbers of newcomers, where they matter. */
static enum err_code fill_groups(
    struct arena *a, struct forming *f, struct err *e)
{
	uint32_t most = 0, *first;

	f->group = ARENA_ARRAY(a, f->n_newcomers, uint32_t);
	for (uint32_t i = 0; i < f->n_newcomers; i++) {
		uint32_t term = f->c->person[f->newcomer[i]].organization;

		if (term != TERM_NONE && term > most)
			most = term;
	}
	first = ARENA_ARRAY(a, (size_t)most + 1, uint32_t);
	if (f->group == NULL || first == NULL)
		return ERR_SET(e, NOMEM, "no memory for organizations");
	for (uint32_t i = f->n_newcomers; i-- > 0;) {
		uint32_t term = f->c->person[f->newcomer[i]].organization;

		if (term != TERM_NONE)
			first[term] = i;
	}
	for (uint32_t i = 0; i < f->n_newcomers; i++) {
		uint32_t term = f->c->person[f->newcomer[i]].organization;

		f->group[i] =
		    f->in->most_per_organization == 0 || term == TERM_NONE
			? FORMING_NO_GROUP
			: first[term];
	}
	return ERR_OK;
}

uint32_t forming_of_group(const struct forming *f, uint32_t i,
    const uint32_t *list, uint32_t n, uint32_t but)
{
	uint32_t same = 0;

	for (uint32_t k = 0; k < n && f->group[i] != FORMING_NO_GROUP; k++)
		same += list[k] != but && f->group[list[k]] == f->group[i];
	return same;
}

static unsigned count(const uint64_t *set, uint32_t words)
{
	unsigned n = 0;

	for (uint32_t i = 0; i < words; i++)
		n += (unsigned)__builtin_popcountll(set[i]);
	return n;
}

static unsigned count_both(const uint64_t *a, const uint64_t *b, uint32_t words)
{
	unsigned n = 0;

	for (uint32_t i = 0; i < words; i++)
		n += (unsigned)__builtin_popcountll(a[i] & b[i]);
	return n;
}

static bool is_subset(const uint64_t *a, const uint64_t *b, uint32_t words)
{
	for (uint32_t i = 0; i < words; i++)
		if ((a[i] & ~b[i]) != 0)
			return false;
	return true;
}

/* Drop openings of a guide of one cohort that another one makes needless. Of two
 * with the same newcomers the first stays. */
static void prune(struct forming *f, uint32_t first)
{
	uint32_t kept = first;

	for (uint32_t i = first; i < f->n_openings; i++) {
		const uint64_t *mine = f->opening[i].seats;
		bool needless = false;

		for (uint32_t j = first; j < f->n_openings && !needless; j++) {
			const uint64_t *other = f->opening[j].seats;

			if (j == i)
				continue;
			needless = is_subset(mine, other, f->words) &&
				   (j < i || !is_subset(other, mine, f->words));
		}
		if (needless)
			memset(f->opening[i].seats, 0,
			    f->words * sizeof(uint64_t));
	}
	for (uint32_t i = first; i < f->n_openings; i++)
		if (count(f->opening[i].seats, f->words) > 0)
			f->opening[kept++] = f->opening[i];
	f->n_openings = kept;
}

/* Newcomers who may sit with this guide in this language. */
static void fill_eligible(
    const struct forming *f, uint32_t g, uint32_t language, uint64_t *ret)
{
	uint32_t person = f->guide[g];

	memset(ret, 0, f->words * sizeof(*ret));
	for (uint32_t i = 0; i < f->n_newcomers; i++) {
		uint32_t n = f->newcomer[i];

		if (n != person && !avoids(f->c, n, person) &&
		    !avoids(f->c, person, n) &&
		    forming_level(&f->c->person[n], language) >=
			f->in->language_level)
			forming_put(ret, i);
	}
}

/* Room for one more opening, its seats zero; NULL without memory. */
static struct opening *add_opening(
    struct arena *a, struct forming *f, uint32_t *room)
{
	struct opening *o;

	if (f->n_openings == *room) {
		uint32_t more = *room == 0 ? 1024 : 2 * *room;

		o = arena_grow(
		    a, f->opening, f->n_openings, more, sizeof(*f->opening));
		if (o == NULL)
			return NULL;
		f->opening = o;
		*room = more;
	}
	o = &f->opening[f->n_openings];
	o->seats = ARENA_ARRAY(a, f->words, uint64_t);
	if (o->seats == NULL)
		return NULL;
	f->n_openings++;
	return o;
}

/* A guide's openings in one language that enough newcomers could come to. */
static bool add_language(struct arena *a, struct forming *f, uint32_t g,
    uint32_t language, uint64_t *eligible, uint32_t *room)
{
	fill_eligible(f, g, language, eligible);
	for (uint32_t p = 0; p < f->n_patterns; p++) {
		const uint64_t *comes = forming_comes(f, p);
		struct opening *o;

		if (f->guide_can[(size_t)g * f->n_patterns + p] == 0 ||
		    count_both(comes, eligible, f->words) < f->in->cohort_min)
			continue;
		o = add_opening(a, f, room);
		if (o == NULL)
			return false;
		o->guide = g;
		o->language = language;
		o->pattern = p;
		for (uint32_t w = 0; w < f->words; w++)
			o->seats[w] = comes[w] & eligible[w];
	}
	return true;
}

/* The guide's languages at the level, in the order of their names. */
static uint16_t guide_languages(const struct forming *f, const struct person *p,
    uint32_t ret[PERSON_MAX_LANGUAGES])
{
	uint16_t n = 0;

	for (uint16_t i = 0; i < p->n_languages && n < PERSON_MAX_LANGUAGES;
	     i++) {
		uint16_t at = n;

		if (p->languages[i].level < f->in->language_level)
			continue;
		for (; at > 0 &&
		       strcmp(terms_text(f->c->terms, ret[at - 1]),
			   terms_text(f->c->terms, p->languages[i].term)) > 0;
		     at--)
			ret[at] = ret[at - 1];
		ret[at] = p->languages[i].term;
		n++;
	}
	return n;
}

static enum err_code fill_openings(
    struct arena *a, struct forming *f, struct err *e)
{
	uint32_t language[PERSON_MAX_LANGUAGES], room = 0;
	uint64_t *eligible = ARENA_ARRAY(a, f->words, uint64_t);

	f->first_opening = ARENA_ARRAY(a, f->n_guides + (size_t)1, uint32_t);
	if (eligible == NULL || f->first_opening == NULL)
		return ERR_SET(e, NOMEM, "no memory for guides' openings");
	for (uint32_t g = 0; g < f->n_guides; g++) {
		uint16_t n =
		    guide_languages(f, &f->c->person[f->guide[g]], language);

		f->first_opening[g] = f->n_openings;
		for (uint16_t i = 0; i < n; i++)
			if (!add_language(
				a, f, g, language[i], eligible, &room))
				return ERR_SET(
				    e, NOMEM, "no memory for guides' openings");
		if (f->load[g] == 1)
			prune(f, f->first_opening[g]);
	}
	f->first_opening[f->n_guides] = f->n_openings;
	return ERR_OK;
}

enum err_code forming_new(struct arena *a, const struct community *c,
    const struct policy *p, const struct intake *in,
    const struct busy_time *busy, uint32_t n_busy, struct forming **ret,
    struct err *e)
{
	struct forming *f = ARENA_NEW(a, struct forming);
	struct arena *scratch = arena_new(SCRATCH_OCTETS);
	enum err_code err;

	if (f == NULL || scratch == NULL) {
		arena_free(scratch);
		return ERR_SET(e, NOMEM, "no memory for an intake");
	}
	f->c = c;
	f->in = in;
	f->quarters = in->session_minutes / WEEK_SLOT_MINUTES;
	err = list_people(a, f, e);
	if (err == ERR_OK &&
	    (uint64_t)f->n_guides * f->n_newcomers > FORMING_MAX_PAIRS)
		err = ERR_SET(e, TOO_LARGE,
		    "expected at most %d pairs of guide and newcomer",
		    FORMING_MAX_PAIRS);
	if (err == ERR_OK)
		err = spans_index_busy(a, c->n, busy, n_busy, &f->busy, e);
	if (err == ERR_OK)
		err = slots_of_intake(a, in, &f->slots, e);
	if (err == ERR_OK)
		err = slots_patterns(
		    a, in, &f->slots, &f->pattern, &f->n_patterns, e);
	if (err == ERR_OK)
		err = fill_attendance(a, scratch, f, e);
	if (err == ERR_OK)
		err = fill_fit(a, f, p, e);
	if (err == ERR_OK)
		err = fill_apart(a, f, e);
	if (err == ERR_OK)
		err = fill_groups(a, f, e);
	if (err == ERR_OK)
		err = fill_openings(a, f, e);
	arena_free(scratch);
	if (err == ERR_OK)
		*ret = f;
	return err;
}
