/* Subscribed busy times: see busy_subscription.h. */
#include "db/busy_subscription.h"

static const struct db_stmt GET = {"busy_subscription_get",
    "SELECT etag, doc FROM busy_subscription_doc"
    " WHERE community_id = $1 AND id = $2"};

/* A first address has version 2: before it, the member has 1. */
static const struct db_stmt PUT = {"busy_subscription_put",
    "INSERT INTO busy_subscription AS s"
    " (community_id, member_id, row_version, url, host)"
    " SELECT m.community_id, m.id, 2, $4::text, $5::text FROM member m"
    " WHERE m.community_id = $1 AND m.id = $2 AND m.erased_at IS NULL"
    " AND ($3::bigint IN (0, 1) OR EXISTS (SELECT FROM busy_subscription x"
    "  WHERE x.community_id = m.community_id AND x.member_id = m.id))"
    " FOR KEY SHARE OF m"
    " ON CONFLICT (community_id, member_id) DO UPDATE SET"
    " url = $4, host = $5, due_at = now(),"
    " failures = 0, failure = NULL, last_failure_at = NULL,"
    " last_success_at = NULL, left_out = '[]', entity_tag = NULL,"
    " last_modified = NULL, leased_until = '-infinity', epoch = s.epoch + 1"
    " WHERE $3::bigint = 0 OR s.row_version = $3"};

static const struct db_stmt DROP = {"busy_subscription_drop",
    "UPDATE busy_subscription s SET"
    " url = NULL, host = NULL, failures = 0, failure = NULL,"
    " last_failure_at = NULL, last_success_at = NULL, left_out = '[]',"
    " entity_tag = NULL, last_modified = NULL, epoch = s.epoch + 1"
    " WHERE community_id = $1 AND member_id = $2"
    " AND ($3::bigint = 0 OR row_version = $3)"};

/* A member without a row, at the version that goes with that. */
static const struct db_stmt IS_NONE = {"busy_subscription_is_none",
    "SELECT FROM member m WHERE m.community_id = $1 AND m.id = $2"
    " AND m.erased_at IS NULL AND $3::bigint IN (0, 1) AND NOT EXISTS ("
    " SELECT FROM busy_subscription s"
    " WHERE s.community_id = m.community_id AND s.member_id = m.id)"};

static const struct db_stmt CLAIM = {"busy_claim",
    "WITH one AS (SELECT community_id, member_id FROM busy_subscription"
    " WHERE url IS NOT NULL AND due_at <= now() AND leased_until <= now()"
    " ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED)"
    " UPDATE busy_subscription s SET epoch = s.epoch + 1,"
    " leased_until = now() + make_interval(secs => $1::int)"
    " FROM one JOIN member m"
    " ON m.community_id = one.community_id AND m.id = one.member_id"
    " LEFT JOIN busy_calendar c ON c.community_id = m.community_id"
    " AND c.member_id = m.id AND c.source = 'address'"
    " AND c.read_at >= m.updated_at AND c.read_at > now() - interval '7 days'"
    " WHERE s.community_id = one.community_id"
    " AND s.member_id = one.member_id"
    " RETURNING s.community_id, s.member_id, s.epoch, s.failures, s.url,"
    " m.time_zone, coalesce(m.email, ''),"
    " CASE WHEN c.read_at IS NOT NULL THEN s.entity_tag END,"
    " CASE WHEN c.read_at IS NOT NULL THEN s.last_modified END"};

#define CLAIMED                                        \
	" WHERE community_id = $1 AND member_id = $2 " \
	"AND epoch = $3 AND url IS NOT NULL"

static const struct db_stmt GOOD = {"busy_claim_good",
    "UPDATE busy_subscription SET last_success_at = now(), failures = 0,"
    " failure = NULL, due_at = now() + make_interval(secs => $4::int),"
    " left_out = coalesce($5::jsonb, left_out),"
    " entity_tag = CASE WHEN $5 IS NULL THEN entity_tag ELSE $6 END,"
    " last_modified = CASE WHEN $5 IS NULL THEN last_modified ELSE $7 END,"
    " leased_until = '-infinity'" CLAIMED};
static const struct db_stmt BAD = {"busy_claim_bad",
    "UPDATE busy_subscription SET last_failure_at = now(),"
    " failures = failures + 1, failure = left($5, 200),"
    " due_at = now() + make_interval(secs => $4::int),"
    " leased_until = '-infinity'" CLAIMED};

const struct db_stmt *const db_busy_subscription_stmts[] = {
    &GET, &PUT, &DROP, &IS_NONE, &CLAIM, &GOOD, &BAD, NULL};

enum err_code db_busy_subscription_get(struct db *db, struct arena *a,
    const struct id *community, const struct id *member, struct db_doc *ret_doc,
    struct err *e)
{
	return db_doc_get(db, a, &GET, DB_ARGS(db_id(community), db_id(member)),
	    "member", ret_doc, e);
}

enum err_code db_busy_subscription_put(struct db *db,
    const struct id *community, const struct id *member, int64_t if_match,
    const char *url, const char *host, struct err *e)
{
	const struct db_guard guard = {.get = &GET,
	    .args = DB_ARGS(db_id(community), db_id(member)),
	    .what = "member",
	    .otherwise = ERR_STALE};

	return db_guarded(db, &PUT,
	    DB_ARGS(db_id(community), db_id(member), db_int(if_match),
		db_text(url), db_text(host)),
	    &guard, e);
}

enum err_code db_busy_subscription_drop(struct db *db,
    const struct id *community, const struct id *member, int64_t if_match,
    struct err *e)
{
	const struct db_args args =
	    DB_ARGS(db_id(community), db_id(member), db_int(if_match));
	const struct db_guard guard = {.get = &GET,
	    .args = DB_ARGS(db_id(community), db_id(member)),
	    .what = "member",
	    .otherwise = ERR_STALE};
	int64_t n;
	enum err_code code = db_exec(db, &DROP, args, &n, e);

	return code == ERR_OK && n == 0
		   ? db_guarded(db, &IS_NONE, args, &guard, e)
		   : code;
}

enum err_code db_busy_claim(struct db *db, struct arena *a, int64_t lease_s,
    struct db_busy_claim *ret_claim, bool *ret_found, struct err *e)
{
	const struct db_rows *r;
	enum err_code code =
	    db_rows(db, a, &CLAIM, DB_ARGS(db_int(lease_s)), &r, e);

	if (code != ERR_OK)
		return code;
	*ret_found = db_count(r) > 0;
	if (*ret_found)
		*ret_claim = (struct db_busy_claim){
		    .community_id = db_get_id(r, 0, 0),
		    .member_id = db_get_id(r, 0, 1),
		    .epoch = db_get_int(r, 0, 2),
		    .failures = db_get_int(r, 0, 3),
		    .url = db_get_text(r, 0, 4),
		    .time_zone = db_get_text(r, 0, 5),
		    .email = db_get_text(r, 0, 6),
		    .entity_tag = db_get_text(r, 0, 7),
		    .last_modified = db_get_text(r, 0, 8),
		};
	return ERR_OK;
}

/* A statement about a claim that is still ours. */
static enum err_code settle(struct db *db, const struct db_stmt *stmt,
    struct db_args args, struct err *e)
{
	int64_t n;
	enum err_code code = db_exec(db, stmt, args, &n, e);

	if (code == ERR_OK && n == 0)
		return ERR_SET(e, STALE, "the address is not ours to read now");
	return code;
}

enum err_code db_busy_claim_good(struct db *db, const struct db_busy_claim *c,
    int64_t wait_s, const char *left_out, const char *entity_tag,
    const char *last_modified, struct err *e)
{
	return settle(db, &GOOD,
	    DB_ARGS(db_id(&c->community_id), db_id(&c->member_id),
		db_int(c->epoch), db_int(wait_s), db_text(left_out),
		db_text(entity_tag), db_text(last_modified)),
	    e);
}

enum err_code db_busy_claim_bad(struct db *db, const struct db_busy_claim *c,
    int64_t wait_s, const char *failure, struct err *e)
{
	return settle(db, &BAD,
	    DB_ARGS(db_id(&c->community_id), db_id(&c->member_id),
		db_int(c->epoch), db_int(wait_s), db_text(failure)),
	    e);
}
