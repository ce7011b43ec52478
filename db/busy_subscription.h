/*
 * The address that a member's busy times are read from: one a member, with what became of
 * the last attempts. The API writes addresses and cannot read them; a reader claims one
 * that is due, for a lease, and says what became of it under the claim's epoch (ERR_STALE:
 * the address is another by now, or another reader's). Failures beside the database's own:
 * ERR_NOT_FOUND, ERR_STALE. if_match 0 means any version; 1 is that of a member who never
 * had an address.
 */
#ifndef DB_BUSY_SUBSCRIPTION_H
#define DB_BUSY_SUBSCRIPTION_H

#include "db/db.h"

/* {"member_id","host","state","last_success_at","last_failure_at","failures","failure",
 * "next_read_at","left_out"} */
enum err_code db_busy_subscription_get(struct db *db, struct arena *a,
    const struct id *community, const struct id *member, struct db_doc *ret_doc,
    struct err *e) ERR_CHECKED;

/* Due at once; all that is known of an address before is forgotten. */
enum err_code db_busy_subscription_put(struct db *db,
    const struct id *community, const struct id *member, int64_t if_match,
    const char *url, const char *host, struct err *e) ERR_CHECKED;

enum err_code db_busy_subscription_drop(struct db *db,
    const struct id *community, const struct id *member, int64_t if_match,
    struct err *e) ERR_CHECKED;

/* ---- the reader ---- */

struct db_busy_claim {
	struct id community_id, member_id;
	int64_t epoch;
	int64_t failures; /* in a row, until now */
	const char *url, *time_zone, *email;
	/* For a conditional request; NULL when the text is to be read in any case:
	 * the member changed since it was, or a week is over. */
	const char *entity_tag, *last_modified;
};

/* In no transaction. *ret_found false: nothing is due. */
enum err_code db_busy_claim(struct db *db, struct arena *a, int64_t lease_s,
    struct db_busy_claim *ret_claim, bool *ret_found,
    struct err *e) ERR_CHECKED;

/* It was read, or is what it was (left_out NULL), and will be again after wait_s. */
enum err_code db_busy_claim_good(struct db *db, const struct db_busy_claim *c,
    int64_t wait_s, const char *left_out, const char *entity_tag,
    const char *last_modified, struct err *e) ERR_CHECKED;
enum err_code db_busy_claim_bad(struct db *db, const struct db_busy_claim *c,
    int64_t wait_s, const char *failure, struct err *e) ERR_CHECKED;

extern const struct db_stmt *const db_busy_subscription_stmts[];

#endif
