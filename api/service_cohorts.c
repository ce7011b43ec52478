/* Published cohorts: see service_cohorts.h. */
#include "api/service_cohorts.h"

#include <string.h>

#include "api/cohort_choice.h"
#include "api/service_audit.h"
#include "api/service_events.h"
#include "api/service_sessions.h"
#include "db/intakes.h"

static enum err_code lock(struct call *c, const struct id *id, int64_t if_match,
    struct db_cohort *ret, struct err *e)
{
	enum err_code code =
	    db_cohort_lock(c->db, c->arena, &c->who.community_id, id, ret, e);

	if (code != ERR_OK)
		return code;
	if (if_match != 0 && if_match != ret->row_version)
		return ERR_SET(
		    e, STALE, "the cohort changed since it was read");
	if (strcmp(ret->state, "published") == 0)
		return ERR_OK;
	err_note(e, "current_state", ret->state);
	return ERR_SET(e, STATE, "the cohort is %s", ret->state);
}

/* Of every event of the cohort. */
static enum err_code tell(struct call *c, const struct id *cohort,
    const struct event_news *news, struct err *e)
{
	struct id *event;
	size_t n;
	enum err_code code = db_cohort_events(
	    c->db, c->arena, &c->who.community_id, cohort, &event, &n, e);

	for (size_t i = 0; code == ERR_OK && i < n; i++)
		code = service_events_tell(c, &event[i], news, e);
	return code;
}

static enum err_code get(struct call *c, const struct id *cohort,
    struct db_doc *ret_doc, struct err *e)
{
	return db_cohort_get(
	    c->db, c->arena, &c->who.community_id, cohort, NULL, ret_doc, e);
}

/* The text that a plan gives an event names the guide. */
static const char *usual_text(
    struct arena *a, const char *guide, const struct db_cohort *k)
{
	return arena_printf(a,
	    "Guide: %s. The sessions keep the wall clock of %s.", guide,
	    k->anchor_time_zone);
}

/* Sessions move while nobody guides, so that neither guide's time counts. */
static enum err_code move_sessions(struct call *c, const struct db_cohort *k,
    const struct cohort_change *change, struct err *e)
{
	enum err_code code = ERR_OK;

	for (size_t i = 0; code == ERR_OK && i < change->n_moves; i++) {
		const struct session_order order = {
		    .starts_at = change->move[i].starts_at};
		struct db_session s;
		struct db_doc doc;

		code = db_session_find(c->db, c->arena, &c->who.community_id,
		    &change->move[i].session_id, NULL, &s, e);
		if (code == ERR_OK &&
		    memcmp(&s.cohort_id, &k->id, sizeof(k->id)) != 0)
			code =
			    ERR_SET(e, NOT_FOUND, "there is no such session");
		if (code == ERR_NOT_FOUND) {
			err_clear(e);
			err_add_field(e, ERR_VALIDATION,
			    arena_printf(c->arena, "/moves/%zu/session_id", i),
			    "expected a session of the cohort");
			return e->code;
		}
		if (code == ERR_OK)
			code = service_sessions_move(
			    c, &change->move[i].session_id, &order, &doc, e);
	}
	return code;
}

/* The former guide leaves, the new one comes; k has the new one then. */
static enum err_code change_guide(struct call *c, struct db_cohort *k,
    const struct cohort_change *change, struct err *e)
{
	const struct id *guide = change->guide_id;
	const struct id *community = &c->who.community_id;
	const struct id former = k->guide_id;
	const char *name, *usual = usual_text(c->arena, k->guide_name, k);
	enum err_code code = db_cohort_guide_name(
	    c->db, c->arena, community, &k->program_id, guide, &name, e);

	if (code == ERR_OK)
		code = db_cohort_remove_member(
		    c->db, community, &k->id, &former, "guide", e);
	if (code == ERR_OK)
		code = move_sessions(c, k, change, e);
	if (code == ERR_OK)
		code = db_cohort_add_member(
		    c->db, community, k, guide, "guide", e);
	if (code == ERR_OK)
		code = tell(c, &k->id,
		    &(struct event_news){
			.cancel = true, .alone = true, .member = &former},
		    e);
	if (code != ERR_OK)
		return code;
	k->guide_id = *guide;
	if (usual != NULL && strcmp(k->description, usual) == 0)
		k->description = usual_text(c->arena, name, k);
	return k->description == NULL
		   ? ERR_SET(e, NOMEM, "no memory for the cohort")
		   : ERR_OK;
}

enum err_code service_cohorts_change(struct call *c, const struct id *cohort,
    int64_t if_match, const struct cohort_change *change,
    struct db_doc *ret_doc, struct err *e)
{
	const struct id *guide = change->guide_id;
	struct db_cohort k;
	struct db_doc before;
	const char *summary;
	enum err_code code = lock(c, cohort, if_match, &k, e);

	if (code == ERR_OK)
		code = get(c, cohort, &before, e);
	if (code != ERR_OK)
		return code;
	if (guide != NULL && memcmp(guide, &k.guide_id, sizeof(*guide)) != 0)
		code = change_guide(c, &k, change, e);
	else if (change->n_moves > 0) {
		err_add_field(e, ERR_VALIDATION, "/moves",
		    "expected only with another guide_id");
		code = e->code;
	}
	if (code != ERR_OK)
		return code;
	if (change->name != NULL)
		k.name = change->name;
	if (change->location != NULL)
		k.location = change->location;
	if (change->description != NULL)
		k.description = change->description;
	summary = arena_printf(c->arena, "%s: %s", k.intake_name, k.name);
	if (summary == NULL)
		return ERR_SET(e, NOMEM, "no memory for the cohort");
	code = db_cohort_describe(c->db, &c->who.community_id, &k, summary, e);
	if (code == ERR_OK)
		code = tell(c, cohort, &(struct event_news){0}, e);
	if (code == ERR_OK)
		code = get(c, cohort, ret_doc, e);
	return code == ERR_OK
		   ? service_audit_change(c, "cohort.change", "cohort", cohort,
			 before.json, ret_doc->json, e)
		   : code;
}

enum err_code service_cohorts_successors(struct call *c,
    const struct id *cohort, int64_t limit, struct db_list *ret_list,
    struct err *e)
{
	struct db_cohort k;
	enum err_code code = db_cohort_find(
	    c->db, c->arena, &c->who.community_id, cohort, &k, e);

	if (code != ERR_OK)
		return code;
	/* Of a cohort that is not published yet they may be looked at too. */
	if (strcmp(k.state, "cancelled") == 0) {
		err_note(e, "current_state", k.state);
		return ERR_SET(e, STATE, "the cohort is %s", k.state);
	}
	return cohort_choice(c, &k, limit, ret_list, e);
}

enum err_code service_cohorts_add(struct call *c, const struct id *cohort,
    int64_t if_match, const struct id *member, struct db_doc *ret_doc,
    struct err *e)
{
	struct db_cohort k;
	struct db_doc before;
	enum err_code code = lock(c, cohort, if_match, &k, e);

	if (code == ERR_OK)
		code = get(c, cohort, &before, e);
	if (code == ERR_OK)
		code = db_cohort_add_member(
		    c->db, &c->who.community_id, &k, member, "newcomer", e);
	if (code == ERR_OK)
		code =
		    tell(c, cohort, &(struct event_news){.member = member}, e);
	if (code == ERR_OK)
		code = get(c, cohort, ret_doc, e);
	return code == ERR_OK
		   ? service_audit_change(c, "cohort.add_member", "cohort",
			 cohort, before.json, ret_doc->json, e)
		   : code;
}

enum err_code service_cohorts_remove(struct call *c, const struct id *cohort,
    int64_t if_match, const struct id *member, struct err *e)
{
	struct db_cohort k;
	struct db_doc before, after;
	enum err_code code = lock(c, cohort, if_match, &k, e);

	if (code == ERR_OK && memcmp(member, &k.guide_id, sizeof(*member)) == 0)
		return ERR_SET(e, VALIDATION,
		    "the guide does not leave: name another guide");
	if (code == ERR_OK)
		code = get(c, cohort, &before, e);
	if (code == ERR_OK)
		code = db_cohort_remove_member(
		    c->db, &c->who.community_id, cohort, member, "newcomer", e);
	if (code == ERR_OK)
		code = tell(c, cohort,
		    &(struct event_news){
			.cancel = true, .alone = true, .member = member},
		    e);
	if (code == ERR_OK)
		code = get(c, cohort, &after, e);
	return code == ERR_OK
		   ? service_audit_change(c, "cohort.remove_member", "cohort",
			 cohort, before.json, after.json, e)
		   : code;
}

enum err_code service_cohorts_cancel(struct call *c, const struct id *cohort,
    int64_t if_match, struct db_doc *ret_doc, struct err *e)
{
	struct db_cohort k;
	enum err_code code = lock(c, cohort, if_match, &k, e);

	if (code == ERR_OK)
		code = db_cohort_cancel(c->db, &c->who.community_id, cohort, e);
	if (code == ERR_OK)
		code = tell(c, cohort,
		    &(struct event_news){.cancel = true, .raise = true}, e);
	if (code == ERR_OK)
		code = service_audit_state(c, "cohort.cancel", "cohort", cohort,
		    "published", "cancelled", e);
	return code == ERR_OK ? get(c, cohort, ret_doc, e) : code;
}
