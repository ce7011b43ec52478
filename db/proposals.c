/*
 * Proposals: see proposals.h. Invariant: what a member may see of a proposal is
 * decided here and nowhere else (offered to them: a coordinator has confirmed it).
 */
#include "db/proposals.h"

static const struct db_stmt LOCK = {"proposal_lock",
    "SELECT x.matching_round_id, x.program_id, x.newcomer_id, x.mentor_id,"
    " x.state, x.row_version, x.coordinator_confirmed_at IS NOT NULL,"
    " x.newcomer_confirmed_at IS NOT NULL, x.mentor_confirmed_at IS NOT NULL,"
    " p.document, x.replaces_pairing_id IS NOT NULL, x.replaces_pairing_id"
    " FROM proposal x"
    " JOIN matching_round_card r ON r.community_id = x.community_id"
    " AND r.id = x.matching_round_id"
    " JOIN policy p ON p.community_id = r.community_id"
    " AND p.program_id = r.program_id AND p.version = r.policy_version"
    " WHERE x.community_id = $1 AND x.id = $2 FOR UPDATE OF x"};

#define SEEN_BY(viewer)                                                \
	" AND (" viewer "::uuid IS NULL OR x.coordinator_confirmed_at" \
	" IS NOT NULL AND " viewer " IN (x.newcomer_id, x.mentor_id))"

/* Why one side said no is for coordinators alone, and the pairing that a repair would
 * end for those who are in it. */
#define DOC_FOR(viewer)                                                     \
	" CASE WHEN " viewer "::uuid IS NULL THEN d.doc"                    \
	" ELSE (d.doc::jsonb || jsonb_build_object('decline_reason', NULL," \
	" 'replaces_pairing_id', CASE WHEN x.newcomer_id = " viewer         \
	" THEN x.replaces_pairing_id END))::json END"

static const struct db_stmt GET = {"proposal_get",
    "SELECT d.etag," DOC_FOR(
	"$3") " FROM proposal x JOIN proposal_doc d"
	      " ON d.community_id = x.community_id AND d.id = x.id"
	      " WHERE x.community_id = $1 AND x.id = $2" SEEN_BY("$3")};

static const struct db_stmt LIST = {"proposal_list",
    "SELECT x.id," DOC_FOR(
	"$6") " FROM proposal x JOIN proposal_doc d"
	      " ON d.community_id = x.community_id AND d.id = x.id"
	      " WHERE x.community_id = $1"
	      " AND ($2::uuid IS NULL OR x.matching_round_id = $2)"
	      " AND ($3::uuid IS NULL OR x.program_id = $3)"
	      " AND ($4::uuid IS NULL OR $4 IN (x.newcomer_id, x.mentor_id))"
	      " AND ($5::text IS NULL OR x.state = $5)" SEEN_BY(
		  "$6") " AND ($7::uuid IS NULL OR x.id > $7) ORDER BY x.id LIMIT $8"};

static const struct db_stmt SET = {"proposal_set",
    "UPDATE proposal SET state = $3, coordinator_confirmed_at ="
    " CASE WHEN $4::bool THEN coalesce(coordinator_confirmed_at, now()) END,"
    " newcomer_confirmed_at ="
    " CASE WHEN $5::bool THEN coalesce(newcomer_confirmed_at, now()) END,"
    " mentor_confirmed_at ="
    " CASE WHEN $6::bool THEN coalesce(mentor_confirmed_at, now()) END,"
    " decline_reason = $7 WHERE community_id = $1 AND id = $2"};

/* Slots are those of pairings, of $5 locked ones and, before what is only proposed, of
 * all others that are locked. */
static const struct db_stmt EXPIRE = {"proposal_expire",
    "UPDATE proposal p SET state = 'expired' WHERE p.community_id = $1"
    " AND p.program_id = $2 AND p.newcomer_id = $3"
    " AND p.state IN ('proposed', 'locked')"
    " AND ($4::uuid IS NULL OR p.id <> $4)"
    " AND $5::int + (SELECT count(*) FROM pairing g WHERE g.community_id = $1"
    " AND g.program_id = $2 AND g.newcomer_id = $3 AND g.state = 'active')"
    " + (SELECT count(*) FROM proposal x WHERE p.state = 'proposed'"
    " AND x.community_id = $1 AND x.program_id = $2 AND x.newcomer_id = $3"
    " AND x.state = 'locked' AND ($4::uuid IS NULL OR x.id <> $4))"
    " >= mentors_per_newcomer($1, $2)"};

const struct db_stmt *const db_proposal_stmts[] = {
    &LOCK, &GET, &LIST, &SET, &EXPIRE, NULL};

enum err_code db_proposal_lock(struct db *db, struct arena *a,
    const struct id *community, const struct id *proposal,
    struct db_proposal *ret_proposal, struct err *e)
{
	const struct db_rows *r = NULL;
	enum err_code code = db_one(db, a, &LOCK,
	    DB_ARGS(db_id(community), db_id(proposal)), "proposal", &r, e);

	if (code != ERR_OK)
		return code;
	*ret_proposal = (struct db_proposal){
	    .id = *proposal,
	    .matching_round_id = db_get_id(r, 0, 0),
	    .program_id = db_get_id(r, 0, 1),
	    .newcomer_id = db_get_id(r, 0, 2),
	    .mentor_id = db_get_id(r, 0, 3),
	    .state = db_get_text(r, 0, 4),
	    .row_version = db_get_int(r, 0, 5),
	    .by_coordinator = db_get_bool(r, 0, 6),
	    .by_newcomer = db_get_bool(r, 0, 7),
	    .by_mentor = db_get_bool(r, 0, 8),
	    .policy = db_get_text(r, 0, 9),
	    .replaces = db_get_bool(r, 0, 10),
	    .replaces_pairing_id = db_get_id(r, 0, 11),
	};
	return ERR_OK;
}

enum err_code db_proposal_get(struct db *db, struct arena *a,
    const struct id *community, const struct id *proposal,
    const struct id *viewer, struct db_doc *ret_doc, struct err *e)
{
	return db_doc_get(db, a, &GET,
	    DB_ARGS(db_id(community), db_id(proposal), db_id(viewer)),
	    "proposal", ret_doc, e);
}

enum err_code db_proposal_list(struct db *db, struct arena *a,
    const struct id *community, const struct db_proposal_filter *f,
    const struct db_page *page, struct db_list *ret_list, struct err *e)
{
	return db_list(db, a, &LIST,
	    DB_ARGS(db_id(community), db_id(f->matching_round_id),
		db_id(f->program_id), db_id(f->member_id), db_text(f->state),
		db_id(f->viewer), db_text(page->after),
		db_int(page->limit + 1)),
	    page->limit, ret_list, e);
}

enum err_code db_proposal_set(struct db *db, const struct id *community,
    const struct id *proposal, const struct db_proposal_change *c,
    struct err *e)
{
	return db_exec(db, &SET,
	    DB_ARGS(db_id(community), db_id(proposal), db_text(c->state),
		db_bool(c->by_coordinator), db_bool(c->by_newcomer),
		db_bool(c->by_mentor), db_text(c->decline_reason)),
	    NULL, e);
}

enum err_code db_proposal_expire(struct db *db, const struct id *community,
    const struct id *program, const struct id *newcomer,
    const struct id *except, bool is_locked, struct err *e)
{
	return db_exec(db, &EXPIRE,
	    DB_ARGS(db_id(community), db_id(program), db_id(newcomer),
		db_id(except), db_int(is_locked)),
	    NULL, e);
}
