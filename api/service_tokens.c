/* Tokens: see service_tokens.h. */
#include "api/service_tokens.h"

#include <string.h>

#include "api/scope.h"
#include "api/service_audit.h"
#include "base/instant.h"
#include "db/identities.h"
#include "db/members.h"
#include "db/tokens.h"

enum err_code service_tokens_check_member(
    struct call *c, enum role role, const struct id *member_id, struct err *e)
{
	if (!member_id && role & (ROLE_NEWCOMER | ROLE_MENTOR))
		err_add_field(e, ERR_VALIDATION, "/member_id",
		    "expected the member that a %s acts for",
		    auth_role_name(role));
	if (member_id && role == ROLE_SERVICE)
		err_add_field(e, ERR_VALIDATION, "/member_id",
		    "a service acts for no member");
	if (e->code != ERR_OK || !member_id)
		return e->code;
	if (db_member_hold(c->db, &c->who.community_id, member_id, e) ==
	    ERR_NOT_FOUND) {
		err_clear(e);
		err_add_field(e, ERR_VALIDATION, "/member_id",
		    "expected a member of this community");
	}
	return e->code;
}

static enum err_code check(
    struct call *c, const struct token_order *o, struct err *e)
{
	int64_t now, last;
	enum err_code code = db_now(c->db, c->arena, &now, e);

	if (code != ERR_OK)
		return code;
	last = now + (int64_t)DB_TOKEN_DAYS_MAX * INSTANT_DAY;
	if (o->expires_at && *o->expires_at <= now)
		err_add_field(e, ERR_VALIDATION, "/expires_at",
		    "expected an instant in the future");
	if (o->expires_at && *o->expires_at > last)
		err_add_field(e, ERR_VALIDATION, "/expires_at",
		    "expected an instant at most %d days from now",
		    DB_TOKEN_DAYS_MAX);
	if (o->role == ROLE_SERVICE && o->scopes == SCOPE_UNLIMITED)
		err_add_field(e, ERR_VALIDATION, "/scopes",
		    "expected what the service may do");
	else if (o->scopes & ~c->who.scopes)
		err_add_field(e, ERR_VALIDATION, "/scopes",
		    "expected scopes that the token of this request has");
	return service_tokens_check_member(c, o->role, o->member_id, e);
}

enum err_code service_tokens_create(struct call *c,
    const struct token_order *order, struct auth_token *ret_token,
    struct db_doc *ret_doc, struct err *e)
{
	struct auth_token t;
	struct db_token row;
	enum err_code code = check(c, order, e);

	if (code == ERR_OK)
		code = auth_new_token(&t, e);
	if (code != ERR_OK)
		return code;
	row = (struct db_token){.id = t.id,
	    .community_id = c->who.community_id,
	    .has_member = order->member_id != NULL,
	    .role = auth_role_name(order->role),
	    .scopes = order->scopes == SCOPE_UNLIMITED
			  ? NULL
			  : scope_format(c->arena, order->scopes)};
	if (order->member_id)
		row.member_id = *order->member_id;
	code = db_token_create(
	    c->db, &row, order->name, t.hash, order->expires_at, e);
	if (code == ERR_OK)
		code = db_token_get(
		    c->db, c->arena, &c->who.community_id, &t.id, ret_doc, e);
	if (code == ERR_OK)
		code = service_audit_change(
		    c, "token.create", "token", &t.id, NULL, ret_doc->json, e);
	if (code == ERR_OK)
		*ret_token = t;
	return code;
}

/* Their own, or any that an admin's scopes let them handle. */
static enum err_code get(struct call *c, const struct id *id, unsigned scope,
    struct db_doc *ret_doc, struct err *e)
{
	bool own =
	    memcmp(id->octet, c->who.token_id.octet, sizeof(id->octet)) == 0;
	enum err_code code = ERR_OK;

	if (!own && c->who.role != ROLE_ADMIN)
		return ERR_SET(e, NOT_FOUND, "there is no such token");
	if (!own)
		code = auth_require_scope(&c->who, c->arena, scope, e);
	if (code == ERR_OK)
		code = db_token_get(
		    c->db, c->arena, &c->who.community_id, id, ret_doc, e);
	return code;
}

enum err_code service_tokens_get(
    struct call *c, const struct id *id, struct db_doc *ret_doc, struct err *e)
{
	return get(c, id, SCOPE_TOKENS_READ, ret_doc, e);
}

enum err_code service_tokens_self(
    struct call *c, struct db_doc *ret_doc, struct err *e)
{
	struct db_doc doc;
	enum err_code code;

	if (c->who.by_provider)
		return db_identity_own(
		    c->db, c->arena, c->who.until, ret_doc, e);
	code = db_token_get(
	    c->db, c->arena, &c->who.community_id, &c->who.token_id, &doc, e);
	if (code != ERR_OK)
		return code;
	*ret_doc = (struct db_doc){.etag = doc.etag,
	    .json =
		arena_printf(c->arena, "{\"provider\":null,%s", doc.json + 1)};
	return ret_doc->json ? ERR_OK : ERR_SET(e, NOMEM, "no memory");
}

enum err_code service_tokens_rotate(struct call *c, const struct id *id,
    int overlap_minutes, struct auth_token *ret_token, struct db_doc *ret_doc,
    struct err *e)
{
	struct db_doc before = {.json = NULL};
	struct auth_token t;
	enum err_code code = get(c, id, SCOPE_TOKENS_WRITE, &before, e);

	if (code == ERR_OK)
		code = auth_new_secret(id, &t, e);
	if (code == ERR_OK)
		code = db_token_rotate(c->db, &c->who.community_id, id, t.hash,
		    overlap_minutes, e);
	if (code == ERR_OK)
		code = db_token_get(
		    c->db, c->arena, &c->who.community_id, id, ret_doc, e);
	if (code == ERR_OK)
		code = service_audit_change(c, "token.rotate", "token", id,
		    before.json, ret_doc->json, e);
	if (code == ERR_OK)
		*ret_token = t;
	return code;
}

enum err_code service_tokens_revoke(
    struct call *c, const struct id *id, struct err *e)
{
	struct db_doc before = {.json = NULL};
	enum err_code code = get(c, id, SCOPE_TOKENS_WRITE, &before, e);

	if (code == ERR_OK)
		code = db_token_revoke(c->db, &c->who.community_id, id, e);
	if (code == ERR_OK)
		code = service_audit_change(
		    c, "token.revoke", "token", id, before.json, NULL, e);
	return code;
}
