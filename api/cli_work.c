/* cairn work: a job worker alone, beside any number of others on one database. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "api/cli.h"
#include "api/cli_database.h"
#include "api/server.h"
#include "api/worker.h"
#include "base/log.h"

static const char USAGE[] =
    "cairn work [--database CONNINFO] [--config FILE] [--SETTING VALUE]…\n";

static void wait_for_end(void)
{
	sigset_t set;
	int number;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigwait(&set, &number);
}

static enum err_code run(
    const struct conf *conf, struct arena *a, struct err *e)
{
	struct worker_options o = {.conf = conf};
	struct worker *worker = NULL;
	bool is_private;
	enum err_code code = cli_database(a, conf, &o.conninfo, &is_private, e);

	if (code != ERR_OK)
		return code;
	code = tz_open(TZ_SERVICE_FROM, TZ_SERVICE_TO, &o.tz, e);
	if (code != ERR_OK)
		return code;
	server_block_signals();
	code = worker_start(&o, &worker, e);
	if (code == ERR_OK) {
		log_event(LOG_INFO, "worker ready");
		wait_for_end();
	}
	worker_stop(worker);
	tz_close(o.tz);
	return code;
}

int cli_work(int argc, char **argv)
{
	static struct conf conf; /* too large for a stack */
	struct arena *a = arena_new(CLI_ARENA_CAP);
	enum err_code code;
	struct err e;
	int status = CLI_FAILED;

	err_clear(&e);
	if (a == NULL)
		return CLI_FAILED;
	code = conf_load(&conf, &argc, argv, environ, &e);
	if (code == ERR_OK && argc > 1) {
		fputs(USAGE, strcmp(argv[1], "--help") == 0 ? stdout : stderr);
		status =
		    strcmp(argv[1], "--help") == 0 ? CLI_OK : CLI_BAD_INPUT;
	} else if (code != ERR_OK) {
		cli_fail("settings", &e);
		status = CLI_BAD_INPUT;
	} else {
		log_setup((enum log_level)log_level_parse(conf.log_level),
		    strcmp(conf.log_format, "text") == 0 ? LOG_AS_TEXT
							 : LOG_AS_JSON,
		    STDERR_FILENO);
		code = run(&conf, a, &e);
		status = code == ERR_OK ? CLI_OK : cli_fail("work", &e);
	}
	arena_free(a);
	return status;
}
