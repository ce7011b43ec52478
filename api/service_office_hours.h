/*
 * Use cases of office hours and bookings. Opening them makes every dated slot, the
 * mentor's commitments and one invitation for the whole series; booking a seat
 * makes an invitation for that one slot. All in the caller's transaction.
 */
#ifndef API_SERVICE_OFFICE_HOURS_H
#define API_SERVICE_OFFICE_HOURS_H

#include "api/call.h"
#include "db/office_hours.h"

enum {
	OFFICE_HOURS_MAX_DAYS = 371, /* 53 weeks */
};

/* o->id and o->event_id are made here; o->mentor_id is the caller's member unless
 * staff named another one; o->time_zone NULL means the mentor's. */
enum err_code service_office_hours_open(struct call *c,
    struct db_office_hours *o, struct db_doc *ret_doc,
    struct err *e) ERR_CHECKED;

/* So many seats in every slot to come; who waits gets what is new. */
enum err_code service_office_hours_set_seats(struct call *c,
    const struct id *id, int64_t if_match, int64_t seats,
    struct db_doc *ret_doc, struct err *e) ERR_CHECKED;

/* Later slots are cancelled, everybody concerned is told. */
enum err_code service_office_hours_close(struct call *c, const struct id *id,
    int64_t if_match, struct err *e) ERR_CHECKED;

struct booking_wish {
	struct id member_id; /* whose seat; the caller's own unless staff */
	const char *note;
	bool waits; /* a place on the waiting list when there is no seat */
};
enum err_code service_office_hours_book(struct call *c, const struct id *slot,
    const struct booking_wish *wish, struct id *ret_id, struct db_doc *ret_doc,
    struct err *e) ERR_CHECKED;

/* The booker, the mentor and staff may. The seat goes to who waits for it. */
enum err_code service_office_hours_unbook(struct call *c,
    const struct id *booking, int64_t if_match, struct err *e) ERR_CHECKED;

#endif
