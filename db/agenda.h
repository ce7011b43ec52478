/*
 * What some members have between two instants: their weekly hours, and when they cannot
 * come (commitments, days away, their own calendars). For proposing times; that nobody is
 * in two places is kept by the commitments themselves. Errors as in db.h.
 */
#ifndef DB_AGENDA_H
#define DB_AGENDA_H

#include "db/db.h"

struct db_agenda_person {
	struct id id;
	const char *display_name, *time_zone;
	const char *windows; /* "begin end;…", minutes of the week; or NULL */
};

struct db_agenda_busy {
	struct id member_id;
	int64_t begin, end;
};

struct db_agenda {
	int64_t from, to; /* the caller's */
	/* The commitment to this session or meeting does not count; NULL: all do. */
	const struct id *but;
	struct db_agenda_person *person; /* in the order asked for */
	struct db_agenda_busy *busy;
	size_t n_people, n_busy;
};

/* Members who are not there (or erased) are left out. ret->from, ->to and ->but are set
 * by the caller. */
enum err_code db_agenda(struct db *db, struct arena *a,
    const struct id *community, const struct id *member, size_t n,
    struct db_agenda *ret, struct err *e) ERR_CHECKED;

extern const struct db_stmt *const db_agenda_stmts[];

#endif
