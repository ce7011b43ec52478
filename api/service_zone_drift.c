/* Zone law that changed: see service_zone_drift.h. */
#include "api/service_zone_drift.h"

#include "api/service_audit.h"
#include "api/service_events.h"
#include "api/service_sessions.h"
#include "base/instant.h"
#include "base/jwrite.h"
#include "calendars/tz.h"
#include "db/zone_drift.h"

enum {
	LIST_CAP = 16 << 20,
};

/* Where the wall-clock time is by today's law; false: in a change of the clocks. */
static bool by_wall(
    const struct zone *z, const struct db_zone_drift *d, int64_t *ret_start)
{
	return zone_resolve(z, d->local, ret_start) == ZONE_UNIQUE;
}

static int64_t by_instant(const struct zone *z, const struct db_zone_drift *d)
{
	return d->start + zone_offset_at(z, d->start);
}

static void write_id(struct jwrite *w, const char *key, const struct id *id)
{
	char text[ID_TEXT_SIZE];

	id_format(id, text);
	jwrite_key_text(w, key, text);
}

static void write_session(
    struct jwrite *w, const struct zone *z, const struct db_zone_drift *d)
{
	int64_t start;

	jwrite_object(w);
	write_id(w, "id", &d->session_id);
	write_id(w, "cohort_id", &d->cohort_id);
	jwrite_key_text(w, "time_zone", d->time_zone);
	jwrite_key_text(w, "tzdata_version", d->tzdata_version);
	jwrite_key(w, "starts_at");
	jwrite_instant(w, d->start);
	jwrite_key_local(w, d->local);
	jwrite_key(w, "by_wall");
	if (by_wall(z, d, &start)) {
		jwrite_object(w);
		jwrite_key(w, "starts_at");
		jwrite_instant(w, start);
		jwrite_object_end(w);
	} else {
		jwrite_null(w);
	}
	jwrite_key_object(w, "by_instant");
	jwrite_key_local(w, by_instant(z, d));
	jwrite_object_end(w);
	jwrite_object_end(w);
}

static enum err_code write_sessions(struct call *c, struct jwrite *w,
    const struct db_zone_drift *item, size_t n, struct err *e)
{
	int64_t unchanged = 0;

	jwrite_key_array(w, "items");
	for (size_t i = 0; i < n; i++) {
		const struct zone *z;
		enum err_code code = tz_zone(c->tz, item[i].time_zone, &z, e);

		if (code != ERR_OK)
			return code;
		if (by_instant(z, &item[i]) == item[i].local)
			unchanged++;
		else
			write_session(w, z, &item[i]);
	}
	jwrite_array_end(w);
	jwrite_key_int(w, "unchanged", unchanged);
	return ERR_OK;
}

enum err_code service_zone_drift_list(
    struct call *c, const char **ret_json, struct err *e)
{
	struct db_zone_drift *item;
	struct jwrite w;
	struct str out;
	size_t n;
	bool more;
	enum err_code code = db_zone_drift_list(c->db, c->arena,
	    &c->who.community_id, tz_version(c->tz), &item, &n, &more, e);

	if (code != ERR_OK)
		return code;
	str_init(&out, LIST_CAP);
	jwrite_init(&w, &out, false);
	jwrite_object(&w);
	jwrite_key_text(&w, "tzdata_version", tz_version(c->tz));
	code = write_sessions(c, &w, item, n, e);
	jwrite_key_bool(&w, "more", more);
	jwrite_object_end(&w);
	if (code == ERR_OK) {
		*ret_json = jwrite_done(&w)
				? arena_strndup(c->arena, out.data, out.len)
				: NULL;
		if (*ret_json == NULL)
			code = ERR_SET(e, NOMEM, "no memory for the list");
	}
	str_free(&out);
	return code;
}

static enum err_code new_time(struct call *c, const struct db_zone_drift *d,
    enum zone_keep keep, struct db_session_time *t, struct err *e)
{
	const struct zone *z;
	enum err_code code = tz_zone(c->tz, d->time_zone, &z, e);

	if (code != ERR_OK)
		return code;
	*t = (struct db_session_time){.start = d->start,
	    .local_start = by_instant(z, d),
	    .tzdata_version = tz_version(c->tz)};
	if (keep == ZONE_KEEP_WALL) {
		t->local_start = d->local;
		if (!by_wall(z, d, &t->start) || t->start <= instant_now()) {
			err_add_field(e, ERR_VALIDATION, "/keep",
			    "the wall-clock time falls into a change of the "
			    "clocks of %s, or has passed; keep the instant, or "
			    "move the session",
			    z->name);
			return e->code;
		}
	}
	t->end = t->start + (d->end - d->start);
	return ERR_OK;
}

enum err_code service_zone_drift_settle(struct call *c,
    const struct id *session, int64_t if_match, enum zone_keep keep,
    struct db_doc *ret_doc, struct err *e)
{
	/* A series is told as a whole: its VTIMEZONE is another one, too. */
	const struct event_news news = {.raise = true};
	const struct id *community = &c->who.community_id;
	struct db_zone_drift d;
	struct db_session_time t;
	enum err_code code = db_zone_drift_lock(c->db, c->arena, community,
	    session, tz_version(c->tz), if_match, &d, e);

	if (code == ERR_OK)
		code = new_time(c, &d, keep, &t, e);
	if (code == ERR_OK)
		code = db_session_move(c->db, community, session, &t, e);
	if (code == ERR_OK)
		code = service_events_tell(c, &d.event_id, &news, e);
	if (code == ERR_OK)
		code = service_audit_fact(c, "session.settle_zone", "session",
		    session, NULL,
		    keep == ZONE_KEEP_WALL ? "{\"keep\":\"wall\"}"
					   : "{\"keep\":\"instant\"}",
		    e);
	return code == ERR_OK ? service_sessions_get(c, session, ret_doc, e)
			      : code;
}
