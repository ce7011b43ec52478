/*
 * The page of a feed: what it is, a link that a calendar app opens, the same as a
 * picture for a phone, the address to copy. Pure.
 */
#ifndef CALENDARS_FEED_PAGE_H
#define CALENDARS_FEED_PAGE_H

#include "base/str.h"
#include "calendars/mail_words.h"

struct feed_page {
	enum mail_language language;
	const char *name;    /* of the calendar */
	const char *webcal;  /* address, webcal://… */
	const char *address; /* the same, https://… */
	const char *picture; /* a QR code of webcal, as SVG; ours */
};

void feed_page_write(struct str *out, const struct feed_page *p);

#endif
