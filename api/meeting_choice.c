/* Starts for a first meeting: see meeting_choice.h. */
#include "api/meeting_choice.h"

#include "api/agenda.h"
#include "base/instant.h"
#include "base/jwrite.h"

enum {
	DOC_CAP = 4096,
};

static void put_clock(
    struct jwrite *w, const char *key, const struct zone *z, int64_t instant)
{
	jwrite_key_object(w, key);
	jwrite_key_local(w, instant + zone_offset_at(z, instant));
	jwrite_key_text(w, "time_zone", z->name);
	jwrite_object_end(w);
}

static const char *doc_of(struct arena *a, const struct community *people,
    const struct meeting_start *s, int64_t minutes)
{
	struct str out;
	struct jwrite w;
	const char *doc = NULL;

	str_init(&out, DOC_CAP);
	jwrite_init(&w, &out, false);
	jwrite_object(&w);
	jwrite_key(&w, "starts_at");
	jwrite_instant(&w, s->start);
	jwrite_key(&w, "ends_at");
	jwrite_instant(&w, s->start + minutes * INSTANT_MINUTE);
	put_clock(&w, "newcomer", people->person[0].zone, s->start);
	put_clock(&w, "mentor", people->person[1].zone, s->start);
	jwrite_object_end(&w);
	if (jwrite_done(&w))
		doc = arena_strndup(a, out.data, out.len);
	str_free(&out);
	return doc;
}

enum err_code meeting_choice(struct call *c, const struct meeting_choice *x,
    struct db_list *ret_list, struct err *e)
{
	const struct id member[] = {x->newcomer_id, x->mentor_id};
	static const uint32_t both[] = {0, 1};
	struct agenda agenda = {.rows = {.from = x->from, .to = x->to}};
	const struct meeting_search search = {.person = both,
	    .n = 2,
	    .minutes = (uint16_t)x->minutes,
	    .from = x->from,
	    .to = x->to};
	struct meeting_start *start = NULL;
	const char **doc;
	uint16_t n = 0;
	enum err_code code = agenda_read(c, member, 2, &agenda, e);

	if (code == ERR_OK)
		code = schedule_meetings(c->arena, &agenda.people, &search,
		    agenda.busy, agenda.n_busy, (uint16_t)x->limit, &start, &n,
		    e);
	if (code != ERR_OK)
		return code;
	doc = ARENA_ARRAY(c->arena, n, const char *);
	for (uint16_t i = 0; doc != NULL && i < n; i++)
		doc[i] =
		    doc_of(c->arena, &agenda.people, &start[i], x->minutes);
	if (arena_failed(c->arena))
		return ERR_SET(e, NOMEM, "no memory for the starts");
	*ret_list = (struct db_list){.doc = doc, .n = n};
	return ERR_OK;
}
