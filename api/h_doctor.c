/* The invitation doctor over HTTP: text in, findings out, nothing kept. */
#include "api/handlers.h"
#include "base/jwrite.h"
#include "calendars/doctor.h"

enum {
	EXAMINATION_CAP = 128 << 20, /* memory of one examination */
	ANSWER_CAP = 1 << 20,
};

static enum err_code examine(
    struct request *r, struct arena *a, struct str *answer)
{
	const struct doctor_text text = {r->body, r->body_len};
	struct doctor_report report;
	struct jwrite w;
	enum err_code code =
	    doctor_examine(a, r->call.tz, &text, NULL, &report, &r->err);

	if (code != ERR_OK)
		return code;
	jwrite_init(&w, answer, false);
	doctor_write(&w, NULL, &report);
	if (!jwrite_done(&w))
		return ERR_SET(&r->err, NOMEM, "no memory for the answer");
	return ERR_OK;
}

enum err_code h_doctor_examine(struct request *r)
{
	/* Of its own, so that a large calendar is given back at once. */
	struct arena *a = arena_new(EXAMINATION_CAP);
	struct str answer;
	const char *json = NULL;
	enum err_code code;

	if (a == NULL)
		return ERR_SET(&r->err, NOMEM, "no memory to examine it");
	str_init(&answer, ANSWER_CAP);
	code = examine(r, a, &answer);
	if (code == ERR_OK) {
		json = arena_strndup(r->call.arena, answer.data, answer.len);
		if (json == NULL)
			code =
			    ERR_SET(&r->err, NOMEM, "no memory for the answer");
	}
	str_free(&answer);
	arena_free(a);
	if (code == ERR_OK)
		reply_json(r, json);
	return code;
}
