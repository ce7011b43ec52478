/* Handlers of cohorts. An intake makes and publishes them; staff change those that are
 * published. Members see the published ones they are in. */
#include <string.h>

#include "api/auth.h"
#include "api/bind.h"
#include "api/cohort_clocks.h"
#include "api/handlers.h"
#include "api/service_cohorts.h"
#include "api/text.h"
#include "db/intakes.h"

enum {
	MAX_NAME = 200,
	MAX_LOCATION = 500,
	MAX_TEXT = 4000,
	MAX_MOVES = 200,
};

struct patch {
	struct cohort_change change;
	struct id guide_id;
	enum bind_seen guide, location, description;
	struct bind_list moves;
};

static const struct bind MOVE[] = {
    {"session_id", BIND_UUID, BIND_REQUIRED,
	BIND_INTO(struct cohort_session_move, session_id)},
    {"starts_at", BIND_INSTANT, BIND_REQUIRED,
	BIND_INTO(struct cohort_session_move, starts_at)},
    {0},
};
static const struct bind MOVES = {.key = "", .type = BIND_OBJECT, .item = MOVE};

static const struct bind PATCH[] = {
    {"name", BIND_STRING, 0, BIND_INTO(struct patch, change.name), .min = 1,
	.max = MAX_NAME, .check = text_check_clean},
    {"location", BIND_STRING, BIND_NULLABLE,
	BIND_INTO(struct patch, change.location),
	BIND_SEEN(struct patch, location), .max = MAX_LOCATION,
	.check = text_check_clean},
    {"description", BIND_STRING, BIND_NULLABLE | BIND_LINES,
	BIND_INTO(struct patch, change.description),
	BIND_SEEN(struct patch, description), .max = MAX_TEXT,
	.check = text_check_lines},
    {"guide_id", BIND_UUID, 0, BIND_INTO(struct patch, guide_id),
	BIND_SEEN(struct patch, guide)},
    {"moves", BIND_LIST, 0, BIND_INTO(struct patch, moves), .max = MAX_MOVES,
	.item = &MOVES, .item_size = sizeof(struct cohort_session_move)},
    {0},
};

enum err_code h_cohorts_list(struct request *r)
{
	struct call *c = &r->call;
	struct id intake;
	const struct id *viewer = NULL;
	struct db_page page;
	struct db_list list;
	bool given = false;
	enum err_code code = request_query_id(r, "intake_id", &intake, &given);

	if (code == ERR_OK)
		code = request_page(r, &page);
	if (code == ERR_OK)
		code = auth_viewer(&c->who, &viewer, &r->err);
	if (code == ERR_OK)
		code = db_cohort_list(c->db, c->arena, &c->who.community_id,
		    given ? &intake : NULL, viewer, &page, &list, &r->err);
	return code == ERR_OK ? reply_list(r, &list) : code;
}

enum err_code h_cohorts_get(struct request *r)
{
	struct call *c = &r->call;
	struct id id;
	const struct id *viewer = NULL;
	struct db_doc doc;
	enum err_code code = request_path_id(r, "id", "cohort", &id);

	if (code == ERR_OK)
		code = auth_viewer(&c->who, &viewer, &r->err);
	if (code == ERR_OK)
		code = db_cohort_get(c->db, c->arena, &c->who.community_id, &id,
		    viewer, &doc, &r->err);
	if (code == ERR_OK)
		reply_doc(r, &doc);
	return code;
}

enum err_code h_cohorts_clocks(struct request *r)
{
	const struct id *viewer = NULL;
	const char *json = NULL;
	struct id id;
	enum err_code code = request_path_id(r, "id", "cohort", &id);

	if (code == ERR_OK)
		code = auth_viewer(&r->call.who, &viewer, &r->err);
	if (code == ERR_OK)
		code = cohort_clocks(&r->call, &id, viewer, &json, &r->err);
	if (code == ERR_OK)
		reply_digested(r, "application/json", json, strlen(json));
	return code;
}

enum err_code h_cohorts_patch(struct request *r)
{
	struct patch p = {.guide = BIND_ABSENT};
	struct db_doc doc;
	struct id id;
	enum err_code code = request_path_id(r, "id", "cohort", &id);

	if (code == ERR_OK)
		code = bind_object(r->call.arena, r->json, PATCH, &p, &r->err);
	if (code != ERR_OK)
		return code;
	if (p.guide == BIND_VALUE)
		p.change.guide_id = &p.guide_id;
	if (p.location == BIND_NULL)
		p.change.location = "";
	if (p.description == BIND_NULL)
		p.change.description = "";
	p.change.move = p.moves.item;
	p.change.n_moves = p.moves.n;
	code = service_cohorts_change(
	    &r->call, &id, r->if_match, &p.change, &doc, &r->err);
	if (code == ERR_OK)
		reply_doc(r, &doc);
	return code;
}

enum err_code h_cohorts_successors(struct request *r)
{
	struct db_list list = {0};
	struct db_page page;
	struct id id;
	enum err_code code = request_path_id(r, "id", "cohort", &id);

	if (code == ERR_OK)
		code = request_page(r, &page);
	if (code == ERR_OK)
		code = service_cohorts_successors(
		    &r->call, &id, page.limit, &list, &r->err);
	return code == ERR_OK ? reply_list(r, &list) : code;
}

enum err_code h_cohorts_cancel(struct request *r)
{
	struct db_doc doc;
	struct id id;
	enum err_code code = request_path_id(r, "id", "cohort", &id);

	if (code == ERR_OK)
		code = service_cohorts_cancel(
		    &r->call, &id, r->if_match, &doc, &r->err);
	if (code == ERR_OK)
		reply_doc(r, &doc);
	return code;
}

enum err_code h_cohorts_add_member(struct request *r)
{
	struct db_doc doc;
	struct id id, member;
	enum err_code code = request_path_id(r, "id", "cohort", &id);

	if (code == ERR_OK)
		code = request_path_id(r, "member_id", "member", &member);
	if (code == ERR_OK)
		code = service_cohorts_add(
		    &r->call, &id, r->if_match, &member, &doc, &r->err);
	if (code == ERR_OK)
		reply_doc(r, &doc);
	return code;
}

enum err_code h_cohorts_remove_member(struct request *r)
{
	struct id id, member;
	enum err_code code = request_path_id(r, "id", "cohort", &id);

	if (code == ERR_OK)
		code = request_path_id(r, "member_id", "member", &member);
	if (code == ERR_OK)
		code = service_cohorts_remove(
		    &r->call, &id, r->if_match, &member, &r->err);
	if (code == ERR_OK)
		reply_no_content(r);
	return code;
}
