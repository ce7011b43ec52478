/*
 * The primal network simplex: see assign.h.
 *
 * The network: newcomer i sends one unit to a mentor or, alone, to the root; the
 * root fills each mentor's places that stay free. No arc has an upper bound, so
 * that every arc outside the tree carries nothing. Node numbers: newcomers
 * 0..n, mentors n..n+m, the root n+m.
 *
 * The tree is strongly feasible at every moment (Cunningham 1976): from each node a
 * unit can be sent up to the root along it. The leaving arc is the last blocking
 * one on the cycle from its apex in the direction of the flow, which keeps it so;
 * hence no cycling, whatever arc enters.
 */
#include "matcher/assign.h"

#include <stdbool.h>
#include <string.h>

enum {
	EDGES_PRICED = 256 /* before a pivot; measured: 128 to 512 */
};

static const uint32_t NONE = UINT32_MAX;

struct node {
	uint32_t parent;
	uint32_t child, next, before; /* children as a list, both ways */
	uint32_t depth;
	uint32_t flow; /* between the node and its parent */
	uint32_t edge; /* of the newcomer's row, unless the parent is root */
};

struct assign {
	uint32_t n, m;
	const uint32_t *capacity;
	const struct assign_row *row;
	int64_t *u, *p;
	uint32_t *mate;
	struct node *node;
	uint32_t at; /* where the search for an entering arc goes on */
};

/* ---- the tree ---- */

static bool is_newcomer(const struct assign *w, uint32_t x)
{
	return x < w->n;
}

static void hang(struct assign *w, uint32_t x, uint32_t parent)
{
	struct node *a = &w->node[x], *b = &w->node[parent];

	a->parent = parent;
	a->before = NONE;
	a->next = b->child;
	if (b->child != NONE)
		w->node[b->child].before = x;
	b->child = x;
}

static void cut(struct assign *w, uint32_t x)
{
	struct node *a = &w->node[x];

	if (a->before == NONE)
		w->node[a->parent].child = a->next;
	else
		w->node[a->before].next = a->next;
	if (a->next != NONE)
		w->node[a->next].before = a->before;
}

struct assign *assign_new(
    struct arena *a, uint32_t n, uint32_t m, const uint32_t *capacity)
{
	struct assign *w = ARENA_NEW(a, struct assign);

	if (w == NULL)
		return NULL;
	*w = (struct assign){.n = n,
	    .m = m,
	    .capacity = capacity,
	    .u = ARENA_ARRAY(a, n, int64_t),
	    .p = ARENA_ARRAY(a, m, int64_t),
	    .mate = ARENA_ARRAY(a, n, uint32_t),
	    .node = ARENA_ARRAY(a, (size_t)n + m + 1, struct node)};
	if (arena_failed(a))
		return NULL;
	w->node[n + m] = (struct node){.parent = NONE, .child = NONE};
	for (uint32_t x = 0; x < n + m; x++) {
		w->node[x] = (struct node){.child = NONE,
		    .depth = 1,
		    .flow = x < n ? 1 : capacity[x - n]};
		hang(w, x, n + m);
	}
	return w;
}

/* The node after x in the subtree of top, in depth-first order; top at the end. */
static uint32_t walk(const struct assign *w, uint32_t x, uint32_t top)
{
	if (w->node[x].child != NONE)
		return w->node[x].child;
	while (x != top && w->node[x].next == NONE)
		x = w->node[x].parent;
	return x == top ? top : w->node[x].next;
}

/* ---- duals ---- */

static int64_t tree_value(const struct assign *w, uint32_t x)
{
	const struct node *a = &w->node[x];

	if (a->parent == w->n + w->m)
		return 0;
	return w->row[is_newcomer(w, x) ? x : a->parent].edge[a->edge].value;
}

static void set_duals(struct assign *w)
{
	uint32_t root = w->n + w->m;

	for (uint32_t x = walk(w, root, root); x != root;
	     x = walk(w, x, root)) {
		uint32_t up = w->node[x].parent;
		int64_t value = tree_value(w, x);

		if (is_newcomer(w, x))
			w->u[x] = value - (up == root ? 0 : w->p[up - w->n]);
		else
			w->p[x - w->n] = value - (up == root ? 0 : w->u[up]);
	}
}

/* Newcomers of the subtree earn `more`, mentors cost as much less. */
static void shift_duals(struct assign *w, uint32_t top, int64_t more)
{
	uint32_t x = top;

	do {
		w->node[x].depth = w->node[w->node[x].parent].depth + 1;
		if (is_newcomer(w, x))
			w->u[x] += more;
		else
			w->p[x - w->n] -= more;
		x = walk(w, x, top);
	} while (x != top);
}

/* ---- one pivot ---- */

/* An arc that may enter: from a newcomer or the root to a mentor or the root. */
struct arc {
	int64_t gain; /* > 0 */
	uint32_t from, to, edge;
};

/* The cycle that an entering arc closes. Flow between a newcomer and its parent
 * falls on the side that leads down to `from`, and that of a mentor on the side
 * that leads up from `to`; the others rise. */
struct cycle {
	uint32_t apex;
	uint32_t out;      /* the arc above it leaves */
	uint32_t push;     /* 0 or 1 unit goes around */
	bool is_from_side; /* `out` lies between the apex and `from` */
};

static struct cycle find_cycle(const struct assign *w, const struct arc *arc)
{
	const struct node *node = w->node;
	uint32_t x = arc->from, y = arc->to, out_x = NONE, out_y = NONE;
	uint32_t least_x = UINT32_MAX, least_y = UINT32_MAX;

	while (x != y) {
		if (node[x].depth >= node[y].depth) {
			if (is_newcomer(w, x) && node[x].flow < least_x) {
				least_x = node[x].flow;
				out_x = x;
			}
			x = node[x].parent;
		} else {
			if (!is_newcomer(w, y) && node[y].flow <= least_y) {
				least_y = node[y].flow;
				out_y = y;
			}
			y = node[y].parent;
		}
	}
	if (least_y <= least_x)
		return (struct cycle){x, out_y, least_y, false};
	return (struct cycle){x, out_x, least_x, true};
}

static void push(struct assign *w, const struct arc *arc, const struct cycle *c)
{
	for (uint32_t x = arc->from; x != c->apex; x = w->node[x].parent)
		w->node[x].flow += is_newcomer(w, x) ? -c->push : c->push;
	for (uint32_t y = arc->to; y != c->apex; y = w->node[y].parent)
		w->node[y].flow += is_newcomer(w, y) ? c->push : -c->push;
}

/* Hang the subtree cut off above `out` by `top`, under `parent`. */
static void turn(struct assign *w, uint32_t top, uint32_t out, uint32_t parent,
    uint32_t edge, uint32_t flow)
{
	uint32_t x = top;

	for (;;) {
		struct node old = w->node[x];

		cut(w, x);
		hang(w, x, parent);
		w->node[x].edge = edge;
		w->node[x].flow = flow;
		if (x == out)
			break;
		parent = x;
		edge = old.edge;
		flow = old.flow;
		x = old.parent;
	}
}

static void pivot(struct assign *w, const struct arc *arc)
{
	struct cycle c = find_cycle(w, arc);

	if (c.push > 0)
		push(w, arc, &c);
	if (c.is_from_side) {
		turn(w, arc->from, c.out, arc->to, arc->edge, c.push);
		shift_duals(w, arc->from, arc->gain);
	} else {
		turn(w, arc->to, c.out, arc->from, arc->edge, c.push);
		shift_duals(w, arc->to, -arc->gain);
	}
}

/* ---- which arc enters ---- */

static void price_row(const struct assign *w, uint32_t i, struct arc *best)
{
	const struct assign_row *row = &w->row[i];
	int64_t u = w->u[i];

	if (-u > best->gain)
		*best = (struct arc){-u, i, w->n + w->m, 0};
	for (uint32_t k = 0; k < row->n; k++) {
		const struct assign_edge *edge = &row->edge[k];
		int64_t gain = edge->value - w->p[edge->mentor] - u;

		if (gain > best->gain && edge->value > 0)
			*best = (struct arc){gain, i, w->n + edge->mentor, k};
	}
}

static void price_place(const struct assign *w, uint32_t j, struct arc *best)
{
	if (-w->p[j] > best->gain)
		*best = (struct arc){-w->p[j], w->n + w->m, w->n + j, 0};
}

/* The best arc of the next few rows, of as many more as it takes to find one; false:
 * there is none. */
static bool find_entering(struct assign *w, struct arc *best)
{
	uint32_t nodes = w->n + w->m, edges = 0;

	best->gain = 0;
	for (uint32_t seen = 0; seen < nodes; seen++) {
		if (is_newcomer(w, w->at)) {
			price_row(w, w->at, best);
			edges += w->row[w->at].n;
		} else {
			price_place(w, w->at - w->n, best);
		}
		w->at = w->at + 1 < nodes ? w->at + 1 : 0;
		if (++edges >= EDGES_PRICED && best->gain > 0)
			return true;
	}
	return best->gain > 0;
}

static int64_t objective(const struct assign *w)
{
	int64_t sum = 0;

	for (uint32_t i = 0; i < w->n; i++)
		sum += w->u[i];
	for (uint32_t j = 0; j < w->m; j++)
		sum += w->p[j] * w->capacity[j];
	return sum;
}

static void set_mates(struct assign *w)
{
	uint32_t root = w->n + w->m;

	for (uint32_t i = 0; i < w->n; i++)
		w->mate[i] = ASSIGN_ALONE;
	for (uint32_t x = 0; x < root; x++) {
		uint32_t up = w->node[x].parent;

		if (up == root || w->node[x].flow == 0 || tree_value(w, x) <= 0)
			continue;
		if (is_newcomer(w, x))
			w->mate[x] = up - w->n;
		else
			w->mate[up] = x - w->n;
	}
}

void assign_follow(struct assign *w, const struct assign *other)
{
	memcpy(
	    w->node, other->node, ((size_t)w->n + w->m + 1) * sizeof(*w->node));
}

int64_t assign_solve(struct assign *w, const struct assign_row *row)
{
	struct arc arc;

	w->row = row;
	set_duals(w);
	while (find_entering(w, &arc))
		pivot(w, &arc);
	set_mates(w);
	return objective(w);
}

uint32_t assign_mate(const struct assign *w, uint32_t newcomer)
{
	return w->mate[newcomer];
}

const int64_t *assign_u(const struct assign *w)
{
	return w->u;
}

const int64_t *assign_p(const struct assign *w)
{
	return w->p;
}

bool assign_is_basic(const struct assign *w, uint32_t newcomer, uint32_t edge)
{
	uint32_t j = w->n + w->row[newcomer].edge[edge].mentor;
	const struct node *a = &w->node[newcomer], *b = &w->node[j];

	return a->parent == j ? a->edge == edge
			      : b->parent == newcomer && b->edge == edge;
}

bool assign_is_slack_basic(const struct assign *w, uint32_t row)
{
	return w->node[row].parent == w->n + w->m;
}
