/* The audit: see audit.h. The table itself refuses changes of its rows. */
#include "db/audit.h"

static const struct db_stmt ADD = {"audit_add",
    "INSERT INTO audit_event (community_id, actor_id, actor_role, action,"
    " subject_kind, subject_id, before, after)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7::jsonb, $8::jsonb)"};
static const struct db_stmt LIST = {"audit_list",
    "SELECT seq, doc FROM audit_event_doc WHERE community_id = $1"
    " AND ($2::uuid IS NULL OR subject_id = $2)"
    " AND ($3::uuid IS NULL OR actor_id = $3)"
    " AND ($4::text IS NULL OR subject_kind = $4)"
    " AND seq > coalesce($5::bigint, 0) ORDER BY seq LIMIT $6::bigint + 1"};

const struct db_stmt *const db_audit_stmts[] = {&ADD, &LIST, NULL};

enum err_code db_audit_add(
    struct db *db, const struct db_audit *r, struct err *e)
{
	return db_exec(db, &ADD,
	    DB_ARGS(db_id(&r->community_id), db_id(r->actor_id),
		db_text(r->actor_role), db_text(r->action),
		db_text(r->subject_kind), db_id(&r->subject_id),
		db_text(r->before), db_text(r->after)),
	    NULL, e);
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
