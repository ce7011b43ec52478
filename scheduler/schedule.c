/*
 * schedule_run: the steps from a community to cohorts.
 *
 * Everything that could be (forming) -> the LP over all columns, which bounds the
 * optimum (master) -> a dive, the exact assignment, a search and branch and cut
 * (improve) -> the plan (compose). The plan is as good as its bound says: nothing
 * here calls it optimal unless the two meet.
 */
#include "scheduler/schedule.h"

#include "scheduler/compose.h"

enum {
	ROOT_ROUNDS = 5000,
	SEARCH_ROUNDS = 25 /* without success */
};

/* A copy of the prices that gave the bound. */
static bool copy_prices(
    struct arena *a, const struct master *m, struct prices *ret)
{
	size_t newcomers = m->f->n_newcomers, guides = m->f->n_guides;

	ret->newcomer = ARENA_ARRAY(a, newcomers, int64_t);
	ret->guide = ARENA_ARRAY(a, guides, int64_t);
	if (ret->newcomer == NULL || ret->guide == NULL)
		return false;
	memcpy(ret->newcomer, m->prices.newcomer,
	    newcomers * sizeof(*ret->newcomer));
	memcpy(ret->guide, m->prices.guide, guides * sizeof(*ret->guide));
	if (m->prices.moment == NULL)
		return true;
	ret->moment = ARENA_ARRAY(a, guides * WEEK_SLOTS, int64_t);
	if (ret->moment == NULL)
		return false;
	memcpy(ret->moment, m->prices.moment,
	    guides * WEEK_SLOTS * sizeof(*ret->moment));
	return true;
}

/* The LP over all columns: its bound and prices. */
static enum err_code solve_root(
    struct master *m, int64_t *ret_bound, struct prices *ret, struct err *e)
{
	const struct forming *f = m->f;
	uint64_t *all = ARENA_ARRAY(m->a, f->words, uint64_t);
	struct remainder r = {all, f->load, NULL, 0};

	if (all == NULL)
		return ERR_SET(e, NOMEM, "no memory for the master program");
	for (uint32_t i = 0; i < f->n_newcomers; i++)
		forming_put(all, i);
	if (master_generate(m, &r, ROOT_ROUNDS, "columns", ret_bound, e) !=
	    ERR_OK)
		return e->code;
	if (!copy_prices(m->a, m, ret))
		return ERR_SET(e, NOMEM, "no memory for prices");
	return ERR_OK;
}

enum err_code schedule_run(struct arena *a, const struct community *c,
    const struct policy *p, const struct intake *in,
    const struct busy_time *busy, uint32_t n_busy,
    const struct match_options *o, struct cohort_plan **ret_plan, struct err *e)
{
	struct prices root = {NULL, NULL, NULL};
	struct master *m = NULL;
	struct forming *f = NULL;
	struct choice choice = {NULL, 0, 0};
	int64_t bound = 0;
	enum err_code err = schedule_intake_check(in, e);

	if (err == ERR_OK)
		err = forming_new(a, c, p, in, busy, n_busy, &f, e);
	if (err != ERR_OK)
		return err;
	choice = improve_choice(a, f);
	if (choice.column == NULL)
		return ERR_SET(e, NOMEM, "no memory for a plan");
	err = master_new(a, f, o, &m, e);
	if (err == ERR_OK)
		err = solve_root(m, &bound, &root, e);
	if (err == ERR_OK)
		err = improve_dive(m, &choice, "dive", e);
	if (err == ERR_OK)
		err = improve_assign(m, &choice, e);
	if (err == ERR_OK)
		err = improve_search(m, &choice, bound, o != NULL ? o->seed : 0,
		    SEARCH_ROUNDS, e);
	if (err == ERR_OK)
		err = improve_exact(m, &choice, bound, &root, e);
	if (err == ERR_OK)
		err = compose_plan(a, m, &choice, bound, ret_plan, e);
	master_free(m);
	return err;
}
