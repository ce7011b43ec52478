/*
 * First meetings of pairings: their rows and the commitments of both. Errors as in db.h.
 * Call inside a transaction.
 */
#ifndef DB_MEETINGS_H
#define DB_MEETINGS_H

#include "db/db.h"

struct db_meeting {
	struct id id, pairing_id, event_id, newcomer_id, mentor_id;
	int64_t row_version, start, end;
	const char *state;
	int64_t now; /* by the database's clock */
};

/* What the event of a meeting says of its people. */
struct db_meeting_people {
	const char *newcomer_name, *mentor_name,
	    *time_zone; /* the newcomer's */
};

enum err_code db_meeting_people(struct db *db, struct arena *a,
    const struct id *community, const struct id *pairing,
    struct db_meeting_people *ret, struct err *e) ERR_CHECKED;

/* ERR_CONFLICT when the pairing has a meeting, ERR_DOUBLE_BOOKED when one of the two is
 * taken then. id, pairing_id, event_id, start and end of m count. */
enum err_code db_meeting_insert(struct db *db, const struct id *community,
    const struct db_meeting *m, struct err *e) ERR_CHECKED;

/* The row, kept as it is until the transaction ends. viewer NULL: staff; else only of a
 * pairing that the member is part of. */
enum err_code db_meeting_lock(struct db *db, struct arena *a,
    const struct id *community, const struct id *id, const struct id *viewer,
    struct db_meeting *ret, struct err *e) ERR_CHECKED;

/* The meeting of a pairing that is still to come, if there is one, locked. */
enum err_code db_meeting_ahead(struct db *db, struct arena *a,
    const struct id *community, const struct id *pairing, bool *ret_found,
    struct id *ret_id, struct err *e) ERR_CHECKED;

/* ERR_DOUBLE_BOOKED when one of the two is taken then. */
enum err_code db_meeting_move(struct db *db, const struct id *community,
    const struct id *id, int64_t start, int64_t end, struct err *e) ERR_CHECKED;

/* Both get their time back. */
enum err_code db_meeting_cancel(struct db *db, const struct id *community,
    const struct id *id, struct err *e) ERR_CHECKED;

enum err_code db_meeting_get(struct db *db, struct arena *a,
    const struct id *community, const struct id *id, const struct id *viewer,
    struct db_doc *ret_doc, struct err *e) ERR_CHECKED;

/* pairing NULL: of all. */
enum err_code db_meeting_list(struct db *db, struct arena *a,
    const struct id *community, const struct id *pairing,
    const struct id *viewer, const struct db_page *page,
    struct db_list *ret_list, struct err *e) ERR_CHECKED;

extern const struct db_stmt *const db_meeting_stmts[];

#endif
