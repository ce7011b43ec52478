/* The message around an invitation: see mail.h. */
#include "calendars/mail.h"

#include <string.h>

#include "calendars/cal_text.h"
#include "calendars/mail_body.h"
#include "calendars/mail_header.h"

enum {
	PART_CAP = 2 << 20,
	LINE_CAP = 8 * CAL_MAX_LINE,
};

static void check(const char *fault, const char *place, struct err *e)
{
	if (fault != NULL)
		err_add_field(e, ERR_VALIDATION, place, "%s", fault);
}

static enum err_code check_mail(const struct mail *m, struct err *e)
{
	check(cal_text_uid_fault(m->message_id), "/message_id", e);
	check(cal_text_mail_fault(m->sender), "/sender", e);
	check(cal_text_mail_fault(m->reply_to), "/reply_to", e);
	check(cal_text_url_fault(m->page_url), "/page_url", e);
	cal_event_check_person(&m->to, "/to", e);
	return e->code;
}

/* "Ada Lovelace via Pythonistas", or the community alone. */
static void put_from(struct str *out, const struct mail *m)
{
	struct cal_person from = {m->community, m->sender};
	struct str name;

	str_init(&name, LINE_CAP);
	if (m->organizer != NULL && m->organizer[0] != '\0' &&
	    strcmp(m->organizer, m->community) != 0) {
		mail_words_fill(&name, m->language,
		    mail_words_text(m->language, MAIL_VIA),
		    (const struct mail_value[]){{"person", m->organizer},
			{"community", m->community}, {NULL, NULL}},
		    mail_words_put);
		from.name = name.data;
	}
	mail_header_person(out, "From", &from);
	out->failed = out->failed || name.failed;
	str_free(&name);
}

static void put_headers(
    struct str *out, const struct mail *m, const struct mail_look *look)
{
	struct str subject;

	str_init(&subject, LINE_CAP);
	mail_body_subject(&subject, look);
	put_from(out, m);
	mail_header_person(out, "To", &m->to);
	mail_header_person(
	    out, "Reply-To", &(struct cal_person){NULL, m->reply_to});
	mail_header_text(out, "Subject", subject.data);
	mail_header_date(out, "Date", m->date);
	str_printf(out, "Message-ID: <%s>\r\n", m->message_id);
	str_puts(
	    out, "MIME-Version: 1.0\r\nAuto-Submitted: auto-generated\r\n");
	str_printf(
	    out, "Content-Language: %s\r\n", mail_words_tag(m->language));
	str_printf(out,
	    "List-Unsubscribe: <%s>\r\n"
	    "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n",
	    m->page_url);
	out->failed = out->failed || subject.failed;
	str_free(&subject);
}

static void put_part(struct str *out, const char *boundary, const char *type,
    const char *data, size_t n)
{
	str_printf(out,
	    "--%s\r\nContent-Type: %s\r\nContent-Transfer-Encoding: "
	    "base64\r\n\r\n",
	    boundary, type);
	mail_header_base64(out, data, n);
}

static void put_body(struct str *out, const char *boundary, const char *type,
    const struct mail_look *look,
    void (*write)(struct str *out, const struct mail_look *look))
{
	struct str body;

	str_init(&body, PART_CAP);
	write(&body, look);
	put_part(out, boundary, type, body.data, body.len);
	out->failed = out->failed || body.failed;
	str_free(&body);
}

/* No boundary occurs in a part: '_' is no digit of base64. */
static void put_message(
    struct str *out, const struct mail *m, const struct mail_look *look)
{
	static const char MIXED[] = "=_mixed_", OTHER[] = "=_alternative_";
	size_t n = strlen(m->ics);
	char type[80];

	put_headers(out, m, look);
	str_printf(out,
	    "Content-Type: multipart/mixed; boundary=\"%s\"\r\n\r\n--%s\r\n"
	    "Content-Type: multipart/alternative; boundary=\"%s\"\r\n\r\n",
	    MIXED, MIXED, OTHER);
	put_body(out, OTHER, "text/plain; charset=UTF-8", look, mail_body_text);
	put_body(out, OTHER, "text/html; charset=UTF-8", look, mail_body_html);
	snprintf(type, sizeof(type), "text/calendar; charset=UTF-8; method=%s",
	    look->event->method);
	put_part(out, OTHER, type, m->ics, n);
	str_printf(out, "--%s--\r\n", OTHER);
	put_part(out, MIXED,
	    "application/ics; name=\"invite.ics\"\r\n"
	    "Content-Disposition: attachment; filename=\"invite.ics\"",
	    m->ics, n);
	str_printf(out, "--%s--\r\n", MIXED);
}

enum err_code mail_write(struct arena *a, const struct mail *m, struct str *out,
    struct mail_event *ret_event, struct err *e)
{
	struct mail_look look = {.event = ret_event,
	    .language = m->language,
	    .zone = m->zone,
	    .anchor = m->anchor,
	    .community = m->community,
	    .sender = m->sender,
	    .page_url = m->page_url,
	    .is_first = m->is_first};
	enum err_code code = check_mail(m, e);

	if (code == ERR_OK)
		code = mail_event_read(a, m->ics, ret_event, e);
	if (code != ERR_OK)
		return code;
	put_message(out, m, &look);
	if (out->failed)
		return ERR_SET(e, TOO_LARGE, "the message is too large");
	return ERR_OK;
}
