/* The audit: one row per change, in the transaction of the change. */
#ifndef DB_AUDIT_H
#define DB_AUDIT_H

#include "db/db.h"

struct db_audit {
	struct id community_id;
	const struct id *actor_id; /* the token; NULL: the service itself */
	const char *actor_role;    /* newcomer … admin, or "service" */
	const char *action;        /* "member.create", "proposal.confirm" … */
	const char *subject_kind;  /* the table */
	struct id subject_id;
	const char *before, *after; /* documents, or NULL */
};

enum err_code db_audit_add(
    struct db *db, const struct db_audit *r, struct err *e) ERR_CHECKED;

struct db_audit_filter { /* NULL: all */
	const struct id *subject_id, *actor_id;
	const char *subject_kind;
};

/* Newest last; the key is the number of the event. */
enum err_code db_audit_list(struct db *db, struct arena *a,
    const struct id *community, const struct db_audit_filter *f,
    const struct db_page *page, struct db_list *ret_list,
    struct err *e) ERR_CHECKED;

extern const struct db_stmt *const db_audit_stmts[];

#endif
