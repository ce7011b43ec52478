/* Attendances: see attendance.h. */
#include "db/attendance.h"

static const struct db_stmt ENTER = {"attendance_enter",
    "SELECT id, community_id, member_id FROM enter_attendance($1)"};

static const struct db_stmt PAGE = {"attendance_page",
    "SELECT (SELECT v.ics FROM invitation v "
    "WHERE v.community_id = a.community_id AND v.event_id = a.event_id "
    "AND v.recipient_id = a.member_id AND v.recurrence_id IS NULL "
    "ORDER BY v.dtstamp DESC LIMIT 1), "
    "m.time_zone, " DB_ATTENDANCE_LANGUAGES ", e.time_zone, c.name, "
    "m.mail_stopped_at IS NOT NULL, a.answer, "
    "(SELECT v.method = 'REQUEST' FROM invitation v "
    "WHERE v.community_id = a.community_id AND v.event_id = a.event_id "
    "AND v.recipient_id = a.member_id AND v.recurrence_id IS NULL "
    "ORDER BY v.dtstamp DESC LIMIT 1) FROM attendance a "
    "JOIN member m ON m.community_id = a.community_id AND m.id = a.member_id "
    "JOIN event_card e ON e.community_id = a.community_id AND e.id = a.event_id "
    "JOIN community c ON c.community_id = a.community_id "
    "WHERE a.community_id = $1 AND a.id = $2"};

static const struct db_stmt STOP = {"attendance_stop_mail",
    "UPDATE member SET mail_stopped_at = CASE WHEN $3::boolean THEN now() END "
    "WHERE community_id = $1 AND id = $2 "
    "AND (mail_stopped_at IS NOT NULL) <> $3"};

const struct db_stmt *const db_attendance_stmts[] = {
    &ENTER, &PAGE, &STOP, NULL};

enum err_code db_attendance_enter(struct db *db, struct arena *a,
    const char *token, struct db_attendance *ret, struct err *e)
{
	const struct db_rows *r;
	enum err_code rc =
	    db_one(db, a, &ENTER, DB_ARGS(db_text(token)), "page", &r, e);

	if (rc == ERR_OK)
		*ret = (struct db_attendance){
		    .id = db_get_id(r, 0, 0),
		    .community_id = db_get_id(r, 0, 1),
		    .member_id = db_get_id(r, 0, 2),
		};
	return rc;
}

enum err_code db_attendance_page(struct db *db, struct arena *a,
    const struct db_attendance *of, struct db_attendance_page *ret,
    struct err *e)
{
	const struct db_rows *r;
	enum err_code rc = db_one(db, a, &PAGE,
	    DB_ARGS(db_id(&of->community_id), db_id(&of->id)), "page", &r, e);

	if (rc == ERR_OK)
		*ret = (struct db_attendance_page){
		    .ics = db_get_text(r, 0, 0),
		    .time_zone = db_get_text(r, 0, 1),
		    .languages = db_get_text(r, 0, 2),
		    .event_zone = db_get_text(r, 0, 3),
		    .community_name = db_get_text(r, 0, 4),
		    .is_stopped = db_get_bool(r, 0, 5),
		    .answer = db_get_text(r, 0, 6),
		    .is_open = db_get_bool(r, 0, 7),
		};
	return rc;
}

enum err_code db_attendance_stop_mail(struct db *db,
    const struct db_attendance *of, bool stop, bool *ret_changed, struct err *e)
{
	int64_t n = 0;
	enum err_code rc = db_exec(db, &STOP,
	    DB_ARGS(
		db_id(&of->community_id), db_id(&of->member_id), db_bool(stop)),
	    &n, e);

	*ret_changed = n > 0;
	return rc;
}
