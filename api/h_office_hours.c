/* Handlers of office hours and their slots: see service_office_hours.h. */
#include "api/auth.h"
#include "api/bind.h"
#include "api/handlers.h"
#include "api/service_office_hours.h"

struct hours_order {
	struct db_office_hours hours;
	enum bind_seen mentor_given;
};

static const struct bind HOURS[] = {
    {"program_id", BIND_UUID, BIND_REQUIRED,
	BIND_INTO(struct hours_order, hours.program_id)},
    {"mentor_id", BIND_UUID, BIND_NULLABLE,
	BIND_INTO(struct hours_order, hours.mentor_id),
	BIND_SEEN(struct hours_order, mentor_given)},
    {"title", BIND_STRING, BIND_REQUIRED,
	BIND_INTO(struct hours_order, hours.title), .min = 1, .max = 200},
    {"weekday", BIND_WEEKDAY, BIND_REQUIRED,
	BIND_INTO(struct hours_order, hours.weekday)},
    {"local_time", BIND_LOCAL_TIME, BIND_REQUIRED,
	BIND_INTO(struct hours_order, hours.local_minute)},
    {"time_zone", BIND_STRING, BIND_NULLABLE,
	BIND_INTO(struct hours_order, hours.time_zone), .min = 1, .max = 63},
    {"minutes", BIND_INT, BIND_REQUIRED,
	BIND_INTO(struct hours_order, hours.minutes), .min = 15, .max = 480},
    {"seats", BIND_INT, BIND_REQUIRED,
	BIND_INTO(struct hours_order, hours.seats), .min = 1, .max = 500},
    {"first_date", BIND_DATE, BIND_REQUIRED,
	BIND_INTO(struct hours_order, hours.first_date)},
    {"last_date", BIND_DATE, BIND_REQUIRED,
	BIND_INTO(struct hours_order, hours.last_date)},
    {0},
};

enum err_code h_office_hours_create(struct request *r)
{
	struct hours_order order = {0};
	struct db_doc doc;
	char text[ID_TEXT_SIZE];
	enum err_code code =
	    bind_object(r->call.arena, r->json, HOURS, &order, &r->err);

	if (code == ERR_OK)
		code = auth_acts_for(&r->call.who,
		    order.mentor_given == BIND_VALUE, "/mentor_id",
		    &order.hours.mentor_id, &r->err);
	if (code == ERR_OK)
		code = service_office_hours_open(
		    &r->call, &order.hours, &doc, &r->err);
	if (code != ERR_OK)
		return code;
	id_format(&order.hours.id, text);
	reply_created(
	    r, arena_printf(r->call.arena, "/v1/office-hours/%s", text), &doc);
	return ERR_OK;
}

enum err_code h_office_hours_list(struct request *r)
{
	struct call *c = &r->call;
	struct id program, mentor;
	bool has_program = false, has_mentor = false;
	struct db_page page;
	struct db_list found;
	enum err_code code = request_page(r, &page);

	if (code == ERR_OK)
		code =
		    request_query_id(r, "program_id", &program, &has_program);
	if (code == ERR_OK)
		code = request_query_id(r, "mentor_id", &mentor, &has_mentor);
	if (code == ERR_OK)
		code = db_office_hours_list(c->db, c->arena,
		    &c->who.community_id, has_program ? &program : NULL,
		    has_mentor ? &mentor : NULL, &page, &found, &r->err);
	return code == ERR_OK ? reply_list(r, &found) : code;
}

enum err_code h_office_hours_get(struct request *r)
{
	struct call *c = &r->call;
	struct db_doc doc;
	struct id id;
	enum err_code code = request_path_id(r, "id", "office hours", &id);

	if (code == ERR_OK)
		code = db_office_hours_get(
		    c->db, c->arena, &c->who.community_id, &id, &doc, &r->err);
	if (code == ERR_OK)
		reply_doc(r, &doc);
	return code;
}

struct hours_change {
	int64_t seats;
};

static const struct bind CHANGE[] = {
    {"seats", BIND_INT, BIND_REQUIRED, BIND_INTO(struct hours_change, seats),
	.min = 1, .max = 500},
    {0},
};

enum err_code h_office_hours_patch(struct request *r)
{
	struct hours_change change;
	struct db_doc doc;
	struct id id;
	enum err_code code = request_path_id(r, "id", "office hours", &id);

	if (code == ERR_OK)
		code = bind_object(
		    r->call.arena, r->json, CHANGE, &change, &r->err);
	if (code == ERR_OK)
		code = service_office_hours_set_seats(
		    &r->call, &id, r->if_match, change.seats, &doc, &r->err);
	if (code == ERR_OK)
		reply_doc(r, &doc);
	return code;
}

enum err_code h_office_hours_close(struct request *r)
{
	struct id id;
	enum err_code code = request_path_id(r, "id", "office hours", &id);

	if (code == ERR_OK)
		code = service_office_hours_close(
		    &r->call, &id, r->if_match, &r->err);
	if (code == ERR_OK)
		reply_no_content(r);
	return code;
}

enum err_code h_office_hours_slots(struct request *r)
{
	struct call *c = &r->call;
	int64_t from, to;
	bool has_from = false, has_to = false;
	struct db_page page;
	struct db_list found;
	struct db_doc doc;
	struct id id;
	enum err_code code = request_path_id(r, "id", "office hours", &id);

	if (code == ERR_OK)
		code = request_page(r, &page);
	if (code == ERR_OK)
		code = request_query_instant(r, "from", &from, &has_from);
	if (code == ERR_OK)
		code = request_query_instant(r, "to", &to, &has_to);
	if (code == ERR_OK) /* a 404 for hours that are not there */
		code = db_office_hours_get(
		    c->db, c->arena, &c->who.community_id, &id, &doc, &r->err);
	if (code == ERR_OK)
		code = db_office_hours_slots(c->db, c->arena,
		    &c->who.community_id, &id, has_from ? &from : NULL,
		    has_to ? &to : NULL, &page, &found, &r->err);
	return code == ERR_OK ? reply_list(r, &found) : code;
}
