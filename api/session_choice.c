/* Other starts: see session_choice.h. */
#include "api/session_choice.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/instant.h"
#include "base/jwrite.h"
#include "calendars/tz.h"
#include "scheduler/schedule.h"

enum {
	AROUND_DAYS = SCHEDULE_MOVE_DAYS + 3, /* what the scheduler looks at */
	DOC_CAP = 1 << 20,
};

struct choice {
	struct call *call;
	const struct db_session *session;
	struct db_session_around around;
	struct community people; /* in the order of around.person */
	struct busy_time *busy;
	uint32_t n_busy;
};

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

static enum err_code read_people(struct choice *x, struct err *e)
{
	struct arena *a = x->call->arena;
	enum err_code code = ERR_OK;

	x->people.n = (uint32_t)x->around.n_people;
	x->people.person = ARENA_ARRAY(a, x->people.n, struct person);
	if (x->people.person == NULL)
		return ERR_SET(e, NOMEM, "no memory for the cohort");
	for (uint32_t i = 0; code == ERR_OK && i < x->people.n; i++) {
		struct person *p = &x->people.person[i];

		read_windows(a, x->around.person[i].windows, p);
		code = tz_zone(
		    x->call->tz, x->around.person[i].time_zone, &p->zone, e);
	}
	return code;
}

static enum err_code read_busy(struct choice *x, struct err *e)
{
	x->busy =
	    ARENA_ARRAY(x->call->arena, x->around.n_busy, struct busy_time);
	if (x->busy == NULL)
		return ERR_SET(e, NOMEM, "no memory for the busy times");
	for (size_t k = 0; k < x->around.n_busy; k++)
		for (uint32_t i = 0; i < x->people.n; i++)
			if (memcmp(&x->around.busy[k].member_id,
				&x->around.person[i].id,
				sizeof(struct id)) == 0)
				x->busy[x->n_busy++] = (struct busy_time){i,
				    x->around.busy[k].begin,
				    x->around.busy[k].end};
	return ERR_OK;
}

static const char *doc_of(
    const struct choice *x, const struct zone *z, const struct alternative *alt)
{
	int64_t local = alt->start + zone_offset_at(z, alt->start);
	struct civil t = civil_from_seconds(local);
	char text[INSTANT_TEXT_SIZE];
	struct str out;
	struct jwrite w;
	const char *doc = NULL;

	str_init(&out, DOC_CAP);
	jwrite_init(&w, &out, false);
	jwrite_object(&w);
	jwrite_key(&w, "starts_at");
	jwrite_instant(&w, alt->start);
	jwrite_key(&w, "local_date");
	jwrite_day(&w, day_of(local));
	snprintf(text, sizeof(text), "%02d:%02d", t.hour, t.minute);
	jwrite_key_text(&w, "local_time", text);
	jwrite_key_text(&w, "time_zone", z->name);
	jwrite_key_array(&w, "missing");
	for (uint16_t i = 0; i < alt->n_missing; i++) {
		const struct db_session_person *p =
		    &x->around.person[alt->missing[i]];
		char id[ID_TEXT_SIZE];

		id_format(&p->id, id);
		jwrite_object(&w);
		jwrite_key_text(&w, "member_id", id);
		jwrite_key_text(&w, "display_name", p->display_name);
		jwrite_object_end(&w);
	}
	jwrite_array_end(&w);
	jwrite_object_end(&w);
	if (jwrite_done(&w))
		doc = arena_strndup(x->call->arena, out.data, out.len);
	str_free(&out);
	return doc;
}

static enum err_code choose(
    struct choice *x, int64_t limit, struct db_list *ret_list, struct err *e)
{
	const struct db_session *s = x->session;
	struct arena *a = x->call->arena;
	uint32_t *newcomers = ARENA_ARRAY(a, x->people.n, uint32_t);
	struct session_move m = {.start = s->start,
	    .minutes = (uint16_t)((s->end - s->start) / INSTANT_MINUTE),
	    .newcomers = newcomers,
	    .n_newcomers = (uint16_t)(x->people.n - 1),
	    .not_before = s->now + 1,
	    .holidays = x->around.holiday,
	    .n_holidays = (uint16_t)x->around.n_holidays};
	struct alternative *alt = NULL;
	const char **doc;
	uint16_t n = 0;
	enum err_code code = tz_zone(x->call->tz, s->time_zone, &m.anchor, e);

	if (code != ERR_OK)
		return code;
	for (uint32_t i = 1; newcomers != NULL && i < x->people.n; i++)
		newcomers[i - 1] = i;
	if (newcomers != NULL)
		code =
		    schedule_alternatives(a, &x->people, &m, x->busy, x->n_busy,
			(uint16_t)(limit < SCHEDULE_MAX_ALTERNATIVES
				       ? limit
				       : SCHEDULE_MAX_ALTERNATIVES),
			&alt, &n, e);
	if (code != ERR_OK)
		return code;
	doc = ARENA_ARRAY(a, n, const char *);
	for (uint16_t i = 0; doc != NULL && i < n; i++)
		doc[i] = doc_of(x, m.anchor, &alt[i]);
	if (arena_failed(a))
		return ERR_SET(e, NOMEM, "no memory for the starts");
	*ret_list = (struct db_list){.doc = doc, .n = n};
	return ERR_OK;
}

enum err_code session_choice(struct call *c, const struct db_session *s,
    int64_t limit, struct db_list *ret_list, struct err *e)
{
	int64_t reach = AROUND_DAYS * (int64_t)INSTANT_DAY;
	struct choice x = {.call = c,
	    .session = s,
	    .around = {.from = s->start - reach, .to = s->end + reach}};
	enum err_code code = db_session_around(
	    c->db, c->arena, &c->who.community_id, s, &x.around, e);

	if (code == ERR_OK)
		code = read_people(&x, e);
	if (code == ERR_OK)
		code = read_busy(&x, e);
	return code == ERR_OK ? choose(&x, limit, ret_list, e) : code;
}
