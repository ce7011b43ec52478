/* Handlers of journeys and their templates: see service_journeys.h. */
#include <string.h>

#include "api/auth.h"
#include "api/bind.h"
#include "api/handlers.h"
#include "api/service_journeys.h"
#include "api/text.h"
#include "base/jwrite.h"
#include "base/num.h"
#include "db/programs.h"

enum {
	MAX_TITLE = 200, /* characters, here and below */
	MAX_PERSONA = 60,
	MAX_TEXT = 4000,
	MAX_NOTE = 2000,
	/* All steps at their longest, in UTF-8 and escaped. */
	STEPS_CAP = 4 << 20,
};

/* ---- templates ---- */

struct step {
	const char *title, *text, *url;
	int kind, due_day;
	bool required;
};

struct template
{
	struct db_journey_template row;
	struct bind_list steps;
	enum bind_seen steps_given;
	int state;
	enum bind_seen state_given;
};

static const struct bind_name KINDS[] = {
    {"task", 0}, {"challenge", 1}, {"question", 2}, {"link", 3}, {NULL, 0}};
static const struct bind_name TEMPLATE_STATES[] = {
    {"active", 0}, {"retired", 1}, {NULL, 0}};
static const char *const STATES[] = {"active", "retired", NULL};

static const struct bind STEP[] = {
    {"title", BIND_STRING, BIND_REQUIRED, BIND_INTO(struct step, title),
	.min = 1, .max = MAX_TITLE},
    {"kind", BIND_NAME, BIND_REQUIRED, BIND_INTO(struct step, kind),
	.names = KINDS},
    {"text", BIND_STRING, BIND_LINES, BIND_INTO(struct step, text),
	.max = MAX_TEXT},
    {"url", BIND_STRING, BIND_NULLABLE, BIND_INTO(struct step, url), .min = 1,
	.max = TEXT_MAX_URL, .check = text_check_url},
    {"due_day", BIND_INT, BIND_REQUIRED, BIND_INTO(struct step, due_day),
	.max = JOURNEY_DAYS_MAX},
    {"required", BIND_BOOL, 0, BIND_INTO(struct step, required)},
    {0},
};
static const struct bind STEPS[] = {
    {.type = BIND_OBJECT, BIND_EACH(struct step), .item = STEP}};

#define TEMPLATE_FIELDS(required)                                             \
	{"title", BIND_STRING, (required),                                    \
	    BIND_INTO(struct template, row.title), .min = 1,                  \
	    .max = MAX_TITLE},                                                \
	    {"persona", BIND_STRING, 0,                                       \
		BIND_INTO(struct template, row.persona), .max = MAX_PERSONA}, \
	{                                                                     \
		"steps", BIND_LIST, (required),                               \
		    BIND_INTO(struct template, steps),                        \
		    BIND_SEEN(struct template, steps_given),                  \
		    .min = 1, .max = JOURNEY_STEPS_MAX, .item = STEPS,        \
		    .item_size = sizeof(struct step)                          \
	}

static const struct bind CREATE[] = {TEMPLATE_FIELDS(BIND_REQUIRED), {0}};
static const struct bind PATCH[] = {
    TEMPLATE_FIELDS(0),
    {"state", BIND_NAME, 0, BIND_INTO(struct template, state),
	BIND_SEEN(struct template, state_given), .names = TEMPLATE_STATES},
    {0},
};

static void write_steps(struct jwrite *w, const struct bind_list *steps)
{
	const struct step *s = steps->item;

	jwrite_array(w);
	for (size_t i = 0; i < steps->n; i++) {
		jwrite_object(w);
		jwrite_key_text(w, "title", s[i].title);
		jwrite_key_text(w, "kind", KINDS[s[i].kind].name);
		jwrite_key_text(w, "text", s[i].text ? s[i].text : "");
		jwrite_key_text(w, "url", s[i].url);
		jwrite_key_int(w, "due_day", s[i].due_day);
		jwrite_key_bool(w, "required", s[i].required);
		jwrite_object_end(w);
	}
	jwrite_array_end(w);
}

static enum err_code read_template(
    struct request *r, const struct bind *table, struct template *t)
{
	struct jwrite w;
	struct str out;
	enum err_code code =
	    bind_object(r->call.arena, r->json, table, t, &r->err);

	if (code != ERR_OK)
		return code;
	if (t->state_given)
		t->row.state = TEMPLATE_STATES[t->state].name;
	if (!t->steps_given)
		return ERR_OK;
	str_init(&out, STEPS_CAP);
	jwrite_init(&w, &out, false);
	write_steps(&w, &t->steps);
	t->row.steps = jwrite_done(&w)
			   ? arena_strndup(r->call.arena, out.data, out.len)
			   : NULL;
	str_free(&out);
	return t->row.steps != NULL
		   ? ERR_OK
		   : ERR_SET(&r->err, NOMEM, "no memory for the steps");
}

enum err_code h_journeys_add_template(struct request *r)
{
	struct template t = {.row.persona = ""};
	struct db_doc doc;
	struct id program, id;
	enum err_code code = request_path_id(r, "id", "program", &program);

	if (code == ERR_OK)
		code = read_template(r, CREATE, &t);
	if (code == ERR_OK)
		code = service_journeys_add_template(
		    &r->call, &program, &t.row, &id, &doc, &r->err);
	if (code == ERR_OK)
		reply_created(
		    r, request_address(r, "/v1/journey-templates/", &id), &doc);
	return code;
}

enum err_code h_journeys_templates(struct request *r)
{
	struct call *c = &r->call;
	struct db_page page;
	struct db_list list;
	struct db_doc doc;
	const char *state = NULL;
	struct id program;
	enum err_code code = request_path_id(r, "id", "program", &program);

	if (code == ERR_OK)
		code = request_page(r, &page);
	if (code == ERR_OK)
		code = request_query_word(r, "state", STATES, &state);
	if (code == ERR_OK) /* a 404 for a program that is not there */
		code = db_program_get(c->db, c->arena, &c->who.community_id,
		    &program, &doc, &r->err);
	if (code == ERR_OK)
		code = db_journey_template_list(c->db, c->arena,
		    &c->who.community_id, &program, state, &page, &list,
		    &r->err);
	return code == ERR_OK ? reply_list(r, &list) : code;
}

enum err_code h_journeys_template(struct request *r)
{
	struct call *c = &r->call;
	struct db_doc doc;
	struct id id;
	enum err_code code = request_path_id(r, "id", "journey template", &id);

	if (code == ERR_OK)
		code = db_journey_template_get(
		    c->db, c->arena, &c->who.community_id, &id, &doc, &r->err);
	if (code == ERR_OK)
		reply_doc(r, &doc);
	return code;
}

enum err_code h_journeys_change_template(struct request *r)
{
	struct template t = {.row.title = NULL};
	struct db_doc doc;
	struct id id;
	enum err_code code = request_path_id(r, "id", "journey template", &id);

	if (code == ERR_OK)
		code = read_template(r, PATCH, &t);
	if (code == ERR_OK)
		code = service_journeys_change_template(
		    &r->call, &id, r->if_match, &t.row, &doc, &r->err);
	if (code == ERR_OK)
		reply_doc(r, &doc);
	return code;
}

/* ---- journeys ---- */

struct order {
	struct db_journey row;
	struct id member, cohort;
	int32_t starts_on;
	enum bind_seen member_given, cohort_given, starts_given;
};

static const struct bind ORDER[] = {
    {"template_id", BIND_UUID, BIND_REQUIRED,
	BIND_INTO(struct order, row.template_id)},
    {"member_id", BIND_UUID, BIND_NULLABLE, BIND_INTO(struct order, member),
	BIND_SEEN(struct order, member_given)},
    {"cohort_id", BIND_UUID, BIND_NULLABLE, BIND_INTO(struct order, cohort),
	BIND_SEEN(struct order, cohort_given)},
    {"starts_on", BIND_DATE, BIND_NULLABLE, BIND_INTO(struct order, starts_on),
	BIND_SEEN(struct order, starts_given)},
    {0},
};

enum err_code h_journeys_begin(struct request *r)
{
	struct order in = {.starts_on = 0};
	struct db_doc doc;
	enum err_code code =
	    bind_object(r->call.arena, r->json, ORDER, &in, &r->err);

	if (code == ERR_OK && (in.member_given == BIND_VALUE) ==
				  (in.cohort_given == BIND_VALUE)) {
		err_add_field(&r->err, ERR_VALIDATION, "/member_id",
		    "expected either a member_id or a cohort_id");
		code = r->err.code;
	}
	if (code != ERR_OK)
		return code;
	if (in.member_given == BIND_VALUE)
		in.row.member = &in.member;
	else
		in.row.cohort = &in.cohort;
	if (in.starts_given == BIND_VALUE)
		in.row.starts_on = &in.starts_on;
	code = service_journeys_begin(&r->call, &in.row, &doc, &r->err);
	if (code == ERR_OK)
		reply_created(
		    r, request_address(r, "/v1/journeys/", &in.row.id), &doc);
	return code;
}

enum err_code h_journeys_list(struct request *r)
{
	static const char *const NAME[] = {
	    "program_id", "member_id", "cohort_id"};
	struct call *c = &r->call;
	struct id id[3];
	bool given[3] = {false};
	struct db_journey_filter f = {NULL};
	struct db_page page;
	struct db_list list;
	enum err_code code = request_page(r, &page);

	for (size_t i = 0; code == ERR_OK && i < 3; i++)
		code = request_query_id(r, NAME[i], &id[i], &given[i]);
	if (code == ERR_OK)
		code = auth_viewer(&c->who, &f.viewer, &r->err);
	if (code != ERR_OK)
		return code;
	f.program = given[0] ? &id[0] : NULL;
	f.member = given[1] ? &id[1] : NULL;
	f.cohort = given[2] ? &id[2] : NULL;
	code = db_journey_list(
	    c->db, c->arena, &c->who.community_id, &f, &page, &list, &r->err);
	return code == ERR_OK ? reply_list(r, &list) : code;
}

enum err_code h_journeys_get(struct request *r)
{
	struct call *c = &r->call;
	const struct id *viewer;
	struct db_doc doc;
	struct id id;
	enum err_code code = request_path_id(r, "id", "journey", &id);

	if (code == ERR_OK)
		code = auth_viewer(&c->who, &viewer, &r->err);
	if (code == ERR_OK)
		code = db_journey_get(c->db, c->arena, &c->who.community_id,
		    &id, viewer, &doc, &r->err);
	if (code == ERR_OK)
		reply_doc(r, &doc);
	return code;
}

enum err_code h_journeys_end(struct request *r)
{
	struct db_doc doc;
	struct id id;
	enum err_code code = request_path_id(r, "id", "journey", &id);

	if (code == ERR_OK)
		code = service_journeys_end(
		    &r->call, &id, r->if_match, &doc, &r->err);
	if (code == ERR_OK)
		reply_doc(r, &doc);
	return code;
}

/* ---- steps ---- */

struct settlement {
	int state;
	enum bind_seen state_given;
	const char *note;
};

static const struct bind_name STEP_STATES[] = {
    {"open", 0}, {"done", 1}, {"skipped", 2}, {NULL, 0}};

static const struct bind SETTLEMENT[] = {
    {"state", BIND_NAME, 0, BIND_INTO(struct settlement, state),
	BIND_SEEN(struct settlement, state_given), .names = STEP_STATES},
    {"note", BIND_STRING, BIND_LINES, BIND_INTO(struct settlement, note),
	.max = MAX_NOTE},
    {0},
};

static enum err_code which_step(
    struct request *r, struct id *ret_journey, int64_t *ret_position)
{
	const char *s = request_path(r, "position");
	enum err_code code = request_path_id(r, "id", "journey", ret_journey);

	if (code == ERR_OK &&
	    !num_parse_i64(s, strlen(s), 1, JOURNEY_STEPS_MAX, ret_position))
		return ERR_SET(&r->err, NOT_FOUND, "there is no such step");
	return code;
}

enum err_code h_journeys_step(struct request *r)
{
	struct call *c = &r->call;
	const struct id *viewer;
	int64_t position;
	struct db_doc doc;
	struct id id;
	enum err_code code = which_step(r, &id, &position);

	if (code == ERR_OK)
		code = auth_viewer(&c->who, &viewer, &r->err);
	if (code == ERR_OK)
		code = db_journey_step_get(c->db, c->arena,
		    &c->who.community_id, &id, position, viewer, &doc, &r->err);
	if (code == ERR_OK)
		reply_doc(r, &doc);
	return code;
}

enum err_code h_journeys_settle(struct request *r)
{
	struct settlement in = {.note = NULL};
	int64_t position;
	struct db_doc doc;
	struct id id;
	enum err_code code = which_step(r, &id, &position);

	if (code == ERR_OK)
		code = bind_object(
		    r->call.arena, r->json, SETTLEMENT, &in, &r->err);
	if (code == ERR_OK)
		code = service_journeys_settle(&r->call, &id, position,
		    r->if_match,
		    in.state_given ? STEP_STATES[in.state].name : NULL, in.note,
		    &doc, &r->err);
	if (code == ERR_OK)
		reply_doc(r, &doc);
	return code;
}
