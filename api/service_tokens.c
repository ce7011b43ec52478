/* Tokens: see service_tokens.h. */
#include "api/service_tokens.h"

#include <string.h>

#include "api/service_audit.h"
#include "base/instant.h"
#include "db/members.h"
#include "db/tokens.h"

static enum err_code check(
    struct call *c, const struct token_order *o, struct err *e)
{
	struct db_doc member;

	if (!o->member_id && o->role & (ROLE_NEWCOMER | ROLE_MENTOR))
		err_add_field(e, ERR_VALIDATION, "/member_id",
		    "expected the member that a %s token acts for",
		    auth_role_name(o->role));
	if (o->expires_at && *o->expires_at <= instant_now())
		err_add_field(e, ERR_VALIDATION, "/expires_at",
		    "expected an instant in the future");
	if (e->code != ERR_OK || !o->member_id)
		return e->code;
	if (db_member_get(c->db, c->arena, &c->who.community_id, o->member_id,
		&member, e) == ERR_NOT_FOUND) {
		err_clear(e);
		err_add_field(e, ERR_VALIDATION, "/member_id",
		    "expected a member of this community");
	}
	return e->code;
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
	    .role = auth_role_name(order->role)};
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

enum err_code service_tokens_get(
    struct call *c, const struct id *id, struct db_doc *ret_doc, struct err *e)
{
	bool own =
	    memcmp(id->octet, c->who.token_id.octet, sizeof(id->octet)) == 0;

	if (!own && c->who.role != ROLE_ADMIN)
		return ERR_SET(e, NOT_FOUND, "there is no such token");
	return db_token_get(
	    c->db, c->arena, &c->who.community_id, id, ret_doc, e);
}

enum err_code service_tokens_revoke(
    struct call *c, const struct id *id, struct err *e)
{
	struct db_doc before;
	enum err_code code = service_tokens_get(c, id, &before, e);

	if (code == ERR_OK)
		code = db_token_revoke(c->db, &c->who.community_id, id, e);
	if (code == ERR_OK)
		code = service_audit_change(
		    c, "token.revoke", "token", id, before.json, NULL, e);
	return code;
}
