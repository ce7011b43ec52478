/* Answers to invitations: see service_answers.h. */
#include "api/service_answers.h"

#include <string.h>
#include <strings.h>

#include "api/service_audit.h"
#include "api/service_events.h"
#include "api/service_office_hours.h"
#include "base/metric.h"
#include "db/wall.h"

static const struct {
	const char *partstat, *answer;
} ANSWERS[] = {
    {"ACCEPTED", "accepted"},
    {"DECLINED", "declined"},
    {"TENTATIVE", "tentative"},
    {"DELEGATED", "delegated"},
};

static const char *answer_of(const char *partstat)
{
	for (size_t i = 0; i < sizeof(ANSWERS) / sizeof(ANSWERS[0]); i++)
		if (strcmp(ANSWERS[i].partstat, partstat) == 0)
			return ANSWERS[i].answer;
	return NULL;
}

/* The attendee of the message that the token, or the address, speaks of: theirs by either
 * address that we know, or the only one there is, who may write from a third. */
static const struct answer_attendee *choose(
    const struct answer *x, const struct db_answerer *who)
{
	for (size_t i = 0; i < x->n_attendees; i++) {
		const char *mail = x->attendee[i].mail;

		if ((who->mail != NULL && strcasecmp(mail, who->mail) == 0) ||
		    (who->invited_mail != NULL &&
			strcasecmp(mail, who->invited_mail) == 0))
			return &x->attendee[i];
	}
	return x->n_attendees == 1 ? &x->attendee[0] : NULL;
}

static enum err_code find(struct call *c, const struct answer *x,
    struct db_answerer *ret, struct err *e)
{
	static const struct id NONE;
	const int64_t *planned = x->is_one ? &x->planned : NULL;
	enum err_code code = ERR_NOT_FOUND;

	if (x->token[0] != '\0')
		code = db_answer_find(
		    c->db, c->arena, x->token, "", "", planned, ret, e);
	for (size_t i = 0; code == ERR_NOT_FOUND && i < x->n_attendees; i++) {
		err_clear(e);
		code = db_answer_find(c->db, c->arena, "", x->uid,
		    x->attendee[i].mail, planned, ret, e);
	}
	if (code == ERR_NOT_FOUND && e->code == ERR_OK)
		code = ERR_SET(e, NOT_FOUND, "there is no such invitation");
	if (code == ERR_OK &&
	    memcmp(&c->who.community_id, &NONE, sizeof(NONE)) == 0)
		c->who.community_id = ret->community_id;
	return code;
}

/* ---- what an answer does ---- */

/* The seat goes back; their calendar is told. */
static enum err_code free_seat(
    struct call *c, const struct db_answerer *who, struct err *e)
{
	return who->has_booking
		   ? service_office_hours_unbook(c, &who->booking_id, 0, e)
		   : ERR_OK;
}

static enum err_code ask_again(
    struct call *c, const struct db_answerer *who, struct err *e)
{
	return service_events_tell(c, &who->event_id,
	    &(struct event_news){.member = &who->member_id}, e);
}

/* A new row that counts, about the event as a whole. */
static enum err_code apply(struct call *c, const struct db_answerer *who,
    const struct new_answer *x, struct err *e)
{
	bool is_old = strcmp(x->verdict, "old_time") == 0;
	enum err_code code = ERR_OK;

	if (x->planned == NULL)
		code = db_answer_note(c->db, who, x->answer, is_old, e);
	if (code == ERR_OK && is_old)
		return ask_again(c, who, e);
	if (code == ERR_OK && x->planned == NULL &&
	    strcmp(x->answer, "declined") == 0)
		code = free_seat(c, who, e);
	return code;
}

static enum err_code keep(struct call *c, const struct db_answerer *who,
    struct new_answer *x, struct answer_taken *ret, struct err *e)
{
	bool is_new = false;
	enum err_code code;

	x->id = id_new();
	code = db_answer_add(c->db, who, x, &is_new, e);
	if (code != ERR_OK)
		return code;
	if (!is_new) {
		*ret = (struct answer_taken){.verdict = "repeated"};
		return ERR_OK;
	}
	*ret = (struct answer_taken){
	    .verdict = x->verdict, .has_id = true, .id = x->id};
	metric_add(METRIC_answers_total, x->kind, x->verdict, 1);
	if (strcmp(x->kind, "answer") == 0 &&
	    strcmp(x->verdict, "outdated") != 0)
		code = apply(c, who, x, e);
	return code == ERR_OK ? service_audit_state(c, "answer.take", "answer",
				    &x->id, NULL, x->verdict, e)
			      : code;
}

/* ---- by mail ---- */

/* SEQUENCE and DTSTAMP as said, or as of what they answer and of now. */
static enum err_code judge(struct call *c, const struct db_answerer *who,
    const struct answer *x, struct new_answer *row, int64_t revision[2],
    struct err *e)
{
	int64_t told = x->is_one ? who->one_sequence : who->whole_sequence;
	bool outdated = false;
	enum err_code code = ERR_OK;

	revision[0] = x->sequence >= 0 ? x->sequence : told;
	revision[1] = x->dtstamp;
	if (revision[1] == 0)
		code = db_now(c->db, c->arena, &revision[1], e);
	if (code == ERR_OK)
		code = db_answer_is_outdated(c->db, c->arena, who, row->planned,
		    revision[0], revision[1], &outdated, e);
	row->sequence = &revision[0];
	row->dtstamp = &revision[1];
	row->verdict = outdated || who->is_cancelled ? "outdated"
		       : revision[0] < told          ? "old_time"
						     : "taken";
	return code;
}

static enum err_code take_reply(struct call *c, const struct db_answerer *who,
    const struct answer *x, struct new_answer *row, struct answer_taken *ret,
    struct err *e)
{
	const struct answer_attendee *said = choose(x, who);
	int64_t revision[2];
	enum err_code code;

	if (said == NULL) { /* about others: not ours to take */
		*ret = (struct answer_taken){.verdict = "ignored"};
		return ERR_OK;
	}
	row->answer = answer_of(said->partstat);
	row->delegated_to = said->delegated_to;
	if (x->kind == ANSWER_COUNTER) {
		row->kind = "counter";
		row->start = x->has_time ? &x->start : NULL;
		row->end = x->has_time ? &x->end : NULL;
	} else if (row->answer == NULL) { /* NEEDS-ACTION says nothing */
		*ret = (struct answer_taken){.verdict = "ignored"};
		return ERR_OK;
	}
	code = judge(c, who, x, row, revision, e);
	return code == ERR_OK ? keep(c, who, row, ret, e) : code;
}

static enum err_code take_bounce(struct call *c, const struct db_answerer *who,
    const struct answer *x, struct new_answer *row, struct answer_taken *ret,
    struct err *e)
{
	struct id id;
	bool known = id_parse(x->bounced_id, strcspn(x->bounced_id, "@"), &id);
	enum err_code code;

	row->kind = "bounce";
	code = keep(c, who, row, ret, e);
	if (code == ERR_OK && ret->has_id)
		code = db_answer_note_bounce(
		    c->db, who, known ? &id : NULL, x->text, e);
	return code;
}

enum err_code service_answers_take(struct call *c, const struct answer *x,
    struct answer_taken *ret, struct err *e)
{
	struct db_answerer who;
	struct new_answer row = {
	    .via = "mail",
	    .message_id = x->message_id[0] != '\0' ? x->message_id : NULL,
	    .kind = "answer",
	    .comment = x->text,
	    .planned = x->is_one ? &x->planned : NULL,
	    .verdict = "taken",
	};
	enum err_code code = find(c, x, &who, e);

	if (code != ERR_OK)
		return code;
	switch (x->kind) {
	case ANSWER_REPLY:
	case ANSWER_COUNTER:
		return take_reply(c, &who, x, &row, ret, e);
	case ANSWER_BOUNCE:
		return take_bounce(c, &who, x, &row, ret, e);
	case ANSWER_WORDS:
		row.kind = "words";
		return keep(c, &who, &row, ret, e);
	case ANSWER_NOTHING:
		break;
	}
	*ret = (struct answer_taken){.verdict = "ignored"};
	return ERR_OK;
}

/* ---- by the link ---- */

enum err_code service_answers_click(struct call *c, const struct id *attendance,
    const char *token, const char *answer, struct err *e)
{
	struct db_answerer who;
	struct answer_taken ignored;
	int64_t now;
	struct new_answer row = {.via = "link",
	    .kind = "answer",
	    .answer = answer,
	    .comment = "",
	    .verdict = "taken",
	    .sequence = &who.whole_sequence,
	    .dtstamp = &now};
	enum err_code code = db_act_on(c->db, "attendance", attendance, e);

	if (code == ERR_OK)
		code = db_answer_find(
		    c->db, c->arena, token, "", "", NULL, &who, e);
	if (code == ERR_OK && who.is_cancelled)
		return ERR_SET(e, STATE, "the invitation was taken back");
	if (code == ERR_OK)
		code = db_now(c->db, c->arena, &now, e);
	return code == ERR_OK ? keep(c, &who, &row, &ignored, e) : code;
}
