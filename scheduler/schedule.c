/*
 * schedule_run: the steps from a community to cohorts.
 *
 * Everything that could be (forming) -> prices that bound the optimum (ascend) -> a
 * first plan, the exact assignment and a search over openings (improve) -> branch and
 * price, which closes the gap or says what is left of it (branch) -> the plan
 * (compose). The plan is as good as its bound says: nothing here calls it optimal
 * unless the two meet. Whenever the caller asks to stop, the plan at hand is finished.
 */
#include "scheduler/schedule.h"

#include "scheduler/branch.h"
#include "scheduler/compose.h"

enum {
	PRICE_ROUNDS = 600,
	TRIES_OF_TABLE = 100,
	LEAST_TRIES = 20000,
};

static const double HOPE = 0.01;                   /* for the bound at first */
static const double HEAT = SCHEDULE_PLACED * 0.35; /* of the first search */
static const struct branch_limits LIMITS = {.nodes = 3000, .work = 5000000};

/* Everything may be used. */
static bool open_all(struct arena *a, const struct forming *f,
    struct remainder *ret, uint64_t **ret_openings)
{
	uint64_t *newcomers = ARENA_ARRAY(a, f->words, uint64_t);
	uint64_t *openings =
	    ARENA_ARRAY(a, (f->n_openings + 63) / 64, uint64_t);

	if (newcomers == NULL || openings == NULL)
		return false;
	for (uint32_t i = 0; i < f->n_newcomers; i++)
		forming_put(newcomers, i);
	for (uint32_t o = 0; o < f->n_openings; o++)
		forming_put(openings, o);
	*ret = (struct remainder){newcomers, openings, f->load};
	*ret_openings = openings;
	return true;
}

static enum err_code solve(struct master *m, uint64_t seed, struct seats **ret,
    int64_t *ret_bound, struct err *e)
{
	struct seats *s = seats_new(m->a, m->f);
	struct ascent *up = ascend_new(m->a, m);
	struct remainder r;
	uint64_t *openings;
	uint32_t tries;

	if (s == NULL || up == NULL || !open_all(m->a, m->f, &r, &openings))
		return ERR_SET(e, NOMEM, "no memory for a plan");
	ascend_begin(up, &r);
	ascend_run(up, &r, openings, PRICE_ROUNDS, HOPE, 0);
	*ret_bound = up->bound / PRICE_UNIT;
	improve_begin(m, up, s);
	tries = s->n_tables * TRIES_OF_TABLE;
	if (!improve_assign(m->a, s) ||
	    !improve_search(m, &r, s, *ret_bound, seed,
		tries > LEAST_TRIES ? tries : LEAST_TRIES, HEAT) ||
	    !improve_assign(m->a, s))
		return ERR_SET(e, NOMEM, "no memory for a search");
	*ret = s;
	if (s->value >= *ret_bound || m->stopped)
		return ERR_OK;
	if (ascend_keep(up, &r, e) != ERR_OK)
		return e->code;
	return branch_run(m, &r, up, LIMITS, s, ret_bound, e);
}

enum err_code schedule_run(struct arena *a, const struct community *c,
    const struct policy *p, const struct intake *in,
    const struct busy_time *busy, uint32_t n_busy,
    const struct match_options *o, struct cohort_plan **ret_plan, struct err *e)
{
	struct master *m = NULL;
	struct forming *f = NULL;
	struct seats *s = NULL;
	int64_t bound = 0;
	enum err_code err = schedule_intake_check(in, e);

	if (err == ERR_OK)
		err = forming_new(a, c, p, in, busy, n_busy, &f, e);
	if (err == ERR_OK)
		err = master_new(a, f, o, &m, e);
	if (err == ERR_OK)
		err = solve(m, o != NULL ? o->seed : 0, &s, &bound, e);
	if (err == ERR_OK)
		err = compose_plan(a, m, s, bound, ret_plan, e);
	master_free(m);
	return err;
}
