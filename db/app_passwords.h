/* App passwords: what calendar apps log in with, kept as SHA-256. Errors as in db.h. */
#ifndef DB_APP_PASSWORDS_H
#define DB_APP_PASSWORDS_H

#include "db/db.h"

enum {
	DB_APP_PASSWORD_HASH_SIZE = 32,
	DB_APP_PASSWORDS_MAX = 20, /* live ones of a member */
};

/* ERR_STATE when the member has DB_APP_PASSWORDS_MAX, ERR_NOT_FOUND without the member,
 * whose row is locked. */
enum err_code db_app_password_insert(struct db *db, struct arena *a,
    const struct id *community, const struct id *id, const struct id *member,
    const char *name, const uint8_t hash[DB_APP_PASSWORD_HASH_SIZE],
    struct err *e) ERR_CHECKED;

enum err_code db_app_password_list(struct db *db, struct arena *a,
    const struct id *community, const struct id *member,
    const struct db_page *page, struct db_list *ret_list,
    struct err *e) ERR_CHECKED;
enum err_code db_app_password_get(struct db *db, struct arena *a,
    const struct id *community, const struct id *member, const struct id *id,
    struct db_doc *ret_doc, struct err *e) ERR_CHECKED;

/* ERR_NOT_FOUND when the member has no such live password. */
enum err_code db_app_password_revoke(struct db *db, const struct id *community,
    const struct id *member, const struct id *id, struct err *e) ERR_CHECKED;

struct db_app_password {
	struct id id, community_id, member_id;
};

/* The live one with this hash, when it is that user's; the transaction reads as its
 * member from here on. ERR_UNAUTHENTICATED. */
enum err_code db_app_password_enter(struct db *db, struct arena *a,
    const uint8_t hash[DB_APP_PASSWORD_HASH_SIZE], const char *user,
    struct db_app_password *ret_password, struct err *e) ERR_CHECKED;

/* What a member's calendar is called, and they themselves. ERR_NOT_FOUND. */
enum err_code db_app_password_names(struct db *db, struct arena *a,
    const struct id *community, const struct id *member,
    const char **ret_calendar, const char **ret_person,
    struct err *e) ERR_CHECKED;

/* Note the use of n of them, at most once an hour each; as the worker. */
enum err_code db_app_passwords_used(struct db *db, const struct id *community,
    const struct id *id, size_t n, struct err *e) ERR_CHECKED;

extern const struct db_stmt *const db_app_password_stmts[];

#endif
