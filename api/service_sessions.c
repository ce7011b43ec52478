/*
 * Sessions: see service_sessions.h. Invariant: a session's local date and time name
 * its start and nothing else, so a calendar that counts in wall-clock time and one
 * that counts in UTC agree.
 */
#include "api/service_sessions.h"

#include <string.h>

#include "api/auth.h"
#include "api/service_audit.h"
#include "api/service_events.h"
#include "api/service_pairings.h"
#include "api/session_choice.h"
#include "base/instant.h"
#include "calendars/tz.h"
#include "db/wall.h"

enum err_code service_sessions_list(struct call *c, struct db_session_filter *f,
    const struct db_page *page, struct db_list *ret_list, struct err *e)
{
	enum err_code code = auth_viewer(&c->who, &f->viewer_id, e);

	if (code == ERR_OK)
		code = db_session_list(c->db, c->arena, &c->who.community_id, f,
		    page, ret_list, e);
	return code;
}

enum err_code service_sessions_get(struct call *c, const struct id *session,
    struct db_doc *ret_doc, struct err *e)
{
	const struct id *viewer = NULL;
	enum err_code code = auth_viewer(&c->who, &viewer, e);

	if (code == ERR_OK)
		code = db_session_get(c->db, c->arena, &c->who.community_id,
		    session, viewer, ret_doc, e);
	return code;
}

typedef enum err_code find_fn(struct db *db, struct arena *a,
    const struct id *community, const struct id *id, const struct id *viewer,
    struct db_session *ret_session, struct err *e);

/* A session that the caller may change. */
static enum err_code find_own(struct call *c, const struct id *session,
    find_fn *find, struct db_session *s, struct err *e)
{
	const struct id *viewer = NULL;
	enum err_code code = auth_viewer(&c->who, &viewer, e);

	if (code == ERR_OK)
		code = find(c->db, c->arena, &c->who.community_id, session,
		    viewer, s, e);
	if (code == ERR_OK && viewer != NULL &&
	    !auth_is_member(&c->who, &s->guide_id))
		code = ERR_SET(e, FORBIDDEN,
		    "only staff and the guide of the cohort may do this");
	return code;
}

/* It still lies ahead. */
static enum err_code check_ahead(const struct db_session *s, struct err *e)
{
	err_note(e, "current_state", s->state);
	if (strcmp(s->state, "scheduled") != 0)
		return ERR_SET(e, STATE, "the session is %s", s->state);
	if (s->start <= s->now)
		return ERR_SET(e, STATE, "the session has begun already");
	err_clear(e);
	return ERR_OK;
}

/* Lock a session that the caller may change and that still lies ahead. */
static enum err_code lock(struct call *c, const struct id *session,
    const struct session_order *o, struct db_session *s, struct err *e)
{
	enum err_code code = find_own(c, session, db_session_lock, s, e);

	if (code != ERR_OK)
		return code;
	if (o->if_match != 0 && o->if_match != s->row_version)
		return ERR_SET(
		    e, STALE, "the session changed since it was read");
	return check_ahead(s, e);
}

enum err_code service_sessions_alternatives(struct call *c,
    const struct id *session, int64_t limit, struct db_list *ret_list,
    struct err *e)
{
	struct db_session s;
	enum err_code code = find_own(c, session, db_session_find, &s, e);

	if (code == ERR_FORBIDDEN) /* what may not be read is not there */
		return ERR_SET(e, NOT_FOUND, "there is no such session");
	/* Of a cohort that is not published yet they may be looked at too. */
	if (code == ERR_OK && strcmp(s.state, "proposed") != 0)
		code = check_ahead(&s, e);
	/* Hours of people who may not be seen otherwise. */
	if (code == ERR_OK)
		code = db_act_on(c->db, "session", session, e);
	return code == ERR_OK ? session_choice(c, &s, limit, ret_list, e)
			      : code;
}

static void local_text(int64_t local, char out[INSTANT_TEXT_SIZE])
{
	struct civil t = civil_from_seconds(local);

	snprintf(out, INSTANT_TEXT_SIZE, "%04d-%02d-%02d %02d:%02d", t.year,
	    t.month, t.day, t.hour, t.minute);
}

enum {
	QUARTER = 15 * INSTANT_MINUTE,
};

/* The last start before the change at `at` whose session ends when nothing is doubtful
 * yet, and the first one after, on quarter hours. `doubt`: the seconds around the change
 * whose local time comes twice. */
static void alternatives(const struct zone *z, int64_t at, int64_t doubt,
    int64_t length, char before[INSTANT_TEXT_SIZE],
    char after[INSTANT_TEXT_SIZE])
{
	int64_t first = at - doubt - length, next = at + doubt;
	int64_t local = first + zone_offset_at(z, first);

	local_text(local - local % QUARTER, before);
	local = next + zone_offset_at(z, next) + QUARTER - 1;
	local_text(local - local % QUARTER, after);
}

/* The last change of the clocks at or before `instant`, within a day. */
static int64_t change_before(const struct zone *z, int64_t instant)
{
	int64_t at = instant - INSTANT_DAY;

	while (zone_next_change(z, at) <= instant)
		at = zone_next_change(z, at);
	return at;
}

/* The clocks pass over a local time: say from where to where, and what to take
 * instead. `read` is the local time by the clock of before. */
static void fault_gap(const struct zone *z, const char *place, int64_t local,
    int64_t read, int64_t length, struct err *e)
{
	char wanted[INSTANT_TEXT_SIZE], from[INSTANT_TEXT_SIZE],
	    to[INSTANT_TEXT_SIZE], before[INSTANT_TEXT_SIZE],
	    after[INSTANT_TEXT_SIZE];
	int64_t at = change_before(z, read);

	local_text(local, wanted);
	local_text(at + zone_offset_at(z, at - 1), from);
	local_text(at + zone_offset_at(z, at), to);
	alternatives(z, at, 0, length, before, after);
	err_add_field(e, ERR_VALIDATION, place,
	    "%s does not exist in %s: the clocks go from %s to %s; choose %s "
	    "or %s",
	    wanted, z->name, from, to, before, after);
}

/* They pass it twice; `read` is the first of the two. */
static void fault_overlap(const struct zone *z, const char *place,
    int64_t local, int64_t read, int64_t length, struct err *e)
{
	char wanted[INSTANT_TEXT_SIZE], before[INSTANT_TEXT_SIZE],
	    after[INSTANT_TEXT_SIZE];
	int64_t at = zone_next_change(z, read);
	int64_t doubt = zone_offset_at(z, at - 1) - zone_offset_at(z, at);

	local_text(local, wanted);
	alternatives(z, at, doubt, length, before, after);
	err_add_field(e, ERR_VALIDATION, place,
	    "%s comes twice in %s, as the clocks are set back; choose %s or %s",
	    wanted, z->name, before, after);
}

/* The new start, in both ways of counting, when the clock of z gives it one name. */
static bool take_start(const struct zone *z, const struct session_order *o,
    const char *place, int64_t length, struct db_session_time *t, struct err *e)
{
	int64_t margin = 2 * INSTANT_DAY, read;

	t->start = o->starts_at;
	t->local_start = (int64_t)o->local_date * INSTANT_DAY +
			 (int64_t)o->local_minute * INSTANT_MINUTE;
	if ((o->is_local ? t->local_start : t->start) < z->from + margin ||
	    (o->is_local ? t->local_start : t->start) > z->to - margin) {
		err_add_field(e, ERR_VALIDATION, place,
		    "expected a date for which the clocks of %s are known",
		    z->name);
		return false;
	}
	if (!o->is_local)
		t->local_start = t->start + zone_offset_at(z, t->start);
	switch (zone_resolve(z, t->local_start, &read)) {
	case ZONE_UNIQUE:
		t->start = read;
		return true;
	case ZONE_GAP:
		fault_gap(z, place, t->local_start, read, length, e);
		return false;
	case ZONE_OVERLAP:
		fault_overlap(z, place, t->local_start, read, length, e);
		return false;
	}
	return false;
}

static enum err_code new_time(struct call *c, const struct db_session *s,
    const struct session_order *o, struct db_session_time *t, struct err *e)
{
	const char *place = o->is_local ? "/local_time" : "/starts_at";
	const struct zone *z = NULL;
	enum err_code code = tz_zone(c->tz, s->time_zone, &z, e);

	if (code != ERR_OK)
		return code;
	if (!take_start(z, o, place, s->end - s->start, t, e))
		return e->code;
	t->end = t->start + (s->end - s->start);
	t->tzdata_version = tz_version(c->tz);
	if (t->start % INSTANT_MINUTE != 0)
		err_add_field(
		    e, ERR_VALIDATION, place, "expected a whole minute");
	else if (t->start == s->start)
		err_add_field(e, ERR_VALIDATION, place,
		    "the session begins then already");
	else if (t->start <= s->now)
		err_add_field(
		    e, ERR_VALIDATION, place, "expected a time in the future");
	else if (zone_next_change(z, t->start) < t->end)
		err_add_field(e, ERR_VALIDATION, place,
		    "the clocks of %s change during this time", z->name);
	return e->code;
}

static enum err_code tell(
    struct call *c, const struct db_session *s, bool cancel, struct err *e)
{
	const struct event_news news = {
	    .cancel = cancel, .raise = true, .session = &s->original_start};

	return service_events_tell(c, &s->event_id, &news, e);
}

static const char *start_doc(struct arena *a, int64_t start)
{
	char text[INSTANT_TEXT_SIZE];

	instant_format(start, text);
	return arena_printf(a, "{\"starts_at\":\"%s\"}", text);
}

enum err_code service_sessions_move(struct call *c, const struct id *session,
    const struct session_order *o, struct db_doc *ret_doc, struct err *e)
{
	const struct id *community = &c->who.community_id;
	struct db_session s;
	struct db_session_time t;
	enum err_code code = lock(c, session, o, &s, e);

	if (code == ERR_OK)
		code = new_time(c, &s, o, &t, e);
	if (code == ERR_OK)
		code = db_act_on(c->db, "session", session, e);
	if (code == ERR_OK)
		code = db_session_move(c->db, community, session, &t, e);
	if (code == ERR_OK)
		code = tell(c, &s, false, e);
	if (code == ERR_OK)
		code = service_audit_fact(c, "session.move", "session", session,
		    start_doc(c->arena, s.start), start_doc(c->arena, t.start),
		    e);
	return code == ERR_OK ? service_sessions_get(c, session, ret_doc, e)
			      : code;
}

enum err_code service_sessions_cancel(struct call *c, const struct id *session,
    const struct session_order *o, struct db_doc *ret_doc, struct err *e)
{
	const struct id *community = &c->who.community_id;
	struct db_session s;
	enum err_code code = lock(c, session, o, &s, e);

	if (code == ERR_OK)
		code = db_act_on(c->db, "session", session, e);
	if (code == ERR_OK)
		code = db_session_cancel(c->db, community, session, e);
	if (code == ERR_OK)
		code = tell(c, &s, true, e);
	if (code == ERR_OK)
		code = service_audit_state(c, "session.cancel", "session",
		    session, s.state, "cancelled", e);
	return code == ERR_OK ? service_sessions_get(c, session, ret_doc, e)
			      : code;
}
