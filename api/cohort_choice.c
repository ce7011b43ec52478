/* Who may take a cohort over: see cohort_choice.h. */
#include "api/cohort_choice.h"

#include "api/agenda.h"
#include "base/instant.h"
#include "base/jwrite.h"
#include "calendars/tz.h"
#include "db/sessions.h"

enum {
	REACH_DAYS = SCHEDULE_MOVE_DAYS + 3, /* what the scheduler looks at */
	DOC_CAP = 1 << 20,
};

struct choice {
	struct call *call;
	const struct db_cohort *cohort;
	struct db_cohort_session *session;
	struct id *member; /* the guide, the newcomers, the successors */
	struct agenda agenda;
	struct handover h;
};

static void put_move(
    struct jwrite *w, const struct choice *x, const struct handover_move *m)
{
	char id[ID_TEXT_SIZE];

	id_format(&x->session[m->session].id, id);
	jwrite_object(w);
	jwrite_key_text(w, "session_id", id);
	jwrite_key(w, "from");
	jwrite_instant(w, x->session[m->session].start);
	jwrite_key(w, "starts_at");
	if (m->found)
		jwrite_instant(w, m->start);
	else
		jwrite_null(w);
	jwrite_key_int(w, "missing", m->n_missing);
	jwrite_object_end(w);
}

static const char *doc_of(const struct choice *x, const struct successor *s)
{
	const struct db_agenda_person *p = &x->agenda.rows.person[s->person];
	char id[ID_TEXT_SIZE];
	struct str out;
	struct jwrite w;
	const char *doc = NULL;

	id_format(&p->id, id);
	str_init(&out, DOC_CAP);
	jwrite_init(&w, &out, false);
	jwrite_object(&w);
	jwrite_key_text(&w, "guide_id", id);
	jwrite_key_text(&w, "display_name", p->display_name);
	jwrite_key_text(&w, "time_zone", p->time_zone);
	jwrite_key_int(&w, "holds", x->h.n_sessions - s->n_moves);
	jwrite_key_array(&w, "moves");
	for (uint16_t i = 0; i < s->n_moves; i++)
		put_move(&w, x, &s->move[i]);
	jwrite_array_end(&w);
	jwrite_object_end(&w);
	if (jwrite_done(&w))
		doc = arena_strndup(x->call->arena, out.data, out.len);
	str_free(&out);
	return doc;
}

/* Sessions, people and holidays; x->member is everybody, n_people of them. */
static enum err_code load(struct choice *x, size_t *ret_people, struct err *e)
{
	struct call *c = x->call;
	const struct id *community = &c->who.community_id;
	const struct db_session of = {.cohort_id = x->cohort->id};
	struct id *member, *successor;
	size_t n_sessions, n_members, n_successors, n_holidays;
	int32_t *holiday;
	enum err_code code = db_cohort_ahead(c->db, c->arena, community,
	    &x->cohort->id, &x->session, &n_sessions, e);

	if (code == ERR_OK && n_sessions == 0)
		code = ERR_SET(e, STATE, "no session of the cohort is to come");
	if (code == ERR_OK)
		code = db_session_people(
		    c->db, c->arena, community, &of, &member, &n_members, e);
	if (code == ERR_OK)
		code = db_session_holidays(
		    c->db, c->arena, community, &of, &holiday, &n_holidays, e);
	if (code == ERR_OK)
		code = db_cohort_successors(c->db, c->arena, community,
		    &x->cohort->id, &successor, &n_successors, e);
	if (code != ERR_OK)
		return code;
	*ret_people = n_members + n_successors;
	x->member = ARENA_ARRAY(c->arena, *ret_people, struct id);
	x->h.n_sessions = (uint16_t)n_sessions;
	x->h.n_newcomers = (uint16_t)(n_members - 1);
	x->h.n_candidates = (uint32_t)n_successors;
	x->h.holidays = holiday;
	x->h.n_holidays = (uint16_t)n_holidays;
	for (size_t i = 0; x->member != NULL && i < *ret_people; i++)
		x->member[i] =
		    i < n_members ? member[i] : successor[i - n_members];
	return x->member != NULL
		   ? ERR_OK
		   : ERR_SET(e, NOMEM, "no memory for the people");
}

/* The people and sessions as the scheduler numbers them. */
static bool number(struct choice *x)
{
	struct arena *a = x->call->arena;
	uint32_t *newcomer = ARENA_ARRAY(a, x->h.n_newcomers, uint32_t);
	uint32_t *candidate = ARENA_ARRAY(a, x->h.n_candidates, uint32_t);
	struct handover_session *session =
	    ARENA_ARRAY(a, x->h.n_sessions, struct handover_session);

	if (newcomer == NULL || candidate == NULL || session == NULL)
		return false;
	for (uint32_t i = 0; i < x->h.n_newcomers; i++)
		newcomer[i] = 1 + i;
	for (uint32_t i = 0; i < x->h.n_candidates; i++)
		candidate[i] = 1 + x->h.n_newcomers + i;
	for (uint16_t i = 0; i < x->h.n_sessions; i++)
		session[i] = (struct handover_session){x->session[i].start,
		    (uint16_t)((x->session[i].end - x->session[i].start) /
			       INSTANT_MINUTE)};
	x->h.newcomer = newcomer;
	x->h.candidate = candidate;
	x->h.session = session;
	return true;
}

static enum err_code choose(
    struct choice *x, int64_t limit, struct db_list *ret_list, struct err *e)
{
	struct arena *a = x->call->arena;
	struct successor *s;
	const char **doc;
	uint16_t n;
	enum err_code code = schedule_handover(a, &x->agenda.people, &x->h,
	    x->agenda.busy, x->agenda.n_busy,
	    (uint16_t)(limit < COHORT_MAX_SUCCESSORS ? limit
						     : COHORT_MAX_SUCCESSORS),
	    &s, &n, e);

	if (code != ERR_OK)
		return code;
	doc = ARENA_ARRAY(a, n, const char *);
	for (uint16_t i = 0; doc != NULL && i < n; i++)
		doc[i] = doc_of(x, &s[i]);
	if (arena_failed(a))
		return ERR_SET(e, NOMEM, "no memory for the successors");
	*ret_list = (struct db_list){.doc = doc, .n = n};
	return ERR_OK;
}

enum err_code cohort_choice(struct call *c, const struct db_cohort *k,
    int64_t limit, struct db_list *ret_list, struct err *e)
{
	const int64_t reach = REACH_DAYS * (int64_t)INSTANT_DAY;
	struct choice x = {.call = c, .cohort = k};
	size_t n;
	enum err_code code = load(&x, &n, e);

	if (code == ERR_OK)
		code = tz_zone(c->tz, k->anchor_time_zone, &x.h.anchor, e);
	if (code == ERR_OK)
		code = db_now(c->db, c->arena, &x.h.not_before, e);
	if (code != ERR_OK)
		return code;
	x.h.not_before++;
	x.agenda.rows.from = x.session[0].start - reach;
	x.agenda.rows.to = x.session[x.h.n_sessions - 1].end + reach;
	code = agenda_read(c, x.member, n, &x.agenda, e);
	if (code == ERR_OK && !number(&x))
		code = ERR_SET(e, NOMEM, "no memory for the cohort");
	return code == ERR_OK ? choose(&x, limit, ret_list, e) : code;
}
