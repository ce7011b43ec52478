/* App passwords: see service_app_passwords.h. */
#include "api/service_app_passwords.h"

#include "api/service_audit.h"

enum err_code service_app_passwords_create(struct call *c,
    const struct id *member, const char *name,
    struct auth_app_password *ret_password, struct db_doc *ret_doc,
    struct err *e)
{
	const struct id *community = &c->who.community_id;
	const struct id id = id_new();
	struct auth_app_password p;
	enum err_code code = auth_new_app_password(&p, e);

	if (code == ERR_OK)
		code = db_app_password_insert(
		    c->db, c->arena, community, &id, member, name, p.hash, e);
	if (code == ERR_OK)
		code = service_audit_state(c, "app_password.create",
		    "app_password", &id, NULL, "live", e);
	if (code == ERR_OK)
		code = db_app_password_get(
		    c->db, c->arena, community, member, &id, ret_doc, e);
	if (code == ERR_OK)
		*ret_password = p;
	return code;
}

enum err_code service_app_passwords_revoke(
    struct call *c, const struct id *member, const struct id *id, struct err *e)
{
	enum err_code code =
	    db_app_password_revoke(c->db, &c->who.community_id, member, id, e);

	if (code == ERR_OK)
		code = service_audit_state(c, "app_password.revoke",
		    "app_password", id, "live", "revoked", e);
	return code;
}
