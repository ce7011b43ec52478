/*
 * From a claimed message of the outbox to the mail that goes out: whose language, whose
 * clock, which addresses. The mail is a function of the message and of its recipient.
 */
#ifndef API_LETTER_H
#define API_LETTER_H

#include "api/mail_address.h"
#include "base/conf.h"
#include "base/str.h"
#include "base/zone.h"
#include "calendars/mail_words.h"
#include "db/delivery.h"

struct tz;

struct letter {
	char from[MAIL_ADDRESS_SIZE]; /* of the envelope: bounces go there */
	const char *to;
	const char *withheld; /* why it is not wanted any more; NULL: it is */
};

/* Appends the mail to `out`, unless it is withheld. Errors are the message's own: no
 * other attempt will do better. */
enum err_code letter_write(struct arena *a, const struct conf *conf,
    struct tz *tz, const struct db_claim *claim, const struct db_letter *row,
    int64_t now, struct letter *ret_letter, struct str *out,
    struct err *e) ERR_CHECKED;

/* The first language of the list (separated by spaces) that mail speaks, or the other. */
enum mail_language letter_language(const char *spoken, const char *otherwise);

/* A zone of the system's data; one that it does not have any more is UTC. */
enum err_code letter_zone(struct tz *tz, const char *name,
    const struct zone **ret_zone, struct err *e) ERR_CHECKED;

#endif
