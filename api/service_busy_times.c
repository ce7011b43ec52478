/* Busy times: see service_busy_times.h. */
#include "api/service_busy_times.h"

#include <json-c/json.h>

#include "api/auth.h"
#include "api/cli.h"
#include "api/json.h"
#include "api/reader.h"
#include "api/service_audit.h"
#include "base/instant.h"

enum {
	ANSWER_CAP = 8 << 20,
};

enum err_code service_busy_times_get(
    struct call *c, const struct id *id, struct db_doc *ret_doc, struct err *e)
{
	enum err_code code = auth_own_or_staff(&c->who, id, "member", e);

	if (code == ERR_OK)
		code = db_busy_times_get(
		    c->db, c->arena, &c->who.community_id, id, ret_doc, e);
	return code;
}

/* Days as they are in UTC, so that the same calendar gives the same times all day. */
static void horizon(int64_t *from, int64_t *to)
{
	int32_t today = day_of(instant_now());

	*from = (int64_t)(today - BUSY_TIMES_DAYS_BACK) * INSTANT_DAY;
	*to = (int64_t)(today + BUSY_TIMES_DAYS) * INSTANT_DAY;
}

/* A list of the child's answer, as JSON. */
static const char *list_of(
    struct call *c, struct json_object *answer, const char *name)
{
	struct json_object *list;

	if (!json_object_object_get_ex(answer, name, &list) ||
	    !json_object_is_type(list, json_type_array))
		return NULL;
	return arena_strdup(c->arena,
	    json_object_to_json_string_ext(list, JSON_C_TO_STRING_PLAIN));
}

static enum err_code read_answer(struct call *c, const struct str *out,
    const char **ret_busy, const char **ret_left, struct err *e)
{
	struct json_object *answer;
	enum err_code code =
	    json_read_file(c->arena, out->data, out->len, &answer, e);

	if (code != ERR_OK)
		return code;
	*ret_busy = list_of(c, answer, "busy");
	*ret_left = list_of(c, answer, "left_out");
	if (*ret_busy == NULL || *ret_left == NULL)
		return ERR_SET(e, BUG, "the reader's answer is not whole");
	return ERR_OK;
}

static enum err_code read_calendar(struct call *c, const char *const *argv,
    const char *text, size_t n, const char **ret_busy, const char **ret_left,
    struct err *e)
{
	struct str out;
	int status = CLI_FAILED;
	enum err_code code;

	str_init(&out, ANSWER_CAP);
	code = reader_run(argv, text, n, &out, &status, e);
	if (code == ERR_OK && status == CLI_BAD_INPUT)
		code = ERR_SET(e, VALIDATION,
		    "there is no calendar in it: expected BEGIN:VCALENDAR");
	else if (code == ERR_OK && status != CLI_OK)
		code = ERR_SET(e, IO, "the calendar cannot be read");
	if (code == ERR_OK)
		code = read_answer(c, &out, ret_busy, ret_left, e);
	str_free(&out);
	return code;
}

static enum err_code audit(
    struct call *c, const char *action, const struct id *id, struct err *e)
{
	return service_audit_change(c, action, "member", id, NULL, NULL, e);
}

enum err_code service_busy_times_put(struct call *c, const struct id *id,
    int64_t if_match, const char *text, size_t n, struct db_doc *ret_doc,
    const char **ret_left, struct err *e)
{
	char from_text[INSTANT_TEXT_SIZE], to_text[INSTANT_TEXT_SIZE];
	const char *zone = NULL, *email = NULL, *busy = NULL;
	int64_t from, to;
	enum err_code code = auth_own_or_staff(&c->who, id, "member", e);

	if (code == ERR_OK)
		code = db_busy_times_owner(c->db, c->arena,
		    &c->who.community_id, id, &zone, &email, e);
	if (code != ERR_OK)
		return code;
	horizon(&from, &to);
	instant_format(from, from_text);
	instant_format(to, to_text);
	code = read_calendar(c,
	    (const char *const[]){"cairn", "busy", "/dev/stdin", "--json",
		"--zone", zone, "--from", from_text, "--to", to_text, "--owner",
		email, NULL},
	    text, n, &busy, ret_left, e);
	if (code == ERR_OK)
		code = db_busy_times_put(c->db, &c->who.community_id, id,
		    if_match, from, to, busy, e);
	if (code == ERR_OK)
		code = service_busy_times_get(c, id, ret_doc, e);
	if (code == ERR_OK)
		code = audit(c, "busy_times.replace", id, e);
	return code;
}

enum err_code service_busy_times_drop(
    struct call *c, const struct id *id, int64_t if_match, struct err *e)
{
	enum err_code code = auth_own_or_staff(&c->who, id, "member", e);

	if (code == ERR_OK)
		code = db_busy_times_drop(
		    c->db, &c->who.community_id, id, if_match, e);
	if (code == ERR_OK)
		code = audit(c, "busy_times.drop", id, e);
	return code;
}
