/*
 * Programs, policies, enrollments, mentor requests: the use cases. Every change is
 * audited; if_match 0 means any version. Who may what is said at each.
 */
#ifndef API_SERVICE_PROGRAMS_H
#define API_SERVICE_PROGRAMS_H

#include "api/call.h"
#include "db/programs.h"
#include "db/requests.h"

struct json_object;

/* Staff. A new program has policy version 1: the defaults of matcher/policy. */
enum err_code service_programs_create(struct call *c, const char *name,
    const char *description, struct id *ret_id, struct db_doc *ret_doc,
    struct err *e) ERR_CHECKED;
/* NULL keeps what is. */
enum err_code service_programs_patch(struct call *c, const struct id *id,
    int64_t if_match, const char *name, const char *description,
    struct db_doc *ret_doc, struct err *e) ERR_CHECKED;

/* Staff: the next version, checked and stored in its canonical form. */
enum err_code service_programs_set_policy(struct call *c,
    const struct id *program, int64_t if_match, struct json_object *tree,
    struct db_doc *ret_doc, struct err *e) ERR_CHECKED;

/* Staff. ERR_CAPACITY below the places in use; ERR_STATE on leaving with some. */
enum err_code service_programs_enroll(struct call *c,
    const struct db_enrollment *n, int64_t if_match, struct db_doc *ret_doc,
    struct err *e) ERR_CHECKED;
enum err_code service_programs_leave(struct call *c, const struct id *program,
    const struct id *member, const char *role, int64_t if_match,
    struct err *e) ERR_CHECKED;

/* A newcomer for themselves (member NULL), staff for any member. wanted: see
 * db_request_create. */
enum err_code service_programs_ask(struct call *c, const struct id *program,
    const struct id *member, const char *note, int64_t wanted,
    struct id *ret_id, struct db_doc *ret_doc, struct err *e) ERR_CHECKED;
/* One's own, or staff; else there is no such request. */
enum err_code service_programs_request(struct call *c, const struct id *id,
    struct db_doc *ret_doc, struct err *e) ERR_CHECKED;
enum err_code service_programs_withdraw(struct call *c, const struct id *id,
    int64_t if_match, const char *reason, struct db_doc *ret_doc,
    struct err *e) ERR_CHECKED;

#endif
