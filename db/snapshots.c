/*
 * Snapshots: see snapshots.h. What decides who takes part stands in one statement,
 * so that no two readings of the rules can differ.
 */
#include "db/snapshots.h"

static const struct db_stmt ROUND = {"snapshot_round",
    "SELECT r.program_id, r.seed, r.created_at, p.document"
    " FROM matching_round r JOIN policy p"
    " ON p.community_id = r.community_id AND p.program_id = r.program_id"
    " AND p.version = r.policy_version"
    " WHERE r.community_id = $1 AND r.id = $2"};

/* The rows that read_person reads, of the CTEs newcomer (member_id, days) and mentor
 * (member_id, places) before it. */
#define SELECT_PEOPLE                                                            \
	" SELECT m.id, m.display_name, n.member_id IS NOT NULL,"                 \
	" t.member_id IS NOT NULL, array_to_string(m.roles, ';'),"               \
	" array_to_string(m.wants, ';'), array_to_string(m.tags, ';'),"          \
	" (SELECT string_agg((s ->> 'term') || ':' || (s ->> 'level'), ';')"     \
	" FROM jsonb_array_elements(m.stack) s),"                                \
	" (SELECT string_agg((l ->> 'language') || ':' || (l ->> 'level'), ';')" \
	" FROM jsonb_array_elements(m.languages) l),"                            \
	" m.time_zone, m.industry, m.style, m.organization,"                     \
	" coalesce((m.years * 10)::int, -1), coalesce(t.places, 0),"             \
	" coalesce(n.days, 0),"                                                  \
	" (SELECT string_agg(a.weekday || ' ' || a.begin_minute || ' '"          \
	" || a.end_minute, ';' ORDER BY a.weekday, a.begin_minute)"              \
	" FROM availability a"                                                   \
	" WHERE a.community_id = m.community_id AND a.member_id = m.id),"        \
	" (SELECT string_agg(o.id::text, ';' ORDER BY p.rank)"                   \
	" FROM unnest(m.preferences) WITH ORDINALITY p(external_id, rank)"       \
	" JOIN member o ON o.community_id = m.community_id"                      \
	" AND o.external_id = p.external_id),"                                   \
	" (SELECT string_agg(o.id::text, ';' ORDER BY o.id)"                     \
	" FROM member o WHERE o.community_id = m.community_id"                   \
	" AND o.external_id = ANY (m.avoid))"                                    \
	" FROM member m LEFT JOIN newcomer n ON n.member_id = m.id"              \
	" LEFT JOIN mentor t ON t.member_id = m.id AND t.places > 0"             \
	" WHERE m.community_id = $1 AND m.erased_at IS NULL"                     \
	" AND (n.member_id IS NOT NULL OR t.member_id IS NOT NULL)"              \
	" ORDER BY m.id"

static const struct db_stmt PEOPLE = {"snapshot_people",
    "WITH r AS (SELECT * FROM matching_round"
    " WHERE community_id = $1 AND id = $2),"
    " newcomer AS (SELECT q.member_id, floor(greatest(0, least(3650,"
    " extract(epoch FROM r.created_at - q.created_at) / 86400)))::int AS days"
    " FROM r JOIN mentor_request q ON q.community_id = r.community_id"
    " AND q.program_id = r.program_id"
    " AND q.state IN ('open', 'in_round', 'offered')"
    " WHERE NOT EXISTS (SELECT FROM pairing g"
    " WHERE g.community_id = r.community_id AND g.program_id = r.program_id"
    " AND g.newcomer_id = q.member_id AND g.state = 'active')"
    " AND NOT EXISTS (SELECT FROM proposal x"
    " WHERE x.community_id = r.community_id AND x.program_id = r.program_id"
    " AND x.newcomer_id = q.member_id AND x.state = 'locked')"
    " AND NOT EXISTS (SELECT FROM enrollment e"
    " WHERE e.community_id = r.community_id AND e.program_id = r.program_id"
    " AND e.member_id = q.member_id AND e.role = 'newcomer'"
    " AND e.state = 'left')),"
    " mentor AS (SELECT e.member_id, e.capacity - e.used"
    " - (SELECT count(*) FROM proposal x"
    " WHERE x.community_id = r.community_id AND x.program_id = r.program_id"
    " AND x.mentor_id = e.member_id AND x.state = 'locked') AS places"
    " FROM r JOIN enrollment e ON e.community_id = r.community_id"
    " AND e.program_id = r.program_id AND e.role = 'mentor'"
    " AND e.state = 'active'"
    " AND (e.paused_until IS NULL OR e.paused_until <= current_date))" SELECT_PEOPLE};

/* A pause that is over when the intake begins keeps nobody out. */
#define TAKES_PART(part)                                               \
	" FROM i JOIN enrollment e ON e.community_id = i.community_id" \
	" AND e.program_id = i.program_id AND e.role = '" part         \
	"' AND e.state = 'active'"                                     \
	" AND (e.paused_until IS NULL OR e.paused_until <= i.first_date)"

static const struct db_stmt INTAKE_PEOPLE = {"snapshot_intake_people",
    "WITH i AS (SELECT *, first_date::timestamp AT TIME ZONE anchor_time_zone"
    " AS begins, (last_date + 1)::timestamp AT TIME ZONE anchor_time_zone"
    " AS ends FROM intake WHERE community_id = $1 AND id = $2),"
    " newcomer AS (SELECT e.member_id, 0 AS days" TAKES_PART(
	"newcomer") " WHERE NOT EXISTS (SELECT FROM cohort_member x"
		    " JOIN cohort c ON c.community_id = x.community_id"
		    " AND c.id = x.cohort_id AND c.state = 'published'"
		    " JOIN intake o ON o.community_id = c.community_id"
		    " AND o.id = c.intake_id AND o.program_id = i.program_id"
		    " JOIN session s ON s.community_id = c.community_id"
		    " AND s.cohort_id = c.id AND s.state = 'scheduled'"
		    " AND s.starts_at >= i.begins AND s.starts_at < i.ends"
		    " WHERE x.community_id = e.community_id"
		    " AND x.member_id = e.member_id AND x.part = 'newcomer')),"
		    " mentor AS (SELECT e.member_id, 1 AS places" TAKES_PART(
			"guide") ")" SELECT_PEOPLE};

static const struct db_stmt BANS = {"snapshot_bans",
    "SELECT x.newcomer_id, x.mentor_id FROM matching_round r"
    " JOIN proposal x ON x.community_id = r.community_id"
    " AND x.program_id = r.program_id AND x.state = 'declined'"
    " WHERE r.community_id = $1 AND r.id = $2"
    " UNION SELECT g.newcomer_id, g.mentor_id FROM matching_round r"
    " JOIN pairing g ON g.community_id = r.community_id"
    " AND g.program_id = r.program_id AND g.state = 'ended'"
    " AND g.ended_at > r.created_at - make_interval(days => $3::int)"
    " WHERE r.community_id = $1 AND r.id = $2 ORDER BY 1, 2"};

const struct db_stmt *const db_snapshot_stmts[] = {
    &ROUND, &PEOPLE, &INTAKE_PEOPLE, &BANS, NULL};

enum err_code db_snapshot_round(struct db *db, struct arena *a,
    const struct id *community, const struct id *round,
    struct db_snapshot_round *ret_round, struct err *e)
{
	const struct db_rows *rows = NULL;
	enum err_code code =
	    db_one(db, a, &ROUND, DB_ARGS(db_id(community), db_id(round)),
		"matching round", &rows, e);

	if (code != ERR_OK)
		return code;
	*ret_round =
	    (struct db_snapshot_round){.program_id = db_get_id(rows, 0, 0),
		.seed = db_get_int(rows, 0, 1),
		.created_at = db_get_instant(rows, 0, 2),
		.policy = db_get_text(rows, 0, 3)};
	return ERR_OK;
}

static const char *text_or_empty(const struct db_rows *r, size_t row, int col)
{
	const char *s = db_get_text(r, row, col);

	return s != NULL ? s : "";
}

static void read_person(
    const struct db_rows *r, size_t row, struct db_snapshot_person *p)
{
	*p = (struct db_snapshot_person){
	    .id = db_get_id(r, row, 0),
	    .display_name = text_or_empty(r, row, 1),
	    .newcomer = db_get_bool(r, row, 2),
	    .mentor = db_get_bool(r, row, 3),
	    .roles = text_or_empty(r, row, 4),
	    .wants = text_or_empty(r, row, 5),
	    .tags = text_or_empty(r, row, 6),
	    .stack = text_or_empty(r, row, 7),
	    .languages = text_or_empty(r, row, 8),
	    .time_zone = text_or_empty(r, row, 9),
	    .industry = text_or_empty(r, row, 10),
	    .style = text_or_empty(r, row, 11),
	    .organization = text_or_empty(r, row, 12),
	    .years_tenths = db_get_int(r, row, 13),
	    .places = db_get_int(r, row, 14),
	    .waiting_days = db_get_int(r, row, 15),
	    .windows = text_or_empty(r, row, 16),
	    .preferences = text_or_empty(r, row, 17),
	    .avoid = text_or_empty(r, row, 18),
	};
}

static enum err_code people_of(struct db *db, struct arena *a,
    const struct db_stmt *stmt, const struct id *community,
    const struct id *subject, struct db_snapshot_people *ret_people,
    struct err *e)
{
	const struct db_rows *rows = NULL;
	struct db_snapshot_people people = {0};
	enum err_code code = db_rows(
	    db, a, stmt, DB_ARGS(db_id(community), db_id(subject)), &rows, e);

	if (code != ERR_OK)
		return code;
	people.n = db_count(rows);
	people.item = ARENA_ARRAY(a, people.n, struct db_snapshot_person);
	if (people.item == NULL)
		return ERR_SET(
		    e, NOMEM, "no memory for the people who take part");
	for (size_t i = 0; i < people.n; i++)
		read_person(rows, i, &people.item[i]);
	*ret_people = people;
	return ERR_OK;
}

enum err_code db_snapshot_people(struct db *db, struct arena *a,
    const struct id *community, const struct id *round,
    struct db_snapshot_people *ret_people, struct err *e)
{
	return people_of(db, a, &PEOPLE, community, round, ret_people, e);
}

enum err_code db_snapshot_intake_people(struct db *db, struct arena *a,
    const struct id *community, const struct id *intake,
    struct db_snapshot_people *ret_people, struct err *e)
{
	return people_of(
	    db, a, &INTAKE_PEOPLE, community, intake, ret_people, e);
}

enum err_code db_snapshot_bans(struct db *db, struct arena *a,
    const struct id *community, const struct id *round, int64_t repeat_days,
    struct db_snapshot_bans *ret_bans, struct err *e)
{
	const struct db_rows *rows = NULL;
	struct db_snapshot_bans bans = {0};
	enum err_code code = db_rows(db, a, &BANS,
	    DB_ARGS(db_id(community), db_id(round), db_int(repeat_days)), &rows,
	    e);

	if (code != ERR_OK)
		return code;
	bans.n = db_count(rows);
	bans.item = ARENA_ARRAY(a, bans.n, struct db_snapshot_ban);
	if (bans.item == NULL)
		return ERR_SET(e, NOMEM, "no memory for the pairs of a round");
	for (size_t i = 0; i < bans.n; i++) {
		bans.item[i].newcomer_id = db_get_id(rows, i, 0);
		bans.item[i].mentor_id = db_get_id(rows, i, 1);
	}
	*ret_bans = bans;
	return ERR_OK;
}
