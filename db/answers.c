/* Answers: see answers.h. */
#include "db/answers.h"

/* What was told about the same: the whole, or the whole and the session. */
static const struct db_stmt FIND = {"answer_find",
    "SELECT a.id, a.community_id, a.event_id, a.member_id, m.email, "
    "(SELECT v.recipient_email FROM invitation v "
    "WHERE v.community_id = a.community_id AND v.event_id = a.event_id "
    "AND v.recipient_id = a.member_id ORDER BY v.dtstamp DESC LIMIT 1), "
    "coalesce((SELECT v.method = 'CANCEL' FROM invitation v "
    "WHERE v.community_id = a.community_id AND v.event_id = a.event_id "
    "AND v.recipient_id = a.member_id AND (v.recurrence_id IS NULL "
    "OR v.recurrence_id = $4) ORDER BY v.dtstamp DESC LIMIT 1), true), "
    "coalesce((SELECT max(v.sequence) FROM invitation v "
    "WHERE v.community_id = a.community_id AND v.event_id = a.event_id "
    "AND v.recipient_id = a.member_id AND v.recurrence_id IS NULL), 0), "
    "coalesce((SELECT max(v.sequence) FROM invitation v "
    "WHERE v.community_id = a.community_id AND v.event_id = a.event_id "
    "AND v.recipient_id = a.member_id AND (v.recurrence_id IS NULL "
    "OR v.recurrence_id = $4::timestamptz)), 0), "
    "(SELECT b.id FROM office_hours_slot s JOIN booking b "
    "ON b.community_id = s.community_id AND b.slot_id = s.id "
    "WHERE s.community_id = a.community_id AND s.event_id = a.event_id "
    "AND b.member_id = a.member_id AND b.state = 'booked') "
    "FROM attendance a JOIN member m "
    "ON m.community_id = a.community_id AND m.id = a.member_id "
    "WHERE m.erased_at IS NULL AND CASE WHEN $1 <> '' THEN a.token = $1 "
    "ELSE a.uid = $2 AND lower(m.email) = lower($3) END "
    "ORDER BY a.community_id, a.id LIMIT 1 FOR UPDATE OF a"};

static const struct db_stmt ADD = {"answer_add",
    "INSERT INTO answer (community_id, id, attendance_id, via, message_id, "
    "kind, answer, recurrence_id, sequence, dtstamp, proposed_starts_at, "
    "proposed_ends_at, comment, delegated_to, verdict) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, "
    "left($13, 2000), $14, $15) "
    "ON CONFLICT (community_id, attendance_id, message_id) DO NOTHING"};

static const struct db_stmt IS_OUTDATED = {"answer_is_outdated",
    "SELECT EXISTS (SELECT FROM answer WHERE community_id = $1 "
    "AND attendance_id = $2 AND kind IN ('answer', 'counter') "
    "AND verdict <> 'outdated' "
    "AND recurrence_id IS NOT DISTINCT FROM $3::timestamptz "
    "AND (sequence, dtstamp) >= ($4::int, $5::timestamptz))"};

static const struct db_stmt NOTE = {"answer_note",
    "UPDATE attendance SET answer = $3, answered_at = now(), "
    "answer_is_old = $4, bounced_at = NULL "
    "WHERE community_id = $1 AND id = $2"};

static const struct db_stmt BOUNCED = {"answer_note_bounce",
    "WITH gone AS (UPDATE attendance SET bounced_at = now() "
    "WHERE community_id = $1 AND id = $2 "
    "RETURNING community_id, uid, member_id) "
    "UPDATE outbox_message o SET error = left('bounced: ' || $4, 500) "
    "FROM gone WHERE o.community_id = gone.community_id AND o.id = "
    "(SELECT x.id FROM outbox_message x "
    "WHERE x.community_id = gone.community_id AND x.uid = gone.uid "
    "AND x.recipient_id = gone.member_id AND x.state = 'sent' "
    "AND ($3::uuid IS NULL OR x.id = $3) ORDER BY x.dtstamp DESC LIMIT 1)"};

static const struct db_stmt LIST = {"answer_list",
    "SELECT id, doc FROM answer_doc WHERE community_id = $1 "
    "AND ($2::uuid IS NULL OR event_id = $2) "
    "AND ($3::uuid IS NULL OR member_id = $3) "
    "AND ($4::text IS NULL OR kind = $4) "
    "AND ($5::uuid IS NULL OR id > $5) ORDER BY id LIMIT $6"};

static const struct db_stmt GET = {"answer_get",
    "SELECT etag, doc, member_id FROM answer_doc "
    "WHERE community_id = $1 AND id = $2"};

const struct db_stmt *const db_answer_stmts[] = {
    &FIND, &ADD, &IS_OUTDATED, &NOTE, &BOUNCED, &LIST, &GET, NULL};

enum err_code db_answer_find(struct db *db, struct arena *a, const char *token,
    const char *uid, const char *mail, const int64_t *planned,
    struct db_answerer *ret, struct err *e)
{
	const struct db_rows *r;
	enum err_code rc = db_one(db, a, &FIND,
	    DB_ARGS(db_text(token), db_text(uid), db_text(mail),
		db_instant_or_null(planned)),
	    "invitation", &r, e);

	if (rc == ERR_OK)
		*ret = (struct db_answerer){
		    .id = db_get_id(r, 0, 0),
		    .community_id = db_get_id(r, 0, 1),
		    .event_id = db_get_id(r, 0, 2),
		    .member_id = db_get_id(r, 0, 3),
		    .mail = db_get_text(r, 0, 4),
		    .invited_mail = db_get_text(r, 0, 5),
		    .is_cancelled = db_get_bool(r, 0, 6),
		    .whole_sequence = db_get_int(r, 0, 7),
		    .one_sequence = db_get_int(r, 0, 8),
		    .has_booking = !db_is_null(r, 0, 9),
		    .booking_id = db_get_id(r, 0, 9),
		};
	return rc;
}

static struct db_value int_or_null(const int64_t *value)
{
	return value == NULL ? db_null() : db_int(*value);
}

enum err_code db_answer_add(struct db *db, const struct db_answerer *who,
    const struct new_answer *x, bool *ret_new, struct err *e)
{
	int64_t n = 0;
	enum err_code rc = db_exec(db, &ADD,
	    DB_ARGS(db_id(&who->community_id), db_id(&x->id), db_id(&who->id),
		db_text(x->via), db_text(x->message_id), db_text(x->kind),
		db_text(x->answer), db_instant_or_null(x->planned),
		int_or_null(x->sequence), db_instant_or_null(x->dtstamp),
		db_instant_or_null(x->start), db_instant_or_null(x->end),
		db_text(x->comment), db_text(x->delegated_to),
		db_text(x->verdict)),
	    &n, e);

	*ret_new = n > 0;
	return rc;
}

enum err_code db_answer_is_outdated(struct db *db, struct arena *a,
    const struct db_answerer *who, const int64_t *planned, int64_t sequence,
    int64_t dtstamp, bool *ret, struct err *e)
{
	const struct db_rows *r;
	enum err_code rc = db_one(db, a, &IS_OUTDATED,
	    DB_ARGS(db_id(&who->community_id), db_id(&who->id),
		db_instant_or_null(planned), db_int(sequence),
		db_instant(dtstamp)),
	    "answer", &r, e);

	if (rc == ERR_OK)
		*ret = db_get_bool(r, 0, 0);
	return rc;
}

enum err_code db_answer_note(struct db *db, const struct db_answerer *who,
    const char *answer, bool is_old, struct err *e)
{
	return db_exec(db, &NOTE,
	    DB_ARGS(db_id(&who->community_id), db_id(&who->id), db_text(answer),
		db_bool(is_old)),
	    NULL, e);
}

enum err_code db_answer_note_bounce(struct db *db,
    const struct db_answerer *who, const struct id *message, const char *why,
    struct err *e)
{
	return db_exec(db, &BOUNCED,
	    DB_ARGS(db_id(&who->community_id), db_id(&who->id), db_id(message),
		db_text(why)),
	    NULL, e);
}

enum err_code db_answer_list(struct db *db, struct arena *a,
    const struct id *community, const struct id *event, const struct id *member,
    const char *kind, const struct db_page *page, struct db_list *ret_list,
    struct err *e)
{
	return db_list(db, a, &LIST,
	    DB_ARGS(db_id(community), db_id(event), db_id(member),
		db_text(kind), db_text(page->after), db_int(page->limit + 1)),
	    page->limit, ret_list, e);
}

enum err_code db_answer_get(struct db *db, struct arena *a,
    const struct id *community, const struct id *id, struct id *ret_member,
    struct db_doc *ret_doc, struct err *e)
{
	const struct db_rows *r;
	enum err_code rc = db_one(
	    db, a, &GET, DB_ARGS(db_id(community), db_id(id)), "answer", &r, e);

	if (rc == ERR_OK) {
		ret_doc->etag = db_get_text(r, 0, 0);
		ret_doc->json = db_get_text(r, 0, 1);
		*ret_member = db_get_id(r, 0, 2);
	}
	return rc;
}
