/* The one program. Each subcommand is a row: name, function, what it does. */
#include <stdio.h>
#include <string.h>

#include "api/answer_child.h"
#include "api/cli.h"
#include "api/cli_audit.h"
#include "api/cli_backup.h"
#include "api/cli_calendar.h"
#include "api/cli_database.h"
#include "api/cli_import.h"
#include "api/cli_outbox.h"
#include "api/cli_reply.h"
#include "api/cli_serve.h"
#include "api/cli_token.h"
#include "api/version.h"

static int help(int argc, char **argv);

static int version(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	puts("cairn " CAIRN_VERSION);
	return CLI_OK;
}

static const struct command {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *help;
} COMMANDS[] = {
    {"serve", cli_serve, "run the HTTP service and a job worker"},
    {"work", cli_work, "run a job worker alone"},
    {"match", cli_match, "pair newcomers with mentors from a member file"},
    {"verify", cli_verify, "check a plan and its certificate"},
    {"explain", cli_explain, "why this mentor, and what another would cost"},
    {"repair", cli_repair, "the best plan with few changes"},
    {"schedule", cli_schedule, "form cohorts with dated sessions"},
    {"hours", cli_hours, "office hours where they reach most newcomers"},
    {"verify-schedule", cli_verify_schedule, "check a cohorts file"},
    {"doctor", cli_doctor, "what is wrong with an invitation (.ics, .eml)"},
    {"busy", cli_busy, "when a calendar (.ics) keeps its owner busy"},
    {"migrate", cli_migrate, "bring the database's schema up to date"},
    {"token", cli_token, "make, list and revoke tokens"},
    {"import", cli_import, "bring a member file into the database"},
    {"audit", cli_audit, "check that nobody changed the audit"},
    {"outbox", cli_outbox, "show what waits to be sent; pause, resume"},
    {"reply", cli_reply, "take an answer to an invitation from a mail"},
    {"backup", cli_backup, "write the database into one file"},
    {"restore", cli_restore, "bring a backup into an empty database"},
    {"cluster", cli_cluster, "start, stop or ask the private database"},
    {"help", help, "this list"},
    {"version", version, "the version"},
    /* not for people: what reads mail for the others */
    {ANSWER_CHILD, answer_child_main, NULL},
};

enum {
	N_COMMANDS = sizeof(COMMANDS) / sizeof(COMMANDS[0])
};

static void print_commands(FILE *f)
{
	fputs(
	    "usage: cairn COMMAND …   (cairn COMMAND --help says more)\n\n", f);
	for (size_t i = 0; i < N_COMMANDS; i++)
		if (COMMANDS[i].help != NULL)
			fprintf(f, "  %-16s %s\n", COMMANDS[i].name,
			    COMMANDS[i].help);
}

static int help(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	print_commands(stdout);
	return CLI_OK;
}

int main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "";

	if (strcmp(name, "--help") == 0 || strcmp(name, "--version") == 0)
		name += 2;
	for (size_t i = 0; i < N_COMMANDS; i++)
		if (strcmp(COMMANDS[i].name, name) == 0)
			return COMMANDS[i].run(argc - 1, argv + 1);
	if (name[0] != '\0')
		fprintf(stderr, "cairn: \"%s\" is not a command\n", name);
	print_commands(stderr);
	return CLI_BAD_INPUT;
}
