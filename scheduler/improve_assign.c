/*
 * The best newcomers for chosen openings: improve_assign, by matcher/assign.
 *
 * A table is two mentors of the assignment: its first cohort_min seats, each worth
 * NEEDED more than anybody, and the others. The plan at hand fills the first seats of
 * every table, so every optimum does.
 */
#include "matcher/assign.h"
#include "scheduler/improve.h"

#define NEEDED ((int64_t)1 << 30)

static bool add_edges(
    struct arena *a, const struct seats *s, uint32_t i, struct assign_row *row)
{
	const struct forming *f = s->f;

	row->size = 2 * s->n_tables;
	row->edge = ARENA_ARRAY(a, row->size, struct assign_edge);
	if (row->edge == NULL)
		return false;
	for (uint32_t t = 0; t < s->n_tables && !s->guides[i]; t++) {
		int64_t value;

		if (s->opening[t] == SEATS_NONE ||
		    !forming_in(f->opening[s->opening[t]].seats, i))
			continue;
		value = forming_value(f, s->guide[t], i);
		row->edge[row->n++] =
		    (struct assign_edge){value + NEEDED, 2 * t, 0};
		if (f->in->cohort_max > f->in->cohort_min)
			row->edge[row->n++] =
			    (struct assign_edge){value, 2 * t + 1, 0};
	}
	return true;
}

/* Seat everybody as assigned; false when two who avoid each other meet, or too many of
 * one organization. */
static bool seat_all(struct seats *s, const struct assign *w)
{
	const struct forming *f = s->f;
	int32_t *opening = s->opening;

	for (uint32_t t = 0; t < s->n_tables; t++) {
		uint32_t list[COHORT_MAX_SIZE], n = 0;

		if (opening[t] == SEATS_NONE)
			continue;
		for (uint32_t i = 0; i < f->n_newcomers; i++) {
			if (assign_mate(w, i, 0) == ASSIGN_ALONE ||
			    assign_mate(w, i, 0) / 2 != t)
				continue;
			for (uint32_t k = 0; k < n; k++)
				if (forming_apart(f, list[k], i))
					return false;
			if (f->group[i] != FORMING_NO_GROUP &&
			    forming_of_group(f, i, list, n, UINT32_MAX) >=
				f->in->most_per_organization)
				return false;
			list[n++] = i;
		}
		if (n < f->in->cohort_min)
			return false;
		seats_put(s, t, opening[t], list, n);
	}
	return true;
}

bool improve_assign(struct arena *a, struct seats *s)
{
	const struct forming *f = s->f;
	struct seats *next = seats_new(a, f);
	struct assign_row *row =
	    ARENA_ARRAY(a, f->n_newcomers, struct assign_row);
	uint32_t *capacity = ARENA_ARRAY(a, 2 * (size_t)s->n_tables, uint32_t);
	struct assign *w;

	if (next == NULL || row == NULL || capacity == NULL)
		return false;
	for (uint32_t t = 0; t < s->n_tables; t++) {
		capacity[2 * t] = f->in->cohort_min;
		capacity[2 * t + 1] = f->in->cohort_max - f->in->cohort_min;
	}
	for (uint32_t i = 0; i < f->n_newcomers; i++)
		if (!add_edges(a, s, i, &row[i]))
			return false;
	w = assign_new(a, f->n_newcomers, 2 * s->n_tables, capacity);
	if (w == NULL)
		return false;
	(void)assign_solve(w, row);
	for (uint32_t t = 0; t < s->n_tables; t++)
		if (s->opening[t] != SEATS_NONE)
			seats_put(next, t, s->opening[t], NULL, 0);
	if (seat_all(next, w) && next->value > s->value)
		seats_copy(s, next);
	return true;
}
