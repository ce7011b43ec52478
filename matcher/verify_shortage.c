/* Shortages and mentors wanted, checked one by one: see verify_shortage.h. */
#include "matcher/verify_shortage.h"

#include "matcher/features.h"

#define FAULT(x, ...) ERR_SET((x)->err, VALIDATION, __VA_ARGS__)
#define NOBODY        UINT32_MAX

struct check {
	const struct scorer *scorer;
	const struct rate *rate;
	struct rate_work *work;
	const struct plan *plan;
	uint32_t *mate;             /* by person: the mentor, or NOBODY */
	uint32_t *seen, *is_inside; /* by person: in which look, from 1 on */
	uint32_t look;
	struct err *err;
};

static const char *id_of(const struct check *x, uint32_t person)
{
	return x->scorer->community->person[person].id;
}

/* Whoever stands in one list of a look does not stand in another. */
static enum err_code see(struct check *x, uint32_t person, const char *what)
{
	if (person >= x->scorer->community->n)
		return FAULT(x, "a %s names somebody who does not exist", what);
	if (x->seen[person] == x->look)
		return FAULT(
		    x, "%s stands in a %s twice", id_of(x, person), what);
	x->seen[person] = x->look;
	return ERR_OK;
}

static enum err_code see_unmatched(
    struct check *x, uint32_t person, const char *what)
{
	enum err_code rc = see(x, person, what);

	if (rc == ERR_OK &&
	    (score_newcomer_of(x->scorer, person) == UINT32_MAX ||
		x->mate[person] != NOBODY))
		return FAULT(x, "%s is not an unmatched newcomer, as a %s says",
		    id_of(x, person), what);
	return rc;
}

/* No mentor but those of the shortage. */
static enum err_code check_inside(
    struct check *x, const struct plan_shortage *s, uint32_t person)
{
	uint32_t m = score_mentors(x->scorer);
	const uint8_t *broken;

	if (s->n_mentors == m)
		return ERR_OK; /* there is none outside */
	broken =
	    rate_rules(x->rate, x->work, score_newcomer_of(x->scorer, person))
		.broken;
	for (uint32_t j = 0; j < m; j++) {
		uint32_t mentor = score_mentor(x->scorer, j);

		if (broken[j] == 0 && x->is_inside[mentor] != x->look)
			return FAULT(x,
			    "%s of a shortage may have %s, who is not of it",
			    id_of(x, person), id_of(x, mentor));
	}
	return ERR_OK;
}

static enum err_code check_places(
    struct check *x, const struct plan_shortage *s)
{
	uint64_t places = 0;

	for (uint32_t k = 0; k < s->n_mentors; k++) {
		uint32_t mentor = s->mentor[k], j;

		if (mentor >= x->scorer->community->n)
			return FAULT(x, "a shortage names somebody who does "
					"not exist");
		j = score_mentor_of(x->scorer, mentor);
		if (j == UINT32_MAX || x->is_inside[mentor] == x->look)
			return FAULT(x,
			    "%s is no mentor of a shortage, or twice",
			    id_of(x, mentor));
		x->is_inside[mentor] = x->look;
		places += score_capacity(x->scorer, j);
	}
	if (places != s->places || places != s->n_others)
		return FAULT(x, "a shortage has %llu places, not %u held by %u",
		    (unsigned long long)places, s->places, s->n_others);
	return ERR_OK;
}

static enum err_code check_shortage(
    struct check *x, const struct plan_shortage *s)
{
	enum err_code rc;

	x->look++;
	rc = check_places(x, s);
	if (rc == ERR_OK && s->n_unmatched == 0)
		rc = FAULT(x, "a shortage leaves nobody out");
	for (uint32_t k = 0; rc == ERR_OK && k < s->n_unmatched; k++) {
		rc = see_unmatched(x, s->unmatched[k], "shortage");
		if (rc == ERR_OK)
			rc = check_inside(x, s, s->unmatched[k]);
	}
	for (uint32_t k = 0; rc == ERR_OK && k < s->n_others; k++) {
		rc = see(x, s->other[k], "shortage");
		if (rc == ERR_OK &&
		    (x->mate[s->other[k]] == NOBODY ||
			x->is_inside[x->mate[s->other[k]]] != x->look))
			rc = FAULT(x, "%s holds no place of a shortage",
			    id_of(x, s->other[k]));
		if (rc == ERR_OK)
			rc = check_inside(x, s, s->other[k]);
	}
	return rc;
}

static bool is_free(
    const struct check *x, uint32_t person, const struct window *w)
{
	const struct features *f = &x->scorer->features[person];

	for (uint32_t r = 0; r < x->scorer->n_regimes; r++)
		for (unsigned t = w->begin; t < w->end; t += WEEK_SLOT_MINUTES)
			if (!week_grid_has(&f->grid[r], t / WEEK_SLOT_MINUTES))
				return false;
	return true;
}

static bool speaks(
    const struct check *x, uint32_t person, const struct plan_wanted *w)
{
	const struct person *p = &x->scorer->community->person[person];

	for (unsigned k = 0; k < p->n_languages; k++)
		if (p->languages[k].term == w->language)
			return p->languages[k].level >= w->level;
	return false;
}

static enum err_code check_wanted(struct check *x, const struct plan_wanted *w)
{
	enum err_code rc = ERR_OK;

	if (w->level != x->scorer->policy->language_level ||
	    w->window.end > WEEK_MINUTES ||
	    w->window.end - w->window.begin <
		x->scorer->policy->min_shared_minutes)
		return FAULT(x,
		    "a mentor wanted has another level or fewer minutes than "
		    "the policy asks for");
	for (uint32_t k = 0; rc == ERR_OK && k < w->n_newcomers; k++) {
		uint32_t person = w->newcomer[k];

		rc = see_unmatched(x, person, "mentor wanted");
		if (rc == ERR_OK &&
		    (!speaks(x, person, w) || !is_free(x, person, &w->window)))
			rc = FAULT(x,
			    "%s would not be served by that mentor wanted",
			    id_of(x, person));
	}
	return rc;
}

enum err_code verify_shortage(struct arena *a, const struct scorer *s,
    const struct rate *r, struct rate_work *w, const struct plan *plan,
    struct err *e)
{
	uint32_t n = s->community->n;
	struct check x = {.scorer = s,
	    .rate = r,
	    .work = w,
	    .plan = plan,
	    .mate = ARENA_ARRAY(a, n, uint32_t),
	    .seen = ARENA_ARRAY(a, n, uint32_t),
	    .is_inside = ARENA_ARRAY(a, n, uint32_t),
	    .err = e};
	enum err_code rc = ERR_OK;

	if (arena_failed(a))
		return ERR_SET(e, NOMEM, "no memory for the check");
	for (uint32_t k = 0; k < n; k++)
		x.mate[k] = NOBODY;
	for (uint32_t k = 0; k < plan->n_pairs; k++)
		x.mate[plan->pair[k].newcomer] = plan->pair[k].mentor;
	for (uint32_t k = 0; rc == ERR_OK && k < plan->shortages.n; k++)
		rc = check_shortage(&x, &plan->shortages.item[k]);
	x.look++; /* one for all wanted: they share nobody */
	for (uint32_t k = 0; rc == ERR_OK && k < plan->n_wanted; k++)
		rc = check_wanted(&x, &plan->wanted[k]);
	return rc;
}
