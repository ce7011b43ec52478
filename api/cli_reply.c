/*
 * cairn reply: an answer to an invitation, from a mail that a mail server pipes in. The
 * exit status is what mail servers read (sysexits.h): taken or not for us, so that nobody
 * is written to; try again; or no mail at all.
 */
#include "api/cli_reply.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "api/answer_child.h"
#include "api/cli.h"
#include "api/cli_database.h"
#include "api/mail_address.h"
#include "api/service_answers.h"
#include "calendars/tz.h"
#include "db/migrate.h"

static const char USAGE[] =
    "usage: cairn reply [--to ADDRESS] < MESSAGE\n"
    "Takes an answer to an invitation, or a bounce. ADDRESS is the envelope's recipient;\n"
    "without it the message's own headers say whom it was for.\n";

enum {
	REPLY_ARENA_CAP = 64 << 20,
	SETTING_SIZE = 256,
};

struct job {
	struct call call;
	const struct answer *answer;
	struct answer_taken taken;
};

static enum err_code take(struct db *db, void *cookie, struct err *e)
{
	static const struct id NONE;
	struct job *j = cookie;

	(void)db;
	j->call.who.community_id = NONE; /* as before a run that failed */
	return service_answers_take(&j->call, j->answer, &j->taken, e);
}

static bool read_message(struct str *out)
{
	char block[1 << 14];
	size_t n;

	while ((n = fread(block, 1, sizeof(block), stdin)) > 0)
		str_put(out, block, n);
	return !out->failed && !ferror(stdin);
}

/* Where answers go, and with it whether attendances have addresses of their own. */
static void set_addresses(
    struct call *c, const struct conf *conf, char own[SETTING_SIZE])
{
	c->with_tokens = mail_address_is_set(conf);
	c->calendar_mail = mail_address_of_replies(conf);
	if (!c->with_tokens) {
		snprintf(own, SETTING_SIZE, "calendar@%.200s",
		    conf->calendar_domain);
		c->calendar_mail = own;
	}
	c->public_url = conf->public_url;
	c->mail_language = conf->mail_language;
}

static enum err_code run(struct job *j, const struct conf *conf, const char *to,
    const struct str *message, struct err *e)
{
	struct answer answer;
	struct call *c = &j->call;
	const char *conninfo;
	bool is_private;
	enum err_code code = answer_child_read(c->arena, message->data,
	    message->len, c->calendar_mail, to, &answer, e);

	j->answer = &answer;
	if (code == ERR_OK)
		code = cli_database(c->arena, conf, &conninfo, &is_private, e);
	if (code == ERR_OK)
		code = tz_open(TZ_SERVICE_FROM, TZ_SERVICE_TO, &c->tz, e);
	if (code == ERR_OK)
		code = db_migrate_open(conninfo, false, &c->db, e);
	if (code == ERR_OK)
		code = db_tx_run(c->db, DB_WRITE, take, j, e);
	db_close(c->db);
	tz_close(c->tz);
	return code;
}

/* For the mail server: nobody is told of what is not for us, as senders are forged. */
static int exit_status(enum err_code code, const struct err *e)
{
	if (code == ERR_OK)
		return EX_OK;
	fprintf(stderr, "cairn reply: %s\n", e->detail);
	if (code == ERR_NOT_FOUND)
		return EX_OK;
	return code == ERR_VALIDATION || code == ERR_TOO_LARGE ? EX_DATAERR
							       : EX_TEMPFAIL;
}

int cli_reply(int argc, char **argv)
{
	static struct conf conf; /* too large for a stack */
	struct job j = {.call = {.who = {.role = ROLE_ADMIN}}};
	struct err e = {0};
	struct str message;
	const char *to = NULL;
	char own[SETTING_SIZE];
	int status = EX_TEMPFAIL;
	enum err_code code;

	if (!cli_database_conf(&conf, &argc, argv, &status))
		return EX_TEMPFAIL;
	if (argc == 3 && strcmp(argv[1], "--to") == 0) {
		to = argv[2];
	} else if (argc != 1) {
		bool help = argc == 2 && strcmp(argv[1], "--help") == 0;

		fputs(USAGE, help ? stdout : stderr);
		return help ? EX_OK : EX_USAGE;
	}
	str_init(&message, ANSWER_MAX_MESSAGE);
	j.call.arena = arena_new(REPLY_ARENA_CAP);
	set_addresses(&j.call, &conf, own);
	if (!read_message(&message)) {
		fputs("cairn reply: the message is too large\n", stderr);
		status = EX_DATAERR;
	} else if (j.call.arena != NULL) {
		code = run(&j, &conf, to, &message, &e);
		status = exit_status(code, &e);
		if (code == ERR_OK)
			printf("%s\n", j.taken.verdict);
	}
	str_free(&message);
	arena_free(j.call.arena);
	return status;
}
