/*
 * glpk POINTS simplex|okalg [LEAST]: the assignment as GLPK alone solves it, cold, on
 * the full graph of allowed pairs of LEAST points or more: by its simplex (a row for
 * each person, a column for each pair) or by its out-of-kilter algorithm. Prints
 * people, their weight, points and the seconds of each stage. POINTS comes from
 * bench/points. Neither way knows a time limit worth the name: the caller has one.
 */
#include <glpk.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/num.h"

struct pair {
	uint32_t newcomer, mentor;
	int32_t points;
	bool served;
};

struct instance {
	uint32_t n, m, person; /* what a person is worth in points */
	uint32_t *weight, *places;
	struct pair *pair;
	int n_pairs, size;
};

/* What okalg reads and writes at a vertex and at an arc. */
struct vertex {
	double supply, price;
};

struct arc {
	double low, most, cost, flow;
	struct pair *pair; /* NULL: alone, or a mentor's places */
};

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static bool add_pair(struct instance *x, struct pair pair)
{
	if (x->n_pairs == x->size) {
		int size = x->size > 0 ? 2 * x->size : 1 << 16;
		void *more = realloc(x->pair, (size_t)size * sizeof(*x->pair));

		if (more == NULL)
			return false;
		x->pair = more;
		x->size = size;
	}
	x->pair[x->n_pairs++] = pair;
	return true;
}

static bool read_row(
    struct instance *x, FILE *file, uint32_t i, int16_t *row, int64_t least)
{
	if (fread(row, sizeof(*row), x->m, file) != x->m)
		return false;
	for (uint32_t j = 0; j < x->m; j++)
		if (row[j] >= least &&
		    !add_pair(x, (struct pair){i, j, row[j], false}))
			return false;
	return true;
}

static bool read_instance(struct instance *x, FILE *file, int64_t least)
{
	uint32_t head[3];
	int16_t *row;
	bool ok;

	if (file == NULL || fread(head, sizeof(*head), 3, file) != 3)
		return false;
	x->n = head[0];
	x->m = head[1];
	x->person = head[2];
	x->weight = calloc(x->n, sizeof(*x->weight));
	x->places = calloc(x->m, sizeof(*x->places));
	row = calloc(x->m, sizeof(*row));
	ok = x->weight != NULL && x->places != NULL && row != NULL &&
	     fread(x->weight, sizeof(*x->weight), x->n, file) == x->n &&
	     fread(x->places, sizeof(*x->places), x->m, file) == x->m;
	for (uint32_t i = 0; ok && i < x->n; i++)
		ok = read_row(x, file, i, row, least);
	free(row);
	fclose(file);
	return ok;
}

static void free_instance(struct instance *x)
{
	free(x->weight);
	free(x->places);
	free(x->pair);
}

static double value(const struct instance *x, const struct pair *pair)
{
	return (double)x->weight[pair->newcomer] * x->person + pair->points;
}

static bool solve_simplex(struct instance *x)
{
	glp_prob *lp = glp_create_prob();
	glp_smcp parameters;
	bool ok;

	glp_set_obj_dir(lp, GLP_MAX);
	glp_add_rows(lp, (int)(x->n + x->m));
	for (uint32_t i = 0; i < x->n; i++)
		glp_set_row_bnds(lp, (int)i + 1, GLP_UP, 0, 1);
	for (uint32_t j = 0; j < x->m; j++)
		glp_set_row_bnds(
		    lp, (int)(x->n + j) + 1, GLP_UP, 0, x->places[j]);
	glp_add_cols(lp, x->n_pairs);
	for (int k = 0; k < x->n_pairs; k++) {
		const struct pair *pair = &x->pair[k];
		int row[] = {
		    0, (int)pair->newcomer + 1, (int)(x->n + pair->mentor) + 1};
		double one[] = {0, 1, 1};

		glp_set_col_bnds(lp, k + 1, GLP_LO, 0, 0);
		glp_set_obj_coef(lp, k + 1, value(x, pair));
		glp_set_mat_col(lp, k + 1, 2, row, one);
	}
	glp_init_smcp(&parameters);
	parameters.msg_lev = GLP_MSG_OFF;
	ok = glp_simplex(lp, &parameters) == 0 && glp_get_status(lp) == GLP_OPT;
	for (int k = 0; k < x->n_pairs; k++)
		x->pair[k].served = glp_get_col_prim(lp, k + 1) > 0.5;
	glp_delete_prob(lp);
	return ok;
}

static void add_arc(glp_graph *g, uint32_t from, uint32_t to, double most,
    double cost, struct pair *pair)
{
	glp_arc *a = glp_add_arc(g, (int)from + 1, (int)to + 1);

	*(struct arc *)a->data =
	    (struct arc){.most = most, .cost = cost, .pair = pair};
}

static glp_graph *build_graph(struct instance *x)
{
	glp_graph *g =
	    glp_create_graph(sizeof(struct vertex), sizeof(struct arc));
	uint32_t root = x->n + x->m;

	glp_add_vertices(g, (int)root + 1);
	for (uint32_t i = 0; i < x->n; i++) {
		((struct vertex *)g->v[i + 1]->data)->supply = 1;
		add_arc(g, i, root, 1, 0, NULL);
	}
	((struct vertex *)g->v[root + 1]->data)->supply = -(double)x->n;
	for (uint32_t j = 0; j < x->m; j++)
		add_arc(g, x->n + j, root, x->places[j], 0, NULL);
	for (int k = 0; k < x->n_pairs; k++) {
		struct pair *pair = &x->pair[k];

		add_arc(g, pair->newcomer, x->n + pair->mentor, 1,
		    -value(x, pair), pair);
	}
	return g;
}

static bool solve_okalg(struct instance *x)
{
	glp_graph *g = build_graph(x);
	double cost = 0;
	int result = glp_mincost_okalg(g, offsetof(struct vertex, supply),
	    offsetof(struct arc, low), offsetof(struct arc, most),
	    offsetof(struct arc, cost), &cost, offsetof(struct arc, flow),
	    offsetof(struct vertex, price));

	for (uint32_t i = 1; i <= x->n; i++)
		for (glp_arc *a = g->v[i]->out; a != NULL; a = a->t_next) {
			const struct arc *arc = a->data;

			if (arc->pair != NULL)
				arc->pair->served = arc->flow > 0.5;
		}
	glp_delete_graph(g);
	return result == 0;
}

static void print_result(const struct instance *x, double read, double solve)
{
	long long people = 0, weight = 0, points = 0;

	for (int k = 0; k < x->n_pairs; k++)
		if (x->pair[k].served) {
			people++;
			weight += x->weight[x->pair[k].newcomer];
			points += x->pair[k].points;
		}
	printf("people %lld weight %lld points %lld pairs %d read %.3f solve "
	       "%.3f\n",
	    people, weight, points, x->n_pairs, read, solve);
}

static int run(
    struct instance *x, const char *path, bool is_simplex, int64_t least)
{
	double start = now(), loaded;

	if (!read_instance(x, fopen(path, "rb"), least)) {
		fprintf(stderr, "glpk: %s: no points\n", path);
		return 2;
	}
	loaded = now();
	glp_term_out(GLP_OFF);
	if (!(is_simplex ? solve_simplex(x) : solve_okalg(x))) {
		fputs("glpk: no optimum\n", stderr);
		return 1;
	}
	print_result(x, loaded - start, now() - loaded);
	return 0;
}

int main(int argc, char **argv)
{
	struct instance x = {0};
	int64_t least = 0;
	bool is_simplex = argc > 2 && strcmp(argv[2], "simplex") == 0;
	int status;

	if ((argc != 3 && argc != 4) ||
	    (!is_simplex && strcmp(argv[2], "okalg") != 0) ||
	    (argc == 4 && !num_parse_i64(argv[3], strlen(argv[3]), 0, INT16_MAX,
			      &least))) {
		fputs("usage: glpk POINTS simplex|okalg [LEAST]\n", stderr);
		return 2;
	}
	status = run(&x, argv[1], is_simplex, least);
	free_instance(&x);
	glp_free_env();
	return status;
}
