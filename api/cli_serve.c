/*
 * The processes that stay: `cairn serve`, the HTTP service with a job worker beside
 * it, and `cairn work`, a worker alone. Both run until SIGTERM or SIGINT, and any
 * number of both may share one database.
 */
#include "api/cli_serve.h"

#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "api/admin.h"
#include "api/cli.h"
#include "api/cli_database.h"
#include "api/mail_address.h"
#include "api/oidc.h"
#include "api/refresher.h"
#include "api/sender.h"
#include "api/server.h"
#include "api/smtp.h"
#include "api/text.h"
#include "api/used.h"
#include "api/worker.h"
#include "api/xml.h"
#include "base/log.h"
#include "base/str.h"
#include "db/migrate.h"

static const char USAGE[] =
    "cairn serve [--no-worker] [--SETTING VALUE]…\n"
    "cairn work [--SETTING VALUE]…\n"
    "cairn serve --print-config\n"
    "cairn serve --check-config\n"
    "Settings may stand in a file (--config FILE) and in the environment "
    "(CAIRN_…) as well.\n";

struct process {
	struct conf conf;
	struct arena *a;
	const char *conninfo;
	struct tz *tz;
	struct worker *worker;
	struct sender *sender;
	struct refresher *refresher;
	struct admin *admin;
	bool with_worker, is_private, only_checks;
};

/* Refuse a schema that is not this binary's; the private cluster is brought up to
 * date, as nobody else would do it. */
static enum err_code check_schema(struct process *p, struct err *e)
{
	struct db *db = NULL;
	int applied = 0;
	enum err_code code = db_migrate_open(p->conninfo, false, &db, e);

	if (code != ERR_OK)
		return code;
	code = p->is_private
		   ? db_migrate(db, p->a, db_migration_table, &applied, e)
		   : db_migrate_check(db, p->a, db_migration_table, e);
	db_close(db);
	return code;
}

static enum err_code serve(struct process *p, struct err *e)
{
	struct server_options o = {
	    .conf = &p->conf, .conninfo = p->conninfo, .tz = p->tz};
	enum err_code code = oidc_open(&p->conf, &o.oidc, e);

	if (code == ERR_OK)
		code = used_start(p->conninfo, e);
	if (code == ERR_OK)
		code = server_run(&o, e);
	used_stop();
	oidc_close(o.oidc);
	return code;
}

static enum err_code work(struct process *p, struct err *e)
{
	sigset_t set;
	int number;

	(void)p;
	(void)e;
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	log_event(LOG_INFO, "worker ready");
	sigwait(&set, &number);
	pthread_sigmask(SIG_UNBLOCK, &set, NULL); /* the next one ends it now */
	log_event(LOG_INFO, "draining");
	return ERR_OK;
}

/* Everything that both need, then `body`, then everything away again. */
static enum err_code run(struct process *p,
    enum err_code (*body)(struct process *p, struct err *e), struct err *e)
{
	struct worker_options o = {.conf = &p->conf};
	enum err_code code =
	    cli_database(p->a, &p->conf, &p->conninfo, &p->is_private, e);

	if (code == ERR_OK)
		code = check_schema(p, e);
	if (code == ERR_OK)
		code = tz_open(TZ_SERVICE_FROM, TZ_SERVICE_TO, &p->tz, e);
	if (code != ERR_OK)
		return code;
	server_block_signals();
	xml_start();
	o.conninfo = p->conninfo;
	o.tz = p->tz;
	if (p->conf.admin_listen[0] != '\0')
		code = admin_start(
		    &(struct admin_options){.listen = p->conf.admin_listen,
			.conninfo = p->conninfo},
		    &p->admin, e);
	if (code == ERR_OK && p->with_worker)
		code = worker_start(&o, &p->worker, e);
	if (code == ERR_OK && p->with_worker)
		code = sender_start(
		    &(struct sender_options){
			.conf = &p->conf, .conninfo = p->conninfo, .tz = p->tz},
		    &p->sender, e);
	if (code == ERR_OK && p->with_worker)
		code = refresher_start(
		    &(struct refresher_options){
			.conf = &p->conf, .conninfo = p->conninfo},
		    &p->refresher, e);
	if (code == ERR_OK)
		code = body(p, e);
	refresher_stop(p->refresher);
	sender_stop(p->sender);
	worker_stop(p->worker);
	admin_stop(p->admin);
	tz_close(p->tz);
	return code;
}

/* The settings in force, secrets masked. */
static int print_config(const struct conf *conf)
{
	struct str out;
	int status = CLI_FAILED;

	str_init(&out, sizeof(*conf) * 2);
	conf_print(conf, &out);
	if (!out.failed && fputs(out.data, stdout) != EOF)
		status = CLI_OK;
	str_free(&out);
	return status;
}

/* Whom mail comes from and where answers go, when there is a mail server. */
static void check_mail(const struct conf *c, struct err *e)
{
	const char *replies = mail_address_of_replies(c);
	struct smtp *smtp = NULL;
	unsigned before = e->n_fields;

	if (!mail_address_is_set(c))
		return;
	if (text_check_email(c->mail_sender, strlen(c->mail_sender)) != NULL)
		err_add_field(e, ERR_FIELD, "mail_sender",
		    "expected an address such as calendar@example.org");
	else if (text_check_email(replies, strlen(replies)) != NULL ||
		 !mail_address_has_room(replies))
		err_add_field(e, ERR_FIELD, "mail_reply_to",
		    "expected an address with at most %d characters before "
		    "the @",
		    64 - 1 - MAIL_TOKEN_LENGTH);
	if (text_check_url(c->public_url, strlen(c->public_url)) != NULL)
		err_add_field(e, ERR_FIELD, "public_url",
		    "expected the address under which recipients of mail "
		    "reach the service");
	if (e->n_fields == before && smtp_open(c, &smtp, e) == ERR_OK)
		smtp_close(smtp);
}

/* What the table of settings cannot say of a value. */
static enum err_code check_config(const struct conf *c, struct err *e)
{
	struct in6_addr address;
	struct oidc *oidc;

	if (inet_pton(AF_INET, c->listen_address, &address) != 1 &&
	    inet_pton(AF_INET6, c->listen_address, &address) != 1)
		err_add_field(
		    e, ERR_FIELD, "listen_address", "expected an IP address");
	if (!db_is_conninfo(c->database))
		err_add_field(e, ERR_FIELD, "database",
		    "expected a PostgreSQL connection string");
	if (c->admin_listen[0] != '\0' && !admin_is_address(c->admin_listen))
		err_add_field(e, ERR_FIELD, "admin_listen",
		    "expected unix:/PATH or ADDRESS:PORT");
	check_mail(c, e);
	(void)refresher_check(c, e);
	if (oidc_open(c, &oidc, e) == ERR_OK)
		oidc_close(oidc);
	return e->code;
}

/* What the settings left; false when there is more in it than flags. */
static bool read_flags(struct process *p, int argc, char **argv, bool serves)
{
	for (int i = 1; i < argc; i++)
		if (serves && strcmp(argv[i], "--no-worker") == 0)
			p->with_worker = false;
		else if (strcmp(argv[i], "--check-config") == 0)
			p->only_checks = true;
		else
			return false;
	return true;
}

/* Tokens and people are in this memory: no core dump of it, by whatever handler. */
static void forbid_core_dumps(void)
{
	const struct rlimit none = {0, 0};

	setrlimit(RLIMIT_CORE, &none);
#ifndef __SANITIZE_ADDRESS__ /* its leak check traces the process */
	prctl(PR_SET_DUMPABLE, 0);
#endif
}

static int start(int argc, char **argv, bool serves)
{
	static struct process p; /* its settings are too large for a stack */
	struct err e = {0};
	enum err_code code;
	int status;

	p = (struct process){
	    .a = arena_new(CLI_ARENA_CAP), .with_worker = true};
	if (p.a == NULL)
		return CLI_FAILED;
	forbid_core_dumps();
	code = conf_load(&p.conf, &argc, argv, environ, &e);
	if (code == ERR_OK)
		code = check_config(&p.conf, &e);
	if (code != ERR_OK) {
		status = cli_fail("settings", &e);
	} else if (argc == 2 && strcmp(argv[1], "--help") == 0) {
		fputs(USAGE, stdout);
		status = CLI_OK;
	} else if (argc == 2 && strcmp(argv[1], "--print-config") == 0) {
		status = print_config(&p.conf);
	} else if (!read_flags(&p, argc, argv, serves)) {
		fputs(USAGE, stderr);
		status = CLI_BAD_INPUT;
	} else if (p.only_checks) {
		status = CLI_OK; /* faults are told above */
		puts("the settings are good");
	} else {
		log_setup((enum log_level)log_level_parse(p.conf.log_level),
		    strcmp(p.conf.log_format, "text") == 0 ? LOG_AS_TEXT
							   : LOG_AS_JSON,
		    STDERR_FILENO);
		code = run(&p, serves ? serve : work, &e);
		status = code == ERR_OK ? CLI_OK : cli_fail(argv[0], &e);
	}
	arena_free(p.a);
	return status;
}

int cli_serve(int argc, char **argv)
{
	return start(argc, argv, true);
}

int cli_work(int argc, char **argv)
{
	return start(argc, argv, false);
}
