/* Communities: the tenants. Made by an operator, not over the API. */
#ifndef DB_COMMUNITIES_H
#define DB_COMMUNITIES_H

#include "db/db.h"

struct db_community {
	struct id id;
	const char *name, *slug, *calendar_domain;
};

enum err_code db_community_create(
    struct db *db, const struct db_community *c, struct err *e) ERR_CHECKED;
enum err_code db_community_get(struct db *db, struct arena *a,
    const struct id *id, struct db_community *ret_community,
    struct err *e) ERR_CHECKED;
/* By slug; ERR_NOT_FOUND. */
enum err_code db_community_find(struct db *db, struct arena *a,
    const char *slug, struct db_community *ret_community,
    struct err *e) ERR_CHECKED;

extern const struct db_stmt *const db_community_stmts[];

#endif
