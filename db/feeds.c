/* Feeds: see feeds.h. */
#include "db/feeds.h"

static const struct db_stmt INSERT = {"feed_insert",
    "INSERT INTO feed (community_id, id, member_id, secret_hash, cohort_id, "
    "program_id, by_staff, expires_at) "
    "SELECT m.community_id, $2::uuid, m.id, $4::bytea, $5::uuid, $6::uuid, "
    "$7::boolean, coalesce($8::timestamptz, CASE WHEN $7::boolean "
    "THEN now() + make_interval(days => $9::int) END) FROM member m "
    "WHERE m.community_id = $1 AND m.id = $3 AND m.erased_at IS NULL "
    "FOR KEY SHARE"};

static const struct db_stmt GUIDE = {"feed_guide",
    "SELECT guide_id FROM cohort WHERE community_id = $1 AND id = $2 "
    "AND state <> 'proposed'"};

static const struct db_stmt LIST = {"feed_list",
    "SELECT id, doc FROM feed_doc WHERE community_id = $1 AND member_id = $2 "
    "AND ($3::uuid IS NULL OR id > $3) ORDER BY id LIMIT $4"};

static const struct db_stmt GET = {"feed_get",
    "SELECT etag, doc FROM feed_doc "
    "WHERE community_id = $1 AND member_id = $2 AND id = $3"};

static const struct db_stmt ROTATE = {"feed_rotate",
    "UPDATE feed SET secret_hash = $4 WHERE community_id = $1 "
    "AND member_id = $2 AND id = $3 AND revoked_at IS NULL"};

static const struct db_stmt REVOKE = {"feed_revoke",
    "UPDATE feed SET revoked_at = now() WHERE community_id = $1 "
    "AND member_id = $2 AND id = $3 AND revoked_at IS NULL"};

static const struct db_stmt FIND = {"feed_find",
    "SELECT id, community_id, member_id, name, languages FROM enter_feed($1)"};

static const struct db_stmt USED = {"feed_used",
    "UPDATE feed f SET last_used_at = now() "
    "FROM unnest($1::uuid[], $2::uuid[]) AS used (community_id, id) "
    "WHERE f.community_id = used.community_id AND f.id = used.id AND "
    "(last_used_at IS NULL OR last_used_at < now() - interval '1 hour')"};

const struct db_stmt *const db_feed_stmts[] = {
    &INSERT, &GUIDE, &LIST, &GET, &ROTATE, &REVOKE, &FIND, &USED, NULL};

/* One row was meant. */
static enum err_code exec_one(struct db *db, const struct db_stmt *stmt,
    struct db_args args, const char *what, struct err *e)
{
	int64_t n;
	enum err_code rc = db_exec(db, stmt, args, &n, e);

	if (rc == ERR_OK && n == 0)
		return ERR_SET(e, NOT_FOUND, "there is no such %s", what);
	return rc;
}

enum err_code db_feed_insert(struct db *db, const struct id *community,
    const struct db_new_feed *feed, struct err *e)
{
	return exec_one(db, &INSERT,
	    DB_ARGS(db_id(community), db_id(&feed->id), db_id(&feed->member_id),
		db_bytes(feed->hash, DB_FEED_HASH_SIZE), db_id(feed->cohort_id),
		db_id(feed->program_id), db_bool(feed->by_staff),
		db_instant_or_null(feed->expires_at), db_int(DB_FEED_DAYS)),
	    "member", e);
}

enum err_code db_feed_guide(struct db *db, struct arena *a,
    const struct id *community, const struct id *cohort, struct id *ret_guide,
    struct err *e)
{
	const struct db_rows *r;
	enum err_code rc = db_one(db, a, &GUIDE,
	    DB_ARGS(db_id(community), db_id(cohort)), "cohort", &r, e);

	if (rc == ERR_OK)
		*ret_guide = db_get_id(r, 0, 0);
	return rc;
}

enum err_code db_feed_list(struct db *db, struct arena *a,
    const struct id *community, const struct id *member,
    const struct db_page *page, struct db_list *ret_list, struct err *e)
{
	return db_list(db, a, &LIST,
	    DB_ARGS(db_id(community), db_id(member), db_text(page->after),
		db_int(page->limit + 1)),
	    page->limit, ret_list, e);
}

enum err_code db_feed_get(struct db *db, struct arena *a,
    const struct id *community, const struct id *member, const struct id *id,
    struct db_doc *ret_doc, struct err *e)
{
	return db_doc_get(db, a, &GET,
	    DB_ARGS(db_id(community), db_id(member), db_id(id)), "feed",
	    ret_doc, e);
}

enum err_code db_feed_rotate(struct db *db, const struct id *community,
    const struct id *member, const struct id *id,
    const uint8_t hash[DB_FEED_HASH_SIZE], struct err *e)
{
	return exec_one(db, &ROTATE,
	    DB_ARGS(db_id(community), db_id(member), db_id(id),
		db_bytes(hash, DB_FEED_HASH_SIZE)),
	    "feed", e);
}

enum err_code db_feed_revoke(struct db *db, const struct id *community,
    const struct id *member, const struct id *id, struct err *e)
{
	return exec_one(db, &REVOKE,
	    DB_ARGS(db_id(community), db_id(member), db_id(id)), "feed", e);
}

enum err_code db_feed_find(struct db *db, struct arena *a,
    const uint8_t hash[DB_FEED_HASH_SIZE], struct db_feed *ret_feed,
    struct err *e)
{
	const struct db_rows *r;
	enum err_code rc = db_one(db, a, &FIND,
	    DB_ARGS(db_bytes(hash, DB_FEED_HASH_SIZE)), "feed", &r, e);

	if (rc != ERR_OK)
		return rc;
	*ret_feed = (struct db_feed){
	    .id = db_get_id(r, 0, 0),
	    .community_id = db_get_id(r, 0, 1),
	    .member_id = db_get_id(r, 0, 2),
	    .name = db_get_text(r, 0, 3),
	    .languages = db_get_text(r, 0, 4),
	};
	return ERR_OK;
}

enum err_code db_feeds_used(struct db *db, const struct id *community,
    const struct id *id, size_t n, struct err *e)
{
	return db_exec(
	    db, &USED, DB_ARGS(db_ids(community, n), db_ids(id, n)), NULL, e);
}
