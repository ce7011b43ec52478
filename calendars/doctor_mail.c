/* The mail around an invitation: its structure, and whom it goes to. */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "calendars/doctor_case.h"
#include "calendars/eml.h"

enum {
	ADDRESS_SIZE = 320,
};

static bool is_calendar(const struct eml_part *p)
{
	return strcmp(p->type, "text/calendar") == 0 ||
	       strcmp(p->type, "application/ics") == 0;
}

static bool is_type(const struct eml_part *p, const char *type)
{
	return p != NULL && strcmp(p->type, type) == 0;
}

static bool has_letters_beyond_ascii(const struct eml_part *p)
{
	for (size_t i = 0; i < p->n; i++)
		if ((unsigned char)p->body[i] >= 0x80)
			return true;
	return false;
}

static void check_content_type(
    struct doctor_case *c, const struct eml_part *part)
{
	bool kept = part->encoding != NULL &&
		    (strcmp(part->encoding, "base64") == 0 ||
			strcmp(part->encoding, "quoted-printable") == 0);

	if (part->method == NULL)
		doctor_note(c, DOCTOR_MAIL_METHOD_MISSING, 0, NULL);
	else if (c->method != NULL && !ics_same(part->method, c->method))
		doctor_note(c, DOCTOR_MAIL_METHOD_OTHER, 0, "%s and %s",
		    part->method, c->method);
	if (c->method == NULL && c->report->events > 0)
		doctor_note(c, DOCTOR_METHOD_MISSING, 1, NULL);
	if (!ics_same(part->charset, "utf-8") && has_letters_beyond_ascii(part))
		doctor_note(c, DOCTOR_MAIL_CHARSET, 0, "%s",
		    part->charset == NULL ? "none" : part->charset);
	if (!kept)
		doctor_note(c, DOCTOR_MAIL_ENCODING, 0, "%s",
		    part->encoding == NULL ? "none" : part->encoding);
}

/* Outlook looks into the first part of a mixed one only. */
static bool is_found(const struct eml_part *part)
{
	const struct eml_part *alternative = part->parent;
	const struct eml_part *p = alternative;

	if (!is_type(alternative, "multipart/alternative"))
		return false;
	for (; p->parent != NULL; p = p->parent)
		if (p->parent->child != p)
			return false;
	return true;
}

static void check_structure(
    struct doctor_case *c, const struct eml *mail, const struct eml_part *part)
{
	bool has_text = false;

	if (!is_found(part))
		doctor_note(c, DOCTOR_MAIL_STRUCTURE, 0, "%s in %s", part->type,
		    part->parent == NULL ? "nothing" : part->parent->type);
	if (part->disposition != NULL &&
	    is_type(part->parent, "multipart/alternative"))
		doctor_note(
		    c, DOCTOR_MAIL_DISPOSITION, 0, "%s", part->disposition);
	for (const struct eml_part *p = mail->root; p != NULL;
	     p = eml_next(p)) {
		bool is_text =
		    is_type(p, "text/plain") || is_type(p, "text/html");

		has_text =
		    has_text || (is_text && p->n > 0 &&
				    !ics_same(p->disposition, "attachment"));
		if (p != part && is_calendar(p) && p->body != NULL &&
		    (p->n != part->n || memcmp(p->body, part->body, p->n) != 0))
			doctor_note(
			    c, DOCTOR_MAIL_PARTS_DIFFER, 0, "%s", p->type);
	}
	if (!has_text)
		doctor_note(c, DOCTOR_MAIL_TEXT_MISSING, 0, NULL);
}

/* ---- whom it goes to ---- */

static int digit(char c)
{
	return isdigit((unsigned char)c) ? c - '0'
	       : isxdigit((unsigned char)c)
		   ? tolower((unsigned char)c) - 'a' + 10
		   : -1;
}

/* Does mailto:… mean this address? Percent-encoded octets count as what they are. */
static bool means(const char *uri, const char *address)
{
	if (strncasecmp(uri, "mailto:", 7) != 0)
		return false;
	for (uri += 7; *uri != '\0' && *uri != '?' && *address != '\0';
	     address++) {
		int x = (unsigned char)*uri++;

		if (x == '%' && digit(uri[0]) >= 0 && digit(uri[1]) >= 0) {
			x = digit(uri[0]) * 16 + digit(uri[1]);
			uri += 2;
		}
		if (tolower(x) != tolower((unsigned char)*address))
			return false;
	}
	return (*uri == '\0' || *uri == '?') && *address == '\0';
}

static bool is_named(
    const struct ics_part *calendar, const char *property, const char *address)
{
	for (const struct ics_part *p = calendar->part; p != NULL; p = p->next)
		for (const struct ics_line *line = ics_first(p, property);
		     line != NULL; line = ics_next(line))
			if (means(line->value, address))
				return true;
	return false;
}

static bool any_is_named(
    const struct ics_part *calendar, const char *property, const char *list)
{
	char address[ADDRESS_SIZE];

	while (eml_next_address(&list, address, sizeof(address)))
		if (is_named(calendar, property, address))
			return true;
	return false;
}

static void check_people(struct doctor_case *c, const struct eml *mail)
{
	const struct ics_part *calendar = c->ics->root.part;
	const char *list = mail->to;
	char address[ADDRESS_SIZE];

	while (calendar != NULL && strcmp(calendar->name, "VCALENDAR") != 0)
		calendar = calendar->next;
	if (calendar == NULL || c->method == NULL ||
	    (strcmp(c->method, "REQUEST") != 0 &&
		strcmp(c->method, "CANCEL") != 0))
		return;
	while (eml_next_address(&list, address, sizeof(address)))
		if (!is_named(calendar, "ATTENDEE", address))
			doctor_note(c, DOCTOR_MAIL_RECIPIENT, 0, "%s", address);
	if (!any_is_named(calendar, "ORGANIZER", mail->from) &&
	    !any_is_named(calendar, "ORGANIZER", mail->reply_to))
		doctor_note(c, DOCTOR_MAIL_ORGANIZER, 0, NULL);
}

enum err_code doctor_mail(
    struct doctor_case *c, const char *text, size_t n, struct err *e)
{
	struct eml *mail;
	const struct eml_part *part;
	enum err_code code = eml_read(c->a, text, n, &mail, e);

	if (code != ERR_OK)
		return code;
	if (mail->broken)
		doctor_note(c, DOCTOR_MAIL_FORM, 0, NULL);
	part = eml_calendar_part(mail);
	if (part == NULL || !is_type(part, "text/calendar"))
		doctor_note(c, DOCTOR_MAIL_NO_CALENDAR, 0, NULL);
	if (part == NULL)
		return ERR_OK;
	code = doctor_calendar(c, part->body, part->n, e);
	if (code != ERR_OK)
		return code;
	check_content_type(c, part);
	check_structure(c, mail, part);
	check_people(c, mail);
	return ERR_OK;
}
