/* Handlers of booked seats: see service_office_hours.h. */
#include "api/auth.h"
#include "api/bind.h"
#include "api/handlers.h"
#include "api/service_office_hours.h"

struct booking_order {
	struct booking_wish wish;
	enum bind_seen member_given;
};

static const struct bind BOOKING[] = {
    {"member_id", BIND_UUID, BIND_NULLABLE,
	BIND_INTO(struct booking_order, wish.member_id),
	BIND_SEEN(struct booking_order, member_given)},
    {"note", BIND_STRING, BIND_LINES,
	BIND_INTO(struct booking_order, wish.note), .max = 4000},
    {"wait", BIND_BOOL, 0, BIND_INTO(struct booking_order, wish.waits)},
    {0},
};

enum err_code h_bookings_create(struct request *r)
{
	struct booking_order order = {.wish = {.note = ""}};
	struct db_doc doc;
	struct id slot, id;
	char text[ID_TEXT_SIZE];
	enum err_code code = request_path_id(r, "id", "slot", &slot);

	if (code == ERR_OK && r->json != NULL)
		code = bind_object(
		    r->call.arena, r->json, BOOKING, &order, &r->err);
	if (code == ERR_OK)
		code = auth_acts_for(&r->call.who,
		    order.member_given == BIND_VALUE, "/member_id",
		    &order.wish.member_id, &r->err);
	if (code == ERR_OK)
		code = service_office_hours_book(
		    &r->call, &slot, &order.wish, &id, &doc, &r->err);
	if (code != ERR_OK)
		return code;
	id_format(&id, text);
	reply_created(
	    r, arena_printf(r->call.arena, "/v1/bookings/%s", text), &doc);
	return ERR_OK;
}

enum err_code h_bookings_list(struct request *r)
{
	struct call *c = &r->call;
	struct id slot, member;
	const struct id *viewer;
	bool has_slot = false, has_member = false;
	struct db_page page;
	struct db_list found;
	enum err_code code = request_page(r, &page);

	if (code == ERR_OK)
		code = request_query_id(r, "slot_id", &slot, &has_slot);
	if (code == ERR_OK)
		code = request_query_id(r, "member_id", &member, &has_member);
	if (code == ERR_OK)
		code = auth_viewer(&c->who, &viewer, &r->err);
	if (code == ERR_OK)
		code = db_booking_list(c->db, c->arena, &c->who.community_id,
		    has_slot ? &slot : NULL, has_member ? &member : NULL,
		    viewer, &page, &found, &r->err);
	return code == ERR_OK ? reply_list(r, &found) : code;
}

enum err_code h_bookings_get(struct request *r)
{
	struct call *c = &r->call;
	const struct id *viewer;
	struct db_doc doc;
	struct id id;
	enum err_code code = request_path_id(r, "id", "booking", &id);

	if (code == ERR_OK)
		code = auth_viewer(&c->who, &viewer, &r->err);
	if (code == ERR_OK)
		code = db_booking_get(c->db, c->arena, &c->who.community_id,
		    &id, viewer, &doc, &r->err);
	if (code == ERR_OK)
		reply_doc(r, &doc);
	return code;
}

enum err_code h_bookings_cancel(struct request *r)
{
	struct id id;
	enum err_code code = request_path_id(r, "id", "booking", &id);

	if (code == ERR_OK)
		code = service_office_hours_unbook(
		    &r->call, &id, r->if_match, &r->err);
	if (code == ERR_OK)
		reply_no_content(r);
	return code;
}
