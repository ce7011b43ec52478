/*
 * The outbox: what is still to be sent (rows are made with the invitations, events.h),
 * and whether this database may send. Only `outbox_due` of 0009_ledger.sql is sent.
 */
#ifndef DB_OUTBOX_H
#define DB_OUTBOX_H

#include "db/db.h"

struct db_outbox {
	const char
	    *mode; /* normal, paused, quarantine (a copy of a database) */
	int64_t pending, sending, sent, superseded, withheld, dead;
	int64_t due;      /* of the pending: may be sent now */
	int64_t oldest_s; /* how long the oldest pending one waits; 0: none */
};

enum err_code db_outbox_look(struct db *db, struct arena *a,
    struct db_outbox *ret_outbox, struct err *e) ERR_CHECKED;

/* "normal" or "paused", for this very database from now on. */
enum err_code db_outbox_set_mode(
    struct db *db, const char *mode, struct err *e) ERR_CHECKED;

/* The same as the worker, but for a copy, which stays silent: the mode that holds now. */
enum err_code db_outbox_switch(struct db *db, struct arena *a,
    const char *wanted, const char **ret_mode, struct err *e) ERR_CHECKED;

extern const struct db_stmt *const db_outbox_stmts[];

#endif
