/*
 * Handing mail to an SMTP server, with libcurl (transfer.h).
 *
 * A struct smtp keeps its connection open between messages; one thread at a time. What
 * became of a message is one of four, by the answer and by how far the talk came: taken;
 * refused, for ever and because of this very message or recipient; to be tried later; or
 * the server could not be used at all, which says nothing about the message.
 *
 * After a failure while the end of the message was under way the server may have taken
 * it all the same (RFC 5321, 4.5.3.2): it is sent again, under the same Message-ID.
 */
#ifndef API_SMTP_H
#define API_SMTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/conf.h"
#include "base/err.h"

enum {
	SMTP_WHY_SIZE = 501,
};

enum smtp_end {
	SMTP_SENT,
	SMTP_REFUSED,
	SMTP_LATER,
	SMTP_DOWN,
};

struct smtp_result {
	enum smtp_end end;
	char why[SMTP_WHY_SIZE]; /* the server's words, or ours; one line */
};

struct smtp;

/* From the settings, which are copied; reads the files they name. ERR_FIELD with the
 * setting's name. Call the first one before threads start. */
enum err_code smtp_open(
    const struct conf *conf, struct smtp **ret_smtp, struct err *e) ERR_CHECKED;
void smtp_close(struct smtp *s); /* NULL is fine */

struct smtp_message {
	const char *from,
	    *to; /* of the envelope: addresses that were checked */
	const char *data;
	size_t n;
	/* Not a bit more goes out after this (monotonic): the message may be
	 * somebody else's then. */
	int64_t give_up_ms;
	int stop_fd; /* readable: give up, unless all went out already; -1: none */
};

void smtp_send(struct smtp *s, const struct smtp_message *m,
    struct smtp_result *ret_result);

#endif
