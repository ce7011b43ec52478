/* Idempotency keys: see idempotency.h. The primary key is what makes the second
 * request wait for the first. */
#include "db/idempotency.h"

#include "db/pq.h"

static const struct db_stmt BEGIN = {"idempotency_begin",
    "INSERT INTO idempotency"
    " (community_id, principal, method, route, key, fingerprint)"
    " VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING"
    " RETURNING pg_current_xact_id()"};
/* The lock makes a change of this transaction too: its commit waits until the
 * standby has it, and so also the answer that is about to be given once more. */
static const struct db_stmt FIND = {"idempotency_find",
    "SELECT fingerprint = $6::bytea, status, headers, body FROM idempotency"
    " WHERE community_id = $1 AND principal = $2 AND method = $3"
    " AND route = $4 AND key = $5 FOR UPDATE"};
static const struct db_stmt STORE = {"idempotency_store",
    "UPDATE idempotency SET status = $6, headers = $7::jsonb, body = $8"
    " WHERE community_id = $1 AND principal = $2 AND method = $3"
    " AND route = $4 AND key = $5"};
const struct db_stmt *const db_idempotency_stmts[] = {
    &BEGIN, &FIND, &STORE, NULL};

#define KEY_ARGS(k)                                        \
	db_id(&(k)->community_id), db_id(&(k)->principal), \
	    db_text((k)->method), db_text((k)->route), db_text((k)->key)
#define FINGERPRINT(k) db_bytes((k)->fingerprint, (k)->fingerprint_len)

enum err_code db_idempotency_begin(struct db *db, struct arena *a,
    const struct db_idempotency *k, bool *ret_found,
    struct db_answer *ret_answer, struct err *e)
{
	const struct db_rows *row;
	enum err_code code = db_rows(
	    db, a, &BEGIN, DB_ARGS(KEY_ARGS(k), FINGERPRINT(k)), &row, e);

	/* The wait for the first request's end was longer than lock_timeout. */
	if (code == ERR_DB_RETRY)
		return ERR_SET(e, IN_FLIGHT,
		    "the first request with this key has not ended yet");
	if (code != ERR_OK)
		return code;
	db->keyed = true;
	if (db_count(row) == 1) {
		pq_note_xid(db, db_get_text(row, 0, 0));
		*ret_found = false;
		return ERR_OK;
	}
	/* READ COMMITTED: this statement sees what the first one committed. */
	code = db_one(db, a, &FIND, DB_ARGS(KEY_ARGS(k), FINGERPRINT(k)),
	    "idempotency key", &row, e);
	if (code != ERR_OK)
		return code;
	if (!db_get_bool(row, 0, 0))
		return ERR_SET(e, KEY_REUSED,
		    "this Idempotency-Key belongs to another request");
	if (db_is_null(row, 0, 1))
		return ERR_SET(e, IN_FLIGHT,
		    "the first request with this key has not ended yet");
	*ret_found = true;
	*ret_answer = (struct db_answer){
	    .status = db_get_int(row, 0, 1),
	    .headers = db_get_text(row, 0, 2),
	    .body = db_get_text(row, 0, 3),
	};
	return ERR_OK;
}

enum err_code db_idempotency_store(struct db *db,
    const struct db_idempotency *k, const struct db_answer *answer,
    struct err *e)
{
	return db_exec(db, &STORE,
	    DB_ARGS(KEY_ARGS(k), db_int(answer->status),
		db_text(answer->headers), db_text(answer->body)),
	    NULL, e);
}
