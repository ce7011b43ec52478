/* Handlers of sessions: see service_sessions.h. */
#include "api/bind.h"
#include "api/handlers.h"
#include "api/service_sessions.h"

struct move_body {
	struct session_order order;
	enum bind_seen instant, date, time;
};

#define ORDER(member)                                     \
	.offset = offsetof(struct move_body, order) +     \
		  offsetof(struct session_order, member), \
	.size = sizeof(((struct session_order *)0)->member)

static const struct bind MOVE[] = {
    {"starts_at", BIND_INSTANT, 0, ORDER(starts_at),
	BIND_SEEN(struct move_body, instant)},
    {"local_date", BIND_DATE, 0, ORDER(local_date),
	BIND_SEEN(struct move_body, date)},
    {"local_time", BIND_LOCAL_TIME, 0, ORDER(local_minute),
	BIND_SEEN(struct move_body, time)},
    {0},
};

enum err_code h_sessions_list(struct request *r)
{
	struct db_session_filter f = {0};
	struct id cohort, member;
	int64_t from, to;
	struct db_page page;
	struct db_list list;
	bool given[4] = {false};
	enum err_code code =
	    request_query_id(r, "cohort_id", &cohort, &given[0]);

	if (code == ERR_OK)
		code = request_query_id(r, "member_id", &member, &given[1]);
	if (code == ERR_OK)
		code = request_query_instant(r, "from", &from, &given[2]);
	if (code == ERR_OK)
		code = request_query_instant(r, "to", &to, &given[3]);
	if (code == ERR_OK)
		code = request_page(r, &page);
	f.cohort_id = given[0] ? &cohort : NULL;
	f.member_id = given[1] ? &member : NULL;
	f.from = given[2] ? &from : NULL;
	f.to = given[3] ? &to : NULL;
	if (code == ERR_OK)
		code =
		    service_sessions_list(&r->call, &f, &page, &list, &r->err);
	return code == ERR_OK ? reply_list(r, &list) : code;
}

enum err_code h_sessions_get(struct request *r)
{
	struct db_doc doc;
	struct id id;
	enum err_code code = request_path_id(r, "id", "session", &id);

	if (code == ERR_OK)
		code = service_sessions_get(&r->call, &id, &doc, &r->err);
	if (code == ERR_OK)
		reply_doc(r, &doc);
	return code;
}

enum err_code h_sessions_alternatives(struct request *r)
{
	struct db_list list = {0};
	struct db_page page;
	struct id id;
	enum err_code code = request_path_id(r, "id", "session", &id);

	if (code == ERR_OK)
		code = request_page(r, &page);
	if (code == ERR_OK)
		code = service_sessions_alternatives(
		    &r->call, &id, page.limit, &list, &r->err);
	return code == ERR_OK ? reply_list(r, &list) : code;
}

/* Either the instant alone, or date and time. */
static enum err_code read_move(struct request *r, struct session_order *ret)
{
	struct move_body body = {.order = {.if_match = r->if_match}};
	enum err_code code =
	    bind_object(r->call.arena, r->json, MOVE, &body, &r->err);

	if (code != ERR_OK)
		return code;
	if ((body.instant == BIND_VALUE) == (body.date == BIND_VALUE) ||
	    (body.date == BIND_VALUE) != (body.time == BIND_VALUE)) {
		err_add_field(&r->err, ERR_VALIDATION, "/starts_at",
		    "expected either starts_at, or local_date and local_time");
		return r->err.code;
	}
	body.order.is_local = body.date == BIND_VALUE;
	*ret = body.order;
	return ERR_OK;
}

enum err_code h_sessions_move(struct request *r)
{
	struct session_order order;
	struct db_doc doc;
	struct id id;
	enum err_code code = request_path_id(r, "id", "session", &id);

	if (code == ERR_OK)
		code = read_move(r, &order);
	if (code == ERR_OK)
		code =
		    service_sessions_move(&r->call, &id, &order, &doc, &r->err);
	if (code == ERR_OK)
		reply_doc(r, &doc);
	return code;
}

enum err_code h_sessions_cancel(struct request *r)
{
	const struct session_order order = {.if_match = r->if_match};
	struct db_doc doc;
	struct id id;
	enum err_code code = request_path_id(r, "id", "session", &id);

	if (code == ERR_OK)
		code = service_sessions_cancel(
		    &r->call, &id, &order, &doc, &r->err);
	if (code == ERR_OK)
		reply_doc(r, &doc);
	return code;
}
