/*
 * Use cases of answers to invitations, by mail or by the link in a mail.
 *
 * An answer counts when it is newer (SEQUENCE, then DTSTAMP) than what the same person
 * said about the same before: "taken", or "outdated". One that is about a time that has
 * changed meanwhile is "old_time": it is kept and shown as such, and they are asked once
 * more, under the same SEQUENCE. A message counts once, however often it is handed in.
 *
 *   declined, a seat in office hours   the seat is free again
 *   declined, a cohort                 the coordinator sees it
 *   another time proposed              a suggestion, with who else could
 *   delegated, words                   for the coordinator to read
 *   bounced                            shown with the delivery
 */
#ifndef API_SERVICE_ANSWERS_H
#define API_SERVICE_ANSWERS_H

#include "api/call.h"
#include "calendars/answer.h"
#include "db/answers.h"

struct answer_taken {
	const char *verdict; /* taken, old_time, outdated, repeated, ignored */
	bool has_id;
	struct id id; /* of the answer, when it is new */
};

/* By mail. c->who acts for staff; without a community (the command line) it gets that of
 * the attendance. ERR_NOT_FOUND: nobody's invitation. */
enum err_code service_answers_take(struct call *c, const struct answer *x,
    struct answer_taken *ret, struct err *e) ERR_CHECKED;

/* By the link: "accepted", "declined" or "tentative" about the event as a whole, as it
 * stands. ERR_STATE when it is over. */
enum err_code service_answers_click(struct call *c, const struct id *attendance,
    const char *token, const char *answer, struct err *e) ERR_CHECKED;

#endif
