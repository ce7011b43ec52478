/*
 * Members by the file: import, export and weekly hours. Invariant: one member's
 * hours and the hours of a whole import go through the same three statements
 * (delete what is not in the new set, insert or change what is, raise the versions
 * of those concerned), so equal hours change nothing.
 */
#include "db/members.h"

/* The hours of an array of {"id","windows"} as rows. */
#define NEW_WINDOWS                                              \
	" (SELECT m.id, w.weekday, w.begin_minute, w.end_minute" \
	"  FROM jsonb_to_recordset($2::jsonb)"                   \
	"   AS m(id uuid, windows jsonb),"                       \
	"  jsonb_to_recordset(m.windows) AS w(weekday smallint," \
	"   begin_minute smallint, end_minute smallint)) "
#define NEW_EXCEPTIONS                         \
	" (SELECT m.id, w.\"from\", w.\"to\""  \
	"  FROM jsonb_to_recordset($2::jsonb)" \
	"   AS m(id uuid, exceptions jsonb),"  \
	"  jsonb_to_recordset(m.exceptions)"   \
	"   AS w(\"from\" date, \"to\" date)) "
#define RAISE                                   \
	" UPDATE member SET updated_at = now()" \
	" WHERE community_id = $1 AND id IN (SELECT member_id FROM changed)"

static const struct db_stmt DROP_WINDOWS = {"availability_drop",
    "WITH changed AS (DELETE FROM availability a"
    " USING jsonb_to_recordset($2::jsonb) AS m(id uuid)"
    " WHERE a.community_id = $1 AND a.member_id = m.id"
    " AND (a.member_id, a.weekday, a.begin_minute, a.end_minute)"
    " NOT IN" NEW_WINDOWS "RETURNING a.member_id)" RAISE};
static const struct db_stmt ADD_WINDOWS = {"availability_add",
    "WITH changed AS (INSERT INTO availability"
    " (community_id, member_id, weekday, begin_minute, end_minute)"
    " SELECT $1::uuid, n.* FROM" NEW_WINDOWS "AS n"
    " ON CONFLICT DO NOTHING RETURNING member_id)" RAISE};
static const struct db_stmt DROP_EXCEPTIONS = {"exception_drop",
    "WITH changed AS (DELETE FROM availability_exception a"
    " USING jsonb_to_recordset($2::jsonb) AS m(id uuid)"
    " WHERE a.community_id = $1 AND a.member_id = m.id"
    " AND (a.member_id, a.date_from, a.date_to)"
    " NOT IN" NEW_EXCEPTIONS "RETURNING a.member_id)" RAISE};
static const struct db_stmt ADD_EXCEPTIONS = {"exception_add",
    "WITH changed AS (INSERT INTO availability_exception"
    " (community_id, member_id, date_from, date_to)"
    " SELECT $1::uuid, n.* FROM" NEW_EXCEPTIONS "AS n"
    " ON CONFLICT DO NOTHING RETURNING member_id)" RAISE};
static const struct db_stmt AVAILABILITY = {"availability_get",
    "SELECT etag, doc FROM availability_doc"
    " WHERE community_id = $1 AND id = $2"};
/* Lock the member; the version is checked before anything changes. */
static const struct db_stmt CURRENT = {"member_current",
    "SELECT 1 FROM member WHERE community_id = $1 AND id = $2"
    " AND ($3::bigint = 0 OR row_version = $3) AND erased_at IS NULL"
    " FOR UPDATE"};
static const struct db_stmt ONE = {"availability_one",
    "SELECT jsonb_build_array(jsonb_build_object('id', $1::uuid,"
    " 'windows', $2::jsonb, 'exceptions', $3::jsonb))"};
static const struct db_stmt SET_LIKES = {"availability_likes",
    "UPDATE member SET preferred_hours = $3::jsonb, volunteer = $4::smallint"
    " WHERE community_id = $1 AND id = $2"
    " AND (preferred_hours, volunteer)"
    " IS DISTINCT FROM ($3::jsonb, $4::smallint)"};

/* Fills in the ids that the database knows, then updates or inserts. The file
 * knows no enrollments of its own: those come in a second statement. */
static const struct db_stmt RESOLVE = {"import_resolve",
    "SELECT coalesce(jsonb_agg(x.doc || jsonb_build_object("
    " 'id', coalesce(m.id, (x.doc ->> 'id')::uuid))), '[]'),"
    " count(*) FILTER (WHERE m.id IS NULL),"
    " count(*) FILTER (WHERE m.id IS NOT NULL)"
    " FROM jsonb_array_elements($2::jsonb) AS x(doc)"
    " LEFT JOIN member m ON m.community_id = $1"
    " AND m.external_id = x.doc ->> 'external_id'"};
static const struct db_stmt UPSERT = {"import_upsert",
    "INSERT INTO member (community_id, id, external_id, display_name, email,"
    " roles, wants, tags, stack, languages, time_zone, industry, style,"
    " organization, years, preferences, avoid, preferred_hours, volunteer)"
    " SELECT $1::uuid, id, external_id, display_name, email,"
    " coalesce(roles, '{}'), coalesce(wants, '{}'), coalesce(tags, '{}'),"
    " coalesce(stack, '[]'), coalesce(languages, '[]'), time_zone, industry,"
    " style, organization, years, coalesce(preferences, '{}'),"
    " coalesce(avoid, '{}'), coalesce(preferred_hours, '[]'),"
    " coalesce(volunteer, 0)"
    " FROM jsonb_to_recordset($2::jsonb) AS x(id uuid,"
    " external_id text, display_name text, email text, roles text[],"
    " wants text[], tags text[], stack jsonb, languages jsonb,"
    " time_zone text, industry text, style text, organization text,"
    " years numeric(4,1), preferences text[], avoid text[],"
    " preferred_hours jsonb, volunteer smallint)"
    " ON CONFLICT (community_id, external_id) DO UPDATE SET"
    " display_name = excluded.display_name, email = excluded.email,"
    " roles = excluded.roles, wants = excluded.wants, tags = excluded.tags,"
    " stack = excluded.stack, languages = excluded.languages,"
    " time_zone = excluded.time_zone, industry = excluded.industry,"
    " style = excluded.style, organization = excluded.organization,"
    " years = excluded.years, preferences = excluded.preferences,"
    " avoid = excluded.avoid, preferred_hours = excluded.preferred_hours,"
    " volunteer = excluded.volunteer"};
static const struct db_stmt ENROLL = {"import_enroll",
    "INSERT INTO enrollment AS n"
    " (community_id, program_id, member_id, role, capacity)"
    " SELECT $1::uuid, $3::uuid, x.id, r.role,"
    " CASE r.role WHEN 'mentor' THEN coalesce(x.capacity, 1) ELSE 0 END"
    " FROM jsonb_to_recordset($2::jsonb)"
    "  AS x(id uuid, participation text, capacity int)"
    " JOIN (VALUES ('newcomer'), ('mentor')) AS r(role)"
    "  ON x.participation IN (r.role, 'both')"
    " ON CONFLICT (community_id, program_id, member_id, role) DO UPDATE"
    " SET capacity = excluded.capacity, state = 'active'"
    " WHERE n.capacity <> excluded.capacity OR n.state <> 'active'"};

#define JOINED(list) "array_to_string(" list ", ';')"
#define LEVELS(list, name)                                                  \
	"coalesce((SELECT string_agg((v ->> '" name "') || ':' ||"          \
	" (v ->> 'level'), ';' ORDER BY i) FROM jsonb_array_elements(" list \
	") WITH ORDINALITY AS t(v, i)), '')"

static const struct db_stmt CELLS = {"member_cells",
    "SELECT m.external_id, m.display_name, coalesce(m.email, ''),"
    " CASE WHEN n.newcomer AND n.mentor THEN 'both'"
    "  WHEN n.mentor THEN 'mentor' WHEN n.newcomer THEN 'newcomer'"
    "  ELSE '' END,"
    " " JOINED("m.roles") ", " LEVELS("m.stack",
	"term") ","
		" " JOINED("m.wants") ", " LEVELS("m.languages",
		    "language") ","
				" m.time_zone,"
				" coalesce((SELECT string_agg(weekday_name(w.weekday) || ' ' ||"
				"  minute_name(w.begin_minute) || '-' || minute_name(w.end_minute), ';'"
				"  ORDER BY w.weekday, w.begin_minute) FROM availability w"
				"  WHERE w.community_id = m.community_id AND w.member_id = m.id), ''),"
				" coalesce(m.industry, ''), coalesce(m.style, ''),"
				" " JOINED(
				    "m.tags") ", coalesce(m.organization, ''),"
					      " coalesce(m.years::text, ''), coalesce(n.capacity::text, ''),"
					      " " JOINED("m.preferences") ", " JOINED(
						  "m.avoid") ","
							     " coalesce((SELECT string_agg(weekday_name((w ->> 'weekday')::int)"
							     "  || ' ' || minute_name((w ->> 'begin_minute')::int) || '-' ||"
							     "  minute_name((w ->> 'end_minute')::int), ';' ORDER BY i)"
							     "  FROM jsonb_array_elements(m.preferred_hours)"
							     "  WITH ORDINALITY AS t(w, i)), ''),"
							     " coalesce(nullif(m.volunteer, 0)::text, ''),"
							     " coalesce((SELECT greatest(0, extract(day FROM now() -"
							     "  min(q.created_at)))::int::text FROM mentor_request q"
							     "  WHERE q.community_id = m.community_id AND q.member_id = m.id"
							     "  AND ($2::uuid IS NULL OR q.program_id = $2)"
							     "  AND q.state IN ('open', 'in_round')), '0'),"
							     " m.id"
							     " FROM member m CROSS JOIN LATERAL ("
							     "  SELECT bool_or(role = 'newcomer') AS newcomer,"
							     "  bool_or(role = 'mentor') AS mentor,"
							     "  max(capacity) FILTER (WHERE role = 'mentor') AS capacity"
							     "  FROM enrollment e WHERE e.community_id = m.community_id"
							     "  AND e.member_id = m.id AND e.state = 'active'"
							     "  AND ($2::uuid IS NULL OR e.program_id = $2)) AS n"
							     " WHERE m.community_id = $1 AND m.erased_at IS NULL"
							     " AND ($2::uuid IS NULL OR n.newcomer OR n.mentor)"
							     " ORDER BY m.external_id COLLATE \"C\""};

const struct db_stmt *const db_member_bulk_stmts[] = {&DROP_WINDOWS,
    &ADD_WINDOWS, &DROP_EXCEPTIONS, &ADD_EXCEPTIONS, &AVAILABILITY, &CURRENT,
    &ONE, &SET_LIKES, &RESOLVE, &UPSERT, &ENROLL, &CELLS, NULL};

enum err_code db_availability_get(struct db *db, struct arena *a,
    const struct id *community, const struct id *member, struct db_doc *ret_doc,
    struct err *e)
{
	return db_doc_get(db, a, &AVAILABILITY,
	    DB_ARGS(db_id(community), db_id(member)), "member", ret_doc, e);
}

static enum err_code run_all(struct db *db, const struct db_stmt *const *stmt,
    size_t n, struct db_args args, struct err *e)
{
	enum err_code code = ERR_OK;

	for (size_t i = 0; i < n && code == ERR_OK; i++)
		code = db_exec(db, stmt[i], args, NULL, e);
	return code;
}

enum err_code db_availability_put(struct db *db, const struct id *community,
    const struct id *member, int64_t if_match, const struct db_hours *hours,
    struct err *e)
{
	static const struct db_stmt *const ALL[] = {
	    &DROP_WINDOWS, &ADD_WINDOWS, &DROP_EXCEPTIONS, &ADD_EXCEPTIONS};
	const struct db_guard guard = {.get = &AVAILABILITY,
	    .args = DB_ARGS(db_id(community), db_id(member)),
	    .what = "member",
	    .otherwise = ERR_STALE};
	struct arena *a = arena_new(1 << 20);
	const struct db_rows *row;
	enum err_code code;

	if (a == NULL)
		return ERR_SET(e, NOMEM, "no memory for the hours");
	code = db_guarded(db, &CURRENT,
	    DB_ARGS(db_id(community), db_id(member), db_int(if_match)), &guard,
	    e);
	/* First: what comes after it in this transaction raises no version again. */
	if (code == ERR_OK)
		code = db_exec(db, &SET_LIKES,
		    DB_ARGS(db_id(community), db_id(member),
			db_text(hours->preferred), db_int(hours->volunteer)),
		    NULL, e);
	if (code == ERR_OK)
		code = db_one(db, a, &ONE,
		    DB_ARGS(db_id(member), db_text(hours->windows),
			db_text(hours->exceptions)),
		    "member", &row, e);
	if (code == ERR_OK)
		code = run_all(db, ALL, sizeof(ALL) / sizeof(ALL[0]),
		    DB_ARGS(db_id(community), db_text(db_get_text(row, 0, 0))),
		    e);
	arena_free(a);
	return code;
}

enum err_code db_member_import(struct db *db, struct arena *a,
    const struct id *community, const struct id *program, const char *json,
    struct db_import_counts *ret_counts, struct err *e)
{
	static const struct db_stmt *const ALL[] = {
	    &UPSERT, &DROP_WINDOWS, &ADD_WINDOWS};
	struct db_import_counts counts = {.enrolled = 0};
	const struct db_rows *row;
	const char *resolved;
	enum err_code code = db_one(db, a, &RESOLVE,
	    DB_ARGS(db_id(community), db_text(json)), "member", &row, e);

	if (code != ERR_OK)
		return code;
	resolved = db_get_text(row, 0, 0);
	counts.created = db_get_int(row, 0, 1);
	counts.updated = db_get_int(row, 0, 2);
	code = run_all(db, ALL, sizeof(ALL) / sizeof(ALL[0]),
	    DB_ARGS(db_id(community), db_text(resolved)), e);
	if (code == ERR_OK && program != NULL)
		code = db_exec(db, &ENROLL,
		    DB_ARGS(
			db_id(community), db_text(resolved), db_id(program)),
		    &counts.enrolled, e);
	if (code == ERR_OK)
		*ret_counts = counts;
	return code;
}

enum err_code db_member_cells(struct db *db, struct arena *a,
    const struct id *community, const struct id *program,
    const struct db_rows **ret_rows, struct err *e)
{
	return db_rows(db, a, &CELLS, DB_ARGS(db_id(community), db_id(program)),
	    ret_rows, e);
}
