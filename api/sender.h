/*
 * The sender of mail: one thread with a connection of its own to the database and one to
 * the mail server, beside the job worker. Any number of processes may have one.
 *
 *   claim the oldest message that is due (lease, epoch) -> make the mail -> hand it over
 *   -> say what became of it
 *
 * At least once: a sender that dies between the server's yes and its own note of it
 * leaves a message that is sent again, the same octets under the same Message-ID. What
 * is put off comes back after 1, 2, 4 … minutes, at most 4 hours, each with jitter, and
 * is given up after mail_attempts. A mail server that cannot be used at all costs no
 * message an attempt: the sender itself waits, up to a minute.
 */
#ifndef API_SENDER_H
#define API_SENDER_H

#include "base/conf.h"
#include "base/err.h"

struct tz;
struct sender;

struct sender_options {
	const struct conf *conf; /* borrowed for the sender's life, as is tz */
	const char *conninfo;    /* of the database; copied by db_open */
	struct tz *tz;
	bool allow_unsafe; /* of db_options: tests only */
};

/* Without smtp_url there is none: *ret_sender is NULL. ERR_FIELD names a setting;
 * ERR_DB_DOWN, ERR_NOMEM. */
enum err_code sender_start(const struct sender_options *o,
    struct sender **ret_sender, struct err *e) ERR_CHECKED;

/* Ends the talk with the mail server and waits for the thread. NULL is fine. */
void sender_stop(struct sender *s);

#endif
