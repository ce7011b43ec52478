/* cairn backup, cairn restore: the database in one file, and back into a new one. */
#include "api/cli_backup.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "api/cli.h"
#include "api/cli_database.h"
#include "db/backup.h"

static const char BACKUP_USAGE[] =
    "usage: cairn backup FILE\n"
    "Writes the database as it is in one moment, while everything goes on, and prints the\n"
    "heads of the audit in that moment: `cairn audit verify --head` compares with them.\n";
static const char RESTORE_USAGE[] =
    "usage: cairn restore FILE\n"
    "Brings a backup into an empty database, all of it or nothing. Nothing is sent from it\n"
    "before you say `cairn outbox resume`.\n";

enum {
	BACKUP_CAP = 64 << 20
};

static enum err_code backup(
    const char *conninfo, const char *file, struct arena *a, struct err *e)
{
	struct db_audit_head *head;
	size_t n = 0;
	enum err_code code = db_backup(conninfo, file, a, &head, &n, e);

	for (size_t i = 0; code == ERR_OK && i < n; i++)
		printf("%s: head %" PRId64 ":%s\n", head[i].slug, head[i].seq,
		    head[i].hash);
	return code;
}

static enum err_code restore(
    const char *conninfo, const char *file, struct arena *a, struct err *e)
{
	enum err_code code = db_restore(conninfo, file, a, e);

	if (code == ERR_OK)
		puts("restored; nothing is sent before `cairn outbox resume`");
	return code;
}

static int run(int argc, char **argv, const char *usage,
    enum err_code (*work)(
	const char *conninfo, const char *file, struct arena *a, struct err *e))
{
	static struct conf conf; /* too large for a stack */
	struct arena *a;
	struct err e = {0};
	const char *conninfo;
	bool is_private;
	int status = CLI_OK;
	enum err_code code;

	if (!cli_database_conf(&conf, &argc, argv, &status))
		return status;
	if (argc != 2 || argv[1][0] == '-') {
		bool help = argc == 2 && strcmp(argv[1], "--help") == 0;

		fputs(usage, help ? stdout : stderr);
		return help ? CLI_OK : CLI_BAD_INPUT;
	}
	a = arena_new(BACKUP_CAP);
	if (a == NULL)
		return CLI_FAILED;
	code = cli_database(a, &conf, &conninfo, &is_private, &e);
	if (code == ERR_OK)
		code = work(conninfo, argv[1], a, &e);
	if (code != ERR_OK)
		status = cli_fail("database", &e);
	arena_free(a);
	return status;
}

int cli_backup(int argc, char **argv)
{
	return run(argc, argv, BACKUP_USAGE, backup);
}

int cli_restore(int argc, char **argv)
{
	return run(argc, argv, RESTORE_USAGE, restore);
}
