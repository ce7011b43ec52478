/*
 * The audit: one row per change, in the transaction of the change.
 *
 * The rows of a community are a chain: numbered without gaps, each with the SHA-256 of
 * the hash before it and of what it says (0009_ledger.sql). Whoever keeps a head can
 * show later whether anything up to it was changed.
 */
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
	const char *before, *after; /* JSON, or NULL */
	bool documents; /* they may hold personal values: keep a digest and the
	                   names of the fields that changed */
};

/* In a transaction the row is written as its commit begins: what r points at lives
 * until then. */
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

/* The last link as a document: {"community_id", "seq", "hash"}. */
enum err_code db_audit_head(struct db *db, struct arena *a,
    const struct id *community, struct db_doc *ret_doc,
    struct err *e) ERR_CHECKED;

/* ---- for whoever checks the chain ---- */

struct db_audit_head {
	struct id community_id;
	const char *slug;
	int64_t seq;
	const char *hash; /* hexadecimal; "" when the head is missing */
};

/* Of all communities, by slug. */
enum err_code db_audit_heads(struct db *db, struct arena *a,
    struct db_audit_head **ret_head, size_t *ret_n, struct err *e) ERR_CHECKED;

struct db_audit_link {
	int64_t seq;
	const char *hash, *says; /* what is stored, and what it has to cover */
};

/* The next ones after a number, at most 1000; none: that was all. */
enum err_code db_audit_links(struct db *db, struct arena *a,
    const struct id *community, int64_t after, struct db_audit_link **ret_link,
    size_t *ret_n, struct err *e) ERR_CHECKED;

extern const struct db_stmt *const db_audit_stmts[];

#endif
