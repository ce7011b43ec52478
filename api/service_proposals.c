/*
 * Proposals: see service_proposals.h, whose table of states is STEPS here. Invariant:
 * a pairing is made in the transaction of the last confirmation, or not at all.
 */
#include "api/service_proposals.h"

#include "api/auth.h"
#include "api/policy_file.h"
#include "api/service_audit.h"
#include "api/service_pairings.h"
#include "db/rounds.h"
#include "db/wall.h"

enum state {
	PROPOSED = 1,
	LOCKED = 2,
	ENDED = 0 /* confirmed, declined, expired */
};

static const struct step {
	const char *verb, *action;
	unsigned from; /* set of enum state */
	bool members;  /* who were asked may do it too */
} STEPS[] = {
    [PROPOSAL_LOCK] = {"locked", "proposal.lock", PROPOSED, false},
    [PROPOSAL_UNLOCK] = {"unlocked", "proposal.unlock", LOCKED, false},
    [PROPOSAL_CONFIRM] = {"confirmed", "proposal.confirm", PROPOSED | LOCKED,
	true},
    [PROPOSAL_DECLINE] = {"declined", "proposal.decline", PROPOSED | LOCKED,
	true},
};

/* Whose yes the round's policy wants besides the coordinator's. */
struct asked {
	bool newcomer, mentor;
};

static enum state state_of(const struct db_proposal *p)
{
	if (strcmp(p->state, "proposed") == 0)
		return PROPOSED;
	return strcmp(p->state, "locked") == 0 ? LOCKED : ENDED;
}

static enum err_code read_asked(struct call *c, const struct db_proposal *p,
    struct asked *ret_asked, struct err *e)
{
	struct policy policy;
	enum err_code code = policy_file_read(
	    c->arena, p->policy, strlen(p->policy), &policy, e);

	if (code != ERR_OK)
		return ERR_SET(e, BUG, "a stored policy cannot be read");
	*ret_asked = (struct asked){
	    policy.confirm_by_newcomer, policy.confirm_by_mentor};
	return ERR_OK;
}

/* Visible at all, then allowed, then fresh, then in a fitting state. */
static enum err_code check_step(const struct call *c,
    const struct db_proposal *p, const struct proposal_order *o,
    const struct asked *asked, struct err *e)
{
	const struct step *step = &STEPS[o->step];

	if (!auth_is_staff(&c->who)) {
		bool newcomer = auth_is_member(&c->who, &p->newcomer_id);
		bool mentor = auth_is_member(&c->who, &p->mentor_id);

		if (!p->by_coordinator || (!newcomer && !mentor))
			return ERR_SET(
			    e, NOT_FOUND, "there is no such proposal");
		if (!step->members || (newcomer && !asked->newcomer) ||
		    (mentor && !asked->mentor))
			return ERR_SET(e, FORBIDDEN,
			    "the policy leaves this to the coordinators");
	}
	if (o->if_match != 0 && o->if_match != p->row_version)
		return ERR_SET(
		    e, STALE, "the proposal changed since it was read");
	if ((step->from & state_of(p)) == 0) {
		err_note(e, "current_state", p->state);
		return ERR_SET(e, STATE, "a %s proposal cannot be %s", p->state,
		    step->verb);
	}
	return ERR_OK;
}

static enum err_code move_request(struct call *c, const struct db_proposal *p,
    const char *state, const char *reason, struct err *e)
{
	return db_pairing_move_request(c->db, &c->who.community_id,
	    &p->program_id, &p->newcomer_id, state, service_audit_actor(c),
	    reason, e);
}

static enum err_code confirm(struct call *c, const struct db_proposal *p,
    const struct asked *asked, struct db_proposal_change *to, struct err *e)
{
	struct db_pairing_new pairing = {.program_id = p->program_id,
	    .newcomer_id = p->newcomer_id,
	    .mentor_id = p->mentor_id,
	    .proposal_id = &p->id};

	to->by_coordinator |= auth_is_staff(&c->who);
	if (!auth_is_staff(&c->who)) {
		to->by_newcomer |= auth_is_member(&c->who, &p->newcomer_id);
		to->by_mentor |= auth_is_member(&c->who, &p->mentor_id);
	}
	if (to->by_coordinator && (to->by_newcomer || !asked->newcomer) &&
	    (to->by_mentor || !asked->mentor)) {
		enum err_code code = ERR_OK;

		to->state = "confirmed";
		if (p->replaces)
			code = service_pairings_replace(
			    c, &p->replaces_pairing_id, e);
		return code == ERR_OK ? service_pairings_make(c, &pairing, e)
				      : code;
	}
	to->state = "locked";
	if (p->by_coordinator)
		return ERR_OK; /* offered before */
	return move_request(c, p, "offered", NULL, e);
}

/* The offer, if it was one, is off the table; the newcomer waits again. */
static enum err_code take_back(struct call *c, const struct db_proposal *p,
    const char *reason, struct err *e)
{
	return p->by_coordinator
		   ? db_pairing_reopen_request(c->db, &c->who.community_id,
			 &p->program_id, &p->newcomer_id, &p->id,
			 service_audit_actor(c), reason, e)
		   : ERR_OK;
}

static enum err_code make_step(struct call *c, const struct db_proposal *p,
    const struct proposal_order *o, const struct asked *asked, struct err *e)
{
	struct db_proposal_change to = {.state = "locked",
	    .by_coordinator = p->by_coordinator,
	    .by_newcomer = p->by_newcomer,
	    .by_mentor = p->by_mentor};
	enum err_code code = ERR_OK;

	switch (o->step) {
	case PROPOSAL_LOCK:
		break;
	case PROPOSAL_UNLOCK:
		to = (struct db_proposal_change){.state = "proposed"};
		code = take_back(c, p, "the offer was taken back", e);
		break;
	case PROPOSAL_CONFIRM:
		code = confirm(c, p, asked, &to, e);
		break;
	case PROPOSAL_DECLINE:
		to.state = "declined";
		to.decline_reason = o->reason;
		code = take_back(c, p, "the offer was declined", e);
		break;
	}
	if (code == ERR_OK)
		code = db_proposal_set(
		    c->db, &c->who.community_id, &p->id, &to, e);
	if (code == ERR_OK)
		code = service_audit_state(c, STEPS[o->step].action, "proposal",
		    &p->id, p->state, to.state, e);
	return code;
}

/* round NULL: whichever. */
static enum err_code step_one(struct call *c, const struct id *round,
    const struct id *proposal, const struct proposal_order *o, struct err *e)
{
	struct db_proposal p;
	struct asked asked = {0};
	enum err_code code = db_proposal_lock(
	    c->db, c->arena, &c->who.community_id, proposal, &p, e);

	if (code != ERR_OK)
		return code;
	if (round != NULL &&
	    memcmp(round, &p.matching_round_id, sizeof(*round)) != 0)
		return ERR_SET(
		    e, NOT_FOUND, "the proposal is not of this round");
	code = read_asked(c, &p, &asked, e);
	if (code == ERR_OK)
		code = check_step(c, &p, o, &asked, e);
	if (code == ERR_OK)
		code = db_act_on(c->db, "proposal", proposal, e);
	if (code == ERR_OK)
		code = make_step(c, &p, o, &asked, e);
	return code;
}

enum err_code service_proposals_step(struct call *c, const struct id *proposal,
    const struct proposal_order *o, struct db_doc *ret_doc, struct err *e)
{
	enum err_code code = step_one(c, NULL, proposal, o, e);

	if (code == ERR_OK)
		code = service_proposals_get(c, proposal, ret_doc, e);
	return code;
}

struct batch_item {
	struct id id;
	size_t place;
};

static int by_id(const void *a, const void *b)
{
	const struct batch_item *x = a, *y = b;

	return memcmp(&x->id, &y->id, sizeof(x->id));
}

/* Who change places in a repair make room for each other: what ends with the batch
 * ends before anything of it begins. What is wrong with a proposal is for its step to
 * say; then nothing has happened. */
static enum err_code make_room(
    struct call *c, const struct id *proposal, struct err *e)
{
	struct db_proposal p;
	struct asked asked = {0};
	enum err_code code = db_proposal_lock(
	    c->db, c->arena, &c->who.community_id, proposal, &p, e);

	if (code == ERR_NOT_FOUND) {
		err_clear(e);
		return ERR_OK;
	}
	if (code == ERR_OK && p.replaces && state_of(&p) != ENDED)
		code = read_asked(c, &p, &asked, e);
	if (code == ERR_OK && p.replaces && state_of(&p) != ENDED &&
	    !asked.newcomer && !asked.mentor)
		code = service_pairings_replace(c, &p.replaces_pairing_id, e);
	return code;
}

/* In the order of ids, so that two batches never wait for each other in a circle. */
static enum err_code confirm_all(struct call *c, const struct id *round,
    struct batch_item *item, size_t n, struct err *e)
{
	const struct proposal_order order = {.step = PROPOSAL_CONFIRM};
	char place[ERR_PLACE_SIZE];

	qsort(item, n, sizeof(*item), by_id);
	for (size_t i = 0; i < n; i++) {
		enum err_code code = make_room(c, &item[i].id, e);

		if (code != ERR_OK)
			return code;
	}
	for (size_t i = 0; i < n; i++) {
		enum err_code code = step_one(c, round, &item[i].id, &order, e);

		if (code != ERR_OK) {
			snprintf(place, sizeof(place), "/proposal_ids/%zu",
			    item[i].place);
			err_add_field(e, code, place, "%s", e->detail);
			return code;
		}
	}
	return ERR_OK;
}

enum err_code service_proposals_confirm(struct call *c, const struct id *round,
    const struct id *proposal, size_t n, struct db_list *ret_list,
    struct err *e)
{
	struct batch_item *item = ARENA_ARRAY(c->arena, n, struct batch_item);
	const char **doc = ARENA_ARRAY(c->arena, n, const char *);
	const char *state;
	enum err_code code = db_round_state(
	    c->db, c->arena, &c->who.community_id, round, false, &state, e);

	if (code != ERR_OK)
		return code;
	if (item == NULL || doc == NULL)
		return ERR_SET(e, NOMEM, "no memory for the batch");
	for (size_t i = 0; i < n; i++)
		item[i] = (struct batch_item){proposal[i], i};
	code = confirm_all(c, round, item, n, e);
	for (size_t i = 0; i < n && code == ERR_OK; i++) {
		struct db_doc one;

		code = service_proposals_get(c, &proposal[i], &one, e);
		if (code == ERR_OK)
			doc[i] = one.json;
	}
	if (code == ERR_OK)
		*ret_list = (struct db_list){.doc = doc, .n = n};
	return code;
}

enum err_code service_proposals_get(struct call *c, const struct id *proposal,
    struct db_doc *ret_doc, struct err *e)
{
	const struct id *sees = NULL;
	enum err_code code = auth_viewer(&c->who, &sees, e);

	if (code == ERR_OK)
		code = db_proposal_get(c->db, c->arena, &c->who.community_id,
		    proposal, sees, ret_doc, e);
	return code;
}

enum err_code service_proposals_list(struct call *c,
    struct db_proposal_filter *f, const struct db_page *page,
    struct db_list *ret_list, struct err *e)
{
	enum err_code code = auth_viewer(&c->who, &f->viewer, e);

	if (code == ERR_OK)
		code = db_proposal_list(c->db, c->arena, &c->who.community_id,
		    f, page, ret_list, e);
	return code;
}
