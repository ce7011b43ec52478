/*
 * Intakes: see service_intakes.h. Invariants: the row is locked before its state is
 * judged; a queued or running intake has a live job; cohorts of an intake that is
 * not published belong to the plan that the row holds.
 */
#include "api/service_intakes.h"

#include <string.h>

#include "api/intake_file.h"
#include "api/intake_values.h"
#include "api/service_audit.h"
#include "api/service_events.h"
#include "db/jobs.h"

static enum err_code wrong_state(const struct intake_row *row, struct err *e)
{
	err_note(e, "current_state", row->state);
	return ERR_SET(e, STATE, "the intake is %s", row->state);
}

static bool is_live(const char *state)
{
	return strcmp(state, "queued") == 0 || strcmp(state, "running") == 0;
}

/* Lock a row that nobody works on and nobody was invited by. */
static enum err_code lock_idle(struct call *c, const struct id *intake,
    int64_t if_match, struct intake_row *row, struct err *e)
{
	enum err_code code = db_intake_lock(
	    c->db, c->arena, &c->who.community_id, intake, row, e);

	if (code != ERR_OK)
		return code;
	if (if_match != 0 && if_match != row->row_version)
		return ERR_SET(
		    e, STALE, "the intake changed since it was read");
	if (is_live(row->state) || strcmp(row->state, "published") == 0)
		return wrong_state(row, e);
	return ERR_OK;
}

static enum err_code document(struct call *c, const struct id *intake,
    struct db_doc *ret_doc, struct err *e)
{
	return db_intake_get(
	    c->db, c->arena, &c->who.community_id, intake, ret_doc, e);
}

/* Forget the plan, change the state, write the audit. */
static enum err_code restart(struct call *c, const struct intake_row *row,
    const char *state, const char *action, struct err *e)
{
	const struct id *community = &c->who.community_id;
	enum err_code code = db_intake_clear(c->db, community, &row->id, e);

	if (code == ERR_OK)
		code = db_intake_set_state(
		    c->db, community, &row->id, state, NULL, e);
	if (code == ERR_OK)
		code = service_audit_state(
		    c, action, "intake", &row->id, row->state, state, e);
	return code;
}

enum err_code service_intakes_create(struct call *c, const struct id *program,
    struct json_object *body, struct id *ret_id, struct db_doc *ret_doc,
    struct err *e)
{
	const struct id *community = &c->who.community_id;
	struct id id = id_new();
	struct intake_values values;
	struct intake in;
	enum err_code code =
	    intake_file_bind_row(c->arena, body, c->tz, NULL, &in, e);

	if (code == ERR_OK)
		code = intake_values_make(c->arena, &in, &values, e);
	if (code == ERR_OK)
		code = db_intake_insert(
		    c->db, community, &id, program, &values, e);
	if (code == ERR_OK)
		code = document(c, &id, ret_doc, e);
	if (code == ERR_OK)
		code = service_audit_change(
		    c, "intake.create", "intake", &id, NULL, ret_doc->json, e);
	if (code == ERR_OK)
		*ret_id = id;
	return code;
}

enum err_code service_intakes_patch(struct call *c, const struct id *intake,
    int64_t if_match, struct json_object *body, struct db_doc *ret_doc,
    struct err *e)
{
	const struct id *community = &c->who.community_id;
	struct db_doc before;
	struct intake_row row;
	struct intake_values values;
	struct intake was, in;
	enum err_code code = lock_idle(c, intake, if_match, &row, e);

	if (code == ERR_OK)
		code = document(c, intake, &before, e);
	if (code == ERR_OK)
		code =
		    intake_values_read(c->arena, c->tz, &row.values, &was, e);
	if (code == ERR_OK)
		code =
		    intake_file_bind_row(c->arena, body, c->tz, &was, &in, e);
	if (code == ERR_OK)
		code = intake_values_make(c->arena, &in, &values, e);
	if (code == ERR_OK)
		code = db_intake_clear(c->db, community, intake, e);
	if (code == ERR_OK)
		code = db_intake_update(c->db, community, intake, &values, e);
	if (code == ERR_OK)
		code = db_intake_set_state(
		    c->db, community, intake, "draft", NULL, e);
	if (code == ERR_OK)
		code = document(c, intake, ret_doc, e);
	if (code == ERR_OK)
		code = service_audit_change(c, "intake.update", "intake",
		    intake, before.json, ret_doc->json, e);
	return code;
}

enum err_code service_intakes_generate(struct call *c, const struct id *intake,
    int64_t if_match, struct db_doc *ret_doc, struct err *e)
{
	struct db_job job = {.community_id = c->who.community_id,
	    .id = id_new(),
	    .subject_id = *intake,
	    .kind = "intake"};
	struct intake_row row;
	enum err_code code = lock_idle(c, intake, if_match, &row, e);

	if (code == ERR_OK)
		code = restart(c, &row, "queued", "intake.generate", e);
	if (code == ERR_OK)
		code = db_job_enqueue(c->db, &job, e);
	if (code == ERR_OK)
		code = document(c, intake, ret_doc, e);
	return code;
}

/* The job first, then the row: the order of the worker's heartbeat. */
enum err_code service_intakes_cancel(struct call *c, const struct id *intake,
    struct db_doc *ret_doc, struct err *e)
{
	const struct id *community = &c->who.community_id;
	bool ended = false;
	struct intake_row row;
	enum err_code code =
	    db_job_cancel(c->db, c->arena, community, intake, &ended, e);

	if (code == ERR_STATE) { /* nobody works on it */
		err_clear(e);
		ended = true;
		code = lock_idle(c, intake, 0, &row, e);
		if (code == ERR_OK && strcmp(row.state, "cancelled") == 0)
			return wrong_state(&row, e);
	} else if (code == ERR_OK) {
		code =
		    db_intake_lock(c->db, c->arena, community, intake, &row, e);
	}
	if (code == ERR_OK && ended)
		code = restart(c, &row, "cancelled", "intake.cancel", e);
	else if (code == ERR_OK)
		code = service_audit_state(c, "intake.cancel", "intake", intake,
		    row.state, row.state, e);
	if (code == ERR_OK)
		code = document(c, intake, ret_doc, e);
	return code;
}

static enum err_code invite(
    struct call *c, const struct id *intake, struct err *e)
{
	static const struct event_news NEWS = {0}; /* REQUEST, to everybody */
	struct id *event;
	size_t n = 0;
	enum err_code code = db_intake_events(
	    c->db, c->arena, &c->who.community_id, intake, &event, &n, e);

	if (code == ERR_OK && n == 0) {
		err_note(e, "current_state", "solved");
		return ERR_SET(e, STATE, "the plan has no cohorts");
	}
	for (size_t i = 0; code == ERR_OK && i < n; i++)
		code = service_events_tell(c, &event[i], &NEWS, e);
	return code;
}

enum err_code service_intakes_publish(struct call *c, const struct id *intake,
    int64_t if_match, struct db_doc *ret_doc, struct err *e)
{
	const struct id *community = &c->who.community_id;
	struct intake_row row;
	enum err_code code = lock_idle(c, intake, if_match, &row, e);

	if (code != ERR_OK)
		return code;
	if (strcmp(row.state, "solved") != 0)
		return wrong_state(&row, e);
	code = db_intake_publish(c->db, community, intake, e);
	if (code == ERR_OK)
		code = db_intake_set_state(
		    c->db, community, intake, "published", NULL, e);
	if (code == ERR_OK)
		code = invite(c, intake, e);
	if (code == ERR_OK)
		code = service_audit_state(c, "intake.publish", "intake",
		    intake, row.state, "published", e);
	if (code == ERR_OK)
		code = document(c, intake, ret_doc, e);
	return code;
}

enum err_code service_intakes_get(struct call *c, const struct id *intake,
    struct db_doc *ret_doc, bool *ret_ended, struct err *e)
{
	struct intake_row row;
	enum err_code code = db_intake_find(
	    c->db, c->arena, &c->who.community_id, intake, &row, e);

	if (code == ERR_OK)
		code = document(c, intake, ret_doc, e);
	if (code == ERR_OK)
		*ret_ended = !is_live(row.state);
	return code;
}

enum err_code service_intakes_text(struct call *c, const struct id *intake,
    enum intake_file file, const char **ret_text, struct err *e)
{
	const char *input = NULL, *plan = NULL, *text;
	enum err_code code = db_intake_files(
	    c->db, c->arena, &c->who.community_id, intake, &input, &plan, e);

	if (code != ERR_OK)
		return code;
	text = file == INTAKE_INPUT ? input : plan;
	if (text == NULL)
		return ERR_SET(e, NOT_FOUND,
		    "the intake has no such file before it is solved");
	*ret_text = text;
	return ERR_OK;
}
