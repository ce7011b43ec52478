/*
 * What is done now and then, by any worker, for all communities: forgetting answers
 * that nobody may ask for again, and counting once more what is kept as a number.
 */
#ifndef DB_UPKEEP_H
#define DB_UPKEEP_H

#include "db/db.h"

enum {
	/* How long an idempotency key is known: openapi.yaml promises it. */
	DB_UPKEEP_KEY_HOURS = 48,
};

/* At most 1000 of the oldest; ask again while *ret_n is that many. */
enum err_code db_upkeep_forget(
    struct db *db, int64_t *ret_n, struct err *e) ERR_CHECKED;

/* What named those who were erased in the last days and could not go at once. */
enum err_code db_upkeep_forget_members(
    struct db *db, struct err *e) ERR_CHECKED;

/* Count the pairings of mentors and the bookings of slots and correct what is not so
 * (*ret_n: how many were wrong, which is a fault of ours). A row is corrected under
 * its lock, so that a change made at the same time is not undone. At most 100 of each. */
enum err_code db_upkeep_recount(
    struct db *db, struct arena *a, int64_t *ret_n, struct err *e) ERR_CHECKED;

extern const struct db_stmt *const db_upkeep_stmts[];

#endif
