/* Handlers of mentor requests. */
#include "api/auth.h"
#include "api/bind.h"
#include "api/handlers.h"
#include "api/service_programs.h"
#include "matcher/policy.h"

enum {
	MAX_NOTE = 4000, /* characters */
	MAX_REASON = 1000
};

struct ask {
	struct id program_id, member_id;
	enum bind_seen member;
	const char *note;
	int64_t mentors_wanted;
};

static const struct bind ASK[] = {
    {"program_id", BIND_UUID, BIND_REQUIRED, BIND_INTO(struct ask, program_id)},
    {"member_id", BIND_UUID, BIND_NULLABLE, BIND_INTO(struct ask, member_id),
	BIND_SEEN(struct ask, member)},
    {"note", BIND_STRING, BIND_LINES, BIND_INTO(struct ask, note),
	.max = MAX_NOTE},
    {"mentors_wanted", BIND_INT, BIND_NULLABLE,
	BIND_INTO(struct ask, mentors_wanted), .min = 1,
	.max = POLICY_MAX_MENTORS},
    {0},
};

struct withdrawal {
	const char *reason;
};

static const struct bind WITHDRAWAL[] = {
    {"reason", BIND_STRING, BIND_NULLABLE | BIND_LINES,
	BIND_INTO(struct withdrawal, reason), .min = 1, .max = MAX_REASON},
    {0},
};

static const char *const STATES[] = {
    "open", "in_round", "offered", "matched", "withdrawn", "expired", NULL};

enum err_code h_requests_list(struct request *r)
{
	struct call *c = &r->call;
	struct db_request_filter f = {.state = NULL};
	struct id program, member;
	struct db_page page;
	struct db_list list;
	bool given = false;
	enum err_code code = request_page(r, &page);

	if (code == ERR_OK)
		code = request_query_id(r, "program_id", &program, &given);
	f.program_id = given ? &program : NULL;
	given = false;
	if (code == ERR_OK)
		code = request_query_id(r, "member_id", &member, &given);
	if (code == ERR_OK && !auth_is_staff(&c->who)) {
		/* Of others' requests a newcomer sees none. */
		code = auth_require_member(&c->who, &member, &r->err);
		given = true;
	}
	f.member_id = given ? &member : NULL;
	if (code == ERR_OK)
		code = request_query_word(r, "state", STATES, &f.state);
	if (code == ERR_OK)
		code = db_request_list(c->db, c->arena, &c->who.community_id,
		    &f, &page, &list, &r->err);
	return code == ERR_OK ? reply_list(r, &list) : code;
}

enum err_code h_requests_create(struct request *r)
{
	struct ask in = {.note = ""};
	struct db_doc doc;
	struct id id;
	enum err_code code =
	    bind_object(r->call.arena, r->json, ASK, &in, &r->err);

	if (code == ERR_OK)
		code = service_programs_ask(&r->call, &in.program_id,
		    in.member == BIND_VALUE ? &in.member_id : NULL, in.note,
		    in.mentors_wanted, &id, &doc, &r->err);
	if (code == ERR_OK)
		code = request_take(r, LIMITS_WISH,
		    in.member == BIND_VALUE ? in.member_id.octet
					    : r->call.who.member_id.octet,
		    "too many mentor requests for this member");
	if (code == ERR_OK)
		reply_created(
		    r, request_address(r, "/v1/mentor-requests/", &id), &doc);
	return code;
}

enum err_code h_requests_get(struct request *r)
{
	struct db_doc doc;
	struct id id;
	enum err_code code = request_path_id(r, "id", "mentor request", &id);

	if (code == ERR_OK)
		code = service_programs_request(&r->call, &id, &doc, &r->err);
	if (code == ERR_OK)
		reply_doc(r, &doc);
	return code;
}

enum err_code h_requests_withdraw(struct request *r)
{
	struct withdrawal in = {NULL};
	struct db_doc doc;
	struct id id;
	enum err_code code = request_path_id(r, "id", "mentor request", &id);

	if (code == ERR_OK && r->json)
		code = bind_object(
		    r->call.arena, r->json, WITHDRAWAL, &in, &r->err);
	if (code == ERR_OK)
		code = service_programs_withdraw(
		    &r->call, &id, r->if_match, in.reason, &doc, &r->err);
	if (code == ERR_OK)
		reply_doc(r, &doc);
	return code;
}
