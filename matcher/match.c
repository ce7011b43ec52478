/*
 * The front door: see match.h.
 *
 * Numeric domain, checked on entry (score_new): people, places, weights and points
 * within the limits of community.h and policy.h. The value of a whole plan, people *
 * M * S + points * S + ties, is below 2^60 then (score_scale makes S fit). Work
 * memory is an arena of its own that ends with the run; only the plan goes to the
 * caller's.
 */
#include "matcher/match.h"

#include <string.h>

#include "matcher/columns.h"
#include "matcher/confirm.h"
#include "matcher/constrain.h"
#include "matcher/explain.h"
#include "matcher/score.h"
#include "matcher/shortage.h"
#include "matcher/solve.h"
#include "matcher/stability.h"
#include "matcher/stable.h"
#include "matcher/wanted.h"

#define MATCH_MAX_WORK ((size_t)8 << 30)

/* Everybody who takes part as a newcomer and has no pair, in order. */
static enum err_code explain_rest(struct arena *work, struct arena *a,
    const struct community *c, const struct policy *p,
    const struct columns *columns, struct plan *plan, struct err *e)
{
	struct explain *x =
	    explain_new(work, c, p, columns->scorer, columns->rate, plan);
	uint32_t k = 0;

	plan->unmatched = ARENA_ARRAY(
	    a, plan->n_newcomers - plan->n_served, struct plan_unmatched);
	if (x == NULL || plan->unmatched == NULL)
		return ERR_SET(e, NOMEM, "no memory for the plan");
	for (uint32_t i = 0; i < plan->n_newcomers; i++) {
		enum err_code rc;

		uint32_t first = k;

		while (
		    k < plan->n_pairs && plan->pair[k].newcomer ==
					     score_newcomer(columns->scorer, i))
			k++;
		if (k > first)
			continue;
		rc = explain_unmatched(
		    x, a, i, &plan->unmatched[plan->n_unmatched++], e);
		if (rc != ERR_OK)
			return rc;
	}
	return ERR_OK;
}

/* The plan that the policy asks for, and who would rather have each other. */
static enum err_code settle(struct arena *work, struct arena *a,
    const struct community *c, const struct policy *p,
    const struct columns *columns, struct plan *plan, struct err *e)
{
	const struct match_options *o = columns->options;
	struct prefer *prefer =
	    prefer_new(work, c, columns->scorer, columns->rate, o->seed);
	enum err_code rc = ERR_OK;

	if (prefer == NULL)
		return ERR_SET(e, NOMEM, "no memory for the preferences");
	if (p->method == POLICY_DEFERRED_ACCEPTANCE)
		rc = stable_plan(work, a, prefer, o, plan, e);
	if (rc == ERR_OK)
		rc = stability_report(
		    work, a, prefer, o, columns->threads, plan, e);
	return rc;
}

static enum err_code run(struct arena *work, struct arena *a,
    const struct community *c, const struct policy *p,
    const struct match_options *o, struct plan *plan, struct err *e)
{
	struct match_progress progress = {.phase = "confirm"};
	struct scorer *s = NULL;
	struct columns *columns = NULL;
	enum err_code rc = score_new(work, c, p, &s, e);

	if (rc == ERR_OK)
		rc = columns_new(work, s, o, &columns, e);
	if (rc == ERR_OK)
		rc = solve_plan(a, columns, p, plan, e);
	if (rc != ERR_OK)
		return rc;
	progress.best_objective = progress.bound = plan->total_points;
	if (o->progress != NULL && o->progress(o->cookie, &progress))
		return ERR_SET(e, TIMEOUT, "the matching was stopped");
	rc = p->n_constraints > 0
		 ? constrain_plan(work, a, columns, p, NULL, plan, e)
		 : confirm_plan(columns, plan, e);
	if (rc == ERR_OK)
		rc = settle(work, a, c, p, columns, plan, e);
	if (rc == ERR_OK)
		rc = explain_rest(work, a, c, p, columns, plan, e);
	if (rc == ERR_OK)
		rc = shortage_report(
		    work, a, columns->scorer, columns->rate, plan, e);
	if (rc == ERR_OK)
		rc = wanted_report(work, a, columns->scorer, plan, e);
	return rc;
}

enum err_code match_run(struct arena *a, const struct community *c,
    const struct policy *p, const struct match_options *o,
    struct plan **ret_plan, struct err *e)
{
	struct plan *plan = ARENA_NEW(a, struct plan);
	struct arena *work = arena_new(MATCH_MAX_WORK);
	enum err_code rc;

	if (plan == NULL || work == NULL) {
		arena_free(work);
		return ERR_SET(e, NOMEM, "no memory for the matching");
	}
	plan->seed = o->seed;
	rc = run(work, a, c, p, o, plan, e);
	arena_free(work);
	if (rc == ERR_OK)
		*ret_plan = plan;
	return rc;
}

/* ---- canonical text ---- */

/* Length and text, so that no text can be mistaken for two. */
static void put_text(struct str *out, const char *text)
{
	str_printf(out, " %zu:%s", strlen(text), text);
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Terms in the order of their texts: numbers depend on the order of reading. */
static void put_terms(struct str *out, const struct terms *terms,
    const char *label, const uint32_t *term, const struct term_level *level,
    unsigned n)
{
	const char *text[PERSON_MAX_TERMS];

	if (n > PERSON_MAX_TERMS) {
		out->failed = true;
		return;
	}
	str_printf(out, "%s %u", label, n);
	for (unsigned i = 0; i < n; i++)
		text[i] =
		    terms_text(terms, level != NULL ? level[i].term : term[i]);
	qsort(text, n, sizeof(*text), by_text);
	for (unsigned i = 0; i < n; i++) {
		put_text(out, text[i]);
		for (unsigned k = 0; level != NULL && k < n; k++)
			if (terms_text(terms, level[k].term) == text[i])
				str_printf(out, " %u", level[k].level);
	}
	str_putc(out, '\n');
}

static void put_people(struct str *out, const struct community *c,
    const char *label, const uint32_t *list, unsigned n)
{
	str_printf(out, "%s %u", label, n);
	for (unsigned i = 0; i < n; i++)
		put_text(out, c->person[list[i]].id);
	str_putc(out, '\n');
}

static void put_hours(
    struct str *out, const char *label, const struct window *w, unsigned n)
{
	str_printf(out, "%s %u", label, n);
	for (unsigned i = 0; i < n; i++)
		str_printf(out, " %u-%u", w[i].begin, w[i].end);
	str_putc(out, '\n');
}

static void put_person(
    struct str *out, const struct community *c, const struct person *p)
{
	const struct terms *t = c->terms;

	str_puts(out, "person");
	put_text(out, p->id);
	put_text(out, p->name);
	put_text(out, p->zone->name);
	put_text(out, terms_text(t, p->industry));
	put_text(out, terms_text(t, p->style));
	put_text(out, terms_text(t, p->organization));
	str_printf(out, " %d %d %u %u %d\n", (int)p->participation,
	    p->years_tenths, p->capacity, p->waiting_days, p->recent_pairings);
	put_terms(out, t, "roles", p->roles, NULL, p->n_roles);
	put_terms(out, t, "wants", p->wants, NULL, p->n_wants);
	put_terms(out, t, "tags", p->tags, NULL, p->n_tags);
	put_terms(out, t, "stack", NULL, p->stack, p->n_stack);
	put_terms(out, t, "languages", NULL, p->languages, p->n_languages);
	put_hours(out, "hours", p->windows, p->n_windows);
	put_people(out, c, "preferences", p->preferences, p->n_preferences);
	put_people(out, c, "avoid", p->avoid, p->n_avoid);
	/* Only where they say something: what was before them keeps its digest. */
	if (p->n_preferred > 0)
		put_hours(out, "preferred", p->preferred, p->n_preferred);
	if (p->volunteer > 0 || p->carried > 0)
		str_printf(out, "bears %u %u\n", p->volunteer, p->carried);
	if (p->mentors_wanted > 0)
		str_printf(out, "mentors %u\n", p->mentors_wanted);
}

void match_canonical(const struct community *c, struct str *out)
{
	str_printf(out, "cairn-input 2\npeople %u\n", c->n);
	for (uint32_t i = 0; i < c->n; i++)
		put_person(out, c, &c->person[i]);
}
