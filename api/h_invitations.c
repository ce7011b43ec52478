/* Handlers of invitations: what was sent to whom, and the very text. */
#include <string.h>

#include "api/auth.h"
#include "api/handlers.h"
#include "db/events.h"

struct invitation {
	struct db_doc doc;
	const char *ics, *method;
};

enum err_code h_invitations_list(struct request *r)
{
	struct call *c = &r->call;
	struct id event, member;
	const struct id *recipient;
	bool has_event = false, has_member = false;
	struct db_page page;
	struct db_list found;
	enum err_code code = request_page(r, &page);

	if (code == ERR_OK)
		code = auth_viewer(&c->who, &recipient, &r->err);
	if (code == ERR_OK)
		code = request_query_id(r, "event_id", &event, &has_event);
	if (code == ERR_OK)
		code = request_query_id(r, "member_id", &member, &has_member);
	if (code == ERR_OK && has_member) {
		code = auth_own_or_staff(&c->who, &member, "member", &r->err);
		recipient = &member;
	}
	if (code == ERR_OK)
		code = db_invitation_list(c->db, c->arena, &c->who.community_id,
		    has_event ? &event : NULL, recipient, &page, &found,
		    &r->err);
	return code == ERR_OK ? reply_list(r, &found) : code;
}

static enum err_code load(struct request *r, struct invitation *inv)
{
	struct call *c = &r->call;
	struct id id, recipient;
	enum err_code code = request_path_id(r, "id", "invitation", &id);

	if (code == ERR_OK)
		code = db_invitation_get(c->db, c->arena, &c->who.community_id,
		    &id, &recipient, &inv->doc, &inv->ics, &inv->method,
		    &r->err);
	if (code == ERR_OK)
		code = auth_own_or_staff(
		    &c->who, &recipient, "invitation", &r->err);
	return code;
}

enum err_code h_invitations_get(struct request *r)
{
	struct invitation inv;
	enum err_code code = load(r, &inv);

	if (code == ERR_OK)
		reply_doc(r, &inv.doc);
	return code;
}

enum err_code h_invitations_ics(struct request *r)
{
	struct invitation inv;
	const char *type;
	enum err_code code = load(r, &inv);

	if (code == ERR_OK && inv.ics == NULL)
		code = ERR_SET(&r->err, NOT_FOUND,
		    "there is no such invitation any more: it named somebody "
		    "who was erased");
	if (code != ERR_OK)
		return code;
	type = arena_printf(r->call.arena,
	    "text/calendar; charset=utf-8; method=%s", inv.method);
	if (type == NULL)
		return ERR_SET(&r->err, NOMEM, "the request is too large");
	reply_digested(r, type, inv.ics, strlen(inv.ics));
	reply_header(
	    r, "Content-Disposition", "attachment; filename=\"invite.ics\"");
	return ERR_OK;
}
