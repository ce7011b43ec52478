/* First meetings of pairings: see meetings.h. */
#include "db/meetings.h"

static const struct db_stmt PEOPLE = {"meeting_people",
    "SELECT n.display_name, m.display_name, n.time_zone FROM pairing p "
    "JOIN member_card n ON n.community_id = p.community_id "
    "AND n.id = p.newcomer_id "
    "JOIN member_card m ON m.community_id = p.community_id "
    "AND m.id = p.mentor_id WHERE p.community_id = $1 AND p.id = $2"};

static const struct db_stmt INSERT = {"meeting_insert",
    "INSERT INTO meeting (community_id, id, pairing_id, event_id, starts_at, "
    "ends_at) VALUES ($1, $2, $3, $4, $5, $6)"};

static const struct db_stmt COMMIT_BOTH = {"meeting_commit",
    "INSERT INTO commitment (community_id, member_id, during, meeting_id) "
    "SELECT t.community_id, x.member_id, tstzrange(t.starts_at, t.ends_at), "
    "t.id FROM meeting t JOIN pairing p "
    "ON p.community_id = t.community_id AND p.id = t.pairing_id "
    "CROSS JOIN LATERAL (VALUES (p.newcomer_id), (p.mentor_id)) "
    "AS x (member_id) WHERE t.community_id = $1 AND t.id = $2"};

#define IS_SEEN_BY(viewer) \
	"(" viewer "::uuid IS NULL OR " viewer " IN (newcomer_id, mentor_id))"

static const struct db_stmt LOCK = {"meeting_lock",
    "SELECT t.pairing_id, t.event_id, newcomer_id, mentor_id, t.row_version, "
    "t.starts_at, t.ends_at, t.state, date_trunc('second', now()) "
    "FROM meeting t JOIN pairing p "
    "ON p.community_id = t.community_id AND p.id = t.pairing_id "
    "WHERE t.community_id = $1 AND t.id = $2 AND " IS_SEEN_BY(
	"$3") " FOR UPDATE OF t"};

static const struct db_stmt AHEAD = {"meeting_ahead",
    "SELECT id FROM meeting WHERE community_id = $1 AND pairing_id = $2 "
    "AND state = 'scheduled' AND starts_at > now() FOR UPDATE"};

static const struct db_stmt MOVE = {"meeting_move",
    "UPDATE meeting SET starts_at = $3, ends_at = $4 "
    "WHERE community_id = $1 AND id = $2"};

static const struct db_stmt MOVE_BOTH = {"meeting_move_both",
    "UPDATE commitment SET during = tstzrange($3::timestamptz, "
    "$4::timestamptz) WHERE community_id = $1 AND meeting_id = $2"};

static const struct db_stmt CANCEL = {"meeting_cancel",
    "WITH freed AS (DELETE FROM commitment "
    "WHERE community_id = $1 AND meeting_id = $2) "
    "UPDATE meeting SET state = 'cancelled' "
    "WHERE community_id = $1 AND id = $2"};

static const struct db_stmt GET = {"meeting_get",
    "SELECT etag, doc FROM meeting_doc WHERE community_id = $1 AND id = $2 "
    "AND " IS_SEEN_BY("$3")};

static const struct db_stmt LIST = {"meeting_list",
    "SELECT id, doc FROM meeting_doc WHERE community_id = $1 "
    "AND ($2::uuid IS NULL OR pairing_id = $2) AND " IS_SEEN_BY(
	"$3") " AND ($4::uuid IS NULL OR id > $4) ORDER BY id LIMIT $5"};

const struct db_stmt *const db_meeting_stmts[] = {&PEOPLE, &INSERT,
    &COMMIT_BOTH, &LOCK, &AHEAD, &MOVE, &MOVE_BOTH, &CANCEL, &GET, &LIST, NULL};

enum err_code db_meeting_people(struct db *db, struct arena *a,
    const struct id *community, const struct id *pairing,
    struct db_meeting_people *ret, struct err *e)
{
	const struct db_rows *r;
	enum err_code rc = db_one(db, a, &PEOPLE,
	    DB_ARGS(db_id(community), db_id(pairing)), "pairing", &r, e);

	if (rc == ERR_OK)
		*ret = (struct db_meeting_people){db_get_text(r, 0, 0),
		    db_get_text(r, 0, 1), db_get_text(r, 0, 2)};
	return rc;
}

enum err_code db_meeting_insert(struct db *db, const struct id *community,
    const struct db_meeting *m, struct err *e)
{
	enum err_code rc = db_exec(db, &INSERT,
	    DB_ARGS(db_id(community), db_id(&m->id), db_id(&m->pairing_id),
		db_id(&m->event_id), db_instant(m->start), db_instant(m->end)),
	    NULL, e);

	if (rc != ERR_OK)
		return rc;
	return db_exec(db, &COMMIT_BOTH,
	    DB_ARGS(db_id(community), db_id(&m->id)), NULL, e);
}

enum err_code db_meeting_lock(struct db *db, struct arena *a,
    const struct id *community, const struct id *id, const struct id *viewer,
    struct db_meeting *ret, struct err *e)
{
	const struct db_rows *r;
	enum err_code rc = db_one(db, a, &LOCK,
	    DB_ARGS(db_id(community), db_id(id), db_id(viewer)), "meeting", &r,
	    e);

	if (rc == ERR_OK)
		*ret = (struct db_meeting){
		    .id = *id,
		    .pairing_id = db_get_id(r, 0, 0),
		    .event_id = db_get_id(r, 0, 1),
		    .newcomer_id = db_get_id(r, 0, 2),
		    .mentor_id = db_get_id(r, 0, 3),
		    .row_version = db_get_int(r, 0, 4),
		    .start = db_get_instant(r, 0, 5),
		    .end = db_get_instant(r, 0, 6),
		    .state = db_get_text(r, 0, 7),
		    .now = db_get_instant(r, 0, 8),
		};
	return rc;
}

enum err_code db_meeting_ahead(struct db *db, struct arena *a,
    const struct id *community, const struct id *pairing, bool *ret_found,
    struct id *ret_id, struct err *e)
{
	const struct db_rows *r;
	enum err_code rc = db_rows(
	    db, a, &AHEAD, DB_ARGS(db_id(community), db_id(pairing)), &r, e);

	if (rc != ERR_OK)
		return rc;
	*ret_found = db_count(r) > 0;
	if (*ret_found)
		*ret_id = db_get_id(r, 0, 0);
	return ERR_OK;
}

enum err_code db_meeting_move(struct db *db, const struct id *community,
    const struct id *id, int64_t start, int64_t end, struct err *e)
{
	struct db_args args = DB_ARGS(
	    db_id(community), db_id(id), db_instant(start), db_instant(end));
	enum err_code rc = db_exec(db, &MOVE, args, NULL, e);

	return rc != ERR_OK ? rc : db_exec(db, &MOVE_BOTH, args, NULL, e);
}

enum err_code db_meeting_cancel(struct db *db, const struct id *community,
    const struct id *id, struct err *e)
{
	return db_exec(
	    db, &CANCEL, DB_ARGS(db_id(community), db_id(id)), NULL, e);
}

enum err_code db_meeting_get(struct db *db, struct arena *a,
    const struct id *community, const struct id *id, const struct id *viewer,
    struct db_doc *ret_doc, struct err *e)
{
	return db_doc_get(db, a, &GET,
	    DB_ARGS(db_id(community), db_id(id), db_id(viewer)), "meeting",
	    ret_doc, e);
}

enum err_code db_meeting_list(struct db *db, struct arena *a,
    const struct id *community, const struct id *pairing,
    const struct id *viewer, const struct db_page *page,
    struct db_list *ret_list, struct err *e)
{
	return db_list(db, a, &LIST,
	    DB_ARGS(db_id(community), db_id(pairing), db_id(viewer),
		db_text(page->after), db_int(page->limit + 1)),
	    page->limit, ret_list, e);
}
