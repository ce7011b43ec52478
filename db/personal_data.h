/*
 * Everything that is kept about one person, as they would read it piece by piece.
 */
#ifndef DB_PERSONAL_DATA_H
#define DB_PERSONAL_DATA_H

#include "db/db.h"

enum {
	PERSONAL_DATA_MAX = 10000, /* of one kind, the newest */
};

/* As JSON: the member's own document and a list of documents for each kind of thing.
 * ERR_NOT_FOUND. Call inside a transaction that may see all of it. */
enum err_code db_personal_data(struct db *db, struct arena *a,
    const struct id *community, const struct id *member, const char **ret_json,
    struct err *e) ERR_CHECKED;

extern const struct db_stmt *const db_personal_data_stmts[];

#endif
