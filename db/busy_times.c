/* Busy times: see busy_times.h. Old rows go with the calendar they came from. */
#include "db/busy_times.h"

static const struct db_stmt GET = {"busy_times_get",
    "SELECT etag, doc FROM busy_times_doc"
    " WHERE community_id = $1 AND id = $2"};
static const struct db_stmt OWNER = {"busy_times_owner",
    "SELECT time_zone, coalesce(email, '') FROM member"
    " WHERE community_id = $1 AND id = $2 AND erased_at IS NULL"};
/* Lock the member; raise the version in the same statement. */
static const struct db_stmt RAISE = {"busy_times_raise",
    "UPDATE member SET updated_at = now()"
    " WHERE community_id = $1 AND id = $2"
    " AND ($3::bigint = 0 OR row_version = $3) AND erased_at IS NULL"};
static const struct db_stmt DROP = {"busy_times_drop",
    "DELETE FROM busy_calendar WHERE community_id = $1 AND member_id = $2"
    " AND source = $3"};
static const struct db_stmt CALENDAR = {"busy_times_calendar",
    "INSERT INTO busy_calendar (community_id, member_id, source, covers)"
    " VALUES ($1, $2, $3, tstzrange($4::timestamptz, $5::timestamptz))"};
static const struct db_stmt TIMES = {"busy_times_add",
    "INSERT INTO busy_time"
    " (community_id, member_id, source, starts_at, ends_at)"
    " SELECT $1::uuid, $2::uuid, $3::text, b.\"from\", b.\"to\""
    " FROM jsonb_to_recordset($4::jsonb)"
    " AS b(\"from\" timestamptz, \"to\" timestamptz)"};
static const struct db_stmt IS_SAME = {"busy_times_is_same",
    "WITH c AS (SELECT c.covers * tstzrange($4::timestamptz, $5::timestamptz)"
    "  AS both FROM busy_calendar c"
    "  WHERE c.community_id = $1 AND c.member_id = $2 AND c.source = $3"
    "  AND upper(c.covers) > $5::timestamptz - interval '7 days'),"
    " old AS (SELECT range_agg(tstzrange(b.starts_at, b.ends_at)) AS spans"
    "  FROM busy_time b WHERE b.community_id = $1 AND b.member_id = $2"
    "  AND b.source = $3),"
    " new AS (SELECT range_agg(tstzrange(b.\"from\", b.\"to\")) AS spans"
    "  FROM jsonb_to_recordset($6::jsonb)"
    "  AS b(\"from\" timestamptz, \"to\" timestamptz))"
    " SELECT EXISTS (SELECT FROM c, old, new WHERE"
    " coalesce(old.spans, '{}') * tstzmultirange(c.both)"
    " = coalesce(new.spans, '{}') * tstzmultirange(c.both))"};

static const struct db_stmt OF_PROGRAM = {"busy_times_of_program",
    "SELECT b.member_id, b.starts_at, b.ends_at FROM busy_time b"
    " WHERE b.community_id = $1 AND b.ends_at > $3::timestamptz"
    " AND b.starts_at < $4::timestamptz AND b.member_id IN"
    " (SELECT e.member_id FROM enrollment e WHERE e.community_id = $1"
    "  AND e.program_id = $2 AND e.state = 'active')"
    " ORDER BY b.member_id, b.starts_at"};

const struct db_stmt *const db_busy_times_stmts[] = {&GET, &OWNER, &RAISE,
    &DROP, &CALENDAR, &TIMES, &IS_SAME, &OF_PROGRAM, NULL};

enum err_code db_busy_times_get(struct db *db, struct arena *a,
    const struct id *community, const struct id *member, struct db_doc *ret_doc,
    struct err *e)
{
	return db_doc_get(db, a, &GET, DB_ARGS(db_id(community), db_id(member)),
	    "member", ret_doc, e);
}

enum err_code db_busy_times_owner(struct db *db, struct arena *a,
    const struct id *community, const struct id *member,
    const char **ret_time_zone, const char **ret_email, struct err *e)
{
	const struct db_rows *row;
	enum err_code code = db_one(db, a, &OWNER,
	    DB_ARGS(db_id(community), db_id(member)), "member", &row, e);

	if (code != ERR_OK)
		return code;
	*ret_time_zone = db_get_text(row, 0, 0);
	*ret_email = db_get_text(row, 0, 1);
	return ERR_OK;
}

/* The version is looked at, and raised, before anything changes. */
static enum err_code begin(struct db *db, const struct id *community,
    const struct id *member, int64_t if_match, const char *source,
    struct err *e)
{
	const struct db_guard guard = {.get = &GET,
	    .args = DB_ARGS(db_id(community), db_id(member)),
	    .what = "member",
	    .otherwise = ERR_STALE};
	enum err_code code = db_guarded(db, &RAISE,
	    DB_ARGS(db_id(community), db_id(member), db_int(if_match)), &guard,
	    e);

	if (code == ERR_OK)
		code = db_exec(db, &DROP,
		    DB_ARGS(db_id(community), db_id(member), db_text(source)),
		    NULL, e);
	return code;
}

enum err_code db_busy_times_put(struct db *db, const struct id *community,
    const struct id *member, int64_t if_match, const char *source, int64_t from,
    int64_t to, const char *busy, struct err *e)
{
	enum err_code code = begin(db, community, member, if_match, source, e);

	if (code == ERR_OK)
		code = db_exec(db, &CALENDAR,
		    DB_ARGS(db_id(community), db_id(member), db_text(source),
			db_instant(from), db_instant(to)),
		    NULL, e);
	if (code == ERR_OK)
		code = db_exec(db, &TIMES,
		    DB_ARGS(db_id(community), db_id(member), db_text(source),
			db_text(busy)),
		    NULL, e);
	return code;
}

enum err_code db_busy_times_drop(struct db *db, const struct id *community,
    const struct id *member, int64_t if_match, const char *source,
    struct err *e)
{
	return begin(db, community, member, if_match, source, e);
}

enum err_code db_busy_times_is_same(struct db *db, struct arena *a,
    const struct id *community, const struct id *member, const char *source,
    int64_t from, int64_t to, const char *busy, bool *ret_same, struct err *e)
{
	const struct db_rows *row;
	enum err_code code = db_one(db, a, &IS_SAME,
	    DB_ARGS(db_id(community), db_id(member), db_text(source),
		db_instant(from), db_instant(to), db_text(busy)),
	    "answer", &row, e);

	if (code == ERR_OK)
		*ret_same = db_get_bool(row, 0, 0);
	return code;
}

enum err_code db_busy_times_of_program(struct db *db, struct arena *a,
    const struct id *community, const struct id *program, int64_t from,
    int64_t to, struct db_busy_times *ret_times, struct err *e)
{
	struct db_busy_times t = {NULL, 0};
	const struct db_rows *r;
	enum err_code code = db_rows(db, a, &OF_PROGRAM,
	    DB_ARGS(db_id(community), db_id(program), db_instant(from),
		db_instant(to)),
	    &r, e);

	if (code != ERR_OK)
		return code;
	t.n = db_count(r);
	t.item = ARENA_ARRAY(a, t.n, struct db_busy_time);
	if (t.item == NULL)
		return ERR_SET(e, NOMEM, "too many busy times");
	for (size_t i = 0; i < t.n; i++)
		t.item[i] = (struct db_busy_time){db_get_id(r, i, 0),
		    db_get_instant(r, i, 1), db_get_instant(r, i, 2)};
	*ret_times = t;
	return ERR_OK;
}
