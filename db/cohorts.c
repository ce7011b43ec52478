/* Published cohorts: see cohorts.h. */
#include "db/cohorts.h"

enum {
	SUCCESSORS_MAX = 1000
};

#define FOUND                                                                       \
	"SELECT c.guide_id, i.program_id, c.row_version, c.state, c.name, i.name, " \
	"i.anchor_time_zone, coalesce(w.location, ''), "                            \
	"coalesce(w.description, ''), g.display_name FROM cohort c "                \
	"JOIN intake i ON i.community_id = c.community_id AND i.id = c.intake_id "  \
	"JOIN member g ON g.community_id = c.community_id AND g.id = c.guide_id "   \
	"LEFT JOIN LATERAL (SELECT e.location, e.description FROM session s "       \
	"JOIN event e ON e.community_id = s.community_id AND e.id = s.event_id "    \
	"WHERE s.community_id = c.community_id AND s.cohort_id = c.id LIMIT 1) "    \
	"AS w ON true WHERE c.community_id = $1 AND c.id = $2"

static const struct db_stmt FIND = {"cohort_find", FOUND};
static const struct db_stmt LOCK = {"cohort_lock", FOUND " FOR UPDATE OF c"};

static const struct db_stmt AHEAD = {"cohort_ahead",
    "SELECT id, starts_at, ends_at FROM session "
    "WHERE community_id = $1 AND cohort_id = $2 AND state = 'scheduled' "
    "AND starts_at > now() ORDER BY starts_at"};

/* Active guides of the program who are not in the cohort, do not pause, and speak its
 * language at the level of the intake. */
static const struct db_stmt SUCCESSORS = {"cohort_successors",
    "SELECT n.member_id FROM cohort c JOIN intake i "
    "ON i.community_id = c.community_id AND i.id = c.intake_id "
    "JOIN enrollment n ON n.community_id = i.community_id "
    "AND n.program_id = i.program_id AND n.role = 'guide' "
    "AND n.state = 'active' "
    "AND coalesce(n.paused_until <= current_date, true) "
    "JOIN member m ON m.community_id = n.community_id AND m.id = n.member_id "
    "AND m.erased_at IS NULL "
    "WHERE c.community_id = $1 AND c.id = $2 "
    "AND NOT EXISTS (SELECT FROM cohort_member x "
    "WHERE x.community_id = c.community_id AND x.cohort_id = c.id "
    "AND x.member_id = n.member_id) "
    "AND EXISTS (SELECT FROM jsonb_array_elements(m.languages) AS l, "
    "(VALUES ('{A1,A2,B1,B2,C1,C2,native}'::text[])) AS v (levels) "
    "WHERE lower(split_part(l ->> 'language', '-', 1)) = c.language "
    "AND array_position(v.levels, l ->> 'level') >= "
    "array_position(v.levels, i.language_level)) "
    "ORDER BY n.member_id LIMIT $3"};

static const struct db_stmt EVENTS = {"cohort_events",
    "SELECT event_id FROM session WHERE community_id = $1 AND cohort_id = $2 "
    "GROUP BY event_id ORDER BY min(starts_at), event_id"};

static const struct db_stmt DESCRIBE = {"cohort_describe",
    "UPDATE cohort SET name = $3, guide_id = $4, "
    "row_version = row_version + 1 "
    "WHERE community_id = $1 AND id = $2"};

/* Its people changed. */
static const struct db_stmt TOUCH = {"cohort_touch",
    "UPDATE cohort SET row_version = row_version + 1 "
    "WHERE community_id = $1 AND id = $2"};

static const struct db_stmt DESCRIBE_EVENTS = {"cohort_describe_events",
    "UPDATE event SET summary = $3, location = $4, description = $5 "
    "WHERE community_id = $1 AND id IN (SELECT event_id FROM session "
    "WHERE community_id = $1 AND cohort_id = $2)"};

static const struct db_stmt GUIDE_NAME = {"cohort_guide_name",
    "SELECT m.display_name FROM enrollment n JOIN member m "
    "ON m.community_id = n.community_id AND m.id = n.member_id "
    "WHERE n.community_id = $1 AND n.program_id = $2 AND n.member_id = $3 "
    "AND n.role = 'guide' AND n.state = 'active' AND m.erased_at IS NULL"};

static const struct db_stmt ADD = {"cohort_add_member",
    "INSERT INTO cohort_member (community_id, cohort_id, member_id, part) "
    "SELECT n.community_id, $2::uuid, n.member_id, $5::text "
    "FROM enrollment n JOIN member m "
    "ON m.community_id = n.community_id AND m.id = n.member_id "
    "WHERE n.community_id = $1 AND n.program_id = $3 AND n.member_id = $4 "
    "AND n.role = $5 AND n.state = 'active' AND m.erased_at IS NULL "
    "FOR KEY SHARE OF m"};

static const struct db_stmt COMMIT = {"cohort_commit_member",
    "INSERT INTO commitment (community_id, member_id, during, session_id) "
    "SELECT community_id, $3::uuid, tstzrange(starts_at, ends_at), id "
    "FROM session WHERE community_id = $1 AND cohort_id = $2 "
    "AND state = 'scheduled' AND starts_at > now()"};

static const struct db_stmt REMOVE = {"cohort_remove_member",
    "DELETE FROM cohort_member WHERE community_id = $1 AND cohort_id = $2 "
    "AND member_id = $3 AND part = $4"};

static const struct db_stmt FREE = {"cohort_free_member",
    "DELETE FROM commitment k USING session s "
    "WHERE k.community_id = $1 AND s.community_id = $1 "
    "AND s.id = k.session_id AND s.cohort_id = $2 AND s.starts_at > now() "
    "AND ($3::uuid IS NULL OR k.member_id = $3)"};

static const struct db_stmt CANCEL = {"cohort_cancel",
    "UPDATE cohort SET state = 'cancelled' "
    "WHERE community_id = $1 AND id = $2"};

static const struct db_stmt CLOCKS = {"cohort_clocks",
    "SELECT m.id, m.time_zone FROM cohort c JOIN cohort_member x "
    "ON x.community_id = c.community_id AND x.cohort_id = c.id "
    "JOIN member_card m "
    "ON m.community_id = x.community_id AND m.id = x.member_id "
    "WHERE c.community_id = $1 AND c.id = $2 AND ($3::uuid IS NULL "
    "OR (c.state <> 'proposed' AND EXISTS (SELECT FROM cohort_member y "
    "WHERE y.community_id = c.community_id AND y.cohort_id = c.id "
    "AND y.member_id = $3))) ORDER BY x.part, m.id"};

static const struct db_stmt STARTS = {"cohort_starts",
    "SELECT starts_at, time_zone FROM session WHERE community_id = $1 "
    "AND cohort_id = $2 AND state = 'scheduled' ORDER BY starts_at, id"};

const struct db_stmt *const db_cohort_stmts[] = {&FIND, &LOCK, &AHEAD,
    &SUCCESSORS, &EVENTS, &DESCRIBE, &TOUCH, &DESCRIBE_EVENTS, &GUIDE_NAME,
    &ADD, &COMMIT, &REMOVE, &FREE, &CANCEL, &CLOCKS, &STARTS, NULL};

static enum err_code find(struct db *db, struct arena *a,
    const struct db_stmt *stmt, const struct id *community, const struct id *id,
    struct db_cohort *ret_cohort, struct err *e)
{
	const struct db_rows *r;
	enum err_code rc = db_one(
	    db, a, stmt, DB_ARGS(db_id(community), db_id(id)), "cohort", &r, e);

	if (rc == ERR_OK)
		*ret_cohort = (struct db_cohort){
		    .id = *id,
		    .guide_id = db_get_id(r, 0, 0),
		    .program_id = db_get_id(r, 0, 1),
		    .row_version = db_get_int(r, 0, 2),
		    .state = db_get_text(r, 0, 3),
		    .name = db_get_text(r, 0, 4),
		    .intake_name = db_get_text(r, 0, 5),
		    .anchor_time_zone = db_get_text(r, 0, 6),
		    .location = db_get_text(r, 0, 7),
		    .description = db_get_text(r, 0, 8),
		    .guide_name = db_get_text(r, 0, 9),
		};
	return rc;
}

enum err_code db_cohort_find(struct db *db, struct arena *a,
    const struct id *community, const struct id *id,
    struct db_cohort *ret_cohort, struct err *e)
{
	return find(db, a, &FIND, community, id, ret_cohort, e);
}

enum err_code db_cohort_lock(struct db *db, struct arena *a,
    const struct id *community, const struct id *id,
    struct db_cohort *ret_cohort, struct err *e)
{
	return find(db, a, &LOCK, community, id, ret_cohort, e);
}

enum err_code db_cohort_ahead(struct db *db, struct arena *a,
    const struct id *community, const struct id *id,
    struct db_cohort_session **ret_session, size_t *ret_n, struct err *e)
{
	const struct db_rows *r;
	struct db_cohort_session *session;
	enum err_code rc =
	    db_rows(db, a, &AHEAD, DB_ARGS(db_id(community), db_id(id)), &r, e);

	if (rc != ERR_OK)
		return rc;
	session = ARENA_ARRAY(a, db_count(r), struct db_cohort_session);
	if (session == NULL)
		return ERR_SET(e, NOMEM, "too many sessions");
	for (size_t i = 0; i < db_count(r); i++)
		session[i] = (struct db_cohort_session){db_get_id(r, i, 0),
		    db_get_instant(r, i, 1), db_get_instant(r, i, 2)};
	*ret_session = session;
	*ret_n = db_count(r);
	return ERR_OK;
}

enum err_code db_cohort_successors(struct db *db, struct arena *a,
    const struct id *community, const struct id *id, struct id **ret_member,
    size_t *ret_n, struct err *e)
{
	const struct db_rows *r;
	enum err_code rc = db_rows(db, a, &SUCCESSORS,
	    DB_ARGS(db_id(community), db_id(id), db_int(SUCCESSORS_MAX)), &r,
	    e);

	if (rc != ERR_OK)
		return rc;
	*ret_n = db_count(r);
	*ret_member = ARENA_ARRAY(a, *ret_n, struct id);
	for (size_t i = 0; *ret_member != NULL && i < *ret_n; i++)
		(*ret_member)[i] = db_get_id(r, i, 0);
	return *ret_member != NULL
		   ? ERR_OK
		   : ERR_SET(e, NOMEM, "no memory for the successors");
}

enum err_code db_cohort_events(struct db *db, struct arena *a,
    const struct id *community, const struct id *id, struct id **ret_event,
    size_t *ret_n, struct err *e)
{
	const struct db_rows *r;
	struct id *event;
	enum err_code rc = db_rows(
	    db, a, &EVENTS, DB_ARGS(db_id(community), db_id(id)), &r, e);

	if (rc != ERR_OK)
		return rc;
	event = ARENA_ARRAY(a, db_count(r), struct id);
	if (event == NULL)
		return ERR_SET(e, NOMEM, "too many events");
	for (size_t i = 0; i < db_count(r); i++)
		event[i] = db_get_id(r, i, 0);
	*ret_event = event;
	*ret_n = db_count(r);
	return ERR_OK;
}

enum err_code db_cohort_describe(struct db *db, const struct id *community,
    const struct db_cohort *c, const char *summary, struct err *e)
{
	enum err_code rc = db_exec(db, &DESCRIBE,
	    DB_ARGS(db_id(community), db_id(&c->id), db_text(c->name),
		db_id(&c->guide_id)),
	    NULL, e);

	if (rc != ERR_OK)
		return rc;
	return db_exec(db, &DESCRIBE_EVENTS,
	    DB_ARGS(db_id(community), db_id(&c->id), db_text(summary),
		db_text(c->location), db_text(c->description)),
	    NULL, e);
}

enum err_code db_cohort_guide_name(struct db *db, struct arena *a,
    const struct id *community, const struct id *program,
    const struct id *member, const char **ret_name, struct err *e)
{
	const struct db_rows *r;
	enum err_code rc = db_rows(db, a, &GUIDE_NAME,
	    DB_ARGS(db_id(community), db_id(program), db_id(member)), &r, e);

	if (rc != ERR_OK)
		return rc;
	if (db_count(r) == 0) {
		err_add_field(e, ERR_VALIDATION, "/guide_id",
		    "expected an active guide of the program");
		return ERR_VALIDATION;
	}
	*ret_name = db_get_text(r, 0, 0);
	return ERR_OK;
}

enum err_code db_cohort_add_member(struct db *db, const struct id *community,
    const struct db_cohort *c, const struct id *member, const char *part,
    struct err *e)
{
	int64_t n;
	enum err_code rc = db_exec(db, &ADD,
	    DB_ARGS(db_id(community), db_id(&c->id), db_id(&c->program_id),
		db_id(member), db_text(part)),
	    &n, e);

	if (rc == ERR_OK && n == 0)
		return ERR_SET(e, VALIDATION,
		    "expected an active %s of the program", part);
	if (rc == ERR_OK)
		rc = db_exec(db, &COMMIT,
		    DB_ARGS(db_id(community), db_id(&c->id), db_id(member)),
		    NULL, e);
	return rc == ERR_OK
		   ? db_exec(db, &TOUCH,
			 DB_ARGS(db_id(community), db_id(&c->id)), NULL, e)
		   : rc;
}

enum err_code db_cohort_remove_member(struct db *db, const struct id *community,
    const struct id *cohort, const struct id *member, const char *part,
    struct err *e)
{
	int64_t n;
	enum err_code rc = db_exec(db, &REMOVE,
	    DB_ARGS(
		db_id(community), db_id(cohort), db_id(member), db_text(part)),
	    &n, e);

	if (rc == ERR_OK && n == 0)
		return ERR_SET(
		    e, NOT_FOUND, "there is no such %s in the cohort", part);
	if (rc == ERR_OK)
		rc = db_exec(db, &FREE,
		    DB_ARGS(db_id(community), db_id(cohort), db_id(member)),
		    NULL, e);
	return rc == ERR_OK
		   ? db_exec(db, &TOUCH,
			 DB_ARGS(db_id(community), db_id(cohort)), NULL, e)
		   : rc;
}

enum err_code db_cohort_cancel(struct db *db, const struct id *community,
    const struct id *id, struct err *e)
{
	enum err_code rc =
	    db_exec(db, &CANCEL, DB_ARGS(db_id(community), db_id(id)), NULL, e);

	if (rc != ERR_OK)
		return rc;
	return db_exec(db, &FREE,
	    DB_ARGS(db_id(community), db_id(id), db_null()), NULL, e);
}

static enum err_code read_starts(struct db *db, struct arena *a,
    const struct id *community, const struct id *id,
    struct db_cohort_clocks *ret, struct err *e)
{
	const struct db_rows *r;
	enum err_code code = db_rows(
	    db, a, &STARTS, DB_ARGS(db_id(community), db_id(id)), &r, e);

	if (code != ERR_OK)
		return code;
	ret->n_starts = db_count(r);
	ret->start = ARENA_ARRAY(a, ret->n_starts, int64_t);
	if (ret->start == NULL)
		return ERR_SET(e, NOMEM, "too many sessions");
	for (size_t i = 0; i < ret->n_starts; i++)
		ret->start[i] = db_get_instant(r, i, 0);
	ret->anchor = ret->n_starts > 0 ? db_get_text(r, 0, 1) : NULL;
	return ERR_OK;
}

enum err_code db_cohort_clocks(struct db *db, struct arena *a,
    const struct id *community, const struct id *id, const struct id *viewer,
    struct db_cohort_clocks *ret, struct err *e)
{
	struct db_cohort_clocks x = {.anchor = NULL};
	const struct db_rows *r;
	enum err_code code = db_rows(db, a, &CLOCKS,
	    DB_ARGS(db_id(community), db_id(id), db_id(viewer)), &r, e);

	if (code != ERR_OK)
		return code;
	x.n = db_count(r);
	if (x.n == 0)
		return ERR_SET(e, NOT_FOUND, "there is no such cohort");
	x.member_id = ARENA_ARRAY(a, x.n, struct id);
	x.time_zone = ARENA_ARRAY(a, x.n, const char *);
	if (x.member_id == NULL || x.time_zone == NULL)
		return ERR_SET(e, NOMEM, "too many people");
	for (size_t i = 0; i < x.n; i++) {
		x.member_id[i] = db_get_id(r, i, 0);
		x.time_zone[i] = db_get_text(r, i, 1);
	}
	code = read_starts(db, a, community, id, &x, e);
	if (code == ERR_OK)
		*ret = x;
	return code;
}
