/*
 * cohorts-glpk PROBLEM SECONDS: cohorts as GLPK alone forms them, one mixed integer
 * program with the time limit of its own: a binary for each guide, language and weekly
 * slot, a share of each newcomer who could come then. Prints the objective, the bound
 * and the seconds. PROBLEM is text, as tests/bench/scheduler/problem.py writes it:
 *
 *	NEWCOMERS GUIDES LEAST MOST LOAD LENGTH
 *	GUIDE BEGIN N NEWCOMER VALUE NEWCOMER VALUE …
 *
 * that is one line a choice; BEGIN and LENGTH in quarter hours of the week.
 */
#include <glpk.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/num.h"
#include "base/week.h"

struct head {
	int newcomers, guides, least, most, load, length;
};

struct model {
	glp_prob *lp;
	struct head head;
	int moment; /* first row of a guide's quarter hours */
};

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Rows from 1: newcomers, guides, then each guide's quarter hours of the week. */
static void add_rows(struct model *m)
{
	const struct head *h = &m->head;

	m->moment = h->newcomers + h->guides + 1;
	glp_add_rows(m->lp, m->moment - 1 + h->guides * WEEK_SLOTS);
	for (int i = 1; i < m->moment; i++)
		glp_set_row_bnds(
		    m->lp, i, GLP_UP, 0, i <= h->newcomers ? 1 : h->load);
	for (int i = m->moment; i <= glp_get_num_rows(m->lp); i++)
		glp_set_row_bnds(m->lp, i, GLP_UP, 0, 1);
}

/* The choice itself, and its two rows: least * z <= seats <= most * z. */
static int add_choice(struct model *m, int guide, int begin, int n)
{
	const struct head *h = &m->head;
	int z = glp_add_cols(m->lp, 1), size = glp_add_rows(m->lp, 2);
	int row[WEEK_SLOTS + 4], count = 0;
	double value[WEEK_SLOTS + 4];

	glp_set_col_kind(m->lp, z, GLP_BV);
	glp_set_row_bnds(m->lp, size, GLP_UP, 0, 0);
	glp_set_row_bnds(m->lp, size + 1, GLP_UP, 0, 0);
	row[++count] = h->newcomers + 1 + guide;
	row[++count] = size;
	row[++count] = size + 1;
	value[1] = 1;
	value[2] = -(h->most < n ? h->most : n);
	value[3] = h->least;
	for (int q = 0; h->load > 1 && q < h->length; q++) {
		row[++count] =
		    m->moment + guide * WEEK_SLOTS + (begin + q) % WEEK_SLOTS;
		value[count] = 1;
	}
	glp_set_mat_col(m->lp, z, count, row, value);
	return z;
}

/* A newcomer's seat in a choice: no greater than the choice itself. */
static void add_seat(
    struct model *m, int z, int size, int newcomer, double worth)
{
	int y = glp_add_cols(m->lp, 1), link = glp_add_rows(m->lp, 1);
	int row[] = {0, newcomer + 1, size, size + 1};
	int pair[] = {0, y, z};
	double one[] = {0, 1, 1, -1};

	glp_set_col_bnds(m->lp, y, GLP_LO, 0, 0);
	glp_set_obj_coef(m->lp, y, worth);
	glp_set_mat_col(m->lp, y, 3, row, one);
	glp_set_row_bnds(m->lp, link, GLP_UP, 0, 0);
	glp_set_mat_row(m->lp, link, 2, pair, (double[]){0, 1, -1});
}

static bool read_problem(struct model *m, FILE *f)
{
	struct head *h = &m->head;
	int guide, begin, n;

	if (f == NULL ||
	    fscanf(f, "%d %d %d %d %d %d", &h->newcomers, &h->guides, &h->least,
		&h->most, &h->load, &h->length) != 6 ||
	    h->length > WEEK_SLOTS || h->newcomers < 1 || h->guides < 1)
		return false;
	add_rows(m);
	while (fscanf(f, "%d %d %d", &guide, &begin, &n) == 3) {
		int z = add_choice(m, guide, begin, n);
		int size = glp_get_num_rows(m->lp) - 1;

		for (int k = 0; k < n; k++) {
			int newcomer;
			double worth;

			if (fscanf(f, "%d %lf", &newcomer, &worth) != 2)
				return false;
			add_seat(m, z, size, newcomer, worth);
		}
	}
	return feof(f) != 0;
}

struct seen {
	double bound;
	bool any;
};

/* The best bound known so far, whatever ends the search. */
static void watch(glp_tree *t, void *cookie)
{
	struct seen *seen = cookie;
	int node = glp_ios_best_node(t);

	if (node != 0) {
		seen->bound = glp_ios_node_bound(t, node);
		seen->any = true;
	}
}

static void solve(struct model *m, int64_t seconds)
{
	double begin = now(), bound = INFINITY, objective = 0;
	struct seen seen = {0};
	glp_smcp simplex;
	glp_iocp mip;
	int left;

	glp_init_smcp(&simplex);
	simplex.msg_lev = GLP_MSG_OFF;
	simplex.tm_lim = (int)seconds * 1000;
	simplex.presolve = GLP_ON;
	if (glp_simplex(m->lp, &simplex) == 0 &&
	    glp_get_status(m->lp) == GLP_OPT) {
		bound = glp_get_obj_val(m->lp);
		left = (int)((double)seconds * 1000 - (now() - begin) * 1000);
		glp_init_iocp(&mip);
		mip.msg_lev = GLP_MSG_OFF;
		mip.tm_lim = left > 1 ? left : 1;
		mip.cb_func = watch;
		mip.cb_info = &seen;
		mip.br_tech = GLP_BR_PCH;
		mip.bt_tech = GLP_BT_BPH;
		mip.fp_heur = GLP_ON;
		mip.mir_cuts = GLP_ON;
		glp_intopt(m->lp, &mip);
		if (seen.any && seen.bound < bound)
			bound = seen.bound;
		if (glp_mip_status(m->lp) == GLP_OPT)
			bound = glp_mip_obj_val(m->lp);
		if (glp_mip_status(m->lp) == GLP_OPT ||
		    glp_mip_status(m->lp) == GLP_FEAS)
			objective = glp_mip_obj_val(m->lp);
	}
	printf("objective %.0f bound %.0f seconds %.3f\n", objective, bound,
	    now() - begin);
}

int main(int argc, char **argv)
{
	struct model m = {0};
	int64_t seconds;
	FILE *f;
	bool ok;

	if (argc != 3 ||
	    !num_parse_i64(argv[2], strlen(argv[2]), 1, 86400, &seconds)) {
		fputs("usage: cohorts-glpk PROBLEM SECONDS\n", stderr);
		return 2;
	}
	glp_term_out(GLP_OFF);
	m.lp = glp_create_prob();
	glp_set_obj_dir(m.lp, GLP_MAX);
	f = fopen(argv[1], "r");
	ok = read_problem(&m, f);
	if (f != NULL)
		fclose(f);
	if (ok)
		solve(&m, seconds);
	else
		fprintf(stderr, "cohorts-glpk: %s: no problem\n", argv[1]);
	glp_free_env();
	return ok ? 0 : 2;
}
