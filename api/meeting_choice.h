/* Starts for a first meeting: from the agendas of two people to documents. */
#ifndef API_MEETING_CHOICE_H
#define API_MEETING_CHOICE_H

#include "api/call.h"

struct meeting_choice {
	struct id newcomer_id, mentor_id;
	int64_t from, to; /* see struct meeting_search */
	int64_t minutes;
	int64_t limit;
};

/* The caller has judged who asks. */
enum err_code meeting_choice(struct call *c, const struct meeting_choice *x,
    struct db_list *ret_list, struct err *e) ERR_CHECKED;

#endif
