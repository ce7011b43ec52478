/* Handlers of deliveries: what became of the mail to each person of each event. */
#include "api/auth.h"
#include "api/handlers.h"
#include "db/delivery.h"

enum err_code h_deliveries_list(struct request *r)
{
	struct call *c = &r->call;
	struct id event, member;
	const struct id *whose;
	bool has_event = false, has_member = false;
	struct db_page page;
	struct db_list found;
	enum err_code code = request_page(r, &page);

	if (code == ERR_OK)
		code = auth_viewer(&c->who, &whose, &r->err);
	if (code == ERR_OK)
		code = request_query_id(r, "event_id", &event, &has_event);
	if (code == ERR_OK)
		code = request_query_id(r, "member_id", &member, &has_member);
	if (code == ERR_OK && has_member) {
		code = auth_own_or_staff(&c->who, &member, "member", &r->err);
		whose = &member;
	}
	if (code == ERR_OK)
		code = db_delivery_list(c->db, c->arena, &c->who.community_id,
		    has_event ? &event : NULL, whose, &page, &found, &r->err);
	return code == ERR_OK ? reply_list(r, &found) : code;
}

enum err_code h_deliveries_get(struct request *r)
{
	struct call *c = &r->call;
	struct id id, member;
	struct db_doc doc;
	enum err_code code = request_path_id(r, "id", "delivery", &id);

	if (code == ERR_OK)
		code = db_delivery_get(c->db, c->arena, &c->who.community_id,
		    &id, &member, &doc, &r->err);
	if (code == ERR_OK)
		code = auth_own_or_staff(&c->who, &member, "delivery", &r->err);
	if (code == ERR_OK)
		reply_doc(r, &doc);
	return code;
}
