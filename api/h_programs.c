/* Handlers of programs, policies and enrollments. */
#include "api/bind.h"
#include "api/handlers.h"
#include "api/service_programs.h"
#include "base/num.h"
#include "matcher/community.h"
#include "matcher/policy.h"

enum {
	MAX_NAME = 200, /* characters, here and below */
	MAX_DESCRIPTION = 4000,
};

struct program {
	const char *name, *description;
};

static const struct bind CREATE[] = {
    {"name", BIND_STRING, BIND_REQUIRED, BIND_INTO(struct program, name),
	.min = 1, .max = MAX_NAME},
    {"description", BIND_STRING, BIND_LINES,
	BIND_INTO(struct program, description), .max = MAX_DESCRIPTION},
    {0},
};
static const struct bind PATCH[] = {
    {"name", BIND_STRING, 0, BIND_INTO(struct program, name), .min = 1,
	.max = MAX_NAME},
    {"description", BIND_STRING, BIND_LINES,
	BIND_INTO(struct program, description), .max = MAX_DESCRIPTION},
    {0},
};

enum err_code h_programs_list(struct request *r)
{
	struct call *c = &r->call;
	struct db_page page;
	struct db_list list;
	enum err_code code = request_page(r, &page);

	if (code == ERR_OK)
		code = db_program_list(c->db, c->arena, &c->who.community_id,
		    &page, &list, &r->err);
	return code == ERR_OK ? reply_list(r, &list) : code;
}

enum err_code h_programs_create(struct request *r)
{
	struct program in = {NULL, ""};
	struct db_doc doc;
	struct id id;
	enum err_code code =
	    bind_object(r->call.arena, r->json, CREATE, &in, &r->err);

	if (code == ERR_OK)
		code = service_programs_create(
		    &r->call, in.name, in.description, &id, &doc, &r->err);
	if (code == ERR_OK)
		reply_created(
		    r, request_address(r, "/v1/programs/", &id), &doc);
	return code;
}

enum err_code h_programs_get(struct request *r)
{
	struct call *c = &r->call;
	struct db_doc doc;
	struct id id;
	enum err_code code = request_path_id(r, "id", "program", &id);

	if (code == ERR_OK)
		code = db_program_get(
		    c->db, c->arena, &c->who.community_id, &id, &doc, &r->err);
	if (code == ERR_OK)
		reply_doc(r, &doc);
	return code;
}

enum err_code h_programs_patch(struct request *r)
{
	struct program in = {NULL, NULL};
	struct db_doc doc;
	struct id id;
	enum err_code code = request_path_id(r, "id", "program", &id);

	if (code == ERR_OK)
		code = bind_object(r->call.arena, r->json, PATCH, &in, &r->err);
	if (code == ERR_OK)
		code = service_programs_patch(&r->call, &id, r->if_match,
		    in.name, in.description, &doc, &r->err);
	if (code == ERR_OK)
		reply_doc(r, &doc);
	return code;
}

/* ---- policies ---- */

static enum err_code policy(struct request *r, int64_t version)
{
	struct call *c = &r->call;
	struct db_doc doc;
	struct id id;
	enum err_code code = request_path_id(r, "id", "program", &id);

	if (code == ERR_OK)
		code = db_policy_get(c->db, c->arena, &c->who.community_id, &id,
		    version, &doc, &r->err);
	if (code == ERR_OK)
		reply_doc(r, &doc);
	return code;
}

enum err_code h_programs_policy(struct request *r)
{
	return policy(r, 0);
}

enum err_code h_programs_policy_version(struct request *r)
{
	const char *s = request_path(r, "version");
	int64_t version;

	if (!num_parse_i64(s, strlen(s), 1, INT32_MAX, &version))
		return ERR_SET(&r->err, NOT_FOUND, "there is no such policy");
	return policy(r, version);
}

enum err_code h_programs_set_policy(struct request *r)
{
	struct db_doc doc;
	struct id id;
	enum err_code code = request_path_id(r, "id", "program", &id);

	if (code == ERR_OK)
		code = service_programs_set_policy(
		    &r->call, &id, r->if_match, r->json, &doc, &r->err);
	if (code == ERR_OK)
		reply_doc(r, &doc);
	return code;
}

/* ---- enrollments ---- */

static const char *const ROLES[] = {
    "newcomer", "mentor", "guide", "coordinator", NULL};
static const char *const STATES[] = {"active", "left", NULL};

static bool is_among(const char *const *list, const char *s)
{
	for (; *list; list++)
		if (strcmp(*list, s) == 0)
			return true;
	return false;
}

enum err_code h_programs_enrollments(struct request *r)
{
	struct call *c = &r->call;
	const char *role = NULL, *state = NULL;
	struct db_page page;
	struct db_list list;
	struct db_doc program;
	struct id id;
	enum err_code code = request_path_id(r, "id", "program", &id);

	if (code == ERR_OK)
		code = db_program_get(c->db, c->arena, &c->who.community_id,
		    &id, &program, &r->err);
	if (code == ERR_OK)
		code = request_page(r, &page);
	if (code == ERR_OK)
		code = request_query_word(r, "role", ROLES, &role);
	if (code == ERR_OK)
		code = request_query_word(r, "state", STATES, &state);
	if (code == ERR_OK)
		code = db_enrollment_list(c->db, c->arena, &c->who.community_id,
		    &id, role, state, &page, &list, &r->err);
	return code == ERR_OK ? reply_list(r, &list) : code;
}

/* What the path names. */
static enum err_code named(struct request *r, struct db_enrollment *n)
{
	enum err_code code =
	    request_path_id(r, "id", "program", &n->program_id);

	n->role = request_path(r, "role");
	if (code == ERR_OK)
		code = request_path_id(
		    r, "member_id", "enrollment", &n->member_id);
	if (code == ERR_OK && !is_among(ROLES, n->role))
		code =
		    ERR_SET(&r->err, NOT_FOUND, "there is no such enrollment");
	return code;
}

enum err_code h_programs_enrollment(struct request *r)
{
	struct call *c = &r->call;
	struct db_enrollment n = {.capacity = 0};
	struct db_doc doc;
	enum err_code code = named(r, &n);

	if (code == ERR_OK)
		code = db_enrollment_get(c->db, c->arena, &c->who.community_id,
		    &n.program_id, &n.member_id, n.role, &doc, &r->err);
	if (code == ERR_OK)
		reply_doc(r, &doc);
	return code;
}

struct place {
	int64_t capacity;
	int32_t paused_until;
	int64_t rest_days;
	enum bind_seen paused, rest;
};

static const struct bind PLACE[] = {
    {"capacity", BIND_INT, 0, BIND_INTO(struct place, capacity), .min = 0,
	.max = PERSON_MAX_CAPACITY},
    {"paused_until", BIND_DATE, BIND_NULLABLE,
	BIND_INTO(struct place, paused_until), BIND_SEEN(struct place, paused)},
    {"rest_days", BIND_INT, BIND_NULLABLE, BIND_INTO(struct place, rest_days),
	.min = 0, .max = POLICY_MAX_REST_DAYS, BIND_SEEN(struct place, rest)},
    {0},
};

enum err_code h_programs_enroll(struct request *r)
{
	struct db_enrollment n = {.capacity = 0};
	struct place in = {.capacity = 0};
	struct db_doc doc;
	enum err_code code = named(r, &n);

	if (code == ERR_OK && strcmp(n.role, "mentor") == 0)
		in.capacity = 1;
	if (code == ERR_OK)
		code = bind_object(r->call.arena, r->json, PLACE, &in, &r->err);
	n.capacity = in.capacity;
	n.paused_until = in.paused == BIND_VALUE ? &in.paused_until : NULL;
	n.rest_days = in.rest == BIND_VALUE ? &in.rest_days : NULL;
	if (code == ERR_OK)
		code = service_programs_enroll(
		    &r->call, &n, r->if_match, &doc, &r->err);
	if (code == ERR_OK)
		reply_doc(r, &doc);
	return code;
}

enum err_code h_programs_leave(struct request *r)
{
	struct db_enrollment n = {.capacity = 0};
	enum err_code code = named(r, &n);

	if (code == ERR_OK)
		code = service_programs_leave(&r->call, &n.program_id,
		    &n.member_id, n.role, r->if_match, &r->err);
	if (code == ERR_OK)
		reply_no_content(r);
	return code;
}
