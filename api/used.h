/*
 * When tokens, identities, feeds and app passwords were last used: noted in memory by whoever lets a request in,
 * written to the database now and then by a thread with a connection of its own. So a
 * request that reads stays one that writes nothing. What is not written yet is lost
 * with the process; at most a moment's use.
 */
#ifndef API_USED_H
#define API_USED_H

#include "base/err.h"
#include "base/id.h"

enum used_kind {
	USED_TOKEN,
	USED_IDENTITY,
	USED_FEED,
	USED_APP_PASSWORD,
};

/* Any thread, also before the start and after the stop (nothing is written then). */
void used_note(
    enum used_kind kind, const struct id *community, const struct id *id);

/* One writer a process. ERR_DB_DOWN, ERR_IO. */
enum err_code used_start(const char *conninfo, struct err *e) ERR_CHECKED;
void used_stop(void); /* writes what is left; harmless without a start */

#endif
