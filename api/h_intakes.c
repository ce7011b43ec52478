/* Handlers of intakes: see service_intakes.h. */
#include <string.h>

#include "api/handlers.h"
#include "api/service_intakes.h"
#include "db/programs.h"

enum {
	RETRY_AFTER_S = 2
};

static const char *location(struct request *r, const struct id *id)
{
	char text[ID_TEXT_SIZE];

	id_format(id, text);
	return arena_printf(r->call.arena, "/v1/intakes/%s", text);
}

enum err_code h_intakes_create(struct request *r)
{
	struct db_doc doc;
	struct id program, id;
	enum err_code code = request_path_id(r, "id", "program", &program);

	if (code == ERR_OK)
		code = service_intakes_create(
		    &r->call, &program, r->json, &id, &doc, &r->err);
	if (code == ERR_OK)
		reply_created(r, location(r, &id), &doc);
	return code;
}

enum err_code h_intakes_list(struct request *r)
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
		code = db_intake_list(c->db, c->arena, &c->who.community_id,
		    &id, &page, &list, &r->err);
	return code == ERR_OK ? reply_list(r, &list) : code;
}

/* With Prefer: wait=N the answer comes when the generation has ended. */
static enum err_code recheck_get(struct request *r, bool *ret_done)
{
	struct db_doc doc;
	enum err_code code = service_intakes_get(
	    &r->call, &r->recheck_id, &doc, ret_done, &r->err);

	if (code == ERR_OK)
		reply_doc(r, &doc);
	return code;
}

/* Of a parked POST: 202 with the intake as it is, 200 when its job has ended. */
static enum err_code recheck(struct request *r, bool *ret_done)
{
	struct db_doc doc;
	enum err_code code = service_intakes_get(
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

enum err_code h_intakes_get(struct request *r)
{
	bool ended = false;
	enum err_code code = request_path_id(r, "id", "intake", &r->recheck_id);

	if (code == ERR_OK)
		code = recheck_get(r, &ended);
	if (code == ERR_OK && !ended)
		request_wait(r, r->recheck_id, recheck_get);
	return code;
}

enum err_code h_intakes_patch(struct request *r)
{
	struct db_doc doc;
	struct id id;
	enum err_code code = request_path_id(r, "id", "intake", &id);

	if (code == ERR_OK)
		code = service_intakes_patch(
		    &r->call, &id, r->if_match, r->json, &doc, &r->err);
	if (code == ERR_OK)
		reply_doc(r, &doc);
	return code;
}

enum err_code h_intakes_generate(struct request *r)
{
	struct db_doc doc;
	struct id id;
	enum err_code code = request_path_id(r, "id", "intake", &id);

	if (code == ERR_OK)
		code = service_intakes_generate(
		    &r->call, &id, r->if_match, &doc, &r->err);
	if (code != ERR_OK)
		return code;
	reply_accepted(r, location(r, &id), RETRY_AFTER_S, &doc);
	request_wait(r, id, recheck);
	return ERR_OK;
}

enum err_code h_intakes_cancel(struct request *r)
{
	struct db_doc doc;
	struct id id;
	enum err_code code = request_path_id(r, "id", "intake", &id);

	if (code == ERR_OK)
		code = service_intakes_cancel(&r->call, &id, &doc, &r->err);
	if (code != ERR_OK)
		return code;
	reply_accepted(r, location(r, &id), RETRY_AFTER_S, &doc);
	request_wait(r, id, recheck);
	return ERR_OK;
}

enum err_code h_intakes_publish(struct request *r)
{
	struct db_doc doc;
	struct id id;
	enum err_code code = request_path_id(r, "id", "intake", &id);

	if (code == ERR_OK)
		code = service_intakes_publish(
		    &r->call, &id, r->if_match, &doc, &r->err);
	if (code == ERR_OK)
		reply_doc(r, &doc);
	return code;
}

static enum err_code send_text(
    struct request *r, enum intake_file file, const char *type)
{
	const char *text = NULL;
	struct id id;
	enum err_code code = request_path_id(r, "id", "intake", &id);

	if (code == ERR_OK)
		code =
		    service_intakes_text(&r->call, &id, file, &text, &r->err);
	if (code == ERR_OK)
		reply_digested(r, type, text, strlen(text));
	return code;
}

enum err_code h_intakes_input(struct request *r)
{
	return send_text(r, INTAKE_INPUT, "text/csv; charset=utf-8");
}

enum err_code h_intakes_plan(struct request *r)
{
	return send_text(r, INTAKE_PLAN, "application/json");
}
