/* Handlers of answers: mail handed in by a machine, and what was answered. */
#include <string.h>

#include "api/answer_child.h"
#include "api/auth.h"
#include "api/handlers.h"
#include "api/service_answers.h"
#include "base/jwrite.h"

enum {
	TAKEN_CAP = 1 << 16,
};

static const char *const KINDS[] = {
    "answer", "counter", "bounce", "words", NULL};

enum err_code h_answers_list(struct request *r)
{
	struct call *c = &r->call;
	struct id event, member;
	const struct id *whose;
	bool has_event = false, has_member = false;
	const char *kind = NULL;
	struct db_page page;
	struct db_list found;
	enum err_code code = request_page(r, &page);

	if (code == ERR_OK)
		code = request_query_word(r, "kind", KINDS, &kind);
	if (code == ERR_OK)
		code = auth_viewer(&c->who, &whose, &r->err);
	if (code == ERR_OK)
		code = request_query_id(r, "event_id", &event, &has_event);
	if (code == ERR_OK)
		code = request_query_id(r, "member_id", &member, &has_member);
	if (code == ERR_OK && has_member) {
		code = auth_own_or_staff(&c->who, &member, "member", &r->err);
		whose = &member;
	}
	if (code == ERR_OK)
		code = db_answer_list(c->db, c->arena, &c->who.community_id,
		    has_event ? &event : NULL, whose, kind, &page, &found,
		    &r->err);
	return code == ERR_OK ? reply_list(r, &found) : code;
}

enum err_code h_answers_get(struct request *r)
{
	struct call *c = &r->call;
	struct id id, member;
	struct db_doc doc;
	enum err_code code = request_path_id(r, "id", "answer", &id);

	if (code == ERR_OK)
		code = db_answer_get(c->db, c->arena, &c->who.community_id, &id,
		    &member, &doc, &r->err);
	if (code == ERR_OK)
		code = auth_own_or_staff(&c->who, &member, "answer", &r->err);
	if (code == ERR_OK)
		reply_doc(r, &doc);
	return code;
}

/* {"verdict":"taken","answer":{…}|null} */
static enum err_code reply_taken(
    struct request *r, const struct answer_taken *taken)
{
	struct call *c = &r->call;
	struct db_doc doc = {.json = "null"};
	struct id member;
	struct str out;
	struct jwrite w;
	const char *json = NULL;
	enum err_code code = ERR_OK;

	if (taken->has_id)
		code = db_answer_get(c->db, c->arena, &c->who.community_id,
		    &taken->id, &member, &doc, &r->err);
	if (code != ERR_OK)
		return code;
	str_init(&out, TAKEN_CAP);
	jwrite_init(&w, &out, false);
	jwrite_object(&w);
	jwrite_key_text(&w, "verdict", taken->verdict);
	jwrite_key(&w, "answer");
	jwrite_raw(&w, doc.json, strlen(doc.json));
	jwrite_object_end(&w);
	if (jwrite_done(&w))
		json = arena_strdup(c->arena, out.data);
	str_free(&out);
	if (json == NULL)
		return ERR_SET(&r->err, NOMEM, "the answer is too large");
	reply_json(r, json);
	return ERR_OK;
}

enum err_code h_answers_take(struct request *r)
{
	struct answer answer;
	struct answer_taken taken;
	enum err_code code = answer_child_read(r->call.arena, r->body,
	    r->body_len, r->call.calendar_mail, request_query(r, "to"), &answer,
	    &r->err);

	if (code == ERR_OK)
		code = service_answers_take(&r->call, &answer, &taken, &r->err);
	return code == ERR_OK ? reply_taken(r, &taken) : code;
}
