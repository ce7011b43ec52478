/* The audit: see service_audit.h. A principal without a token is the service. */
#include "api/service_audit.h"

#include "api/auth.h"
#include "db/audit.h"

const struct id *service_audit_actor(const struct call *c)
{
	static const struct id NONE;

	return memcmp(&c->who.token_id, &NONE, sizeof(NONE)) == 0
		   ? NULL
		   : &c->who.token_id;
}

static enum err_code add(struct call *c, const char *action, const char *kind,
    const struct id *subject, const char *before, const char *after,
    bool documents, struct err *e)
{
	const struct id *actor = service_audit_actor(c);
	struct db_audit row = {
	    .community_id = c->who.community_id,
	    .actor_id = actor,
	    .actor_role =
		actor != NULL ? auth_role_name(c->who.role) : "service",
	    .action = action,
	    .subject_kind = kind,
	    .subject_id = *subject,
	    .before = before,
	    .after = after,
	    .documents = documents,
	};

	return db_audit_add(c->db, &row, e);
}

enum err_code service_audit_change(struct call *c, const char *action,
    const char *kind, const struct id *subject, const char *before,
    const char *after, struct err *e)
{
	return add(c, action, kind, subject, before, after, true, e);
}

enum err_code service_audit_fact(struct call *c, const char *action,
    const char *kind, const struct id *subject, const char *before,
    const char *after, struct err *e)
{
	return add(c, action, kind, subject, before, after, false, e);
}

static const char *state_doc(struct arena *a, const char *state)
{
	if (state == NULL)
		return NULL;
	return arena_printf(a, "{\"state\":\"%s\"}", state);
}

enum err_code service_audit_state(struct call *c, const char *action,
    const char *kind, const struct id *subject, const char *before,
    const char *after, struct err *e)
{
	const char *was = state_doc(c->arena, before);
	const char *is = state_doc(c->arena, after);

	if (arena_failed(c->arena))
		return ERR_SET(e, NOMEM, "no memory for the audit");
	return add(c, action, kind, subject, was, is, false, e);
}
