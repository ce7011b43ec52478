/* Dated sessions: see sessions.h. */
#include "db/sessions.h"

#define IS_SEEN_BY(viewer)                                                     \
	"(" viewer "::uuid IS NULL OR (d.cohort_state <> 'proposed' "          \
	"AND EXISTS (SELECT 1 FROM cohort_member x "                           \
	"WHERE x.community_id = d.community_id AND x.cohort_id = d.cohort_id " \
	"AND x.member_id = " viewer ")))"

/* The key sorts as text in the order of (starts_at, id). */
#define KEY \
	"to_char(d.starts_at AT TIME ZONE 'UTC', 'YYYYMMDDHH24MISS') || d.id"

static const struct db_stmt LIST = {"session_list",
    "SELECT " KEY ", d.doc FROM session_doc d WHERE d.community_id = $1 "
    "AND ($2::uuid IS NULL OR d.cohort_id = $2) "
    "AND ($3::uuid IS NULL OR EXISTS (SELECT 1 FROM cohort_member y "
    "WHERE y.community_id = d.community_id AND y.cohort_id = d.cohort_id "
    "AND y.member_id = $3)) AND " IS_SEEN_BY(
	"$4") " AND ($5::timestamptz IS NULL OR d.ends_at > $5) "
	      "AND ($6::timestamptz IS NULL OR d.starts_at < $6) "
	      "AND ($7::text IS NULL OR " KEY " > $7) "
	      "ORDER BY d.starts_at, d.id LIMIT $8"};

static const struct db_stmt GET = {"session_get",
    "SELECT d.etag, d.doc FROM session_doc d WHERE d.community_id = $1 "
    "AND d.id = $2 AND " IS_SEEN_BY("$3")};

#define FOUND                                                         \
	"SELECT s.cohort_id, s.event_id, d.guide_id, s.row_version, " \
	"s.starts_at, s.ends_at, s.original_starts_at, s.time_zone, " \
	"CASE WHEN d.cohort_state = 'published' THEN s.state "        \
	"ELSE d.cohort_state END, date_trunc('second', now()) "       \
	"FROM session s JOIN session_doc d "                          \
	"ON d.community_id = s.community_id AND d.id = s.id "         \
	"WHERE s.community_id = $1 AND s.id = $2 AND " IS_SEEN_BY("$3")

static const struct db_stmt FIND = {"session_find", FOUND};
static const struct db_stmt LOCK = {"session_lock", FOUND " FOR UPDATE OF s"};

/* The guide first. */
static const struct db_stmt PEOPLE = {"session_people",
    "SELECT member_id FROM cohort_member "
    "WHERE community_id = $1 AND cohort_id = $2 "
    "ORDER BY part <> 'guide', member_id"};

static const struct db_stmt HOLIDAYS = {"session_holidays",
    "SELECT h FROM cohort c JOIN intake i "
    "ON i.community_id = c.community_id AND i.id = c.intake_id "
    "CROSS JOIN unnest(i.holidays) AS h "
    "WHERE c.community_id = $1 AND c.id = $2 ORDER BY h"};

static const struct db_stmt MOVE = {"session_move",
    "UPDATE session SET starts_at = $3, ends_at = $4, "
    "local_date = ($5::timestamptz AT TIME ZONE 'UTC')::date, "
    "local_time = ($5 AT TIME ZONE 'UTC')::time, tzdata_version = $6 "
    "WHERE community_id = $1 AND id = $2"};

static const struct db_stmt MOVE_PEOPLE = {"session_move_people",
    "UPDATE commitment SET during = tstzrange($3::timestamptz, "
    "$4::timestamptz) WHERE community_id = $1 AND session_id = $2"};

static const struct db_stmt CANCEL = {"session_cancel",
    "UPDATE session SET state = 'cancelled' "
    "WHERE community_id = $1 AND id = $2"};

static const struct db_stmt FREE_PEOPLE = {"session_free_people",
    "DELETE FROM commitment WHERE community_id = $1 AND session_id = $2"};

const struct db_stmt *const db_session_stmts[] = {&LIST, &GET, &FIND, &LOCK,
    &PEOPLE, &HOLIDAYS, &MOVE, &MOVE_PEOPLE, &CANCEL, &FREE_PEOPLE, NULL};

enum err_code db_session_list(struct db *db, struct arena *a,
    const struct id *community, const struct db_session_filter *f,
    const struct db_page *page, struct db_list *ret_list, struct err *e)
{
	return db_list(db, a, &LIST,
	    DB_ARGS(db_id(community), db_id(f->cohort_id), db_id(f->member_id),
		db_id(f->viewer_id), db_instant_or_null(f->from),
		db_instant_or_null(f->to), db_text(page->after),
		db_int(page->limit + 1)),
	    page->limit, ret_list, e);
}

enum err_code db_session_get(struct db *db, struct arena *a,
    const struct id *community, const struct id *id, const struct id *viewer,
    struct db_doc *ret_doc, struct err *e)
{
	return db_doc_get(db, a, &GET,
	    DB_ARGS(db_id(community), db_id(id), db_id(viewer)), "session",
	    ret_doc, e);
}

static enum err_code find(struct db *db, struct arena *a,
    const struct db_stmt *stmt, const struct id *community, const struct id *id,
    const struct id *viewer, struct db_session *ret_session, struct err *e)
{
	const struct db_rows *r;
	enum err_code rc = db_one(db, a, stmt,
	    DB_ARGS(db_id(community), db_id(id), db_id(viewer)), "session", &r,
	    e);

	if (rc == ERR_OK)
		*ret_session = (struct db_session){
		    .id = *id,
		    .cohort_id = db_get_id(r, 0, 0),
		    .event_id = db_get_id(r, 0, 1),
		    .guide_id = db_get_id(r, 0, 2),
		    .row_version = db_get_int(r, 0, 3),
		    .start = db_get_instant(r, 0, 4),
		    .end = db_get_instant(r, 0, 5),
		    .original_start = db_get_instant(r, 0, 6),
		    .time_zone = db_get_text(r, 0, 7),
		    .state = db_get_text(r, 0, 8),
		    .now = db_get_instant(r, 0, 9),
		};
	return rc;
}

enum err_code db_session_find(struct db *db, struct arena *a,
    const struct id *community, const struct id *id, const struct id *viewer,
    struct db_session *ret_session, struct err *e)
{
	return find(db, a, &FIND, community, id, viewer, ret_session, e);
}

enum err_code db_session_lock(struct db *db, struct arena *a,
    const struct id *community, const struct id *id, const struct id *viewer,
    struct db_session *ret_session, struct err *e)
{
	return find(db, a, &LOCK, community, id, viewer, ret_session, e);
}

enum err_code db_session_people(struct db *db, struct arena *a,
    const struct id *community, const struct db_session *s, struct id **ret_id,
    size_t *ret_n, struct err *e)
{
	const struct db_rows *r;
	enum err_code rc = db_rows(db, a, &PEOPLE,
	    DB_ARGS(db_id(community), db_id(&s->cohort_id)), &r, e);

	if (rc != ERR_OK)
		return rc;
	*ret_n = db_count(r);
	*ret_id = ARENA_ARRAY(a, *ret_n, struct id);
	for (size_t i = 0; *ret_id != NULL && i < *ret_n; i++)
		(*ret_id)[i] = db_get_id(r, i, 0);
	return *ret_id != NULL ? ERR_OK
			       : ERR_SET(e, NOMEM, "no memory for the cohort");
}

enum err_code db_session_holidays(struct db *db, struct arena *a,
    const struct id *community, const struct db_session *s, int32_t **ret_day,
    size_t *ret_n, struct err *e)
{
	const struct db_rows *r;
	enum err_code rc = db_rows(db, a, &HOLIDAYS,
	    DB_ARGS(db_id(community), db_id(&s->cohort_id)), &r, e);

	if (rc != ERR_OK)
		return rc;
	*ret_n = db_count(r);
	*ret_day = ARENA_ARRAY(a, *ret_n, int32_t);
	for (size_t i = 0; *ret_day != NULL && i < *ret_n; i++)
		(*ret_day)[i] = db_get_date(r, i, 0);
	return *ret_day != NULL
		   ? ERR_OK
		   : ERR_SET(e, NOMEM, "no memory for the holidays");
}

enum err_code db_session_move(struct db *db, const struct id *community,
    const struct id *id, const struct db_session_time *t, struct err *e)
{
	enum err_code rc = db_exec(db, &MOVE,
	    DB_ARGS(db_id(community), db_id(id), db_instant(t->start),
		db_instant(t->end), db_instant(t->local_start),
		db_text(t->tzdata_version)),
	    NULL, e);

	if (rc != ERR_OK)
		return rc;
	return db_exec(db, &MOVE_PEOPLE,
	    DB_ARGS(db_id(community), db_id(id), db_instant(t->start),
		db_instant(t->end)),
	    NULL, e);
}

enum err_code db_session_cancel(struct db *db, const struct id *community,
    const struct id *id, struct err *e)
{
	struct db_args args = DB_ARGS(db_id(community), db_id(id));
	enum err_code rc = db_exec(db, &CANCEL, args, NULL, e);

	return rc != ERR_OK ? rc : db_exec(db, &FREE_PEOPLE, args, NULL, e);
}
