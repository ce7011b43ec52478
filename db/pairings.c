/*
 * Pairings: see pairings.h. Invariant: no more active pairings per newcomer and program
 * than its policy gives, kept by a slot for each (a trigger) and a partial unique index.
 */
#include "db/pairings.h"

/* The newcomer's enrollment stays as it is until this transaction ends: nobody is
 * paired who leaves or is erased at the same time, nor is the same slot taken twice. The
 * mentor's holds the place. */
static const struct db_stmt CREATE = {"pairing_create",
    "INSERT INTO pairing (community_id, id, program_id, newcomer_id,"
    " mentor_id, proposal_id) SELECT n.community_id, $2::uuid, n.program_id,"
    " n.member_id, $5::uuid, $6::uuid FROM enrollment n"
    " WHERE n.community_id = $1 AND n.program_id = $3 AND n.member_id = $4"
    " AND n.role = 'newcomer' AND n.state = 'active'"
    " FOR NO KEY UPDATE"};

static const struct db_stmt ENROLLED = {"pairing_enrolled",
    "SELECT EXISTS (SELECT FROM enrollment WHERE community_id = $1"
    " AND program_id = $2 AND member_id = $3 AND role = $4"
    " AND state = 'active')"};

static const struct db_stmt MOVE_REQUEST = {"pairing_move_request",
    "UPDATE mentor_request SET state = $4, changed_by = $5, reason = $6"
    " WHERE community_id = $1 AND program_id = $2 AND member_id = $3"
    " AND state IN ('open', 'in_round', 'offered')"};

/* Unless somebody else offers them a talk still. */
static const struct db_stmt REOPEN_REQUEST = {"pairing_reopen_request",
    "UPDATE mentor_request SET state = 'open', changed_by = $5, reason = $6"
    " WHERE community_id = $1 AND program_id = $2 AND member_id = $3"
    " AND state IN ('open', 'in_round', 'offered')"
    " AND NOT EXISTS (SELECT FROM proposal x WHERE x.community_id = $1"
    " AND x.program_id = $2 AND x.newcomer_id = $3 AND x.id <> $4"
    " AND x.state = 'locked' AND x.coordinator_confirmed_at IS NOT NULL)"};

#define FOUND                                                           \
	"SELECT program_id, newcomer_id, mentor_id, state, row_version" \
	" FROM pairing WHERE community_id = $1 AND id = $2"

static const struct db_stmt FIND = {"pairing_find", FOUND};
static const struct db_stmt LOCK = {"pairing_lock", FOUND " FOR UPDATE"};

static const struct db_stmt END = {"pairing_end",
    "UPDATE pairing SET state = 'ended', ended_at = now(), end_reason = $3"
    " WHERE community_id = $1 AND id = $2"};

/* Why a pairing ended is for coordinators alone. */
#define DOC_FOR(viewer)                                \
	" CASE WHEN " viewer "::uuid IS NULL THEN doc" \
	" ELSE jsonb_set(doc::jsonb, '{end_reason}',"  \
	" 'null')::json END"

static const struct db_stmt GET = {"pairing_get",
    "SELECT etag," DOC_FOR(
	"$3") " FROM pairing_doc"
	      " WHERE community_id = $1 AND id = $2"
	      " AND ($3::uuid IS NULL OR $3 IN (newcomer_id, mentor_id))"};

static const struct db_stmt LIST = {"pairing_list",
    "SELECT id," DOC_FOR(
	"$5") " FROM pairing_doc WHERE community_id = $1"
	      " AND ($2::uuid IS NULL OR program_id = $2)"
	      " AND ($3::uuid IS NULL OR $3 IN (newcomer_id, mentor_id))"
	      " AND ($4::text IS NULL OR state = $4)"
	      " AND ($5::uuid IS NULL OR $5 IN (newcomer_id, mentor_id))"
	      " AND ($6::uuid IS NULL OR id > $6) ORDER BY id LIMIT $7"};

const struct db_stmt *const db_pairing_stmts[] = {&CREATE, &ENROLLED,
    &MOVE_REQUEST, &REOPEN_REQUEST, &FIND, &LOCK, &END, &GET, &LIST, NULL};

enum err_code db_pairing_create(struct db *db, const struct id *community,
    const struct db_pairing_new *p, struct err *e)
{
	int64_t n = 0;
	enum err_code code = db_exec(db, &CREATE,
	    DB_ARGS(db_id(community), db_id(&p->id), db_id(&p->program_id),
		db_id(&p->newcomer_id), db_id(&p->mentor_id),
		db_id(p->proposal_id)),
	    &n, e);

	if (code == ERR_OK && n == 0)
		return ERR_SET(e, STATE, "the newcomer left the program");
	return code;
}

enum err_code db_pairing_is_enrolled(struct db *db, struct arena *a,
    const struct id *community, const struct id *program,
    const struct id *member, const char *role, bool *ret_enrolled,
    struct err *e)
{
	const struct db_rows *rows = NULL;
	enum err_code code = db_rows(db, a, &ENROLLED,
	    DB_ARGS(
		db_id(community), db_id(program), db_id(member), db_text(role)),
	    &rows, e);

	if (code == ERR_OK)
		*ret_enrolled = db_get_bool(rows, 0, 0);
	return code;
}

enum err_code db_pairing_move_request(struct db *db, const struct id *community,
    const struct id *program, const struct id *newcomer, const char *state,
    const struct id *actor, const char *reason, struct err *e)
{
	return db_exec(db, &MOVE_REQUEST,
	    DB_ARGS(db_id(community), db_id(program), db_id(newcomer),
		db_text(state), db_id(actor), db_text(reason)),
	    NULL, e);
}

enum err_code db_pairing_reopen_request(struct db *db,
    const struct id *community, const struct id *program,
    const struct id *newcomer, const struct id *proposal,
    const struct id *actor, const char *reason, struct err *e)
{
	return db_exec(db, &REOPEN_REQUEST,
	    DB_ARGS(db_id(community), db_id(program), db_id(newcomer),
		db_id(proposal), db_id(actor), db_text(reason)),
	    NULL, e);
}

static enum err_code find(struct db *db, struct arena *a,
    const struct db_stmt *stmt, const struct id *community,
    const struct id *pairing, struct db_pairing *ret_pairing, struct err *e)
{
	const struct db_rows *r = NULL;
	enum err_code code = db_one(db, a, stmt,
	    DB_ARGS(db_id(community), db_id(pairing)), "pairing", &r, e);

	if (code != ERR_OK)
		return code;
	*ret_pairing = (struct db_pairing){
	    .id = *pairing,
	    .program_id = db_get_id(r, 0, 0),
	    .newcomer_id = db_get_id(r, 0, 1),
	    .mentor_id = db_get_id(r, 0, 2),
	    .state = db_get_text(r, 0, 3),
	    .row_version = db_get_int(r, 0, 4),
	};
	return ERR_OK;
}

enum err_code db_pairing_find(struct db *db, struct arena *a,
    const struct id *community, const struct id *pairing,
    struct db_pairing *ret_pairing, struct err *e)
{
	return find(db, a, &FIND, community, pairing, ret_pairing, e);
}

enum err_code db_pairing_lock(struct db *db, struct arena *a,
    const struct id *community, const struct id *pairing,
    struct db_pairing *ret_pairing, struct err *e)
{
	return find(db, a, &LOCK, community, pairing, ret_pairing, e);
}

enum err_code db_pairing_end(struct db *db, const struct id *community,
    const struct id *pairing, const char *reason, struct err *e)
{
	return db_exec(db, &END,
	    DB_ARGS(db_id(community), db_id(pairing), db_text(reason)), NULL,
	    e);
}

enum err_code db_pairing_get(struct db *db, struct arena *a,
    const struct id *community, const struct id *pairing,
    const struct id *viewer, struct db_doc *ret_doc, struct err *e)
{
	return db_doc_get(db, a, &GET,
	    DB_ARGS(db_id(community), db_id(pairing), db_id(viewer)), "pairing",
	    ret_doc, e);
}

enum err_code db_pairing_list(struct db *db, struct arena *a,
    const struct id *community, const struct db_pairing_filter *f,
    const struct db_page *page, struct db_list *ret_list, struct err *e)
{
	return db_list(db, a, &LIST,
	    DB_ARGS(db_id(community), db_id(f->program_id), db_id(f->member_id),
		db_text(f->state), db_id(f->viewer), db_text(page->after),
		db_int(page->limit + 1)),
	    page->limit, ret_list, e);
}
