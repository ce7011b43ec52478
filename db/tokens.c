/* Tokens: see tokens.h. The plain secret never comes here. */
#include "db/tokens.h"

static const struct db_stmt FIND = {"token_find",
    "SELECT id, community_id, member_id, role, scopes FROM enter_token($1)"};
static const struct db_stmt OF_PERSON = {"token_of_person",
    "SELECT id, community_id, member_id, role, scopes"
    " FROM enter_identity($1, $2, $3)"};
static const struct db_stmt USED = {"token_used",
    "UPDATE token t SET last_used_at = now()"
    " FROM unnest($1::uuid[], $2::uuid[]) AS used (community_id, id)"
    " WHERE t.community_id = used.community_id AND t.id = used.id"
    " AND (last_used_at IS NULL"
    " OR last_used_at < now() - interval '1 minute')"};
static const struct db_stmt CREATE = {"token_create",
    "INSERT INTO token (community_id, id, member_id, name, role, secret_hash,"
    " scopes, expires_at) VALUES ($1, $2, $3, $4, $5, $6,"
    " string_to_array($7, ' '), coalesce($8, now() + $9 * interval '1 day'))"};
/* As long from now as it was to last when it was made. */
static const struct db_stmt ROTATE = {"token_rotate",
    "UPDATE token SET secret_hash = $3, previous_hash = secret_hash,"
    " previous_until = now() + $4 * interval '1 minute', rotated_at = now(),"
    " expires_at = now() + (expires_at - coalesce(rotated_at, created_at))"
    " WHERE community_id = $1 AND id = $2 AND revoked_at IS NULL"
    " AND (expires_at IS NULL OR expires_at > now())"};
static const struct db_stmt GET = {"token_get",
    "SELECT etag, doc FROM token_doc WHERE community_id = $1 AND id = $2"};
static const struct db_stmt LIST = {"token_list",
    "SELECT id, doc FROM token_doc WHERE community_id = $1"
    " AND ($2::uuid IS NULL OR member_id = $2)"
    " AND ($3::uuid IS NULL OR id > $3) ORDER BY id LIMIT $4::bigint + 1"};
static const struct db_stmt REVOKE = {"token_revoke",
    "UPDATE token SET revoked_at = coalesce(revoked_at, now())"
    " WHERE community_id = $1 AND id = $2"};

const struct db_stmt *const db_token_stmts[] = {
    &FIND, &OF_PERSON, &USED, &CREATE, &ROTATE, &GET, &LIST, &REVOKE, NULL};

static enum err_code enter(struct db *db, struct arena *a,
    const struct db_stmt *stmt, struct db_args args, struct db_token *ret_token,
    struct err *e)
{
	const struct db_rows *row;
	enum err_code code = db_rows(db, a, stmt, args, &row, e);

	if (code != ERR_OK)
		return code;
	if (db_count(row) == 0)
		return ERR_SET(e, UNAUTHENTICATED, "the token is not valid");
	*ret_token = (struct db_token){
	    .id = db_get_id(row, 0, 0),
	    .community_id = db_get_id(row, 0, 1),
	    .member_id = db_get_id(row, 0, 2),
	    .has_member = !db_is_null(row, 0, 2),
	    .role = db_get_text(row, 0, 3),
	    .scopes = db_get_text(row, 0, 4),
	};
	return ERR_OK;
}

enum err_code db_token_find(struct db *db, struct arena *a,
    const uint8_t hash[DB_SECRET_HASH_SIZE], struct db_token *ret_token,
    struct err *e)
{
	return enter(db, a, &FIND, DB_ARGS(db_bytes(hash, DB_SECRET_HASH_SIZE)),
	    ret_token, e);
}

enum err_code db_token_of_person(struct db *db, struct arena *a,
    const char *community_slug, const char *issuer, const char *subject,
    struct db_token *ret_token, struct err *e)
{
	return enter(db, a, &OF_PERSON,
	    DB_ARGS(db_text(community_slug), db_text(issuer), db_text(subject)),
	    ret_token, e);
}

enum err_code db_tokens_used(struct db *db, const struct id *community,
    const struct id *id, size_t n, struct err *e)
{
	return db_exec(
	    db, &USED, DB_ARGS(db_ids(community, n), db_ids(id, n)), NULL, e);
}

enum err_code db_token_create(struct db *db, const struct db_token *token,
    const char *name, const uint8_t hash[DB_SECRET_HASH_SIZE],
    const int64_t *expires_at, struct err *e)
{
	return db_exec(db, &CREATE,
	    DB_ARGS(db_id(&token->community_id), db_id(&token->id),
		token->has_member ? db_id(&token->member_id) : db_null(),
		db_text(name), db_text(token->role),
		db_bytes(hash, DB_SECRET_HASH_SIZE), db_text(token->scopes),
		db_instant_or_null(expires_at), db_int(DB_TOKEN_DAYS)),
	    NULL, e);
}

enum err_code db_token_rotate(struct db *db, const struct id *community,
    const struct id *id, const uint8_t hash[DB_SECRET_HASH_SIZE],
    int overlap_minutes, struct err *e)
{
	const struct db_guard guard = {.get = &GET,
	    .args = DB_ARGS(db_id(community), db_id(id)),
	    .what = "token",
	    .otherwise = ERR_STATE,
	    .detail = "the token was revoked or has expired"};

	return db_guarded(db, &ROTATE,
	    DB_ARGS(db_id(community), db_id(id),
		db_bytes(hash, DB_SECRET_HASH_SIZE), db_int(overlap_minutes)),
	    &guard, e);
}

enum err_code db_token_get(struct db *db, struct arena *a,
    const struct id *community, const struct id *id, struct db_doc *ret_doc,
    struct err *e)
{
	return db_doc_get(db, a, &GET, DB_ARGS(db_id(community), db_id(id)),
	    "token", ret_doc, e);
}

enum err_code db_token_list(struct db *db, struct arena *a,
    const struct id *community, const struct id *member,
    const struct db_page *page, struct db_list *ret_list, struct err *e)
{
	return db_list(db, a, &LIST,
	    DB_ARGS(db_id(community), db_id(member), db_text(page->after),
		db_int(page->limit)),
	    page->limit, ret_list, e);
}

enum err_code db_token_revoke(struct db *db, const struct id *community,
    const struct id *id, struct err *e)
{
	const struct db_args args = DB_ARGS(db_id(community), db_id(id));
	const struct db_guard guard = {
	    .get = &GET, .args = args, .what = "token", .otherwise = ERR_STALE};

	return db_guarded(db, &REVOKE, args, &guard, e);
}
