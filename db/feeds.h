/*
 * Feeds: secret, revocable subscription addresses, kept as SHA-256 of the secret. Each is
 * of one member, and shows what is theirs, or a cohort, or a program.
 */
#ifndef DB_FEEDS_H
#define DB_FEEDS_H

#include "db/db.h"

enum {
	DB_FEED_HASH_SIZE = 32,
	DB_FEED_DAYS = 365, /* the most, and what one by the staff has */
};

struct db_new_feed {
	struct id id, member_id;
	const struct id *cohort_id, *program_id; /* at most one; NULL */
	/* The staff gave it: else one of a cohort is good while they guide it. */
	bool by_staff;
	const int64_t *expires_at; /* NULL: by_staff DB_FEED_DAYS, else never */
	uint8_t hash[DB_FEED_HASH_SIZE];
};

enum err_code db_feed_insert(struct db *db, const struct id *community,
    const struct db_new_feed *feed, struct err *e) ERR_CHECKED;

/* Who guides a cohort that was published; ERR_NOT_FOUND. */
enum err_code db_feed_guide(struct db *db, struct arena *a,
    const struct id *community, const struct id *cohort, struct id *ret_guide,
    struct err *e) ERR_CHECKED;

enum err_code db_feed_list(struct db *db, struct arena *a,
    const struct id *community, const struct id *member,
    const struct db_page *page, struct db_list *ret_list,
    struct err *e) ERR_CHECKED;
enum err_code db_feed_get(struct db *db, struct arena *a,
    const struct id *community, const struct id *member, const struct id *id,
    struct db_doc *ret_doc, struct err *e) ERR_CHECKED;

/* Both: ERR_NOT_FOUND when the member has no such live feed. */
enum err_code db_feed_rotate(struct db *db, const struct id *community,
    const struct id *member, const struct id *id,
    const uint8_t hash[DB_FEED_HASH_SIZE], struct err *e) ERR_CHECKED;
enum err_code db_feed_revoke(struct db *db, const struct id *community,
    const struct id *member, const struct id *id, struct err *e) ERR_CHECKED;

struct db_feed {
	struct id id, community_id, member_id;
	const char *name; /* of the calendar */
	const char
	    *languages; /* their member's, separated by spaces, or NULL */
};

/* The live feed of a secret; the transaction reads as its member from here on. */
enum err_code db_feed_find(struct db *db, struct arena *a,
    const uint8_t hash[DB_FEED_HASH_SIZE], struct db_feed *ret_feed,
    struct err *e) ERR_CHECKED;

/* Note the use of n feeds, at most once an hour each; as the worker. */
enum err_code db_feeds_used(struct db *db, const struct id *community,
    const struct id *id, size_t n, struct err *e) ERR_CHECKED;

extern const struct db_stmt *const db_feed_stmts[];

#endif
