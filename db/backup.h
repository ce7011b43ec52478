/*
 * A backup of the whole database in one file, and back again, with PostgreSQL's own
 * pg_dump and pg_restore, found on the PATH; what they complain about goes to standard
 * error. They get the connection string by a file that only we can read.
 *
 * Starts processes: call while the program has one thread.
 */
#ifndef DB_BACKUP_H
#define DB_BACKUP_H

#include "db/audit.h"

/* `file` holds the database as it was in one moment; *ret_head are the heads of its
 * audit in that very moment. Whether the database may send is not in it. */
enum err_code db_backup(const char *conninfo, const char *file, struct arena *a,
    struct db_audit_head **ret_head, size_t *ret_n, struct err *e) ERR_CHECKED;

/* All of it or nothing, into a database without our schema (ERR_CONFLICT). It sends
 * nothing before somebody says so (db/outbox.h). */
enum err_code db_restore(const char *conninfo, const char *file,
    struct arena *a, struct err *e) ERR_CHECKED;

extern const struct db_stmt *const db_backup_stmts[];

#endif
