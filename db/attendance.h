/*
 * A person's part in an event, found by the token in their mail. Errors as in db.h; any
 * thread with its own connection.
 */
#ifndef DB_ATTENDANCE_H
#define DB_ATTENDANCE_H

#include "db/db.h"

struct db_attendance {
	struct id id, community_id, member_id;
};

/* Whose the token is; the transaction acts for that member from here on. NOT_FOUND. */
enum err_code db_attendance_enter(struct db *db, struct arena *a,
    const char *token, struct db_attendance *ret, struct err *e) ERR_CHECKED;

/* What the page about it shows. */
struct db_attendance_page {
	const char *ics; /* the newest message about the event as a whole */
	const char *time_zone, *languages; /* the member's, as in db_letter */
	const char *event_zone, *community_name;
	bool is_stopped;
	const char *answer; /* to the event as a whole, or NULL */
	bool is_open;       /* it was not taken back */
};
enum err_code db_attendance_page(struct db *db, struct arena *a,
    const struct db_attendance *of, struct db_attendance_page *ret,
    struct err *e) ERR_CHECKED;

/* The member wants no mail, or wants it again. *ret_changed false: as it was. */
enum err_code db_attendance_stop_mail(struct db *db,
    const struct db_attendance *of, bool stop, bool *ret_changed,
    struct err *e) ERR_CHECKED;

/* SQL: the languages of the member m that they read mail in, best first. */
#define DB_ATTENDANCE_LANGUAGES                                           \
	"coalesce((SELECT string_agg(l.language, ' ' "                    \
	"ORDER BY array_position('{native,C2,C1,B2,B1}', l.level), l.n) " \
	"FROM ROWS FROM (jsonb_to_recordset(m.languages) "                \
	"AS (language text, level text)) "                                \
	"WITH ORDINALITY AS l (language, level, n) "                      \
	"WHERE l.level IN ('native', 'C2', 'C1', 'B2', 'B1')), '')"

extern const struct db_stmt *const db_attendance_stmts[];

#endif
