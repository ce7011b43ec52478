/* Matching rounds: see service_rounds.h. Invariant: a live round has a live job. */
#include "api/service_rounds.h"

#include "api/service_audit.h"
#include "db/jobs.h"
#include "db/programs.h"

static enum err_code check_policy(
    struct call *c, struct round_order *o, struct err *e)
{
	const struct id *community = &c->who.community_id;
	struct db_doc program;
	const char *document;
	enum err_code code = db_program_get(
	    c->db, c->arena, community, &o->program_id, &program, e);

	if (code != ERR_OK)
		return code;
	code = db_policy_document(c->db, c->arena, community, &o->program_id,
	    o->policy_version, &document, &o->policy_version, e);
	if (code != ERR_NOT_FOUND)
		return code;
	err_clear(e);
	err_add_field(e, ERR_VALIDATION, "/policy_version",
	    "the program has no policy of this version");
	return ERR_VALIDATION;
}

enum err_code service_rounds_start(struct call *c, const struct round_order *o,
    struct id *ret_id, struct db_doc *ret_doc, struct err *e)
{
	const struct id *community = &c->who.community_id;
	struct round_order order = *o;
	struct db_round_new round = {
	    .id = id_new(), .program_id = o->program_id, .seed = o->seed};
	struct db_job job = {.community_id = *community,
	    .id = id_new(),
	    .subject_id = round.id,
	    .kind = "matching_round"};
	enum err_code code = check_policy(c, &order, e);

	round.policy_version = order.policy_version;
	if (code == ERR_OK)
		code = db_round_create(c->db, c->arena, community, &round, e);
	if (code == ERR_OK)
		code = db_job_enqueue(c->db, &job, e);
	if (code == ERR_OK)
		code = service_audit_state(c, "matching_round.start",
		    "matching_round", &round.id, NULL, "queued", e);
	if (code == ERR_OK)
		code = db_round_get(
		    c->db, c->arena, community, &round.id, ret_doc, e);
	if (code == ERR_OK)
		*ret_id = round.id;
	return code;
}

enum err_code service_rounds_cancel(struct call *c, const struct id *round,
    struct db_doc *ret_doc, struct err *e)
{
	const struct id *community = &c->who.community_id;
	const char *state;
	bool ended = false;
	enum err_code code =
	    db_round_state(c->db, c->arena, community, round, false, &state, e);

	if (code != ERR_OK)
		return code;
	code = db_job_cancel(c->db, c->arena, community, round, &ended, e);
	if (code == ERR_STATE) {
		err_note(e, "current_state", state);
		return ERR_SET(e, STATE, "the matching round is %s", state);
	}
	if (code == ERR_OK && ended)
		code = db_round_stop(
		    c->db, community, round, "cancelled", NULL, e);
	if (code == ERR_OK)
		code = service_audit_state(c, "matching_round.cancel",
		    "matching_round", round, state, ended ? "cancelled" : state,
		    e);
	if (code == ERR_OK)
		code =
		    db_round_get(c->db, c->arena, community, round, ret_doc, e);
	return code;
}

enum err_code service_rounds_get(struct call *c, const struct id *round,
    struct db_doc *ret_doc, bool *ret_ended, struct err *e)
{
	const char *state;
	enum err_code code = db_round_state(
	    c->db, c->arena, &c->who.community_id, round, false, &state, e);

	if (code == ERR_OK)
		code = db_round_get(
		    c->db, c->arena, &c->who.community_id, round, ret_doc, e);
	if (code == ERR_OK)
		*ret_ended = strcmp(state, "queued") != 0 &&
			     strcmp(state, "running") != 0;
	return code;
}

enum err_code service_rounds_text(struct call *c, const struct id *round,
    enum db_round_file file, const char **ret_text, struct err *e)
{
	const char *text = NULL;
	enum err_code code = db_round_text(
	    c->db, c->arena, &c->who.community_id, round, file, &text, e);

	if (code == ERR_OK && text == NULL)
		return ERR_SET(e, NOT_FOUND,
		    "the matching round has no such file before it is solved");
	if (code == ERR_OK)
		*ret_text = text;
	return code;
}
