/* Handlers of trials: see service_trials.h. */
#include "api/bind.h"
#include "api/handlers.h"
#include "api/service_trials.h"
#include "base/jscan.h"
#include "db/programs.h"
#include "matcher/community.h"

enum {
	RETRY_AFTER_S = 1
};

static void accepted(
    struct request *r, const struct id *id, const struct db_doc *doc)
{
	reply_accepted(
	    r, request_address(r, "/v1/trials/", id), RETRY_AFTER_S, doc);
}

/* Of a parked POST: 202 with the trial as it is, 200 when it has ended. */
static enum err_code recheck(struct request *r, bool *ret_done)
{
	struct db_doc doc;
	enum err_code code = service_trials_get(
	    &r->call, &r->recheck_id, &doc, ret_done, &r->err);

	if (code != ERR_OK)
		return code;
	if (*ret_done)
		reply_doc(r, &doc);
	else
		accepted(r, &r->recheck_id, &doc);
	return ERR_OK;
}

static enum err_code begun(
    struct request *r, const struct id *id, const struct db_doc *doc)
{
	accepted(r, id, doc);
	request_wait(r, *id, recheck);
	return ERR_OK;
}

struct explain_body {
	struct id newcomer_id, mentor_id;
	enum bind_seen mentor_seen;
};

static const struct bind EXPLAIN[] = {
    {"newcomer_id", BIND_UUID, BIND_REQUIRED,
	BIND_INTO(struct explain_body, newcomer_id)},
    {"mentor_id", BIND_UUID, BIND_NULLABLE,
	BIND_INTO(struct explain_body, mentor_id),
	BIND_SEEN(struct explain_body, mentor_seen)},
    {0},
};

enum err_code h_trials_explain(struct request *r)
{
	struct trial_explain x = {0};
	struct explain_body body = {0};
	struct db_doc doc;
	struct id id;
	enum err_code code =
	    request_path_id(r, "id", "matching round", &x.round_id);

	if (code == ERR_OK)
		code = bind_object(
		    r->call.arena, r->json, EXPLAIN, &body, &r->err);
	x.newcomer_id = body.newcomer_id;
	x.mentor_id = body.mentor_seen == BIND_VALUE ? &body.mentor_id : NULL;
	if (code == ERR_OK)
		code = service_trials_explain(&r->call, &x, &id, &doc, &r->err);
	return code == ERR_OK ? begun(r, &id, &doc) : code;
}

/* The body is the draft itself, so that its faults have their places. */
enum err_code h_trials_compare(struct request *r)
{
	struct trial_compare x = {.draft = r->json};
	struct db_doc doc;
	struct id id;
	enum err_code code = request_path_id(r, "id", "program", &x.program_id);

	if (code == ERR_OK)
		code = request_query_int(
		    r, "policy_version", 1, INT32_MAX, &x.policy_version);
	if (code == ERR_OK)
		code =
		    request_query_int(r, "seed", 0, JSCAN_MAX_INTEGER, &x.seed);
	if (code == ERR_OK)
		code = service_trials_compare(&r->call, &x, &id, &doc, &r->err);
	return code == ERR_OK ? begun(r, &id, &doc) : code;
}

struct repair_body {
	int64_t changes, frontier;
	enum bind_seen changes_seen, frontier_seen;
	struct bind_list without;
};

static const struct bind EACH_ID[] = {
    {"", BIND_UUID, 0, BIND_EACH(struct id)},
};

static const struct bind REPAIR[] = {
    {"changes", BIND_INT, 0, BIND_INTO(struct repair_body, changes), .min = 0,
	.max = COMMUNITY_MAX_PEOPLE,
	BIND_SEEN(struct repair_body, changes_seen)},
    {"frontier", BIND_INT, BIND_NULLABLE,
	BIND_INTO(struct repair_body, frontier), .min = 1,
	.max = TRIALS_MAX_FRONTIER,
	BIND_SEEN(struct repair_body, frontier_seen)},
    {"without_mentor_ids", BIND_LIST, BIND_UNIQUE,
	BIND_INTO(struct repair_body, without), .max = TRIALS_MAX_WITHOUT,
	.item = EACH_ID, .item_size = sizeof(struct id)},
    {0},
};

enum err_code h_trials_repair(struct request *r)
{
	struct trial_repair x = {0};
	struct repair_body body = {0};
	struct db_doc doc;
	struct id id;
	enum err_code code = request_path_id(r, "id", "program", &x.program_id);

	if (code == ERR_OK && r->json != NULL)
		code =
		    bind_object(r->call.arena, r->json, REPAIR, &body, &r->err);
	if (code == ERR_OK && body.changes_seen == BIND_VALUE &&
	    body.frontier_seen == BIND_VALUE) {
		err_add_field(&r->err, ERR_VALIDATION, "/frontier",
		    "expected either changes or a frontier");
		code = ERR_VALIDATION;
	}
	x.changes = body.changes;
	x.frontier = body.frontier;
	x.without = body.without.item;
	x.n_without = body.without.n;
	if (code == ERR_OK)
		code = service_trials_repair(&r->call, &x, &id, &doc, &r->err);
	return code == ERR_OK ? begun(r, &id, &doc) : code;
}

enum err_code h_trials_list(struct request *r)
{
	static const char *const KINDS[] = {
	    "explanation", "comparison", "repair", NULL};
	const char *kind = NULL;
	struct call *c = &r->call;
	struct db_page page;
	struct db_list list;
	struct db_doc program;
	struct id id;
	enum err_code code = request_path_id(r, "id", "program", &id);

	if (code == ERR_OK)
		code = request_page(r, &page);
	if (code == ERR_OK)
		code = request_query_word(r, "kind", KINDS, &kind);
	if (code == ERR_OK)
		code = db_program_get(c->db, c->arena, &c->who.community_id,
		    &id, &program, &r->err);
	if (code == ERR_OK)
		code = db_trial_list(c->db, c->arena, &c->who.community_id, &id,
		    kind, &page, &list, &r->err);
	return code == ERR_OK ? reply_list(r, &list) : code;
}

/* With Prefer: wait=N the answer comes when the trial has ended, or after N s. */
static enum err_code recheck_get(struct request *r, bool *ret_done)
{
	struct db_doc doc;
	enum err_code code = service_trials_get(
	    &r->call, &r->recheck_id, &doc, ret_done, &r->err);

	if (code == ERR_OK)
		reply_doc(r, &doc);
	return code;
}

enum err_code h_trials_get(struct request *r)
{
	bool ended = false;
	enum err_code code = request_path_id(r, "id", "trial", &r->recheck_id);

	if (code == ERR_OK)
		code = recheck_get(r, &ended);
	if (code == ERR_OK && !ended)
		request_wait(r, r->recheck_id, recheck_get);
	return code;
}

enum err_code h_trials_cancel(struct request *r)
{
	struct db_doc doc;
	struct id id;
	enum err_code code = request_path_id(r, "id", "trial", &id);

	if (code == ERR_OK)
		code = service_trials_cancel(&r->call, &id, &doc, &r->err);
	return code == ERR_OK ? begun(r, &id, &doc) : code;
}

enum err_code h_trials_accept(struct request *r)
{
	struct db_list list;
	struct id id;
	enum err_code code = request_path_id(r, "id", "trial", &id);

	if (code == ERR_OK)
		code = service_trials_accept(
		    &r->call, &id, r->if_match, &list, &r->err);
	return code == ERR_OK ? reply_list(r, &list) : code;
}
