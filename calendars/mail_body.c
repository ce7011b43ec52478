/* What mail says to people: see mail_body.h. A pen writes text or HTML; the order of
 * what is said stands once, in write_body. */
#include "calendars/mail_body.h"

#include <string.h>

#include "calendars/cal_event.h"
#include "calendars/cal_text.h"
#include "calendars/itip.h"

enum {
	SHOWN_SESSIONS = 40, /* the rest is a number */
	LINE_CAP = 8 * CAL_MAX_DESCRIPTION,
};

#define ISOLATE     "\u2068" /* first strong isolate … */
#define END_ISOLATE "\u2069" /* … and its end */

struct pen {
	struct str *out;
	const struct mail_look *look;
	bool html;
};

static void put_plain(
    struct str *out, enum mail_language language, const char *value)
{
	if (mail_words_is_rtl(language))
		str_puts(out, ISOLATE);
	str_puts(out, value);
	if (mail_words_is_rtl(language))
		str_puts(out, END_ISOLATE);
}

static void put_bdi(
    struct str *out, enum mail_language language, const char *value)
{
	(void)language;
	str_puts(out, "<bdi>");
	str_put_markup(out, value);
	str_puts(out, "</bdi>");
}

static void put_word(
    struct pen *p, enum mail_word word, const struct mail_value *values)
{
	enum mail_language language = p->look->language;

	mail_words_fill(p->out, language, mail_words_text(language, word),
	    values, p->html ? put_bdi : put_plain);
}

/* ---- blocks ---- */

static void begin(struct pen *p, const char *tag)
{
	if (p->html)
		str_printf(p->out, "<%s>", tag);
}

static void end(struct pen *p, const char *tag)
{
	if (p->html)
		str_printf(p->out, "</%s>\n", tag);
	else
		str_puts(p->out, "\r\n");
}

static void say(
    struct pen *p, enum mail_word word, const struct mail_value *values)
{
	begin(p, "p");
	put_word(p, word, values);
	end(p, "p");
	if (!p->html)
		str_puts(p->out, "\r\n");
}

static void head(struct pen *p, enum mail_word word)
{
	begin(p, "h3");
	put_word(p, word, (const struct mail_value[]){{NULL, NULL}});
	if (!p->html)
		str_putc(p->out, ':');
	end(p, "h3");
}

static void link_to(struct pen *p, const char *url)
{
	if (!p->html) {
		str_puts(p->out, url);
		return;
	}
	str_puts(p->out, "<a href=\"");
	str_put_markup(p->out, url);
	str_puts(p->out, "\">");
	str_put_markup(p->out, url);
	str_puts(p->out, "</a>");
}

/* ---- sessions ---- */

static void put_range(
    struct str *out, const struct zone *z, const struct mail_session *s)
{
	mail_words_clock(out, s->start + zone_offset_at(z, s->start));
	str_puts(out, "\u2013");
	mail_words_clock(out, s->end + zone_offset_at(z, s->end));
}

/* The time on the clock of the event's own zone, where that is another one. */
static void put_there(struct pen *p, const struct mail_session *s)
{
	const struct zone *there = p->look->anchor, *here = p->look->zone;
	struct str time;

	if (there == NULL ||
	    zone_offset_at(there, s->start) == zone_offset_at(here, s->start))
		return;
	str_init(&time, LINE_CAP);
	put_range(&time, there, s);
	str_puts(p->out, " (");
	put_word(p, MAIL_THERE,
	    (const struct mail_value[]){
		{"time", time.data}, {"zone", there->name}, {NULL, NULL}});
	str_putc(p->out, ')');
	p->out->failed = p->out->failed || time.failed;
	str_free(&time);
}

static void put_session(struct pen *p, const struct mail_session *s)
{
	const struct zone *here = p->look->zone;

	if (!p->html)
		str_puts(p->out, "- ");
	begin(p, "li");
	mail_words_date(p->out, p->look->language,
	    s->start + zone_offset_at(here, s->start));
	str_puts(p->out, ", ");
	put_range(p->out, here, s);
	put_there(p, s);
	end(p, "li");
}

static void put_sessions(
    struct pen *p, const struct mail_session *session, size_t n)
{
	size_t shown = n < SHOWN_SESSIONS ? n : SHOWN_SESSIONS;
	char rest[24];

	begin(p, "ul");
	for (size_t i = 0; i < shown; i++)
		put_session(p, &session[i]);
	end(p, "ul");
	snprintf(rest, sizeof(rest), "%zu", n - shown);
	if (shown < n)
		say(p, MAIL_MORE,
		    (const struct mail_value[]){
			{"number", rest}, {NULL, NULL}});
}

/* Whether the recipient's clock shows another time in some weeks, as nobody had moved
 * them: their offset changes. */
static bool clocks_change(const struct mail_look *l)
{
	const struct mail_session *s = l->event->session;

	for (size_t i = 1; i < l->event->n_sessions; i++)
		if (zone_offset_at(l->zone, s[i].start) !=
			zone_offset_at(l->zone, s[0].start) ||
		    (l->anchor != NULL &&
			zone_offset_at(l->anchor, s[i].start) !=
			    zone_offset_at(l->anchor, s[0].start)))
			return true;
	return false;
}

static bool times_differ(const struct mail_look *l)
{
	const struct mail_session *s = l->event->session;

	for (size_t i = 1; i < l->event->n_sessions; i++)
		if ((s[i].start + zone_offset_at(l->zone, s[i].start) -
			s[0].start - zone_offset_at(l->zone, s[0].start)) %
			86400 !=
		    0)
			return true;
	return false;
}

/* ---- the whole ---- */

struct kind {
	enum mail_word subject, lead;
};

static struct kind kind_of(const struct mail_look *l)
{
	const struct mail_event *ev = l->event;

	if (strcmp(ev->method, ITIP_CANCEL) == 0)
		return ev->is_one ? (struct kind){MAIL_SUBJECT_CANCEL_ONE,
					MAIL_LEAD_CANCEL_ONE}
				  : (struct kind){
					MAIL_SUBJECT_CANCEL, MAIL_LEAD_CANCEL};
	if (ev->is_one)
		return (struct kind){MAIL_SUBJECT_MOVED, MAIL_LEAD_MOVED};
	if (l->is_first)
		return (struct kind){MAIL_SUBJECT_INVITE, MAIL_LEAD_INVITE};
	return (struct kind){MAIL_SUBJECT_UPDATE, MAIL_LEAD_UPDATE};
}

static void write_when(struct pen *p)
{
	const struct mail_look *l = p->look;
	const struct mail_event *ev = l->event;
	bool cancels = strcmp(ev->method, ITIP_CANCEL) == 0;

	if (cancels && !ev->is_one)
		return;
	head(p, MAIL_WHEN);
	put_sessions(p, ev->session, ev->n_sessions);
	if (ev->is_one && !cancels && ev->n_sessions == 1 &&
	    ev->planned != ev->session[0].start) {
		struct mail_session was = {ev->planned,
		    ev->planned + ev->session[0].end - ev->session[0].start};

		head(p, MAIL_PLANNED);
		put_sessions(p, &was, 1);
	}
	if (clocks_change(l) && times_differ(l))
		say(p, MAIL_CLOCKS, (const struct mail_value[]){{NULL, NULL}});
	say(p, MAIL_YOUR_ZONE,
	    (const struct mail_value[]){{"zone", l->zone->name}, {NULL, NULL}});
}

static void write_where(struct pen *p)
{
	const char *where = p->look->event->location;

	if (where[0] == '\0')
		return;
	head(p, MAIL_WHERE);
	begin(p, "p");
	if (cal_text_url_fault(where) == NULL)
		link_to(p, where);
	else if (p->html)
		str_put_markup(p->out, where);
	else
		str_puts(p->out, where);
	end(p, "p");
	if (!p->html)
		str_puts(p->out, "\r\n");
}

/* Line by line; an empty line parts paragraphs. */
static void write_description(struct pen *p)
{
	const char *text = p->look->event->description;

	if (text[0] == '\0')
		return;
	begin(p, "p");
	for (; *text != '\0'; text++) {
		char one[2] = {*text, '\0'};

		if (*text == '\n')
			str_puts(p->out, p->html ? "<br>\n" : "\r\n");
		else if (p->html)
			str_put_markup(p->out, one);
		else
			str_putc(p->out, *text);
	}
	end(p, "p");
	if (!p->html)
		str_puts(p->out, "\r\n");
}

static void write_answer(struct pen *p)
{
	if (p->look->page_url == NULL)
		return;
	head(p, MAIL_ANSWER);
	begin(p, "p");
	link_to(p, p->look->page_url);
	end(p, "p");
	if (!p->html)
		str_puts(p->out, "\r\n");
}

static void write_foot(struct pen *p)
{
	const struct mail_look *l = p->look;

	if (!p->html)
		str_puts(p->out, "--\r\n");
	else
		str_puts(p->out, "<hr>\n");
	begin(p, "p");
	put_word(p, MAIL_WHY,
	    (const struct mail_value[]){
		{"community", l->community}, {NULL, NULL}});
	end(p, "p");
	if (l->page_url == NULL)
		return;
	begin(p, "p");
	put_word(p, MAIL_STOP, (const struct mail_value[]){{NULL, NULL}});
	str_puts(p->out, ": ");
	link_to(p, l->page_url);
	end(p, "p");
}

static void write_body(struct pen *p)
{
	const struct mail_look *l = p->look;
	bool cancels = strcmp(l->event->method, ITIP_CANCEL) == 0;

	say(p, kind_of(l).lead,
	    (const struct mail_value[]){
		{"title", l->event->title}, {NULL, NULL}});
	write_when(p);
	if (!cancels) {
		write_where(p);
		write_description(p);
		write_answer(p);
		if (l->is_first)
			say(p, MAIL_FIRST,
			    (const struct mail_value[]){
				{"sender", l->sender}, {NULL, NULL}});
	}
	write_foot(p);
}

void mail_body_subject(struct str *out, const struct mail_look *l)
{
	struct pen p = {.out = out, .look = l};

	put_word(&p, kind_of(l).subject,
	    (const struct mail_value[]){
		{"title", l->event->title}, {NULL, NULL}});
}

void mail_body_text(struct str *out, const struct mail_look *l)
{
	struct pen p = {.out = out, .look = l};

	write_body(&p);
}

void mail_body_head(
    struct str *out, enum mail_language language, const char *title)
{
	str_printf(out,
	    "<!DOCTYPE html>\n<html lang=\"%s\" dir=\"%s\">\n<head>"
	    "<meta charset=\"utf-8\"><title>",
	    mail_words_tag(language),
	    mail_words_is_rtl(language) ? "rtl" : "ltr");
	str_put_markup(out, title);
	str_puts(out, "</title><meta name=\"viewport\" "
		      "content=\"width=device-width\"></head>\n<body>\n");
}

void mail_body_html(struct str *out, const struct mail_look *l)
{
	struct pen p = {.out = out, .look = l, .html = true};

	mail_body_head(out, l->language, l->event->title);
	write_body(&p);
	str_puts(out, "</body>\n</html>\n");
}

void mail_body_when(struct str *out, const struct mail_look *l)
{
	struct pen p = {.out = out, .look = l, .html = true};

	write_when(&p);
}

void mail_body_say(struct str *out, enum mail_language language,
    enum mail_word word, const struct mail_value *values)
{
	const struct mail_look look = {.language = language};
	struct pen p = {.out = out, .look = &look, .html = true};

	say(&p, word, values);
}
