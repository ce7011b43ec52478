/* cairn migrate: bring the schema to this program's, or with --check only look. */
#include <stdio.h>
#include <string.h>

#include "api/cli.h"
#include "api/cli_database.h"
#include "db/migrate.h"

static int migrate(struct arena *a, const char *conninfo, bool look)
{
	struct err e = {0};
	struct db *db = NULL;
	int applied = 0;
	enum err_code code = db_migrate_open(conninfo, false, &db, &e);

	if (code == ERR_OK && look)
		code = db_migrate_check(db, a, db_migration_table, &e);
	else if (code == ERR_OK)
		code = db_migrate(db, a, db_migration_table, &applied, &e);
	db_close(db);
	if (code != ERR_OK)
		return cli_fail("database", &e);
	if (look || applied == 0)
		puts("the schema is current");
	else
		printf(
		    "%d migrations applied; the schema is current\n", applied);
	return CLI_OK;
}

int cli_migrate(int argc, char **argv)
{
	struct conf conf;
	struct err e = {0};
	const char *conninfo = NULL;
	struct arena *a;
	bool look, is_private;
	int status = CLI_OK;

	if (!cli_database_conf(&conf, &argc, argv, &status))
		return status;
	look = argc == 2 && strcmp(argv[1], "--check") == 0;
	if (argc > 1 && !look) {
		bool help = strcmp(argv[1], "--help") == 0;

		fprintf(help ? stdout : stderr,
		    "usage: cairn migrate [--check] [--database CONNINFO]\n");
		return help ? CLI_OK : CLI_BAD_INPUT;
	}
	a = arena_new(16 << 20);
	if (a == NULL)
		return CLI_FAILED;
	status = cli_database(a, &conf, &conninfo, &is_private, &e) == ERR_OK
		     ? migrate(a, conninfo, look)
		     : cli_fail("database", &e);
	arena_free(a);
	return status;
}
