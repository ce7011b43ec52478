/* Who somebody of an identity provider is in a community. Call inside a transaction;
 * looking one up to let them in is in tokens.h. */
#ifndef DB_IDENTITIES_H
#define DB_IDENTITIES_H

#include "db/db.h"

struct db_identity {
	struct id id, community_id;
	const char *issuer, *subject;
	const struct id *member_id; /* NULL: of no member */
	const char *role;           /* newcomer, mentor, coordinator, admin */
};

/* ERR_CONFLICT when the subject is linked already. */
enum err_code db_identity_create(
    struct db *db, const struct db_identity *i, struct err *e) ERR_CHECKED;
enum err_code db_identity_get(struct db *db, struct arena *a,
    const struct id *community, const struct id *id, struct db_doc *ret_doc,
    struct err *e) ERR_CHECKED;
/* member NULL: all. */
enum err_code db_identity_list(struct db *db, struct arena *a,
    const struct id *community, const struct id *member,
    const struct db_page *page, struct db_list *ret_list,
    struct err *e) ERR_CHECKED;
/* What the acting person is told about themselves: members as of a token's document,
 * and `provider`. expires_at: the end of what they came with. */
enum err_code db_identity_own(struct db *db, struct arena *a,
    int64_t expires_at, struct db_doc *ret_doc, struct err *e) ERR_CHECKED;
/* Note the use of n identities, at most once a minute each; as the worker. */
enum err_code db_identities_used(struct db *db, const struct id *community,
    const struct id *id, size_t n, struct err *e) ERR_CHECKED;
enum err_code db_identity_delete(struct db *db, const struct id *community,
    const struct id *id, struct err *e) ERR_CHECKED;

extern const struct db_stmt *const db_identity_stmts[];

#endif
