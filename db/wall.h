/*
 * The second wall: row-level security. Who a transaction acts for is set where the
 * secret is looked up (db_token_find, db_feed_find); here is the one way to act for
 * more than that.
 */
#ifndef DB_WALL_H
#define DB_WALL_H

#include "db/db.h"

/* For db_options.role: they own nothing and see what policies let them see. */
#define DB_ROLE_API    "cairn_api"
#define DB_ROLE_WORKER "cairn_worker"

/*
 * From here to the end of the transaction act for the system, because the principal
 * takes a step on `subject` that they may take ("member": on their own behalf). Kinds
 * are those of act_on in the migrations. ERR_FORBIDDEN when the database does not
 * agree. Staff need it not, and lose nothing by it.
 */
enum err_code db_act_on(struct db *db, const char *kind,
    const struct id *subject, struct err *e) ERR_CHECKED;

extern const struct db_stmt *const db_wall_stmts[];

#endif
