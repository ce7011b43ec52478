/*
 * Transactions. Invariants: COMMIT counts as done only when its tag says COMMIT and
 * no warning came with it; a write whose commit broke is "outcome unknown", never
 * failed; nothing is retried after a commit was sent.
 */
#include "db/pq.h"

enum {
	MAX_TRIES = 6, /* the first and five more */
};

/* The three statements of this file are literals; their answer has no rows. */
static enum err_code finish(struct db *db, PGresult *res, struct err *e)
{
	enum err_code code = ERR_OK;

	if (PQresultStatus(res) != PGRES_COMMAND_OK)
		code = pq_failed(db, res, e);
	PQclear(res);
	return code;
}

static enum err_code begin(struct db *db, enum db_mode mode, struct err *e)
{
	enum err_code code = pq_ready(db, e);

	if (code != ERR_OK)
		return code;
	return finish(db,
	    mode == DB_READ
		? PQexec(db->conn,
		      "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY")
		: PQexec(db->conn, "BEGIN ISOLATION LEVEL READ COMMITTED"),
	    e);
}

enum err_code db_tx_begin(struct db *db, enum db_mode mode, struct err *e)
{
	enum err_code code;

	if (db->in_tx)
		return ERR_SET(e, BUG, "transactions do not nest");
	db->worth_again = false;
	code = begin(db, mode, e);
	/* Nothing happened yet, so a connection that proved dead is opened anew
	 * at once. */
	if (code == ERR_DB_DOWN && db->conn == NULL) {
		err_clear(e);
		code = begin(db, mode, e);
	}
	if (code != ERR_OK)
		return code;
	db->in_tx = true;
	db->mode = mode;
	return ERR_OK;
}

enum err_code db_tx_commit(struct db *db, struct err *e)
{
	PGresult *res;
	enum err_code code = ERR_OK;
	bool rolled_back;

	if (!db->in_tx || db->conn == NULL) {
		db->in_tx = false;
		return ERR_SET(e, DB_DOWN, "the transaction was lost");
	}
	db->warned = false;
	db->committing = db->mode == DB_WRITE;
	res = PQexec(db->conn, "COMMIT");
	rolled_back = PQresultStatus(res) == PGRES_COMMAND_OK &&
		      strcmp(PQcmdStatus(res), "COMMIT") != 0;
	code = finish(db, res, e);
	if (rolled_back)
		code = ERR_SET(e, BUG, "a failed transaction was committed");
	else if (db->mode == DB_WRITE && (db->warned || code == ERR_DB_DOWN))
		code = ERR_SET(e, OUTCOME_UNKNOWN,
		    "the database went away during the commit; the same "
		    "request with the same key tells what happened");
	db->in_tx = false;
	db->committing = false;
	return code;
}

void db_tx_rollback(struct db *db)
{
	if (db->in_tx && db->conn != NULL) {
		PGresult *res = PQexec(db->conn, "ROLLBACK");

		if (PQresultStatus(res) != PGRES_COMMAND_OK)
			pq_drop(db);
		PQclear(res);
	}
	db->in_tx = false;
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
