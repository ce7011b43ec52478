/*
 * Column generation: the best value over all allowed pairs while looking at few.
 *
 * Candidate pairs (columns) are kept per newcomer. A step solves the assignment
 * over them, prices all pairs with the duals, adds those that price out, and goes
 * on until none does: then the duals prove the optimum over every pair. Columns
 * and the assignment's tree stay for later steps. Pairs are rated row by row, on
 * all threads, and never stored but for small communities, where an octet a pair
 * is remembered. Private to the solver.
 */
#ifndef MATCHER_COLUMNS_H
#define MATCHER_COLUMNS_H

#include "matcher/assign.h"
#include "matcher/match.h"
#include "matcher/rate.h"
#include "matcher/score.h"

enum {
	COLUMNS_FIRST = 32, /* best candidates of a newcomer to begin with */
	COLUMNS_MORE = 16,  /* added to a newcomer in one pricing pass */
};

/* Pairs whose points are remembered instead of rated again (an octet each). */
#define COLUMNS_MAX_REMEMBERED ((uint64_t)1 << 26)

/* What a pair is worth in a step; pairs below `least_points` are not in it. */
enum columns_goal {
	COLUMNS_PEOPLE, /* the newcomer's waiting weight */
	COLUMNS_TOTAL,  /* score_value */
	COLUMNS_GOALS
};

struct columns_step {
	enum columns_goal goal;
	int32_t least_points;
};

struct columns {
	struct arena *arena;
	const struct scorer *scorer;
	const struct match_options *options;
	struct score_scale scale;
	uint32_t n, m;
	uint32_t *capacity;
	struct assign_row *row;
	struct assign *tree[COLUMNS_GOALS]; /* each goal goes on from its own */
	struct assign *assign;              /* that of the last step */
	const struct rate *rate;
	struct columns_worker *worker; /* one a thread */
	unsigned threads;
	uint8_t *remembered; /* n * m points + 1, or NULL */
	int16_t *best; /* by newcomer: the most points, -1: none allowed */
	struct columns_found *found; /* by newcomer: what a pass found */
	int32_t *price;              /* by mentor: what price_row compares */
	int32_t least_price;
	int32_t most_points;
	uint64_t allowed, columns;
	uint32_t passes;
};

/* Rate every pair once, take the first candidates. */
enum err_code columns_new(struct arena *a, const struct scorer *s,
    const struct match_options *o, struct columns **ret_columns,
    struct err *e) ERR_CHECKED;

/*
 * Solve one step; the assignment is then in c->assign. A step that reaches
 * `target` (> 0) may stop before its duals are proven over all pairs.
 */
enum err_code columns_solve(struct columns *c, enum columns_goal goal,
    int32_t least_points, int64_t target, const struct match_progress *progress,
    int64_t *ret_objective, struct err *e) ERR_CHECKED;

#endif
