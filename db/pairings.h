/*
 * Pairings: their rows. The mentor's place that each one holds is taken and given
 * back in programs.h. Call inside a transaction.
 */
#ifndef DB_PAIRINGS_H
#define DB_PAIRINGS_H

#include "db/db.h"

struct db_pairing_new {
	struct id id, program_id, newcomer_id, mentor_id;
	const struct id *proposal_id; /* NULL: made by hand */
};

/* ERR_CONFLICT when the newcomer has as many active pairings as the program's policy
 * gives, or this mentor. */
enum err_code db_pairing_create(struct db *db, const struct id *community,
    const struct db_pairing_new *p, struct err *e) ERR_CHECKED;

/* The member has this active part in the program. */
enum err_code db_pairing_is_enrolled(struct db *db, struct arena *a,
    const struct id *community, const struct id *program,
    const struct id *member, const char *role, bool *ret_enrolled,
    struct err *e) ERR_CHECKED;

/* The newcomer's live request in the program, if there is one, to `state`. actor:
 * the token, or NULL. */
enum err_code db_pairing_move_request(struct db *db, const struct id *community,
    const struct id *program, const struct id *newcomer, const char *state,
    const struct id *actor, const char *reason, struct err *e) ERR_CHECKED;

/* The offer of a proposal is off: the request is open again, unless another is on. */
enum err_code db_pairing_reopen_request(struct db *db,
    const struct id *community, const struct id *program,
    const struct id *newcomer, const struct id *proposal,
    const struct id *actor, const char *reason, struct err *e) ERR_CHECKED;

struct db_pairing {
	struct id id, program_id, newcomer_id, mentor_id;
	const char *state;
	int64_t row_version;
};

/* The row, or the same kept as it is until the transaction ends. */
enum err_code db_pairing_find(struct db *db, struct arena *a,
    const struct id *community, const struct id *pairing,
    struct db_pairing *ret_pairing, struct err *e) ERR_CHECKED;
enum err_code db_pairing_lock(struct db *db, struct arena *a,
    const struct id *community, const struct id *pairing,
    struct db_pairing *ret_pairing, struct err *e) ERR_CHECKED;

enum err_code db_pairing_end(struct db *db, const struct id *community,
    const struct id *pairing, const char *reason, struct err *e) ERR_CHECKED;

/* viewer NULL: staff; else only pairings that the member is part of. */
enum err_code db_pairing_get(struct db *db, struct arena *a,
    const struct id *community, const struct id *pairing,
    const struct id *viewer, struct db_doc *ret_doc, struct err *e) ERR_CHECKED;

struct db_pairing_filter { /* NULL: all */
	const struct id *viewer;
	const struct id *program_id, *member_id;
	const char *state;
};

enum err_code db_pairing_list(struct db *db, struct arena *a,
    const struct id *community, const struct db_pairing_filter *f,
    const struct db_page *page, struct db_list *ret_list,
    struct err *e) ERR_CHECKED;

extern const struct db_stmt *const db_pairing_stmts[];

#endif
