/*
 * Use cases of dated sessions. Members see the sessions of published cohorts they
 * are in; staff and the cohort's guide move and cancel. A change, everybody's
 * commitments and the messages about it are one transaction.
 */
#ifndef API_SERVICE_SESSIONS_H
#define API_SERVICE_SESSIONS_H

#include "api/call.h"
#include "db/sessions.h"

/* f->viewer_id is set here. */
enum err_code service_sessions_list(struct call *c, struct db_session_filter *f,
    const struct db_page *page, struct db_list *ret_list,
    struct err *e) ERR_CHECKED;
enum err_code service_sessions_get(struct call *c, const struct id *session,
    struct db_doc *ret_doc, struct err *e) ERR_CHECKED;

/*
 * The best other starts within a week, as documents: everybody first, then nearest.
 * For those who may move it; `limit` at most.
 */
enum err_code service_sessions_alternatives(struct call *c,
    const struct id *session, int64_t limit, struct db_list *ret_list,
    struct err *e) ERR_CHECKED;

struct session_order {
	int64_t if_match; /* 0: any version */
	/* The new start: an instant, or wall-clock time of the session's zone. */
	bool is_local;
	int64_t starts_at;
	int32_t local_date;
	int32_t local_minute; /* of the day */
};

/*
 * Its length stays. ERR_VALIDATION names a start that is not in the future, that is
 * the present one, or at which the zone's clocks change; ERR_DOUBLE_BOOKED when
 * somebody is taken then; ERR_STATE when the session has begun or is cancelled.
 */
enum err_code service_sessions_move(struct call *c, const struct id *session,
    const struct session_order *o, struct db_doc *ret_doc,
    struct err *e) ERR_CHECKED;

enum err_code service_sessions_cancel(struct call *c, const struct id *session,
    const struct session_order *o, struct db_doc *ret_doc,
    struct err *e) ERR_CHECKED;

#endif
