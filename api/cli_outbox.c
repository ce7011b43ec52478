/* cairn outbox: what waits to be sent, whether this database sends, and what an operator
 * does about a message that cannot be. */
#include "api/cli_outbox.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "api/cli.h"
#include "api/cli_database.h"
#include "db/delivery.h"
#include "db/migrate.h"
#include "db/outbox.h"

static const char USAGE[] =
    "usage: cairn outbox [status|pause|resume]\n"
    "       cairn outbox list [dead|pending|sending|withheld]\n"
    "       cairn outbox retry [MESSAGE]\n"
    "       cairn outbox drop MESSAGE\n"
    "Shows what waits to be sent. pause stops all sending, resume lets it go on; after a\n"
    "restore nothing is sent until resume is said in the new database. list shows messages\n"
    "of a state, at first those given up. retry has one, or all that wait or were given up,\n"
    "tried at once; what a newer message has overtaken stays. drop gives one up.\n";

enum {
	OUTBOX_CAP = 1 << 20
};

/* What was asked for, read from the arguments. */
struct order {
	const char *verb; /* status, list, retry, drop, or a mode */
	const char *state;
	struct id id;
	bool has_id;
};

static bool is_state(const char *s)
{
	return strcmp(s, "dead") == 0 || strcmp(s, "pending") == 0 ||
	       strcmp(s, "sending") == 0 || strcmp(s, "withheld") == 0;
}

/* False: not a call of ours. */
static bool read_order(int argc, char **argv, struct order *o)
{
	*o = (struct order){
	    .verb = argc > 1 ? argv[1] : "status", .state = "dead"};
	if (argc > 3)
		return false;
	if (strcmp(o->verb, "list") == 0) {
		if (argc == 3)
			o->state = argv[2];
		return is_state(o->state);
	}
	if (argc == 3) {
		o->has_id = id_parse(argv[2], strlen(argv[2]), &o->id);
		if (!o->has_id)
			return false;
	}
	if (strcmp(o->verb, "retry") == 0)
		return true;
	if (strcmp(o->verb, "drop") == 0)
		return o->has_id;
	return argc < 3 && (strcmp(o->verb, "status") == 0 ||
			       strcmp(o->verb, "pause") == 0 ||
			       strcmp(o->verb, "resume") == 0);
}

static void print_outbox(const struct db_outbox *o)
{
	printf("mode %s\n", o->mode);
	printf("pending %" PRId64 " (due now %" PRId64 ", oldest %" PRId64
	       " s)\n",
	    o->pending, o->due, o->oldest_s);
	printf("sending %" PRId64 "\nsent %" PRId64 "\nsuperseded %" PRId64
	       "\nwithheld %" PRId64 "\ndead %" PRId64 "\n",
	    o->sending, o->sent, o->superseded, o->withheld, o->dead);
}

static enum err_code status(
    struct db *db, struct arena *a, const struct order *o, struct err *e)
{
	struct db_outbox outbox;
	enum err_code code = ERR_OK;

	if (strcmp(o->verb, "pause") == 0)
		code = db_outbox_set_mode(db, "paused", e);
	else if (strcmp(o->verb, "resume") == 0)
		code = db_outbox_set_mode(db, "normal", e);
	if (code == ERR_OK)
		code = db_outbox_look(db, a, &outbox, e);
	if (code == ERR_OK)
		print_outbox(&outbox);
	return code;
}

static enum err_code list(
    struct db *db, struct arena *a, const struct order *o, struct err *e)
{
	struct db_stuck *row;
	size_t n;
	enum err_code code = db_delivery_stuck(db, a, o->state, &row, &n, e);

	for (size_t i = 0; code == ERR_OK && i < n; i++) {
		char id[ID_TEXT_SIZE];

		id_format(&row[i].id, id);
		printf("%s %s %s attempts %" PRId64 " next in %" PRId64
		       " s: %s\n",
		    id, row[i].state, row[i].recipient_mail, row[i].attempts,
		    row[i].waits_s, row[i].error);
	}
	return code;
}

static enum err_code retry(
    struct db *db, struct arena *a, const struct order *o, struct err *e)
{
	int64_t n = 0;
	enum err_code code =
	    db_delivery_retry(db, o->has_id ? &o->id : NULL, &n, e);

	(void)a;
	if (code == ERR_OK && n == 0 && o->has_id)
		return ERR_SET(e, STATE,
		    "no such message waits or was given up, or a newer one "
		    "went out already");
	if (code == ERR_OK)
		printf("%" PRId64 " message%s tried at once\n", n,
		    n == 1 ? " is" : "s are");
	return code;
}

static enum err_code drop(
    struct db *db, struct arena *a, const struct order *o, struct err *e)
{
	(void)a;
	return db_delivery_drop(db, &o->id, e);
}

static const struct {
	const char *verb;
	enum err_code (*run)(struct db *db, struct arena *a,
	    const struct order *o, struct err *e);
} VERBS[] = {{"list", list}, {"retry", retry}, {"drop", drop}};

static enum err_code run(
    struct db *db, struct arena *a, const struct order *o, struct err *e)
{
	for (size_t i = 0; i < sizeof(VERBS) / sizeof(VERBS[0]); i++)
		if (strcmp(VERBS[i].verb, o->verb) == 0)
			return VERBS[i].run(db, a, o, e);
	return status(db, a, o, e);
}

int cli_outbox(int argc, char **argv)
{
	static struct conf conf; /* too large for a stack */
	struct arena *a = NULL;
	struct err e = {0};
	struct db *db = NULL;
	struct order order;
	const char *conninfo;
	bool is_private;
	int status_code = CLI_OK;
	enum err_code code;

	if (!cli_database_conf(&conf, &argc, argv, &status_code))
		return status_code;
	if (!read_order(argc, argv, &order)) {
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
	if (code == ERR_OK)
		code = run(db, a, &order, &e);
	if (code != ERR_OK)
		status_code = cli_fail("outbox", &e);
	db_close(db);
	arena_free(a);
	return status_code;
}
