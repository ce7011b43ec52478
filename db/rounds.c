/*
 * Matching rounds: see rounds.h. Invariants: one live round per program (a partial
 * unique index); a round's proposals are all written with its state `solved`, or
 * none are; requests leave `in_round` with whatever ends the round.
 */
#include "db/rounds.h"

static const struct db_stmt CREATE = {"round_create",
    "INSERT INTO matching_round"
    " (community_id, id, program_id, policy_version, seed)"
    " VALUES ($1, $2, $3, $4::int, $5)"
    " ON CONFLICT (community_id, program_id)"
    " WHERE state IN ('queued', 'running') DO NOTHING"};

static const struct db_stmt LIVE = {"round_live",
    "SELECT id FROM matching_round WHERE community_id = $1"
    " AND program_id = $2 AND state IN ('queued', 'running')"};

static const struct db_stmt GET = {"round_get",
    "SELECT etag, doc FROM matching_round_doc"
    " WHERE community_id = $1 AND id = $2"};

static const struct db_stmt LIST = {"round_list",
    "SELECT id, doc FROM matching_round_doc"
    " WHERE community_id = $1 AND program_id = $2"
    " AND ($3::uuid IS NULL OR id > $3::uuid) ORDER BY id LIMIT $4"};

static const struct db_stmt STATE = {"round_state",
    "SELECT state FROM matching_round WHERE community_id = $1 AND id = $2"};

static const struct db_stmt LOCK = {"round_lock",
    "SELECT state FROM matching_round WHERE community_id = $1 AND id = $2"
    " FOR UPDATE"};

static const struct db_stmt TEXTS[] = {
    [DB_ROUND_INPUT] = {"round_input",
	"SELECT input FROM matching_round WHERE community_id = $1 AND id = $2"},
    [DB_ROUND_PLAN] = {"round_plan",
	"SELECT plan FROM matching_round WHERE community_id = $1 AND id = $2"},
    [DB_ROUND_CERTIFICATE] = {"round_certificate",
	"SELECT certificate FROM matching_round"
	" WHERE community_id = $1 AND id = $2"},
};

static const struct db_stmt START = {"round_start",
    "UPDATE matching_round SET state = 'running',"
    " started_at = coalesce(started_at, now())"
    " WHERE community_id = $1 AND id = $2 AND state IN ('queued', 'running')"};

static const struct db_stmt REQUESTS_IN = {"round_requests_in",
    "UPDATE mentor_request q SET state = 'in_round', changed_by = NULL,"
    " reason = 'a matching round began' FROM matching_round r"
    " WHERE r.community_id = $1 AND r.id = $2"
    " AND q.community_id = r.community_id AND q.program_id = r.program_id"
    " AND q.state = 'open'"};

static const struct db_stmt REQUESTS_OUT = {"round_requests_out",
    "UPDATE mentor_request q SET state = 'open', changed_by = NULL,"
    " reason = 'the matching round ended' FROM matching_round r"
    " WHERE r.community_id = $1 AND r.id = $2"
    " AND q.community_id = r.community_id AND q.program_id = r.program_id"
    " AND q.state = 'in_round'"};

static const struct db_stmt STOP = {"round_stop",
    "UPDATE matching_round SET state = $3, error = $4, finished_at = now()"
    " WHERE community_id = $1 AND id = $2 AND state IN ('queued', 'running')"};

static const struct db_stmt EXPIRE = {"round_expire",
    "UPDATE proposal x SET state = 'expired' FROM matching_round r"
    " WHERE r.community_id = $1 AND r.id = $2"
    " AND x.community_id = r.community_id AND x.program_id = r.program_id"
    " AND x.state = 'proposed'"};

static const struct db_stmt PROPOSE = {"round_propose",
    "INSERT INTO proposal (community_id, id, matching_round_id, program_id,"
    " mentor_request_id, newcomer_id, mentor_id, points, shared_minutes,"
    " explanation)"
    " SELECT r.community_id, n.id, r.id, r.program_id, q.id, n.newcomer_id,"
    " n.mentor_id, n.points, n.shared_minutes, n.explanation"
    " FROM matching_round r"
    " CROSS JOIN json_to_recordset($3::json) AS n(id uuid, newcomer_id uuid,"
    " mentor_id uuid, points int, shared_minutes int, explanation json)"
    " JOIN mentor_request q ON q.community_id = r.community_id"
    " AND q.program_id = r.program_id AND q.member_id = n.newcomer_id"
    " AND q.state = 'open'"
    " WHERE r.community_id = $1 AND r.id = $2"
    " AND (SELECT count(*) FROM pairing g"
    " WHERE g.community_id = r.community_id AND g.program_id = r.program_id"
    " AND g.newcomer_id = n.newcomer_id AND g.state = 'active')"
    " + (SELECT count(*) FROM proposal x"
    " WHERE x.community_id = r.community_id AND x.program_id = r.program_id"
    " AND x.newcomer_id = n.newcomer_id AND x.state = 'locked') < $4::int"
    " AND NOT EXISTS (SELECT FROM pairing g"
    " WHERE g.community_id = r.community_id AND g.program_id = r.program_id"
    " AND g.newcomer_id = n.newcomer_id AND g.mentor_id = n.mentor_id"
    " AND g.state = 'active') AND NOT EXISTS (SELECT FROM proposal x"
    " WHERE x.community_id = r.community_id AND x.program_id = r.program_id"
    " AND x.newcomer_id = n.newcomer_id AND x.mentor_id = n.mentor_id"
    " AND x.state IN ('locked', 'declined'))"};

static const struct db_stmt SOLVED = {"round_solved",
    "UPDATE matching_round SET state = 'solved', input = $3,"
    " input_digest = $4, plan = $5::json, certificate = $6::json,"
    " error = NULL, finished_at = now()"
    " WHERE community_id = $1 AND id = $2 AND state = 'running'"};

const struct db_stmt *const db_round_stmts[] = {&CREATE, &LIVE, &GET, &LIST,
    &STATE, &LOCK, &TEXTS[DB_ROUND_INPUT], &TEXTS[DB_ROUND_PLAN],
    &TEXTS[DB_ROUND_CERTIFICATE], &START, &REQUESTS_IN, &REQUESTS_OUT, &STOP,
    &EXPIRE, &PROPOSE, &SOLVED, NULL};

static enum err_code refuse_second(struct db *db, struct arena *a,
    const struct id *community, const struct id *program, struct err *e)
{
	const struct db_rows *rows = NULL;
	char text[ID_TEXT_SIZE];
	struct id id;
	enum err_code code = db_rows(
	    db, a, &LIVE, DB_ARGS(db_id(community), db_id(program)), &rows, e);

	if (code != ERR_OK)
		return code;
	if (db_count(rows) == 0)
		return ERR_SET(
		    e, CONFLICT, "a matching round has just ended; try again");
	id = db_get_id(rows, 0, 0);
	id_format(&id, text);
	err_note(e, "running_id", text);
	return ERR_SET(e, CONFLICT,
	    "matching round %s of this program is queued or running", text);
}

enum err_code db_round_create(struct db *db, struct arena *a,
    const struct id *community, const struct db_round_new *r, struct err *e)
{
	int64_t n = 0;
	enum err_code code = db_exec(db, &CREATE,
	    DB_ARGS(db_id(community), db_id(&r->id), db_id(&r->program_id),
		db_int(r->policy_version), db_int(r->seed)),
	    &n, e);

	if (code == ERR_OK && n == 0)
		return refuse_second(db, a, community, &r->program_id, e);
	return code;
}

enum err_code db_round_get(struct db *db, struct arena *a,
    const struct id *community, const struct id *round, struct db_doc *ret_doc,
    struct err *e)
{
	return db_doc_get(db, a, &GET, DB_ARGS(db_id(community), db_id(round)),
	    "matching round", ret_doc, e);
}

enum err_code db_round_list(struct db *db, struct arena *a,
    const struct id *community, const struct id *program,
    const struct db_page *page, struct db_list *ret_list, struct err *e)
{
	return db_list(db, a, &LIST,
	    DB_ARGS(db_id(community), db_id(program), db_text(page->after),
		db_int(page->limit + 1)),
	    page->limit, ret_list, e);
}

enum err_code db_round_state(struct db *db, struct arena *a,
    const struct id *community, const struct id *round, bool lock,
    const char **ret_state, struct err *e)
{
	const struct db_rows *rows = NULL;
	enum err_code code = db_one(db, a, lock ? &LOCK : &STATE,
	    DB_ARGS(db_id(community), db_id(round)), "matching round", &rows,
	    e);

	if (code == ERR_OK)
		*ret_state = db_get_text(rows, 0, 0);
	return code;
}

enum err_code db_round_text(struct db *db, struct arena *a,
    const struct id *community, const struct id *round, enum db_round_file file,
    const char **ret_text, struct err *e)
{
	const struct db_rows *rows = NULL;
	enum err_code code =
	    db_one(db, a, &TEXTS[file], DB_ARGS(db_id(community), db_id(round)),
		"matching round", &rows, e);

	if (code == ERR_OK)
		*ret_text = db_get_text(rows, 0, 0);
	return code;
}

/* A change that must touch the round's row: it ended meanwhile if not. */
static enum err_code change(struct db *db, const struct db_stmt *stmt,
    struct db_args args, const struct id *community, const struct id *round,
    struct err *e)
{
	struct db_guard guard = {.get = &STATE,
	    .args = DB_ARGS(db_id(community), db_id(round)),
	    .what = "matching round",
	    .otherwise = ERR_STATE,
	    .detail = "the matching round has ended"};

	return db_guarded(db, stmt, args, &guard, e);
}

enum err_code db_round_start(struct db *db, const struct id *community,
    const struct id *round, struct err *e)
{
	enum err_code code = change(db, &START,
	    DB_ARGS(db_id(community), db_id(round)), community, round, e);

	if (code == ERR_OK)
		code = db_exec(db, &REQUESTS_IN,
		    DB_ARGS(db_id(community), db_id(round)), NULL, e);
	return code;
}

enum err_code db_round_stop(struct db *db, const struct id *community,
    const struct id *round, const char *state, const char *error, struct err *e)
{
	enum err_code code = change(db, &STOP,
	    DB_ARGS(
		db_id(community), db_id(round), db_text(state), db_text(error)),
	    community, round, e);

	if (code == ERR_OK)
		code = db_exec(db, &REQUESTS_OUT,
		    DB_ARGS(db_id(community), db_id(round)), NULL, e);
	return code;
}

/* Old proposals expire before the requests move, the order in which a confirmation
 * locks them too, so that the two do not wait for each other. */
enum err_code db_round_store(struct db *db, const struct id *community,
    const struct id *round, const struct db_round_result *result, struct err *e)
{
	struct db_args both = DB_ARGS(db_id(community), db_id(round));
	enum err_code code = change(db, &SOLVED,
	    DB_ARGS(db_id(community), db_id(round), db_text(result->input),
		db_text(result->input_digest), db_text(result->plan),
		db_text(result->certificate)),
	    community, round, e);

	if (code == ERR_OK)
		code = db_exec(db, &EXPIRE, both, NULL, e);
	if (code == ERR_OK)
		code = db_exec(db, &REQUESTS_OUT, both, NULL, e);
	if (code == ERR_OK)
		code = db_exec(db, &PROPOSE,
		    DB_ARGS(db_id(community), db_id(round),
			db_text(result->proposals),
			db_int(result->mentors_per_newcomer)),
		    NULL, e);
	return code;
}
