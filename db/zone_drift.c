/* Sessions of another release: see zone_drift.h. */
#include "db/zone_drift.h"

#include <string.h>

#define COLUMNS                                                                  \
	"s.id, s.cohort_id, s.event_id, s.row_version, s.starts_at, s.ends_at, " \
	"(s.local_date + s.local_time) AT TIME ZONE 'UTC', s.time_zone, "        \
	"s.tzdata_version"
#define TO_COME                                                             \
	" FROM session s JOIN cohort c ON c.community_id = s.community_id " \
	"AND c.id = s.cohort_id AND c.state = 'published' "                 \
	"WHERE s.community_id = $1 AND s.state = 'scheduled' "              \
	"AND s.starts_at > now() "

static const struct db_stmt LIST = {"zone_drift_list",
    "SELECT " COLUMNS TO_COME
    "AND s.tzdata_version <> $2 ORDER BY s.starts_at, s.id LIMIT $3"};

static const struct db_stmt LOCK = {"zone_drift_lock",
    "SELECT " COLUMNS TO_COME "AND s.id = $2 FOR UPDATE OF s"};

static const struct db_stmt EXISTS = {"zone_drift_exists",
    "SELECT 1 FROM session WHERE community_id = $1 AND id = $2"};

const struct db_stmt *const db_zone_drift_stmts[] = {
    &LIST, &LOCK, &EXISTS, NULL};

static struct db_zone_drift row_of(const struct db_rows *r, size_t i)
{
	return (struct db_zone_drift){.session_id = db_get_id(r, i, 0),
	    .cohort_id = db_get_id(r, i, 1),
	    .event_id = db_get_id(r, i, 2),
	    .row_version = db_get_int(r, i, 3),
	    .start = db_get_instant(r, i, 4),
	    .end = db_get_instant(r, i, 5),
	    .local = db_get_instant(r, i, 6),
	    .time_zone = db_get_text(r, i, 7),
	    .tzdata_version = db_get_text(r, i, 8)};
}

enum err_code db_zone_drift_list(struct db *db, struct arena *a,
    const struct id *community, const char *tzdata_version,
    struct db_zone_drift **ret_items, size_t *ret_n, bool *ret_more,
    struct err *e)
{
	const struct db_rows *r;
	struct db_zone_drift *item;
	size_t n;
	enum err_code code = db_rows(db, a, &LIST,
	    DB_ARGS(db_id(community), db_text(tzdata_version),
		db_int(DB_ZONE_DRIFT_MAX + 1)),
	    &r, e);

	if (code != ERR_OK)
		return code;
	n = db_count(r);
	*ret_more = n > DB_ZONE_DRIFT_MAX;
	n = *ret_more ? DB_ZONE_DRIFT_MAX : n;
	item = ARENA_ARRAY(a, n, struct db_zone_drift);
	if (item == NULL)
		return ERR_SET(e, NOMEM, "too many sessions");
	for (size_t i = 0; i < n; i++)
		item[i] = row_of(r, i);
	*ret_items = item;
	*ret_n = n;
	return ERR_OK;
}

enum err_code db_zone_drift_lock(struct db *db, struct arena *a,
    const struct id *community, const struct id *session,
    const char *tzdata_version, int64_t if_match, struct db_zone_drift *ret,
    struct err *e)
{
	const struct db_rows *r;
	struct db_zone_drift d;
	enum err_code code = db_one(db, a, &EXISTS,
	    DB_ARGS(db_id(community), db_id(session)), "session", &r, e);

	if (code == ERR_OK)
		code = db_rows(db, a, &LOCK,
		    DB_ARGS(db_id(community), db_id(session)), &r, e);
	if (code != ERR_OK)
		return code;
	if (db_count(r) == 0)
		return ERR_SET(e, STATE, "the session is not to come any more");
	d = row_of(r, 0);
	if (if_match != 0 && d.row_version != if_match)
		return ERR_SET(e, STALE, "the session changed meanwhile");
	if (strcmp(d.tzdata_version, tzdata_version) == 0)
		return ERR_SET(e, STATE,
		    "the session was computed under the zone data in use");
	*ret = d;
	return ERR_OK;
}
