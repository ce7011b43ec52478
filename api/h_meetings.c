/* Handlers of first meetings: see service_meetings.h. */
#include "api/bind.h"
#include "api/handlers.h"
#include "api/service_meetings.h"

static const struct bind MEETING[] = {
    {"starts_at", BIND_INSTANT, BIND_REQUIRED,
	BIND_INTO(struct meeting_order, starts_at)},
    {"minutes", BIND_INT, 0, BIND_INTO(struct meeting_order, minutes),
	.min = MEETING_MIN_MINUTES, .max = MEETING_MAX_MINUTES},
    {"title", BIND_STRING, BIND_NULLABLE,
	BIND_INTO(struct meeting_order, title), .min = 1, .max = 200},
    {"location", BIND_STRING, BIND_NULLABLE,
	BIND_INTO(struct meeting_order, location), .max = 500},
    {0},
};

struct meeting_move {
	int64_t starts_at;
};

static const struct bind MOVE[] = {
    {"starts_at", BIND_INSTANT, BIND_REQUIRED,
	BIND_INTO(struct meeting_move, starts_at)},
    {0},
};

enum err_code h_meetings_propose(struct request *r)
{
	int64_t minutes = MEETING_MINUTES;
	struct db_list list = {0};
	struct db_page page;
	struct id id;
	enum err_code code = request_path_id(r, "id", "pairing", &id);

	if (code == ERR_OK)
		code = request_page(r, &page);
	if (code == ERR_OK)
		code = request_query_int(r, "minutes", MEETING_MIN_MINUTES,
		    MEETING_MAX_MINUTES, &minutes);
	if (code == ERR_OK)
		code = service_meetings_propose(
		    &r->call, &id, minutes, page.limit, &list, &r->err);
	return code == ERR_OK ? reply_list(r, &list) : code;
}

enum err_code h_meetings_book(struct request *r)
{
	struct meeting_order order = {.minutes = MEETING_MINUTES};
	struct db_doc doc;
	struct id pairing, id;
	char text[ID_TEXT_SIZE];
	enum err_code code = request_path_id(r, "id", "pairing", &pairing);

	if (code == ERR_OK)
		code = bind_object(
		    r->call.arena, r->json, MEETING, &order, &r->err);
	if (code == ERR_OK)
		code = service_meetings_book(
		    &r->call, &pairing, &order, &id, &doc, &r->err);
	if (code != ERR_OK)
		return code;
	id_format(&id, text);
	reply_created(
	    r, arena_printf(r->call.arena, "/v1/meetings/%s", text), &doc);
	return ERR_OK;
}

enum err_code h_meetings_list(struct request *r)
{
	struct db_page page;
	struct db_list found;
	struct id pairing;
	bool given = false;
	enum err_code code = request_page(r, &page);

	if (code == ERR_OK)
		code = request_query_id(r, "pairing_id", &pairing, &given);
	if (code == ERR_OK)
		code = service_meetings_list(
		    &r->call, given ? &pairing : NULL, &page, &found, &r->err);
	return code == ERR_OK ? reply_list(r, &found) : code;
}

enum err_code h_meetings_get(struct request *r)
{
	struct db_doc doc;
	struct id id;
	enum err_code code = request_path_id(r, "id", "meeting", &id);

	if (code == ERR_OK)
		code = service_meetings_get(&r->call, &id, &doc, &r->err);
	if (code == ERR_OK)
		reply_doc(r, &doc);
	return code;
}

enum err_code h_meetings_move(struct request *r)
{
	struct meeting_move order;
	struct db_doc doc;
	struct id id;
	enum err_code code = request_path_id(r, "id", "meeting", &id);

	if (code == ERR_OK)
		code =
		    bind_object(r->call.arena, r->json, MOVE, &order, &r->err);
	if (code == ERR_OK)
		code = service_meetings_move(
		    &r->call, &id, r->if_match, order.starts_at, &doc, &r->err);
	if (code == ERR_OK)
		reply_doc(r, &doc);
	return code;
}

enum err_code h_meetings_cancel(struct request *r)
{
	struct db_doc doc;
	struct id id;
	enum err_code code = request_path_id(r, "id", "meeting", &id);

	if (code == ERR_OK)
		code = service_meetings_cancel(
		    &r->call, &id, r->if_match, &doc, &r->err);
	if (code == ERR_OK)
		reply_doc(r, &doc);
	return code;
}
