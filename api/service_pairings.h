/*
 * Use cases of pairings. Every pairing, by hand or from a proposal, is made by
 * service_pairings_make: a place of the mentor by guarded update, the pairing, the
 * request matched, the newcomer's other proposals expired, in that order.
 */
#ifndef API_SERVICE_PAIRINGS_H
#define API_SERVICE_PAIRINGS_H

#include "api/call.h"
#include "db/pairings.h"

/* ERR_CAPACITY when the mentor is full, ERR_CONFLICT when the newcomer is paired in
 * the program already. p->id is made here. */
enum err_code service_pairings_make(
    struct call *c, struct db_pairing_new *p, struct err *e) ERR_CHECKED;

/* A repair's first half: the pairing ends, if it is active still, and gives its place
 * back; the caller may take this step. */
enum err_code service_pairings_replace(
    struct call *c, const struct id *pairing, struct err *e) ERR_CHECKED;

/* By hand: both must be enrolled so (ERR_VALIDATION with fields). */
enum err_code service_pairings_create(struct call *c, struct db_pairing_new *p,
    struct db_doc *ret_doc, struct err *e) ERR_CHECKED;

/* active -> ended; gives the place back. Staff and both members may. reason may be
 * NULL; if_match 0: any version. */
enum err_code service_pairings_end(struct call *c, const struct id *pairing,
    int64_t if_match, const char *reason, struct db_doc *ret_doc,
    struct err *e) ERR_CHECKED;

enum err_code service_pairings_get(struct call *c, const struct id *pairing,
    struct db_doc *ret_doc, struct err *e) ERR_CHECKED;

/* f->viewer is set here: members see their own. */
enum err_code service_pairings_list(struct call *c, struct db_pairing_filter *f,
    const struct db_page *page, struct db_list *ret_list,
    struct err *e) ERR_CHECKED;

#endif
