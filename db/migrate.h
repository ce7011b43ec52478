/*
 * Migrations: the .sql files of db/migrations, embedded in the binary, forward only.
 *
 * Each runs in one transaction and is recorded with its checksum. A recorded file
 * that changed, and bringing a database that is newer than the binary "up to date",
 * are refused. A migration lets the program of the release before go on (expand now,
 * contract a release later), so that program serves beside the newer schema; and it
 * waits for locks in short tries, as requests queue behind it. Two runs at a time wait for each other (advisory lock), so it needs a direct connection, not
 * one through a pooler.
 */
#ifndef DB_MIGRATE_H
#define DB_MIGRATE_H

#include "db/db.h"

/* As tools/embed.sh writes it; ended by a row of NULLs. Texts end in NUL. */
struct db_migration {
	const char *name; /* 0001_service.sql */
	const char *begin, *end;
};

extern const struct db_migration db_migration_table[];

/* Bring the schema from whatever it is to `table`'s. *ret_applied: how many ran; it is
 * set on failure too, as those stay. ERR_CONFLICT: drift, or a newer database;
 * ERR_IO: a migration failed, the detail names it. */
enum err_code db_migrate(struct db *db, struct arena *a,
    const struct db_migration *table, int *ret_applied,
    struct err *e) ERR_CHECKED;

/* The schema has all of `table` as it is there, and may have more: for the start of
 * the service and readiness. ERR_CONFLICT else. */
enum err_code db_migrate_check(struct db *db, struct arena *a,
    const struct db_migration *table, struct err *e) ERR_CHECKED;

/* A connection fit for migrations: patient with locks and long statements. */
enum err_code db_migrate_open(const char *conninfo, bool allow_unsafe,
    struct db **ret_db, struct err *e) ERR_CHECKED;

extern const struct db_stmt *const db_migrate_stmts[];

#endif
