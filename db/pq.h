/*
 * Inside of db/: what the connection, statements and transactions share. Nobody
 * outside of db/ includes this (it brings <libpq-fe.h>).
 */
#ifndef DB_PQ_H
#define DB_PQ_H

#include <libpq-fe.h>

#include "db/audit.h"
#include "db/db.h"

enum {
	PQ_MAX_STMTS = 512, /* prepared at once on one connection */
	PQ_MAX_ARGS = 48,
	PQ_MESSAGE_SIZE = 1024,
	PQ_SETTLE_MS = 5000,
	PQ_XID_SIZE = 24,
	PQ_TIMELINE_SIZE = 12,
};

/* In SQL, the timeline that a server writes; "" while it only follows another. */
#define PQ_TIMELINE                                        \
	"CASE WHEN pg_catalog.pg_is_in_recovery() THEN ''" \
	" ELSE substr(pg_catalog.pg_walfile_name("         \
	"pg_catalog.pg_current_wal_lsn()), 1, 8) END"

struct db {
	PGconn *conn;      /* NULL or bad: to be opened again */
	char *conninfo;    /* owned */
	char *application; /* owned */
	char *settings;    /* owned; the `options` of the connection */
	bool allow_unsafe;
	int settle_ms; /* budget of pq_settle */

	/* Statements prepared on this very connection. */
	const struct db_stmt *prepared[PQ_MAX_STMTS];
	size_t n_prepared;
	struct arena *scratch; /* the parameters of one call */

	/* The server's history that this connection writes: another one, after a
	 * standby took over, may give our transaction ids to others. */
	char timeline[PQ_TIMELINE_SIZE];

	bool in_tx;
	bool begun; /* its BEGIN was sent: with its first statement */
	bool
	    closing; /* the COMMIT of a reading transaction has no answer yet */
	enum db_mode mode;
	char xid[PQ_XID_SIZE]; /* of this transaction; "" while not known */
	bool keyed; /* it holds an idempotency key: safe to run again */
	struct db_audit *audit; /* rows that wait for the commit; owned */
	size_t n_audit, cap_audit;
	bool committing; /* a COMMIT is under way, */
	bool warned;     /* and the server warned about it */
	bool
	    worth_again; /* the last failure asks to run the transaction again */
	char message[PQ_MESSAGE_SIZE];
};

struct db_rows {
	PGresult *res; /* cleared by the arena */
	struct arena *a;
};

/* The parameters of one call in the form that libpq takes. */
struct pq_wire {
	const char *value[PQ_MAX_ARGS];
	int length[PQ_MAX_ARGS], format[PQ_MAX_ARGS];
};

/* Value i of w from v; copies live in a. */
enum err_code pq_encode(struct arena *a, const struct db_value *v,
    struct pq_wire *w, size_t i, struct err *e) ERR_CHECKED;

/* A usable connection: opened again when it was lost, unless in a transaction. */
enum err_code pq_ready(struct db *db, struct err *e) ERR_CHECKED;

/* What went wrong with res (may be NULL), named for the client; drops the
 * connection when it cannot be used any more. The one place that reads SQLSTATE. */
enum err_code pq_failed(struct db *db, const PGresult *res, struct err *e);

/* Open the transaction that db_tx_begin promised; a connection that proves dead is
 * opened anew, as nothing happened yet. */
enum err_code pq_begin(struct db *db, struct err *e) ERR_CHECKED;

/* The same together with its first, prepared statement, in one trip: the result of the
 * statement, or of a BEGIN that failed. NULL, and no connection, when it broke. */
PGresult *pq_begin_with(struct db *db, const struct db_stmt *stmt, size_t n,
    const struct pq_wire *w);

void pq_drop(struct db *db); /* close; the next pq_ready opens again */

/* The answer to what was sent with PQsend…; NULL, and no connection, when it broke or
 * when nothing came until deadline_ms (monotonic). */
PGresult *pq_wait(struct db *db, int64_t deadline_ms);

/* The transaction's id, once a statement of it knows: what pq_settle asks for. */
void pq_note_xid(struct db *db, const char *xid);

/* The audit rows of this transaction, the last that it writes. */
enum err_code pq_write_audit(struct db *db, struct err *e) ERR_CHECKED;

/* What became of transaction db->xid, whose COMMIT got no clear answer: ERR_OK,
 * ERR_DB_DOWN (not made; worth_again) or ERR_OUTCOME_UNKNOWN. */
enum err_code pq_settle(struct db *db, struct err *e) ERR_CHECKED;

#endif
