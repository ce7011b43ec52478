/* App passwords: see app_passwords.h. */
#include "db/app_passwords.h"

static const struct db_stmt HOLD = {"app_password_hold",
    "SELECT (SELECT count(*) FROM app_password p "
    "WHERE p.community_id = $1 AND p.member_id = $2 AND p.revoked_at IS NULL) "
    "FROM member m WHERE m.community_id = $1 AND m.id = $2 "
    "AND m.erased_at IS NULL FOR NO KEY UPDATE"};

static const struct db_stmt INSERT = {"app_password_insert",
    "INSERT INTO app_password (community_id, id, member_id, name, "
    "secret_hash) VALUES ($1, $2, $3, $4, $5)"};

static const struct db_stmt LIST = {"app_password_list",
    "SELECT id, doc FROM app_password_doc WHERE community_id = $1 "
    "AND member_id = $2 AND ($3::uuid IS NULL OR id > $3) "
    "ORDER BY id LIMIT $4"};

static const struct db_stmt GET = {"app_password_get",
    "SELECT etag, doc FROM app_password_doc "
    "WHERE community_id = $1 AND member_id = $2 AND id = $3"};

static const struct db_stmt REVOKE = {"app_password_revoke",
    "UPDATE app_password SET revoked_at = now() WHERE community_id = $1 "
    "AND member_id = $2 AND id = $3 AND revoked_at IS NULL"};

static const struct db_stmt ENTER = {"app_password_enter",
    "SELECT id, community_id, member_id FROM enter_app_password($1, $2)"};

static const struct db_stmt NAMES = {"app_password_names",
    "SELECT c.name, m.display_name FROM community c "
    "JOIN member m ON m.community_id = c.community_id "
    "WHERE c.community_id = $1 AND m.id = $2"};

static const struct db_stmt USED = {"app_password_used",
    "UPDATE app_password p SET last_used_at = now() "
    "FROM unnest($1::uuid[], $2::uuid[]) AS used (community_id, id) "
    "WHERE p.community_id = used.community_id AND p.id = used.id AND "
    "(last_used_at IS NULL OR last_used_at < now() - interval '1 hour')"};

const struct db_stmt *const db_app_password_stmts[] = {
    &HOLD, &INSERT, &LIST, &GET, &REVOKE, &ENTER, &NAMES, &USED, NULL};

enum err_code db_app_password_insert(struct db *db, struct arena *a,
    const struct id *community, const struct id *id, const struct id *member,
    const char *name, const uint8_t hash[DB_APP_PASSWORD_HASH_SIZE],
    struct err *e)
{
	const struct db_rows *r;
	enum err_code rc = db_one(db, a, &HOLD,
	    DB_ARGS(db_id(community), db_id(member)), "member", &r, e);

	if (rc != ERR_OK)
		return rc;
	if (db_get_int(r, 0, 0) >= DB_APP_PASSWORDS_MAX)
		return ERR_SET(e, STATE,
		    "a member has at most %d app passwords: revoke one",
		    DB_APP_PASSWORDS_MAX);
	return db_exec(db, &INSERT,
	    DB_ARGS(db_id(community), db_id(id), db_id(member), db_text(name),
		db_bytes(hash, DB_APP_PASSWORD_HASH_SIZE)),
	    NULL, e);
}

enum err_code db_app_password_list(struct db *db, struct arena *a,
    const struct id *community, const struct id *member,
    const struct db_page *page, struct db_list *ret_list, struct err *e)
{
	return db_list(db, a, &LIST,
	    DB_ARGS(db_id(community), db_id(member), db_text(page->after),
		db_int(page->limit + 1)),
	    page->limit, ret_list, e);
}

enum err_code db_app_password_get(struct db *db, struct arena *a,
    const struct id *community, const struct id *member, const struct id *id,
    struct db_doc *ret_doc, struct err *e)
{
	return db_doc_get(db, a, &GET,
	    DB_ARGS(db_id(community), db_id(member), db_id(id)), "app password",
	    ret_doc, e);
}

enum err_code db_app_password_revoke(struct db *db, const struct id *community,
    const struct id *member, const struct id *id, struct err *e)
{
	int64_t n;
	enum err_code rc = db_exec(db, &REVOKE,
	    DB_ARGS(db_id(community), db_id(member), db_id(id)), &n, e);

	if (rc == ERR_OK && n == 0)
		return ERR_SET(e, NOT_FOUND, "there is no such app password");
	return rc;
}

enum err_code db_app_password_enter(struct db *db, struct arena *a,
    const uint8_t hash[DB_APP_PASSWORD_HASH_SIZE], const char *user,
    struct db_app_password *ret_password, struct err *e)
{
	const struct db_rows *r;
	enum err_code rc = db_rows(db, a, &ENTER,
	    DB_ARGS(db_bytes(hash, DB_APP_PASSWORD_HASH_SIZE), db_text(user)),
	    &r, e);

	if (rc != ERR_OK)
		return rc;
	if (db_count(r) == 0)
		return ERR_SET(e, UNAUTHENTICATED, "no such app password");
	*ret_password = (struct db_app_password){
	    .id = db_get_id(r, 0, 0),
	    .community_id = db_get_id(r, 0, 1),
	    .member_id = db_get_id(r, 0, 2),
	};
	return ERR_OK;
}

enum err_code db_app_password_names(struct db *db, struct arena *a,
    const struct id *community, const struct id *member,
    const char **ret_calendar, const char **ret_person, struct err *e)
{
	const struct db_rows *r;
	enum err_code rc = db_one(db, a, &NAMES,
	    DB_ARGS(db_id(community), db_id(member)), "member", &r, e);

	if (rc == ERR_OK) {
		*ret_calendar = db_get_text(r, 0, 0);
		*ret_person = db_get_text(r, 0, 1);
	}
	return rc;
}

enum err_code db_app_passwords_used(struct db *db, const struct id *community,
    const struct id *id, size_t n, struct err *e)
{
	return db_exec(
	    db, &USED, DB_ARGS(db_ids(community, n), db_ids(id, n)), NULL, e);
}
