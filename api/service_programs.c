/* Programs and what hangs on them: see service_programs.h. */
#include "api/service_programs.h"

#include "api/auth.h"
#include "api/json.h"
#include "api/policy_file.h"
#include "api/service_audit.h"

enum {
	MAX_POLICY = POLICY_FILE_MAX_OCTETS
};

static enum err_code put_policy(struct call *c, const struct id *program,
    int64_t if_match, const struct policy *policy, int64_t *ret_version,
    struct err *e)
{
	struct str text;
	enum err_code code;

	str_init(&text, MAX_POLICY);
	policy_file_write(policy, &text);
	code = text.failed
		   ? ERR_SET(e, TOO_LARGE, "the policy has too much text")
		   : db_policy_put(c->db, c->arena, &c->who.community_id,
			 program, if_match, text.data, service_audit_actor(c),
			 ret_version, e);
	str_free(&text);
	return code;
}

static enum err_code get_program(
    struct call *c, const struct id *id, struct db_doc *ret_doc, struct err *e)
{
	return db_program_get(
	    c->db, c->arena, &c->who.community_id, id, ret_doc, e);
}

enum err_code service_programs_create(struct call *c, const char *name,
    const char *description, struct id *ret_id, struct db_doc *ret_doc,
    struct err *e)
{
	const struct id id = id_new();
	struct policy policy;
	int64_t version;
	enum err_code code = db_program_create(
	    c->db, &c->who.community_id, &id, name, description, e);

	if (code == ERR_OK)
		code = policy_file_read(c->arena, "{}", 2, &policy, e);
	if (code == ERR_OK)
		code = put_policy(c, &id, 0, &policy, &version, e);
	if (code == ERR_OK)
		code = get_program(c, &id, ret_doc, e);
	if (code == ERR_OK)
		code = service_audit_change(c, "program.create", "program", &id,
		    NULL, ret_doc->json, e);
	*ret_id = id;
	return code;
}

enum err_code service_programs_patch(struct call *c, const struct id *id,
    int64_t if_match, const char *name, const char *description,
    struct db_doc *ret_doc, struct err *e)
{
	struct db_doc before;
	enum err_code code = get_program(c, id, &before, e);

	if (code == ERR_OK)
		code = db_program_patch(c->db, &c->who.community_id, id,
		    if_match, name, description, e);
	if (code == ERR_OK)
		code = get_program(c, id, ret_doc, e);
	if (code == ERR_OK)
		code = service_audit_change(c, "program.update", "program", id,
		    before.json, ret_doc->json, e);
	return code;
}

enum err_code service_programs_set_policy(struct call *c,
    const struct id *program, int64_t if_match, struct json_object *tree,
    struct db_doc *ret_doc, struct err *e)
{
	struct db_doc doc;
	struct policy policy;
	int64_t version;
	enum err_code code = get_program(c, program, &doc, e);

	if (code == ERR_OK)
		code = policy_file_bind(c->arena, tree, &policy, e);
	if (code == ERR_OK)
		code = put_policy(c, program, if_match, &policy, &version, e);
	if (code == ERR_OK)
		code = db_policy_get(c->db, c->arena, &c->who.community_id,
		    program, version, ret_doc, e);
	if (code == ERR_OK)
		code = service_audit_change(c, "policy.create", "program",
		    program, NULL, ret_doc->json, e);
	return code;
}

enum err_code service_programs_enroll(struct call *c,
    const struct db_enrollment *n, int64_t if_match, struct db_doc *ret_doc,
    struct err *e)
{
	enum err_code code =
	    db_enrollment_put(c->db, &c->who.community_id, n, if_match, e);

	if (code == ERR_OK)
		code = db_enrollment_get(c->db, c->arena, &c->who.community_id,
		    &n->program_id, &n->member_id, n->role, ret_doc, e);
	if (code == ERR_OK)
		code = service_audit_change(c, "enrollment.put", "member",
		    &n->member_id, NULL, ret_doc->json, e);
	return code;
}

enum err_code service_programs_leave(struct call *c, const struct id *program,
    const struct id *member, const char *role, int64_t if_match, struct err *e)
{
	struct db_doc before;
	enum err_code code = db_enrollment_get(c->db, c->arena,
	    &c->who.community_id, program, member, role, &before, e);

	if (code == ERR_OK)
		code = db_enrollment_leave(c->db, &c->who.community_id, program,
		    member, role, if_match, e);
	if (code == ERR_OK)
		code = service_audit_change(c, "enrollment.leave", "member",
		    member, before.json, NULL, e);
	return code;
}

/* ---- mentor requests ---- */

enum err_code service_programs_ask(struct call *c, const struct id *program,
    const struct id *member, const char *note, int64_t wanted,
    struct id *ret_id, struct db_doc *ret_doc, struct err *e)
{
	const struct id id = id_new();
	struct db_doc doc;
	struct id own;
	struct err none = {0};
	enum err_code code;

	if (!member || !auth_is_staff(&c->who)) {
		code = auth_require_member(&c->who, &own, e);
		if (code != ERR_OK)
			return code;
		if (member && !auth_is_member(&c->who, member))
			return ERR_SET(e, FORBIDDEN,
			    "only a coordinator may ask for somebody else");
		member = &own;
	}
	code = db_request_create(c->db, c->arena, &c->who.community_id, &id,
	    program, member, note, wanted, service_audit_actor(c), e);
	/* Nobody is a newcomer of a program that is not there. Its document counts
	 * all its people: dear, so only now. */
	if (code == ERR_STATE &&
	    get_program(c, program, &doc, &none) == ERR_NOT_FOUND) {
		*e = none;
		code = none.code;
	}
	if (code == ERR_OK)
		code = db_request_get(
		    c->db, c->arena, &c->who.community_id, &id, ret_doc, e);
	if (code == ERR_OK)
		code = service_audit_state(c, "mentor_request.create",
		    "mentor_request", &id, NULL, "open", e);
	*ret_id = id;
	return code;
}

enum err_code service_programs_request(
    struct call *c, const struct id *id, struct db_doc *ret_doc, struct err *e)
{
	struct id owner;
	enum err_code code = db_request_owner(
	    c->db, c->arena, &c->who.community_id, id, &owner, e);

	if (code == ERR_OK)
		code = auth_own_or_staff(&c->who, &owner, "mentor request", e);
	if (code == ERR_OK)
		code = db_request_get(
		    c->db, c->arena, &c->who.community_id, id, ret_doc, e);
	return code;
}

enum err_code service_programs_withdraw(struct call *c, const struct id *id,
    int64_t if_match, const char *reason, struct db_doc *ret_doc, struct err *e)
{
	enum err_code code = service_programs_request(c, id, ret_doc, e);

	if (code == ERR_OK)
		code = db_request_withdraw(c->db, &c->who.community_id, id,
		    if_match, reason, service_audit_actor(c), e);
	if (code == ERR_OK)
		code = db_request_get(
		    c->db, c->arena, &c->who.community_id, id, ret_doc, e);
	if (code == ERR_OK)
		code = service_audit_state(c, "mentor_request.withdraw",
		    "mentor_request", id, "open", "withdrawn", e);
	return code;
}
