/*
 * First meetings of pairings: see service_meetings.h. Invariant: a meeting that is
 * scheduled has one commitment of each of its two people, at its very time.
 */
#include "api/service_meetings.h"

#include <string.h>

#include "api/auth.h"
#include "api/meeting_choice.h"
#include "api/service_audit.h"
#include "api/service_events.h"
#include "base/instant.h"
#include "calendars/tz.h"
#include "db/pairings.h"
#include "db/wall.h"

typedef enum err_code find_fn(struct db *db, struct arena *a,
    const struct id *community, const struct id *pairing,
    struct db_pairing *ret_pairing, struct err *e);

/* An active pairing that the caller is part of or may act on. */
static enum err_code find_pairing(struct call *c, find_fn *find,
    const struct id *pairing, struct db_pairing *p, struct err *e)
{
	const struct id *sees = NULL;
	enum err_code code = auth_viewer(&c->who, &sees, e);

	if (code == ERR_OK)
		code =
		    find(c->db, c->arena, &c->who.community_id, pairing, p, e);
	if (code != ERR_OK)
		return code;
	if (sees != NULL && !auth_is_member(&c->who, &p->newcomer_id) &&
	    !auth_is_member(&c->who, &p->mentor_id))
		return ERR_SET(e, NOT_FOUND, "there is no such pairing");
	if (strcmp(p->state, "active") != 0) {
		err_note(e, "current_state", p->state);
		return ERR_SET(e, STATE, "the pairing is %s", p->state);
	}
	return db_act_on(c->db, "pairing", pairing, e);
}

enum err_code service_meetings_propose(struct call *c, const struct id *pairing,
    int64_t minutes, int64_t limit, struct db_list *ret_list, struct err *e)
{
	struct meeting_choice x = {.minutes = minutes, .limit = limit};
	struct db_pairing p;
	int64_t now;
	enum err_code code = find_pairing(c, db_pairing_find, pairing, &p, e);

	if (code == ERR_OK)
		code = db_now(c->db, c->arena, &now, e);
	if (code != ERR_OK)
		return code;
	x.newcomer_id = p.newcomer_id;
	x.mentor_id = p.mentor_id;
	x.from = now + MEETING_NOTICE_DAYS * INSTANT_DAY;
	x.to = now + MEETING_WITHIN_DAYS * INSTANT_DAY;
	return meeting_choice(c, &x, ret_list, e);
}

static enum err_code check_start(int64_t start, int64_t now, struct err *e)
{
	if (start % INSTANT_MINUTE != 0)
		err_add_field(
		    e, ERR_VALIDATION, "/starts_at", "expected a whole minute");
	else if (start <= now)
		err_add_field(e, ERR_VALIDATION, "/starts_at",
		    "expected a time in the future");
	else if (start > now + MEETING_MAX_AHEAD_DAYS * (int64_t)INSTANT_DAY)
		err_add_field(e, ERR_VALIDATION, "/starts_at",
		    "expected a time within %d days", MEETING_MAX_AHEAD_DAYS);
	return e->code;
}

static enum err_code make_event(struct call *c, const struct meeting_order *o,
    const struct db_meeting *m, struct err *e)
{
	const struct id *community = &c->who.community_id;
	struct new_event event = {.id = m->event_id,
	    .kind = "meeting",
	    .summary = o->title,
	    .description = "",
	    .location = o->location != NULL ? o->location : "",
	    .minutes = o->minutes};
	struct db_meeting_people people;
	const struct zone *zone = NULL;
	enum err_code code = db_meeting_people(
	    c->db, c->arena, community, &m->pairing_id, &people, e);

	if (code == ERR_OK)
		code = tz_zone(c->tz, people.time_zone, &zone, e);
	if (code != ERR_OK)
		return code;
	if (event.summary == NULL)
		event.summary = arena_printf(c->arena, "%s and %s",
		    people.newcomer_name, people.mentor_name);
	if (event.summary == NULL)
		return ERR_SET(e, NOMEM, "no memory for the title");
	event.organizer_name = people.mentor_name;
	event.time_zone = people.time_zone;
	event.first_local_start = m->start + zone_offset_at(zone, m->start);
	return db_event_insert(c->db, community, &event, e);
}

static const char *start_doc(struct arena *a, int64_t start)
{
	char text[INSTANT_TEXT_SIZE];

	instant_format(start, text);
	return arena_printf(a, "{\"starts_at\":\"%s\"}", text);
}

enum err_code service_meetings_book(struct call *c, const struct id *pairing,
    const struct meeting_order *o, struct id *ret_id, struct db_doc *ret_doc,
    struct err *e)
{
	const struct id *community = &c->who.community_id;
	struct db_meeting m = {.id = id_new(),
	    .event_id = id_new(),
	    .pairing_id = *pairing,
	    .start = o->starts_at,
	    .end = o->starts_at + o->minutes * (int64_t)INSTANT_MINUTE};
	struct db_pairing p;
	int64_t now;
	enum err_code code = find_pairing(c, db_pairing_lock, pairing, &p, e);

	if (code == ERR_OK)
		code = db_now(c->db, c->arena, &now, e);
	if (code == ERR_OK)
		code = check_start(m.start, now, e);
	if (code == ERR_OK)
		code = make_event(c, o, &m, e);
	if (code == ERR_OK)
		code = db_meeting_insert(c->db, community, &m, e);
	if (code == ERR_OK)
		code = service_events_tell(
		    c, &m.event_id, &(struct event_news){.cancel = false}, e);
	if (code == ERR_OK)
		code = service_audit_fact(c, "meeting.book", "meeting", &m.id,
		    NULL, start_doc(c->arena, m.start), e);
	if (code == ERR_OK)
		*ret_id = m.id;
	return code == ERR_OK ? service_meetings_get(c, &m.id, ret_doc, e)
			      : code;
}

/* Lock a meeting that the caller may change and that still lies ahead. */
static enum err_code lock(struct call *c, const struct id *meeting,
    int64_t if_match, struct db_meeting *m, struct err *e)
{
	const struct id *sees = NULL;
	enum err_code code = auth_viewer(&c->who, &sees, e);

	if (code == ERR_OK)
		code = db_meeting_lock(
		    c->db, c->arena, &c->who.community_id, meeting, sees, m, e);
	if (code != ERR_OK)
		return code;
	if (if_match != 0 && if_match != m->row_version)
		return ERR_SET(
		    e, STALE, "the meeting changed since it was read");
	err_note(e, "current_state", m->state);
	if (strcmp(m->state, "scheduled") != 0)
		return ERR_SET(e, STATE, "the meeting is %s", m->state);
	if (m->start <= m->now)
		return ERR_SET(e, STATE, "the meeting has begun already");
	err_clear(e);
	return db_act_on(c->db, "pairing", &m->pairing_id, e);
}

static enum err_code tell(
    struct call *c, const struct db_meeting *m, bool cancel, struct err *e)
{
	const struct event_news news = {.cancel = cancel, .raise = true};

	return service_events_tell(c, &m->event_id, &news, e);
}

enum err_code service_meetings_move(struct call *c, const struct id *meeting,
    int64_t if_match, int64_t starts_at, struct db_doc *ret_doc, struct err *e)
{
	struct db_meeting m;
	enum err_code code = lock(c, meeting, if_match, &m, e);

	if (code == ERR_OK)
		code = check_start(starts_at, m.now, e);
	if (code == ERR_OK && starts_at == m.start)
		err_add_field(e, ERR_VALIDATION, "/starts_at",
		    "the meeting begins then already");
	if (code == ERR_OK)
		code = e->code;
	if (code == ERR_OK)
		code = db_meeting_move(c->db, &c->who.community_id, meeting,
		    starts_at, starts_at + (m.end - m.start), e);
	if (code == ERR_OK)
		code = tell(c, &m, false, e);
	if (code == ERR_OK)
		code = service_audit_fact(c, "meeting.move", "meeting", meeting,
		    start_doc(c->arena, m.start),
		    start_doc(c->arena, starts_at), e);
	return code == ERR_OK ? service_meetings_get(c, meeting, ret_doc, e)
			      : code;
}

static enum err_code call_off(
    struct call *c, const struct db_meeting *m, struct err *e)
{
	enum err_code code =
	    db_meeting_cancel(c->db, &c->who.community_id, &m->id, e);

	if (code == ERR_OK)
		code = tell(c, m, true, e);
	if (code == ERR_OK)
		code = service_audit_state(c, "meeting.cancel", "meeting",
		    &m->id, "scheduled", "cancelled", e);
	return code;
}

enum err_code service_meetings_cancel(struct call *c, const struct id *meeting,
    int64_t if_match, struct db_doc *ret_doc, struct err *e)
{
	struct db_meeting m;
	enum err_code code = lock(c, meeting, if_match, &m, e);

	if (code == ERR_OK)
		code = call_off(c, &m, e);
	return code == ERR_OK ? service_meetings_get(c, meeting, ret_doc, e)
			      : code;
}

enum err_code service_meetings_drop(
    struct call *c, const struct id *pairing, struct err *e)
{
	const struct id *community = &c->who.community_id;
	struct db_meeting m;
	struct id id;
	bool found = false;
	enum err_code code = db_meeting_ahead(
	    c->db, c->arena, community, pairing, &found, &id, e);

	if (code != ERR_OK || !found)
		return code;
	code = db_meeting_lock(c->db, c->arena, community, &id, NULL, &m, e);
	return code == ERR_OK ? call_off(c, &m, e) : code;
}

enum err_code service_meetings_get(struct call *c, const struct id *meeting,
    struct db_doc *ret_doc, struct err *e)
{
	const struct id *sees = NULL;
	enum err_code code = auth_viewer(&c->who, &sees, e);

	if (code == ERR_OK)
		code = db_meeting_get(c->db, c->arena, &c->who.community_id,
		    meeting, sees, ret_doc, e);
	return code;
}

enum err_code service_meetings_list(struct call *c, const struct id *pairing,
    const struct db_page *page, struct db_list *ret_list, struct err *e)
{
	const struct id *sees = NULL;
	enum err_code code = auth_viewer(&c->who, &sees, e);

	if (code == ERR_OK)
		code = db_meeting_list(c->db, c->arena, &c->who.community_id,
		    pairing, sees, page, ret_list, e);
	return code;
}
