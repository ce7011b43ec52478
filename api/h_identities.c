/* Handlers of identities. */
#include "api/bind.h"
#include "api/handlers.h"
#include "api/jwt.h"
#include "api/service_identities.h"
#include "db/identities.h"

enum {
	MAX_ISSUER = 500 /* characters */
};

struct input {
	const char *issuer, *subject;
	int role;
	struct id member_id;
	enum bind_seen member;
};

static const struct bind_name ROLE_NAMES[] = {
    {"newcomer", ROLE_NEWCOMER},
    {"mentor", ROLE_MENTOR},
    {"coordinator", ROLE_COORDINATOR},
    {"admin", ROLE_ADMIN},
    {NULL, 0},
};

static const struct bind IDENTITY[] = {
    {"issuer", BIND_STRING, BIND_REQUIRED, BIND_INTO(struct input, issuer),
	.min = 1, .max = MAX_ISSUER},
    {"subject", BIND_STRING, BIND_REQUIRED, BIND_INTO(struct input, subject),
	.min = 1, .max = JWT_MAX_SUBJECT},
    {"role", BIND_NAME, BIND_REQUIRED, BIND_INTO(struct input, role),
	.names = ROLE_NAMES},
    {"member_id", BIND_UUID, BIND_NULLABLE, BIND_INTO(struct input, member_id),
	BIND_SEEN(struct input, member)},
    {0},
};

enum err_code h_identities_list(struct request *r)
{
	struct call *c = &r->call;
	struct id member;
	struct db_page page;
	struct db_list list;
	bool given = false;
	enum err_code code = request_page(r, &page);

	if (code == ERR_OK)
		code = request_query_id(r, "member_id", &member, &given);
	if (code == ERR_OK)
		code = db_identity_list(c->db, c->arena, &c->who.community_id,
		    given ? &member : NULL, &page, &list, &r->err);
	return code == ERR_OK ? reply_list(r, &list) : code;
}

enum err_code h_identities_link(struct request *r)
{
	struct input in = {.issuer = NULL};
	struct identity_order order;
	struct db_doc doc;
	struct id id;
	enum err_code code =
	    bind_object(r->call.arena, r->json, IDENTITY, &in, &r->err);

	if (code != ERR_OK)
		return code;
	order = (struct identity_order){.issuer = in.issuer,
	    .subject = in.subject,
	    .role = (enum role)in.role,
	    .member_id = in.member == BIND_VALUE ? &in.member_id : NULL};
	code = service_identities_link(&r->call, &order, &id, &doc, &r->err);
	if (code == ERR_OK)
		reply_created(
		    r, request_address(r, "/v1/identities/", &id), &doc);
	return code;
}

enum err_code h_identities_get(struct request *r)
{
	struct call *c = &r->call;
	struct db_doc doc;
	struct id id;
	enum err_code code = request_path_id(r, "id", "identity", &id);

	if (code == ERR_OK)
		code = db_identity_get(
		    c->db, c->arena, &c->who.community_id, &id, &doc, &r->err);
	if (code == ERR_OK)
		reply_doc(r, &doc);
	return code;
}

enum err_code h_identities_unlink(struct request *r)
{
	struct id id;
	enum err_code code = request_path_id(r, "id", "identity", &id);

	if (code == ERR_OK)
		code = service_identities_unlink(&r->call, &id, &r->err);
	if (code == ERR_OK)
		reply_no_content(r);
	return code;
}
