/* Other starts: see session_choice.h. */
#include "api/session_choice.h"

#include "api/agenda.h"
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
	struct agenda agenda; /* the guide first */
	int32_t *holiday;
	size_t n_holidays;
};

static const char *doc_of(
    const struct choice *x, const struct zone *z, const struct alternative *alt)
{
	struct str out;
	struct jwrite w;
	const char *doc = NULL;

	str_init(&out, DOC_CAP);
	jwrite_init(&w, &out, false);
	jwrite_object(&w);
	jwrite_key(&w, "starts_at");
	jwrite_instant(&w, alt->start);
	jwrite_key_local(&w, alt->start + zone_offset_at(z, alt->start));
	jwrite_key_text(&w, "time_zone", z->name);
	jwrite_key_array(&w, "missing");
	for (uint16_t i = 0; i < alt->n_missing; i++) {
		const struct db_agenda_person *p =
		    &x->agenda.rows.person[alt->missing[i]];
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
	const struct community *people = &x->agenda.people;
	struct arena *a = x->call->arena;
	uint32_t *newcomers = ARENA_ARRAY(a, people->n, uint32_t);
	struct session_move m = {.start = s->start,
	    .minutes = (uint16_t)((s->end - s->start) / INSTANT_MINUTE),
	    .newcomers = newcomers,
	    .n_newcomers = (uint16_t)(people->n - 1),
	    .not_before = s->now + 1,
	    .holidays = x->holiday,
	    .n_holidays = (uint16_t)x->n_holidays};
	struct alternative *alt = NULL;
	const char **doc;
	uint16_t n = 0;
	enum err_code code = tz_zone(x->call->tz, s->time_zone, &m.anchor, e);

	if (code != ERR_OK)
		return code;
	for (uint32_t i = 1; newcomers != NULL && i < people->n; i++)
		newcomers[i - 1] = i;
	if (newcomers != NULL)
		code = schedule_alternatives(a, people, &m, x->agenda.busy,
		    x->agenda.n_busy,
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
	const int64_t reach = AROUND_DAYS * (int64_t)INSTANT_DAY;
	const struct id *community = &c->who.community_id;
	struct choice x = {.call = c,
	    .session = s,
	    .agenda.rows = {
		.from = s->start - reach, .to = s->end + reach, .but = &s->id}};
	struct id *member;
	size_t n;
	enum err_code code =
	    db_session_people(c->db, c->arena, community, s, &member, &n, e);

	if (code == ERR_OK)
		code = db_session_holidays(c->db, c->arena, community, s,
		    &x.holiday, &x.n_holidays, e);
	if (code == ERR_OK)
		code = agenda_read(c, member, n, &x.agenda, e);
	return code == ERR_OK ? choose(&x, limit, ret_list, e) : code;
}
