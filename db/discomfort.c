/* The ledger of fairness: see discomfort.h. Whose commitment to a session outlived it
 * was to be there; sessions that were cancelled have none. */
#include "db/discomfort.h"

static const struct db_stmt DUE = {"discomfort_due",
    "SELECT s.community_id, k.member_id, s.id, s.starts_at, s.ends_at,"
    " m.time_zone, coalesce(hours_text(m.preferred_hours), '')"
    " FROM session s JOIN commitment k"
    " ON k.community_id = s.community_id AND k.session_id = s.id"
    " JOIN member m ON m.community_id = k.community_id AND m.id = k.member_id"
    " WHERE s.state = 'scheduled' AND s.ends_at <= now()"
    " AND m.erased_at IS NULL AND NOT EXISTS (SELECT FROM discomfort d"
    "  WHERE d.community_id = s.community_id AND d.session_id = s.id"
    "  AND d.member_id = k.member_id)"
    " ORDER BY s.ends_at, s.id, k.member_id LIMIT $1::int"};
static const struct db_stmt ADD = {"discomfort_add",
    "INSERT INTO discomfort (community_id, member_id, session_id, held_at, points)"
    " VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING"};
static const struct db_stmt GET = {"discomfort_get",
    "SELECT json_build_object('member_id', m.id,"
    " 'carried', carried_discomfort($1::uuid, $2::uuid, now(), $3::int),"
    " 'half_life_days', $3::int, 'items', (SELECT coalesce(json_agg("
    "  json_build_object('session_id', d.session_id,"
    "   'held_at', rfc3339(d.held_at), 'points', d.points)"
    "   ORDER BY d.held_at DESC, d.session_id), '[]')"
    "  FROM (SELECT * FROM discomfort WHERE community_id = $1"
    "   AND member_id = $2 ORDER BY held_at DESC, session_id LIMIT $4::int) d))"
    " FROM member m WHERE m.community_id = $1 AND m.id = $2"};
static const struct db_stmt CARRIED = {"discomfort_carried",
    "SELECT * FROM (SELECT p.member_id, carried_discomfort($1::uuid,"
    "  p.member_id, p.begins, $3::int) AS points"
    "  FROM (SELECT DISTINCT e.member_id, i.first_date::timestamp"
    "    AT TIME ZONE i.anchor_time_zone AS begins"
    "   FROM intake i JOIN enrollment e ON e.community_id = i.community_id"
    "   AND e.program_id = i.program_id AND e.state = 'active'"
    "   WHERE i.community_id = $1 AND i.id = $2) AS p) AS c"
    " WHERE points > 0 ORDER BY member_id"};

const struct db_stmt *const db_discomfort_stmts[] = {
    &DUE, &ADD, &GET, &CARRIED, NULL};

enum err_code db_discomfort_due(struct db *db, struct arena *a,
    struct db_discomfort_due **ret_due, size_t *ret_n, struct err *e)
{
	const struct db_rows *r;
	struct db_discomfort_due *due;
	enum err_code code =
	    db_rows(db, a, &DUE, DB_ARGS(db_int(DB_DISCOMFORT_BATCH)), &r, e);

	if (code != ERR_OK)
		return code;
	due = ARENA_ARRAY(a, db_count(r), struct db_discomfort_due);
	if (due == NULL)
		return ERR_SET(e, NOMEM, "no memory for what is due");
	for (size_t i = 0; i < db_count(r); i++)
		due[i] = (struct db_discomfort_due){
		    .community_id = db_get_id(r, i, 0),
		    .member_id = db_get_id(r, i, 1),
		    .session_id = db_get_id(r, i, 2),
		    .start = db_get_instant(r, i, 3),
		    .end = db_get_instant(r, i, 4),
		    .time_zone = db_get_text(r, i, 5),
		    .preferred = db_get_text(r, i, 6),
		};
	*ret_due = due;
	*ret_n = db_count(r);
	return ERR_OK;
}

enum err_code db_discomfort_add(struct db *db,
    const struct db_discomfort_due *d, unsigned points, struct err *e)
{
	return db_exec(db, &ADD,
	    DB_ARGS(db_id(&d->community_id), db_id(&d->member_id),
		db_id(&d->session_id), db_instant(d->start), db_int(points)),
	    NULL, e);
}

enum err_code db_discomfort_get(struct db *db, struct arena *a,
    const struct id *community, const struct id *member, int64_t half_life_days,
    const char **ret_json, struct err *e)
{
	const struct db_rows *r;
	enum err_code code = db_one(db, a, &GET,
	    DB_ARGS(db_id(community), db_id(member), db_int(half_life_days),
		db_int(DB_DISCOMFORT_SHOWN)),
	    "member", &r, e);

	if (code == ERR_OK)
		*ret_json = db_get_text(r, 0, 0);
	return code;
}

enum err_code db_discomfort_carried(struct db *db, struct arena *a,
    const struct id *community, const struct id *intake, int64_t half_life_days,
    struct db_carried **ret_carried, size_t *ret_n, struct err *e)
{
	const struct db_rows *r;
	struct db_carried *carried;
	enum err_code code = db_rows(db, a, &CARRIED,
	    DB_ARGS(db_id(community), db_id(intake), db_int(half_life_days)),
	    &r, e);

	if (code != ERR_OK)
		return code;
	carried = ARENA_ARRAY(a, db_count(r), struct db_carried);
	if (carried == NULL)
		return ERR_SET(e, NOMEM, "no memory for what people carry");
	for (size_t i = 0; i < db_count(r); i++)
		carried[i] = (struct db_carried){
		    db_get_id(r, i, 0), db_get_int(r, i, 1)};
	*ret_carried = carried;
	*ret_n = db_count(r);
	return ERR_OK;
}
