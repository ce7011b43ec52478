/* All rows, once: see verify_rows.h. Whichever thread comes upon a row that does not
 * hold, the first such row is looked at again for the message. */
#include "matcher/verify_rows.h"

#include <stdatomic.h>

#include "base/parallel.h"
#include "matcher/rate_loops.h"

enum {
	ROWS_A_CHUNK = 16
};

struct rows {
	const struct rate *rate;
	const struct verify_question *question;
	unsigned n;
	uint32_t m;
	struct rate_work **work; /* by worker, as are the counts */
	uint64_t *allowed;
	atomic_uint_fast32_t
	    first[VERIFY_MAX_QUESTIONS]; /* that does not hold */
};

static void note_first(atomic_uint_fast32_t *first, uint32_t row)
{
	uint_fast32_t before = atomic_load(first);

	while (
	    row < before && !atomic_compare_exchange_weak(first, &before, row))
		;
}

static bool do_rows(void *cookie, unsigned worker, uint32_t begin, uint32_t end)
{
	struct rows *x = cookie;

	for (uint32_t i = begin; i < end; i++) {
		const int16_t *points = rate_row(x->rate, x->work[worker], i);

		x->allowed[worker] += rate_loops(false)->allowed(points, x->m);
		for (unsigned k = 0; k < x->n; k++)
			if (!x->question[k].holds(
				x->question[k].cookie, worker, i, points))
				note_first(&x->first[k], i);
	}
	/* rows are taken in order: once behind the first, nothing is new */
	return end <= atomic_load(&x->first[0]);
}

enum err_code verify_rows(struct arena *a, const struct scorer *s,
    const struct rate *r, unsigned threads,
    const struct verify_question *question, unsigned n, uint64_t *ret_allowed,
    struct err *e)
{
	struct rows x = {.rate = r,
	    .question = question,
	    .n = n,
	    .m = score_mentors(s),
	    .work = ARENA_ARRAY(a, threads, struct rate_work *),
	    .allowed = ARENA_ARRAY(a, threads, uint64_t)};

	for (unsigned k = 0; k < n; k++)
		atomic_init(&x.first[k], UINT32_MAX);
	for (unsigned k = 0; !arena_failed(a) && k < threads; k++)
		x.work[k] = rate_work_new(a, r);
	if (arena_failed(a))
		return ERR_SET(e, NOMEM, "no memory for the check");
	(void)parallel_run(
	    threads, score_newcomers(s), ROWS_A_CHUNK, do_rows, &x);
	for (unsigned k = 0; k < n; k++) {
		uint32_t row = (uint32_t)atomic_load(&x.first[k]);

		if (row != UINT32_MAX)
			return question[k].tell(question[k].cookie, row,
			    rate_row(r, x.work[0], row), e);
	}
	*ret_allowed = 0;
	for (unsigned k = 0; k < threads; k++)
		*ret_allowed += x.allowed[k];
	return ERR_OK;
}
