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
    "SELECT m.id, m.display_name, m.time_zone, "
    "(SELECT string_agg(a.weekday * 1440 + a.begin_minute || ' ' "
    "|| a.weekday * 1440 + a.end_minute, ';' "
    "ORDER BY a.weekday, a.begin_minute) FROM availability a "
    "WHERE a.community_id = m.community_id AND a.member_id = m.id) "
    "FROM cohort_member x JOIN member m "
    "ON m.community_id = x.community_id AND m.id = x.member_id "
    "WHERE x.community_id = $1 AND x.cohort_id = $2 "
    "ORDER BY x.part <> 'guide', m.id"};

/* What its people have besides it around its time, days away and what their own
 * calendars say among it. */
static const struct db_stmt BUSY = {"session_busy",
    "WITH people AS (SELECT member_id FROM cohort_member "
    "WHERE community_id = $1 AND cohort_id = $2) "
    "SELECT k.member_id, lower(k.during), upper(k.during) FROM commitment k "
    "JOIN people USING (member_id) WHERE k.community_id = $1 "
    "AND k.session_id IS DISTINCT FROM $3 "
    "AND k.during && tstzrange($4::timestamptz, $5::timestamptz) "
    "UNION ALL "
    "SELECT x.member_id, x.date_from::timestamp AT TIME ZONE m.time_zone, "
    "(x.date_to + 1)::timestamp AT TIME ZONE m.time_zone "
    "FROM availability_exception x JOIN people USING (member_id) "
    "JOIN member m ON m.community_id = x.community_id AND m.id = x.member_id "
    "WHERE x.community_id = $1 AND x.date_to >= $4::timestamptz::date - 1 "
    "AND x.date_from <= $5::timestamptz::date + 1 "
    "UNION ALL "
    "SELECT b.member_id, b.starts_at, b.ends_at FROM busy_time b "
    "JOIN people USING (member_id) WHERE b.community_id = $1 "
    "AND b.ends_at > $4::timestamptz AND b.starts_at < $5::timestamptz"};

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
    &PEOPLE, &BUSY, &HOLIDAYS, &MOVE, &MOVE_PEOPLE, &CANCEL, &FREE_PEOPLE,
    NULL};

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

static enum err_code read_people(struct db *db, struct arena *a,
    const struct id *community, const struct db_session *s,
    struct db_session_around *ret, struct err *e)
{
	const struct db_rows *r;
	enum err_code rc = db_rows(db, a, &PEOPLE,
	    DB_ARGS(db_id(community), db_id(&s->cohort_id)), &r, e);

	if (rc != ERR_OK)
		return rc;
	ret->n_people = db_count(r);
	ret->person = ARENA_ARRAY(a, ret->n_people, struct db_session_person);
	for (size_t i = 0; ret->person != NULL && i < ret->n_people; i++)
		ret->person[i] = (struct db_session_person){db_get_id(r, i, 0),
		    db_get_text(r, i, 1), db_get_text(r, i, 2),
		    db_get_text(r, i, 3)};
	return ret->person != NULL
		   ? ERR_OK
		   : ERR_SET(e, NOMEM, "no memory for the cohort");
}

static enum err_code read_busy(struct db *db, struct arena *a,
    const struct id *community, const struct db_session *s,
    struct db_session_around *ret, struct err *e)
{
	const struct db_rows *r;
	enum err_code rc = db_rows(db, a, &BUSY,
	    DB_ARGS(db_id(community), db_id(&s->cohort_id), db_id(&s->id),
		db_instant(ret->from), db_instant(ret->to)),
	    &r, e);

	if (rc != ERR_OK)
		return rc;
	ret->n_busy = db_count(r);
	ret->busy = ARENA_ARRAY(a, ret->n_busy, struct db_session_busy);
	for (size_t i = 0; ret->busy != NULL && i < ret->n_busy; i++)
		ret->busy[i] = (struct db_session_busy){db_get_id(r, i, 0),
		    db_get_instant(r, i, 1), db_get_instant(r, i, 2)};
	return ret->busy != NULL
		   ? ERR_OK
		   : ERR_SET(e, NOMEM, "no memory for the busy times");
}

static enum err_code read_holidays(struct db *db, struct arena *a,
    const struct id *community, const struct db_session *s,
    struct db_session_around *ret, struct err *e)
{
	const struct db_rows *r;
	enum err_code rc = db_rows(db, a, &HOLIDAYS,
	    DB_ARGS(db_id(community), db_id(&s->cohort_id)), &r, e);

	if (rc != ERR_OK)
		return rc;
	ret->n_holidays = db_count(r);
	ret->holiday = ARENA_ARRAY(a, ret->n_holidays, int32_t);
	for (size_t i = 0; ret->holiday != NULL && i < ret->n_holidays; i++)
		ret->holiday[i] = db_get_date(r, i, 0);
	return ret->holiday != NULL
		   ? ERR_OK
		   : ERR_SET(e, NOMEM, "no memory for the holidays");
}

enum err_code db_session_around(struct db *db, struct arena *a,
    const struct id *community, const struct db_session *s,
    struct db_session_around *ret, struct err *e)
{
	enum err_code rc = read_people(db, a, community, s, ret, e);

	if (rc == ERR_OK)
		rc = read_busy(db, a, community, s, ret, e);
	if (rc == ERR_OK)
		rc = read_holidays(db, a, community, s, ret, e);
	return rc;
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
