/* Journeys: see journeys.h. */
#include "db/journeys.h"

#include <string.h>

#define VERSION(place) "(" place "::bigint = 0 OR row_version = " place ")"
/* What is seen by nobody in particular is seen whole. */
#define SEEN_BY(viewer, journey)                                   \
	"(" viewer "::uuid IS NULL OR " journey " IN (SELECT v.id" \
	" FROM journeys_of($1, " viewer ") v))"

static const struct db_stmt TEMPLATE_CREATE = {"journey_template_create",
    "INSERT INTO journey_template"
    " (community_id, id, program_id, title, persona, steps)"
    " VALUES ($1, $2, $3, $4, $5, $6::jsonb)"};
static const struct db_stmt TEMPLATE_PATCH = {"journey_template_patch",
    "UPDATE journey_template SET title = coalesce($4, title),"
    " persona = coalesce($5, persona), steps = coalesce($6::jsonb, steps),"
    " state = coalesce($7, state)"
    " WHERE community_id = $1 AND id = $2 AND " VERSION("$3")};
static const struct db_stmt TEMPLATE_GET = {"journey_template_get",
    "SELECT etag, doc FROM journey_template_doc"
    " WHERE community_id = $1 AND id = $2"};
static const struct db_stmt TEMPLATE_LIST = {"journey_template_list",
    "SELECT id, doc FROM journey_template_doc WHERE community_id = $1"
    " AND program_id = $2 AND ($3::text IS NULL OR state = $3)"
    " AND ($4::uuid IS NULL OR id > $4) ORDER BY id LIMIT $5::bigint + 1"};

/* Who may begin it, and when it begins unless somebody says. */
static const struct db_stmt BEGINS = {"journey_begins",
    "SELECT t.state = 'active', EXISTS (SELECT FROM enrollment n"
    "  WHERE n.community_id = $1 AND n.program_id = t.program_id"
    "  AND n.member_id = $3 AND n.state = 'active'),"
    " i.id IS NOT NULL, coalesce((SELECT (now() AT TIME ZONE m.time_zone)::date"
    "  FROM member m WHERE m.community_id = $1 AND m.id = $3), i.first_date)"
    " FROM journey_template t"
    " LEFT JOIN (cohort c JOIN intake i"
    "  ON i.community_id = c.community_id AND i.id = c.intake_id)"
    "  ON c.community_id = $1 AND c.id = $4 AND c.state = 'published'"
    "  AND i.program_id = t.program_id"
    " WHERE t.community_id = $1 AND t.id = $2"};
static const struct db_stmt CREATE = {"journey_create",
    "INSERT INTO journey (community_id, id, program_id, template_id,"
    " member_id, cohort_id, title, persona, starts_on)"
    " SELECT $1, $2::uuid, program_id, id, $4::uuid, $5::uuid, title, persona,"
    " $6::date FROM journey_template WHERE community_id = $1 AND id = $3"};
static const struct db_stmt CREATE_STEPS = {"journey_create_steps",
    "INSERT INTO journey_step (community_id, journey_id, position, title,"
    " kind, text, url, due_on, required)"
    " SELECT j.community_id, j.id, s.position, s.step ->> 'title',"
    " s.step ->> 'kind', s.step ->> 'text', s.step ->> 'url',"
    " j.starts_on + (s.step ->> 'due_day')::int,"
    " (s.step ->> 'required')::boolean"
    " FROM journey j JOIN journey_template t"
    "  ON t.community_id = j.community_id AND t.id = j.template_id,"
    " jsonb_array_elements(t.steps) WITH ORDINALITY AS s (step, position)"
    " WHERE j.community_id = $1 AND j.id = $2"};
static const struct db_stmt LIST = {"journey_list",
    "SELECT id, doc FROM journey_doc WHERE community_id = $1"
    " AND ($2::uuid IS NULL OR program_id = $2)"
    " AND ($3::uuid IS NULL OR member_id = $3)"
    " AND ($4::uuid IS NULL OR cohort_id = $4)"
    " AND " SEEN_BY("$5",
	"id") " AND ($6::uuid IS NULL OR id > $6) ORDER BY id LIMIT $7::bigint + 1"};
static const struct db_stmt GET = {"journey_get",
    "SELECT etag, doc FROM journey_doc"
    " WHERE community_id = $1 AND id = $2 AND " SEEN_BY("$3", "id")};
static const struct db_stmt IS_OWN = {"journey_is_own",
    "SELECT own FROM journeys_of($1, $3) WHERE id = $2 ORDER BY own DESC"};
static const struct db_stmt END = {"journey_end",
    "UPDATE journey SET state = 'ended'"
    " WHERE community_id = $1 AND id = $2 AND state = 'active'"
    " AND " VERSION("$3")};
static const struct db_stmt VERSION_IS = {"journey_version_is",
    "SELECT state FROM journey WHERE community_id = $1 AND id = $2"
    " AND " VERSION("$3")};
static const struct db_stmt STEP_GET = {"journey_step_get",
    "SELECT etag, doc FROM journey_step_doc WHERE community_id = $1"
    " AND journey_id = $2 AND position = $3"
    " AND " SEEN_BY("$4", "journey_id")};
static const struct db_stmt STEP_PATCH = {"journey_step_patch",
    "UPDATE journey_step SET state = coalesce($5, state),"
    " note = coalesce($6, note),"
    " settled_at = CASE WHEN $5 = 'open' THEN NULL WHEN $5 <> state THEN now()"
    "  ELSE settled_at END,"
    " settled_by = CASE WHEN $5 = 'open' THEN NULL WHEN $5 <> state"
    "  THEN $7::uuid ELSE settled_by END"
    " WHERE community_id = $1 AND journey_id = $2 AND position = $3"
    " AND " VERSION("$4")};

const struct db_stmt *const db_journey_stmts[] = {&TEMPLATE_CREATE,
    &TEMPLATE_PATCH, &TEMPLATE_GET, &TEMPLATE_LIST, &BEGINS, &CREATE,
    &CREATE_STEPS, &LIST, &GET, &IS_OWN, &END, &VERSION_IS, &STEP_GET,
    &STEP_PATCH, NULL};

enum err_code db_journey_template_create(struct db *db,
    const struct id *community, const struct id *id, const struct id *program,
    const struct db_journey_template *t, struct err *e)
{
	return db_exec(db, &TEMPLATE_CREATE,
	    DB_ARGS(db_id(community), db_id(id), db_id(program),
		db_text(t->title), db_text(t->persona), db_text(t->steps)),
	    NULL, e);
}

enum err_code db_journey_template_patch(struct db *db,
    const struct id *community, const struct id *id, int64_t if_match,
    const struct db_journey_template *t, struct err *e)
{
	const struct db_guard guard = {.get = &TEMPLATE_GET,
	    .args = DB_ARGS(db_id(community), db_id(id)),
	    .what = "journey template",
	    .otherwise = ERR_STALE};

	return db_guarded(db, &TEMPLATE_PATCH,
	    DB_ARGS(db_id(community), db_id(id), db_int(if_match),
		db_text(t->title), db_text(t->persona), db_text(t->steps),
		db_text(t->state)),
	    &guard, e);
}

enum err_code db_journey_template_get(struct db *db, struct arena *a,
    const struct id *community, const struct id *id, struct db_doc *ret_doc,
    struct err *e)
{
	return db_doc_get(db, a, &TEMPLATE_GET,
	    DB_ARGS(db_id(community), db_id(id)), "journey template", ret_doc,
	    e);
}

enum err_code db_journey_template_list(struct db *db, struct arena *a,
    const struct id *community, const struct id *program, const char *state,
    const struct db_page *page, struct db_list *ret_list, struct err *e)
{
	return db_list(db, a, &TEMPLATE_LIST,
	    DB_ARGS(db_id(community), db_id(program), db_text(state),
		db_text(page->after), db_int(page->limit)),
	    page->limit, ret_list, e);
}

/* The day it begins on when nobody says, or every fault of the order. */
static enum err_code begins(struct db *db, struct arena *a,
    const struct id *community, const struct db_journey *j, int32_t *ret_day,
    struct err *e)
{
	const struct db_rows *row;
	enum err_code code = db_rows(db, a, &BEGINS,
	    DB_ARGS(db_id(community), db_id(&j->template_id), db_id(j->member),
		db_id(j->cohort)),
	    &row, e);

	if (code != ERR_OK)
		return code;
	if (db_count(row) == 0 || !db_get_bool(row, 0, 0))
		err_add_field(e, ERR_VALIDATION, "/template_id",
		    "expected an active journey template");
	else if (j->member != NULL && !db_get_bool(row, 0, 1))
		err_add_field(e, ERR_VALIDATION, "/member_id",
		    "expected somebody with an active enrollment in the "
		    "template's program");
	else if (j->cohort != NULL && !db_get_bool(row, 0, 2))
		err_add_field(e, ERR_VALIDATION, "/cohort_id",
		    "expected a published cohort of the template's program");
	else
		*ret_day = db_get_date(row, 0, 3);
	return e->code;
}

enum err_code db_journey_create(struct db *db, struct arena *a,
    const struct id *community, const struct db_journey *j, struct err *e)
{
	int32_t day = 0;
	enum err_code code = begins(db, a, community, j, &day, e);

	if (code == ERR_OK)
		code = db_exec(db, &CREATE,
		    DB_ARGS(db_id(community), db_id(&j->id),
			db_id(&j->template_id), db_id(j->member),
			db_id(j->cohort),
			db_date(j->starts_on != NULL ? *j->starts_on : day)),
		    NULL, e);
	if (code == ERR_OK)
		code = db_exec(db, &CREATE_STEPS,
		    DB_ARGS(db_id(community), db_id(&j->id)), NULL, e);
	return code;
}

enum err_code db_journey_list(struct db *db, struct arena *a,
    const struct id *community, const struct db_journey_filter *f,
    const struct db_page *page, struct db_list *ret_list, struct err *e)
{
	return db_list(db, a, &LIST,
	    DB_ARGS(db_id(community), db_id(f->program), db_id(f->member),
		db_id(f->cohort), db_id(f->viewer), db_text(page->after),
		db_int(page->limit)),
	    page->limit, ret_list, e);
}

enum err_code db_journey_get(struct db *db, struct arena *a,
    const struct id *community, const struct id *id, const struct id *viewer,
    struct db_doc *ret_doc, struct err *e)
{
	return db_doc_get(db, a, &GET,
	    DB_ARGS(db_id(community), db_id(id), db_id(viewer)), "journey",
	    ret_doc, e);
}

enum err_code db_journey_end(struct db *db, const struct id *community,
    const struct id *id, int64_t if_match, struct err *e)
{
	struct db_args args =
	    DB_ARGS(db_id(community), db_id(id), db_int(if_match));
	int64_t n = 0;
	enum err_code code = db_exec(db, &END, args, &n, e);

	if (code != ERR_OK || n > 0)
		return code;
	code = db_exec(db, &VERSION_IS, args, &n, e);
	if (code != ERR_OK)
		return code;
	return n > 0
		   ? ERR_SET(e, STATE, "the journey has ended already")
		   : ERR_SET(e, STALE, "the journey changed since it was read");
}

enum err_code db_journey_is_own(struct db *db, struct arena *a,
    const struct id *community, const struct id *id, const struct id *member,
    bool *ret_own, struct err *e)
{
	const struct db_rows *row;
	enum err_code code = db_one(db, a, &IS_OWN,
	    DB_ARGS(db_id(community), db_id(id), db_id(member)), "journey",
	    &row, e);

	if (code == ERR_OK)
		*ret_own = db_get_bool(row, 0, 0);
	return code;
}

enum err_code db_journey_step_get(struct db *db, struct arena *a,
    const struct id *community, const struct id *journey, int64_t position,
    const struct id *viewer, struct db_doc *ret_doc, struct err *e)
{
	return db_doc_get(db, a, &STEP_GET,
	    DB_ARGS(db_id(community), db_id(journey), db_int(position),
		db_id(viewer)),
	    "step", ret_doc, e);
}

enum err_code db_journey_step_patch(struct db *db, struct arena *a,
    const struct id *community, const struct id *journey, int64_t position,
    int64_t if_match, const char *state, const char *note, const struct id *by,
    struct err *e)
{
	const struct db_guard guard = {.get = &STEP_GET,
	    .args = DB_ARGS(db_id(community), db_id(journey), db_int(position),
		db_id(NULL)),
	    .what = "step",
	    .otherwise = ERR_STALE};
	const struct db_rows *row;
	enum err_code code = db_one(db, a, &VERSION_IS,
	    DB_ARGS(db_id(community), db_id(journey), db_int(0)), "journey",
	    &row, e);

	if (code == ERR_OK && strcmp(db_get_text(row, 0, 0), "active") != 0)
		return ERR_SET(e, STATE, "the journey has ended");
	if (code == ERR_OK)
		code = db_guarded(db, &STEP_PATCH,
		    DB_ARGS(db_id(community), db_id(journey), db_int(position),
			db_int(if_match), db_text(state), db_text(note),
			db_id(by)),
		    &guard, e);
	return code;
}
