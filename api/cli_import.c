/*
 * cairn import: a member file into the database, by the same use case as the import
 * over HTTP. All rows or none; every fault is printed as FILE:ROW: column: what.
 */
#include "api/cli_import.h"

#include <stdio.h>
#include <string.h>

#include "api/cli.h"
#include "api/cli_database.h"
#include "api/service_members.h"
#include "api/service_programs.h"
#include "db/communities.h"
#include "db/migrate.h"

static const char USAGE[] =
    "usage: cairn import FILE --community SLUG [--program NAME]\n"
    "                    [--create-program] [--validate-only]\n"
    "With a program, members are enrolled by their participation.\n";

struct job {
	const char *file, *community, *program;
	bool create_program;
	struct member_import in;
	struct member_import_result result;
	struct member_faults faults;
	struct id program_id;
	struct call call;
};

/* False: not a call of ours. */
static bool read_job(int argc, char **argv, struct job *j)
{
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--community") == 0 && i + 1 < argc)
			j->community = argv[++i];
		else if (strcmp(argv[i], "--program") == 0 && i + 1 < argc)
			j->program = argv[++i];
		else if (strcmp(argv[i], "--create-program") == 0)
			j->create_program = true;
		else if (strcmp(argv[i], "--validate-only") == 0)
			j->in.validate_only = true;
		else if (argv[i][0] != '-' && !j->file)
			j->file = argv[i];
		else
			return false;
	}
	return j->file && j->community && (j->program || !j->create_program);
}

/* The program of that name, made when that was asked for. */
static enum err_code find_program(
    struct job *j, struct id *ret_id, struct err *e)
{
	struct call *c = &j->call;
	struct db_doc doc;
	enum err_code code = db_program_find(
	    c->db, c->arena, &c->who.community_id, j->program, ret_id, e);

	if (code != ERR_NOT_FOUND || !j->create_program)
		return code;
	err_clear(e);
	return service_programs_create(c, j->program, "", ret_id, &doc, e);
}

static enum err_code run(struct db *db, void *cookie, struct err *e)
{
	struct job *j = cookie;
	struct db_community community;
	enum err_code code;

	j->call.db = db;
	code =
	    db_community_find(db, j->call.arena, j->community, &community, e);
	j->call.who = (struct principal){
	    .community_id = community.id, .role = ROLE_ADMIN};
	if (code == ERR_OK && j->program) {
		code = find_program(j, &j->program_id, e);
		j->in.program_id = &j->program_id;
	}
	if (code == ERR_OK)
		code = service_members_import(&j->call, &j->in, &j->result, e);
	return code;
}

static int report(const struct job *j, const struct err *e)
{
	const struct member_faults *f = &j->faults;

	if (f->n == 0)
		return cli_fail(j->file, e);
	for (uint32_t i = 0; i < f->n; i++)
		fprintf(stderr, "%s:%u: %s%s%s\n", j->file, f->item[i].row,
		    f->item[i].column, *f->item[i].column ? ": " : "",
		    f->item[i].detail);
	if (f->n_dropped > 0)
		fprintf(stderr, "%s: and %u more\n", j->file, f->n_dropped);
	return CLI_BAD_INPUT;
}

static int import(struct job *j, const struct conf *conf)
{
	struct err e = {0};
	struct db *db = NULL;
	const char *conninfo;
	bool is_private;
	int status = CLI_OK;

	j->in.faults = &j->faults;
	j->in.text = cli_read_file(
	    j->call.arena, j->file, MEMBER_FILE_MAX_OCTETS, &j->in.n);
	if (!j->in.text)
		return CLI_BAD_INPUT;
	if (cli_database(j->call.arena, conf, &conninfo, &is_private, &e) !=
		ERR_OK ||
	    tz_open(TZ_SERVICE_FROM, TZ_SERVICE_TO, &j->call.tz, &e) !=
		ERR_OK ||
	    db_migrate_open(conninfo, false, &db, &e) != ERR_OK ||
	    db_tx_run(db, DB_WRITE, run, j, &e) != ERR_OK)
		status = report(j, &e);
	else
		printf("%u rows: %lld created, %lld updated, %lld enrolled%s\n",
		    j->result.rows, (long long)j->result.counts.created,
		    (long long)j->result.counts.updated,
		    (long long)j->result.counts.enrolled,
		    j->in.validate_only ? " (checked only)" : "");
	db_close(db);
	tz_close(j->call.tz);
	return status;
}

int cli_import(int argc, char **argv)
{
	static struct conf conf; /* too large for a stack */
	struct job job = {0};
	int status = CLI_OK;

	if (!cli_database_conf(&conf, &argc, argv, &status))
		return status;
	if (!read_job(argc, argv, &job)) {
		bool help = argc == 2 && strcmp(argv[1], "--help") == 0;

		fputs(USAGE, help ? stdout : stderr);
		return help ? CLI_OK : CLI_BAD_INPUT;
	}
	job.call.arena = arena_new(CLI_ARENA_CAP);
	if (!job.call.arena)
		return CLI_FAILED;
	status = import(&job, &conf);
	arena_free(job.call.arena);
	return status;
}
