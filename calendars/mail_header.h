/*
 * The octets of mail: header fields that no value can break out of, and base64.
 *
 * A text is cleaned to one line first, so that a value brings no line end; what is not
 * plain ASCII goes as encoded words (RFC 2047) of at most 75 characters that split no
 * character. Addresses must have passed cal_text_mail_fault. Pure; any thread.
 */
#ifndef CALENDARS_MAIL_HEADER_H
#define CALENDARS_MAIL_HEADER_H

#include <stdint.h>

#include "base/str.h"
#include "calendars/cal_event.h"

/* "Subject: …" */
void mail_header_text(struct str *out, const char *field, const char *text);

/* "To: Ann Example <ann@example.org>"; without a name the address alone. */
void mail_header_person(
    struct str *out, const char *field, const struct cal_person *who);

/* "Date: Tue, 20 Oct 2026 09:00:00 +0000" */
void mail_header_date(struct str *out, const char *field, int64_t instant);

/* Lines of 76 characters, each ended by CRLF. */
void mail_header_base64(struct str *out, const char *data, size_t n);

#endif
