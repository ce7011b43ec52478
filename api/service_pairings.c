/*
 * Pairings: see service_pairings.h. Invariant: an active pairing holds exactly one
 * place of its mentor's enrollment in the program.
 */
#include "api/service_pairings.h"

#include "api/auth.h"
#include "api/service_audit.h"
#include "api/service_meetings.h"
#include "db/programs.h"
#include "db/proposals.h"
#include "db/wall.h"

enum err_code service_pairings_make(
    struct call *c, struct db_pairing_new *p, struct err *e)
{
	const struct id *community = &c->who.community_id;
	enum err_code code;

	p->id = id_new();
	code = db_place_take(
	    c->db, c->arena, community, &p->program_id, &p->mentor_id, e);
	if (code == ERR_OK)
		code = db_pairing_create(c->db, community, p, e);
	if (code == ERR_OK)
		code = db_pairing_move_request(c->db, community, &p->program_id,
		    &p->newcomer_id, "matched", service_audit_actor(c), NULL,
		    e);
	if (code == ERR_OK)
		code = db_proposal_expire(c->db, community, &p->program_id,
		    &p->newcomer_id, p->proposal_id, false, e);
	if (code == ERR_OK)
		code = service_audit_state(
		    c, "pairing.create", "pairing", &p->id, NULL, "active", e);
	return code;
}

enum err_code service_pairings_replace(
    struct call *c, const struct id *pairing, struct err *e)
{
	static const char WHY[] = "another mentor, by a repair";
	const struct id *community = &c->who.community_id;
	struct db_pairing p;
	enum err_code code =
	    db_pairing_lock(c->db, c->arena, community, pairing, &p, e);

	if (code != ERR_OK || strcmp(p.state, "active") != 0)
		return code;
	code = db_pairing_end(c->db, community, pairing, WHY, e);
	if (code == ERR_OK)
		code = service_meetings_drop(c, pairing, e);
	if (code == ERR_OK)
		code = db_place_give_back(
		    c->db, community, &p.program_id, &p.mentor_id, e);
	if (code == ERR_OK)
		code = service_audit_state(
		    c, "pairing.end", "pairing", pairing, p.state, "ended", e);
	return code;
}

static enum err_code check_enrolled(struct call *c, const struct id *program,
    const struct id *member, const char *role, const char *place, struct err *e)
{
	bool enrolled = false;
	enum err_code code = db_pairing_is_enrolled(c->db, c->arena,
	    &c->who.community_id, program, member, role, &enrolled, e);

	if (code == ERR_OK && !enrolled)
		err_add_field(e, ERR_VALIDATION, place,
		    "this member is not an active %s of the program", role);
	return code;
}

enum err_code service_pairings_create(struct call *c, struct db_pairing_new *p,
    struct db_doc *ret_doc, struct err *e)
{
	enum err_code code;

	if (memcmp(&p->newcomer_id, &p->mentor_id, sizeof(struct id)) == 0) {
		err_add_field(e, ERR_VALIDATION, "/mentor_id",
		    "nobody can be their own mentor");
		return ERR_VALIDATION;
	}
	code = check_enrolled(
	    c, &p->program_id, &p->newcomer_id, "newcomer", "/newcomer_id", e);
	if (code == ERR_OK)
		code = check_enrolled(c, &p->program_id, &p->mentor_id,
		    "mentor", "/mentor_id", e);
	if (code == ERR_OK)
		code = e->code; /* the fields that were found */
	if (code == ERR_OK)
		code = service_pairings_make(c, p, e);
	if (code == ERR_OK)
		code = db_pairing_get(c->db, c->arena, &c->who.community_id,
		    &p->id, NULL, ret_doc, e);
	return code;
}

enum err_code service_pairings_end(struct call *c, const struct id *pairing,
    int64_t if_match, const char *reason, struct db_doc *ret_doc, struct err *e)
{
	const struct id *community = &c->who.community_id, *sees = NULL;
	struct db_pairing p;
	enum err_code code = auth_viewer(&c->who, &sees, e);

	if (code == ERR_OK)
		code =
		    db_pairing_lock(c->db, c->arena, community, pairing, &p, e);
	if (code != ERR_OK)
		return code;
	if (sees != NULL && !auth_is_member(&c->who, &p.newcomer_id) &&
	    !auth_is_member(&c->who, &p.mentor_id))
		return ERR_SET(e, NOT_FOUND, "there is no such pairing");
	if (if_match != 0 && if_match != p.row_version)
		return ERR_SET(
		    e, STALE, "the pairing changed since it was read");
	if (strcmp(p.state, "active") != 0) {
		err_note(e, "current_state", p.state);
		return ERR_SET(e, STATE, "the pairing is %s", p.state);
	}
	code = db_act_on(c->db, "pairing", pairing, e);
	if (code == ERR_OK)
		code = db_pairing_end(c->db, community, pairing, reason, e);
	if (code == ERR_OK)
		code = service_meetings_drop(c, pairing, e);
	if (code == ERR_OK)
		code = db_place_give_back(
		    c->db, community, &p.program_id, &p.mentor_id, e);
	if (code == ERR_OK)
		code = service_audit_state(
		    c, "pairing.end", "pairing", pairing, p.state, "ended", e);
	if (code == ERR_OK)
		code = db_pairing_get(
		    c->db, c->arena, community, pairing, sees, ret_doc, e);
	return code;
}

enum err_code service_pairings_get(struct call *c, const struct id *pairing,
    struct db_doc *ret_doc, struct err *e)
{
	const struct id *sees = NULL;
	enum err_code code = auth_viewer(&c->who, &sees, e);

	if (code == ERR_OK)
		code = db_pairing_get(c->db, c->arena, &c->who.community_id,
		    pairing, sees, ret_doc, e);
	return code;
}

enum err_code service_pairings_list(struct call *c, struct db_pairing_filter *f,
    const struct db_page *page, struct db_list *ret_list, struct err *e)
{
	enum err_code code = auth_viewer(&c->who, &f->viewer, e);

	if (code == ERR_OK)
		code = db_pairing_list(c->db, c->arena, &c->who.community_id, f,
		    page, ret_list, e);
	return code;
}
