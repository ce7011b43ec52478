/* Handlers of members, of the caller's own profile, and of member files. */
#include <json-c/json.h>

#include "api/auth.h"
#include "api/handlers.h"
#include "api/member_input.h"
#include "api/service_members.h"

enum err_code h_members_list(struct request *r)
{
	struct call *c = &r->call;
	struct db_member_filter f = {.q = request_query(r, "q")};
	struct db_page page;
	struct db_list list;
	int64_t after;
	bool given;
	enum err_code code = request_page(r, &page);

	if (code == ERR_OK)
		code =
		    request_query_instant(r, "updated_after", &after, &given);
	if (code != ERR_OK)
		return code;
	f.updated_after = given ? &after : NULL;
	code = db_member_list(
	    c->db, c->arena, &c->who.community_id, &f, &page, &list, &r->err);
	return code == ERR_OK ? reply_list(r, &list) : code;
}

enum err_code h_members_create(struct request *r)
{
	const char *json;
	struct db_doc doc;
	struct id id;
	enum err_code code = member_input_bind(
	    r->call.arena, r->call.tz, r->json, false, &json, &r->err);

	if (code == ERR_OK)
		code =
		    service_members_create(&r->call, json, &id, &doc, &r->err);
	if (code == ERR_OK)
		reply_created(r, request_address(r, "/v1/members/", &id), &doc);
	return code;
}

static enum err_code get(struct request *r, const struct id *id)
{
	struct db_doc doc;
	enum err_code code = service_members_get(&r->call, id, &doc, &r->err);

	if (code == ERR_OK)
		reply_doc(r, &doc);
	return code;
}

/* The id under which imports find a member is the staff's to change. */
static enum err_code check_own(struct request *r)
{
	if (!auth_is_staff(&r->call.who) &&
	    json_object_object_get_ex(r->json, "external_id", NULL)) {
		err_add_field(&r->err, ERR_FORBIDDEN, "/external_id",
		    "only a coordinator may change it");
		return ERR_FORBIDDEN;
	}
	return ERR_OK;
}

static enum err_code patch(struct request *r, const struct id *id)
{
	const char *json;
	struct db_doc doc;
	enum err_code code =
	    auth_own_or_staff(&r->call.who, id, "member", &r->err);

	if (code == ERR_OK)
		code = check_own(r);
	if (code == ERR_OK)
		code = member_input_bind(
		    r->call.arena, r->call.tz, r->json, true, &json, &r->err);
	if (code == ERR_OK)
		code = service_members_patch(
		    &r->call, id, r->if_match, json, &doc, &r->err);
	if (code == ERR_OK)
		reply_doc(r, &doc);
	return code;
}

enum err_code h_members_get(struct request *r)
{
	struct id id;
	enum err_code code = request_path_id(r, "id", "member", &id);

	return code == ERR_OK ? get(r, &id) : code;
}

enum err_code h_members_patch(struct request *r)
{
	struct id id;
	enum err_code code = request_path_id(r, "id", "member", &id);

	return code == ERR_OK ? patch(r, &id) : code;
}

enum err_code h_members_me(struct request *r)
{
	struct id id;
	enum err_code code = auth_require_member(&r->call.who, &id, &r->err);

	return code == ERR_OK ? get(r, &id) : code;
}

enum err_code h_members_patch_me(struct request *r)
{
	struct id id;
	enum err_code code = auth_require_member(&r->call.who, &id, &r->err);

	return code == ERR_OK ? patch(r, &id) : code;
}

enum err_code h_members_delete(struct request *r)
{
	struct id id;
	enum err_code code = request_path_id(r, "id", "member", &id);

	if (code == ERR_OK)
		code =
		    service_members_erase(&r->call, &id, r->if_match, &r->err);
	if (code == ERR_OK)
		reply_no_content(r);
	return code;
}

enum err_code h_members_hours(struct request *r)
{
	struct db_doc doc;
	struct id id;
	enum err_code code = request_path_id(r, "id", "member", &id);

	if (code == ERR_OK)
		code = service_members_hours(&r->call, &id, &doc, &r->err);
	if (code == ERR_OK)
		reply_doc(r, &doc);
	return code;
}

enum err_code h_members_discomfort(struct request *r)
{
	const char *json = NULL;
	struct id id;
	enum err_code code = request_path_id(r, "id", "member", &id);

	if (code == ERR_OK)
		code =
		    service_members_discomfort(&r->call, &id, &json, &r->err);
	if (code == ERR_OK)
		reply_digested(r, "application/json", json, strlen(json));
	return code;
}

enum err_code h_members_set_hours(struct request *r)
{
	struct db_hours hours;
	struct db_doc doc;
	struct id id;
	enum err_code code = request_path_id(r, "id", "member", &id);

	if (code == ERR_OK)
		code = auth_own_or_staff(&r->call.who, &id, "member", &r->err);
	if (code == ERR_OK)
		code = member_input_availability(
		    r->call.arena, r->json, &hours, &r->err);
	if (code == ERR_OK)
		code = service_members_set_hours(
		    &r->call, &id, r->if_match, &hours, &doc, &r->err);
	if (code == ERR_OK)
		reply_doc(r, &doc);
	return code;
}

enum err_code h_members_import(struct request *r)
{
	struct member_import in = {.text = r->body, .n = r->body_len};
	struct member_import_result result;
	struct id program;
	bool given;
	const char *json;
	enum err_code code =
	    request_query_id(r, "program_id", &program, &given);

	if (code == ERR_OK)
		code =
		    request_query_bool(r, "validate_only", &in.validate_only);
	in.program_id = given ? &program : NULL;
	if (code == ERR_OK)
		code = service_members_import(&r->call, &in, &result, &r->err);
	if (code != ERR_OK)
		return code;
	json = arena_printf(r->call.arena,
	    "{\"rows\":%u,\"created\":%lld,\"updated\":%lld,\"enrolled\":%lld,"
	    "\"validate_only\":%s}",
	    result.rows, (long long)result.counts.created,
	    (long long)result.counts.updated, (long long)result.counts.enrolled,
	    in.validate_only ? "true" : "false");
	if (!json)
		return ERR_SET(&r->err, NOMEM, "no memory for the answer");
	reply_json(r, json);
	return ERR_OK;
}

enum err_code h_members_personal_data(struct request *r)
{
	const char *json = NULL;
	struct id id;
	enum err_code code = request_path_id(r, "id", "member", &id);

	if (code == ERR_OK)
		code = service_members_personal_data(
		    &r->call, &id, &json, &r->err);
	if (code != ERR_OK)
		return code;
	reply_digested(r, "application/json", json, strlen(json));
	reply_header(r, "Content-Disposition",
	    "attachment; filename=\"personal-data.json\"");
	return ERR_OK;
}

enum err_code h_members_export(struct request *r)
{
	struct id program;
	const char *text;
	size_t n;
	bool given;
	enum err_code code =
	    request_query_id(r, "program_id", &program, &given);

	if (code == ERR_OK)
		code = service_members_export(
		    &r->call, given ? &program : NULL, &text, &n, &r->err);
	if (code != ERR_OK)
		return code;
	reply_digested(r, "text/csv; charset=utf-8; header=present", text, n);
	reply_header(
	    r, "Content-Disposition", "attachment; filename=\"members.csv\"");
	return ERR_OK;
}
