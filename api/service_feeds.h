/*
 * Feeds: who may have one, of what. Their own calendar: the member, and the staff for
 * them. A cohort's: its guide while they guide it, and whom the staff gives one. A
 * program's: whom the staff gives one. What the staff gave ends after a year at most.
 */
#ifndef API_SERVICE_FEEDS_H
#define API_SERVICE_FEEDS_H

#include "api/call.h"
#include "db/feeds.h"

struct feed_order {
	struct id member_id;
	const struct id *cohort_id, *program_id; /* NULL: their own calendar */
	const int64_t *expires_at;               /* NULL: not said */
};

/* hash: of the secret. The caller may act for the member. */
enum err_code service_feeds_create(struct call *c,
    const struct feed_order *order, const uint8_t hash[DB_FEED_HASH_SIZE],
    struct db_doc *ret_doc, struct err *e) ERR_CHECKED;

/* Both: ERR_NOT_FOUND when the member has no such live feed. */
enum err_code service_feeds_rotate(struct call *c, const struct id *member,
    const struct id *id, const uint8_t hash[DB_FEED_HASH_SIZE],
    struct db_doc *ret_doc, struct err *e) ERR_CHECKED;
enum err_code service_feeds_revoke(struct call *c, const struct id *member,
    const struct id *id, struct err *e) ERR_CHECKED;

#endif
