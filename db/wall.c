/* Acting for the system: see wall.h. */
#include "db/wall.h"

static const struct db_stmt ACT_ON = {"act_on", "SELECT act_on($1, $2)"};

const struct db_stmt *const db_wall_stmts[] = {&ACT_ON, NULL};

enum err_code db_act_on(
    struct db *db, const char *kind, const struct id *subject, struct err *e)
{
	return db_exec(
	    db, &ACT_ON, DB_ARGS(db_text(kind), db_id(subject)), NULL, e);
}
