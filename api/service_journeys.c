/* Journeys: see service_journeys.h. */
#include "api/service_journeys.h"

#include "api/auth.h"
#include "api/service_audit.h"
#include "db/programs.h"

enum err_code service_journeys_add_template(struct call *c,
    const struct id *program, const struct db_journey_template *t,
    struct id *ret_id, struct db_doc *ret_doc, struct err *e)
{
	const struct id *community = &c->who.community_id;
	struct db_doc doc;
	enum err_code code =
	    db_program_get(c->db, c->arena, community, program, &doc, e);

	*ret_id = id_new();
	if (code == ERR_OK)
		code = db_journey_template_create(
		    c->db, community, ret_id, program, t, e);
	if (code == ERR_OK)
		code = db_journey_template_get(
		    c->db, c->arena, community, ret_id, ret_doc, e);
	if (code == ERR_OK)
		code = service_audit_change(c, "journey_template.create",
		    "journey_template", ret_id, NULL, ret_doc->json, e);
	return code;
}

enum err_code service_journeys_change_template(struct call *c,
    const struct id *id, int64_t if_match, const struct db_journey_template *t,
    struct db_doc *ret_doc, struct err *e)
{
	const struct id *community = &c->who.community_id;
	struct db_doc before;
	enum err_code code =
	    db_journey_template_get(c->db, c->arena, community, id, &before, e);

	if (code == ERR_OK)
		code = db_journey_template_patch(
		    c->db, community, id, if_match, t, e);
	if (code == ERR_OK)
		code = db_journey_template_get(
		    c->db, c->arena, community, id, ret_doc, e);
	if (code == ERR_OK)
		code = service_audit_change(c, "journey_template.update",
		    "journey_template", id, before.json, ret_doc->json, e);
	return code;
}

enum err_code service_journeys_begin(
    struct call *c, struct db_journey *j, struct db_doc *ret_doc, struct err *e)
{
	const struct id *community = &c->who.community_id;
	enum err_code code;

	j->id = id_new();
	code = db_journey_create(c->db, c->arena, community, j, e);
	if (code == ERR_OK)
		code = db_journey_get(
		    c->db, c->arena, community, &j->id, NULL, ret_doc, e);
	if (code == ERR_OK)
		code = service_audit_state(
		    c, "journey.begin", "journey", &j->id, NULL, "active", e);
	return code;
}

enum err_code service_journeys_end(struct call *c, const struct id *id,
    int64_t if_match, struct db_doc *ret_doc, struct err *e)
{
	const struct id *community = &c->who.community_id;
	enum err_code code =
	    db_journey_get(c->db, c->arena, community, id, NULL, ret_doc, e);

	if (code == ERR_OK)
		code = db_journey_end(c->db, community, id, if_match, e);
	if (code == ERR_OK)
		code = db_journey_get(
		    c->db, c->arena, community, id, NULL, ret_doc, e);
	if (code == ERR_OK)
		code = service_audit_state(
		    c, "journey.end", "journey", id, "active", "ended", e);
	return code;
}

/* Staff, and those whose journey it is; who sees it only is told so. */
static enum err_code may_settle(
    struct call *c, const struct id *journey, struct err *e)
{
	const struct id *viewer;
	bool own = false;
	enum err_code code = auth_viewer(&c->who, &viewer, e);

	if (code != ERR_OK || viewer == NULL)
		return code;
	code = db_journey_is_own(
	    c->db, c->arena, &c->who.community_id, journey, viewer, &own, e);
	if (code == ERR_OK && !own)
		return ERR_SET(e, FORBIDDEN,
		    "the steps are settled by whose journey it is");
	return code;
}

enum err_code service_journeys_settle(struct call *c, const struct id *journey,
    int64_t position, int64_t if_match, const char *state, const char *note,
    struct db_doc *ret_doc, struct err *e)
{
	const struct id *community = &c->who.community_id;
	struct db_doc before;
	enum err_code code = may_settle(c, journey, e);

	if (code == ERR_OK)
		code = db_journey_step_get(c->db, c->arena, community, journey,
		    position, NULL, &before, e);
	if (code == ERR_OK)
		code = db_journey_step_patch(c->db, c->arena, community,
		    journey, position, if_match, state, note,
		    c->who.has_member ? &c->who.member_id : NULL, e);
	if (code == ERR_OK)
		code = db_journey_step_get(c->db, c->arena, community, journey,
		    position, NULL, ret_doc, e);
	if (code == ERR_OK)
		code = service_audit_change(c, "journey_step.settle", "journey",
		    journey, before.json, ret_doc->json, e);
	return code;
}
