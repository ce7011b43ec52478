/*
 * Trials: see trials.h. Invariants: an answer is written with the state `solved`;
 * what became a proposal was accepted once, under the trial's row lock.
 */
#include "db/trials.h"

#define LIVE "state IN ('queued', 'running')"
#define THIS " WHERE community_id = $1 AND id = $2"

static const struct db_stmt CREATE = {"trial_create",
    "INSERT INTO trial (community_id, id, program_id, kind, matching_round_id,"
    " policy_version, question)"
    " SELECT $1, $2::uuid, $3::uuid, $4, $5::uuid, $6::int, $7::json"
    " WHERE (SELECT count(*) FROM trial WHERE community_id = $1"
    " AND program_id = $3::uuid AND " LIVE ") < $8::int"};

static const struct db_stmt GET = {
    "trial_get", "SELECT etag, doc FROM trial_doc" THIS};

static const struct db_stmt LIST = {"trial_list",
    "SELECT id, doc FROM trial_doc WHERE community_id = $1"
    " AND program_id = $2 AND ($3::text IS NULL OR kind = $3)"
    " AND ($4::uuid IS NULL OR id > $4::uuid) ORDER BY id LIMIT $5"};

#define READ                                                                  \
	"SELECT t.program_id, t.matching_round_id IS NOT NULL,"               \
	" t.matching_round_id, t.kind, t.question, t.state, t.answer,"        \
	" p.document, t.row_version, t.created_at, t.accepted_at IS NOT NULL" \
	" FROM trial t JOIN policy p ON p.community_id = t.community_id"      \
	" AND p.program_id = t.program_id AND p.version = t.policy_version"   \
	" WHERE t.community_id = $1 AND t.id = $2"

static const struct db_stmt READS[] = {
    {"trial_read", READ}, {"trial_lock", READ " FOR UPDATE OF t"}};

static const struct db_stmt ROUND = {"trial_round",
    "SELECT p.document, r.input, r.plan -> 'objective', r.seed, r.created_at"
    " FROM matching_round r JOIN policy p"
    " ON p.community_id = r.community_id AND p.program_id = r.program_id"
    " AND p.version = r.policy_version"
    " WHERE r.community_id = $1 AND r.id = $2"};

/* External ids of a round's input are members' ids, and it names nobody else. */
static const struct db_stmt ASKED = {"trial_asked",
    "SELECT program_id, state, policy_version,"
    " coalesce(position($3::uuid::text IN input) > 0, false),"
    " coalesce(position($4::uuid::text IN input) > 0, false)"
    " FROM matching_round" THIS};

static const struct db_stmt START = {"trial_start",
    "UPDATE trial SET state = 'running',"
    " started_at = coalesce(started_at, now())" THIS " AND " LIVE};

static const struct db_stmt STORE = {"trial_store",
    "UPDATE trial SET state = 'solved', answer = $3::json,"
    " finished_at = now()" THIS " AND state = 'running'"};

static const struct db_stmt STOP = {"trial_stop",
    "UPDATE trial SET state = $3, error = $4, finished_at = now()" THIS
    " AND " LIVE};

static const struct db_stmt ACCEPT = {"trial_accept",
    "UPDATE trial SET accepted_at = now()" THIS
    " AND state = 'solved' AND accepted_at IS NULL"};

/* The mentor's places that neither a pairing nor a locked proposal for somebody else
 * has, in the program and over all. */
static const struct db_stmt FREE_PLACES = {"trial_free_places",
    "SELECT coalesce(least(e.capacity - e.used - l.here,"
    " m.mentor_capacity - m.mentor_used - l.everywhere), 0)"
    " FROM matching_round r"
    " JOIN enrollment e ON e.community_id = r.community_id"
    " AND e.program_id = r.program_id AND e.member_id = $4"
    " AND e.role = 'mentor' AND e.state = 'active'"
    " JOIN member m ON m.community_id = e.community_id AND m.id = e.member_id"
    " CROSS JOIN LATERAL (SELECT"
    " count(*) FILTER (WHERE x.program_id = r.program_id) AS here,"
    " count(*) AS everywhere FROM proposal x"
    " WHERE x.community_id = r.community_id AND x.mentor_id = e.member_id"
    " AND x.state = 'locked' AND NOT (x.program_id = r.program_id"
    " AND x.newcomer_id = $3)) l"
    " WHERE r.community_id = $1 AND r.id = $2"};

static const struct db_stmt PROPOSE = {"trial_propose",
    "INSERT INTO proposal (community_id, id, matching_round_id, program_id,"
    " mentor_request_id, newcomer_id, mentor_id, points, shared_minutes,"
    " explanation, state)"
    " SELECT r.community_id, $3::uuid, r.id, r.program_id, q.id,"
    " q.member_id, $5::uuid, $6::int, $7::int, $8::json, 'locked'"
    " FROM matching_round r JOIN mentor_request q"
    " ON q.community_id = r.community_id AND q.program_id = r.program_id"
    " AND q.member_id = $4 AND q.state IN ('open', 'in_round')"
    " WHERE r.community_id = $1 AND r.id = $2"
    " AND NOT EXISTS (SELECT FROM proposal x"
    " WHERE x.community_id = r.community_id AND x.program_id = r.program_id"
    " AND x.newcomer_id = $4 AND x.mentor_id = $5::uuid"
    " AND x.state = 'declined')"
    " ON CONFLICT ON CONSTRAINT proposal_pair_key DO UPDATE"
    " SET state = 'locked' WHERE proposal.state IN ('proposed', 'expired')"
    " RETURNING id"};

static const struct db_stmt REPAIR_ROUND = {"trial_repair_round",
    "INSERT INTO matching_round (community_id, id, program_id, policy_version,"
    " trial_id, state, started_at, finished_at)"
    " SELECT community_id, $3::uuid, program_id, policy_version, id, 'solved',"
    " started_at, finished_at FROM trial" THIS};

static const struct db_stmt REPAIR_EXPIRE = {"trial_repair_expire",
    "UPDATE proposal x SET state = 'expired' FROM trial t"
    " WHERE t.community_id = $1 AND t.id = $2"
    " AND x.community_id = t.community_id AND x.program_id = t.program_id"
    " AND x.state = 'proposed'"};

/* Who has a mentor has this one still; who has none waits still. */
static const struct db_stmt REPAIR_PROPOSE = {"trial_repair_propose",
    "INSERT INTO proposal (community_id, id, matching_round_id, program_id,"
    " mentor_request_id, newcomer_id, mentor_id, points, shared_minutes,"
    " explanation, replaces_pairing_id)"
    " SELECT t.community_id, n.id, $3::uuid, t.program_id, q.id, n.newcomer_id,"
    " n.mentor_id, n.points, n.shared_minutes, n.explanation, g.id FROM trial t"
    " CROSS JOIN json_to_recordset($4::json) AS n(id uuid, newcomer_id uuid,"
    " was_id uuid, mentor_id uuid, points int, shared_minutes int,"
    " explanation json)"
    " LEFT JOIN pairing g ON g.community_id = t.community_id"
    " AND g.program_id = t.program_id AND g.newcomer_id = n.newcomer_id"
    " AND g.state = 'active'"
    " LEFT JOIN mentor_request q ON q.community_id = t.community_id"
    " AND q.program_id = t.program_id AND q.member_id = n.newcomer_id"
    " AND q.state IN ('open', 'in_round')"
    " WHERE t.community_id = $1 AND t.id = $2"
    " AND g.mentor_id IS NOT DISTINCT FROM n.was_id"
    " AND (g.id IS NOT NULL OR q.id IS NOT NULL)"
    " AND NOT EXISTS (SELECT FROM proposal x"
    " WHERE x.community_id = t.community_id AND x.program_id = t.program_id"
    " AND x.newcomer_id = n.newcomer_id AND (x.state = 'locked'"
    " OR x.state = 'declined' AND x.mentor_id = n.mentor_id))"};

static const struct db_stmt FORGET = {"trial_forget",
    "WITH gone AS (DELETE FROM trial WHERE ctid = ANY (ARRAY(SELECT ctid"
    " FROM trial WHERE created_at < now() - make_interval(days => $1::int)"
    " AND NOT " LIVE " ORDER BY created_at LIMIT 1000))"
    " RETURNING community_id, id),"
    " jobs AS (DELETE FROM job j USING gone"
    " WHERE j.community_id = gone.community_id AND j.subject_id = gone.id)"
    " SELECT count(*) FROM gone"};

const struct db_stmt *const db_trial_stmts[] = {&CREATE, &GET, &LIST, &READS[0],
    &READS[1], &ROUND, &ASKED, &START, &STORE, &STOP, &ACCEPT, &FREE_PLACES,
    &PROPOSE, &REPAIR_ROUND, &REPAIR_EXPIRE, &REPAIR_PROPOSE, &FORGET, NULL};

enum err_code db_trial_create(struct db *db, const struct id *community,
    const struct db_trial_new *t, struct err *e)
{
	int64_t n = 0;
	enum err_code code = db_exec(db, &CREATE,
	    DB_ARGS(db_id(community), db_id(&t->id), db_id(&t->program_id),
		db_text(t->kind), db_id(t->matching_round_id),
		db_int(t->policy_version), db_text(t->question),
		db_int(DB_TRIAL_MAX_LIVE)),
	    &n, e);

	if (code == ERR_OK && n == 0)
		return ERR_SET(e, CONFLICT,
		    "%d trials of this program are queued or running",
		    DB_TRIAL_MAX_LIVE);
	return code;
}

enum err_code db_trial_get(struct db *db, struct arena *a,
    const struct id *community, const struct id *trial, struct db_doc *ret_doc,
    struct err *e)
{
	return db_doc_get(db, a, &GET, DB_ARGS(db_id(community), db_id(trial)),
	    "trial", ret_doc, e);
}

enum err_code db_trial_list(struct db *db, struct arena *a,
    const struct id *community, const struct id *program, const char *kind,
    const struct db_page *page, struct db_list *ret_list, struct err *e)
{
	return db_list(db, a, &LIST,
	    DB_ARGS(db_id(community), db_id(program), db_text(kind),
		db_text(page->after), db_int(page->limit + 1)),
	    page->limit, ret_list, e);
}

enum err_code db_trial_read(struct db *db, struct arena *a,
    const struct id *community, const struct id *trial, bool lock,
    struct db_trial *ret_trial, struct err *e)
{
	const struct db_rows *r = NULL;
	enum err_code code = db_one(db, a, &READS[lock],
	    DB_ARGS(db_id(community), db_id(trial)), "trial", &r, e);

	if (code != ERR_OK)
		return code;
	*ret_trial = (struct db_trial){
	    .id = *trial,
	    .program_id = db_get_id(r, 0, 0),
	    .of_round = db_get_bool(r, 0, 1),
	    .matching_round_id = db_get_id(r, 0, 2),
	    .kind = db_get_text(r, 0, 3),
	    .question = db_get_text(r, 0, 4),
	    .state = db_get_text(r, 0, 5),
	    .answer = db_get_text(r, 0, 6),
	    .policy = db_get_text(r, 0, 7),
	    .row_version = db_get_int(r, 0, 8),
	    .created_at = db_get_instant(r, 0, 9),
	    .is_accepted = db_get_bool(r, 0, 10),
	};
	return ERR_OK;
}

enum err_code db_trial_round(struct db *db, struct arena *a,
    const struct id *community, const struct id *round,
    struct db_trial_round *ret_round, struct err *e)
{
	const struct db_rows *r = NULL;
	enum err_code code = db_one(db, a, &ROUND,
	    DB_ARGS(db_id(community), db_id(round)), "matching round", &r, e);

	if (code != ERR_OK)
		return code;
	*ret_round = (struct db_trial_round){
	    .policy = db_get_text(r, 0, 0),
	    .input = db_get_text(r, 0, 1),
	    .objective = db_get_text(r, 0, 2),
	    .seed = db_get_int(r, 0, 3),
	    .created_at = db_get_instant(r, 0, 4),
	};
	return ERR_OK;
}

enum err_code db_trial_asked(struct db *db, struct arena *a,
    const struct id *community, const struct id *round,
    const struct id *newcomer, const struct id *mentor,
    struct db_trial_asked *ret_asked, struct err *e)
{
	const struct db_rows *r = NULL;
	enum err_code code = db_one(db, a, &ASKED,
	    DB_ARGS(
		db_id(community), db_id(round), db_id(newcomer), db_id(mentor)),
	    "matching round", &r, e);

	if (code != ERR_OK)
		return code;
	*ret_asked = (struct db_trial_asked){
	    .program_id = db_get_id(r, 0, 0),
	    .state = db_get_text(r, 0, 1),
	    .policy_version = db_get_int(r, 0, 2),
	    .has_newcomer = db_get_bool(r, 0, 3),
	    .has_mentor = db_get_bool(r, 0, 4),
	};
	return ERR_OK;
}

/* A change of a trial that is still in the state it needs. */
static enum err_code change(struct db *db, const struct db_stmt *stmt,
    struct db_args args, struct err *e)
{
	int64_t n = 0;
	enum err_code code = db_exec(db, stmt, args, &n, e);

	if (code == ERR_OK && n == 0)
		return ERR_SET(e, STATE, "the trial has ended meanwhile");
	return code;
}

enum err_code db_trial_start(struct db *db, const struct id *community,
    const struct id *trial, struct err *e)
{
	return change(db, &START, DB_ARGS(db_id(community), db_id(trial)), e);
}

enum err_code db_trial_store(struct db *db, const struct id *community,
    const struct id *trial, const char *answer, struct err *e)
{
	return change(db, &STORE,
	    DB_ARGS(db_id(community), db_id(trial), db_text(answer)), e);
}

enum err_code db_trial_stop(struct db *db, const struct id *community,
    const struct id *trial, const char *state, const char *error, struct err *e)
{
	return change(db, &STOP,
	    DB_ARGS(
		db_id(community), db_id(trial), db_text(state), db_text(error)),
	    e);
}

enum err_code db_trial_accept(struct db *db, const struct id *community,
    const struct id *trial, struct err *e)
{
	return change(db, &ACCEPT, DB_ARGS(db_id(community), db_id(trial)), e);
}

enum err_code db_trial_propose(struct db *db, struct arena *a,
    const struct id *community, const struct id *round,
    const struct db_trial_pair *pair, struct id *ret_proposal, struct err *e)
{
	const struct db_rows *r = NULL;
	const struct id id = id_new();
	enum err_code code = db_rows(db, a, &FREE_PLACES,
	    DB_ARGS(db_id(community), db_id(round), db_id(&pair->newcomer_id),
		db_id(&pair->mentor_id)),
	    &r, e);

	if (code == ERR_OK && (db_count(r) == 0 || db_get_int(r, 0, 0) <= 0))
		return ERR_SET(e, CAPACITY,
		    "no place of this mentor is free or held for this "
		    "newcomer");
	if (code == ERR_OK)
		code = db_rows(db, a, &PROPOSE,
		    DB_ARGS(db_id(community), db_id(round), db_id(&id),
			db_id(&pair->newcomer_id), db_id(&pair->mentor_id),
			db_int(pair->points), db_int(pair->shared_minutes),
			db_text(pair->explanation)),
		    &r, e);
	if (code == ERR_OK && db_count(r) == 0)
		return ERR_SET(e, STATE,
		    "the newcomer does not wait for a mentor, was offered "
		    "one, or the pair was declined");
	if (code == ERR_OK)
		*ret_proposal = db_get_id(r, 0, 0);
	return code;
}

enum err_code db_trial_repair(struct db *db, const struct id *community,
    const struct id *trial, const struct id *round, const char *changes,
    int64_t n, struct err *e)
{
	int64_t made = 0;
	enum err_code code = db_exec(db, &REPAIR_ROUND,
	    DB_ARGS(db_id(community), db_id(trial), db_id(round)), NULL, e);

	if (code == ERR_OK)
		code = db_exec(db, &REPAIR_EXPIRE,
		    DB_ARGS(db_id(community), db_id(trial)), NULL, e);
	if (code == ERR_OK)
		code = db_exec(db, &REPAIR_PROPOSE,
		    DB_ARGS(db_id(community), db_id(trial), db_id(round),
			db_text(changes)),
		    &made, e);
	if (code == ERR_OK && made != n)
		return ERR_SET(e, STATE,
		    "of %lld who would have another mentor %lld are no longer "
		    "where the trial saw them; ask again",
		    (long long)n, (long long)(n - made));
	return code;
}

enum err_code db_trial_forget(
    struct db *db, struct arena *a, int64_t *ret_n, struct err *e)
{
	const struct db_rows *r = NULL;
	enum err_code code =
	    db_rows(db, a, &FORGET, DB_ARGS(db_int(DB_TRIAL_KEPT_DAYS)), &r, e);

	if (code == ERR_OK)
		*ret_n = db_get_int(r, 0, 0);
	return code;
}
