/* Identities: see identities.h. */
#include "db/identities.h"

static const struct db_stmt CREATE = {"identity_create",
    "INSERT INTO identity (community_id, id, issuer, subject, member_id, role)"
    " VALUES ($1, $2, $3, $4, $5, $6)"};
static const struct db_stmt GET = {"identity_get",
    "SELECT etag, doc FROM identity_doc WHERE community_id = $1 AND id = $2"};
static const struct db_stmt LIST = {"identity_list",
    "SELECT id, doc FROM identity_doc WHERE community_id = $1"
    " AND ($2::uuid IS NULL OR member_id = $2)"
    " AND ($3::uuid IS NULL OR id > $3) ORDER BY id LIMIT $4::bigint + 1"};
static const struct db_stmt DELETE = {"identity_delete",
    "DELETE FROM identity WHERE community_id = $1 AND id = $2"};

static const struct db_stmt OWN = {
    "identity_own", "SELECT etag, doc FROM own_identity($1)"};
static const struct db_stmt USED = {"identity_used",
    "UPDATE identity i SET last_used_at = now()"
    " FROM unnest($1::uuid[], $2::uuid[]) AS used (community_id, id)"
    " WHERE i.community_id = used.community_id AND i.id = used.id"
    " AND (last_used_at IS NULL"
    " OR last_used_at < now() - interval '1 minute')"};

const struct db_stmt *const db_identity_stmts[] = {
    &CREATE, &GET, &LIST, &DELETE, &OWN, &USED, NULL};

enum err_code db_identity_create(
    struct db *db, const struct db_identity *i, struct err *e)
{
	return db_exec(db, &CREATE,
	    DB_ARGS(db_id(&i->community_id), db_id(&i->id), db_text(i->issuer),
		db_text(i->subject), db_id(i->member_id), db_text(i->role)),
	    NULL, e);
}

enum err_code db_identity_get(struct db *db, struct arena *a,
    const struct id *community, const struct id *id, struct db_doc *ret_doc,
    struct err *e)
{
	return db_doc_get(db, a, &GET, DB_ARGS(db_id(community), db_id(id)),
	    "identity", ret_doc, e);
}

enum err_code db_identity_list(struct db *db, struct arena *a,
    const struct id *community, const struct id *member,
    const struct db_page *page, struct db_list *ret_list, struct err *e)
{
	return db_list(db, a, &LIST,
	    DB_ARGS(db_id(community), db_id(member), db_text(page->after),
		db_int(page->limit)),
	    page->limit, ret_list, e);
}

enum err_code db_identity_own(struct db *db, struct arena *a,
    int64_t expires_at, struct db_doc *ret_doc, struct err *e)
{
	return db_doc_get(db, a, &OWN, DB_ARGS(db_instant(expires_at)),
	    "identity", ret_doc, e);
}

enum err_code db_identities_used(struct db *db, const struct id *community,
    const struct id *id, size_t n, struct err *e)
{
	return db_exec(
	    db, &USED, DB_ARGS(db_ids(community, n), db_ids(id, n)), NULL, e);
}

enum err_code db_identity_delete(struct db *db, const struct id *community,
    const struct id *id, struct err *e)
{
	int64_t n = 0;
	enum err_code code =
	    db_exec(db, &DELETE, DB_ARGS(db_id(community), db_id(id)), &n, e);

	if (code == ERR_OK && n == 0)
		return ERR_SET(e, NOT_FOUND, "there is no such identity");
	return code;
}
