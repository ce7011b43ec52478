/* Handlers of pairings: see service_pairings.h. */
#include "api/bind.h"
#include "api/handlers.h"
#include "api/service_pairings.h"

enum {
	MAX_REASON = 1000 /* characters */
};

static const struct bind PAIRING[] = {
    {"program_id", BIND_UUID, BIND_REQUIRED,
	BIND_INTO(struct db_pairing_new, program_id)},
    {"newcomer_id", BIND_UUID, BIND_REQUIRED,
	BIND_INTO(struct db_pairing_new, newcomer_id)},
    {"mentor_id", BIND_UUID, BIND_REQUIRED,
	BIND_INTO(struct db_pairing_new, mentor_id)},
    {0},
};

struct end_order {
	const char *reason;
};

static const struct bind END[] = {
    {"reason", BIND_STRING, BIND_NULLABLE | BIND_LINES,
	BIND_INTO(struct end_order, reason), .min = 1, .max = MAX_REASON},
    {0},
};

enum err_code h_pairings_create(struct request *r)
{
	struct db_pairing_new p = {0};
	struct db_doc doc;
	char text[ID_TEXT_SIZE];
	enum err_code code =
	    bind_object(r->call.arena, r->json, PAIRING, &p, &r->err);

	if (code == ERR_OK)
		code = service_pairings_create(&r->call, &p, &doc, &r->err);
	if (code != ERR_OK)
		return code;
	id_format(&p.id, text);
	reply_created(
	    r, arena_printf(r->call.arena, "/v1/pairings/%s", text), &doc);
	return ERR_OK;
}

enum err_code h_pairings_list(struct request *r)
{
	static const char *const STATES[] = {"active", "ended", NULL};
	struct db_pairing_filter f = {.state = NULL};
	struct id program, member;
	struct db_page page;
	struct db_list found;
	bool given = false;
	enum err_code code = request_page(r, &page);

	if (code == ERR_OK)
		code = request_query_id(r, "program_id", &program, &given);
	f.program_id = given ? &program : NULL;
	given = false;
	if (code == ERR_OK)
		code = request_query_id(r, "member_id", &member, &given);
	f.member_id = given ? &member : NULL;
	if (code == ERR_OK)
		code = request_query_word(r, "state", STATES, &f.state);
	if (code != ERR_OK)
		return code;
	code = service_pairings_list(&r->call, &f, &page, &found, &r->err);
	return code == ERR_OK ? reply_list(r, &found) : code;
}

enum err_code h_pairings_get(struct request *r)
{
	struct db_doc doc;
	struct id id;
	enum err_code code = request_path_id(r, "id", "pairing", &id);

	if (code == ERR_OK)
		code = service_pairings_get(&r->call, &id, &doc, &r->err);
	if (code == ERR_OK)
		reply_doc(r, &doc);
	return code;
}

enum err_code h_pairings_end(struct request *r)
{
	struct end_order order = {0};
	struct db_doc doc;
	struct id id;
	enum err_code code = request_path_id(r, "id", "pairing", &id);

	if (code == ERR_OK && r->json != NULL)
		code =
		    bind_object(r->call.arena, r->json, END, &order, &r->err);
	if (code == ERR_OK)
		code = service_pairings_end(
		    &r->call, &id, r->if_match, order.reason, &doc, &r->err);
	if (code == ERR_OK)
		reply_doc(r, &doc);
	return code;
}
