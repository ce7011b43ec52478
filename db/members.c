/*
 * Members: see members.h. Documents travel whole as jsonb: the database spreads
 * them over the columns, so that one list of columns stands here and not twenty
 * parameters in every statement.
 */
#include "db/members.h"

#define FIELDS                                                         \
	"external_id, display_name, email, roles, wants, tags, stack," \
	" languages, time_zone, industry, style, organization, years," \
	" preferences, avoid, mentor_capacity"
#define RECORD                                                            \
	"(external_id text, display_name text, email text, roles text[]," \
	" wants text[], tags text[], stack jsonb, languages jsonb,"       \
	" time_zone text, industry text, style text, organization text,"  \
	" years numeric(4,1), preferences text[], avoid text[],"          \
	" mentor_capacity int"
/* A record's fields with the defaults of the columns that may not be NULL. */
#define VALUES                                                                \
	"external_id, display_name, email, coalesce(roles, '{}'),"            \
	" coalesce(wants, '{}'), coalesce(tags, '{}'),"                       \
	" coalesce(stack, '[]'), coalesce(languages, '[]'), time_zone,"       \
	" industry, style, organization, years, coalesce(preferences, '{}')," \
	" coalesce(avoid, '{}'), mentor_capacity"
#define VERSION "($3::bigint = 0 OR row_version = $3)"

static const struct db_stmt GET = {"member_get",
    "SELECT etag, doc FROM member_doc WHERE community_id = $1 AND id = $2"};
static const struct db_stmt HOLD = {"member_hold",
    "SELECT 1 FROM member WHERE community_id = $1 AND id = $2"
    " AND erased_at IS NULL FOR SHARE"};
static const struct db_stmt LIST = {"member_list",
    "SELECT id, doc FROM member_doc WHERE community_id = $1"
    " AND erased_at IS NULL"
    " AND ($2::text IS NULL"
    " OR strpos(lower(display_name), lower($2)) > 0"
    " OR strpos(lower(external_id), lower($2)) > 0"
    " OR strpos(lower(email), lower($2)) > 0)"
    " AND ($3::timestamptz IS NULL OR updated_at > $3)"
    " AND ($4::uuid IS NULL OR id > $4) ORDER BY id LIMIT $5::bigint + 1"};
static const struct db_stmt CREATE = {"member_create",
    "INSERT INTO member (community_id, id, " FIELDS ")"
    " SELECT $1, $2, " VALUES " FROM jsonb_to_record($3::jsonb) AS x" RECORD
    ")"};
static const struct db_stmt PATCH = {"member_patch",
    "UPDATE member m SET (" FIELDS ") = (SELECT " VALUES
    " FROM jsonb_populate_record(m, $4::jsonb))"
    " WHERE community_id = $1 AND id = $2 AND " VERSION
    " AND erased_at IS NULL"};
/* A new external_id is a new key, so this waits for everybody who locked the member FOR
 * KEY SHARE to give them something, and they for this. */
static const struct db_stmt ERASE = {"member_erase",
    "UPDATE member SET external_id = 'erased-' || id,"
    " display_name = 'erased member', email = NULL, roles = '{}',"
    " wants = '{}', tags = '{}', stack = '[]', languages = '[]',"
    " time_zone = 'UTC', industry = NULL, style = NULL,"
    " organization = NULL, years = NULL, preferences = '{}', avoid = '{}',"
    " preferred_hours = '[]', volunteer = 0,"
    " mentor_capacity = NULL, erased_at = now()"
    " WHERE community_id = $1 AND id = $2 AND " VERSION
    " AND erased_at IS NULL"};
/* What ends with a member, in one statement. */
static const struct db_stmt ERASE_REST = {"member_erase_rest",
    "WITH windows AS (DELETE FROM availability"
    "  WHERE community_id = $1 AND member_id = $2),"
    " exceptions AS (DELETE FROM availability_exception"
    "  WHERE community_id = $1 AND member_id = $2),"
    " busy AS (DELETE FROM busy_calendar"
    "  WHERE community_id = $1 AND member_id = $2),"
    " ledger AS (DELETE FROM discomfort"
    "  WHERE community_id = $1 AND member_id = $2),"
    " address AS (DELETE FROM busy_subscription"
    "  WHERE community_id = $1 AND member_id = $2),"
    " tokens AS (UPDATE token SET revoked_at = coalesce(revoked_at, now())"
    "  WHERE community_id = $1 AND member_id = $2),"
    " identities AS (DELETE FROM identity"
    "  WHERE community_id = $1 AND member_id = $2),"
    " app_passwords AS (UPDATE app_password"
    "  SET revoked_at = coalesce(revoked_at, now())"
    "  WHERE community_id = $1 AND member_id = $2),"
    " feeds AS (UPDATE feed SET revoked_at = coalesce(revoked_at, now())"
    "  WHERE community_id = $1 AND member_id = $2),"
    " answers AS (DELETE FROM answer x USING attendance t"
    "  WHERE t.community_id = $1 AND t.member_id = $2"
    "  AND x.community_id = $1 AND x.attendance_id = t.id),"
    " journeys AS (DELETE FROM journey"
    "  WHERE community_id = $1 AND member_id = $2),"
    " requests AS (UPDATE mentor_request SET state = 'withdrawn',"
    "  reason = 'the member was erased', note = '', changed_by = NULL"
    "  WHERE community_id = $1 AND member_id = $2"
    "  AND state IN ('open', 'in_round', 'offered'))"
    " UPDATE enrollment SET state = 'left'"
    " WHERE community_id = $1 AND member_id = $2 AND state = 'active'"};
static const struct db_stmt FORGET = {
    "member_forget", "SELECT forget_member($1, $2)"};
static const struct db_stmt FIND = {"member_find",
    "SELECT id FROM member WHERE community_id = $1 AND external_id = $2"
    " AND erased_at IS NULL"};
static const struct db_stmt EXTERNAL_IDS = {"member_external_ids",
    "SELECT external_id FROM member"
    " WHERE community_id = $1 AND erased_at IS NULL ORDER BY external_id"};

const struct db_stmt *const db_member_stmts[] = {&GET, &HOLD, &LIST, &CREATE,
    &PATCH, &ERASE, &ERASE_REST, &FORGET, &FIND, &EXTERNAL_IDS, NULL};

enum err_code db_member_get(struct db *db, struct arena *a,
    const struct id *community, const struct id *id, struct db_doc *ret_doc,
    struct err *e)
{
	return db_doc_get(db, a, &GET, DB_ARGS(db_id(community), db_id(id)),
	    "member", ret_doc, e);
}

enum err_code db_member_hold(struct db *db, const struct id *community,
    const struct id *id, struct err *e)
{
	int64_t n = 0;
	enum err_code code =
	    db_exec(db, &HOLD, DB_ARGS(db_id(community), db_id(id)), &n, e);

	if (code == ERR_OK && n == 0)
		return ERR_SET(e, NOT_FOUND, "there is no such member");
	return code;
}

enum err_code db_member_list(struct db *db, struct arena *a,
    const struct id *community, const struct db_member_filter *f,
    const struct db_page *page, struct db_list *ret_list, struct err *e)
{
	return db_list(db, a, &LIST,
	    DB_ARGS(db_id(community), db_text(f->q),
		db_instant_or_null(f->updated_after), db_text(page->after),
		db_int(page->limit)),
	    page->limit, ret_list, e);
}

enum err_code db_member_create(struct db *db, const struct id *community,
    const struct id *id, const char *json, struct err *e)
{
	return db_exec(db, &CREATE,
	    DB_ARGS(db_id(community), db_id(id), db_text(json)), NULL, e);
}

/* An erased member has no version that anybody could have read. */
static enum err_code change(struct db *db, const struct db_stmt *stmt,
    struct db_args args, const struct id *community, const struct id *id,
    struct err *e)
{
	const struct db_guard guard = {.get = &GET,
	    .args = DB_ARGS(db_id(community), db_id(id)),
	    .what = "member",
	    .otherwise = ERR_STALE};

	return db_guarded(db, stmt, args, &guard, e);
}

enum err_code db_member_patch(struct db *db, const struct id *community,
    const struct id *id, int64_t if_match, const char *json, struct err *e)
{
	return change(db, &PATCH,
	    DB_ARGS(
		db_id(community), db_id(id), db_int(if_match), db_text(json)),
	    community, id, e);
}

enum err_code db_member_erase(struct db *db, const struct id *community,
    const struct id *id, int64_t if_match, struct err *e)
{
	enum err_code code = change(db, &ERASE,
	    DB_ARGS(db_id(community), db_id(id), db_int(if_match)), community,
	    id, e);

	if (code != ERR_OK)
		return code;
	code = db_exec(
	    db, &ERASE_REST, DB_ARGS(db_id(community), db_id(id)), NULL, e);
	if (code == ERR_OK)
		code = db_exec(
		    db, &FORGET, DB_ARGS(db_id(community), db_id(id)), NULL, e);
	return code;
}

enum err_code db_member_find(struct db *db, struct arena *a,
    const struct id *community, const char *external_id, struct id *ret_id,
    struct err *e)
{
	const struct db_rows *row;
	enum err_code code = db_one(db, a, &FIND,
	    DB_ARGS(db_id(community), db_text(external_id)), "member", &row, e);

	if (code == ERR_OK)
		*ret_id = db_get_id(row, 0, 0);
	return code;
}

enum err_code db_member_external_ids(struct db *db, struct arena *a,
    const struct id *community, const struct db_rows **ret_rows, struct err *e)
{
	return db_rows(
	    db, a, &EXTERNAL_IDS, DB_ARGS(db_id(community)), ret_rows, e);
}
