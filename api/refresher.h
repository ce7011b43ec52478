/*
 * Reads subscribed calendars again: one thread with a connection of its own to the
 * database, beside the job worker. Any number of processes may have one.
 *
 *   claim an address that is due (lease, epoch) -> get the text (fetch.h) -> read it in
 *   the limited child (busy_reading.h) -> what changed is stored, with what became of
 *   the attempt, in one transaction guarded by the epoch
 *
 * A good reading is followed by the next after busy_url_minutes, give or take a half; a
 * failure by another try after a quarter of an hour, then twice as long each time, up to
 * a day. The busy times of the last good reading stay meanwhile.
 */
#ifndef API_REFRESHER_H
#define API_REFRESHER_H

#include "base/conf.h"
#include "base/err.h"

struct refresher;

struct refresher_options {
	const struct conf *conf; /* borrowed for the refresher's life */
	const char *conninfo;    /* of the database; copied by db_open */
	bool allow_unsafe;       /* of db_options: tests only */
};

/* What the table of settings cannot say of them. ERR_FIELD. */
enum err_code refresher_check(const struct conf *conf, struct err *e);

/* With busy_url_minutes 0 there is none: *ret_refresher is NULL. ERR_FIELD names a
 * setting; ERR_DB_DOWN, ERR_NOMEM. */
enum err_code refresher_start(const struct refresher_options *o,
    struct refresher **ret_refresher, struct err *e) ERR_CHECKED;

/* Gives up what it reads and waits for the thread. NULL is fine. */
void refresher_stop(struct refresher *r);

#endif
