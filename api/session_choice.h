/* Other starts for a session: from the database's rows to the scheduler and back. */
#ifndef API_SESSION_CHOICE_H
#define API_SESSION_CHOICE_H

#include "api/call.h"
#include "db/sessions.h"

/* The best `limit` starts as documents. The caller has judged who asks. */
enum err_code session_choice(struct call *c, const struct db_session *s,
    int64_t limit, struct db_list *ret_list, struct err *e) ERR_CHECKED;

#endif
