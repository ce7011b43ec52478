/*
 * One invitation as a mail (iMIP, RFC 6047):
 *
 *   multipart/mixed
 *     multipart/alternative
 *       text/plain, text/html    in the recipient's language and local time
 *       text/calendar; method=   the iTIP message
 *     application/ics            the same octets, as invite.ics
 *
 * Every part is base64. A pure function of its input: a message that is sent once more
 * is the same, octet by octet. No value can add a header or a part: texts are cleaned
 * and encoded, everything else is held to its grammar first. Any thread.
 */
#ifndef CALENDARS_MAIL_H
#define CALENDARS_MAIL_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "base/zone.h"
#include "calendars/cal_event.h"
#include "calendars/mail_event.h"
#include "calendars/mail_words.h"

enum {
	MAIL_CAP = 8 << 20, /* octets of a message */
};

struct mail {
	const char *ics;        /* one of our own iTIP messages */
	const char *message_id; /* "<row-uuid>@<calendar domain>" */
	int64_t date;
	struct cal_person to;
	const char *sender;    /* mail address, the same in all mail */
	const char *organizer; /* who invites, by name; NULL or "": nobody */
	const char *reply_to;  /* mail address of this attendance */
	const char *community; /* its name */
	const char *page_url; /* the page about it, where one POST stops mail */
	enum mail_language language;
	const struct zone *zone;   /* the recipient's */
	const struct zone *anchor; /* the event's, or NULL */
	bool is_first; /* the recipient had no message of this event before */
};

/* Appends the message, lines ended by CRLF. ret_event, in the arena: what it tells.
 * ERR_VALIDATION names every value that no mail can hold; ERR_BUG: `ics` is none of
 * ours. */
enum err_code mail_write(struct arena *a, const struct mail *m, struct str *out,
    struct mail_event *ret_event, struct err *e) ERR_CHECKED;

#endif
