/*
 * The audit: see audit.h. The rows of a transaction wait here until its commit, so that
 * the head of the chain is locked last and shortly; one statement locks it, links the
 * row and moves it on. The table itself refuses changes of its rows.
 */
#include "db/audit.h"

#include "db/pq.h"

enum {
	MAX_WAITING = 65536, /* rows of one transaction */
	SCRATCH_CAP = 4096,
};

/* Where the head is moved on by somebody else while we wait for it, PostgreSQL computes
 * the hash once more, from the head as it then is. */
static const struct db_stmt ADD = {"audit_add",
    "WITH said AS MATERIALIZED (SELECT date_trunc('second', now()) AS at,"
    "  CASE WHEN $9 THEN audit_trace($7::jsonb, NULL) ELSE $7::jsonb END"
    "   AS before,"
    "  CASE WHEN $9 THEN audit_trace($8::jsonb, $7::jsonb) ELSE $8::jsonb END"
    "   AS after),"
    " link AS (UPDATE audit_head h SET seq = h.seq + 1, hash ="
    "  audit_hash(h.hash, h.community_id, h.seq + 1, said.at, $2::uuid,"
    "   $3::text, $4::text, $5::text, $6::uuid, said.before, said.after)"
    "  FROM said WHERE h.community_id = $1"
    "  RETURNING h.seq, h.hash, said.at, said.before, said.after)"
    " INSERT INTO audit_event (community_id, seq, at, actor_id, actor_role,"
    "  action, subject_kind, subject_id, before, after, hash)"
    " SELECT $1, seq, at, $2, $3, $4, $5, $6, before, after, hash FROM link"
    " RETURNING pg_current_xact_id()"};
static const struct db_stmt LIST = {"audit_list",
    "SELECT seq, doc FROM audit_event_doc WHERE community_id = $1"
    " AND ($2::uuid IS NULL OR subject_id = $2)"
    " AND ($3::uuid IS NULL OR actor_id = $3)"
    " AND ($4::text IS NULL OR subject_kind = $4)"
    " AND seq > coalesce($5::bigint, 0) ORDER BY seq LIMIT $6::bigint + 1"};
static const struct db_stmt HEAD = {"audit_head",
    "SELECT etag, doc FROM audit_head_doc WHERE community_id = $1"};
/* The form that a hash covers, spelled out: see audit_hash in 0009_ledger.sql. */
static const struct db_stmt LINKS = {"audit_links",
    "SELECT seq, encode(hash, 'hex'), jsonb_build_array(community_id, seq,"
    "  to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'),"
    "  actor_id, actor_role, action, subject_kind, subject_id, before,"
    "  after)::text"
    " FROM audit_event WHERE community_id = $1 AND seq > $2"
    " ORDER BY seq LIMIT 1000"};
static const struct db_stmt HEADS = {"audit_heads",
    "SELECT c.community_id, c.slug, coalesce(h.seq, 0),"
    " coalesce(encode(h.hash, 'hex'), '') FROM community c"
    " LEFT JOIN audit_head h USING (community_id) ORDER BY c.slug"};

const struct db_stmt *const db_audit_stmts[] = {
    &ADD, &LIST, &HEAD, &LINKS, &HEADS, NULL};

static enum err_code add(struct db *db, const struct db_audit *r, struct err *e)
{
	const struct db_rows *row;
	struct arena *a = arena_new(SCRATCH_CAP);
	enum err_code code;

	if (a == NULL)
		return ERR_SET(e, NOMEM, "no memory for the audit");
	code = db_rows(db, a, &ADD,
	    DB_ARGS(db_id(&r->community_id), db_id(r->actor_id),
		db_text(r->actor_role), db_text(r->action),
		db_text(r->subject_kind), db_id(&r->subject_id),
		db_text(r->before), db_text(r->after), db_bool(r->documents)),
	    &row, e);
	if (code == ERR_OK && db_count(row) != 1)
		code = ERR_SET(e, BUG, "the community has no audit");
	if (code == ERR_OK)
		pq_note_xid(db, db_get_text(row, 0, 0));
	arena_free(a);
	return code;
}

enum err_code db_audit_add(
    struct db *db, const struct db_audit *r, struct err *e)
{
	if (!db->in_tx)
		return add(db, r, e);
	if (db->n_audit == db->cap_audit) {
		size_t cap = db->cap_audit > 0 ? 2 * db->cap_audit : 8;
		struct db_audit *more =
		    cap > MAX_WAITING ? NULL
				      : realloc(db->audit, cap * sizeof(*more));

		if (more == NULL)
			return ERR_SET(e, NOMEM, "no memory for the audit");
		db->audit = more;
		db->cap_audit = cap;
	}
	db->audit[db->n_audit++] = *r;
	return ERR_OK;
}

enum err_code pq_write_audit(struct db *db, struct err *e)
{
	enum err_code code = ERR_OK;

	for (size_t i = 0; code == ERR_OK && i < db->n_audit; i++)
		code = add(db, &db->audit[i], e);
	db->n_audit = 0;
	return code;
}

enum err_code db_audit_list(struct db *db, struct arena *a,
    const struct id *community, const struct db_audit_filter *f,
    const struct db_page *page, struct db_list *ret_list, struct err *e)
{
	return db_list(db, a, &LIST,
	    DB_ARGS(db_id(community), db_id(f->subject_id), db_id(f->actor_id),
		db_text(f->subject_kind), db_text(page->after),
		db_int(page->limit)),
	    page->limit, ret_list, e);
}

enum err_code db_audit_head(struct db *db, struct arena *a,
    const struct id *community, struct db_doc *ret_doc, struct err *e)
{
	return db_doc_get(
	    db, a, &HEAD, DB_ARGS(db_id(community)), "audit", ret_doc, e);
}

enum err_code db_audit_heads(struct db *db, struct arena *a,
    struct db_audit_head **ret_head, size_t *ret_n, struct err *e)
{
	const struct db_rows *r;
	struct db_audit_head *head;
	enum err_code code = db_rows(db, a, &HEADS, DB_NO_ARGS, &r, e);

	if (code != ERR_OK)
		return code;
	head = ARENA_ARRAY(a, db_count(r), struct db_audit_head);
	if (head == NULL)
		return ERR_SET(e, NOMEM, "too many communities");
	for (size_t i = 0; i < db_count(r); i++)
		head[i] = (struct db_audit_head){
		    .community_id = db_get_id(r, i, 0),
		    .slug = db_get_text(r, i, 1),
		    .seq = db_get_int(r, i, 2),
		    .hash = db_get_text(r, i, 3),
		};
	*ret_head = head;
	*ret_n = db_count(r);
	return ERR_OK;
}

enum err_code db_audit_links(struct db *db, struct arena *a,
    const struct id *community, int64_t after, struct db_audit_link **ret_link,
    size_t *ret_n, struct err *e)
{
	const struct db_rows *r;
	struct db_audit_link *link;
	enum err_code code = db_rows(
	    db, a, &LINKS, DB_ARGS(db_id(community), db_int(after)), &r, e);

	if (code != ERR_OK)
		return code;
	link = ARENA_ARRAY(a, db_count(r), struct db_audit_link);
	if (link == NULL)
		return ERR_SET(e, NOMEM, "no memory for the audit");
	for (size_t i = 0; i < db_count(r); i++)
		link[i] = (struct db_audit_link){
		    .seq = db_get_int(r, i, 0),
		    .hash = db_get_text(r, i, 1),
		    .says = db_get_text(r, i, 2),
		};
	*ret_link = link;
	*ret_n = db_count(r);
	return ERR_OK;
}
