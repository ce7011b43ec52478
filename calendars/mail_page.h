/*
 * The page that a link in a mail opens: what it is about, and a button for each thing
 * that can be done. Looking at it changes nothing; each button is a POST. Pure.
 */
#ifndef CALENDARS_MAIL_PAGE_H
#define CALENDARS_MAIL_PAGE_H

#include "calendars/mail_body.h"

struct mail_page {
	struct mail_look look;
	const char *path;   /* of the page on its server: /rsvp/TOKEN */
	bool is_stopped;    /* the member asked for no mail */
	const char *answer; /* "accepted" …; NULL: none yet */
	bool is_open;       /* it can be answered */
};

void mail_page_write(struct str *out, const struct mail_page *p);

#endif
