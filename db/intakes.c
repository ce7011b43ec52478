/* Intakes, their cohorts and sessions: see intakes.h. */
#include "db/intakes.h"

/* The values of $4 … $16, in the order of VALUE_ARGS. */
#define VALUE_COLUMNS                                                      \
	"name, anchor_time_zone, first_date, last_date, session_minutes, " \
	"sessions_per_week, cohort_min, cohort_max, allowed_misses, "      \
	"slots_per_cohort, most_per_organization, language_level, holidays"

static const struct db_stmt INSERT = {"db_intake_insert",
    "INSERT INTO intake (community_id, id, program_id, " VALUE_COLUMNS ") "
    "SELECT $1::uuid, $2::uuid, p.id, $4::text, $5::text, $6::date, $7::date, "
    "$8::int, $9::int, $10::int, $11::int, $12::int, $13::int, $14::int, "
    "$15::text, $16::text[]::date[] "
    "FROM program p WHERE p.community_id = $1 AND p.id = $3"};

static const struct db_stmt UPDATE = {"db_intake_update",
    "UPDATE intake SET (" VALUE_COLUMNS ") = ROW($3::text, $4::text, "
    "$5::date, $6::date, $7::int, $8::int, $9::int, $10::int, $11::int, "
    "$12::int, $13::int, $14::text, $15::text[]::date[]) WHERE community_id = $1 AND id = $2"};

#define SELECT_ROW                                                        \
	"SELECT program_id, row_version, state, name, anchor_time_zone, " \
	"first_date, last_date, session_minutes, sessions_per_week, "     \
	"cohort_min, cohort_max, allowed_misses, slots_per_cohort, "      \
	"most_per_organization, language_level "                          \
	"FROM intake WHERE community_id = $1 AND id = $2"

static const struct db_stmt FIND = {"db_intake_find", SELECT_ROW};

static const struct db_stmt LOCK = {"db_intake_lock", SELECT_ROW " FOR UPDATE"};

static const struct db_stmt HOLIDAYS = {"db_intake_holidays",
    "SELECT h::text FROM intake, unnest(holidays) h "
    "WHERE community_id = $1 AND id = $2 ORDER BY h"};

static const struct db_stmt SET_STATE = {"db_intake_set_state",
    "UPDATE intake SET state = $3, error = $4, progress = NULL "
    "WHERE community_id = $1 AND id = $2"};

static const struct db_stmt SET_PROGRESS = {"db_intake_set_progress",
    "UPDATE intake SET state = 'running', progress = $3::jsonb "
    "WHERE community_id = $1 AND id = $2"};

static const struct db_stmt SET_PLAN = {"db_intake_set_plan",
    "UPDATE intake SET state = 'solved', error = NULL, input = $3, "
    "plan = $4::json WHERE community_id = $1 AND id = $2"};

/* Events go after the sessions that name them: one statement, two steps. */
static const struct db_stmt CLEAR_SESSIONS = {"db_intake_clear_sessions",
    "WITH old AS (DELETE FROM session s USING cohort c "
    "WHERE c.community_id = $1 AND c.intake_id = $2 AND c.state = 'proposed' "
    "AND s.community_id = c.community_id AND s.cohort_id = c.id "
    "RETURNING s.event_id) SELECT DISTINCT event_id FROM old"};

static const struct db_stmt CLEAR_EVENTS = {"db_intake_clear_events",
    "DELETE FROM event WHERE community_id = $1 AND id = ANY($2::uuid[])"};

static const struct db_stmt CLEAR_COHORTS = {"db_intake_clear_cohorts",
    "DELETE FROM cohort WHERE community_id = $1 AND intake_id = $2 "
    "AND state = 'proposed'"};

static const struct db_stmt CLEAR_PLAN = {"db_intake_clear_plan",
    "UPDATE intake SET input = NULL, plan = NULL "
    "WHERE community_id = $1 AND id = $2"};

static const struct db_stmt INSERT_COHORT = {"db_intake_insert_cohort",
    "INSERT INTO cohort (community_id, id, intake_id, name, guide_id, language) "
    "VALUES ($1, $2, $3, $4, $5, $6)"};

static const struct db_stmt INSERT_PEOPLE = {"db_intake_insert_people",
    "INSERT INTO cohort_member (community_id, cohort_id, member_id, part) "
    "SELECT $1::uuid, $2::uuid, $3::uuid, 'guide' UNION ALL "
    "SELECT $1::uuid, $2::uuid, n, 'newcomer' FROM unnest($4::uuid[]) n"};

static const struct db_stmt INSERT_SESSION = {"db_intake_insert_session",
    "INSERT INTO session (community_id, id, cohort_id, event_id, starts_at, "
    "ends_at, original_starts_at, local_date, local_time, time_zone, "
    "tzdata_version) VALUES ($1, $2, $3, $4, $5::timestamptz, $6, $5, "
    "($7::timestamptz AT TIME ZONE 'UTC')::date, "
    "($7 AT TIME ZONE 'UTC')::time, $8, $9)"};

static const struct db_stmt PUBLISH = {"db_intake_publish",
    "UPDATE cohort SET state = 'published' "
    "WHERE community_id = $1 AND intake_id = $2 AND state = 'proposed'"};

static const struct db_stmt COMMIT_PEOPLE = {"db_intake_commit_people",
    "INSERT INTO commitment (community_id, member_id, during, session_id) "
    "SELECT s.community_id, x.member_id, tstzrange(s.starts_at, s.ends_at), s.id "
    "FROM cohort c JOIN session s "
    "ON s.community_id = c.community_id AND s.cohort_id = c.id "
    "JOIN cohort_member x "
    "ON x.community_id = c.community_id AND x.cohort_id = c.id "
    "WHERE c.community_id = $1 AND c.intake_id = $2 AND s.state = 'scheduled'"};

static const struct db_stmt EVENTS = {"db_intake_events",
    "SELECT s.event_id FROM cohort c JOIN session s "
    "ON s.community_id = c.community_id AND s.cohort_id = c.id "
    "WHERE c.community_id = $1 AND c.intake_id = $2 "
    "GROUP BY s.event_id ORDER BY min(s.starts_at), s.event_id"};

static const struct db_stmt BUSY = {"db_intake_busy",
    "WITH people AS (SELECT DISTINCT member_id FROM enrollment "
    "WHERE community_id = $1 AND program_id = $2 AND state = 'active') "
    "SELECT k.member_id, lower(k.during), upper(k.during) FROM commitment k "
    "JOIN people USING (member_id) WHERE k.community_id = $1 "
    "AND k.during && tstzrange($3::timestamptz, $4::timestamptz) "
    "UNION ALL "
    "SELECT x.member_id, x.date_from::timestamp AT TIME ZONE m.time_zone, "
    "(x.date_to + 1)::timestamp AT TIME ZONE m.time_zone "
    "FROM availability_exception x JOIN people USING (member_id) "
    "JOIN member m ON m.community_id = x.community_id AND m.id = x.member_id "
    "WHERE x.community_id = $1 AND x.date_to >= $3::timestamptz::date - 1 "
    "AND x.date_from <= $4::timestamptz::date + 1 "
    "UNION ALL "
    "SELECT b.member_id, b.starts_at, b.ends_at FROM busy_time b "
    "JOIN people USING (member_id) WHERE b.community_id = $1 "
    "AND b.ends_at > $3::timestamptz AND b.starts_at < $4::timestamptz "
    "ORDER BY 1, 2, 3"};

static const struct db_stmt LIST = {"db_intake_list",
    "SELECT id, doc FROM intake_doc WHERE community_id = $1 "
    "AND program_id = $2 AND ($3::uuid IS NULL OR id > $3) "
    "ORDER BY id LIMIT $4"};

static const struct db_stmt GET = {"db_intake_get",
    "SELECT etag, doc FROM intake_doc WHERE community_id = $1 AND id = $2"};

static const struct db_stmt FILES = {"db_intake_files",
    "SELECT input, plan FROM intake WHERE community_id = $1 AND id = $2"};

#define IS_SEEN_BY                                                          \
	"($3::uuid IS NULL OR (d.state <> 'proposed' AND EXISTS (SELECT 1 " \
	"FROM cohort_member x WHERE x.community_id = d.community_id "       \
	"AND x.cohort_id = d.id AND x.member_id = $3)))"

static const struct db_stmt COHORT_LIST = {"db_cohort_list",
    "SELECT d.id, d.doc FROM cohort_doc d WHERE d.community_id = $1 "
    "AND ($2::uuid IS NULL OR d.intake_id = $2) AND " IS_SEEN_BY
    " AND ($4::uuid IS NULL OR d.id > $4) ORDER BY d.id LIMIT $5"};

static const struct db_stmt COHORT_GET = {"db_cohort_get",
    "SELECT d.etag, d.doc FROM cohort_doc d WHERE d.community_id = $1 "
    "AND d.id = $2 AND " IS_SEEN_BY};

const struct db_stmt *const db_intake_stmts[] = {&INSERT, &UPDATE, &FIND, &LOCK,
    &HOLIDAYS, &SET_STATE, &SET_PROGRESS, &SET_PLAN, &CLEAR_SESSIONS,
    &CLEAR_EVENTS, &CLEAR_COHORTS, &CLEAR_PLAN, &INSERT_COHORT, &INSERT_PEOPLE,
    &INSERT_SESSION, &PUBLISH, &COMMIT_PEOPLE, &EVENTS, &BUSY, &LIST, &GET,
    &FILES, &COHORT_LIST, &COHORT_GET, NULL};

#define VALUE_ARGS(v)                                                         \
	db_text((v)->name), db_text((v)->anchor_time_zone),                   \
	    db_date((v)->first_date), db_date((v)->last_date),                \
	    db_int((v)->session_minutes), db_int((v)->sessions_per_week),     \
	    db_int((v)->cohort_min), db_int((v)->cohort_max),                 \
	    db_int((v)->allowed_misses), db_int((v)->slots_per_cohort),       \
	    db_int((v)->most_per_organization), db_text((v)->language_level), \
	    db_texts((v)->holidays, (v)->n_holidays)

enum err_code db_intake_insert(struct db *db, const struct id *community,
    const struct id *id, const struct id *program,
    const struct intake_values *v, struct err *e)
{
	int64_t n;
	enum err_code rc = db_exec(db, &INSERT,
	    DB_ARGS(db_id(community), db_id(id), db_id(program), VALUE_ARGS(v)),
	    &n, e);

	if (rc == ERR_OK && n == 0)
		return ERR_SET(e, NOT_FOUND, "there is no such program");
	return rc;
}

enum err_code db_intake_update(struct db *db, const struct id *community,
    const struct id *id, const struct intake_values *v, struct err *e)
{
	return db_exec(db, &UPDATE,
	    DB_ARGS(db_id(community), db_id(id), VALUE_ARGS(v)), NULL, e);
}

/* The dates of an intake's holidays as text. */
static enum err_code load_holidays(struct db *db, struct arena *a,
    const struct id *community, const struct id *id, struct intake_values *v,
    struct err *e)
{
	const struct db_rows *r;
	const char **day;
	enum err_code rc = db_rows(
	    db, a, &HOLIDAYS, DB_ARGS(db_id(community), db_id(id)), &r, e);

	if (rc != ERR_OK)
		return rc;
	day = ARENA_ARRAY(a, db_count(r), const char *);
	if (day == NULL)
		return ERR_SET(e, NOMEM, "too many holidays");
	for (size_t i = 0; i < db_count(r); i++)
		day[i] = db_get_text(r, i, 0);
	v->holidays = day;
	v->n_holidays = db_count(r);
	return ERR_OK;
}

static enum err_code load(struct db *db, struct arena *a,
    const struct db_stmt *stmt, const struct id *community, const struct id *id,
    struct intake_row *ret_row, struct err *e)
{
	const struct db_rows *r;
	struct intake_row row;
	enum err_code rc = db_one(
	    db, a, stmt, DB_ARGS(db_id(community), db_id(id)), "intake", &r, e);

	if (rc != ERR_OK)
		return rc;
	row = (struct intake_row){
	    .id = *id,
	    .program_id = db_get_id(r, 0, 0),
	    .row_version = db_get_int(r, 0, 1),
	    .state = db_get_text(r, 0, 2),
	    .values =
		{
		    .name = db_get_text(r, 0, 3),
		    .anchor_time_zone = db_get_text(r, 0, 4),
		    .first_date = db_get_date(r, 0, 5),
		    .last_date = db_get_date(r, 0, 6),
		    .session_minutes = (int32_t)db_get_int(r, 0, 7),
		    .sessions_per_week = (int32_t)db_get_int(r, 0, 8),
		    .cohort_min = (int32_t)db_get_int(r, 0, 9),
		    .cohort_max = (int32_t)db_get_int(r, 0, 10),
		    .allowed_misses = (int32_t)db_get_int(r, 0, 11),
		    .slots_per_cohort = (int32_t)db_get_int(r, 0, 12),
		    .most_per_organization = (int32_t)db_get_int(r, 0, 13),
		    .language_level = db_get_text(r, 0, 14),
		},
	};
	rc = load_holidays(db, a, community, id, &row.values, e);
	if (rc == ERR_OK)
		*ret_row = row;
	return rc;
}

enum err_code db_intake_find(struct db *db, struct arena *a,
    const struct id *community, const struct id *id, struct intake_row *ret_row,
    struct err *e)
{
	return load(db, a, &FIND, community, id, ret_row, e);
}

enum err_code db_intake_lock(struct db *db, struct arena *a,
    const struct id *community, const struct id *id, struct intake_row *ret_row,
    struct err *e)
{
	return load(db, a, &LOCK, community, id, ret_row, e);
}

enum err_code db_intake_set_state(struct db *db, const struct id *community,
    const struct id *id, const char *state, const char *error, struct err *e)
{
	return db_exec(db, &SET_STATE,
	    DB_ARGS(
		db_id(community), db_id(id), db_text(state), db_text(error)),
	    NULL, e);
}

enum err_code db_intake_set_progress(struct db *db, const struct id *community,
    const struct id *id, const char *progress, struct err *e)
{
	return db_exec(db, &SET_PROGRESS,
	    DB_ARGS(db_id(community), db_id(id), db_text(progress)), NULL, e);
}

enum err_code db_intake_set_plan(struct db *db, const struct id *community,
    const struct id *id, const char *input, const char *plan, struct err *e)
{
	return db_exec(db, &SET_PLAN,
	    DB_ARGS(db_id(community), db_id(id), db_text(input), db_text(plan)),
	    NULL, e);
}

/* The ids in the first column. */
static enum err_code ids_of(struct arena *a, const struct db_rows *r,
    struct id **ret, size_t *ret_n, struct err *e)
{
	struct id *id = ARENA_ARRAY(a, db_count(r), struct id);

	if (id == NULL)
		return ERR_SET(e, NOMEM, "too many events");
	for (size_t i = 0; i < db_count(r); i++)
		id[i] = db_get_id(r, i, 0);
	*ret = id;
	*ret_n = db_count(r);
	return ERR_OK;
}

enum err_code db_intake_clear(struct db *db, const struct id *community,
    const struct id *id, struct err *e)
{
	struct arena *a = arena_new(1 << 24);
	const struct db_rows *r;
	enum err_code rc;
	struct id *event;
	size_t n;

	if (a == NULL)
		return ERR_SET(e, NOMEM, "no memory");
	rc = db_rows(db, a, &CLEAR_SESSIONS,
	    DB_ARGS(db_id(community), db_id(id)), &r, e);
	if (rc == ERR_OK)
		rc = ids_of(a, r, &event, &n, e);
	if (rc == ERR_OK)
		rc = db_exec(db, &CLEAR_EVENTS,
		    DB_ARGS(db_id(community), db_ids(event, n)), NULL, e);
	if (rc == ERR_OK)
		rc = db_exec(db, &CLEAR_COHORTS,
		    DB_ARGS(db_id(community), db_id(id)), NULL, e);
	if (rc == ERR_OK)
		rc = db_exec(db, &CLEAR_PLAN,
		    DB_ARGS(db_id(community), db_id(id)), NULL, e);
	arena_free(a);
	return rc;
}

enum err_code db_intake_insert_cohort(struct db *db, const struct id *community,
    const struct new_cohort *c, struct err *e)
{
	enum err_code rc = db_exec(db, &INSERT_COHORT,
	    DB_ARGS(db_id(community), db_id(&c->id), db_id(&c->intake_id),
		db_text(c->name), db_id(&c->guide_id), db_text(c->language)),
	    NULL, e);

	if (rc != ERR_OK)
		return rc;
	return db_exec(db, &INSERT_PEOPLE,
	    DB_ARGS(db_id(community), db_id(&c->id), db_id(&c->guide_id),
		db_ids(c->newcomers, c->n_newcomers)),
	    NULL, e);
}

enum err_code db_intake_insert_session(struct db *db,
    const struct id *community, const struct new_session *s, struct err *e)
{
	return db_exec(db, &INSERT_SESSION,
	    DB_ARGS(db_id(community), db_id(&s->id), db_id(&s->cohort_id),
		db_id(&s->event_id), db_instant(s->start), db_instant(s->end),
		db_instant(s->local_start), db_text(s->time_zone),
		db_text(s->tzdata_version)),
	    NULL, e);
}

enum err_code db_intake_publish(struct db *db, const struct id *community,
    const struct id *id, struct err *e)
{
	struct db_args args = DB_ARGS(db_id(community), db_id(id));
	enum err_code rc = db_exec(db, &COMMIT_PEOPLE, args, NULL, e);

	if (rc == ERR_OK)
		rc = db_exec(db, &PUBLISH, args, NULL, e);
	return rc;
}

enum err_code db_intake_events(struct db *db, struct arena *a,
    const struct id *community, const struct id *id, struct id **ret_event,
    size_t *ret_n, struct err *e)
{
	const struct db_rows *r;
	enum err_code rc = db_rows(
	    db, a, &EVENTS, DB_ARGS(db_id(community), db_id(id)), &r, e);

	return rc != ERR_OK ? rc : ids_of(a, r, ret_event, ret_n, e);
}

enum err_code db_intake_busy(struct db *db, struct arena *a,
    const struct id *community, const struct id *program, int64_t from,
    int64_t to, struct intake_busy **ret_busy, size_t *ret_n, struct err *e)
{
	const struct db_rows *r;
	struct intake_busy *busy;
	enum err_code rc = db_rows(db, a, &BUSY,
	    DB_ARGS(db_id(community), db_id(program), db_instant(from),
		db_instant(to)),
	    &r, e);

	if (rc != ERR_OK)
		return rc;
	busy = ARENA_ARRAY(a, db_count(r), struct intake_busy);
	if (busy == NULL)
		return ERR_SET(e, NOMEM, "too many busy times");
	for (size_t i = 0; i < db_count(r); i++)
		busy[i] = (struct intake_busy){db_get_id(r, i, 0),
		    db_get_instant(r, i, 1), db_get_instant(r, i, 2)};
	*ret_busy = busy;
	*ret_n = db_count(r);
	return ERR_OK;
}

enum err_code db_intake_list(struct db *db, struct arena *a,
    const struct id *community, const struct id *program,
    const struct db_page *page, struct db_list *ret_list, struct err *e)
{
	return db_list(db, a, &LIST,
	    DB_ARGS(db_id(community), db_id(program), db_text(page->after),
		db_int(page->limit + 1)),
	    page->limit, ret_list, e);
}

enum err_code db_intake_get(struct db *db, struct arena *a,
    const struct id *community, const struct id *id, struct db_doc *ret_doc,
    struct err *e)
{
	return db_doc_get(db, a, &GET, DB_ARGS(db_id(community), db_id(id)),
	    "intake", ret_doc, e);
}

enum err_code db_intake_files(struct db *db, struct arena *a,
    const struct id *community, const struct id *id, const char **ret_input,
    const char **ret_plan, struct err *e)
{
	const struct db_rows *r;
	enum err_code rc = db_one(db, a, &FILES,
	    DB_ARGS(db_id(community), db_id(id)), "intake", &r, e);

	if (rc == ERR_OK) {
		*ret_input = db_get_text(r, 0, 0);
		*ret_plan = db_get_text(r, 0, 1);
	}
	return rc;
}

enum err_code db_cohort_list(struct db *db, struct arena *a,
    const struct id *community, const struct id *intake,
    const struct id *member, const struct db_page *page,
    struct db_list *ret_list, struct err *e)
{
	return db_list(db, a, &COHORT_LIST,
	    DB_ARGS(db_id(community), db_id(intake), db_id(member),
		db_text(page->after), db_int(page->limit + 1)),
	    page->limit, ret_list, e);
}

enum err_code db_cohort_get(struct db *db, struct arena *a,
    const struct id *community, const struct id *id, const struct id *member,
    struct db_doc *ret_doc, struct err *e)
{
	return db_doc_get(db, a, &COHORT_GET,
	    DB_ARGS(db_id(community), db_id(id), db_id(member)), "cohort",
	    ret_doc, e);
}
