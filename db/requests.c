/* Mentor requests: see requests.h. changed_by and reason feed the trigger that
 * writes the history. */
#include "db/requests.h"

static const struct db_stmt GET = {"request_get",
    "SELECT etag, doc FROM mentor_request_doc"
    " WHERE community_id = $1 AND id = $2"};
static const struct db_stmt OWNER = {"request_owner",
    "SELECT member_id FROM mentor_request"
    " WHERE community_id = $1 AND id = $2"};
static const struct db_stmt LIST = {"request_list",
    "SELECT id, doc FROM mentor_request_doc WHERE community_id = $1"
    " AND ($2::uuid IS NULL OR program_id = $2)"
    " AND ($3::uuid IS NULL OR member_id = $3)"
    " AND ($4::text IS NULL OR state = $4)"
    " AND ($5::uuid IS NULL OR id > $5) ORDER BY id LIMIT $6::bigint + 1"};
static const struct db_stmt ENROLLED = {"request_enrolled",
    "SELECT 1 FROM enrollment WHERE community_id = $1 AND program_id = $2"
    " AND member_id = $3 AND role = 'newcomer' AND state = 'active'"
    " FOR SHARE"};
static const struct db_stmt CREATE = {"request_create",
    "INSERT INTO mentor_request"
    " (community_id, id, program_id, member_id, note, changed_by,"
    " mentors_wanted) VALUES ($1, $2, $3, $4, $5, $6, nullif($7::smallint, 0))"};
static const struct db_stmt WITHDRAW = {"request_withdraw",
    "UPDATE mentor_request SET state = 'withdrawn', reason = $4,"
    " changed_by = $5 WHERE community_id = $1 AND id = $2"
    " AND ($3::bigint = 0 OR row_version = $3)"
    " AND state IN ('open', 'in_round')"};
static const struct db_stmt CURRENT = {"request_current",
    "SELECT 1 FROM mentor_request WHERE community_id = $1 AND id = $2"
    " AND ($3::bigint = 0 OR row_version = $3) FOR UPDATE"};

const struct db_stmt *const db_request_stmts[] = {
    &GET, &OWNER, &LIST, &ENROLLED, &CREATE, &WITHDRAW, &CURRENT, NULL};

enum err_code db_request_get(struct db *db, struct arena *a,
    const struct id *community, const struct id *id, struct db_doc *ret_doc,
    struct err *e)
{
	return db_doc_get(db, a, &GET, DB_ARGS(db_id(community), db_id(id)),
	    "mentor request", ret_doc, e);
}

enum err_code db_request_owner(struct db *db, struct arena *a,
    const struct id *community, const struct id *id, struct id *ret_member,
    struct err *e)
{
	const struct db_rows *row;
	enum err_code code = db_one(db, a, &OWNER,
	    DB_ARGS(db_id(community), db_id(id)), "mentor request", &row, e);

	if (code == ERR_OK)
		*ret_member = db_get_id(row, 0, 0);
	return code;
}

enum err_code db_request_list(struct db *db, struct arena *a,
    const struct id *community, const struct db_request_filter *f,
    const struct db_page *page, struct db_list *ret_list, struct err *e)
{
	return db_list(db, a, &LIST,
	    DB_ARGS(db_id(community), db_id(f->program_id), db_id(f->member_id),
		db_text(f->state), db_text(page->after), db_int(page->limit)),
	    page->limit, ret_list, e);
}

enum err_code db_request_create(struct db *db, struct arena *a,
    const struct id *community, const struct id *id, const struct id *program,
    const struct id *member, const char *note, int64_t wanted,
    const struct id *actor, struct err *e)
{
	const struct db_rows *rows;
	enum err_code code = db_rows(db, a, &ENROLLED,
	    DB_ARGS(db_id(community), db_id(program), db_id(member)), &rows, e);

	if (code != ERR_OK)
		return code;
	if (db_count(rows) == 0)
		return ERR_SET(e, STATE,
		    "the member is not an active newcomer of the program");
	return db_exec(db, &CREATE,
	    DB_ARGS(db_id(community), db_id(id), db_id(program), db_id(member),
		db_text(note != NULL ? note : ""), db_id(actor),
		db_int(wanted)),
	    NULL, e);
}

enum err_code db_request_withdraw(struct db *db, const struct id *community,
    const struct id *id, int64_t if_match, const char *reason,
    const struct id *actor, struct err *e)
{
	const struct db_args key =
	    DB_ARGS(db_id(community), db_id(id), db_int(if_match));
	const struct db_guard exists = {.get = &OWNER,
	    .args = DB_ARGS(db_id(community), db_id(id)),
	    .what = "mentor request",
	    .otherwise = ERR_STALE};
	const struct db_guard waits = {.get = &CURRENT,
	    .args = key,
	    .what = "mentor request",
	    .otherwise = ERR_STATE,
	    .detail = "only a request that is open or in a round can be "
		      "withdrawn"};
	enum err_code code = db_guarded(db, &CURRENT, key, &exists, e);

	if (code != ERR_OK)
		return code;
	return db_guarded(db, &WITHDRAW,
	    DB_ARGS(db_id(community), db_id(id), db_int(if_match),
		db_text(reason), db_id(actor)),
	    &waits, e);
}
