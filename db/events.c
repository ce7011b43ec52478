/* Calendar events and invitations: see events.h. */
#include "db/events.h"

enum {
	FEED_MAX = 2000 /* events */
};

static const struct db_stmt INSERT = {"event_insert",
    "INSERT INTO event (community_id, id, uid, kind, summary, description, "
    "location, organizer_name, time_zone, first_local_start, minutes) "
    "SELECT c.community_id, $2::uuid, $2 || '@' || c.calendar_domain, $3::text, "
    "$4::text, $5::text, $6::text, $7::text, $8::text, "
    "$9::timestamptz AT TIME ZONE 'UTC', $10::int "
    "FROM community c WHERE c.community_id = $1"};

/* The columns that event_from reads. */
#define EVENT_COLUMNS                                                \
	"e.id, e.uid, e.kind, e.sequence, e.created_at, e.summary, " \
	"e.description, e.location, e.organizer_name, e.time_zone, e.minutes"

/* Two messages within one second still differ: clients ignore equal stamps. */
static const struct db_stmt LOCK = {"db_event_lock",
    "UPDATE event e SET sequence = e.sequence + $3::int, last_dtstamp = "
    "greatest(date_trunc('second', now()), e.last_dtstamp + interval '1 s') "
    "WHERE e.community_id = $1 AND e.id = $2 "
    "RETURNING " EVENT_COLUMNS ", e.last_dtstamp, e.updated_at"};

static const struct db_stmt SESSIONS = {"db_event_sessions",
    "SELECT session_id, original_starts_at, starts_at, ends_at, cancelled "
    "FROM event_session WHERE community_id = $1 AND event_id = $2 "
    "ORDER BY original_starts_at"};

/* Whoever is told of an event for the first time gets an attendance, and with it the
 * token that their answers come with. */
#define WITH_TOKENS                                                          \
	", made AS (INSERT INTO attendance (community_id, event_id, uid, "   \
	"member_id) SELECT $1::uuid, e.id, e.uid, told.id FROM told "        \
	"JOIN event e ON e.community_id = $1 AND e.id = $2 "                 \
	"ON CONFLICT (community_id, event_id, member_id) DO NOTHING "        \
	"RETURNING member_id, token) "                                       \
	"SELECT told.id, told.display_name, told.email, told.leads, "        \
	"coalesce(made.token, t.token), coalesce(t.ahead, 0) "               \
	"FROM told "                                                         \
	"LEFT JOIN made ON made.member_id = told.id LEFT JOIN attendance t " \
	"ON t.community_id = $1 AND t.event_id = $2 AND t.member_id = told.id "

static const struct db_stmt ATTENDEES = {"db_event_attendees",
    "WITH told AS (SELECT m.id, m.display_name, m.email, a.leads "
    "FROM event_attendee a JOIN member m "
    "ON m.community_id = a.community_id AND m.id = a.member_id "
    "WHERE a.community_id = $1 AND a.event_id = $2 "
    "AND m.email IS NOT NULL)" WITH_TOKENS
    "ORDER BY told.leads DESC, told.display_name, told.id"};

static const struct db_stmt ATTENDEE = {"db_event_attendee",
    "WITH told AS (SELECT id, display_name, email, $4::boolean AS leads "
    "FROM member WHERE community_id = $1 AND id = $3 "
    "AND email IS NOT NULL)" WITH_TOKENS};

/* A feed's DTSTAMP is the last change of the event or of one of its sessions. */
#define FEED_COLUMNS                                         \
	EVENT_COLUMNS ", e.changed_at, e.changed_at, "       \
		      "e.session_id, e.original_starts_at, " \
		      "e.starts_at, e.ends_at, e.cancelled"

static const struct db_stmt FEED = {
    "db_event_feed", "SELECT " FEED_COLUMNS " FROM feed_events($1, $2) e"};

static const struct db_stmt OWN = {
    "db_event_own", "SELECT " FEED_COLUMNS " FROM own_feed($1) e"};

/* With its row in the outbox. What it replaces is not sent any more: older messages
 * about the same session, or any when it speaks of the whole series. */
static const struct db_stmt INVITE = {"db_invitation_add",
    "WITH told AS (INSERT INTO invitation (community_id, id, event_id, uid, "
    "sequence, recipient_id, recipient_email, method, recurrence_id, dtstamp, "
    "ics) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) "
    "RETURNING community_id, id, uid, sequence, recipient_id, method, "
    "recurrence_id, dtstamp), "
    "older AS (UPDATE outbox_message o SET state = 'superseded' FROM told "
    "WHERE o.community_id = told.community_id AND o.uid = told.uid "
    "AND o.recipient_id = told.recipient_id AND o.state = 'pending' "
    "AND (told.recurrence_id IS NULL "
    "OR o.recurrence_id = told.recurrence_id)) "
    "INSERT INTO outbox_message (community_id, id, uid, sequence, "
    "recipient_id, method, recurrence_id, dtstamp) SELECT * FROM told"};

static const struct db_stmt TOLD_ALONE = {"db_event_told_alone",
    "UPDATE attendance SET ahead = ahead + 2 "
    "WHERE community_id = $1 AND event_id = $2 AND member_id = $3"};

static const struct db_stmt INVITATION_LIST = {"db_invitation_list",
    "SELECT id, doc FROM invitation_doc WHERE community_id = $1 "
    "AND ($2::uuid IS NULL OR event_id = $2) "
    "AND ($3::uuid IS NULL OR recipient_id = $3) "
    "AND ($4::uuid IS NULL OR id > $4) ORDER BY id LIMIT $5"};

static const struct db_stmt INVITATION_GET = {"db_invitation_get",
    "SELECT d.etag, d.doc, d.recipient_id, v.ics, v.method "
    "FROM invitation_doc d JOIN invitation v "
    "ON v.community_id = d.community_id AND v.id = d.id "
    "WHERE d.community_id = $1 AND d.id = $2"};

const struct db_stmt *const db_event_stmts[] = {&INSERT, &LOCK, &SESSIONS,
    &ATTENDEES, &ATTENDEE, &FEED, &OWN, &INVITE, &TOLD_ALONE, &INVITATION_LIST,
    &INVITATION_GET, NULL};

enum err_code db_event_insert(struct db *db, const struct id *community,
    const struct new_event *ev, struct err *e)
{
	return db_exec(db, &INSERT,
	    DB_ARGS(db_id(community), db_id(&ev->id), db_text(ev->kind),
		db_text(ev->summary), db_text(ev->description),
		db_text(ev->location), db_text(ev->organizer_name),
		db_text(ev->time_zone), db_instant(ev->first_local_start),
		db_int(ev->minutes)),
	    NULL, e);
}

static struct event_row event_from(const struct db_rows *r, size_t row)
{
	return (struct event_row){
	    .id = db_get_id(r, row, 0),
	    .uid = db_get_text(r, row, 1),
	    .kind = db_get_text(r, row, 2),
	    .sequence = db_get_int(r, row, 3),
	    .created = db_get_instant(r, row, 4),
	    .summary = db_get_text(r, row, 5),
	    .description = db_get_text(r, row, 6),
	    .location = db_get_text(r, row, 7),
	    .organizer_name = db_get_text(r, row, 8),
	    .time_zone = db_get_text(r, row, 9),
	    .minutes = db_get_int(r, row, 10),
	    .dtstamp = db_get_instant(r, row, 11),
	    .updated = db_get_instant(r, row, 12),
	};
}

enum err_code db_event_lock(struct db *db, struct arena *a,
    const struct id *community, const struct id *event, bool raise,
    struct event_row *ret_event, struct err *e)
{
	const struct db_rows *r;
	enum err_code rc = db_one(db, a, &LOCK,
	    DB_ARGS(db_id(community), db_id(event), db_int(raise)), "event", &r,
	    e);

	if (rc == ERR_OK)
		*ret_event = event_from(r, 0);
	return rc;
}

/* Of a row whose columns from col on are those of SESSIONS. */
static struct event_session_row session_from(
    const struct db_rows *r, size_t row, int col)
{
	return (struct event_session_row){
	    .id = db_get_id(r, row, col),
	    .original_start = db_get_instant(r, row, col + 1),
	    .start = db_get_instant(r, row, col + 2),
	    .end = db_get_instant(r, row, col + 3),
	    .cancelled = db_get_bool(r, row, col + 4),
	};
}

enum err_code db_event_sessions(struct db *db, struct arena *a,
    const struct id *community, const struct id *event,
    struct event_session_row **ret_row, size_t *ret_n, struct err *e)
{
	const struct db_rows *r;
	struct event_session_row *row;
	enum err_code rc = db_rows(
	    db, a, &SESSIONS, DB_ARGS(db_id(community), db_id(event)), &r, e);

	if (rc != ERR_OK)
		return rc;
	row = ARENA_ARRAY(a, db_count(r), struct event_session_row);
	if (row == NULL)
		return ERR_SET(e, NOMEM, "too many sessions");
	for (size_t i = 0; i < db_count(r); i++)
		row[i] = session_from(r, i, 0);
	*ret_row = row;
	*ret_n = db_count(r);
	return ERR_OK;
}

static struct event_attendee_row attendee_from(
    const struct db_rows *r, size_t row)
{
	return (struct event_attendee_row){
	    .member_id = db_get_id(r, row, 0),
	    .name = db_get_text(r, row, 1),
	    .email = db_get_text(r, row, 2),
	    .leads = db_get_bool(r, row, 3),
	    .token = db_get_text(r, row, 4),
	    .ahead = db_get_int(r, row, 5),
	};
}

enum err_code db_event_attendees(struct db *db, struct arena *a,
    const struct id *community, const struct id *event,
    struct event_attendee_row **ret_row, size_t *ret_n, struct err *e)
{
	const struct db_rows *r;
	struct event_attendee_row *row;
	enum err_code rc = db_rows(
	    db, a, &ATTENDEES, DB_ARGS(db_id(community), db_id(event)), &r, e);

	if (rc != ERR_OK)
		return rc;
	row = ARENA_ARRAY(a, db_count(r), struct event_attendee_row);
	if (row == NULL)
		return ERR_SET(e, NOMEM, "too many attendees");
	for (size_t i = 0; i < db_count(r); i++)
		row[i] = attendee_from(r, i);
	*ret_row = row;
	*ret_n = db_count(r);
	return ERR_OK;
}

enum err_code db_event_attendee(struct db *db, struct arena *a,
    const struct id *community, const struct id *event, const struct id *member,
    bool leads, struct event_attendee_row *ret_row, struct err *e)
{
	const struct db_rows *r;
	enum err_code rc = db_one(db, a, &ATTENDEE,
	    DB_ARGS(
		db_id(community), db_id(event), db_id(member), db_bool(leads)),
	    "member with an e-mail address", &r, e);

	if (rc == ERR_OK)
		*ret_row = attendee_from(r, 0);
	return rc;
}

/* A row a session, those of an event together. */
static enum err_code feed_from(struct arena *a, const struct db_rows *r,
    struct event_feed_row **ret_row, size_t *ret_n, struct err *e)
{
	struct event_feed_row *row;
	struct event_session_row *session;
	size_t n = 0;

	row = ARENA_ARRAY(a, FEED_MAX, struct event_feed_row);
	session = ARENA_ARRAY(a, db_count(r), struct event_session_row);
	if (row == NULL || session == NULL)
		return ERR_SET(e, NOMEM, "too many events");
	for (size_t i = 0; i < db_count(r); i++) {
		struct id id = db_get_id(r, i, 0);

		if (n == 0 ||
		    memcmp(&row[n - 1].event.id, &id, sizeof(id)) != 0) {
			if (n == FEED_MAX)
				break;
			row[n++] = (struct event_feed_row){
			    .event = event_from(r, i), .session = &session[i]};
		}
		session[i] = session_from(r, i, 13);
		row[n - 1].n_sessions++;
	}
	*ret_row = row;
	*ret_n = n;
	return ERR_OK;
}

enum err_code db_event_feed(struct db *db, struct arena *a,
    const uint8_t hash[DB_FEED_HASH_SIZE], int64_t from,
    struct event_feed_row **ret_row, size_t *ret_n, struct err *e)
{
	const struct db_rows *r;
	enum err_code rc = db_rows(db, a, &FEED,
	    DB_ARGS(db_bytes(hash, DB_FEED_HASH_SIZE), db_instant(from)), &r,
	    e);

	return rc == ERR_OK ? feed_from(a, r, ret_row, ret_n, e) : rc;
}

enum err_code db_event_own(struct db *db, struct arena *a, int64_t from,
    struct event_feed_row **ret_row, size_t *ret_n, struct err *e)
{
	const struct db_rows *r;
	enum err_code rc =
	    db_rows(db, a, &OWN, DB_ARGS(db_instant(from)), &r, e);

	return rc == ERR_OK ? feed_from(a, r, ret_row, ret_n, e) : rc;
}

enum err_code db_invitation_add(struct db *db, const struct id *community,
    const struct new_invitation *inv, struct err *e)
{
	return db_exec(db, &INVITE,
	    DB_ARGS(db_id(community), db_id(&inv->id), db_id(&inv->event->id),
		db_text(inv->event->uid), db_int(inv->sequence),
		db_id(&inv->recipient_id), db_text(inv->recipient_email),
		db_text(inv->method), db_instant_or_null(inv->recurrence_id),
		db_instant(inv->event->dtstamp), db_text(inv->ics)),
	    NULL, e);
}

enum err_code db_event_told_alone(struct db *db, const struct id *community,
    const struct id *event, const struct id *member, struct err *e)
{
	return db_exec(db, &TOLD_ALONE,
	    DB_ARGS(db_id(community), db_id(event), db_id(member)), NULL, e);
}

enum err_code db_invitation_list(struct db *db, struct arena *a,
    const struct id *community, const struct id *event,
    const struct id *recipient, const struct db_page *page,
    struct db_list *ret_list, struct err *e)
{
	return db_list(db, a, &INVITATION_LIST,
	    DB_ARGS(db_id(community), db_id(event), db_id(recipient),
		db_text(page->after), db_int(page->limit + 1)),
	    page->limit, ret_list, e);
}

enum err_code db_invitation_get(struct db *db, struct arena *a,
    const struct id *community, const struct id *id, struct id *ret_recipient,
    struct db_doc *ret_doc, const char **ret_ics, const char **ret_method,
    struct err *e)
{
	const struct db_rows *r;
	enum err_code rc = db_one(db, a, &INVITATION_GET,
	    DB_ARGS(db_id(community), db_id(id)), "invitation", &r, e);

	if (rc != ERR_OK)
		return rc;
	ret_doc->etag = db_get_text(r, 0, 0);
	ret_doc->json = db_get_text(r, 0, 1);
	*ret_recipient = db_get_id(r, 0, 2);
	*ret_ics = db_get_text(r, 0, 3);
	*ret_method = db_get_text(r, 0, 4);
	return ERR_OK;
}
