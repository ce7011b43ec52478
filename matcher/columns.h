/*
 * Column generation: the best value over all allowed pairs while looking at few.
 *
 * Candidate pairs (columns) are kept per newcomer. A step solves the assignment
 * over them, prices all pairs with the duals, adds those that price out, and goes
 * on until none does: then the duals prove the optimum over every pair. Columns
 * stay for later steps. Private to the solver.
 */
#ifndef MATCHER_COLUMNS_H
#define MATCHER_COLUMNS_H

#include "matcher/assign.h"
#include "matcher/match.h"
#include "matcher/score.h"

enum {
	COLUMNS_FIRST = 24, /* best candidates of a newcomer to begin with */
	COLUMNS_MORE = 12,  /* added to a newcomer in one pricing pass */
};

/* Pairs whose points are remembered instead of rated again (2 octets each). */
#define COLUMNS_MAX_REMEMBERED ((uint64_t)1 << 27)

/* What a pair is worth in a step; pairs below `least_points` are not in it. */
enum columns_goal {
	COLUMNS_PEOPLE, /* the newcomer's waiting weight */
	COLUMNS_TOTAL,  /* score_value */
};

struct columns {
	struct arena *arena;
	const struct scorer *scorer;
	const struct match_options *options;
	struct score_scale scale;
	uint32_t n, m;
	uint32_t *capacity;
	struct assign_row *row;
	struct assign *assign;
	int16_t *points;   /* n * m remembered points, or NULL */
	int16_t *scratch;  /* one row */
	uint64_t *n_pairs; /* by points: how many allowed pairs have them */
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
