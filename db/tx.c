/*
 * Transactions. Invariants: COMMIT counts as done only when its tag says COMMIT and
 * no warning came with it; a write whose commit got no such answer is settled by
 * asking the server (outcome.c), and runs again only when it was surely not made;
 * nothing is ever cancelled.
 */
#include <stdio.h>

#include "base/instant.h"
#include "base/metric.h"
#include "db/pq.h"

enum {
	MAX_TRIES = 6, /* the first and five more */
	XID_CAP = 4096,
	COMMIT_MS = 5000, /* how long the answer to a COMMIT is waited for */
};

static const struct db_stmt XID = {
    "tx_xid", "SELECT coalesce(pg_current_xact_id_if_assigned()::text, '')"};

static const struct db_stmt NOW = {
    "tx_now", "SELECT date_trunc('second', now())"};

const struct db_stmt *const db_tx_stmts[] = {&XID, &NOW, NULL};

/* The three statements of this file are literals; their answer has no rows. */
static enum err_code finish(struct db *db, PGresult *res, struct err *e)
{
	enum err_code code = ERR_OK;

	if (PQresultStatus(res) != PGRES_COMMAND_OK)
		code = pq_failed(db, res, e);
	PQclear(res);
	return code;
}

static const char *const BEGIN[] = {
    [DB_READ] = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY",
    [DB_WRITE] = "BEGIN ISOLATION LEVEL READ COMMITTED",
};

static enum err_code begin(struct db *db, struct err *e)
{
	enum err_code code = pq_ready(db, e);

	if (code != ERR_OK)
		return code;
	return finish(db,
	    PQexecParams(
		db->conn, BEGIN[db->mode], 0, NULL, NULL, NULL, NULL, 0),
	    e);
}

enum err_code pq_begin(struct db *db, struct err *e)
{
	enum err_code code = begin(db, e);

	if (code == ERR_DB_DOWN && db->conn == NULL) {
		err_clear(e);
		code = begin(db, e);
	}
	db->begun = code == ERR_OK;
	return code;
}

PGresult *pq_begin_with(struct db *db, const struct db_stmt *stmt, size_t n,
    const struct pq_wire *w)
{
	PGconn *c = db->conn;
	PGresult *begun = NULL, *res = NULL;
	bool sent = PQenterPipelineMode(c) == 1 &&
		    PQsendQueryParams(c, BEGIN[db->mode], 0, NULL, NULL, NULL,
			NULL, 0) == 1 &&
		    PQsendQueryPrepared(c, stmt->name, (int)n, w->value,
			w->length, w->format, 0) == 1 &&
		    PQpipelineSync(c) == 1;

	if (sent) {
		begun = PQgetResult(c);
		PQclear(PQgetResult(c)); /* the end of BEGIN's results */
		res = PQgetResult(c);
		PQclear(PQgetResult(c));
		PQclear(PQgetResult(c)); /* of the sync */
	}
	if (PQstatus(c) != CONNECTION_OK || PQexitPipelineMode(c) != 1) {
		PQclear(begun);
		PQclear(res);
		pq_drop(db);
		return NULL;
	}
	db->begun = PQresultStatus(begun) == PGRES_COMMAND_OK;
	PQclear(db->begun ? begun : res);
	return db->begun ? res : begun;
}

enum err_code db_tx_begin(struct db *db, enum db_mode mode, struct err *e)
{
	if (db->in_tx)
		return ERR_SET(e, BUG, "transactions do not nest");
	db->worth_again = false;
	db->in_tx = true;
	db->begun = false;
	db->mode = mode;
	db->xid[0] = '\0';
	db->keyed = false;
	db->n_audit = 0;
	return ERR_OK;
}

void pq_note_xid(struct db *db, const char *xid)
{
	snprintf(db->xid, sizeof(db->xid), "%s", xid);
}

/* Statements that must know it anyway have noted the id; else one more trip. */
static enum err_code know_xid(struct db *db, struct err *e)
{
	const struct db_rows *row;
	struct arena *a;
	enum err_code code;

	if (db->xid[0] != '\0')
		return ERR_OK;
	a = arena_new(XID_CAP);
	if (a == NULL)
		return ERR_SET(e, NOMEM, "no memory for a commit");
	code = db_one(db, a, &XID, DB_NO_ARGS, "transaction", &row, e);
	if (code == ERR_OK)
		pq_note_xid(db, db_get_text(row, 0, 0));
	arena_free(a);
	return code;
}

/* The answer to COMMIT in plain words: ERR_OK, ERR_DB_DOWN when there is none that
 * counts, or what the server refused. */
static enum err_code commit(struct db *db, struct err *e)
{
	PGresult *res = NULL;
	enum err_code code;
	bool rolled_back;

	db->warned = false;
	if (PQsendQuery(db->conn, "COMMIT") == 1)
		res = pq_wait(db, monotonic_ms() + COMMIT_MS);
	if (res == NULL) {
		pq_drop(db);
		return ERR_SET(e, DB_DOWN, "the database went away");
	}
	rolled_back = PQresultStatus(res) == PGRES_COMMAND_OK &&
		      strcmp(PQcmdStatus(res), "COMMIT") != 0;
	code = finish(db, res, e);
	if (rolled_back)
		return ERR_SET(e, BUG, "a failed transaction was committed");
	if (code == ERR_OK && db->warned)
		return ERR_SET(e, DB_DOWN, "the commit was cut short");
	return code;
}

enum err_code db_tx_commit(struct db *db, struct err *e)
{
	bool writes = db->mode == DB_WRITE;
	enum err_code code = ERR_OK;

	if (db->in_tx && !db->begun && db->n_audit == 0) {
		db->in_tx = false; /* nothing was done */
		return ERR_OK;
	}
	if (!db->in_tx || db->conn == NULL) {
		db->in_tx = false;
		return ERR_SET(e, DB_DOWN, "the transaction was lost");
	}
	if (writes)
		code = pq_write_audit(db, e);
	if (code == ERR_OK && writes)
		code = know_xid(db, e);
	if (code != ERR_OK) {
		db_tx_rollback(db);
		return code;
	}
	/* What was read is true whatever becomes of this COMMIT, so nobody waits for
	 * its answer; pq_ready takes it in before the next statement. */
	if (!writes) {
		db->in_tx = false;
		db->closing = PQsendQuery(db->conn, "COMMIT") == 1;
		if (!db->closing)
			pq_drop(db);
		return ERR_OK;
	}
	db->committing = writes;
	code = commit(db, e);
	db->in_tx = false;
	if (code == ERR_DB_DOWN && writes)
		code = pq_settle(db, e);
	db->committing = false;
	return code;
}

void db_tx_rollback(struct db *db)
{
	if (db->in_tx && db->begun && db->conn != NULL) {
		PGresult *res = PQexec(db->conn, "ROLLBACK");

		if (PQresultStatus(res) != PGRES_COMMAND_OK)
			pq_drop(db);
		PQclear(res);
	}
	db->in_tx = false;
}

enum err_code db_now(
    struct db *db, struct arena *a, int64_t *ret_now, struct err *e)
{
	const struct db_rows *row;
	enum err_code code = db_one(db, a, &NOW, DB_NO_ARGS, "now", &row, e);

	if (code == ERR_OK)
		*ret_now = db_get_instant(row, 0, 0);
	return code;
}

bool db_in_tx(const struct db *db)
{
	return db->in_tx;
}

/* 5, 10, 20 … milliseconds, each with up to as much again. */
static void wait_before(int attempt)
{
	uint8_t dice;
	long ms = 5L << attempt;
	struct timespec t = {.tv_sec = 0};

	id_random(&dice, sizeof(dice));
	t.tv_nsec = (ms + ms * dice / 255) * 1000000L;
	nanosleep(&t, NULL);
}

enum err_code db_tx_run(
    struct db *db, enum db_mode mode, db_tx_fn fn, void *cookie, struct err *e)
{
	enum err_code code = ERR_OK;

	for (int attempt = 0; attempt < MAX_TRIES; attempt++) {
		if (attempt > 0) {
			wait_before(attempt - 1);
			metric_add(
			    METRIC_database_retries_total, NULL, NULL, 1);
			err_clear(e);
		}
		code = db_tx_begin(db, mode, e);
		if (code == ERR_OK) {
			code = fn(db, cookie, e);
			if (code == ERR_OK)
				code = db_tx_commit(db, e);
			else
				db_tx_rollback(db);
		}
		if (code == ERR_OK || !db->worth_again)
			break;
	}
	return code;
}
