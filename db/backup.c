/*
 * Backup and restore: see backup.h. Invariant: the dump, the heads that are printed
 * with it and the snapshot they share are one moment of the database.
 */
#include "db/backup.h"

#include <errno.h>
#include <limits.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "db/pq.h"

enum {
	MAX_ARGS = 12,
	NOT_FOUND = 127, /* how env ends when there is no such program */
};

static const struct db_stmt SNAPSHOT = {
    "backup_snapshot", "SELECT pg_export_snapshot()"};
static const struct db_stmt OURS = {"backup_schemas",
    "SELECT count(*) FROM pg_namespace WHERE nspname = 'cairn'"};
/* Roles belong to the server, not to a database: a new server has none yet. */
static const struct db_stmt ROLES = {"backup_roles",
    "DO $$ DECLARE r text; BEGIN"
    " FOREACH r IN ARRAY '{cairn_api,cairn_worker}'::text[] LOOP"
    " IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = r) THEN"
    " EXECUTE format('CREATE ROLE %I NOLOGIN NOBYPASSRLS', r);"
    " END IF; END LOOP; END $$"};

const struct db_stmt *const db_backup_stmts[] = {
    &SNAPSHOT, &OURS, &ROLES, NULL};

/* A service file with the words of the connection string: a password has no place
 * among arguments. */
static bool write_service(int fd, const char *conninfo)
{
	PQconninfoOption *list = PQconninfoParse(conninfo, NULL);
	FILE *f = fdopen(fd, "w");
	bool written = list != NULL && f != NULL;

	if (written)
		fputs("[cairn]\n", f);
	for (const PQconninfoOption *o = list; written && o->keyword; o++)
		if (o->val != NULL && strcmp(o->keyword, "service") != 0)
			fprintf(f, "%s=%s\n", o->keyword, o->val);
	PQconninfoFree(list);
	if (f == NULL)
		close(fd);
	else if (fclose(f) != 0)
		written = false;
	return written;
}

/* args[0] is the program, found on the PATH by env(1), which also tells it where its
 * service file is. */
static enum err_code run_program(
    const char *const *args, const char *service_file, struct err *e)
{
	char setting[64], *arg[MAX_ARGS] = {(char[]){"env"}, setting};
	int status = 0;
	size_t n = 2;
	pid_t pid;

	snprintf(setting, sizeof(setting), "PGSERVICEFILE=%s", service_file);
	for (const char *const *a = args; *a != NULL && n + 1 < MAX_ARGS; a++)
		memcpy(&arg[n++], a, sizeof(arg[0])); /* spawn: no const */
	arg[n] = NULL;
	if (posix_spawnp(&pid, arg[0], NULL, NULL, arg, environ) != 0)
		return ERR_SET(e, IO, "no process could be started");
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return ERR_SET(e, IO, "a process was lost");
	if (WIFEXITED(status) && WEXITSTATUS(status) == NOT_FOUND)
		return ERR_SET(e, IO,
		    "%s cannot be run (package postgresql-client-15)", args[0]);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		return ERR_SET(e, IO, "%s failed", args[0]);
	return ERR_OK;
}

static enum err_code run(
    const char *const *args, const char *conninfo, struct err *e)
{
	char path[] = "/tmp/cairn-service-XXXXXX";
	int fd = mkstemp(path); /* mode 0600 */
	enum err_code code;

	if (fd < 0)
		return ERR_SET(e, IO, "no file can be made in /tmp");
	code = write_service(fd, conninfo)
		   ? run_program(args, path, e)
		   : ERR_SET(e, IO, "%s cannot be written", path);
	unlink(path);
	return code;
}

/* As the owner, and patient: the snapshot is held as long as the dump takes. */
static enum err_code open_owner(
    const char *conninfo, struct db **ret_db, struct err *e)
{
	const struct db_options o = {
	    .conninfo = conninfo,
	    .application_name = "cairn-backup",
	    .idle_timeout_ms = INT_MAX,
	};

	return db_open(&o, ret_db, e);
}

static enum err_code dump(struct db *db, const char *conninfo, const char *file,
    struct arena *a, struct err *e)
{
	const struct db_rows *r;
	enum err_code code =
	    db_one(db, a, &SNAPSHOT, DB_NO_ARGS, "snapshot", &r, e);
	const char *args[] = {"pg_dump", "--format=custom",
	    "--enable-row-security", "--exclude-table-data=cairn.system_state",
	    "--dbname=service=cairn", NULL, NULL, NULL};

	if (code != ERR_OK)
		return code;
	args[5] = arena_printf(a, "--file=%s", file);
	args[6] = arena_printf(a, "--snapshot=%s", db_get_text(r, 0, 0));
	if (arena_failed(a))
		return ERR_SET(e, NOMEM, "no memory for a program");
	return run(args, conninfo, e);
}

enum err_code db_backup(const char *conninfo, const char *file, struct arena *a,
    struct db_audit_head **ret_head, size_t *ret_n, struct err *e)
{
	struct db *db = NULL;
	enum err_code code = open_owner(conninfo, &db, e);

	if (code == ERR_OK)
		code = db_tx_begin(db, DB_READ, e);
	if (code == ERR_OK)
		code = db_audit_heads(db, a, ret_head, ret_n, e);
	if (code == ERR_OK)
		code = dump(db, conninfo, file, a, e);
	if (code == ERR_OK)
		code = db_tx_commit(db, e); /* still the same snapshot */
	db_close(db);
	return code;
}

enum err_code db_restore(
    const char *conninfo, const char *file, struct arena *a, struct err *e)
{
	const char *const args[] = {"pg_restore", "--no-owner",
	    "--single-transaction", "--exit-on-error", "--dbname=service=cairn",
	    file, NULL};
	const struct db_rows *r;
	struct db *db = NULL;
	enum err_code code = open_owner(conninfo, &db, e);

	if (code == ERR_OK)
		code = db_one(db, a, &OURS, DB_NO_ARGS, "schema", &r, e);
	if (code == ERR_OK && db_get_int(r, 0, 0) != 0)
		code = ERR_SET(e, CONFLICT,
		    "the database has a schema cairn; restore into a new one");
	if (code == ERR_OK)
		code = db_exec(db, &ROLES, DB_NO_ARGS, NULL, e);
	db_close(db);
	return code == ERR_OK ? run(args, conninfo, e) : code;
}
