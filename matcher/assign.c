/*
 * The primal network simplex: see assign.h.
 *
 * The network: newcomer i sends one unit to a mentor or, alone, to the root; the
 * root fills each mentor's places that stay free. No arc has an upper bound, so
 * that every arc outside the tree carries nothing. Node numbers: newcomers
 * 0..n, mentors n..n+m, the root n+m.
 *
 * A newcomer who wants several mentors sends so many units, at most one to each. The
 * values hold `once` each time; so all of these units but one earn it without a mentor
 * too, over a second arc to the root, the spare one, and what is left to gain by the
 * second mentor is the rest of the value. These arcs have upper bounds: outside the
 * tree they may be full, and then enter it backwards.
 *
 * The tree is strongly feasible at every moment (Cunningham 1976): from each node a
 * unit can be sent up to the root along it. The leaving arc is the last blocking
 * one on the cycle from its apex in the direction of the flow, which keeps it so;
 * hence no cycling, whatever arc enters, which may be the one that leaves, too. */
#include "matcher/assign.h"

#include <stdbool.h>
#include <string.h>

enum {
	EDGES_PRICED = 256 /* before a pivot; measured: 128 to 512 */
};

static const uint32_t NONE = UINT32_MAX;
static const uint32_t UNBOUNDED = UINT32_MAX; /* room on an arc */
static const uint32_t SPARE = UINT32_MAX - 1; /* as an edge: the spare arc */

struct node {
	uint32_t parent;
	uint32_t child, next, before; /* children as a list, both ways */
	uint32_t depth;
	uint32_t flow; /* between the node and its parent */
	uint32_t edge; /* of the newcomer's row; to the root 0, or SPARE */
};

/* The arcs of one newcomer that are full and not in the tree. */
struct several {
	uint32_t n_full;
	uint32_t full[ASSIGN_MAX_WANTED]; /* edges */
	bool is_spare_full;
};

struct assign {
	uint32_t n, m;
	const uint32_t *capacity;
	const struct assign_row *row;
	int64_t *u, *p;
	uint32_t *mate, most; /* of each newcomer so many */
	/* NULL where everybody wants one */
	const uint8_t *wanted;
	const int64_t *once;
	struct several *several;
	int64_t *gain;
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
	    .most = 1,
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

bool assign_want(struct assign *w, struct arena *a, const uint8_t *wanted,
    const int64_t *once)
{
	for (uint32_t i = 0; i < w->n; i++)
		if (wanted[i] > w->most)
			w->most = wanted[i];
	if (w->most == 1)
		return true;
	w->wanted = wanted;
	w->once = once;
	w->mate = ARENA_ARRAY(a, (size_t)w->n * w->most, uint32_t);
	w->several = ARENA_ARRAY(a, w->n, struct several);
	w->gain = ARENA_ARRAY(a, w->n, int64_t);
	for (uint32_t i = 0; i < w->n && w->several != NULL; i++)
		w->several[i].is_spare_full = wanted[i] > 1;
	return !arena_failed(a);
}

static bool wants_several(const struct assign *w, uint32_t newcomer)
{
	return w->wanted != NULL && w->wanted[newcomer] > 1;
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
		return a->edge == SPARE ? w->once[x] : 0;
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

/* An arc that may enter: from a newcomer or the root to a mentor or the root; one that
 * is full the other way round. */
struct arc {
	int64_t gain; /* > 0 */
	uint32_t from, to, edge;
	uint32_t limit; /* 0: none */
	bool is_full;
};

/* The cycle that an entering arc closes. Flow between a newcomer and its parent
 * falls on the side that leads down to `from`, and that of a mentor on the side
 * that leads up from `to`; the others rise. */
struct cycle {
	uint32_t apex;
	uint32_t out;      /* the arc above it leaves; NONE: the entering one */
	uint32_t push;     /* so many units go around */
	bool is_from_side; /* `out` lies between the apex and `from` */
};

/* How many units the arc between x and its parent carries at most. */
static uint32_t limit_of(const struct assign *w, uint32_t x)
{
	const struct node *a = &w->node[x];
	uint32_t newcomer = is_newcomer(w, x) ? x : a->parent;

	if (w->wanted == NULL)
		return UNBOUNDED;
	if (a->parent == w->n + w->m)
		return a->edge == SPARE ? w->wanted[x] - 1u : UNBOUNDED;
	return w->wanted[newcomer] > 1 ? 1 : UNBOUNDED;
}

/* By how much the flow on that arc may fall, or rise. */
static uint32_t room_on(const struct assign *w, uint32_t x, bool falls)
{
	uint32_t flow = w->node[x].flow, limit = limit_of(w, x);

	if (falls)
		return flow;
	return limit == UNBOUNDED ? limit : limit - flow;
}

static struct cycle find_cycle(const struct assign *w, const struct arc *arc)
{
	const struct node *node = w->node;
	uint32_t x = arc->from, y = arc->to, out_x = NONE, out_y = NONE;
	uint32_t least_x = UNBOUNDED, least_y = UNBOUNDED;
	uint32_t room = arc->limit > 0 ? arc->limit : UNBOUNDED;

	while (x != y) {
		if (node[x].depth >= node[y].depth) {
			uint32_t rest = room_on(w, x, is_newcomer(w, x));

			if (rest < least_x) {
				least_x = rest;
				out_x = x;
			}
			x = node[x].parent;
		} else {
			uint32_t rest = room_on(w, y, !is_newcomer(w, y));

			if (rest <= least_y && rest != UNBOUNDED) {
				least_y = rest;
				out_y = y;
			}
			y = node[y].parent;
		}
	}
	if (least_y <= least_x && least_y <= room)
		return (struct cycle){x, out_y, least_y, false};
	if (room <= least_x)
		return (struct cycle){x, NONE, room, false};
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

static void note_full(struct assign *w, uint32_t newcomer, uint32_t edge)
{
	struct several *s = &w->several[newcomer];

	if (edge == SPARE)
		s->is_spare_full = true;
	else
		s->full[s->n_full++] = edge;
}

static void drop_full(struct assign *w, uint32_t newcomer, uint32_t edge)
{
	struct several *s = &w->several[newcomer];
	uint32_t k = 0;

	if (edge == SPARE) {
		s->is_spare_full = false;
		return;
	}
	while (s->full[k] != edge)
		k++;
	s->full[k] = s->full[--s->n_full];
}

/* Bounds of the arc that leaves, and of the one that enters: its flow in the tree. */
static uint32_t bound_flow(
    struct assign *w, const struct arc *arc, const struct cycle *c)
{
	const struct node *out = &w->node[c->out];

	if (out->flow > 0 && out->flow == limit_of(w, c->out))
		note_full(w, is_newcomer(w, c->out) ? c->out : out->parent,
		    out->edge);
	if (!arc->is_full)
		return c->push;
	drop_full(w, arc->to, arc->edge);
	return arc->limit - c->push;
}

static void pivot(struct assign *w, const struct arc *arc)
{
	struct cycle c = find_cycle(w, arc);
	uint32_t flow = c.push;

	if (c.push > 0)
		push(w, arc, &c);
	if (c.out == NONE) {
		if (arc->is_full)
			drop_full(w, arc->to, arc->edge);
		else
			note_full(w, arc->from, arc->edge);
		return;
	}
	if (w->wanted != NULL)
		flow = bound_flow(w, arc, &c);
	if (c.is_from_side) {
		turn(w, arc->from, c.out, arc->to, arc->edge, flow);
		shift_duals(w, arc->from, arc->gain);
	} else {
		turn(w, arc->to, c.out, arc->from, arc->edge, flow);
		shift_duals(w, arc->to, -arc->gain);
	}
}

/* ---- which arc enters ---- */

static bool is_full(const struct several *s, uint32_t edge)
{
	for (uint32_t k = 0; k < s->n_full; k++)
		if (s->full[k] == edge)
			return true;
	return false;
}

/* Of whoever wants several, full edges and the spare arc may come back. */
static void price_several(const struct assign *w, uint32_t i, struct arc *best)
{
	const struct assign_row *row = &w->row[i];
	const struct several *s = &w->several[i];
	uint32_t root = w->n + w->m, spare = w->wanted[i] - 1u;
	int64_t u = w->u[i], gain = w->once[i] - u;

	if (s->is_spare_full && -gain > best->gain)
		*best = (struct arc){-gain, root, i, SPARE, spare, true};
	if (!s->is_spare_full && gain > best->gain)
		*best = (struct arc){gain, i, root, SPARE, spare, false};
	for (uint32_t k = 0; k < s->n_full; k++) {
		const struct assign_edge *edge = &row->edge[s->full[k]];

		gain = w->p[edge->mentor] + u - edge->value;
		if (gain > best->gain)
			*best = (struct arc){
			    gain, w->n + edge->mentor, i, s->full[k], 1, true};
	}
	for (uint32_t k = 0; k < row->n; k++) {
		const struct assign_edge *edge = &row->edge[k];

		gain = edge->value - w->p[edge->mentor] - u;
		if (gain > best->gain && edge->value > 0 && !is_full(s, k))
			*best = (struct arc){
			    gain, i, w->n + edge->mentor, k, 1, false};
	}
}

static void price_row(const struct assign *w, uint32_t i, struct arc *best)
{
	const struct assign_row *row = &w->row[i];
	int64_t u = w->u[i];

	if (-u > best->gain)
		*best = (struct arc){.gain = -u, .from = i, .to = w->n + w->m};
	if (wants_several(w, i)) {
		price_several(w, i, best);
		return;
	}
	for (uint32_t k = 0; k < row->n; k++) {
		const struct assign_edge *edge = &row->edge[k];
		int64_t gain = edge->value - w->p[edge->mentor] - u;

		if (gain > best->gain && edge->value > 0)
			*best = (struct arc){.gain = gain,
			    .from = i,
			    .to = w->n + edge->mentor,
			    .edge = k};
	}
}

static void price_place(const struct assign *w, uint32_t j, struct arc *best)
{
	if (-w->p[j] > best->gain)
		*best = (struct arc){
		    .gain = -w->p[j], .from = w->n + w->m, .to = w->n + j};
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
		sum += assign_gain(w)[i];
	for (uint32_t j = 0; j < w->m; j++)
		sum += w->p[j] * w->capacity[j];
	return sum;
}

static void add_mate(struct assign *w, uint32_t newcomer, uint32_t mentor)
{
	uint32_t *mate = &w->mate[(size_t)newcomer * w->most], k = 0;

	while (mate[k] < mentor)
		k++;
	for (; mentor != ASSIGN_ALONE; k++) {
		uint32_t next = mate[k];

		mate[k] = mentor;
		mentor = next;
	}
}

/* What each newcomer's mentors bring: at an optimum no others bring more. */
static void set_gains(struct assign *w)
{
	for (uint32_t i = 0; i < w->n; i++) {
		const struct assign_row *row = &w->row[i];
		uint32_t mentor;

		w->gain[i] = 0;
		for (uint32_t at = 0;
		     (mentor = assign_mate(w, i, at)) != ASSIGN_ALONE; at++) {
			const struct assign_edge *edge = row->edge;

			while (edge->mentor != mentor)
				edge++;
			w->gain[i] += edge->value - w->p[mentor] -
				      (at > 0 ? w->once[i] : 0);
		}
	}
}

static void set_mates(struct assign *w)
{
	uint32_t root = w->n + w->m;

	for (size_t k = 0; k < (size_t)w->n * w->most; k++)
		w->mate[k] = ASSIGN_ALONE;
	for (uint32_t x = 0; x < root; x++) {
		uint32_t up = w->node[x].parent;

		if (up == root || w->node[x].flow == 0 || tree_value(w, x) <= 0)
			continue;
		if (is_newcomer(w, x))
			add_mate(w, x, up - w->n);
		else
			add_mate(w, up, x - w->n);
	}
	for (uint32_t i = 0; i < w->n && w->wanted != NULL; i++)
		for (uint32_t k = 0; k < w->several[i].n_full; k++) {
			const struct assign_edge *edge =
			    &w->row[i].edge[w->several[i].full[k]];

			if (edge->value > 0)
				add_mate(w, i, edge->mentor);
		}
	if (w->wanted != NULL)
		set_gains(w);
}

void assign_follow(struct assign *w, const struct assign *other)
{
	memcpy(
	    w->node, other->node, ((size_t)w->n + w->m + 1) * sizeof(*w->node));
	if (w->wanted != NULL)
		memcpy(w->several, other->several, w->n * sizeof(*w->several));
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

uint32_t assign_mate(const struct assign *w, uint32_t newcomer, uint32_t at)
{
	return at < w->most ? w->mate[(size_t)newcomer * w->most + at]
			    : ASSIGN_ALONE;
}

const int64_t *assign_u(const struct assign *w)
{
	return w->u;
}

const int64_t *assign_p(const struct assign *w)
{
	return w->p;
}

const int64_t *assign_gain(const struct assign *w)
{
	return w->wanted != NULL ? w->gain : w->u;
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
	return w->node[row].parent == w->n + w->m && w->node[row].edge != SPARE;
}

bool assign_is_full(const struct assign *w, uint32_t newcomer, uint32_t edge)
{
	return wants_several(w, newcomer) &&
	       is_full(&w->several[newcomer], edge);
}

bool assign_is_spare_basic(const struct assign *w, uint32_t newcomer)
{
	return w->node[newcomer].parent == w->n + w->m &&
	       w->node[newcomer].edge == SPARE;
}

bool assign_is_spare_full(const struct assign *w, uint32_t newcomer)
{
	return wants_several(w, newcomer) && w->several[newcomer].is_spare_full;
}
