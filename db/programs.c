/* Programs, policies and enrollments: see programs.h. A place is taken by an update
 * that names its own condition; the CHECK on the table is the last word. */
#include "db/programs.h"

#define VERSION(n) "(" n "::bigint = 0 OR row_version = " n ")"

static const struct db_stmt GET = {"program_get",
    "SELECT etag, doc FROM program_doc WHERE community_id = $1 AND id = $2"};
static const struct db_stmt LIST = {"program_list",
    "SELECT id, doc FROM program_doc WHERE community_id = $1"
    " AND ($2::uuid IS NULL OR id > $2) ORDER BY id LIMIT $3::bigint + 1"};
static const struct db_stmt FIND = {"program_find",
    "SELECT id FROM program WHERE community_id = $1 AND name = $2"
    " ORDER BY id LIMIT 1"};
static const struct db_stmt CREATE = {"program_create",
    "INSERT INTO program (community_id, id, name, description)"
    " VALUES ($1, $2, $3, coalesce($4::text, ''))"};
static const struct db_stmt PATCH = {"program_patch",
    "UPDATE program SET name = coalesce($4::text, name),"
    " description = coalesce($5::text, description)"
    " WHERE community_id = $1 AND id = $2 AND " VERSION("$3")};

static const struct db_stmt POLICY_GET = {"policy_get",
    "SELECT etag, doc FROM policy_doc WHERE community_id = $1"
    " AND program_id = $2 AND ($3::bigint = 0 OR version = $3)"
    " ORDER BY version DESC LIMIT 1"};
static const struct db_stmt POLICY_DOCUMENT = {"policy_document",
    "SELECT document, version FROM policy WHERE community_id = $1"
    " AND program_id = $2 AND ($3::bigint = 0 OR version = $3)"
    " ORDER BY version DESC LIMIT 1"};
static const struct db_stmt PROGRAM_LOCK = {"program_lock",
    "SELECT 1 FROM program WHERE community_id = $1 AND id = $2 FOR UPDATE"};
static const struct db_stmt POLICY_PUT = {"policy_put",
    "INSERT INTO policy (community_id, program_id, version, document,"
    " created_by) SELECT $1::uuid, $2::uuid, coalesce(max(version), 0) + 1,"
    " $4::jsonb, $5::uuid FROM policy"
    " WHERE community_id = $1 AND program_id = $2"
    " HAVING $3::bigint = 0 OR coalesce(max(version), 0) = $3"
    " RETURNING version"};

#define ENROLLMENT                                                        \
	" WHERE community_id = $1 AND program_id = $2 AND member_id = $3" \
	" AND role = $4"
static const struct db_stmt ENROLLMENT_GET = {
    "enrollment_get", "SELECT etag, doc FROM enrollment_doc" ENROLLMENT};
static const struct db_stmt ENROLLMENT_LIST = {"enrollment_list",
    "SELECT key, doc FROM enrollment_doc WHERE community_id = $1"
    " AND program_id = $2 AND ($3::text IS NULL OR role = $3)"
    " AND ($4::text IS NULL OR state = $4)"
    " AND ($5::text IS NULL OR key > $5) ORDER BY key LIMIT $6::bigint + 1"};
static const struct db_stmt ENROLLMENT_PUT = {"enrollment_put",
    "INSERT INTO enrollment AS n (community_id, program_id, member_id, role,"
    " capacity, paused_until, rest_days)"
    " SELECT m.community_id, p.id, m.id, $4::text, $5::int, $6::date,"
    " $8::int"
    " FROM member m JOIN program p ON p.community_id = m.community_id"
    " WHERE m.community_id = $1 AND m.id = $3 AND m.erased_at IS NULL"
    " AND p.id = $2 FOR KEY SHARE OF m"
    " ON CONFLICT (community_id, program_id, member_id, role) DO UPDATE SET"
    " capacity = excluded.capacity, paused_until = excluded.paused_until,"
    " rest_days = excluded.rest_days,"
    " state = 'active' WHERE $7::bigint = 0 OR n.row_version = $7"};
static const struct db_stmt ENROLLMENT_LEAVE = {"enrollment_leave",
    "UPDATE enrollment SET state = 'left'" ENROLLMENT
    " AND used = 0 AND " VERSION("$5")};
static const struct db_stmt ENROLLMENT_CURRENT = {"enrollment_current",
    "SELECT used FROM enrollment" ENROLLMENT
    " AND " VERSION("$5") " FOR UPDATE"};

static const struct db_stmt TAKE = {"place_take",
    "UPDATE enrollment SET used = used + 1" ENROLLMENT
    " AND state = 'active' AND used < capacity"};
static const struct db_stmt GIVE_BACK = {"place_give_back",
    "UPDATE enrollment SET used = used - 1" ENROLLMENT " AND used > 0"};
static const struct db_stmt PLACES = {
    "places", "SELECT used, capacity, state FROM enrollment" ENROLLMENT};

const struct db_stmt *const db_program_stmts[] = {&GET, &LIST, &FIND, &CREATE,
    &PATCH, &POLICY_GET, &POLICY_DOCUMENT, &PROGRAM_LOCK, &POLICY_PUT,
    &ENROLLMENT_GET, &ENROLLMENT_LIST, &ENROLLMENT_PUT, &ENROLLMENT_LEAVE,
    &ENROLLMENT_CURRENT, &TAKE, &GIVE_BACK, &PLACES, NULL};

/* ---- programs ---- */

enum err_code db_program_get(struct db *db, struct arena *a,
    const struct id *community, const struct id *id, struct db_doc *ret_doc,
    struct err *e)
{
	return db_doc_get(db, a, &GET, DB_ARGS(db_id(community), db_id(id)),
	    "program", ret_doc, e);
}

enum err_code db_program_list(struct db *db, struct arena *a,
    const struct id *community, const struct db_page *page,
    struct db_list *ret_list, struct err *e)
{
	return db_list(db, a, &LIST,
	    DB_ARGS(
		db_id(community), db_text(page->after), db_int(page->limit)),
	    page->limit, ret_list, e);
}

enum err_code db_program_find(struct db *db, struct arena *a,
    const struct id *community, const char *name, struct id *ret_id,
    struct err *e)
{
	const struct db_rows *rows;
	enum err_code code = db_one(db, a, &FIND,
	    DB_ARGS(db_id(community), db_text(name)), "program", &rows, e);

	if (code == ERR_OK)
		*ret_id = db_get_id(rows, 0, 0);
	return code;
}

enum err_code db_program_create(struct db *db, const struct id *community,
    const struct id *id, const char *name, const char *description,
    struct err *e)
{
	return db_exec(db, &CREATE,
	    DB_ARGS(db_id(community), db_id(id), db_text(name),
		db_text(description)),
	    NULL, e);
}

enum err_code db_program_patch(struct db *db, const struct id *community,
    const struct id *id, int64_t if_match, const char *name,
    const char *description, struct err *e)
{
	const struct db_guard guard = {.get = &GET,
	    .args = DB_ARGS(db_id(community), db_id(id)),
	    .what = "program",
	    .otherwise = ERR_STALE};

	return db_guarded(db, &PATCH,
	    DB_ARGS(db_id(community), db_id(id), db_int(if_match),
		db_text(name), db_text(description)),
	    &guard, e);
}

/* ---- policies ---- */

enum err_code db_policy_get(struct db *db, struct arena *a,
    const struct id *community, const struct id *program, int64_t version,
    struct db_doc *ret_doc, struct err *e)
{
	return db_doc_get(db, a, &POLICY_GET,
	    DB_ARGS(db_id(community), db_id(program), db_int(version)),
	    "policy", ret_doc, e);
}

enum err_code db_policy_document(struct db *db, struct arena *a,
    const struct id *community, const struct id *program, int64_t version,
    const char **ret_json, int64_t *ret_version, struct err *e)
{
	const struct db_rows *row;
	enum err_code code = db_one(db, a, &POLICY_DOCUMENT,
	    DB_ARGS(db_id(community), db_id(program), db_int(version)),
	    "policy", &row, e);

	if (code != ERR_OK)
		return code;
	*ret_json = db_get_text(row, 0, 0);
	*ret_version = db_get_int(row, 0, 1);
	return ERR_OK;
}

/* Writers of one program's policies go one after the other: the lock. */
enum err_code db_policy_put(struct db *db, struct arena *a,
    const struct id *community, const struct id *program, int64_t if_match,
    const char *document, const struct id *created_by, int64_t *ret_version,
    struct err *e)
{
	const struct db_rows *row;
	enum err_code code = db_one(db, a, &PROGRAM_LOCK,
	    DB_ARGS(db_id(community), db_id(program)), "program", &row, e);

	if (code == ERR_OK)
		code = db_rows(db, a, &POLICY_PUT,
		    DB_ARGS(db_id(community), db_id(program), db_int(if_match),
			db_text(document), db_id(created_by)),
		    &row, e);
	if (code != ERR_OK)
		return code;
	if (db_count(row) == 0)
		return ERR_SET(e, STALE, "there is a newer policy");
	*ret_version = db_get_int(row, 0, 0);
	return ERR_OK;
}

/* ---- enrollments ---- */

enum err_code db_enrollment_get(struct db *db, struct arena *a,
    const struct id *community, const struct id *program,
    const struct id *member, const char *role, struct db_doc *ret_doc,
    struct err *e)
{
	return db_doc_get(db, a, &ENROLLMENT_GET,
	    DB_ARGS(
		db_id(community), db_id(program), db_id(member), db_text(role)),
	    "enrollment", ret_doc, e);
}

enum err_code db_enrollment_list(struct db *db, struct arena *a,
    const struct id *community, const struct id *program, const char *role,
    const char *state, const struct db_page *page, struct db_list *ret_list,
    struct err *e)
{
	return db_list(db, a, &ENROLLMENT_LIST,
	    DB_ARGS(db_id(community), db_id(program), db_text(role),
		db_text(state), db_text(page->after), db_int(page->limit)),
	    page->limit, ret_list, e);
}

enum err_code db_enrollment_put(struct db *db, const struct id *community,
    const struct db_enrollment *n, int64_t if_match, struct err *e)
{
	const struct db_guard guard = {.get = &ENROLLMENT_GET,
	    .args = DB_ARGS(db_id(community), db_id(&n->program_id),
		db_id(&n->member_id), db_text(n->role)),
	    .what = "enrollment",
	    .otherwise = ERR_STALE};

	return db_guarded(db, &ENROLLMENT_PUT,
	    DB_ARGS(db_id(community), db_id(&n->program_id),
		db_id(&n->member_id), db_text(n->role), db_int(n->capacity),
		n->paused_until != NULL ? db_date(*n->paused_until) : db_null(),
		db_int(if_match),
		n->rest_days != NULL ? db_int(*n->rest_days) : db_null()),
	    &guard, e);
}

enum err_code db_enrollment_leave(struct db *db, const struct id *community,
    const struct id *program, const struct id *member, const char *role,
    int64_t if_match, struct err *e)
{
	const struct db_args current = DB_ARGS(db_id(community), db_id(program),
	    db_id(member), db_text(role), db_int(if_match));
	const struct db_guard exists = {.get = &ENROLLMENT_GET,
	    .args = DB_ARGS(
		db_id(community), db_id(program), db_id(member), db_text(role)),
	    .what = "enrollment",
	    .otherwise = ERR_STALE};
	const struct db_guard idle = {.get = &ENROLLMENT_CURRENT,
	    .args = current,
	    .what = "enrollment",
	    .otherwise = ERR_STATE,
	    .detail = "the mentor has active pairings: end them first"};
	enum err_code code =
	    db_guarded(db, &ENROLLMENT_CURRENT, current, &exists, e);

	if (code != ERR_OK)
		return code;
	return db_guarded(db, &ENROLLMENT_LEAVE, current, &idle, e);
}

/* ---- places ---- */

enum err_code db_place_take(struct db *db, struct arena *a,
    const struct id *community, const struct id *program,
    const struct id *mentor, struct err *e)
{
	const struct db_args key = DB_ARGS(
	    db_id(community), db_id(program), db_id(mentor), db_text("mentor"));
	const struct db_rows *row;
	int64_t n = 0;
	enum err_code code = db_exec(db, &TAKE, key, &n, e);

	if (code != ERR_OK || n == 1)
		return code;
	code = db_one(db, a, &PLACES, key, "mentor in this program", &row, e);
	if (code != ERR_OK)
		return code;
	if (strcmp(db_get_text(row, 0, 2), "active") != 0)
		return ERR_SET(e, STATE, "the mentor left the program");
	return ERR_SET(e, CAPACITY, "the mentor already has %s of %s",
	    db_get_text(row, 0, 0), db_get_text(row, 0, 1));
}

enum err_code db_place_give_back(struct db *db, const struct id *community,
    const struct id *program, const struct id *mentor, struct err *e)
{
	const struct db_args key = DB_ARGS(
	    db_id(community), db_id(program), db_id(mentor), db_text("mentor"));
	const struct db_guard guard = {.get = &PLACES,
	    .args = key,
	    .what = "mentor in this program",
	    .otherwise = ERR_STATE,
	    .detail = "no place of the mentor is in use"};

	return db_guarded(db, &GIVE_BACK, key, &guard, e);
}
