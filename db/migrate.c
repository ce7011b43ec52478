/*
 * The runner of migrations. Invariant: a row in schema_migration and the effect of
 * its file are one transaction. The text of a migration is the one SQL that is not a
 * literal at its call: it is a constant all the same, embedded in the binary.
 */
#include "db/migrate.h"

#include <time.h>

#include "base/num.h"
#include "db/pq.h"

static const struct db_stmt LOCK = {
    "migrate_lock", "SELECT pg_advisory_lock(hashtext('cairn migrations'))"};
static const struct db_stmt UNLOCK = {"migrate_unlock",
    "SELECT pg_advisory_unlock(hashtext('cairn migrations'))"};
/* The first statement of a migration's transaction: it opens it (db/tx.c), before
 * the text of the migration, which goes around db_exec. */
static const struct db_stmt SHORT_WAIT = {
    "migrate_short_wait", "SELECT set_config('lock_timeout', $1, true)"};
static const struct db_stmt NEWEST = {
    "migrate_newest", "SELECT coalesce(max(version), 0) FROM schema_migration"};
static const struct db_stmt SAME = {"migrate_same",
    "SELECT name = $2 AND sha256 = sha256($3)"
    " FROM schema_migration WHERE version = $1"};
static const struct db_stmt RECORD = {"migrate_record",
    "INSERT INTO schema_migration (version, name, sha256)"
    " VALUES ($1, $2, sha256($3))"};

const struct db_stmt *const db_migrate_stmts[] = {
    &LOCK, &UNLOCK, &SHORT_WAIT, &NEWEST, &SAME, &RECORD, NULL};

enum {
	LOCK_TRIES = 200,
	LOCK_PAUSE_MS = 300
};

enum state {
	PENDING,
	APPLIED,
	DRIFTED,
};

static int64_t version_of(const struct db_migration *m)
{
	int64_t version = 0;

	if (strlen(m->name) < 4 ||
	    !num_parse_i64(m->name, 4, 1, 9999, &version))
		return 0;
	return version;
}

static enum err_code state_of(struct db *db, struct arena *a,
    const struct db_migration *m, enum state *ret_state, struct err *e)
{
	const struct db_rows *row;
	enum err_code code = db_rows(db, a, &SAME,
	    DB_ARGS(db_int(version_of(m)), db_text(m->name),
		db_bytes(m->begin, (size_t)(m->end - m->begin))),
	    &row, e);

	if (code != ERR_OK)
		return code;
	if (db_count(row) == 0)
		*ret_state = PENDING;
	else
		*ret_state = db_get_bool(row, 0, 0) ? APPLIED : DRIFTED;
	return ERR_OK;
}

static enum err_code check_newest(struct db *db, struct arena *a,
    const struct db_migration *table, struct err *e)
{
	const struct db_rows *row;
	enum err_code code;
	int64_t ours = 0;

	for (; table->name != NULL; table++)
		ours = version_of(table);
	code = db_one(db, a, &NEWEST, DB_NO_ARGS, "schema", &row, e);
	if (code == ERR_OK && db_get_int(row, 0, 0) > ours)
		code = ERR_SET(e, CONFLICT,
		    "the database has schema %lld, newer than this program's "
		    "%lld",
		    (long long)db_get_int(row, 0, 0), (long long)ours);
	return code;
}

static enum err_code run_literal(struct db *db, PGresult *res, struct err *e)
{
	ExecStatusType status = PQresultStatus(res);
	enum err_code code = ERR_OK;

	if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
		code = pq_failed(db, res, e);
	PQclear(res);
	return code;
}

/* Whoever comes after a migration that waits for a lock waits behind it: it waits
 * for a moment only. */
static enum err_code apply_once(
    struct db *db, const struct db_migration *m, struct err *e)
{
	enum err_code code = db_tx_begin(db, DB_WRITE, e);

	if (code != ERR_OK)
		return code;
	code = db_exec(db, &SHORT_WAIT, DB_ARGS(db_text("200ms")), NULL, e);
	if (code == ERR_OK)
		code = run_literal(db, PQexec(db->conn, m->begin), e);
	if (code == ERR_OK)
		code = db_exec(db, &RECORD,
		    DB_ARGS(db_int(version_of(m)), db_text(m->name),
			db_bytes(m->begin, (size_t)(m->end - m->begin))),
		    NULL, e);
	if (code == ERR_OK)
		return db_tx_commit(db, e);
	db_tx_rollback(db);
	return code;
}

/* Again after a pause in which those who waited get on, for a minute or two. */
static enum err_code apply(
    struct db *db, const struct db_migration *m, struct err *e)
{
	const struct timespec pause = {.tv_nsec = LOCK_PAUSE_MS * 1000000L};
	enum err_code code = apply_once(db, m, e);

	for (int i = 0; code == ERR_DB_RETRY && i < LOCK_TRIES; i++) {
		nanosleep(&pause, NULL);
		err_clear(e);
		code = apply_once(db, m, e);
	}
	if (code != ERR_OK)
		code = ERR_SET(
		    e, IO, "migration %s failed: %s", m->name, db_message(db));
	return code;
}

static enum err_code apply_all(struct db *db, struct arena *a,
    const struct db_migration *table, int *ret_applied, struct err *e)
{
	enum err_code code = check_newest(db, a, table, e);

	for (const struct db_migration *m = table;
	     code == ERR_OK && m->name != NULL; m++) {
		enum state state = PENDING;

		code = state_of(db, a, m, &state, e);
		if (code == ERR_OK && state == DRIFTED)
			code = ERR_SET(e, CONFLICT,
			    "migration %s was applied with another content",
			    m->name);
		if (code == ERR_OK && state == PENDING) {
			code = apply(db, m, e);
			if (code == ERR_OK)
				++*ret_applied;
		}
	}
	return code;
}

enum err_code db_migrate(struct db *db, struct arena *a,
    const struct db_migration *table, int *ret_applied, struct err *e)
{
	struct err ignored = {0};
	enum err_code code = db_exec(db, &LOCK, DB_NO_ARGS, NULL, e);

	*ret_applied = 0;
	if (code != ERR_OK)
		return code;
	code = run_literal(db,
	    PQexec(db->conn,
		"CREATE SCHEMA IF NOT EXISTS cairn;"
		"CREATE TABLE IF NOT EXISTS cairn.schema_migration ("
		" version int PRIMARY KEY, name text NOT NULL,"
		" sha256 bytea NOT NULL,"
		" applied_at timestamptz NOT NULL DEFAULT now())"),
	    e);
	if (code == ERR_OK)
		code = apply_all(db, a, table, ret_applied, e);
	/* Should this fail, the end of the connection frees the lock. */
	if (db_exec(db, &UNLOCK, DB_NO_ARGS, NULL, &ignored) != ERR_OK)
		pq_drop(db);
	return code;
}

enum err_code db_migrate_check(struct db *db, struct arena *a,
    const struct db_migration *table, struct err *e)
{
	const struct db_rows *row;
	enum err_code code =
	    db_one(db, a, &NEWEST, DB_NO_ARGS, "schema", &row, e);

	/* The table itself is not there yet. */
	if (code == ERR_BUG)
		return ERR_SET(e, CONFLICT,
		    "the database has no schema: run cairn migrate");
	for (const struct db_migration *m = table;
	     code == ERR_OK && m->name != NULL; m++) {
		enum state state = PENDING;

		code = state_of(db, a, m, &state, e);
		if (code == ERR_OK && state != APPLIED)
			code = ERR_SET(e, CONFLICT,
			    "the schema is not this program's at %s: run "
			    "cairn migrate",
			    m->name);
	}
	return code;
}

enum err_code db_migrate_open(
    const char *conninfo, bool allow_unsafe, struct db **ret_db, struct err *e)
{
	const struct db_options o = {
	    .conninfo = conninfo,
	    .application_name = "cairn-migrate",
	    .statement_timeout_ms = 3600000,
	    .lock_timeout_ms = 60000,
	    .idle_timeout_ms = 60000,
	    .allow_unsafe = allow_unsafe,
	};

	return db_open(&o, ret_db, e);
}
