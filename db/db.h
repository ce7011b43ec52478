/*
 * PostgreSQL: one connection, prepared statements, typed values, transactions.
 *
 * A struct db is one connection: one per worker, one thread at a time. A lost
 * connection is opened again by the next statement outside a transaction; inside
 * one, the transaction has failed (ERR_DB_DOWN) and is to be run again.
 *
 * Statements are constants, prepared on first use and again after a reconnect:
 *
 *   static const struct db_stmt GET = {"thing_get",
 *       "SELECT etag, doc FROM thing_doc WHERE community_id = $1 AND id = $2"};
 *   TRY(db_one(db, a, &GET, DB_ARGS(db_id(c), db_id(id)), "thing", &row, e));
 *
 * Values travel as text; a statement casts where the type is not plain from the
 * place of the parameter ($3::jsonb). Every pointer that a result gives lives
 * until the end of the arena that the result was made in.
 *
 * Failures are named for the client, never with SQL, values of others or the
 * server's words; those are in db_message() for the log alone.
 */
#ifndef DB_DB_H
#define DB_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/id.h"

/* ---- connection ---- */

struct db;

struct db_options {
	const char *conninfo;         /* libpq's; copied */
	const char *application_name; /* NULL: cairn */
	const char *role; /* to act as (db/wall.h); NULL: as who logs in */
	int statement_timeout_ms; /* 0: 5000 */
	int lock_timeout_ms;      /* 0: 2000 */
	int idle_timeout_ms;      /* in a transaction; 0: 10000 */
	int settle_ms;            /* budget of db_tx_commit to find out what
	                                 became of it; 0: 5000, below 0: none */
	bool later;               /* connects with the first statement */
	bool allow_unsafe;        /* accept fsync etc. off: tests only */
};

/* Connects. ERR_DB_DOWN when nobody answers, ERR_IO when the server runs without
 * fsync, full_page_writes or synchronous_commit and allow_unsafe is not set. */
enum err_code db_open(
    const struct db_options *o, struct db **ret_db, struct err *e) ERR_CHECKED;
void db_close(struct db *db); /* NULL is fine */

/* Is it a connection string of libpq? */
bool db_is_conninfo(const char *conninfo);

/* The database answers a statement. */
enum err_code db_ping(struct db *db, struct err *e) ERR_CHECKED;

/* It has a connection, as far as it knows. */
bool db_is_open(const struct db *db);

/* The server's words on the last failure of db; for logs at debug level only,
 * as they may hold personal data. Never NULL. */
const char *db_message(const struct db *db);

/* ---- values ---- */

enum db_kind {
	DB_NULL,
	DB_TEXT,
	DB_INT,
	DB_BOOL,
	DB_ID,
	DB_INSTANT,
	DB_DATE,
	DB_BYTES,
	DB_TEXTS,
	DB_IDS,
};

struct db_value {
	enum db_kind kind;
	size_t n; /* octets of text and bytes, elements of lists */

	union {
		const void *data;
		int64_t number;
	};
};

struct db_args {
	const struct db_value *value;
	size_t n;
};

/* The arguments of one call; they live as long as the block around them. */
#define DB_ARGS(...)                                              \
	((struct db_args){(const struct db_value[]){__VA_ARGS__}, \
	    sizeof((const struct db_value[]){__VA_ARGS__}) /      \
		sizeof(struct db_value)})
#define DB_NO_ARGS ((struct db_args){NULL, 0})

/* Nothing is copied: what they point at outlives the call. A NULL pointer is
 * SQL's NULL. Text with a NUL octet or bad UTF-8 is refused (ERR_FIELD). JSON
 * goes as text with `::jsonb` in the statement. */
struct db_value db_null(void);
struct db_value db_text(const char *s);
struct db_value db_text_n(const char *s, size_t n);
struct db_value db_int(int64_t value);
struct db_value db_bool(bool value);
struct db_value db_id(const struct id *id);
struct db_value db_instant(int64_t seconds); /* timestamptz */
struct db_value db_instant_or_null(const int64_t *seconds);
struct db_value db_date(int32_t day);
struct db_value db_bytes(const void *data, size_t n);
struct db_value db_texts(const char *const *list, size_t n); /* text[] */
struct db_value db_ids(const struct id *list, size_t n);     /* uuid[] */

/* ---- statements ---- */

struct db_stmt {
	const char *name; /* unique over all of db/ */
	const char *sql;
};

/* Every file with statements lists them in `db_<thing>_stmts[]`, ended by NULL, and
 * has a row in db/stmt_tables.c, so that a test prepares each on a real schema. */
extern const struct db_stmt *const *const DB_STMT_TABLES[]; /* ended by NULL */

struct db_rows;

/* Prepare without running: what the first use does. */
enum err_code db_prepare(
    struct db *db, const struct db_stmt *stmt, struct err *e) ERR_CHECKED;

/* Any number of rows. */
enum err_code db_rows(struct db *db, struct arena *a,
    const struct db_stmt *stmt, struct db_args args,
    const struct db_rows **ret_rows, struct err *e) ERR_CHECKED;

/* The first row; none is ERR_NOT_FOUND "there is no such <what>". */
enum err_code db_one(struct db *db, struct arena *a, const struct db_stmt *stmt,
    struct db_args args, const char *what, const struct db_rows **ret_rows,
    struct err *e) ERR_CHECKED;

/* A statement whose rows nobody reads; ret_count: rows affected, may be NULL. */
enum err_code db_exec(struct db *db, const struct db_stmt *stmt,
    struct db_args args, int64_t *ret_count, struct err *e) ERR_CHECKED;

/* A change guarded by a version or a state: a statement that touches at least one
 * row. When it touched none, `get` (one that finds the thing whatever its version)
 * tells why: ERR_NOT_FOUND, or `otherwise` (ERR_STALE, ERR_STATE …) with `detail`. */
struct db_guard {
	const struct db_stmt *get;
	struct db_args args;
	const char *what;
	enum err_code otherwise;
	const char *detail;
};
enum err_code db_guarded(struct db *db, const struct db_stmt *stmt,
    struct db_args args, const struct db_guard *guard,
    struct err *e) ERR_CHECKED;

/* ---- results; row and col from 0 ---- */

size_t db_count(const struct db_rows *r);
bool db_is_null(const struct db_rows *r, size_t row, int col);
/* NULL for SQL's NULL; arrays and JSON in PostgreSQL's text. */
const char *db_get_text(const struct db_rows *r, size_t row, int col);
/* SQL's NULL gives 0, false and the zero id: ask db_is_null where it matters. */
int64_t db_get_int(const struct db_rows *r, size_t row, int col);
bool db_get_bool(const struct db_rows *r, size_t row, int col);
struct id db_get_id(const struct db_rows *r, size_t row, int col);
int64_t db_get_instant(const struct db_rows *r, size_t row, int col);
int32_t db_get_date(const struct db_rows *r, size_t row, int col);
/* The octets in the arena of the rows; NULL for SQL's NULL or no memory. */
const uint8_t *db_get_bytes(
    const struct db_rows *r, size_t row, int col, size_t *ret_n);

/* ---- documents ---- */

struct db_doc {
	const char *etag; /* with its quotes; NULL when the view has none */
	const char *json;
};

/* One document: a statement that selects (etag, doc). */
enum err_code db_doc_get(struct db *db, struct arena *a,
    const struct db_stmt *stmt, struct db_args args, const char *what,
    struct db_doc *ret_doc, struct err *e) ERR_CHECKED;

enum {
	DB_LIST_MAX = 200 /* documents of one page */
};

struct db_page {
	const char *after; /* key of the page before, or NULL */
	int64_t limit;
};

struct db_list {
	const char *const *doc;
	size_t n;
	bool more;
	const char
	    *last; /* the key of the last one, for the next page's `after` */
};

/* One page: a statement that selects (key, doc) in key order, key > after, with
 * a LIMIT of limit + 1. Ids are UUIDv7, so the order of ids is that of creation. */
enum err_code db_list(struct db *db, struct arena *a,
    const struct db_stmt *stmt, struct db_args args, int64_t limit,
    struct db_list *ret_list, struct err *e) ERR_CHECKED;

/* ---- transactions ---- */

enum db_mode {
	DB_READ,  /* READ ONLY, one snapshot (REPEATABLE READ) */
	DB_WRITE, /* READ COMMITTED: invariants rest on constraints */
};

/* They do not nest: ERR_BUG. The database hears of it with the first statement, in the
 * same trip; of the end of one that only read, without waiting for an answer. */
enum err_code db_tx_begin(
    struct db *db, enum db_mode mode, struct err *e) ERR_CHECKED;

/* When the connection breaks, the server warns or nothing is heard while the commit
 * is under way, the server is asked what became of it (db/outcome.c). ERR_OK: it was
 * made and is safe. ERR_DB_DOWN: it was not, and may run again. ERR_OUTCOME_UNKNOWN:
 * not known in time; never report that as failure or as success. */
enum err_code db_tx_commit(struct db *db, struct err *e) ERR_CHECKED;

void db_tx_rollback(struct db *db); /* harmless outside a transaction */
bool db_in_tx(const struct db *db);

/* The second in which the transaction began, by the database's clock: what is stored
 * is judged by it, for the clocks of services differ. */
enum err_code db_now(struct db *db, struct arena *a, int64_t *ret_now,
    struct err *e) ERR_CHECKED;

/* Run fn in a transaction: commit when it gives ERR_OK, else roll back. Run again,
 * at most five times with jitter, when the database asks for it (40001, 40P01) and
 * when the connection was lost before the commit was made; so fn starts from the same
 * cookie every time. */
typedef enum err_code (*db_tx_fn)(struct db *db, void *cookie, struct err *e);

enum err_code db_tx_run(struct db *db, enum db_mode mode, db_tx_fn fn,
    void *cookie, struct err *e) ERR_CHECKED;

extern const struct db_stmt *const db_tx_stmts[];

#endif
