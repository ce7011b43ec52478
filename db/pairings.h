/*
 * Pairings: rows, and the places of mentors that they hold. A place is taken by a
 * guarded update alone, so that no number of concurrent confirmations can overfill
 * a mentor; the table's CHECK is the second wall.
 */
#ifndef DB_PAIRINGS_H
#define DB_PAIRINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "db/db.h"

/* used + 1 where used < capacity. ERR_CAPACITY when the mentor is full, ERR_STATE
 * when they do not mentor in the program (any more). */
enum err_code pairings_take_place(struct db *db, struct arena *a,
    const struct id *community, const struct id *program,
    const struct id *mentor, struct err *e) ERR_CHECKED;

enum err_code pairings_free_place(struct db *db, const struct id *community,
    const struct id *program, const struct id *mentor,
    struct err *e) ERR_CHECKED;

struct pairing_new {
	struct id id, program_id, newcomer_id, mentor_id;
	const struct id *proposal_id; /* NULL: made by hand */
};

/* ERR_CONFLICT when the newcomer has an active pairing in the program. */
enum err_code pairings_insert(struct db *db, const struct id *community,
    const struct pairing_new *p, struct err *e) ERR_CHECKED;

/* ERR_VALIDATION with a fault per member who is not actively enrolled so. */
enum err_code pairings_check_enrolled(struct db *db, struct arena *a,
    const struct id *community, const struct id *program,
    const struct id *newcomer, const struct id *mentor,
    struct err *e) ERR_CHECKED;

/* The newcomer's live request in the program, if any: to `state`, with reason. */
enum err_code pairings_move_request(struct db *db, const struct id *community,
    const struct id *program, const struct id *newcomer, const char *state,
    const struct id *actor, const char *reason, struct err *e) ERR_CHECKED;

struct pairing {
	struct id id, program_id, newcomer_id, mentor_id;
	const char *state;
	int64_t row_version;
};

/* The row, locked until the transaction ends. */
enum err_code pairings_lock(struct db *db, struct arena *a,
    const struct id *community, const struct id *pairing,
    struct pairing *ret_pairing, struct err *e) ERR_CHECKED;

enum err_code pairings_end(struct db *db, const struct id *community,
    const struct id *pairing, const char *reason, struct err *e) ERR_CHECKED;

/* viewer NULL: staff; else only pairings the member is part of. */
enum err_code pairings_doc(struct db *db, struct arena *a,
    const struct id *community, const struct id *pairing,
    const struct id *viewer, struct db_doc *ret_doc, struct err *e) ERR_CHECKED;

struct pairings_filter {
	const struct id *viewer;
	const struct id *program_id, *member_id; /* NULL: any */
	const char *state;                       /* NULL: any */
};

enum err_code pairings_list(struct db *db, struct arena *a,
    const struct id *community, const struct pairings_filter *f,
    const char *after, int64_t limit, struct db_list *ret_list,
    struct err *e) ERR_CHECKED;

#endif
