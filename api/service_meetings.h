/*
 * Use cases of the first meeting of a pairing: times that suit both, and the meeting
 * itself. Its two people and staff act. A change, both commitments and the messages about
 * it are one transaction.
 */
#ifndef API_SERVICE_MEETINGS_H
#define API_SERVICE_MEETINGS_H

#include "api/call.h"
#include "db/meetings.h"

enum {
	MEETING_MINUTES = 30, /* unless asked otherwise */
	MEETING_MIN_MINUTES = 15,
	MEETING_MAX_MINUTES = 240,
	MEETING_NOTICE_DAYS = 1, /* a proposed start is not sooner */
	MEETING_WITHIN_DAYS = 14,
	MEETING_MAX_AHEAD_DAYS = 60, /* of one that is booked */
};

/* Starts within two weeks that both are free at, best first, as documents. */
enum err_code service_meetings_propose(struct call *c, const struct id *pairing,
    int64_t minutes, int64_t limit, struct db_list *ret_list,
    struct err *e) ERR_CHECKED;

struct meeting_order {
	int64_t starts_at;
	int32_t minutes;
	const char *title; /* NULL: of the two names */
	const char *location;
};

/* One at a time: ERR_CONFLICT. ERR_VALIDATION names a start that is past or too far
 * ahead; ERR_DOUBLE_BOOKED when one of the two is taken then; ERR_STATE when the pairing
 * has ended. */
enum err_code service_meetings_book(struct call *c, const struct id *pairing,
    const struct meeting_order *o, struct id *ret_id, struct db_doc *ret_doc,
    struct err *e) ERR_CHECKED;

/* if_match 0: any version. Errors as above; ERR_STATE when it has begun. */
enum err_code service_meetings_move(struct call *c, const struct id *meeting,
    int64_t if_match, int64_t starts_at, struct db_doc *ret_doc,
    struct err *e) ERR_CHECKED;
enum err_code service_meetings_cancel(struct call *c, const struct id *meeting,
    int64_t if_match, struct db_doc *ret_doc, struct err *e) ERR_CHECKED;

/* A pairing ended: its meeting, if it is still to come, is off. The caller may take this
 * step. */
enum err_code service_meetings_drop(
    struct call *c, const struct id *pairing, struct err *e) ERR_CHECKED;

enum err_code service_meetings_get(struct call *c, const struct id *meeting,
    struct db_doc *ret_doc, struct err *e) ERR_CHECKED;

/* pairing NULL: of all that the caller sees. */
enum err_code service_meetings_list(struct call *c, const struct id *pairing,
    const struct db_page *page, struct db_list *ret_list,
    struct err *e) ERR_CHECKED;

#endif
