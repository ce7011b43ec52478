/*
 * Journeys over the service: templates of a program, journeys that begin after one, and
 * the steps that people settle. See db/journeys.h for rows and call.h for the call.
 */
#ifndef API_SERVICE_JOURNEYS_H
#define API_SERVICE_JOURNEYS_H

#include "api/call.h"
#include "db/journeys.h"

enum {
	JOURNEY_STEPS_MAX = 60, /* of a template */
	JOURNEY_DAYS_MAX = 365, /* from its beginning to a due date */
};

enum err_code service_journeys_add_template(struct call *c,
    const struct id *program, const struct db_journey_template *t,
    struct id *ret_id, struct db_doc *ret_doc, struct err *e) ERR_CHECKED;
enum err_code service_journeys_change_template(struct call *c,
    const struct id *id, int64_t if_match, const struct db_journey_template *t,
    struct db_doc *ret_doc, struct err *e) ERR_CHECKED;

/* j->id is set. Everybody concerned sees it at once. */
enum err_code service_journeys_begin(struct call *c, struct db_journey *j,
    struct db_doc *ret_doc, struct err *e) ERR_CHECKED;
enum err_code service_journeys_end(struct call *c, const struct id *id,
    int64_t if_match, struct db_doc *ret_doc, struct err *e) ERR_CHECKED;

/* state and note NULL keep what is. ERR_FORBIDDEN for who sees the journey only. */
enum err_code service_journeys_settle(struct call *c, const struct id *journey,
    int64_t position, int64_t if_match, const char *state, const char *note,
    struct db_doc *ret_doc, struct err *e) ERR_CHECKED;

#endif
