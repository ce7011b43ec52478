/*
 * Use cases of published cohorts: their words, their people, their end. Each tells
 * exactly those whose calendars change, in the transaction of the change:
 *
 *   name, place, text   everybody, under the same SEQUENCE: answers stay
 *   guide               the former one that it is over, the new one of all of it, the
 *                       rest as above
 *   one more person     that person, of all of it
 *   one person less     that person, that it is over
 *   the end             everybody
 *
 * For staff; the routes see to that. ERR_STATE unless the cohort is published.
 */
#ifndef API_SERVICE_COHORTS_H
#define API_SERVICE_COHORTS_H

#include "api/call.h"
#include "db/cohorts.h"

/* NULL: as it is. */
struct cohort_change {
	const char *name, *location, *description;
	const struct id *guide_id;

	/* With another guide: sessions that they cannot hold where they are. */
	const struct cohort_session_move {
		struct id session_id;
		int64_t starts_at;
	} * move;

	size_t n_moves;
};

/* Who would disturb the cohort least as its new guide, best first, as documents; of a
 * proposed cohort too. */
enum err_code service_cohorts_successors(struct call *c,
    const struct id *cohort, int64_t limit, struct db_list *ret_list,
    struct err *e) ERR_CHECKED;

enum err_code service_cohorts_change(struct call *c, const struct id *cohort,
    int64_t if_match, const struct cohort_change *change,
    struct db_doc *ret_doc, struct err *e) ERR_CHECKED;

enum err_code service_cohorts_add(struct call *c, const struct id *cohort,
    int64_t if_match, const struct id *member, struct db_doc *ret_doc,
    struct err *e) ERR_CHECKED;

/* The guide does not leave: name another one. */
enum err_code service_cohorts_remove(struct call *c, const struct id *cohort,
    int64_t if_match, const struct id *member, struct err *e) ERR_CHECKED;

enum err_code service_cohorts_cancel(struct call *c, const struct id *cohort,
    int64_t if_match, struct db_doc *ret_doc, struct err *e) ERR_CHECKED;

#endif
