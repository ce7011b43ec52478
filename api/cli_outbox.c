/* cairn outbox: what waits to be sent, and whether this database sends. */
#include "api/cli_outbox.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "api/cli.h"
#include "api/cli_database.h"
#include "db/migrate.h"
#include "db/outbox.h"

static const char USAGE[] =
    "usage: cairn outbox [status|pause|resume]\n"
    "Shows what waits to be sent. pause stops all sending, resume lets it go on; after a\n"
    "restore nothing is sent until resume is said in the new database.\n";

enum {
	OUTBOX_CAP = 1 << 20
};

/* NULL: only look. False: not a call of ours. */
static bool read_verb(int argc, char **argv, const char **ret_mode)
{
	*ret_mode = NULL;
	if (argc == 1 || (argc == 2 && strcmp(argv[1], "status") == 0))
		return true;
	if (argc == 2 && strcmp(argv[1], "pause") == 0)
		*ret_mode = "paused";
	else if (argc == 2 && strcmp(argv[1], "resume") == 0)
		*ret_mode = "normal";
	return *ret_mode != NULL;
}

static void print(const struct db_outbox *o)
{
	printf("mode %s\n", o->mode);
	printf("pending %" PRId64 " (due now %" PRId64 ", oldest %" PRId64
	       " s)\n",
	    o->pending, o->due, o->oldest_s);
	printf("sending %" PRId64 "\nsent %" PRId64 "\nsuperseded %" PRId64
	       "\n",
	    o->sending, o->sent, o->superseded);
}

int cli_outbox(int argc, char **argv)
{
	static struct conf conf; /* too large for a stack */
	struct arena *a = NULL;
	struct err e = {0};
	struct db *db = NULL;
	struct db_outbox outbox;
	const char *conninfo, *mode;
	bool is_private;
	int status = CLI_OK;
	enum err_code code;

	if (!cli_database_conf(&conf, &argc, argv, &status))
		return status;
	if (!read_verb(argc, argv, &mode)) {
		bool help = argc == 2 && strcmp(argv[1], "--help") == 0;

		fputs(USAGE, help ? stdout : stderr);
		return help ? CLI_OK : CLI_BAD_INPUT;
	}
	a = arena_new(OUTBOX_CAP);
	if (a == NULL)
		return CLI_FAILED;
	code = cli_database(a, &conf, &conninfo, &is_private, &e);
	if (code == ERR_OK)
		code = db_migrate_open(conninfo, false, &db, &e);
	if (code == ERR_OK && mode != NULL)
		code = db_outbox_set_mode(db, mode, &e);
	if (code == ERR_OK)
		code = db_outbox_look(db, a, &outbox, &e);
	if (code == ERR_OK)
		print(&outbox);
	else
		status = cli_fail("database", &e);
	db_close(db);
	arena_free(a);
	return status;
}
