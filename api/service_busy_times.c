/* Busy times: see service_busy_times.h. */
#include "api/service_busy_times.h"

#include "api/auth.h"
#include "api/busy_reading.h"
#include "api/service_audit.h"

enum err_code service_busy_times_get(
    struct call *c, const struct id *id, struct db_doc *ret_doc, struct err *e)
{
	enum err_code code = auth_own_or_staff(&c->who, id, "member", e);

	if (code == ERR_OK)
		code = db_busy_times_get(
		    c->db, c->arena, &c->who.community_id, id, ret_doc, e);
	return code;
}

static enum err_code audit(
    struct call *c, const char *action, const struct id *id, struct err *e)
{
	return service_audit_change(c, action, "member", id, NULL, NULL, e);
}

enum err_code service_busy_times_put(struct call *c, const struct id *id,
    int64_t if_match, const char *text, size_t n, struct db_doc *ret_doc,
    const char **ret_left, struct err *e)
{
	struct busy_reading r = {.text = text, .n = n};
	enum err_code code = auth_own_or_staff(&c->who, id, "member", e);

	if (code == ERR_OK)
		code = db_busy_times_owner(c->db, c->arena,
		    &c->who.community_id, id, &r.time_zone, &r.owner, e);
	if (code == ERR_OK)
		code = busy_reading_run(c->arena, &r, e);
	if (code == ERR_OK)
		code = db_busy_times_put(c->db, &c->who.community_id, id,
		    if_match, DB_BUSY_FILE, r.from, r.to, r.busy, e);
	if (code == ERR_OK)
		code = service_busy_times_get(c, id, ret_doc, e);
	if (code == ERR_OK)
		code = audit(c, "busy_times.replace", id, e);
	if (code == ERR_OK)
		*ret_left = r.left_out;
	return code;
}

enum err_code service_busy_times_drop(
    struct call *c, const struct id *id, int64_t if_match, struct err *e)
{
	enum err_code code = auth_own_or_staff(&c->who, id, "member", e);

	if (code == ERR_OK)
		code = db_busy_times_drop(
		    c->db, &c->who.community_id, id, if_match, DB_BUSY_FILE, e);
	if (code == ERR_OK)
		code = audit(c, "busy_times.drop", id, e);
	return code;
}
