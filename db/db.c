/*
 * The connection: opened with every setting in the connection string, checked for
 * durability, opened again when lost. Invariant: `prepared` describes the present
 * connection and is empty after a reconnect; in_tx stays true over a loss, until
 * the transaction is rolled back, so that no statement of it runs outside.
 */
#include <stdio.h>

#include "base/metric.h"
#include "db/pq.h"

enum {
	SCRATCH_CAP =
	    256 << 20, /* parameters of one call, a member file twice */
};

/* A WARNING while a COMMIT waits means that its outcome is not known: the commit
 * was cut short before the standby had it. The severity is asked for in its
 * untranslated form, so the server's language does not matter. */
static void notice(void *arg, const PGresult *res)
{
	struct db *db = arg;
	const char *severity =
	    PQresultErrorField(res, PG_DIAG_SEVERITY_NONLOCALIZED);

	if (db->committing && severity != NULL &&
	    strcmp(severity, "WARNING") == 0)
		db->warned = true;
	snprintf(
	    db->message, sizeof(db->message), "%s", PQresultErrorMessage(res));
}

bool db_is_conninfo(const char *conninfo)
{
	PQconninfoOption *list = PQconninfoParse(conninfo, NULL);
	bool good = list != NULL;

	PQconninfoFree(list);
	return good;
}

/* The `options` that the operator's own connection string has, or "". */
static char *own_options(const char *conninfo)
{
	PQconninfoOption *list = PQconninfoParse(conninfo, NULL);
	char *found = NULL;

	for (const PQconninfoOption *o = list;
	     found == NULL && o != NULL && o->keyword; o++)
		if (strcmp(o->keyword, "options") == 0 && o->val != NULL)
			found = strdup(o->val);
	PQconninfoFree(list);
	return found != NULL ? found : strdup("");
}

static char *make_settings(const struct db_options *o)
{
	char *own = own_options(o->conninfo);
	char *settings = NULL;
	int n = -1;

	if (own != NULL)
		n = asprintf(&settings,
		    "%s -c statement_timeout=%d -c lock_timeout=%d"
		    " -c idle_in_transaction_session_timeout=%d"
		    " -c TimeZone=UTC -c DateStyle=ISO -c search_path=cairn"
		    " -c client_connection_check_interval=500%s%s",
		    own,
		    o->statement_timeout_ms > 0 ? o->statement_timeout_ms
						: 5000,
		    o->lock_timeout_ms > 0 ? o->lock_timeout_ms : 2000,
		    o->idle_timeout_ms > 0 ? o->idle_timeout_ms : 10000,
		    o->role != NULL ? " -c role=" : "",
		    o->role != NULL ? o->role : "");
	free(own);
	return n < 0 ? NULL : settings;
}

/* Acknowledged means durable: a server that answers before the data is safe is
 * refused. The timeline names the history that we are about to write. */
static enum err_code check_durable(struct db *db, struct err *e)
{
	PGresult *res = PQexec(db->conn,
	    "SELECT count(*), " PQ_TIMELINE " FROM pg_catalog.pg_settings"
	    " WHERE name IN ('fsync', 'full_page_writes',"
	    " 'synchronous_commit') AND setting = 'off'");
	enum err_code code = ERR_OK;

	if (PQresultStatus(res) != PGRES_TUPLES_OK)
		code = pq_failed(db, res, e);
	else if (strcmp(PQgetvalue(res, 0, 0), "0") != 0 && !db->allow_unsafe)
		code = ERR_SET(e, IO,
		    "the database runs without fsync, full_page_writes or "
		    "synchronous_commit and would lose acknowledged changes");
	else
		snprintf(db->timeline, sizeof(db->timeline), "%s",
		    PQgetvalue(res, 0, 1));
	PQclear(res);
	return code;
}

static enum err_code connect(struct db *db, struct err *e)
{
	/* Earlier words are defaults, later ones win. */
	const char *const word[] = {"connect_timeout", "keepalives_idle",
	    "keepalives_interval", "keepalives_count", "tcp_user_timeout",
	    "dbname", "application_name", "client_encoding", "options", NULL};
	const char *const value[] = {"2", "5", "2", "2", "5000", db->conninfo,
	    db->application, "UTF8", db->settings, NULL};
	enum err_code code;

	pq_drop(db);
	db->conn = PQconnectdbParams(word, value, 1);
	if (db->conn == NULL)
		return ERR_SET(e, NOMEM, "no memory for a connection");
	PQsetNoticeReceiver(db->conn, notice, db);
	if (PQstatus(db->conn) != CONNECTION_OK) {
		snprintf(db->message, sizeof(db->message), "%s",
		    PQerrorMessage(db->conn));
		pq_drop(db);
		return ERR_SET(e, DB_DOWN, "the database cannot be reached");
	}
	metric_add(METRIC_database_connects_total, NULL, NULL, 1);
	code = check_durable(db, e);
	if (code != ERR_OK)
		pq_drop(db);
	return code;
}

enum err_code db_open(
    const struct db_options *o, struct db **ret_db, struct err *e)
{
	struct db *db = calloc(1, sizeof(*db));
	enum err_code code;

	if (db == NULL)
		return ERR_SET(e, NOMEM, "no memory for a connection");
	db->conninfo = strdup(o->conninfo);
	db->application =
	    strdup(o->application_name != NULL ? o->application_name : "cairn");
	db->settings = make_settings(o);
	db->allow_unsafe = o->allow_unsafe;
	db->settle_ms = o->settle_ms != 0 ? o->settle_ms : PQ_SETTLE_MS;
	db->scratch = arena_new(SCRATCH_CAP);
	if (db->conninfo == NULL || db->application == NULL ||
	    db->settings == NULL || db->scratch == NULL)
		code = ERR_SET(e, NOMEM, "no memory for a connection");
	else
		code = o->later ? ERR_OK : connect(db, e);
	if (code != ERR_OK) {
		db_close(db);
		return code;
	}
	*ret_db = db;
	return ERR_OK;
}

void pq_drop(struct db *db)
{
	PQfinish(db->conn);
	db->conn = NULL;
	db->n_prepared = 0;
	db->closing = false;
}

void db_close(struct db *db)
{
	if (db == NULL)
		return;
	pq_drop(db);
	arena_free(db->scratch);
	free(db->audit);
	free(db->conninfo);
	free(db->application);
	free(db->settings);
	free(db);
}

enum err_code pq_ready(struct db *db, struct err *e)
{
	if (db->in_tx && db->begun) {
		if (db->conn == NULL)
			return ERR_SET(e, DB_DOWN, "the database went away");
		return ERR_OK;
	}
	while (db->closing) {
		PGresult *res = PQgetResult(db->conn);

		db->closing = res != NULL;
		PQclear(res);
	}
	/* A look at what has arrived shows a server that said good-bye while we
	 * were idle, before a statement is lost to it. */
	if (db->conn != NULL && PQconsumeInput(db->conn) == 1 &&
	    PQstatus(db->conn) == CONNECTION_OK)
		return ERR_OK;
	return connect(db, e);
}

enum err_code db_ping(struct db *db, struct err *e)
{
	static const struct db_stmt PING = {"db_ping", "SELECT 1"};

	return db_exec(db, &PING, DB_NO_ARGS, NULL, e);
}

bool db_is_open(const struct db *db)
{
	return db->conn != NULL;
}

const char *db_message(const struct db *db)
{
	return db->message;
}
