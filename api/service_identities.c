/* Identities: see service_identities.h. */
#include "api/service_identities.h"

#include "api/auth.h"
#include "api/scope.h"
#include "api/service_audit.h"
#include "api/service_tokens.h"
#include "db/identities.h"

enum err_code service_identities_link(struct call *c,
    const struct identity_order *order, struct id *ret_id,
    struct db_doc *ret_doc, struct err *e)
{
	const struct db_identity row = {.id = id_new(),
	    .community_id = c->who.community_id,
	    .issuer = order->issuer,
	    .subject = order->subject,
	    .member_id = order->member_id,
	    .role = auth_role_name(order->role)};
	enum err_code code;

	if (c->who.scopes != SCOPE_UNLIMITED)
		return ERR_SET(e, FORBIDDEN,
		    "a token that is limited to scopes may not do this");
	code = service_tokens_check_member(c, order->role, order->member_id, e);
	if (code == ERR_OK)
		code = db_identity_create(c->db, &row, e);
	if (code == ERR_OK)
		code = db_identity_get(
		    c->db, c->arena, &c->who.community_id, &row.id, ret_doc, e);
	if (code == ERR_OK)
		code = service_audit_change(c, "identity.link", "identity",
		    &row.id, NULL, ret_doc->json, e);
	*ret_id = row.id;
	return code;
}

enum err_code service_identities_unlink(
    struct call *c, const struct id *id, struct err *e)
{
	struct db_doc before;
	enum err_code code = db_identity_get(
	    c->db, c->arena, &c->who.community_id, id, &before, e);

	if (code == ERR_OK)
		code = db_identity_delete(c->db, &c->who.community_id, id, e);
	if (code == ERR_OK)
		code = service_audit_change(
		    c, "identity.unlink", "identity", id, before.json, NULL, e);
	return code;
}
