/*
 * Use cases of proposals. The states and who may move between them:
 *
 *   proposed -> locked      lock     staff
 *   locked   -> proposed    unlock   staff; takes an offer back
 *   proposed, locked -> …   confirm  staff first: that is the offer; then each
 *                                    member whom the round's policy asks
 *        … confirmed when all have said yes: the pairing is made; locked until then
 *   proposed, locked -> declined     staff; a member who was asked
 *   proposed, locked -> expired      a new round, or the newcomer was paired
 *
 * confirmed, declined and expired are ends. An offered proposal is locked: a new
 * round keeps it. Members see what was offered to them and nothing else.
 */
#ifndef API_SERVICE_PROPOSALS_H
#define API_SERVICE_PROPOSALS_H

#include "api/call.h"
#include "db/proposals.h"

enum {
	PROPOSALS_MAX_BATCH = 200
};

enum proposal_step {
	PROPOSAL_LOCK,
	PROPOSAL_UNLOCK,
	PROPOSAL_CONFIRM,
	PROPOSAL_DECLINE
};

struct proposal_order {
	enum proposal_step step;
	int64_t if_match;   /* 0: any version */
	const char *reason; /* of a decline; may be NULL */
};

/* ERR_STATE with the note "current_state"; ERR_CAPACITY, ERR_CONFLICT as for
 * pairings; ERR_FORBIDDEN to a member whom the policy does not ask. */
enum err_code service_proposals_step(struct call *c, const struct id *proposal,
    const struct proposal_order *o, struct db_doc *ret_doc,
    struct err *e) ERR_CHECKED;

/* Confirm several of one round, all or none. The failure of one names its place
 * "/proposal_ids/<i>". ret_list has the documents. */
enum err_code service_proposals_confirm(struct call *c, const struct id *round,
    const struct id *proposal, size_t n, struct db_list *ret_list,
    struct err *e) ERR_CHECKED;

enum err_code service_proposals_get(struct call *c, const struct id *proposal,
    struct db_doc *ret_doc, struct err *e) ERR_CHECKED;

/* f->viewer is set here. */
enum err_code service_proposals_list(struct call *c,
    struct db_proposal_filter *f, const struct db_page *page,
    struct db_list *ret_list, struct err *e) ERR_CHECKED;

#endif
