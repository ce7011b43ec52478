/*
 * What one of our own iTIP messages says, read back from its text: mail tells people
 * exactly what their calendar app is told. Not for texts of others. Any thread.
 */
#ifndef CALENDARS_MAIL_EVENT_H
#define CALENDARS_MAIL_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

struct mail_session {
	int64_t start, end;
};

struct mail_event {
	const char *method; /* ITIP_REQUEST, ITIP_CANCEL; a constant */
	const char *title, *description, *location; /* never NULL */
	int64_t sequence;
	bool is_one;     /* about one session of a series … */
	int64_t planned; /* … that was planned for then */
	const struct mail_session *session; /* by time */
	size_t n_sessions;
};

/* In the arena. ERR_BUG when it is none of ours; ERR_NOMEM. */
enum err_code mail_event_read(struct arena *a, const char *ics,
    struct mail_event *ret_event, struct err *e) ERR_CHECKED;

/* When its last session ends. */
int64_t mail_event_end(const struct mail_event *ev);

#endif
