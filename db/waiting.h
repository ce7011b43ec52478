/*
 * The waiting list of a slot of office hours: bookings that wait, 1, 2, 3 … in the order
 * in which they came. For the holder of the slot's lock (db_slot_lock) who acts for the
 * system; inside a transaction.
 */
#ifndef DB_WAITING_H
#define DB_WAITING_H

#include "db/db.h"

enum {
	DB_WAITING_MAX = 100, /* of a slot: booking_position_check */
};

/* At the end of the list. ERR_CAPACITY when it is full, ERR_CONFLICT when the member
 * waits or has a seat already. */
enum err_code db_waiting_add(struct db *db, const struct id *community,
    const struct id *id, const struct id *slot, const struct id *member,
    const char *note, struct err *e) ERR_CHECKED;

struct db_waiting {
	struct id id, member_id;
	bool is_gone; /* erased */
};

/* All who wait, first come first, and how many seats are free. */
enum err_code db_waiting_list(struct db *db, struct arena *a,
    const struct id *community, const struct id *slot,
    struct db_waiting **ret_item, size_t *ret_n, int64_t *ret_free,
    struct err *e) ERR_CHECKED;

/* A free seat and the time for it, unless they are booked elsewhere then: *ret_taken is
 * false and that they were passed over is kept. ERR_CAPACITY without a seat. */
enum err_code db_waiting_promote(struct db *db, const struct id *community,
    const struct id *slot, const struct db_waiting *w, bool *ret_taken,
    struct err *e) ERR_CHECKED;

/* Off the list. */
enum err_code db_waiting_leave(struct db *db, const struct id *community,
    const struct id *id, struct err *e) ERR_CHECKED;

/* Close the gaps that leaving and promoting made. */
enum err_code db_waiting_close_up(struct db *db, const struct id *community,
    const struct id *slot, struct err *e) ERR_CHECKED;

/* Slots of office hours at which somebody waits, in the order of their ids. */
enum err_code db_waiting_slots(struct db *db, struct arena *a,
    const struct id *community, const struct id *office_hours,
    struct id **ret_slot, size_t *ret_n, struct err *e) ERR_CHECKED;

extern const struct db_stmt *const db_waiting_stmts[];

#endif
