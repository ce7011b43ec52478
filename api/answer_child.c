/* Both sides of reading an answer apart: see answer_child.h. */
#include "api/answer_child.h"

#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "api/cli.h"
#include "api/json.h"
#include "api/reader.h"
#include "base/jwrite.h"
#include "calendars/cal_text.h"
#include "calendars/tz.h"

enum {
	MAX_RESULT = 1 << 20,
	ARENA_CAP = 64 << 20,
};

static const char *const KINDS[] = {
    [ANSWER_WORDS] = "words",
    [ANSWER_REPLY] = "reply",
    [ANSWER_COUNTER] = "counter",
    [ANSWER_BOUNCE] = "bounce",
    [ANSWER_NOTHING] = "nothing",
};

/* ---- the child ---- */

static void write_attendees(struct jwrite *w, const struct answer *x)
{
	jwrite_key(w, "attendees");
	jwrite_array(w);
	for (size_t i = 0; i < x->n_attendees; i++) {
		jwrite_object(w);
		jwrite_key_text(w, "mail", x->attendee[i].mail);
		jwrite_key_text(w, "partstat", x->attendee[i].partstat);
		jwrite_key_text(w, "delegated_to", x->attendee[i].delegated_to);
		jwrite_object_end(w);
	}
	jwrite_array_end(w);
}

static void write_answer(struct jwrite *w, const struct answer *x)
{
	jwrite_object(w);
	jwrite_key_text(w, "kind", KINDS[x->kind]);
	jwrite_key_text(w, "token", x->token);
	jwrite_key_text(w, "message_id", x->message_id);
	jwrite_key_text(w, "text", x->text);
	jwrite_key_text(w, "uid", x->uid);
	jwrite_key_text(w, "bounced_id", x->bounced_id);
	jwrite_key_int(w, "sequence", x->sequence);
	jwrite_key_int(w, "dtstamp", x->dtstamp);
	jwrite_key_bool(w, "is_one", x->is_one);
	jwrite_key_int(w, "planned", x->planned);
	jwrite_key_bool(w, "has_time", x->has_time);
	jwrite_key_int(w, "start", x->start);
	jwrite_key_int(w, "end", x->end);
	write_attendees(w, x);
	jwrite_object_end(w);
}

int answer_child_main(int argc, char **argv)
{
	struct arena *a;
	struct answer x;
	struct err e = {0};
	struct tz *tz = NULL;
	struct str message, result;
	struct jwrite w;
	char block[1 << 14];
	size_t n;
	int status = CLI_FAILED;

	if (argc < 2 || argc > 3)
		return CLI_BAD_INPUT;
	a = arena_new(ARENA_CAP);
	str_init(&message, ANSWER_MAX_MESSAGE);
	str_init(&result, MAX_RESULT);
	while ((n = fread(block, 1, sizeof(block), stdin)) > 0)
		str_put(&message, block, n);
	if (a != NULL && !message.failed &&
	    tz_open(TZ_SERVICE_FROM, TZ_SERVICE_TO, &tz, &e) == ERR_OK &&
	    answer_read(a, tz, message.data, message.len, argv[1],
		argc == 3 ? argv[2] : NULL, &x, &e) == ERR_OK) {
		jwrite_init(&w, &result, false);
		write_answer(&w, &x);
		if (jwrite_done(&w) && fputs(result.data, stdout) != EOF &&
		    fflush(stdout) == 0)
			status = CLI_OK;
	} else if (e.code == ERR_VALIDATION) {
		status = CLI_BAD_INPUT;
	}
	str_free(&message);
	str_free(&result);
	tz_close(tz);
	arena_free(a);
	return status;
}

/* ---- what it said ---- */

static const char *text_of(
    struct arena *a, struct json_object *tree, const char *key, size_t max)
{
	struct json_object *x = json_member(tree, key, json_type_string);
	const char *text = x == NULL ? "" : json_object_get_string(x);

	if (strlen(text) > max)
		return "";
	text = arena_strdup(a, text);
	return text == NULL ? "" : text;
}

static int64_t int_of(struct json_object *tree, const char *key)
{
	struct json_object *x = json_member(tree, key, json_type_int);

	return x == NULL ? 0 : json_object_get_int64(x);
}

static bool bool_of(struct json_object *tree, const char *key)
{
	struct json_object *x = json_member(tree, key, json_type_boolean);

	return x != NULL && json_object_get_boolean(x);
}

static const char *address_of(
    struct arena *a, struct json_object *tree, const char *key)
{
	const char *mail = text_of(a, tree, key, ANSWER_MAX_TEXT);

	return cal_text_mail_fault(mail) == NULL ? mail : NULL;
}

static void take_attendees(
    struct arena *a, struct json_object *tree, struct answer *out)
{
	struct json_object *list =
	    json_member(tree, "attendees", json_type_array);
	size_t n = list == NULL ? 0 : json_object_array_length(list);

	for (size_t i = 0; i < n && out->n_attendees < ANSWER_MAX_ATTENDEES;
	     i++) {
		struct json_object *x = json_object_array_get_idx(list, i);
		const char *mail = address_of(a, x, "mail");

		if (mail != NULL)
			out->attendee[out->n_attendees++] =
			    (struct answer_attendee){mail,
				text_of(a, x, "partstat", ANSWER_MAX_TEXT),
				address_of(a, x, "delegated_to")};
	}
}

static bool take(struct arena *a, struct json_object *tree, struct answer *out)
{
	const char *kind = text_of(a, tree, "kind", ANSWER_MAX_TEXT),
		   *token = text_of(a, tree, "token", ANSWER_TOKEN_SIZE - 1);
	int found = -1;

	for (int i = 0; i <= ANSWER_NOTHING; i++)
		if (strcmp(KINDS[i], kind) == 0)
			found = i;
	if (found < 0 || strspn(token, "0123456789abcdef") != strlen(token))
		return false;
	*out = (struct answer){.kind = (enum answer_kind)found,
	    .message_id = text_of(a, tree, "message_id", ANSWER_MAX_TEXT),
	    .text = text_of(a, tree, "text", 3 * ANSWER_MAX_TEXT),
	    .uid = text_of(a, tree, "uid", ANSWER_MAX_TEXT),
	    .bounced_id = text_of(a, tree, "bounced_id", ANSWER_MAX_TEXT),
	    .sequence = int_of(tree, "sequence"),
	    .dtstamp = int_of(tree, "dtstamp"),
	    .is_one = bool_of(tree, "is_one"),
	    .planned = int_of(tree, "planned"),
	    .has_time = bool_of(tree, "has_time"),
	    .start = int_of(tree, "start"),
	    .end = int_of(tree, "end")};
	memcpy(out->token, token, strlen(token) + 1);
	take_attendees(a, tree, out);
	return true;
}

static enum err_code read_result(struct arena *a, const struct str *text,
    struct answer *ret_answer, struct err *e)
{
	struct json_object *tree;

	if (json_read(a, text->data, text->len, &tree, e) == ERR_OK &&
	    take(a, tree, ret_answer))
		return ERR_OK;
	err_clear(e);
	return ERR_SET(e, VALIDATION, "the mail cannot be read");
}

enum err_code answer_child_read(struct arena *a, const char *data, size_t n,
    const char *base, const char *to, struct answer *ret_answer, struct err *e)
{
	const char *argv[] = {"cairn", ANSWER_CHILD, base, to, NULL};
	struct str result;
	int status;
	enum err_code code;

	if (n > ANSWER_MAX_MESSAGE)
		return ERR_SET(e, TOO_LARGE,
		    "the message has more than %d octets", ANSWER_MAX_MESSAGE);
	str_init(&result, MAX_RESULT);
	code = reader_run(argv, data, n, &result, &status, e);
	if (code == ERR_OK && status != CLI_OK)
		code = ERR_SET(e, VALIDATION,
		    status == CLI_BAD_INPUT ? "expected a mail"
					    : "the mail cannot be read");
	if (code == ERR_OK)
		code = read_result(a, &result, ret_answer, e);
	str_free(&result);
	return code;
}
