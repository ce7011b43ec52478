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

/* What each row says of one member, of the subject's CTE r, added up by member: linear
 * however stale the planner's statistics are, as they are right after an import. held
 * are places taken by locks in all programs, NULL where no limit over all of them counts;
 * ended and rest say when a mentor's last pairing ended and how long they rest; kept are
 * places of pairings that take part themselves; taken are the mentors that a newcomer has,
 * and ALL of them for whoever takes no part. */
/* clang-format off */
#define ALL "1000"
#define SAID \
    "said (member_id, days, taken, mentors, places, held, ended, rest," \
    " recent, kept, wanted) AS ("
/* Columns that are NULL have a type by the first row. */
#define SAYS_FIRST(member, days, wanted) \
    "SELECT " member ", " days ", 0, false, 0, 0, NULL::timestamptz," \
    " NULL::int, NULL::int, 0, " wanted "::int FROM r"
#define SAYS_ALL(member, days, taken, mentors, places, held, ended, rest, recent, kept) \
    "SELECT " member ", " days ", " taken ", " mentors ", " places ", " held \
    ", " ended ", " rest ", " recent ", " kept ", NULL FROM r"
#define SAYS(member, days, taken) \
    SAYS_ALL(member, days, taken, "false", "0", "0", "NULL", "NULL", "NULL", "0")
#define SAYS_MENTOR(places, held, rest, recent) \
    SAYS_ALL("e.member_id", "NULL", "0", "true", places, held, "NULL", rest, recent, "0")
/* clang-format on */

#define OF_PROGRAM(t)                          \
	" " t ".community_id = r.community_id" \
	" AND " t ".program_id = r.program_id"

#define ENROLLED(part)                                                 \
	" JOIN enrollment e ON" OF_PROGRAM("e") " AND e.role = '" part \
						"' AND e.state = 'active'"

/* A list of external ids as ids, in the list's order; unknown ones left out. */
#define IDS_OF(list)                                                \
	"(SELECT string_agg((SELECT o.id::text FROM member o"       \
	" WHERE o.community_id = m.community_id"                    \
	" AND o.external_id = n.external_id), ';' ORDER BY n.rank)" \
	" FROM unnest(" list ") WITH ORDINALITY n(external_id, rank))"

/* The rows that read_person reads, of the CTE `said`. */
/* clang-format off */
#define SELECT_PEOPLE(most) \
    ", part AS MATERIALIZED (SELECT member_id, max(days) AS days," \
    " CASE WHEN max(days) IS NULL THEN 0 ELSE" \
    " least(" most ", max(wanted)) - sum(taken) END AS wanted," \
    " bool_or(mentors) AS mentors, coalesce(max(rest) = 0 OR max(ended) +" \
    " make_interval(days => max(rest)) <= (SELECT created_at FROM r), true)" \
    " AS rested, sum(places) AS places, sum(held) AS held," \
    " sum(recent) AS recent, sum(kept) AS kept" \
    " FROM said GROUP BY member_id), who AS (SELECT m.*," \
    " t.wanted, t.days, t.recent, CASE WHEN t.mentors THEN t.kept + CASE WHEN t.rested THEN" \
    " greatest(0, least(t.places, m.mentor_capacity - m.mentor_used - t.held))" \
    " ELSE 0 END ELSE 0 END AS places" \
    " FROM part t JOIN member m ON m.community_id = $1" \
    " AND m.id = t.member_id WHERE m.erased_at IS NULL)" \
    " SELECT m.id, m.display_name, m.wanted > 0, m.places > 0," \
    " array_to_string(m.roles, ';'), array_to_string(m.wants, ';')," \
    " array_to_string(m.tags, ';')," \
    " levels_text(m.stack, 'term'), levels_text(m.languages, 'language')," \
    " m.time_zone, m.industry, m.style, m.organization," \
    " coalesce((m.years * 10)::int, -1), m.places," \
    " CASE WHEN m.wanted > 0 THEN m.days ELSE 0 END," \
    " (SELECT string_agg(a.weekday || ' ' || a.begin_minute || ' '" \
    " || a.end_minute, ';' ORDER BY a.weekday, a.begin_minute)" \
    " FROM availability a" \
    " WHERE a.community_id = m.community_id AND a.member_id = m.id)," \
    " " IDS_OF("m.preferences") ", " IDS_OF("m.avoid") "," \
    " CASE WHEN m.places > 0 THEN coalesce(m.recent, -1) ELSE -1 END," \
    " hours_text(m.preferred_hours), m.volunteer," \
    " CASE WHEN " most " > 1 AND m.wanted > 0 THEN m.wanted ELSE 0 END" \
    " FROM who m WHERE m.wanted > 0 OR m.places > 0 ORDER BY m.id"
/* clang-format on */

#define WAITED                                                     \
	"floor(greatest(0, least(3650,"                            \
	" extract(epoch FROM r.created_at - q.created_at) / 86400" \
	")))::int"

/* On the day of the round, whenever a worker comes to it. */
#define PAUSED "e.paused_until > r.created_at::date"

/* clang-format off */
/* Of a subject with a program and a moment: a row of `table`. */
#define SUBJECT(table) \
    "WITH r AS (SELECT community_id, program_id, created_at FROM " table \
    " WHERE community_id = $1 AND id = $2)"

/* Who asks … */
#define WHO_ASKS \
    SAYS_FIRST("q.member_id", WAITED, "q.mentors_wanted") \
    " JOIN mentor_request q ON" OF_PROGRAM("q") \
    " AND q.state IN ('open', 'in_round', 'offered') UNION ALL "

/* … unless paired already, as often as may be … */
#define BUT_PAIRED \
    SAYS("g.newcomer_id", "NULL", "1") \
    " JOIN pairing g ON" OF_PROGRAM("g") " AND g.state = 'active' UNION ALL "

/* … or locked, gone or pausing … */
#define BUT_TAKEN \
    SAYS("x.newcomer_id", "NULL", "1") \
    " JOIN proposal x ON" OF_PROGRAM("x") " AND x.state = 'locked' UNION ALL " \
    SAYS("e.member_id", "NULL", ALL) \
    " JOIN enrollment e ON" OF_PROGRAM("e") \
    " AND e.role = 'newcomer' AND (e.state = 'left' OR " PAUSED ") UNION ALL "

/* … and who mentors, with the places that locked proposals leave, and what they carry,
 * or did not long ago, in all programs. */
#define WHO_MENTORS \
    SAYS_MENTOR("e.capacity - e.used", "0", "coalesce(e.rest_days, $3::int)", \
	"0") \
    ENROLLED("mentor") \
    " AND NOT coalesce(" PAUSED ", false) UNION ALL " \
    SAYS_ALL("x.mentor_id", "NULL", "0", "false", \
	"-(x.program_id = r.program_id)::int", "1", "NULL", "NULL", "0", "0") \
    " JOIN proposal x ON x.community_id = r.community_id" \
    " AND x.state = 'locked' UNION ALL " \
    SAYS_ALL("g.mentor_id", "NULL", "0", "false", "0", "0", "g.ended_at", \
	"NULL", "(g.ended_at IS NULL OR g.ended_at >" \
	" r.created_at - make_interval(days => $4::int))::int", "0") \
    " JOIN pairing g ON g.community_id = r.community_id"

static const struct db_stmt PEOPLE = {"snapshot_people",
    SUBJECT("matching_round") ", " SAID WHO_ASKS BUT_PAIRED BUT_TAKEN WHO_MENTORS ")"
    SELECT_PEOPLE("$5::int")};

static const struct db_stmt TRIAL_PEOPLE = {"snapshot_trial_people",
    SUBJECT("trial") ", " SAID WHO_ASKS BUT_PAIRED BUT_TAKEN WHO_MENTORS ")"
    SELECT_PEOPLE("$5::int")};

#define PAIRED \
    "SELECT g.* FROM r CROSS JOIN LATERAL" \
    " pairs_to_repair(r.community_id, r.program_id, r.created_at) g"

/* Whoever has a mentor takes part too, with the place they have. */
static const struct db_stmt REPAIR_PEOPLE = {"snapshot_repair_people",
    SUBJECT("trial") ", paired AS (" PAIRED "), " SAID WHO_ASKS BUT_TAKEN
    SAYS("g.newcomer_id", "0", "0") " CROSS JOIN paired g UNION ALL "
    SAYS_ALL("g.mentor_id", "NULL", "0", "false", "0", "0", "NULL", "NULL",
	"0", "1")
    " CROSS JOIN paired g UNION ALL " WHO_MENTORS ")"
    SELECT_PEOPLE("$5::int")};

static const struct db_stmt PAIRS = {"snapshot_pairs",
    SUBJECT("trial") PAIRED " ORDER BY g.newcomer_id"};

/* A pause that is over when the intake begins keeps nobody out. */
#define NOT_PAUSED \
	" AND (e.paused_until IS NULL OR e.paused_until <= r.first_date)"

/* Whoever led a cohort, of whatever program, that began before and whose last session is
 * not so long past rests yet. */
#define RESTED \
	" AND NOT EXISTS (SELECT FROM cohort c JOIN session s" \
	" ON s.community_id = c.community_id AND s.cohort_id = c.id" \
	" AND s.state = 'scheduled' WHERE c.community_id = r.community_id" \
	" AND c.guide_id = e.member_id AND c.state = 'published'" \
	" AND coalesce(e.rest_days, $3::int) > 0 GROUP BY c.id" \
	" HAVING min(s.starts_at) < r.begins AND max(s.ends_at) > r.begins" \
	" - make_interval(days => coalesce(e.rest_days, $3::int)))"

static const struct db_stmt INTAKE_PEOPLE = {"snapshot_intake_people",
    "WITH r AS (SELECT *, first_date::timestamp AT TIME ZONE anchor_time_zone"
    " AS begins, (last_date + 1)::timestamp AT TIME ZONE anchor_time_zone"
    " AS ends FROM intake WHERE community_id = $1 AND id = $2), " SAID
    SAYS_FIRST("e.member_id", "0", "NULL")
    ENROLLED("newcomer") NOT_PAUSED " UNION ALL "
    /* who is in a published cohort that meets between the dates */
    SAYS("x.member_id", "NULL", ALL)
    " JOIN intake o ON" OF_PROGRAM("o")
    " JOIN cohort c ON c.community_id = o.community_id"
    " AND c.intake_id = o.id AND c.state = 'published'"
    " JOIN cohort_member x ON x.community_id = c.community_id"
    " AND x.cohort_id = c.id AND x.part = 'newcomer'"
    " WHERE EXISTS (SELECT FROM session s"
    " WHERE s.community_id = c.community_id AND s.cohort_id = c.id"
    " AND s.state = 'scheduled' AND s.starts_at >= r.begins"
    " AND s.starts_at < r.ends) UNION ALL "
    SAYS_MENTOR("1", "NULL", "NULL", "NULL") ENROLLED("guide") NOT_PAUSED
    RESTED ")"
    SELECT_PEOPLE("1")};
/* clang-format on */

/* What people have now is no ban, however it came about; but where a newcomer may have
 * several mentors they are not given the same one again. */
/* clang-format off */
#define PAIRS_OF(table, who, where) \
    "SELECT x.newcomer_id, x.mentor_id FROM " table " r" \
    " JOIN " who " x ON" OF_PROGRAM("x") " AND " where \
    " WHERE r.community_id = $1 AND r.id = $2"
#define BANNED(table) \
    PAIRS_OF(table, "proposal", "x.state = 'declined'") " UNION " \
    PAIRS_OF(table, "pairing", "x.state = 'ended' AND $3::int > 0" \
	" AND x.ended_at > r.created_at - make_interval(days => $3::int)") \
    " EXCEPT " PAIRS_OF(table, "pairing", "x.state = 'active'") " UNION " \
    PAIRS_OF(table, "pairing", "x.state = 'active' AND $4::int > 1") " UNION " \
    PAIRS_OF(table, "proposal", "x.state = 'locked' AND $4::int > 1") \
    " ORDER BY 1, 2"
/* clang-format on */

static const struct db_stmt BANS = {"snapshot_bans", BANNED("matching_round")};
static const struct db_stmt TRIAL_BANS = {
    "snapshot_trial_bans", BANNED("trial")};

const struct db_stmt *const db_snapshot_stmts[] = {&ROUND, &PEOPLE,
    &TRIAL_PEOPLE, &REPAIR_PEOPLE, &PAIRS, &INTAKE_PEOPLE, &BANS, &TRIAL_BANS,
    NULL};

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
	    .recent_pairings = db_get_int(r, row, 19),
	    .preferred = text_or_empty(r, row, 20),
	    .volunteer = db_get_int(r, row, 21),
	    .mentors_wanted = db_get_int(r, row, 22),
	};
}

static enum err_code people_of(struct db *db, struct arena *a,
    const struct db_stmt *stmt, struct db_args args,
    struct db_snapshot_people *ret_people, struct err *e)
{
	const struct db_rows *rows = NULL;
	struct db_snapshot_people people = {0};
	enum err_code code = db_rows(db, a, stmt, args, &rows, e);

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
    const struct db_snapshot_rest *rest, struct db_snapshot_people *ret_people,
    struct err *e)
{
	return people_of(db, a, &PEOPLE,
	    DB_ARGS(db_id(community), db_id(round), db_int(rest->rest_days),
		db_int(rest->load_window_days),
		db_int(rest->mentors_per_newcomer)),
	    ret_people, e);
}

enum err_code db_snapshot_trial_people(struct db *db, struct arena *a,
    const struct id *community, const struct id *trial, bool with_paired,
    const struct db_snapshot_rest *rest, struct db_snapshot_people *ret_people,
    struct err *e)
{
	return people_of(db, a, with_paired ? &REPAIR_PEOPLE : &TRIAL_PEOPLE,
	    DB_ARGS(db_id(community), db_id(trial), db_int(rest->rest_days),
		db_int(rest->load_window_days),
		db_int(rest->mentors_per_newcomer)),
	    ret_people, e);
}

enum err_code db_snapshot_intake_people(struct db *db, struct arena *a,
    const struct id *community, const struct id *intake, int64_t rest_days,
    struct db_snapshot_people *ret_people, struct err *e)
{
	return people_of(db, a, &INTAKE_PEOPLE,
	    DB_ARGS(db_id(community), db_id(intake), db_int(rest_days)),
	    ret_people, e);
}

static enum err_code pairs_of(struct db *db, struct arena *a,
    const struct db_stmt *stmt, struct db_args args,
    struct db_snapshot_bans *ret_pairs, struct err *e)
{
	const struct db_rows *rows = NULL;
	struct db_snapshot_bans pairs = {0};
	enum err_code code = db_rows(db, a, stmt, args, &rows, e);

	if (code != ERR_OK)
		return code;
	pairs.n = db_count(rows);
	pairs.item = ARENA_ARRAY(a, pairs.n, struct db_snapshot_ban);
	if (pairs.item == NULL)
		return ERR_SET(e, NOMEM, "no memory for the pairs of a round");
	for (size_t i = 0; i < pairs.n; i++) {
		pairs.item[i].newcomer_id = db_get_id(rows, i, 0);
		pairs.item[i].mentor_id = db_get_id(rows, i, 1);
	}
	*ret_pairs = pairs;
	return ERR_OK;
}

enum err_code db_snapshot_bans(struct db *db, struct arena *a,
    const struct id *community, const struct id *round,
    const struct db_snapshot_again *again, struct db_snapshot_bans *ret_bans,
    struct err *e)
{
	return pairs_of(db, a, &BANS,
	    DB_ARGS(db_id(community), db_id(round), db_int(again->repeat_days),
		db_int(again->mentors_per_newcomer)),
	    ret_bans, e);
}

enum err_code db_snapshot_trial_bans(struct db *db, struct arena *a,
    const struct id *community, const struct id *trial,
    const struct db_snapshot_again *again, struct db_snapshot_bans *ret_bans,
    struct err *e)
{
	return pairs_of(db, a, &TRIAL_BANS,
	    DB_ARGS(db_id(community), db_id(trial), db_int(again->repeat_days),
		db_int(again->mentors_per_newcomer)),
	    ret_bans, e);
}

enum err_code db_snapshot_pairs(struct db *db, struct arena *a,
    const struct id *community, const struct id *trial,
    struct db_snapshot_bans *ret_pairs, struct err *e)
{
	return pairs_of(db, a, &PAIRS, DB_ARGS(db_id(community), db_id(trial)),
	    ret_pairs, e);
}
