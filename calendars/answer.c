/* Answers read: see answer.h. */
#include "calendars/answer.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/num.h"
#include "base/str.h"
#include "base/utf8.h"
#include "calendars/cal_text.h"
#include "calendars/eml.h"
#include "calendars/ics_value.h"
#include "calendars/ics_zone.h"

enum {
	TEXT_CAP = 4 * ANSWER_MAX_MESSAGE,
	MAX_MAIL = 254,
	MAX_UID = 255,
	MAX_ID = 255,
	MAX_SEQUENCE = 1000000000,
	BUDGET = 100000, /* looks for the rules of all its VTIMEZONEs */
};

struct reading {
	struct arena *arena;
	struct tz *tz;
	const struct eml *mail;
	struct answer *out;
};

/* ---- texts ---- */

/* Valid UTF-8, without control characters, at most so many octets. Never NULL. */
static const char *clean(struct arena *a, const char *text, size_t max)
{
	struct str valid, out;
	const char *kept;
	size_t n = strlen(text);

	str_init(&valid, TEXT_CAP);
	str_init(&out, TEXT_CAP);
	for (size_t i = 0; i < n;) {
		size_t good = utf8_valid_prefix(text + i, n - i);

		str_put(&valid, text + i, good);
		i += good;
		if (i < n) {
			str_putc(&valid, '?');
			i++;
		}
	}
	cal_text_block(&out, valid.data);
	n = out.len <= max ? out.len : utf8_cut(out.data, max);
	kept = arena_strndup(a, out.data, n);
	str_free(&valid);
	str_free(&out);
	return kept == NULL ? "" : kept;
}

/* A TEXT value without its backslashes. */
static const char *unescape(struct arena *a, const char *text)
{
	char *out = arena_strdup(a, text);
	size_t k = 0;

	if (out == NULL)
		return "";
	for (size_t i = 0; text[i] != '\0'; i++) {
		char c = text[i];

		if (c == '\\' && text[i + 1] != '\0') {
			c = text[++i];
			if (c == 'n' || c == 'N')
				c = '\n';
		}
		out[k++] = c;
	}
	out[k] = '\0';
	return out;
}

static const char *header(
    struct reading *r, const struct eml_part *p, const char *name)
{
	return eml_header(r->arena, p->head, p->n_head, name);
}

/* ---- addresses ---- */

/* The token of base's local part, '+', token, '@', domain anywhere in a text. */
static bool find_token(
    const char *text, const char *base, char out[ANSWER_TOKEN_SIZE])
{
	size_t local = strcspn(base, "@"), digits = ANSWER_TOKEN_SIZE - 1;
	const char *domain = base + local;

	for (const char *s = text; (s = strchr(s, '+')) != NULL; s++) {
		if ((size_t)(s - text) < local ||
		    strncasecmp(s - local, base, local) != 0 ||
		    strspn(s + 1, "0123456789abcdefABCDEF") != digits ||
		    strncasecmp(s + 1 + digits, domain, strlen(domain)) != 0)
			continue;
		for (size_t i = 0; i < digits; i++)
			out[i] = (char)tolower((unsigned char)s[1 + i]);
		out[digits] = '\0';
		return true;
	}
	return false;
}

static void read_token(struct reading *r, const char *base, const char *to)
{
	static const char *const FIELDS[] = {"To", "Cc", "Delivered-To",
	    "X-Original-To", "Envelope-To", "Resent-To"};

	if (to != NULL && find_token(to, base, r->out->token))
		return;
	for (size_t i = 0; i < sizeof(FIELDS) / sizeof(FIELDS[0]); i++) {
		const char *value = header(r, r->mail->root, FIELDS[i]);

		if (value != NULL && find_token(value, base, r->out->token))
			return;
	}
}

/* "<…>" of a value without the brackets; "" when there is none. */
static const char *read_id(struct arena *a, const char *value)
{
	size_t n;

	value = value == NULL ? NULL : strchr(value, '<');
	if (value == NULL)
		return "";
	n = strcspn(++value, "> \t");
	if (value[n] != '>' || n > MAX_ID)
		return "";
	value = arena_strndup(a, value, n);
	return value == NULL ? "" : clean(a, value, MAX_ID);
}

/* The address of a mailto: URI; NULL when it is none that we could have written to. */
static const char *mail_of(struct arena *a, const char *uri)
{
	static const char MAILTO[] = "mailto:";
	char *mail;

	if (uri == NULL || strncasecmp(uri, MAILTO, strlen(MAILTO)) != 0 ||
	    strlen(uri) > strlen(MAILTO) + MAX_MAIL)
		return NULL;
	uri += strlen(MAILTO);
	mail = arena_strndup(a, uri, strcspn(uri, "?"));
	for (char *c = mail; c != NULL && *c != '\0'; c++)
		*c = (char)tolower((unsigned char)*c);
	return mail == NULL || cal_text_mail_fault(mail) != NULL ? NULL : mail;
}

/* ---- iTIP ---- */

static const char *partstat_of(const struct ics_line *attendee)
{
	static const char *const KNOWN[] = {
	    "ACCEPTED", "DECLINED", "TENTATIVE", "DELEGATED"};
	const char *said = ics_param(attendee, "PARTSTAT");

	for (size_t i = 0; i < sizeof(KNOWN) / sizeof(KNOWN[0]); i++)
		if (said != NULL && strcasecmp(said, KNOWN[i]) == 0)
			return KNOWN[i];
	return "NEEDS-ACTION";
}

static void read_attendees(struct reading *r, const struct ics_part *event)
{
	struct answer *out = r->out;

	for (const struct ics_line *l = ics_first(event, "ATTENDEE");
	     l != NULL && out->n_attendees < ANSWER_MAX_ATTENDEES;
	     l = ics_next(l)) {
		const char *mail = mail_of(r->arena, l->value);

		if (mail != NULL)
			out->attendee[out->n_attendees++] =
			    (struct answer_attendee){mail, partstat_of(l),
				mail_of(
				    r->arena, ics_param(l, "DELEGATED-TO"))};
	}
}

/* An instant in UTC or in a zone that somebody knows; no date, no floating time. */
static bool read_instant(struct reading *r, struct ics_zones *zones,
    const struct ics_part *event, const char *name, int64_t *ret)
{
	const struct ics_line *l = ics_first(event, name);
	const char *tzid = l == NULL ? NULL : ics_param(l, "TZID");
	const struct ics_zone *found;
	const struct zone *zone;
	struct ics_time t;

	(void)r;
	if (l == NULL || !ics_value_time(l->value, strlen(l->value), &t) ||
	    t.is_date || (!t.is_utc && tzid == NULL))
		return false;
	if (t.is_utc) {
		*ret = t.local;
		return t.local > 0;
	}
	found = ics_zone_find(zones, tzid);
	zone = found == NULL ? NULL : ics_zone_table(found);
	if (zone == NULL || t.local < zone->from + 2 * 86400 ||
	    t.local >= zone->to - 2 * 86400)
		return false;
	(void)zone_resolve(zone, t.local, ret);
	return *ret > 0;
}

static void read_event(struct reading *r, const struct ics_part *calendar,
    const struct ics_part *event, const char *base)
{
	uint64_t budget = BUDGET;
	struct ics_zones zones = {.a = r->arena,
	    .tz = r->tz,
	    .calendar = calendar,
	    .from = TZ_SERVICE_FROM,
	    .to = TZ_SERVICE_TO,
	    .budget = &budget};
	struct answer *out = r->out;
	const char *organizer = ics_value(event, "ORGANIZER"),
		   *uid = ics_value(event, "UID"),
		   *sequence = ics_value(event, "SEQUENCE"),
		   *comment = ics_value(event, "COMMENT");

	if (out->token[0] == '\0' && organizer != NULL)
		(void)find_token(organizer, base, out->token);
	if (uid != NULL)
		out->uid = clean(r->arena, uid, MAX_UID);
	if (sequence == NULL || !num_parse_i64(sequence, strlen(sequence), 0,
				    MAX_SEQUENCE, &out->sequence))
		out->sequence = -1;
	if (!read_instant(r, &zones, event, "DTSTAMP", &out->dtstamp))
		out->dtstamp = 0;
	out->is_one =
	    read_instant(r, &zones, event, "RECURRENCE-ID", &out->planned);
	if (comment != NULL)
		out->text = clean(
		    r->arena, unescape(r->arena, comment), ANSWER_MAX_TEXT);
	read_attendees(r, event);
	if (out->kind == ANSWER_COUNTER)
		out->has_time =
		    read_instant(r, &zones, event, "DTSTART", &out->start) &&
		    read_instant(r, &zones, event, "DTEND", &out->end) &&
		    out->start < out->end;
}

static const struct ics_part *part_named(
    const struct ics_part *in, const char *name)
{
	const struct ics_part *p = in->part;

	while (p != NULL && strcmp(p->name, name) != 0)
		p = p->next;
	return p;
}

static bool read_calendar(
    struct reading *r, const struct eml_part *p, const char *base)
{
	const struct ics_part *calendar, *event;
	struct err ignored = {0};
	struct ics *ics;

	if (p->n > ANSWER_MAX_ICS ||
	    ics_read(r->arena, p->body, p->n, &ics, &ignored) != ERR_OK)
		return false;
	calendar = part_named(&ics->root, "VCALENDAR");
	event = calendar == NULL ? NULL : part_named(calendar, "VEVENT");
	if (event == NULL)
		return false;
	if (ics_same(ics_value(calendar, "METHOD"), "REPLY"))
		r->out->kind = ANSWER_REPLY;
	else if (ics_same(ics_value(calendar, "METHOD"), "COUNTER"))
		r->out->kind = ANSWER_COUNTER;
	else
		return false;
	read_event(r, calendar, event, base);
	return true;
}

static bool read_calendars(struct reading *r, const char *base)
{
	for (const struct eml_part *p = r->mail->root; p != NULL;
	     p = eml_next(p))
		if (p->body != NULL &&
		    (strcmp(p->type, "text/calendar") == 0 ||
			strcmp(p->type, "application/ics") == 0) &&
		    read_calendar(r, p, base))
			return true;
	return false;
}

/* ---- bounces and words ---- */

/* A field of a delivery status, which is groups of fields with empty lines between. */
static const char *status_field(
    struct arena *a, const struct eml_part *p, const char *field)
{
	const char *s = p->body, *end = p->body + p->n;

	while (s < end) {
		const char *gap = strstr(s, "\n\r\n"), *next;
		const char *bare = strstr(s, "\n\n"), *value;

		if (gap == NULL || (bare != NULL && bare < gap))
			gap = bare;
		next = gap == NULL ? end : gap + 1;
		value = eml_header(a, s, (size_t)(next - s), field);
		if (value != NULL)
			return value;
		s = next + strspn(next, "\r\n");
	}
	return "";
}

static void read_status(struct reading *r, const struct eml_part *p)
{
	const char *words = status_field(r->arena, p, "Diagnostic-Code");

	r->out->kind = strncasecmp(status_field(r->arena, p, "Action"),
			   "failed", strlen("failed")) == 0
			   ? ANSWER_BOUNCE
			   : ANSWER_NOTHING;
	if (words[0] == '\0')
		words = status_field(r->arena, p, "Status");
	r->out->text = clean(r->arena, words, ANSWER_MAX_TEXT);
}

static bool read_report(struct reading *r)
{
	bool is_report = false;

	for (const struct eml_part *p = r->mail->root; p != NULL;
	     p = eml_next(p)) {
		if (p->body == NULL)
			continue;
		if (strcmp(p->type, "message/delivery-status") == 0) {
			read_status(r, p);
			is_report = true;
		} else if (strcmp(p->type, "message/rfc822") == 0 ||
			   strcmp(p->type, "text/rfc822-headers") == 0) {
			r->out->bounced_id = read_id(r->arena,
			    eml_header(r->arena, p->body, p->n, "Message-ID"));
		}
	}
	return is_report;
}

static bool is_automatic(struct reading *r)
{
	const char *value = header(r, r->mail->root, "Auto-Submitted");

	return (value != NULL && strncasecmp(value, "no", 2) != 0) ||
	       strcmp(r->mail->root->type, "multipart/report") == 0;
}

static void read_words(struct reading *r)
{
	r->out->kind = is_automatic(r) ? ANSWER_NOTHING : ANSWER_WORDS;
	for (const struct eml_part *p = r->mail->root; p != NULL;
	     p = eml_next(p))
		if (p->body != NULL && strcmp(p->type, "text/plain") == 0) {
			r->out->text =
			    clean(r->arena, p->body, ANSWER_MAX_TEXT);
			return;
		}
}

enum err_code answer_read(struct arena *a, struct tz *tz, const char *data,
    size_t n, const char *base, const char *to, struct answer *ret_answer,
    struct err *e)
{
	struct answer out = {.message_id = "",
	    .text = "",
	    .uid = "",
	    .bounced_id = "",
	    .sequence = -1};
	struct reading r = {.arena = a, .tz = tz, .out = &out};
	struct eml *mail;
	enum err_code code;

	if (n > ANSWER_MAX_MESSAGE)
		return ERR_SET(e, TOO_LARGE,
		    "the message has more than %d octets", ANSWER_MAX_MESSAGE);
	code = eml_read(a, data, n, &mail, e);
	if (code != ERR_OK)
		return code;
	if (mail->from == NULL)
		return ERR_SET(e, VALIDATION, "expected a mail");
	r.mail = mail;
	read_token(&r, base, to);
	out.message_id = read_id(a, header(&r, mail->root, "Message-ID"));
	if (!read_report(&r) && !read_calendars(&r, base))
		read_words(&r);
	if (arena_failed(a))
		return ERR_SET(e, NOMEM, "the message is too large");
	*ret_answer = out;
	return ERR_OK;
}
