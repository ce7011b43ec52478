/* Access tokens, kept as SHA-256 of their secret. Call inside a transaction. */
#ifndef DB_TOKENS_H
#define DB_TOKENS_H

#include "db/db.h"

enum {
	DB_SECRET_HASH_SIZE = 32,
	DB_TOKEN_DAYS = 90,      /* to live, unless said otherwise */
	DB_TOKEN_DAYS_MAX = 365, /* judged by whoever makes one */
};

struct db_token {
	struct id id, community_id, member_id;
	bool has_member;
	const char *role;   /* newcomer, mentor, coordinator, admin, service */
	const char *scopes; /* separated by spaces; NULL: all of the role */
};

/* A token that is neither revoked nor expired, nor of an erased member; the
 * transaction acts for its principal from here on.
 * ERR_UNAUTHENTICATED else, whatever the cause. */
enum err_code db_token_find(struct db *db, struct arena *a,
    const uint8_t hash[DB_SECRET_HASH_SIZE], struct db_token *ret_token,
    struct err *e) ERR_CHECKED;
/* The same of somebody whom an identity provider vouches for: the id is that of their
 * identity. */
enum err_code db_token_of_person(struct db *db, struct arena *a,
    const char *community_slug, const char *issuer, const char *subject,
    struct db_token *ret_token, struct err *e) ERR_CHECKED;
/* Note the use of n tokens, at most once a minute each; as the worker. */
enum err_code db_tokens_used(struct db *db, const struct id *community,
    const struct id *id, size_t n, struct err *e) ERR_CHECKED;

/* expires_at NULL: DB_TOKEN_DAYS from now. */
enum err_code db_token_create(struct db *db, const struct db_token *token,
    const char *name, const uint8_t hash[DB_SECRET_HASH_SIZE],
    const int64_t *expires_at, struct err *e) ERR_CHECKED;
enum err_code db_token_get(struct db *db, struct arena *a,
    const struct id *community, const struct id *id, struct db_doc *ret_doc,
    struct err *e) ERR_CHECKED;
/* member NULL: all. */
enum err_code db_token_list(struct db *db, struct arena *a,
    const struct id *community, const struct id *member,
    const struct db_page *page, struct db_list *ret_list,
    struct err *e) ERR_CHECKED;
/* Another secret; the last one stays good for so long, and the token lives as long
 * again as at first. ERR_STATE when it is revoked or has expired. */
enum err_code db_token_rotate(struct db *db, const struct id *community,
    const struct id *id, const uint8_t hash[DB_SECRET_HASH_SIZE],
    int overlap_minutes, struct err *e) ERR_CHECKED;
/* Revoking twice is fine. */
enum err_code db_token_revoke(struct db *db, const struct id *community,
    const struct id *id, struct err *e) ERR_CHECKED;

extern const struct db_stmt *const db_token_stmts[];

#endif
