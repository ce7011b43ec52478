/*
 * The subject and the two readings of an invitation, as text and as HTML: the same
 * sentences from one pass, in the recipient's language and local time, with the time of
 * the event's own zone beside it where that differs. Pure; any thread.
 *
 * HTML says its language and direction and isolates every value, so that a name in Latin
 * letters does not disturb Arabic; it has no script, no picture and no address to load.
 */
#ifndef CALENDARS_MAIL_BODY_H
#define CALENDARS_MAIL_BODY_H

#include "base/str.h"
#include "base/zone.h"
#include "calendars/mail_event.h"
#include "calendars/mail_words.h"

struct mail_look {
	const struct mail_event *event;
	enum mail_language language;
	const struct zone *zone;   /* the recipient's */
	const struct zone *anchor; /* the event's; NULL: none of its own */
	const char *community;     /* its name */
	const char *sender;        /* mail address */
	const char *page_url;      /* the page about it; NULL: none */
	bool is_first; /* the recipient had no message of this event before */
};

void mail_body_subject(struct str *out, const struct mail_look *l);
void mail_body_text(struct str *out, const struct mail_look *l);
void mail_body_html(struct str *out, const struct mail_look *l);

/* For pages beside the mail: the times as HTML, one sentence of the catalogue as a
 * paragraph, the head up to <body>. */
void mail_body_when(struct str *out, const struct mail_look *l);
void mail_body_say(struct str *out, enum mail_language language,
    enum mail_word word, const struct mail_value *values);
void mail_body_head(
    struct str *out, enum mail_language language, const char *title);

#endif
