/*
 * Column generation: the best value over all allowed pairs while looking at few.
 *
 * Candidate pairs (columns) are kept per newcomer. A step solves the assignment
 * over them, prices all pairs with the duals, adds those that price out, and goes
 * on until none does: then the duals prove the optimum over every pair. Columns
 * and the assignment's tree stay for later steps. Pairs are rated row by row, on
 * all threads, and never stored: memory grows with people and columns. Private to
 * the solver.
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

/* What a pair is worth in a step; pairs below `least_points` are not in it. */
enum columns_goal {
	COLUMNS_PEOPLE, /* the newcomer's waiting weight */
	COLUMNS_TOTAL,  /* score_value */
	COLUMNS_POINTS, /* the same, as if people weighed nothing */
	COLUMNS_GOALS
};

struct columns_step {
	enum columns_goal goal;
	int32_t least_points;
};

/* What the last pass of a goal has proven: see price.c. */
struct columns_seen {
	int64_t *u, *p;
	bool *is_short; /* more pairs priced out than were taken */
	int32_t least_points;
	bool is_any;
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
	int16_t *best; /* by newcomer: the most points, -1: none allowed */
	struct columns_found *found; /* by newcomer: what a pass found */
	int32_t *price;              /* by mentor: see price.c */
	struct columns_seen seen[COLUMNS_GOALS];
	int64_t *weight;     /* by newcomer: what serving them counts */
	uint8_t *wanted;     /* … and how many mentors they want at most */
	bool wants_several;  /* somebody does */
	uint64_t most_pairs; /* all that everybody wants */
	int64_t *once;       /* what the weight is in the values of the step */
	uint32_t *keep;      /* … whose pair earns the bonus; NULL: nobody */
	int64_t bonus;
	int32_t most_points;
	uint64_t allowed, columns;
	uint32_t passes;
};

/* Rate every pair once, take the first candidates. */
enum err_code columns_new(struct arena *a, const struct scorer *s,
    const struct match_options *o, struct columns **ret_columns,
    struct err *e) ERR_CHECKED;

/* The greatest weight that serving one newcomer counts. */
int64_t columns_most_weight(const struct columns *c);

/* What a newcomer's one mentor is worth in COLUMNS_TOTAL; 0 for ASSIGN_ALONE. */
int64_t columns_worth(const struct columns *c, uint32_t i, uint32_t j);

/* Make sure that an allowed pair is a column. False: no memory. */
bool columns_have(struct columns *c, uint32_t i, uint32_t j, int32_t points);

/* The best over the present columns alone; nothing is proven. */
int64_t columns_try(struct columns *c, struct columns_step step);

/*
 * Solve one step; the assignment is then in c->assign. A step that reaches
 * `target` (> 0) may stop before its duals are proven over all pairs.
 */
enum err_code columns_solve(struct columns *c, struct columns_step step,
    int64_t target, const struct match_progress *progress,
    int64_t *ret_objective, struct err *e) ERR_CHECKED;

#endif
