/* Handlers of matching rounds: see service_rounds.h. */
#include "api/bind.h"
#include "api/handlers.h"
#include "api/service_rounds.h"
#include "base/jscan.h"
#include "db/programs.h"

enum {
	RETRY_AFTER_S = 2
};

static const struct bind ORDER[] = {
    {"seed", BIND_INT, 0, BIND_INTO(struct round_order, seed), .min = 0,
	.max = JSCAN_MAX_INTEGER},
    {"policy_version", BIND_INT, 0,
	BIND_INTO(struct round_order, policy_version), .min = 1,
	.max = INT32_MAX},
    {0},
};

static const char *location(struct request *r, const struct id *id)
{
	char text[ID_TEXT_SIZE];

	id_format(id, text);
	return arena_printf(r->call.arena, "/v1/matching-rounds/%s", text);
}

/* Of a parked POST: 202 with the round as it is, 200 when it has ended. */
static enum err_code recheck(struct request *r, bool *ret_done)
{
	struct db_doc doc;
	enum err_code code = service_rounds_get(
	    &r->call, &r->recheck_id, &doc, ret_done, &r->err);

	if (code != ERR_OK)
		return code;
	if (*ret_done)
		reply_doc(r, &doc);
	else
		reply_accepted(
		    r, location(r, &r->recheck_id), RETRY_AFTER_S, &doc);
	return ERR_OK;
}

enum err_code h_rounds_create(struct request *r)
{
	struct round_order order = {0};
	struct db_doc doc;
	struct id id;
	enum err_code code =
	    request_path_id(r, "id", "program", &order.program_id);

	if (code == ERR_OK && r->json != NULL)
		code =
		    bind_object(r->call.arena, r->json, ORDER, &order, &r->err);
	if (code == ERR_OK)
		code =
		    service_rounds_start(&r->call, &order, &id, &doc, &r->err);
	if (code != ERR_OK)
		return code;
	reply_accepted(r, location(r, &id), RETRY_AFTER_S, &doc);
	request_wait(r, id, recheck);
	return ERR_OK;
}

enum err_code h_rounds_list(struct request *r)
{
	struct call *c = &r->call;
	struct db_page page;
	struct db_list list;
	struct db_doc program;
	struct id id;
	enum err_code code = request_path_id(r, "id", "program", &id);

	if (code == ERR_OK)
		code = request_page(r, &page);
	if (code == ERR_OK)
		code = db_program_get(c->db, c->arena, &c->who.community_id,
		    &id, &program, &r->err);
	if (code == ERR_OK)
		code = db_round_list(c->db, c->arena, &c->who.community_id, &id,
		    &page, &list, &r->err);
	return code == ERR_OK ? reply_list(r, &list) : code;
}

/* With Prefer: wait=N the answer comes when the round has ended, or after N s. */
static enum err_code recheck_get(struct request *r, bool *ret_done)
{
	struct db_doc doc;
	enum err_code code = service_rounds_get(
	    &r->call, &r->recheck_id, &doc, ret_done, &r->err);

	if (code == ERR_OK)
		reply_doc(r, &doc);
	return code;
}

enum err_code h_rounds_get(struct request *r)
{
	bool ended = false;
	enum err_code code =
	    request_path_id(r, "id", "matching round", &r->recheck_id);

	if (code == ERR_OK)
		code = recheck_get(r, &ended);
	if (code == ERR_OK && !ended)
		request_wait(r, r->recheck_id, recheck_get);
	return code;
}

enum err_code h_rounds_cancel(struct request *r)
{
	struct db_doc doc;
	struct id id;
	enum err_code code = request_path_id(r, "id", "matching round", &id);

	if (code == ERR_OK)
		code = service_rounds_cancel(&r->call, &id, &doc, &r->err);
	if (code != ERR_OK)
		return code;
	reply_accepted(r, location(r, &id), RETRY_AFTER_S, &doc);
	request_wait(r, id, recheck);
	return ERR_OK;
}

static enum err_code send_text(
    struct request *r, enum db_round_file file, const char *type)
{
	const char *text = NULL;
	struct id id;
	enum err_code code = request_path_id(r, "id", "matching round", &id);

	if (code == ERR_OK)
		code = service_rounds_text(&r->call, &id, file, &text, &r->err);
	if (code == ERR_OK)
		reply_digested(r, type, text, strlen(text));
	return code;
}

enum err_code h_rounds_input(struct request *r)
{
	return send_text(r, DB_ROUND_INPUT, "text/csv; charset=utf-8");
}

enum err_code h_rounds_plan(struct request *r)
{
	return send_text(r, DB_ROUND_PLAN, "application/json");
}

enum err_code h_rounds_certificate(struct request *r)
{
	return send_text(r, DB_ROUND_CERTIFICATE, "application/json");
}
