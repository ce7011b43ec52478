/*
 * Use cases of intakes.
 *
 *   draft -> queued -> running -> solved -> published
 *
 * A generation may also end as failed or cancelled. Whatever is not queued, running
 * or published may be changed and generated again; both forget the former plan. All
 * of it is for staff; the routes see to that.
 */
#ifndef API_SERVICE_INTAKES_H
#define API_SERVICE_INTAKES_H

#include "api/call.h"
#include "db/intakes.h"

struct json_object;

enum intake_file {
	INTAKE_INPUT, /* the member file that the solver read */
	INTAKE_PLAN,  /* the cohorts file that it wrote */
};

/* ERR_NOT_FOUND without the program; faults of all fields at once. */
enum err_code service_intakes_create(struct call *c, const struct id *program,
    struct json_object *body, struct id *ret_id, struct db_doc *ret_doc,
    struct err *e) ERR_CHECKED;

/* A merge patch over the present values, checked as a whole. The intake is a draft
 * again. if_match 0: any version. */
enum err_code service_intakes_patch(struct call *c, const struct id *intake,
    int64_t if_match, struct json_object *body, struct db_doc *ret_doc,
    struct err *e) ERR_CHECKED;

/* A job that forms the cohorts; one at a time per intake. */
enum err_code service_intakes_generate(struct call *c, const struct id *intake,
    int64_t if_match, struct db_doc *ret_doc, struct err *e) ERR_CHECKED;

/* Stops a generation, or gives an unpublished intake up. A running one is asked:
 * it is cancelled when its worker has heard it. */
enum err_code service_intakes_cancel(struct call *c, const struct id *intake,
    struct db_doc *ret_doc, struct err *e) ERR_CHECKED;

/* solved -> published: everybody is committed to the sessions and invited.
 * ERR_DOUBLE_BOOKED when somebody became busy since; then nothing happens. */
enum err_code service_intakes_publish(struct call *c, const struct id *intake,
    int64_t if_match, struct db_doc *ret_doc, struct err *e) ERR_CHECKED;

/* ret_ended: neither queued nor running. */
enum err_code service_intakes_get(struct call *c, const struct id *intake,
    struct db_doc *ret_doc, bool *ret_ended, struct err *e) ERR_CHECKED;

/* ERR_NOT_FOUND until the intake is solved. */
enum err_code service_intakes_text(struct call *c, const struct id *intake,
    enum intake_file file, const char **ret_text, struct err *e) ERR_CHECKED;

#endif
