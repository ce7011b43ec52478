/*
 * What somebody's mail says to an invitation: an iTIP REPLY or COUNTER, a bounce, or words.
 *
 * The message is anybody's. Its size is bounded, libical does not see it (calendars/ics
 * reads it), and no rule of the event is expanded; all the same, call it in a process that
 * may be lost (api/answer_child.h). Texts are cleaned and cut. Pure.
 */
#ifndef CALENDARS_ANSWER_H
#define CALENDARS_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

struct tz;

enum {
	ANSWER_MAX_MESSAGE = 1 << 20, /* octets, here and below */
	ANSWER_MAX_ICS = 64 << 10,
	ANSWER_MAX_TEXT = 2000,
	ANSWER_MAX_ATTENDEES = 16,
	ANSWER_TOKEN_SIZE = 33, /* hexadecimal digits and NUL */
};

enum answer_kind {
	ANSWER_WORDS,   /* no calendar in it: for people to read */
	ANSWER_REPLY,   /* accepted, declined, tentative, delegated */
	ANSWER_COUNTER, /* another time is proposed */
	ANSWER_BOUNCE,  /* it did not arrive */
	ANSWER_NOTHING, /* an automatic note: out of office, delayed, read */
};

struct answer_attendee {
	const char *mail;         /* lower case */
	const char *partstat;     /* "ACCEPTED" …, a constant */
	const char *delegated_to; /* mail address, or NULL */
};

struct answer {
	enum answer_kind kind;
	char token[ANSWER_TOKEN_SIZE]; /* "" when no address has one */
	const char *message_id;        /* without its brackets; "" when none */
	const char *text;              /* comment, words, or why it bounced */
	/* of REPLY and COUNTER */
	const char *uid;
	int64_t sequence; /* -1: not said */
	int64_t dtstamp;  /* 0: not said */
	bool is_one;      /* about one session … */
	int64_t planned;  /* … that was planned for then */
	bool has_time;    /* of COUNTER: a time that we could read */
	int64_t start, end;
	struct answer_attendee attendee[ANSWER_MAX_ATTENDEES];
	size_t n_attendees;
	/* of BOUNCE */
	const char *bounced_id; /* Message-ID of what bounced, or "" */
};

/* `base` is the address of answers without a token; `to` the envelope's recipient, or NULL.
 * ERR_TOO_LARGE; ERR_VALIDATION when it is no mail. */
enum err_code answer_read(struct arena *a, struct tz *tz, const char *data,
    size_t n, const char *base, const char *to, struct answer *ret_answer,
    struct err *e) ERR_CHECKED;

#endif
