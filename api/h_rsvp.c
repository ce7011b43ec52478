/*
 * Handlers of the links in mail. The address holds the token of an attendance, and needs
 * no other: who has it acts for that member, in this alone. GET changes nothing, since
 * mail programs look at links before people do; every change is a POST.
 */
#include <string.h>

#include "api/form.h"
#include "api/handlers.h"
#include "api/letter.h"
#include "api/service_answers.h"
#include "api/service_audit.h"
#include "base/str.h"
#include "calendars/mail_page.h"
#include "db/attendance.h"

enum {
	PAGE_CAP = 1 << 20,
};

/* Whose the link is: the rest of the request acts for them. */
static enum err_code enter(struct request *r, struct db_attendance *ret)
{
	struct call *c = &r->call;
	enum err_code code = db_attendance_enter(
	    c->db, c->arena, request_path(r, "token"), ret, &r->err);

	if (code == ERR_OK) {
		c->who.community_id = ret->community_id;
		c->who.member_id = ret->member_id;
		c->who.has_member = true;
	}
	return code;
}

static enum err_code show(struct request *r, const struct db_attendance *of)
{
	struct call *c = &r->call;
	struct db_attendance_page row;
	struct mail_event told;
	struct mail_page page = {.look = {.event = &told}};
	const char *text = NULL;
	struct str out;
	enum err_code code =
	    db_attendance_page(c->db, c->arena, of, &row, &r->err);

	if (code == ERR_OK && row.ics == NULL)
		code = ERR_SET(&r->err, NOT_FOUND, "there is no such page");
	if (code == ERR_OK)
		code = mail_event_read(c->arena, row.ics, &told, &r->err);
	if (code == ERR_OK)
		code =
		    letter_zone(c->tz, row.time_zone, &page.look.zone, &r->err);
	if (code == ERR_OK)
		code = letter_zone(
		    c->tz, row.event_zone, &page.look.anchor, &r->err);
	if (code != ERR_OK)
		return code;
	page.look.language = letter_language(row.languages, c->mail_language);
	page.look.community = row.community_name;
	page.is_stopped = row.is_stopped;
	page.answer = row.answer;
	page.is_open = row.is_open;
	page.path =
	    arena_printf(c->arena, "/rsvp/%s", request_path(r, "token"));
	str_init(&out, PAGE_CAP);
	if (page.path != NULL)
		mail_page_write(&out, &page);
	if (page.path != NULL && !out.failed)
		text = arena_strndup(c->arena, out.data, out.len);
	str_free(&out);
	if (text == NULL)
		return ERR_SET(&r->err, NOMEM, "the page is too large");
	reply_page(r, text);
	return ERR_OK;
}

enum err_code h_rsvp_page(struct request *r)
{
	struct db_attendance of;
	enum err_code code = enter(r, &of);

	return code == ERR_OK ? show(r, &of) : code;
}

static enum err_code switch_mail(
    struct request *r, const struct db_attendance *of, bool stop)
{
	struct call *c = &r->call;
	bool changed = false;
	enum err_code code =
	    db_attendance_stop_mail(c->db, of, stop, &changed, &r->err);

	if (code == ERR_OK && changed)
		code = service_audit_state(c,
		    stop ? "member.stop_mail" : "member.resume_mail", "member",
		    &of->member_id, stop ? "mail" : "no mail",
		    stop ? "no mail" : "mail", &r->err);
	return code;
}

static enum err_code stop_mail(
    struct request *r, const struct db_attendance *of)
{
	return switch_mail(r, of, true);
}

static enum err_code resume_mail(
    struct request *r, const struct db_attendance *of)
{
	return switch_mail(r, of, false);
}

static enum err_code answer(
    struct request *r, const struct db_attendance *of, const char *what)
{
	return service_answers_click(
	    &r->call, &of->id, request_path(r, "token"), what, &r->err);
}

static enum err_code say_yes(struct request *r, const struct db_attendance *of)
{
	return answer(r, of, "accepted");
}

static enum err_code say_no(struct request *r, const struct db_attendance *of)
{
	return answer(r, of, "declined");
}

static enum err_code say_perhaps(
    struct request *r, const struct db_attendance *of)
{
	return answer(r, of, "tentative");
}

/* What a form's field asks for; the first one is RFC 8058's. */
static const struct {
	const char *name, *value;
	enum err_code (*act)(struct request *r, const struct db_attendance *of);
} ACTS[] = {
    {"List-Unsubscribe", "One-Click", stop_mail},
    {"mail", "stop", stop_mail},
    {"mail", "resume", resume_mail},
    {"answer", "accepted", say_yes},
    {"answer", "declined", say_no},
    {"answer", "tentative", say_perhaps},
};

enum err_code h_rsvp_act(struct request *r)
{
	struct db_attendance of;
	struct form_field field;
	enum err_code code = enter(r, &of);

	if (code == ERR_OK)
		code = form_read(r, &field);
	if (code != ERR_OK)
		return code;
	for (size_t i = 0; i < sizeof(ACTS) / sizeof(ACTS[0]); i++)
		if (strcmp(ACTS[i].name, field.name) == 0 &&
		    strcmp(ACTS[i].value, field.value) == 0) {
			code = ACTS[i].act(r, &of);
			return code == ERR_OK ? show(r, &of) : code;
		}
	return ERR_SET(
	    &r->err, FIELD, "expected a field and a value of the page");
}
