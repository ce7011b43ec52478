/* What members have between two instants: see agenda.h. */
#include "db/agenda.h"

static const struct db_stmt PEOPLE = {"agenda_people",
    "SELECT m.id, m.display_name, m.time_zone, "
    "(SELECT string_agg(a.weekday * 1440 + a.begin_minute || ' ' "
    "|| a.weekday * 1440 + a.end_minute, ';' "
    "ORDER BY a.weekday, a.begin_minute) FROM availability a "
    "WHERE a.community_id = m.community_id AND a.member_id = m.id) "
    "FROM unnest($2::uuid[]) WITH ORDINALITY AS asked (id, place) "
    "JOIN member m ON m.community_id = $1 AND m.id = asked.id "
    "AND m.erased_at IS NULL ORDER BY asked.place"};

static const struct db_stmt BUSY = {"agenda_busy",
    "WITH people AS (SELECT unnest($2::uuid[]) AS member_id) "
    "SELECT k.member_id, lower(k.during), upper(k.during) FROM commitment k "
    "JOIN people USING (member_id) WHERE k.community_id = $1 "
    "AND coalesce(k.session_id, k.meeting_id) IS DISTINCT FROM $3::uuid "
    "AND k.during && tstzrange($4::timestamptz, $5::timestamptz) "
    "UNION ALL "
    "SELECT x.member_id, x.date_from::timestamp AT TIME ZONE m.time_zone, "
    "(x.date_to + 1)::timestamp AT TIME ZONE m.time_zone "
    "FROM availability_exception x JOIN people USING (member_id) "
    "JOIN member m ON m.community_id = x.community_id AND m.id = x.member_id "
    "WHERE x.community_id = $1 AND x.date_to >= $4::timestamptz::date - 1 "
    "AND x.date_from <= $5::timestamptz::date + 1 "
    "UNION ALL "
    "SELECT b.member_id, b.starts_at, b.ends_at FROM busy_time b "
    "JOIN people USING (member_id) WHERE b.community_id = $1 "
    "AND b.ends_at > $4::timestamptz AND b.starts_at < $5::timestamptz"};

const struct db_stmt *const db_agenda_stmts[] = {&PEOPLE, &BUSY, NULL};

static enum err_code read_people(struct db *db, struct arena *a,
    const struct id *community, const struct id *member, size_t n,
    struct db_agenda *ret, struct err *e)
{
	const struct db_rows *r;
	enum err_code rc = db_rows(db, a, &PEOPLE,
	    DB_ARGS(db_id(community), db_ids(member, n)), &r, e);

	if (rc != ERR_OK)
		return rc;
	ret->n_people = db_count(r);
	ret->person = ARENA_ARRAY(a, ret->n_people, struct db_agenda_person);
	for (size_t i = 0; ret->person != NULL && i < ret->n_people; i++)
		ret->person[i] = (struct db_agenda_person){db_get_id(r, i, 0),
		    db_get_text(r, i, 1), db_get_text(r, i, 2),
		    db_get_text(r, i, 3)};
	return ret->person != NULL
		   ? ERR_OK
		   : ERR_SET(e, NOMEM, "no memory for the people");
}

enum err_code db_agenda(struct db *db, struct arena *a,
    const struct id *community, const struct id *member, size_t n,
    struct db_agenda *ret, struct err *e)
{
	const struct db_rows *r;
	enum err_code rc = read_people(db, a, community, member, n, ret, e);

	if (rc == ERR_OK)
		rc = db_rows(db, a, &BUSY,
		    DB_ARGS(db_id(community), db_ids(member, n),
			db_id(ret->but), db_instant(ret->from),
			db_instant(ret->to)),
		    &r, e);
	if (rc != ERR_OK)
		return rc;
	ret->n_busy = db_count(r);
	ret->busy = ARENA_ARRAY(a, ret->n_busy, struct db_agenda_busy);
	for (size_t i = 0; ret->busy != NULL && i < ret->n_busy; i++)
		ret->busy[i] = (struct db_agenda_busy){db_get_id(r, i, 0),
		    db_get_instant(r, i, 1), db_get_instant(r, i, 2)};
	return ret->busy != NULL
		   ? ERR_OK
		   : ERR_SET(e, NOMEM, "no memory for the busy times");
}
