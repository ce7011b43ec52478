/*
 * Idempotency keys: one effect and one answer per (principal, method, route, key).
 *
 * Begin is the first statement of the transaction of the effect, store the last.
 * A second request with the key waits for the first one's end: after its commit it
 * finds the answer, after its rollback it goes on itself, and when the wait is too
 * long it gets ERR_IN_FLIGHT.
 */
#ifndef DB_IDEMPOTENCY_H
#define DB_IDEMPOTENCY_H

#include "db/db.h"

struct db_idempotency {
	struct id community_id, principal; /* principal: the token */
	const char *method, *route, *key;
	const uint8_t *fingerprint; /* digest of the request */
	size_t fingerprint_len;
};

struct db_answer {
	int64_t status;
	const char *headers; /* JSON */
	const char *body;    /* NULL when it has none */
};

/* *ret_found: false: the caller now makes the effect; true: *ret_answer is to be
 * replayed. ERR_KEY_REUSED when the key came with another request. */
enum err_code db_idempotency_begin(struct db *db, struct arena *a,
    const struct db_idempotency *k, bool *ret_found,
    struct db_answer *ret_answer, struct err *e) ERR_CHECKED;
enum err_code db_idempotency_store(struct db *db,
    const struct db_idempotency *k, const struct db_answer *answer,
    struct err *e) ERR_CHECKED;

extern const struct db_stmt *const db_idempotency_stmts[];

#endif
