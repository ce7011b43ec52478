/* Members: see service_members.h. */
#include "api/service_members.h"

#include "api/auth.h"
#include "api/service_audit.h"
#include "db/discomfort.h"
#include "db/pairings.h"
#include "db/personal_data.h"
#include "db/wall.h"

static enum err_code get(
    struct call *c, const struct id *id, struct db_doc *ret_doc, struct err *e)
{
	enum err_code code = auth_own_or_staff(&c->who, id, "member", e);

	if (code == ERR_OK)
		code = db_member_get(
		    c->db, c->arena, &c->who.community_id, id, ret_doc, e);
	return code;
}

enum err_code service_members_get(
    struct call *c, const struct id *id, struct db_doc *ret_doc, struct err *e)
{
	return get(c, id, ret_doc, e);
}

enum err_code service_members_create(struct call *c, const char *json,
    struct id *ret_id, struct db_doc *ret_doc, struct err *e)
{
	const struct id id = id_new();
	enum err_code code =
	    db_member_create(c->db, &c->who.community_id, &id, json, e);

	if (code == ERR_OK)
		code = get(c, &id, ret_doc, e);
	if (code == ERR_OK)
		code = service_audit_change(
		    c, "member.create", "member", &id, NULL, ret_doc->json, e);
	*ret_id = id;
	return code;
}

enum err_code service_members_patch(struct call *c, const struct id *id,
    int64_t if_match, const char *json, struct db_doc *ret_doc, struct err *e)
{
	struct db_doc before;
	enum err_code code = get(c, id, &before, e);

	if (code == ERR_OK)
		code = db_member_patch(
		    c->db, &c->who.community_id, id, if_match, json, e);
	if (code == ERR_OK)
		code = get(c, id, ret_doc, e);
	if (code == ERR_OK)
		code = service_audit_change(c, "member.update", "member", id,
		    before.json, ret_doc->json, e);
	return code;
}

enum err_code service_members_erase(
    struct call *c, const struct id *id, int64_t if_match, struct err *e)
{
	const struct db_pairing_filter active = {
	    .member_id = id, .state = "active"};
	const struct db_page one = {.limit = 1};
	struct db_list pairings;
	struct db_doc doc;
	enum err_code code = get(c, id, &doc, e);

	/* Their tokens and identities end too: not a coordinator's otherwise. */
	if (code == ERR_OK)
		code = db_act_on(c->db, "erasure", id, e);
	if (code == ERR_OK)
		code = db_member_erase(
		    c->db, &c->who.community_id, id, if_match, e);
	/* Looked at last: from here on nobody can pair them any more. */
	if (code == ERR_OK)
		code = db_pairing_list(c->db, c->arena, &c->who.community_id,
		    &active, &one, &pairings, e);
	if (code == ERR_OK && pairings.n > 0)
		code = ERR_SET(
		    e, STATE, "the member has an active pairing: end it first");
	/* The document is personal data: what was erased is not kept here. */
	if (code == ERR_OK)
		code = service_audit_change(
		    c, "member.erase", "member", id, NULL, NULL, e);
	return code;
}

enum err_code service_members_personal_data(
    struct call *c, const struct id *id, const char **ret_json, struct err *e)
{
	enum err_code code = auth_own_or_staff(&c->who, id, "member", e);

	/* Their tokens and identities are shown too. */
	if (code == ERR_OK)
		code = db_act_on(c->db, "member", id, e);
	if (code == ERR_OK)
		code = db_personal_data(
		    c->db, c->arena, &c->who.community_id, id, ret_json, e);
	return code;
}

enum err_code service_members_hours(
    struct call *c, const struct id *id, struct db_doc *ret_doc, struct err *e)
{
	enum err_code code = auth_own_or_staff(&c->who, id, "member", e);

	if (code == ERR_OK)
		code = db_availability_get(
		    c->db, c->arena, &c->who.community_id, id, ret_doc, e);
	return code;
}

enum err_code service_members_discomfort(
    struct call *c, const struct id *id, const char **ret_json, struct err *e)
{
	enum err_code code = auth_own_or_staff(&c->who, id, "member", e);

	return code != ERR_OK
		   ? code
		   : db_discomfort_get(c->db, c->arena, &c->who.community_id,
			 id, c->half_life_days, ret_json, e);
}

enum err_code service_members_set_hours(struct call *c, const struct id *id,
    int64_t if_match, const struct db_hours *hours, struct db_doc *ret_doc,
    struct err *e)
{
	struct db_doc before;
	enum err_code code = service_members_hours(c, id, &before, e);

	if (code == ERR_OK)
		code = db_availability_put(
		    c->db, &c->who.community_id, id, if_match, hours, e);
	if (code == ERR_OK)
		code = service_members_hours(c, id, ret_doc, e);
	if (code == ERR_OK)
		code = service_audit_change(c, "availability.replace", "member",
		    id, before.json, ret_doc->json, e);
	return code;
}
