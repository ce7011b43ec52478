/*
 * Office hours: a mentor's recurring open hours, their dated slots, and booked seats.
 * Seats are taken by a guarded update (used < capacity), so a slot is never
 * oversold; commitments keep the mentor and the booker from being double-booked.
 */
#ifndef DB_OFFICE_HOURS_H
#define DB_OFFICE_HOURS_H

#include "db/db.h"

struct db_office_hours {
	struct id id, program_id, mentor_id, event_id;
	const char *title, *time_zone;
	int32_t weekday, local_minute, minutes, seats;
	int32_t first_date, last_date;
};

struct db_office_hours_mentor {
	const char *time_zone, *name;
};
/* ERR_VALIDATION at /mentor_id unless an active mentor or guide of the program. */
enum err_code db_office_hours_mentor(struct db *db, struct arena *a,
    const struct id *community, const struct id *program,
    const struct id *mentor, struct db_office_hours_mentor *ret,
    struct err *e) ERR_CHECKED;

/* The event exists already. */
enum err_code db_office_hours_insert(struct db *db, const struct id *community,
    const struct db_office_hours *o, struct err *e) ERR_CHECKED;

/* One dated slot, and the mentor's commitment to it (ERR_DOUBLE_BOOKED). */
enum err_code db_office_hours_add_slot(struct db *db,
    const struct id *community, const struct db_office_hours *o,
    const struct id *slot, int64_t start, int64_t end,
    struct err *e) ERR_CHECKED;

struct db_office_hours_state {
	struct id mentor_id, event_id;
	int64_t row_version;
	const char *state;
};
enum err_code db_office_hours_lock(struct db *db, struct arena *a,
    const struct id *community, const struct id *id,
    struct db_office_hours_state *ret, struct err *e) ERR_CHECKED;

/* So many seats in each slot that begins after now. ERR_CAPACITY when more are taken in
 * one of them; ERR_STALE, ERR_STATE when they are closed. */
enum err_code db_office_hours_set_seats(struct db *db,
    const struct id *community, const struct id *id, int64_t seats,
    struct err *e) ERR_CHECKED;

/* Close them: slots that begin after now are cancelled, their bookings too, and all
 * commitments given back. *ret_event: the events of the slots that had bookings. */
enum err_code db_office_hours_close(struct db *db, struct arena *a,
    const struct id *community, const struct id *id, struct id **ret_event,
    size_t *ret_n, struct err *e) ERR_CHECKED;
enum err_code db_office_hours_drop_bookings(struct db *db,
    const struct id *community, const struct id *id, struct err *e) ERR_CHECKED;

enum err_code db_office_hours_list(struct db *db, struct arena *a,
    const struct id *community, const struct id *program,
    const struct id *mentor, const struct db_page *page,
    struct db_list *ret_list, struct err *e) ERR_CHECKED;
enum err_code db_office_hours_get(struct db *db, struct arena *a,
    const struct id *community, const struct id *id, struct db_doc *ret_doc,
    struct err *e) ERR_CHECKED;
enum err_code db_office_hours_slots(struct db *db, struct arena *a,
    const struct id *community, const struct id *id, const int64_t *from,
    const int64_t *to, const struct db_page *page, struct db_list *ret_list,
    struct err *e) ERR_CHECKED;

struct db_slot {
	struct id id, event_id, mentor_id;
	bool has_event;
	const char *title, *mentor_name, *state, *time_zone;
	int64_t start, end;
	int64_t free; /* seats */
	int64_t now;  /* by the database's clock */
};
enum err_code db_slot_lock(struct db *db, struct arena *a,
    const struct id *community, const struct id *id, struct db_slot *ret_slot,
    struct err *e) ERR_CHECKED;
enum err_code db_slot_set_event(struct db *db, const struct id *community,
    const struct id *slot, const struct id *event, struct err *e) ERR_CHECKED;

/* ERR_CAPACITY when no seat is free, ERR_CONFLICT when the member has one already,
 * ERR_DOUBLE_BOOKED when the member is taken then. */
enum err_code db_booking_insert(struct db *db, const struct id *community,
    const struct id *id, const struct id *slot, const struct id *member,
    const char *note, struct err *e) ERR_CHECKED;

struct db_booking {
	struct id slot_id, member_id, mentor_id, event_id;
	int64_t row_version, start;
	const char *state;
};
/* Its slot is to be locked before it is. */
enum err_code db_booking_look(struct db *db, struct arena *a,
    const struct id *community, const struct id *id, bool locks,
    struct db_booking *ret_booking, struct err *e) ERR_CHECKED;
enum err_code db_booking_cancel(struct db *db, const struct id *community,
    const struct id *id, const struct db_booking *b, struct err *e) ERR_CHECKED;

/* viewer NULL: staff; else bookings of the viewer or with the viewer as mentor. */
enum err_code db_booking_list(struct db *db, struct arena *a,
    const struct id *community, const struct id *slot, const struct id *member,
    const struct id *viewer, const struct db_page *page,
    struct db_list *ret_list, struct err *e) ERR_CHECKED;
enum err_code db_booking_get(struct db *db, struct arena *a,
    const struct id *community, const struct id *id, const struct id *viewer,
    struct db_doc *ret_doc, struct err *e) ERR_CHECKED;

extern const struct db_stmt *const db_office_hours_stmts[];

#endif
