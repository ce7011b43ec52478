/*
 * Proposals: their rows. Which step is allowed from which state is decided in
 * api/service_proposals.c; the statements here rest on the row lock that
 * db_proposal_lock takes. Call inside a transaction.
 */
#ifndef DB_PROPOSALS_H
#define DB_PROPOSALS_H

#include "db/db.h"

struct db_proposal {
	struct id id, matching_round_id, program_id, newcomer_id, mentor_id;
	const char *state;
	int64_t row_version;
	bool by_coordinator, by_newcomer, by_mentor; /* who has confirmed */
	const char *policy; /* the document of its round's version */
	bool replaces;      /* of a repair: a pairing that ends with it … */
	struct id replaces_pairing_id; /* … namely this */
};

/* The row, kept as it is until the transaction ends. */
enum err_code db_proposal_lock(struct db *db, struct arena *a,
    const struct id *community, const struct id *proposal,
    struct db_proposal *ret_proposal, struct err *e) ERR_CHECKED;

/* viewer NULL: staff; else the member whose own proposals, once a coordinator has
 * offered them, are all that there is. */
enum err_code db_proposal_get(struct db *db, struct arena *a,
    const struct id *community, const struct id *proposal,
    const struct id *viewer, struct db_doc *ret_doc, struct err *e) ERR_CHECKED;

struct db_proposal_filter { /* NULL: all */
	const struct id *viewer;
	const struct id *matching_round_id, *program_id, *member_id;
	const char *state;
};

enum err_code db_proposal_list(struct db *db, struct arena *a,
    const struct id *community, const struct db_proposal_filter *f,
    const struct db_page *page, struct db_list *ret_list,
    struct err *e) ERR_CHECKED;

/* State and standing confirmations; a confirmation that stood keeps its time. */
struct db_proposal_change {
	const char *state;
	bool by_coordinator, by_newcomer, by_mentor;
	const char *decline_reason; /* NULL: none */
};

enum err_code db_proposal_set(struct db *db, const struct id *community,
    const struct id *proposal, const struct db_proposal_change *c,
    struct err *e) ERR_CHECKED;

/* Every other proposed or locked proposal for the newcomer expires, once their pairings,
 * and `except` where it is locked, are as many as the program's policy gives; a proposed
 * one already when other locked ones would fill up the number. except NULL: there is
 * none. */
enum err_code db_proposal_expire(struct db *db, const struct id *community,
    const struct id *program, const struct id *newcomer,
    const struct id *except, bool is_locked, struct err *e) ERR_CHECKED;

extern const struct db_stmt *const db_proposal_stmts[];

#endif
