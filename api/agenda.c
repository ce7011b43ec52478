/* Agendas: see agenda.h. */
#include "api/agenda.h"

#include <stdlib.h>
#include <string.h>

#include "calendars/tz.h"

static void read_windows(struct arena *a, const char *text, struct person *p)
{
	struct window *w = ARENA_ARRAY(a, WEEK_MAX_WINDOWS, struct window);
	size_t n = 0;

	while (w != NULL && text != NULL && n < WEEK_MAX_WINDOWS) {
		char *rest;

		w[n].begin = (uint16_t)strtoul(text, &rest, 10);
		w[n++].end = (uint16_t)strtoul(rest, &rest, 10);
		text = *rest == ';' ? rest + 1 : NULL;
	}
	p->windows = w;
	p->n_windows = (uint16_t)(w == NULL ? 0 : windows_normalise(w, n));
}

static enum err_code read_people(
    struct call *c, struct agenda *x, struct err *e)
{
	enum err_code code = ERR_OK;

	x->people.n = (uint32_t)x->rows.n_people;
	x->people.person = ARENA_ARRAY(c->arena, x->people.n, struct person);
	if (x->people.person == NULL)
		return ERR_SET(e, NOMEM, "no memory for the people");
	for (uint32_t i = 0; code == ERR_OK && i < x->people.n; i++) {
		struct person *p = &x->people.person[i];

		read_windows(c->arena, x->rows.person[i].windows, p);
		code = tz_zone(c->tz, x->rows.person[i].time_zone, &p->zone, e);
	}
	return code;
}

struct place {
	struct id id;
	uint32_t person;
};

static int by_id(const void *x, const void *y)
{
	return memcmp(x, y, sizeof(struct id));
}

static enum err_code read_busy(struct call *c, struct agenda *x, struct err *e)
{
	struct place *place = ARENA_ARRAY(c->arena, x->people.n, struct place);

	x->busy = ARENA_ARRAY(c->arena, x->rows.n_busy, struct busy_time);
	if (x->busy == NULL || place == NULL)
		return ERR_SET(e, NOMEM, "no memory for the busy times");
	for (uint32_t i = 0; i < x->people.n; i++)
		place[i] = (struct place){x->rows.person[i].id, i};
	if (x->people.n > 0)
		qsort(place, x->people.n, sizeof(*place), by_id);
	for (size_t k = 0; k < x->rows.n_busy; k++) {
		const struct db_agenda_busy *b = &x->rows.busy[k];
		const struct place *of =
		    x->people.n == 0 ? NULL
				     : bsearch(&b->member_id, place,
					   x->people.n, sizeof(*place), by_id);

		if (of != NULL)
			x->busy[x->n_busy++] =
			    (struct busy_time){of->person, b->begin, b->end};
	}
	return ERR_OK;
}

enum err_code agenda_read(struct call *c, const struct id *member, size_t n,
    struct agenda *ret, struct err *e)
{
	enum err_code code = db_agenda(
	    c->db, c->arena, &c->who.community_id, member, n, &ret->rows, e);

	if (code == ERR_OK && ret->rows.n_people < n)
		return ERR_SET(
		    e, NOT_FOUND, "somebody of them is not a member any more");
	if (code == ERR_OK)
		code = read_people(c, ret, e);
	return code == ERR_OK ? read_busy(c, ret, e) : code;
}
