/* Handlers of busy times: a member's own calendar in, intervals out. */
#include "api/handlers.h"
#include "api/service_busy_times.h"

enum err_code h_busy_times_get(struct request *r)
{
	struct db_doc doc;
	struct id id;
	enum err_code code = request_path_id(r, "id", "member", &id);

	if (code == ERR_OK)
		code = service_busy_times_get(&r->call, &id, &doc, &r->err);
	if (code == ERR_OK)
		reply_doc(r, &doc);
	return code;
}

enum err_code h_busy_times_put(struct request *r)
{
	const char *left = NULL;
	struct db_doc doc;
	struct id id;
	enum err_code code = request_path_id(r, "id", "member", &id);

	if (code == ERR_OK)
		code = service_busy_times_put(&r->call, &id, r->if_match,
		    r->body, r->body_len, &doc, &left, &r->err);
	if (code != ERR_OK)
		return code;
	doc.json = arena_printf(r->call.arena,
	    "{\"busy_times\":%s,\"left_out\":%s}", doc.json, left);
	if (doc.json == NULL)
		return ERR_SET(&r->err, NOMEM, "no memory for the answer");
	reply_doc(r, &doc);
	return ERR_OK;
}

enum err_code h_busy_times_drop(struct request *r)
{
	struct id id;
	enum err_code code = request_path_id(r, "id", "member", &id);

	if (code == ERR_OK)
		code = service_busy_times_drop(
		    &r->call, &id, r->if_match, &r->err);
	if (code == ERR_OK)
		reply_no_content(r);
	return code;
}
