/*
 * Mail on its way: messages of the outbox claimed for sending, what became of each, and
 * what every recipient has.
 *
 * A claim lasts for a lease by the database's clock and has an epoch. A message whose
 * lease ran out is claimed by the next sender; what the one before still reports is then
 * refused (ERR_STALE). What may be claimed at all `outbox_due` says: oldest first for
 * each event and recipient. Errors as in db.h; for the worker's connection.
 */
#ifndef DB_DELIVERY_H
#define DB_DELIVERY_H

#include "db/db.h"

enum {
	DB_DELIVERY_ERROR_MAX = 500, /* characters kept of a reason */
};

struct db_claim {
	struct id community_id, id;
	int64_t epoch, attempts; /* this one counted */
};

/* What may be sent, of any community. *ret_found false: nothing. In no transaction. */
enum err_code db_delivery_claim(struct db *db, struct arena *a, int64_t lease_s,
    struct db_claim *ret_claim, bool *ret_found, struct err *e) ERR_CHECKED;

/* All that a mail is made of. */
struct db_letter {
	const char *ics, *recipient_mail;
	int64_t told_at;       /* when the change was made */
	const char *name;      /* the recipient's */
	const char *time_zone; /* theirs */
	const char
	    *languages; /* theirs, best first, separated by spaces; or "" */
	const char *event_zone, *organizer_name, *community_name;
	const char *calendar_domain;
	const char *token; /* of the attendance */
	bool is_first;     /* nothing of this event went to them before */
	bool is_stopped;   /* they asked for no mail */
	bool is_gone;      /* the member is erased */
};
enum err_code db_delivery_letter(struct db *db, struct arena *a,
    const struct db_claim *claim, struct db_letter *ret_letter,
    struct err *e) ERR_CHECKED;

/* What became of a claim. ERR_STALE: it is another sender's now. Each forgets the lease.
 * `error` is cut; NULL: none. */

/* A mail server took it; the recipient holds this revision from now on. */
enum err_code db_delivery_sent(
    struct db *db, const struct db_claim *claim, struct err *e) ERR_CHECKED;

/* To be tried again after wait_s; not_counted: this attempt says nothing about it. */
enum err_code db_delivery_later(struct db *db, const struct db_claim *claim,
    int64_t wait_s, bool not_counted, const char *error,
    struct err *e) ERR_CHECKED;

/* Never to be sent: "dead" (given up), "withheld" (not wanted any more). */
enum err_code db_delivery_end(struct db *db, const struct db_claim *claim,
    const char *state, const char *error, struct err *e) ERR_CHECKED;

/* ---- the operator ---- */

struct db_stuck {
	struct id id;
	const char *state, *recipient_mail, *error; /* error "" when none */
	int64_t attempts, waits_s; /* until the next; 0: none is planned */
};

/* Messages of a state, oldest first, at most DB_LIST_MAX. */
enum err_code db_delivery_stuck(struct db *db, struct arena *a,
    const char *state, struct db_stuck **ret_row, size_t *ret_n,
    struct err *e) ERR_CHECKED;

/* One that is dead or waits, or with NULL all of them, may be tried at once, its attempts
 * forgotten; not what a newer message has overtaken. */
enum err_code db_delivery_retry(struct db *db, const struct id *id,
    int64_t *ret_n, struct err *e) ERR_CHECKED;

/* One that waits is given up. ERR_STATE when it does not wait. */
enum err_code db_delivery_drop(
    struct db *db, const struct id *id, struct err *e) ERR_CHECKED;

/* ---- for the API ---- */

enum err_code db_delivery_list(struct db *db, struct arena *a,
    const struct id *community, const struct id *event, const struct id *member,
    const struct db_page *page, struct db_list *ret_list,
    struct err *e) ERR_CHECKED;
enum err_code db_delivery_get(struct db *db, struct arena *a,
    const struct id *community, const struct id *id, struct id *ret_member,
    struct db_doc *ret_doc, struct err *e) ERR_CHECKED;

extern const struct db_stmt *const db_delivery_stmts[];

#endif
