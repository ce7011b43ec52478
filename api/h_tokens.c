/* Handlers of tokens and of the audit. */
#include <string.h>

#include "api/bind.h"
#include "api/handlers.h"
#include "api/scope.h"
#include "api/service_tokens.h"
#include "db/audit.h"
#include "db/tokens.h"

enum {
	MAX_NAME = 200, /* characters */
	OVERLAP_MINUTES = 60,
	OVERLAP_MINUTES_MAX = 7 * 24 * 60,
};

struct input {
	const char *name;
	int role;
	struct id member_id;
	int64_t expires_at;
	struct bind_list scopes; /* of int */
	enum bind_seen member, expires, scoped;
};

static const struct bind_name ROLE_NAMES[] = {
    {"newcomer", ROLE_NEWCOMER},
    {"mentor", ROLE_MENTOR},
    {"coordinator", ROLE_COORDINATOR},
    {"admin", ROLE_ADMIN},
    {"service", ROLE_SERVICE},
    {NULL, 0},
};

static const struct bind_name SCOPE_NAMES[] = {
#define SCOPE(name, slug) {slug, SCOPE_##name},
#include "api/scope.def"
#undef SCOPE
    {NULL, 0},
};

static const struct bind SCOPE_ROW = {
    .key = "", .type = BIND_NAME, BIND_EACH(int), .names = SCOPE_NAMES};

static const struct bind TOKEN[] = {
    {"name", BIND_STRING, BIND_REQUIRED, BIND_INTO(struct input, name),
	.min = 1, .max = MAX_NAME},
    {"role", BIND_NAME, BIND_REQUIRED, BIND_INTO(struct input, role),
	.names = ROLE_NAMES},
    {"member_id", BIND_UUID, BIND_NULLABLE, BIND_INTO(struct input, member_id),
	BIND_SEEN(struct input, member)},
    {"expires_at", BIND_INSTANT, BIND_NULLABLE,
	BIND_INTO(struct input, expires_at), BIND_SEEN(struct input, expires)},
    {"scopes", BIND_LIST, BIND_NULLABLE, BIND_INTO(struct input, scopes),
	.min = 1, .max = SCOPE_COUNT, .item = &SCOPE_ROW,
	.item_size = sizeof(int), BIND_SEEN(struct input, scoped)},
    {0},
};

enum err_code h_tokens_list(struct request *r)
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
		code = db_token_list(c->db, c->arena, &c->who.community_id,
		    given ? &member : NULL, &page, &list, &r->err);
	return code == ERR_OK ? reply_list(r, &list) : code;
}

static unsigned set_of(const struct bind_list *scopes)
{
	const int *item = scopes->item;
	unsigned set = SCOPE_NONE;

	for (size_t i = 0; i < scopes->n; i++)
		set |= (unsigned)item[i];
	return set;
}

/* The document with the token's text, to show once, and with null, to keep. */
static enum err_code with_secret(struct request *r,
    const struct auth_token *token, const struct db_doc *doc,
    struct db_doc *ret_shown, const char **ret_kept)
{
	/* The document is an object: the token becomes its first member. */
	*ret_shown = (struct db_doc){.etag = reply_tag(r, doc),
	    .json = arena_printf(r->call.arena, "{\"token\":\"%s\",%s",
		token->text, doc->json + 1)};
	*ret_kept =
	    arena_printf(r->call.arena, "{\"token\":null,%s", doc->json + 1);
	return ret_shown->json && *ret_kept
		   ? ERR_OK
		   : ERR_SET(&r->err, NOMEM, "no memory for the token");
}

enum err_code h_tokens_create(struct request *r)
{
	struct input in = {.name = NULL};
	struct token_order order;
	struct auth_token token;
	struct db_doc doc, shown;
	const char *kept;
	enum err_code code =
	    bind_object(r->call.arena, r->json, TOKEN, &in, &r->err);

	if (code != ERR_OK)
		return code;
	order = (struct token_order){.name = in.name,
	    .role = (enum role)in.role,
	    .member_id = in.member == BIND_VALUE ? &in.member_id : NULL,
	    .expires_at = in.expires == BIND_VALUE ? &in.expires_at : NULL,
	    .scopes = SCOPE_UNLIMITED};
	if (in.scoped == BIND_VALUE)
		order.scopes = set_of(&in.scopes);
	code = service_tokens_create(&r->call, &order, &token, &doc, &r->err);
	if (code != ERR_OK)
		return code;
	code = with_secret(r, &token, &doc, &shown, &kept);
	if (code != ERR_OK)
		return code;
	reply_created(r, request_address(r, "/v1/tokens/", &token.id), &shown);
	reply_secret(r, kept);
	return ERR_OK;
}

enum err_code h_tokens_rotate(struct request *r)
{
	static const struct bind ROTATION[] = {
	    {"overlap_minutes", BIND_INT, .offset = 0, .size = sizeof(int),
		.min = 0, .max = OVERLAP_MINUTES_MAX},
	    {0},
	};
	int overlap = OVERLAP_MINUTES;
	struct auth_token token;
	struct db_doc doc, shown;
	const char *kept;
	struct id id;
	enum err_code code = request_path_id(r, "id", "token", &id);

	if (code == ERR_OK && r->json)
		code = bind_object(
		    r->call.arena, r->json, ROTATION, &overlap, &r->err);
	if (code == ERR_OK)
		code = service_tokens_rotate(
		    &r->call, &id, overlap, &token, &doc, &r->err);
	if (code == ERR_OK)
		code = with_secret(r, &token, &doc, &shown, &kept);
	if (code != ERR_OK)
		return code;
	reply_doc(r, &shown);
	reply_secret(r, kept);
	return ERR_OK;
}

enum err_code h_tokens_get(struct request *r)
{
	struct db_doc doc;
	struct id id;
	enum err_code code = request_path_id(r, "id", "token", &id);

	if (code == ERR_OK)
		code = service_tokens_get(&r->call, &id, &doc, &r->err);
	if (code == ERR_OK)
		reply_doc(r, &doc);
	return code;
}

enum err_code h_tokens_self(struct request *r)
{
	struct db_doc doc;
	enum err_code code = service_tokens_self(&r->call, &doc, &r->err);

	if (code == ERR_OK)
		reply_doc(r, &doc);
	return code;
}

enum err_code h_tokens_revoke(struct request *r)
{
	struct id id;
	enum err_code code = request_path_id(r, "id", "token", &id);

	if (code == ERR_OK)
		code = service_tokens_revoke(&r->call, &id, &r->err);
	if (code == ERR_OK)
		reply_no_content(r);
	return code;
}

enum err_code h_tokens_audit_head(struct request *r)
{
	struct call *c = &r->call;
	struct db_doc doc;
	enum err_code code =
	    db_audit_head(c->db, c->arena, &c->who.community_id, &doc, &r->err);

	if (code == ERR_OK)
		reply_digested(
		    r, "application/json", doc.json, strlen(doc.json));
	return code;
}

enum err_code h_tokens_audit(struct request *r)
{
	struct call *c = &r->call;
	struct db_audit_filter f = {
	    .subject_kind = request_query(r, "subject_kind")};
	struct id subject, actor;
	struct db_page page;
	struct db_list list;
	bool given = false;
	enum err_code code = request_page(r, &page);

	if (code == ERR_OK)
		code = request_query_id(r, "subject_id", &subject, &given);
	f.subject_id = given ? &subject : NULL;
	given = false;
	if (code == ERR_OK)
		code = request_query_id(r, "actor_id", &actor, &given);
	f.actor_id = given ? &actor : NULL;
	if (code == ERR_OK)
		code = db_audit_list(c->db, c->arena, &c->who.community_id, &f,
		    &page, &list, &r->err);
	return code == ERR_OK ? reply_list(r, &list) : code;
}
