/*
 * Values before they become iCalendar: what is cleaned and what is refused.
 *
 * libical writes mail addresses and URLs raw and parameters nearly so, so nothing
 * reaches it that has not passed here. Texts are cleaned, since a person's name
 * must not stop an invitation; addresses, URLs and UIDs are either right or
 * refused. Pure; any thread.
 */
#ifndef CALENDARS_CAL_TEXT_H
#define CALENDARS_CAL_TEXT_H

#include <stdbool.h>

#include "base/str.h"

/* Append `text` as one line: control and other unsafe characters and line ends
 * become single spaces, outer spaces go. */
void cal_text_line(struct str *out, const char *text);

/* The same for a parameter value: without '"' and '^' too, which readers do not
 * agree how to unescape. */
void cal_text_parameter(struct str *out, const char *text);

/* Append `text` with its line feeds; CRLF and CR become LF, other unsafe
 * characters but the tab go. */
void cal_text_block(struct str *out, const char *text);

/* "mailto:" and the address, with what RFC 6068 asks for percent-encoded. */
void cal_text_mailto(struct str *out, const char *mail);

/* Each gives a constant text that says what was expected, or NULL when right. */
const char *cal_text_mail_fault(const char *mail);
const char *cal_text_url_fault(const char *url);
const char *cal_text_uid_fault(const char *uid);

#endif
