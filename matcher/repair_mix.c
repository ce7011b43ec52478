/* Paths by union of who leaves with who comes: see repair_mix.h. */
#include "matcher/repair_mix.h"

enum {
	MAX_CELLS = 1 << 26 /* of the knapsack; paths beyond are not taken */
};

/* What a path brings when it is taken over. */
struct path {
	int64_t gain;
	int64_t loss; /* kept pairs that change, less those that come back */
	bool is_taken;
};

struct mix {
	const struct columns *columns;
	uint32_t *mate;
	const uint32_t *other;
	uint32_t *root; /* union-find over newcomers */
	uint32_t
	    *taker;     /* by mentor: the last who leaves and is not replaced */
	uint32_t *next; /* … and the one before */
	struct path *path; /* by root */
};

static uint32_t find(struct mix *x, uint32_t i)
{
	while (x->root[i] != i) {
		x->root[i] = x->root[x->root[i]];
		i = x->root[i];
	}
	return i;
}

/* Who comes to a mentor takes the place of one who leaves, while there are any. */
static void join_paths(struct mix *x)
{
	const struct columns *c = x->columns;

	for (uint32_t j = 0; j < c->m; j++)
		x->taker[j] = UINT32_MAX;
	for (uint32_t i = 0; i < c->n; i++) {
		uint32_t j = x->mate[i];

		x->root[i] = i;
		if (j == ASSIGN_ALONE || j == x->other[i])
			continue;
		x->next[i] = x->taker[j];
		x->taker[j] = i;
	}
	for (uint32_t i = 0; i < c->n; i++) {
		uint32_t j = x->other[i];

		if (j == ASSIGN_ALONE || j == x->mate[i] ||
		    x->taker[j] == UINT32_MAX)
			continue;
		x->root[find(x, i)] = find(x, x->taker[j]);
		x->taker[j] = x->next[x->taker[j]];
	}
}

static void weigh_paths(struct mix *x)
{
	const struct columns *c = x->columns;

	for (uint32_t i = 0; i < c->n; i++) {
		struct path *path = &x->path[find(x, i)];
		uint32_t was = x->mate[i], is = x->other[i];

		if (was == is)
			continue;
		path->gain +=
		    columns_worth(c, i, is) - columns_worth(c, i, was);
		if (c->keep[i] != ASSIGN_ALONE)
			path->loss += (was == c->keep[i]) - (is == c->keep[i]);
	}
}

/* best[b]: the greatest gain with b changes or fewer; is_in: which paths it took. */
static bool choose(struct arena *a, struct mix *x, uint32_t spare)
{
	uint32_t n = x->columns->n, width = spare + 1, used = 0;
	uint32_t most = MAX_CELLS / width, *list;
	int64_t *best = ARENA_ARRAY(a, width, int64_t);
	bool *is_in;

	list = ARENA_ARRAY(a, n, uint32_t);
	if (best == NULL || list == NULL)
		return false;
	for (uint32_t i = 0; i < n; i++) {
		struct path *path = &x->path[i];

		if (path->gain <= 0)
			continue;
		if (path->loss <= 0)
			path->is_taken = true;
		else if (path->loss <= spare && used < most)
			list[used++] = i;
	}
	is_in = ARENA_ARRAY(a, (size_t)used * width, bool);
	if (is_in == NULL)
		return false;
	for (uint32_t k = 0; k < used; k++) {
		const struct path *path = &x->path[list[k]];

		for (uint32_t b = spare; b >= path->loss; b--) {
			int64_t gain = best[b - path->loss] + path->gain;

			if (gain <= best[b])
				continue;
			best[b] = gain;
			is_in[(size_t)k * width + b] = true;
		}
	}
	for (uint32_t k = used, b = spare; k-- > 0;)
		if (is_in[(size_t)k * width + b]) {
			x->path[list[k]].is_taken = true;
			b -= (uint32_t)x->path[list[k]].loss;
		}
	return true;
}

bool repair_mix(struct arena *a, const struct columns *c, uint32_t *mate,
    const uint32_t *other, uint32_t spare)
{
	struct mix x = {.columns = c,
	    .mate = mate,
	    .other = other,
	    .root = ARENA_ARRAY(a, c->n, uint32_t),
	    .taker = ARENA_ARRAY(a, c->m, uint32_t),
	    .next = ARENA_ARRAY(a, c->n, uint32_t),
	    .path = ARENA_ARRAY(a, c->n, struct path)};

	if (arena_failed(a))
		return false;
	join_paths(&x);
	weigh_paths(&x);
	if (!choose(a, &x, spare))
		return false;
	for (uint32_t i = 0; i < c->n; i++)
		if (x.path[find(&x, i)].is_taken)
			mate[i] = other[i];
	return true;
}
