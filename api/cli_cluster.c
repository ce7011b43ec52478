/*
 * The private cluster from the command line, and the choice of the database that
 * every other subcommand makes. `status` exits with 3 when the cluster does not run,
 * so that scripts can ask.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "api/cli.h"
#include "api/cli_database.h"

bool cli_database_conf(
    struct conf *conf, int *argc, char **argv, int *exit_status)
{
	struct err e = {0};

	if (conf_load(conf, argc, argv, environ, &e) == ERR_OK)
		return true;
	*exit_status = cli_fail("settings", &e);
	return false;
}

enum err_code cli_database(struct arena *a, const struct conf *conf,
    const char **ret_conninfo, bool *ret_private, struct err *e)
{
	struct cluster c;
	enum err_code code;

	if (conf->database[0] != '\0') {
		*ret_conninfo = conf->database;
		*ret_private = false;
		return ERR_OK;
	}
	code = cluster_describe(a, conf->data_dir, false, &c, e);
	if (code == ERR_OK)
		code = cluster_start(a, &c, e);
	if (code != ERR_OK)
		return code;
	*ret_conninfo = c.conninfo;
	*ret_private = true;
	return ERR_OK;
}

static int print_status(const struct cluster *c)
{
	pid_t pid = cluster_pid(c);

	if (pid == 0) {
		printf("stopped: %s\n", c->data_dir);
		return CLI_FAILED;
	}
	printf("running: process %ld, data in %s\n", (long)pid, c->data_dir);
	return CLI_OK;
}

static int act(struct arena *a, const char *verb, const struct cluster *c)
{
	struct err e = {0};

	if (strcmp(verb, "conninfo") == 0) {
		puts(c->conninfo);
		return CLI_OK;
	}
	if (strcmp(verb, "status") == 0)
		return print_status(c);
	if (strcmp(verb, "start") == 0) {
		if (cluster_start(a, c, &e) != ERR_OK)
			return cli_fail(c->data_dir, &e);
		if (c->moved)
			fprintf(stderr,
			    "the user that runs PostgreSQL cannot reach the "
			    "wished folder: the data is in %s\n",
			    c->data_dir);
		return print_status(c);
	}
	if (cluster_stop(a, c, &e) != ERR_OK)
		return cli_fail(c->data_dir, &e);
	printf("stopped: %s\n", c->data_dir);
	return CLI_OK;
}

int cli_cluster(int argc, char **argv)
{
	static const char *const VERBS[] = {
	    "start", "stop", "status", "conninfo"};
	static const char USAGE[] =
	    "usage: cairn cluster start|stop|status|conninfo [--data-dir DIR]";
	struct conf conf;
	struct cluster c;
	struct err e = {0};
	struct arena *a;
	int status = CLI_OK;

	if (!cli_database_conf(&conf, &argc, argv, &status))
		return status;
	if (argc == 2 && strcmp(argv[1], "--help") == 0) {
		puts(USAGE);
		return CLI_OK;
	}
	for (size_t i = 0; argc == 2 && i < sizeof(VERBS) / sizeof(VERBS[0]);
	     i++) {
		if (strcmp(VERBS[i], argv[1]) != 0)
			continue;
		a = arena_new(1 << 20);
		if (a == NULL)
			return CLI_FAILED;
		status =
		    cluster_describe(a, conf.data_dir, false, &c, &e) == ERR_OK
			? act(a, VERBS[i], &c)
			: cli_fail(conf.data_dir, &e);
		arena_free(a);
		return status;
	}
	fprintf(stderr, "%s\n", USAGE);
	return CLI_BAD_INPUT;
}
