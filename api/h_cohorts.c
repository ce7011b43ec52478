/* Handlers of cohorts. They are read-only here: an intake makes and publishes them.
 * Members see the published ones they are in. */
#include "api/auth.h"
#include "api/handlers.h"
#include "db/intakes.h"

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
