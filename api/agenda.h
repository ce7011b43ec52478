/* The agendas of some members, from the database's rows to what the scheduler takes. */
#ifndef API_AGENDA_H
#define API_AGENDA_H

#include "api/call.h"
#include "db/agenda.h"
#include "scheduler/schedule.h"

struct agenda {
	struct db_agenda rows;   /* from, to and but are the caller's */
	struct community people; /* windows and zones, as rows.person */
	struct busy_time *busy;
	uint32_t n_busy;
};

/* In the call's arena. The caller has judged who asks: hours of people who may not be
 * seen otherwise. ERR_NOT_FOUND when one of them is not there any more. */
enum err_code agenda_read(struct call *c, const struct id *member, size_t n,
    struct agenda *ret, struct err *e) ERR_CHECKED;

#endif
