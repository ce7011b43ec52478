/* Reading calendars: see busy_reading.h. */
#include "api/busy_reading.h"

#include <json-c/json.h>

#include "api/cli.h"
#include "api/json.h"
#include "api/reader.h"
#include "base/instant.h"

enum {
	ANSWER_CAP = 8 << 20,
};

/* Days as they are in UTC, so that the same calendar gives the same times all day. */
static void set_horizon(struct busy_reading *r)
{
	int32_t today = day_of(instant_now());

	r->from = (int64_t)(today - BUSY_READING_DAYS_BACK) * INSTANT_DAY;
	r->to = (int64_t)(today + BUSY_READING_DAYS) * INSTANT_DAY;
}

/* A list of the child's answer, as JSON. */
static const char *list_of(
    struct arena *a, struct json_object *answer, const char *name)
{
	struct json_object *list = json_member(answer, name, json_type_array);

	return list == NULL
		   ? NULL
		   : arena_strdup(a, json_object_to_json_string_ext(
					 list, JSON_C_TO_STRING_PLAIN));
}

static enum err_code read_answer(struct arena *a, const struct str *out,
    struct busy_reading *r, struct err *e)
{
	struct json_object *answer;
	enum err_code code = json_read_file(a, out->data, out->len, &answer, e);

	if (code != ERR_OK)
		return code;
	r->busy = list_of(a, answer, "busy");
	r->left_out = list_of(a, answer, "left_out");
	if (r->busy == NULL || r->left_out == NULL)
		return ERR_SET(e, BUG, "the reader's answer is not whole");
	return ERR_OK;
}

enum err_code busy_reading_run(
    struct arena *a, struct busy_reading *r, struct err *e)
{
	char from[INSTANT_TEXT_SIZE], to[INSTANT_TEXT_SIZE];
	struct str out;
	int status = CLI_FAILED;
	enum err_code code;

	set_horizon(r);
	instant_format(r->from, from);
	instant_format(r->to, to);
	str_init(&out, ANSWER_CAP);
	code = reader_run((const char *const[]){"cairn", "busy", "/dev/stdin",
			      "--json", "--zone", r->time_zone, "--from", from,
			      "--to", to, "--owner", r->owner, NULL},
	    r->text, r->n, &out, &status, e);
	if (code == ERR_OK && status == CLI_BAD_INPUT)
		code = ERR_SET(e, VALIDATION,
		    "there is no calendar in it: expected BEGIN:VCALENDAR");
	else if (code == ERR_OK && status != CLI_OK)
		code = ERR_SET(e, IO, "the calendar cannot be read");
	if (code == ERR_OK)
		code = read_answer(a, &out, r, e);
	str_free(&out);
	return code;
}
