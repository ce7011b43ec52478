/* Handlers of proposals: see service_proposals.h. */
#include "api/bind.h"
#include "api/handlers.h"
#include "api/service_proposals.h"
#include "db/rounds.h"

enum {
	MAX_REASON = 1000 /* characters */
};

static const struct bind REASON[] = {
    {"reason", BIND_STRING, BIND_NULLABLE | BIND_LINES,
	BIND_INTO(struct proposal_order, reason), .min = 1, .max = MAX_REASON},
    {0},
};

struct batch {
	struct bind_list proposal_ids;
};

static const struct bind EACH_ID[] = {
    {"", BIND_UUID, 0, BIND_EACH(struct id)},
};

static const struct bind BATCH[] = {
    {"proposal_ids", BIND_LIST, BIND_REQUIRED | BIND_UNIQUE,
	BIND_INTO(struct batch, proposal_ids), .min = 1,
	.max = PROPOSALS_MAX_BATCH, .item = EACH_ID,
	.item_size = sizeof(struct id)},
    {0},
};

static enum err_code list(struct request *r, struct db_proposal_filter *f)
{
	static const char *const STATES[] = {
	    "proposed", "locked", "confirmed", "declined", "expired", NULL};
	struct db_page page;
	struct db_list found;
	enum err_code code = request_page(r, &page);

	if (code == ERR_OK)
		code = request_query_word(r, "state", STATES, &f->state);
	if (code == ERR_OK)
		code =
		    service_proposals_list(&r->call, f, &page, &found, &r->err);
	return code == ERR_OK ? reply_list(r, &found) : code;
}

enum err_code h_proposals_list(struct request *r)
{
	struct db_proposal_filter f = {0};
	struct id round, program, member;
	bool given = false;
	enum err_code code =
	    request_query_id(r, "matching_round_id", &round, &given);

	f.matching_round_id = given ? &round : NULL;
	given = false;
	if (code == ERR_OK)
		code = request_query_id(r, "program_id", &program, &given);
	f.program_id = given ? &program : NULL;
	given = false;
	if (code == ERR_OK)
		code = request_query_id(r, "member_id", &member, &given);
	f.member_id = given ? &member : NULL;
	return code == ERR_OK ? list(r, &f) : code;
}

enum err_code h_proposals_list_of_round(struct request *r)
{
	struct call *c = &r->call;
	struct db_proposal_filter f = {0};
	const char *state;
	struct id round;
	enum err_code code = request_path_id(r, "id", "matching round", &round);

	f.matching_round_id = &round;
	if (code == ERR_OK)
		code = db_round_state(c->db, c->arena, &c->who.community_id,
		    &round, false, &state, &r->err);
	return code == ERR_OK ? list(r, &f) : code;
}

enum err_code h_proposals_get(struct request *r)
{
	struct db_doc doc;
	struct id id;
	enum err_code code = request_path_id(r, "id", "proposal", &id);

	if (code == ERR_OK)
		code = service_proposals_get(&r->call, &id, &doc, &r->err);
	if (code == ERR_OK)
		reply_doc(r, &doc);
	return code;
}

static enum err_code step(struct request *r, enum proposal_step which)
{
	struct proposal_order order = {.step = which, .if_match = r->if_match};
	struct db_doc doc;
	struct id id;
	enum err_code code = request_path_id(r, "id", "proposal", &id);

	if (code == ERR_OK && r->json != NULL)
		code = bind_object(
		    r->call.arena, r->json, REASON, &order, &r->err);
	if (code == ERR_OK)
		code = service_proposals_step(
		    &r->call, &id, &order, &doc, &r->err);
	if (code == ERR_OK)
		reply_doc(r, &doc);
	return code;
}

enum err_code h_proposals_lock(struct request *r)
{
	return step(r, PROPOSAL_LOCK);
}

enum err_code h_proposals_unlock(struct request *r)
{
	return step(r, PROPOSAL_UNLOCK);
}

enum err_code h_proposals_confirm(struct request *r)
{
	return step(r, PROPOSAL_CONFIRM);
}

enum err_code h_proposals_decline(struct request *r)
{
	return step(r, PROPOSAL_DECLINE);
}

enum err_code h_proposals_confirm_batch(struct request *r)
{
	struct batch batch = {0};
	struct db_list docs;
	struct id round;
	enum err_code code = request_path_id(r, "id", "matching round", &round);

	if (code == ERR_OK)
		code =
		    bind_object(r->call.arena, r->json, BATCH, &batch, &r->err);
	if (code == ERR_OK)
		code = service_proposals_confirm(&r->call, &round,
		    batch.proposal_ids.item, batch.proposal_ids.n, &docs,
		    &r->err);
	return code == ERR_OK ? reply_list(r, &docs) : code;
}
