/* Mail on its way: see delivery.h. */
#include "db/delivery.h"

#include "db/attendance.h"

/* More candidates than one, so that senders beside each other do not wait for each
 * other; whoever has the row's lock sees it as it is by now. */
static const struct db_stmt CLAIM = {"delivery_claim",
    "WITH due AS (SELECT community_id, id FROM outbox_due LIMIT 64), "
    "one AS (SELECT o.community_id, o.id FROM outbox_message o "
    "JOIN due ON due.community_id = o.community_id AND due.id = o.id "
    "WHERE o.state IN ('pending', 'sending') AND o.due_at <= now() "
    "LIMIT 1 FOR UPDATE OF o SKIP LOCKED) "
    "UPDATE outbox_message o SET state = 'sending', epoch = o.epoch + 1, "
    "attempts = o.attempts + 1, due_at = now() + make_interval(secs => $1::int) "
    "FROM one WHERE o.community_id = one.community_id AND o.id = one.id "
    "RETURNING o.community_id, o.id, o.epoch, o.attempts"};

static const struct db_stmt LETTER = {"delivery_letter",
    "SELECT v.ics, v.recipient_email, v.created_at, m.display_name, "
    "m.time_zone, " DB_ATTENDANCE_LANGUAGES ", "
    "e.time_zone, e.organizer_name, c.name, c.calendar_domain, a.token, "
    "NOT EXISTS (SELECT FROM outbox_message o "
    "WHERE o.community_id = v.community_id AND o.uid = v.uid "
    "AND o.recipient_id = v.recipient_id AND o.dtstamp < v.dtstamp "
    "AND o.state = 'sent'), m.mail_stopped_at IS NOT NULL, "
    "m.erased_at IS NOT NULL FROM invitation v "
    "JOIN member m ON m.community_id = v.community_id AND m.id = v.recipient_id "
    "JOIN event e ON e.community_id = v.community_id AND e.id = v.event_id "
    "JOIN community c ON c.community_id = v.community_id "
    "JOIN attendance a ON a.community_id = v.community_id "
    "AND a.event_id = v.event_id AND a.member_id = v.recipient_id "
    "WHERE v.community_id = $1 AND v.id = $2"};

#define CLAIMED                                 \
	" WHERE community_id = $1 AND id = $2 " \
	"AND epoch = $3 AND state = 'sending'"

static const struct db_stmt SENT = {"delivery_sent",
    "WITH done AS (UPDATE outbox_message SET state = 'sent', sent_at = now(), "
    "error = NULL" CLAIMED " RETURNING community_id, uid, recipient_id, "
    "sequence, dtstamp) "
    "UPDATE attendance a SET held_sequence = done.sequence, "
    "held_dtstamp = done.dtstamp, sent_at = now(), bounced_at = NULL "
    "FROM done JOIN event e ON e.community_id = done.community_id "
    "AND e.uid = done.uid WHERE a.community_id = done.community_id "
    "AND a.event_id = e.id AND a.member_id = done.recipient_id"};

static const struct db_stmt LATER = {"delivery_later",
    "UPDATE outbox_message SET state = 'pending', "
    "attempts = attempts - $5::int, "
    "due_at = now() + make_interval(secs => $4::int), "
    "error = left($6, 500)" CLAIMED};

static const struct db_stmt END = {"delivery_end",
    "UPDATE outbox_message SET state = $4, error = left($5, 500)" CLAIMED};

static const struct db_stmt STUCK = {"delivery_stuck",
    "SELECT o.id, o.state, v.recipient_email, coalesce(o.error, ''), "
    "o.attempts, CASE WHEN o.state IN ('pending', 'sending') "
    "THEN greatest(0, extract(epoch FROM o.due_at - now()))::bigint ELSE 0 END "
    "FROM outbox_message o JOIN invitation v "
    "ON v.community_id = o.community_id AND v.id = o.id "
    "WHERE o.state = $1 ORDER BY o.created_at, o.id LIMIT 200"};

#define OVERTAKEN                                                        \
	"EXISTS (SELECT FROM outbox_message n "                          \
	"WHERE n.community_id = o.community_id AND n.uid = o.uid "       \
	"AND n.recipient_id = o.recipient_id AND n.dtstamp > o.dtstamp " \
	"AND n.state IN ('sending', 'sent'))"

static const struct db_stmt RETRY = {"delivery_retry",
    "UPDATE outbox_message o SET state = 'pending', attempts = 0, "
    "due_at = now() WHERE ($1::uuid IS NULL OR o.id = $1) "
    "AND o.state IN ('dead', 'pending') AND NOT " OVERTAKEN};

static const struct db_stmt DROP = {"delivery_drop",
    "UPDATE outbox_message SET state = 'withheld', "
    "error = 'dropped by an operator' "
    "WHERE id = $1 AND state IN ('pending', 'dead')"};

static const struct db_stmt LIST = {"delivery_list",
    "SELECT id, doc FROM delivery_doc WHERE community_id = $1 "
    "AND ($2::uuid IS NULL OR event_id = $2) "
    "AND ($3::uuid IS NULL OR member_id = $3) "
    "AND ($4::uuid IS NULL OR id > $4) ORDER BY id LIMIT $5"};

static const struct db_stmt GET = {"delivery_get",
    "SELECT etag, doc, member_id FROM delivery_doc "
    "WHERE community_id = $1 AND id = $2"};

const struct db_stmt *const db_delivery_stmts[] = {&CLAIM, &LETTER, &SENT,
    &LATER, &END, &STUCK, &RETRY, &DROP, &LIST, &GET, NULL};

enum err_code db_delivery_claim(struct db *db, struct arena *a, int64_t lease_s,
    struct db_claim *ret_claim, bool *ret_found, struct err *e)
{
	const struct db_rows *r;
	enum err_code rc =
	    db_rows(db, a, &CLAIM, DB_ARGS(db_int(lease_s)), &r, e);

	if (rc != ERR_OK)
		return rc;
	*ret_found = db_count(r) > 0;
	if (*ret_found)
		*ret_claim = (struct db_claim){
		    .community_id = db_get_id(r, 0, 0),
		    .id = db_get_id(r, 0, 1),
		    .epoch = db_get_int(r, 0, 2),
		    .attempts = db_get_int(r, 0, 3),
		};
	return ERR_OK;
}

enum err_code db_delivery_letter(struct db *db, struct arena *a,
    const struct db_claim *claim, struct db_letter *ret_letter, struct err *e)
{
	const struct db_rows *r;
	enum err_code rc = db_one(db, a, &LETTER,
	    DB_ARGS(db_id(&claim->community_id), db_id(&claim->id)),
	    "invitation", &r, e);

	if (rc == ERR_OK)
		*ret_letter = (struct db_letter){
		    .ics = db_get_text(r, 0, 0),
		    .recipient_mail = db_get_text(r, 0, 1),
		    .told_at = db_get_instant(r, 0, 2),
		    .name = db_get_text(r, 0, 3),
		    .time_zone = db_get_text(r, 0, 4),
		    .languages = db_get_text(r, 0, 5),
		    .event_zone = db_get_text(r, 0, 6),
		    .organizer_name = db_get_text(r, 0, 7),
		    .community_name = db_get_text(r, 0, 8),
		    .calendar_domain = db_get_text(r, 0, 9),
		    .token = db_get_text(r, 0, 10),
		    .is_first = db_get_bool(r, 0, 11),
		    .is_stopped = db_get_bool(r, 0, 12),
		    .is_gone = db_get_bool(r, 0, 13),
		};
	return rc;
}

/* A statement about a claim that is still ours. */
static enum err_code settle(struct db *db, const struct db_stmt *stmt,
    struct db_args args, struct err *e)
{
	int64_t n;
	enum err_code rc = db_exec(db, stmt, args, &n, e);

	if (rc == ERR_OK && n == 0)
		return ERR_SET(e, STALE, "another sender has the message now");
	return rc;
}

enum err_code db_delivery_sent(
    struct db *db, const struct db_claim *claim, struct err *e)
{
	return settle(db, &SENT,
	    DB_ARGS(db_id(&claim->community_id), db_id(&claim->id),
		db_int(claim->epoch)),
	    e);
}

enum err_code db_delivery_later(struct db *db, const struct db_claim *claim,
    int64_t wait_s, bool not_counted, const char *error, struct err *e)
{
	return settle(db, &LATER,
	    DB_ARGS(db_id(&claim->community_id), db_id(&claim->id),
		db_int(claim->epoch), db_int(wait_s), db_int(not_counted),
		db_text(error)),
	    e);
}

enum err_code db_delivery_end(struct db *db, const struct db_claim *claim,
    const char *state, const char *error, struct err *e)
{
	return settle(db, &END,
	    DB_ARGS(db_id(&claim->community_id), db_id(&claim->id),
		db_int(claim->epoch), db_text(state), db_text(error)),
	    e);
}

enum err_code db_delivery_stuck(struct db *db, struct arena *a,
    const char *state, struct db_stuck **ret_row, size_t *ret_n, struct err *e)
{
	const struct db_rows *r;
	struct db_stuck *row;
	enum err_code rc =
	    db_rows(db, a, &STUCK, DB_ARGS(db_text(state)), &r, e);

	if (rc != ERR_OK)
		return rc;
	row = ARENA_ARRAY(a, db_count(r), struct db_stuck);
	if (row == NULL)
		return ERR_SET(e, NOMEM, "too many messages");
	for (size_t i = 0; i < db_count(r); i++)
		row[i] = (struct db_stuck){
		    .id = db_get_id(r, i, 0),
		    .state = db_get_text(r, i, 1),
		    .recipient_mail = db_get_text(r, i, 2),
		    .error = db_get_text(r, i, 3),
		    .attempts = db_get_int(r, i, 4),
		    .waits_s = db_get_int(r, i, 5),
		};
	*ret_row = row;
	*ret_n = db_count(r);
	return ERR_OK;
}

enum err_code db_delivery_retry(
    struct db *db, const struct id *id, int64_t *ret_n, struct err *e)
{
	return db_exec(db, &RETRY, DB_ARGS(db_id(id)), ret_n, e);
}

enum err_code db_delivery_drop(
    struct db *db, const struct id *id, struct err *e)
{
	int64_t n;
	enum err_code rc = db_exec(db, &DROP, DB_ARGS(db_id(id)), &n, e);

	if (rc == ERR_OK && n == 0)
		return ERR_SET(e, STATE, "no such message waits");
	return rc;
}

enum err_code db_delivery_list(struct db *db, struct arena *a,
    const struct id *community, const struct id *event, const struct id *member,
    const struct db_page *page, struct db_list *ret_list, struct err *e)
{
	return db_list(db, a, &LIST,
	    DB_ARGS(db_id(community), db_id(event), db_id(member),
		db_text(page->after), db_int(page->limit + 1)),
	    page->limit, ret_list, e);
}

enum err_code db_delivery_get(struct db *db, struct arena *a,
    const struct id *community, const struct id *id, struct id *ret_member,
    struct db_doc *ret_doc, struct err *e)
{
	const struct db_rows *r;
	enum err_code rc = db_one(db, a, &GET,
	    DB_ARGS(db_id(community), db_id(id)), "delivery", &r, e);

	if (rc == ERR_OK) {
		ret_doc->etag = db_get_text(r, 0, 0);
		ret_doc->json = db_get_text(r, 0, 1);
		*ret_member = db_get_id(r, 0, 2);
	}
	return rc;
}
