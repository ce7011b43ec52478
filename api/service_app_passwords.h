/*
 * App passwords: made by the member, or by the staff for them, shown once, revoked by
 * the same. Of them the caller may act for the member: the handlers see to that.
 */
#ifndef API_SERVICE_APP_PASSWORDS_H
#define API_SERVICE_APP_PASSWORDS_H

#include "api/auth.h"
#include "api/call.h"
#include "db/app_passwords.h"

enum err_code service_app_passwords_create(struct call *c,
    const struct id *member, const char *name,
    struct auth_app_password *ret_password, struct db_doc *ret_doc,
    struct err *e) ERR_CHECKED;

enum err_code service_app_passwords_revoke(struct call *c,
    const struct id *member, const struct id *id, struct err *e) ERR_CHECKED;

#endif
