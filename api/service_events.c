/*
 * From event rows to iTIP messages and feeds: load, hand to calendars/, store.
 * Invariant: a message is made from the rows as they stand in this transaction,
 * after the event's row was locked, so messages of one UID never cross.
 */
#include "api/service_events.h"

#include <stdlib.h>
#include <string.h>

#include "api/mail_address.h"
#include "base/id.h"
#include "base/instant.h"
#include "base/metric.h"
#include "base/str.h"
#include "base/utf8.h"
#include "calendars/cal_feed.h"
#include "calendars/itip.h"
#include "calendars/tz.h"

enum {
	MESSAGE_CAP = 1 << 20,
	FEED_CAP = 8 << 20,
	FEED_REFRESH_MINUTES = 60,
	FEED_PAST_DAYS = 60, /* ended events stay visible so long */
};

/*
 * A weekly event is a wall-clock time, its sessions' original starts are instants; when
 * the law of its zone has changed since they were computed, the two disagree, and no
 * calendar could be written. The wall clock is what names a session in calendars, so it
 * wins: an original start goes to where the pattern's wall time is by today's law, and
 * the session, which stays where it is, is one that moved.
 */
static void keep_pattern(const struct zone *z, struct cal_session *s, size_t n)
{
	int64_t first, local, week, at;

	for (size_t i = 1; i < n; i++) {
		first = s[0].original_start +
			zone_offset_at(z, s[0].original_start);
		local = s[i].original_start +
			zone_offset_at(z, s[i].original_start);
		week = (local - first + INSTANT_WEEK / 2) / INSTANT_WEEK;
		local = first + week * INSTANT_WEEK;
		if (zone_resolve(z, local, &at) == ZONE_UNIQUE &&
		    at > s[i - 1].original_start)
			s[i].original_start = at;
	}
}

/* The event of a row with n of its sessions, as calendars/ takes it. */
static enum err_code make_event(struct call *c, const struct event_row *row,
    const struct event_session_row *from, size_t n, struct cal_event *ret,
    struct err *e)
{
	struct cal_session *session =
	    ARENA_ARRAY(c->arena, n, struct cal_session);
	const struct zone *zone = NULL;
	enum err_code rc = ERR_OK;

	if (session == NULL)
		return ERR_SET(e, NOMEM, "too many sessions");
	if (strcmp(row->kind, "slot") != 0 && strcmp(row->kind, "meeting") != 0)
		rc = tz_zone(c->tz, row->time_zone, &zone, e);
	if (rc != ERR_OK)
		return rc;
	for (size_t i = 0; i < n; i++)
		session[i] = (struct cal_session){
		    .original_start = from[i].original_start,
		    .start = from[i].start,
		    .end = from[i].end,
		    .cancelled = from[i].cancelled,
		};
	if (zone != NULL)
		keep_pattern(zone, session, n);
	*ret = (struct cal_event){
	    .uid = row->uid,
	    .sequence = (uint32_t)row->sequence,
	    .dtstamp = row->dtstamp,
	    .created = row->created,
	    .last_modified = row->updated,
	    .summary = row->summary,
	    .description = row->description,
	    .location = row->location[0] != '\0' ? row->location : NULL,
	    .organizer = {row->organizer_name, c->calendar_mail},
	    .zone = zone,
	    .minutes = (uint32_t)row->minutes,
	    .session = session,
	    .n_sessions = n,
	};
	return ERR_OK;
}

static enum err_code load_event(struct call *c, const struct id *community,
    const struct event_row *row, struct cal_event *ret, struct err *e)
{
	struct event_session_row *session;
	size_t n;
	enum err_code rc = db_event_sessions(
	    c->db, c->arena, community, &row->id, &session, &n, e);

	return rc == ERR_OK ? make_event(c, row, session, n, ret, e) : rc;
}

/* Which of the four messages, for one recipient. */
static enum err_code write_message(const struct cal_event *ev,
    const struct event_news *news, const struct cal_attendee *to,
    struct str *out, struct err *e)
{
	size_t i = 0;

	if (news->session == NULL)
		return news->cancel ? itip_cancel(ev, to, out, e)
				    : itip_request(ev, to, out, e);
	/* As it was first planned, or where today's law puts that. */
	while (i < ev->n_sessions && llabs(ev->session[i].original_start -
					   *news->session) > INSTANT_DAY)
		i++;
	if (i == ev->n_sessions)
		return ERR_SET(e, BUG, "the session is not one of its event");
	return news->cancel ? itip_cancel_session(ev, i, to, out, e)
			    : itip_request_session(ev, i, to, out, e);
}

static enum err_code tell_one(struct call *c, const struct event_row *row,
    const struct cal_event *event, const struct event_attendee_row *who,
    const struct event_news *news, struct err *e)
{
	char organizer[MAIL_ADDRESS_SIZE];
	struct cal_event ev = *event;
	struct cal_attendee to = {
	    .person = {who->name, who->email},
	    .role = who->leads ? CAL_CHAIR : CAL_REQUIRED,
	};
	struct new_invitation inv = {
	    .id = id_new(),
	    .event = row,
	    .sequence = row->sequence + who->ahead + news->alone,
	    .recipient_id = who->member_id,
	    .recipient_email = who->email,
	    .method = news->cancel ? ITIP_CANCEL : ITIP_REQUEST,
	    .recurrence_id = news->session,
	};
	enum err_code rc;
	struct str text;

	if (c->with_tokens) {
		mail_address_with_token(
		    c->calendar_mail, who->token, organizer);
		ev.organizer.mail = organizer;
	}
	ev.sequence = (uint32_t)inv.sequence;
	str_init(&text, MESSAGE_CAP);
	rc = write_message(&ev, news, &to, &text, e);
	inv.ics = text.data;
	if (rc == ERR_OK)
		rc = db_invitation_add(c->db, &c->who.community_id, &inv, e);
	if (rc == ERR_OK && news->alone)
		rc = db_event_told_alone(
		    c->db, &c->who.community_id, &row->id, &who->member_id, e);
	if (rc == ERR_OK)
		metric_add(METRIC_invitations_total,
		    news->cancel ? "CANCEL" : "REQUEST", NULL, 1);
	str_free(&text);
	return rc;
}

enum err_code service_events_tell(struct call *c, const struct id *event,
    const struct event_news *news, struct err *e)
{
	const struct id *community = &c->who.community_id;
	struct event_attendee_row one, *who = &one;
	struct event_row row;
	struct cal_event ev;
	enum err_code rc;
	size_t n = 1;

	rc = db_event_lock(
	    c->db, c->arena, community, event, news->raise, &row, e);
	if (rc == ERR_OK)
		rc = load_event(c, community, &row, &ev, e);
	if (rc != ERR_OK)
		return rc;
	if (news->member == NULL) {
		rc = db_event_attendees(
		    c->db, c->arena, community, event, &who, &n, e);
	} else {
		rc = db_event_attendee(c->db, c->arena, community, event,
		    news->member, false, &one, e);
		if (rc == ERR_NOT_FOUND) { /* no address: nothing to send */
			err_clear(e);
			return ERR_OK;
		}
	}
	for (size_t i = 0; rc == ERR_OK && i < n; i++)
		rc = tell_one(c, &row, &ev, &who[i], news, e);
	return rc;
}

/* Whole days, so that what is shown changes once a day at most. */
static int64_t shown_from(int64_t now)
{
	return (int64_t)(day_of(now) - FEED_PAST_DAYS) * INSTANT_DAY;
}

static enum err_code make_events(struct call *c,
    const struct event_feed_row *row, size_t n, struct cal_event **ret_event,
    struct err *e)
{
	struct cal_event *event = ARENA_ARRAY(c->arena, n, struct cal_event);

	if (event == NULL)
		return ERR_SET(e, NOMEM, "too many events");
	for (size_t i = 0; i < n; i++) {
		enum err_code rc = make_event(c, &row[i].event, row[i].session,
		    row[i].n_sessions, &event[i], e);

		if (rc != ERR_OK)
			return rc;
	}
	*ret_event = event;
	return ERR_OK;
}

enum err_code service_events_feed(struct call *c, const char *name,
    const uint8_t hash[DB_FEED_HASH_SIZE], int64_t now, const char **ret_text,
    size_t *ret_len, struct err *e)
{
	struct cal_feed feed = {
	    .name = arena_strndup(
		c->arena, name, utf8_cut(name, strnlen(name, CAL_MAX_LINE))),
	    .refresh_minutes = FEED_REFRESH_MINUTES};
	struct event_feed_row *row;
	struct cal_event *event;
	enum err_code rc;
	struct str text;

	if (feed.name == NULL)
		return ERR_SET(e, NOMEM, "no memory for the feed");
	rc = db_event_feed(
	    c->db, c->arena, hash, shown_from(now), &row, &feed.n_events, e);
	if (rc == ERR_OK)
		rc = make_events(c, row, feed.n_events, &event, e);
	if (rc != ERR_OK)
		return rc;
	feed.event = event;
	str_init(&text, FEED_CAP);
	rc = cal_feed_write(&feed, &text, e);
	if (rc == ERR_OK) {
		*ret_text = arena_strndup(c->arena, text.data, text.len);
		*ret_len = text.len;
		if (*ret_text == NULL)
			rc = ERR_SET(e, NOMEM, "the feed is too large");
	}
	str_free(&text);
	return rc;
}

static enum err_code write_object(struct call *c, const struct cal_event *ev,
    struct event_object *ret, struct err *e)
{
	struct str text;
	enum err_code rc;

	str_init(&text, MESSAGE_CAP);
	rc = cal_feed_object(ev, &text, e);
	if (rc == ERR_OK) {
		ret->text = arena_strndup(c->arena, text.data, text.len);
		ret->len = text.len;
		ret->event = ev;
	}
	if (rc == ERR_OK && (ret->text == NULL || !digest_sha256(text.data,
						      text.len, &ret->version)))
		rc = ERR_SET(e, NOMEM, "no memory for the events");
	str_free(&text);
	return rc;
}

enum err_code service_events_own(struct call *c, int64_t now,
    struct event_object **ret_object, size_t *ret_n, struct err *e)
{
	struct event_object *object;
	struct event_feed_row *row;
	struct cal_event *event;
	size_t n, n_objects = 0;
	enum err_code rc =
	    db_event_own(c->db, c->arena, shown_from(now), &row, &n, e);

	if (rc == ERR_OK)
		rc = make_events(c, row, n, &event, e);
	if (rc != ERR_OK)
		return rc;
	object = ARENA_ARRAY(c->arena, n, struct event_object);
	if (object == NULL)
		return ERR_SET(e, NOMEM, "too many events");
	for (size_t i = 0; rc == ERR_OK && i < n; i++) {
		if (!cal_feed_shows(&event[i]))
			continue;
		object[n_objects].id = row[i].event.id;
		rc = write_object(c, &event[i], &object[n_objects++], e);
	}
	*ret_object = object;
	*ret_n = n_objects;
	return rc;
}
