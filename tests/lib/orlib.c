/* OR-Library instances for tests and bench: see orlib.h. */
#include "tests/lib/orlib.h"

#include <stdio.h>

#include "matcher/assign.h"

static bool read_matrix(FILE *file, struct arena *a, uint32_t *ret_n,
    struct assign_row **ret_row, int64_t *ret_most)
{
	struct assign_row *row;
	int64_t most = 0;
	uint32_t n;

	if (fscanf(file, "%u", &n) != 1 || n == 0 || n > 5000)
		return false;
	row = ARENA_ARRAY(a, n, struct assign_row);
	for (uint32_t i = 0; row != NULL && i < n; i++) {
		row[i].edge = ARENA_ARRAY(a, n, struct assign_edge);
		if (row[i].edge == NULL)
			return false;
		for (uint32_t j = 0; j < n; j++) {
			int cost;

			if (fscanf(file, "%d", &cost) != 1)
				return false;
			row[i].edge[j] = (struct assign_edge){cost, j, 0};
			if (cost > most)
				most = cost;
		}
		row[i].n = row[i].size = n;
	}
	*ret_n = n;
	*ret_row = row;
	*ret_most = most;
	return row != NULL;
}

bool orlib_solve(struct arena *a, const char *path, int64_t *ret_cost)
{
	FILE *file = fopen(path, "r");
	struct assign_row *row = NULL;
	uint32_t n = 0, *capacity;
	int64_t most = 0;
	struct assign *w;
	bool ok;

	if (file == NULL)
		return false;
	ok = read_matrix(file, a, &n, &row, &most);
	fclose(file);
	if (!ok)
		return false;
	capacity = ARENA_ARRAY(a, n, uint32_t);
	if (capacity == NULL)
		return false;
	for (uint32_t i = 0; i < n; i++) {
		capacity[i] = 1;
		for (uint32_t j = 0; j < n; j++)
			row[i].edge[j].value = most + 1 - row[i].edge[j].value;
	}
	w = assign_new(a, n, n, capacity); /* its first tree reads them */
	if (w == NULL)
		return false;
	*ret_cost = n * (most + 1) - assign_solve(w, row);
	return true;
}
