/* The outbox: see outbox.h. */
#include "db/outbox.h"

static const struct db_stmt LOOK = {"outbox_look",
    "SELECT (SELECT mode FROM system_mode),"
    " count(*) FILTER (WHERE state = 'pending'),"
    " count(*) FILTER (WHERE state = 'sending'),"
    " count(*) FILTER (WHERE state = 'sent'),"
    " count(*) FILTER (WHERE state = 'superseded'),"
    " count(*) FILTER (WHERE state = 'withheld'),"
    " count(*) FILTER (WHERE state = 'dead'),"
    " (SELECT count(*) FROM outbox_due),"
    " coalesce(extract(epoch FROM now() - min(created_at)"
    "  FILTER (WHERE state = 'pending'))::bigint, 0) FROM outbox_message"};
static const struct db_stmt SET_MODE = {"outbox_set_mode",
    "INSERT INTO system_state (mode, home) VALUES ($1, this_database())"
    " ON CONFLICT (only_row) DO UPDATE SET mode = excluded.mode,"
    " home = excluded.home, since = excluded.since"};

static const struct db_stmt SWITCH = {
    "outbox_switch", "SELECT switch_outbox($1)"};

const struct db_stmt *const db_outbox_stmts[] = {
    &LOOK, &SET_MODE, &SWITCH, NULL};

enum err_code db_outbox_look(
    struct db *db, struct arena *a, struct db_outbox *ret_outbox, struct err *e)
{
	const struct db_rows *r;
	enum err_code code = db_one(db, a, &LOOK, DB_NO_ARGS, "outbox", &r, e);

	if (code == ERR_OK)
		*ret_outbox = (struct db_outbox){
		    .mode = db_get_text(r, 0, 0),
		    .pending = db_get_int(r, 0, 1),
		    .sending = db_get_int(r, 0, 2),
		    .sent = db_get_int(r, 0, 3),
		    .superseded = db_get_int(r, 0, 4),
		    .withheld = db_get_int(r, 0, 5),
		    .dead = db_get_int(r, 0, 6),
		    .due = db_get_int(r, 0, 7),
		    .oldest_s = db_get_int(r, 0, 8),
		};
	return code;
}

enum err_code db_outbox_set_mode(struct db *db, const char *mode, struct err *e)
{
	return db_exec(db, &SET_MODE, DB_ARGS(db_text(mode)), NULL, e);
}

enum err_code db_outbox_switch(struct db *db, struct arena *a,
    const char *wanted, const char **ret_mode, struct err *e)
{
	const struct db_rows *r;
	enum err_code code =
	    db_one(db, a, &SWITCH, DB_ARGS(db_text(wanted)), "outbox", &r, e);

	if (code == ERR_OK)
		*ret_mode = db_get_text(r, 0, 0);
	return code;
}
