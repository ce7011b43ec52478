/* The mentors a plan lacks, by looking at every language and hour: see wanted.h. */
#include "matcher/wanted.h"

#include <string.h>

#include "matcher/features.h"

struct pupil {
	uint32_t person;
	struct week_grid fits; /* where a lesson may begin, in every week */
	bool is_served;        /* by one who is wanted already */
};

struct look {
	const struct scorer *scorer;
	struct pupil *pupil;
	uint32_t n;
	uint32_t *language; /* that somebody speaks well enough, once each */
	uint32_t n_languages;
	unsigned slots; /* of a lesson */
};

/* Free for so many quarter hours from here on, in the same week of every regime. */
static void find_fits(
    const struct look *x, const struct features *f, struct week_grid *fits)
{
	unsigned run = 0;

	for (unsigned t = WEEK_SLOTS; t-- > 0;) {
		bool is_free = true;

		for (uint32_t r = 0; is_free && r < x->scorer->n_regimes; r++)
			is_free = week_grid_has(&f->grid[r], t);
		run = is_free ? run + 1 : 0;
		if (run >= x->slots)
			week_grid_set(fits, t);
	}
}

static bool speaks(const struct look *x, uint32_t person, uint32_t language)
{
	const struct person *p = &x->scorer->community->person[person];

	for (unsigned k = 0; k < p->n_languages; k++)
		if (p->languages[k].term == language)
			return p->languages[k].level >=
			       x->scorer->policy->language_level;
	return false;
}

static void note_languages(struct look *x, uint32_t person)
{
	const struct person *p = &x->scorer->community->person[person];

	for (unsigned k = 0; k < p->n_languages; k++) {
		uint32_t term = p->languages[k].term, at = 0;

		while (at < x->n_languages && x->language[at] != term)
			at++;
		if (at == x->n_languages && speaks(x, person, term))
			x->language[x->n_languages++] = term;
	}
}

/* How many speak the language and are free, by the quarter hour they begin. */
static void count(const struct look *x, uint32_t language, uint32_t *n)
{
	memset(n, 0, WEEK_SLOTS * sizeof(*n));
	for (uint32_t k = 0; k < x->n; k++) {
		const struct pupil *p = &x->pupil[k];

		if (p->is_served || !speaks(x, p->person, language))
			continue;
		for (unsigned t = 0; t < WEEK_SLOTS; t++)
			n[t] += week_grid_has(&p->fits, t);
	}
}

static bool comes_first(const struct look *x, uint32_t a, uint32_t b)
{
	const struct terms *t = x->scorer->community->terms;

	return strcmp(terms_text(t, a), terms_text(t, b)) < 0;
}

/* The best language and hour for those who are left; false: nobody can be helped. */
static bool find_best(const struct look *x, struct plan_wanted *ret)
{
	uint32_t n[WEEK_SLOTS];

	*ret = (struct plan_wanted){.level = x->scorer->policy->language_level};
	for (uint32_t l = 0; l < x->n_languages; l++) {
		uint32_t language = x->language[l];

		count(x, language, n);
		for (unsigned t = 0; t < WEEK_SLOTS; t++) {
			if (n[t] < ret->n_newcomers || n[t] == 0)
				continue;
			if (n[t] == ret->n_newcomers &&
			    (language == ret->language ||
				!comes_first(x, language, ret->language)))
				continue;
			ret->n_newcomers = n[t];
			ret->language = language;
			ret->window.begin = (uint16_t)(t * WEEK_SLOT_MINUTES);
		}
	}
	ret->window.end =
	    (uint16_t)(ret->window.begin + x->slots * WEEK_SLOT_MINUTES);
	return ret->n_newcomers > 0;
}

static bool take_best(struct look *x, struct arena *a, struct plan_wanted *w)
{
	unsigned slot = w->window.begin / WEEK_SLOT_MINUTES;
	uint32_t n = 0;

	w->newcomer = ARENA_ARRAY(a, w->n_newcomers, uint32_t);
	if (w->newcomer == NULL)
		return false;
	for (uint32_t k = 0; k < x->n; k++) {
		struct pupil *p = &x->pupil[k];

		if (p->is_served || !speaks(x, p->person, w->language) ||
		    !week_grid_has(&p->fits, slot))
			continue;
		p->is_served = true;
		w->newcomer[n++] = p->person;
	}
	return true;
}

enum err_code wanted_report(struct arena *work, struct arena *a,
    const struct scorer *s, struct plan *plan, struct err *e)
{
	struct look x = {.scorer = s,
	    .pupil = ARENA_ARRAY(work, plan->n_unmatched, struct pupil),
	    .n = plan->n_unmatched,
	    .language = ARENA_ARRAY(
		work, (size_t)plan->n_unmatched * PERSON_MAX_TERMS, uint32_t),
	    .slots = (s->policy->min_shared_minutes + WEEK_SLOT_MINUTES - 1u) /
		     WEEK_SLOT_MINUTES};
	bool good = !arena_failed(work);

	if (x.slots == 0)
		x.slots = 1;
	for (uint32_t k = 0; good && k < x.n; k++) {
		struct pupil *p = &x.pupil[k];

		p->person = plan->unmatched[k].newcomer;
		find_fits(&x, &s->features[p->person], &p->fits);
		note_languages(&x, p->person);
	}
	while (good && plan->n_wanted < PLAN_MAX_WANTED) {
		struct plan_wanted *w = &plan->wanted[plan->n_wanted];

		if (!find_best(&x, w))
			break;
		plan->n_wanted++;
		good = take_best(&x, a, w);
	}
	return good ? ERR_OK
		    : ERR_SET(e, NOMEM, "no memory for the mentors wanted");
}
