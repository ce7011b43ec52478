/* Who may take a cohort over from its guide: from rows to the scheduler and back. */
#ifndef API_COHORT_CHOICE_H
#define API_COHORT_CHOICE_H

#include "api/call.h"
#include "db/cohorts.h"

enum {
	COHORT_MAX_SUCCESSORS = 10 /* that are looked at closely */
};

/* The best successors as documents, `limit` at most. The caller has judged who asks.
 * ERR_STATE when no session is to come. */
enum err_code cohort_choice(struct call *c, const struct db_cohort *k,
    int64_t limit, struct db_list *ret_list, struct err *e) ERR_CHECKED;

#endif
