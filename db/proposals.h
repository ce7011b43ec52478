/*
 * Proposals: rows and the steps from one to a pairing. Which step is allowed from
 * which state is decided in api/service_proposals.c; the statements here are guarded
 * by the row lock that proposals_lock takes.
 */
#ifndef DB_PROPOSALS_H
#define DB_PROPOSALS_H

#include <stdbool.h>
#include <stdint.h>

#include "db/db.h"

struct proposal {
	struct id id, round_id, program_id;
	struct id request_id; /* all zero: the newcomer never asked */
	bool has_request;
	struct id newcomer_id, mentor_id;
	const char *state;
	int64_t row_version;
	bool by_coordinator, by_newcomer, by_mentor; /* confirmed */
	const char *policy; /* the document of its round's version */
};

/* The row, locked until the transaction ends. */
enum err_code proposals_lock(struct db *db, struct arena *a,
    const struct id *community, const struct id *proposal,
    struct proposal *ret_proposal, struct err *e) ERR_CHECKED;

/* What a list or a reader may see: `viewer` NULL is staff, else the member whose
 * own, offered proposals alone are seen. */
enum err_code proposals_doc(struct db *db, struct arena *a,
    const struct id *community, const struct id *proposal,
    const struct id *viewer, struct db_doc *ret_doc, struct err *e) ERR_CHECKED;

struct proposals_filter {
	const struct id *viewer;                            /* NULL: staff */
	const struct id *round_id, *program_id, *member_id; /* NULL: any */
	const char *state;                                  /* NULL: any */
};

enum err_code proposals_list(struct db *db, struct arena *a,
    const struct id *community, const struct proposals_filter *f,
    const char *after, int64_t limit, struct db_list *ret_list,
    struct err *e) ERR_CHECKED;

/* Which confirmations stand afterwards, and in which state. */
struct proposal_change {
	const char *state;
	bool by_coordinator, by_newcomer, by_mentor;
	const char *decline_reason; /* NULL: none */
};

enum err_code proposals_change(struct db *db, const struct id *community,
    const struct id *proposal, const struct proposal_change *c,
    struct err *e) ERR_CHECKED;

/* Every other proposed or locked proposal of the newcomer in the program expires:
 * `except` NULL means all of them. */
enum err_code proposals_expire(struct db *db, const struct id *community,
    const struct id *program, const struct id *newcomer,
    const struct id *except, struct err *e) ERR_CHECKED;

#endif
