/*
 * Statements: prepared on first use over each connection, run with typed values.
 * Invariants: every SQL text is a constant of the program; every result is cleared
 * by the arena it was made in.
 */
#include "base/num.h"
#include "db/pq.h"

static bool is_prepared(const struct db *db, const struct db_stmt *stmt)
{
	for (size_t i = 0; i < db->n_prepared; i++)
		if (db->prepared[i] == stmt)
			return true;
	return false;
}

static enum err_code prepare(
    struct db *db, const struct db_stmt *stmt, struct err *e)
{
	enum err_code code = ERR_OK;
	PGresult *res;

	if (is_prepared(db, stmt))
		return ERR_OK;
	if (db->n_prepared == PQ_MAX_STMTS)
		return ERR_SET(e, BUG, "too many prepared statements");
	res = PQprepare(db->conn, stmt->name, stmt->sql, 0, NULL);
	if (PQresultStatus(res) == PGRES_COMMAND_OK)
		db->prepared[db->n_prepared++] = stmt;
	else
		code = pq_failed(db, res, e);
	PQclear(res);
	return code;
}

enum err_code db_prepare(
    struct db *db, const struct db_stmt *stmt, struct err *e)
{
	enum err_code code = pq_ready(db, e);

	return code == ERR_OK ? prepare(db, stmt, e) : code;
}

/* A statement that ran outside of a transaction and lost its connection may have
 * taken effect, unless it only reads. */
static enum err_code failed(struct db *db, const struct db_stmt *stmt,
    const PGresult *res, struct err *e)
{
	enum err_code code = pq_failed(db, res, e);

	if (code == ERR_DB_DOWN && db->conn == NULL && !db->in_tx &&
	    strncmp(stmt->sql, "SELECT", 6) != 0)
		code = ERR_SET(e, OUTCOME_UNKNOWN,
		    "the database went away during a change");
	return code;
}

/* The result of a statement that opens its transaction on the way; NULL: to be done
 * step by step. */
static PGresult *first_of_tx(struct db *db, const struct db_stmt *stmt,
    size_t n, const struct pq_wire *w)
{
	struct err none = {0};

	if (!db->in_tx || db->begun || !is_prepared(db, stmt))
		return NULL;
	if (pq_ready(db, &none) != ERR_OK || !is_prepared(db, stmt))
		return NULL; /* a new connection has nothing prepared */
	return pq_begin_with(db, stmt, n, w);
}

static enum err_code run(struct db *db, const struct db_stmt *stmt,
    struct db_args args, PGresult **ret_res, struct err *e)
{
	struct pq_wire w;
	enum err_code code = ERR_OK;
	PGresult *res;
	ExecStatusType status;

	if (args.n > PQ_MAX_ARGS)
		return ERR_SET(e, BUG, "too many arguments: %s", stmt->name);
	for (size_t i = 0; i < args.n; i++) {
		code = pq_encode(db->scratch, &args.value[i], &w, i, e);
		if (code != ERR_OK)
			goto out;
	}
	res = first_of_tx(db, stmt, args.n, &w);
	if (res == NULL && db->in_tx && !db->begun)
		code = pq_begin(db, e);
	if (res == NULL && code == ERR_OK)
		code = db_prepare(db, stmt, e);
	if (code != ERR_OK)
		goto out;
	if (res == NULL)
		res = PQexecPrepared(db->conn, stmt->name, (int)args.n, w.value,
		    w.length, w.format, 0);
	status = PQresultStatus(res);
	if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK) {
		*ret_res = res;
	} else {
		code = failed(db, stmt, res, e);
		PQclear(res);
	}
out:
	arena_reset(db->scratch);
	return code;
}

enum err_code db_guarded(struct db *db, const struct db_stmt *stmt,
    struct db_args args, const struct db_guard *guard, struct err *e)
{
	int64_t n = 0;
	enum err_code code = db_exec(db, stmt, args, &n, e);

	if (code != ERR_OK || n > 0)
		return code;
	code = db_exec(db, guard->get, guard->args, &n, e);
	if (code != ERR_OK)
		return code;
	if (n == 0)
		return ERR_SET(
		    e, NOT_FOUND, "there is no such %s", guard->what);
	return err_set(e, guard->otherwise, __FILE__, __LINE__, "%s",
	    guard->detail != NULL ? guard->detail
				  : "it changed since it was read");
}

static void clear(void *res)
{
	PQclear(res);
}

enum err_code db_rows(struct db *db, struct arena *a,
    const struct db_stmt *stmt, struct db_args args,
    const struct db_rows **ret_rows, struct err *e)
{
	struct db_rows *rows;
	PGresult *res = NULL;
	enum err_code code = run(db, stmt, args, &res, e);

	if (code != ERR_OK)
		return code;
	if (!arena_defer(a, clear, res))
		return ERR_SET(e, NOMEM, "no memory for a result");
	rows = ARENA_NEW(a, struct db_rows);
	if (rows == NULL)
		return ERR_SET(e, NOMEM, "no memory for a result");
	rows->res = res;
	rows->a = a;
	*ret_rows = rows;
	return ERR_OK;
}

enum err_code db_one(struct db *db, struct arena *a, const struct db_stmt *stmt,
    struct db_args args, const char *what, const struct db_rows **ret_rows,
    struct err *e)
{
	const struct db_rows *rows = NULL;
	enum err_code code = db_rows(db, a, stmt, args, &rows, e);

	if (code == ERR_OK && db_count(rows) == 0)
		code = ERR_SET(e, NOT_FOUND, "there is no such %s", what);
	if (code == ERR_OK)
		*ret_rows = rows;
	return code;
}

enum err_code db_exec(struct db *db, const struct db_stmt *stmt,
    struct db_args args, int64_t *ret_count, struct err *e)
{
	PGresult *res = NULL;
	enum err_code code = run(db, stmt, args, &res, e);
	int64_t n = 0;

	if (code != ERR_OK)
		return code;
	if (ret_count != NULL) {
		const char *text = PQcmdTuples(res);

		if (num_parse_i64(text, strlen(text), 0, INT64_MAX, &n))
			*ret_count = n;
		else
			*ret_count = 0;
	}
	PQclear(res);
	return ERR_OK;
}

enum err_code db_doc_get(struct db *db, struct arena *a,
    const struct db_stmt *stmt, struct db_args args, const char *what,
    struct db_doc *ret_doc, struct err *e)
{
	const struct db_rows *row;
	enum err_code code = db_one(db, a, stmt, args, what, &row, e);

	if (code == ERR_OK)
		*ret_doc = (struct db_doc){
		    .etag = db_get_text(row, 0, 0),
		    .json = db_get_text(row, 0, 1),
		};
	return code;
}

enum err_code db_list(struct db *db, struct arena *a,
    const struct db_stmt *stmt, struct db_args args, int64_t limit,
    struct db_list *ret_list, struct err *e)
{
	const struct db_rows *rows = NULL;
	enum err_code code = db_rows(db, a, stmt, args, &rows, e);
	struct db_list list = {.n = 0};
	const char **doc;

	if (code != ERR_OK)
		return code;
	list.n = db_count(rows);
	if ((int64_t)list.n > limit) {
		list.n = (size_t)limit;
		list.more = true;
	}
	doc = ARENA_ARRAY(a, list.n, const char *);
	if (doc == NULL)
		return ERR_SET(e, NOMEM, "no memory for a list");
	for (size_t i = 0; i < list.n; i++)
		doc[i] = db_get_text(rows, i, 1);
	list.doc = doc;
	if (list.n > 0)
		list.last = db_get_text(rows, list.n - 1, 0);
	*ret_list = list;
	return ERR_OK;
}
