/*
 * Mentor requests: the queue. The history of states is written by the database.
 * Call inside a transaction; if_match 0 means any version.
 */
#ifndef DB_REQUESTS_H
#define DB_REQUESTS_H

#include "db/db.h"

struct db_request_filter { /* NULL: all */
	const struct id *program_id, *member_id;
	const char *state;
};

enum err_code db_request_get(struct db *db, struct arena *a,
    const struct id *community, const struct id *id, struct db_doc *ret_doc,
    struct err *e) ERR_CHECKED;
/* Whose it is, for the check that the caller may see it. */
enum err_code db_request_owner(struct db *db, struct arena *a,
    const struct id *community, const struct id *id, struct id *ret_member,
    struct err *e) ERR_CHECKED;
enum err_code db_request_list(struct db *db, struct arena *a,
    const struct id *community, const struct db_request_filter *f,
    const struct db_page *page, struct db_list *ret_list,
    struct err *e) ERR_CHECKED;

/* The member must be an active newcomer of the program: ERR_STATE else. A second
 * live request is ERR_CONFLICT. wanted: at most so many mentors, 0: as many as the
 * policy gives. actor: the token, or NULL. */
enum err_code db_request_create(struct db *db, struct arena *a,
    const struct id *community, const struct id *id, const struct id *program,
    const struct id *member, const char *note, int64_t wanted,
    const struct id *actor, struct err *e) ERR_CHECKED;

/* From open or in_round; a request with an offer is declined first: ERR_STATE. */
enum err_code db_request_withdraw(struct db *db, const struct id *community,
    const struct id *id, int64_t if_match, const char *reason,
    const struct id *actor, struct err *e) ERR_CHECKED;

extern const struct db_stmt *const db_request_stmts[];

#endif
