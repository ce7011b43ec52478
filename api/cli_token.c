/*
 * cairn token: the operator's way to the first token of a community. The text of a
 * token is printed once; the database has its SHA-256 only.
 */
#include <stdio.h>
#include <string.h>

#include "api/auth.h"
#include "api/cli.h"
#include "api/cli_database.h"
#include "api/cli_token.h"
#include "api/scope.h"
#include "base/instant.h"
#include "base/num.h"
#include "base/str.h"
#include "db/communities.h"
#include "db/members.h"
#include "db/migrate.h"
#include "db/tokens.h"

static const char USAGE[] =
    "usage: cairn token create --community SLUG --role ROLE [--name NAME]\n"
    "                          [--member EXTERNAL_ID] [--days N]\n"
    "                          [--scopes 'SCOPE SCOPE'] [--create-community]\n"
    "       cairn token list --community SLUG\n"
    "       cairn token rotate --community SLUG ID\n"
    "       cairn token revoke --community SLUG ID\n"
    "ROLE is newcomer, mentor, coordinator, admin or service. The first two need a\n"
    "member, the last needs scopes (docs/security.md). A token lasts 90 days, at most\n"
    "365; of a rotated one the old secret is good for another hour.\n";

enum {
	OVERLAP_MINUTES = 60
};

struct order {
	const char *verb, *community, *role, *name, *member, *days, *scopes,
	    *id;
	bool create_community;
};

struct token_call {
	const struct order *order;
	const struct conf *conf;
	struct arena *arena;
	struct str *out; /* printed once the transaction is committed */
};

/* False: not a call of ours. */
static bool read_order(int argc, char **argv, struct order *o)
{
	const struct {
		const char *flag;
		const char **to;
	} TEXTS[] = {{"--community", &o->community}, {"--role", &o->role},
	    {"--name", &o->name}, {"--member", &o->member},
	    {"--days", &o->days}, {"--scopes", &o->scopes}};

	const size_t n = sizeof(TEXTS) / sizeof(TEXTS[0]);

	if (argc < 2)
		return false;
	o->verb = argv[1];
	for (int i = 2; i < argc; i++) {
		size_t f = 0;

		while (f < n && strcmp(argv[i], TEXTS[f].flag) != 0)
			f++;
		if (f < n && i + 1 < argc)
			*TEXTS[f].to = argv[++i];
		else if (strcmp(argv[i], "--create-community") == 0)
			o->create_community = true;
		else if (argv[i][0] != '-' && o->id == NULL)
			o->id = argv[i];
		else
			return false;
	}
	return o->community != NULL;
}

/* The community of the order, made when that was asked for. */
static enum err_code find_community(struct db *db, const struct token_call *t,
    struct db_community *c, struct err *e)
{
	enum err_code code =
	    db_community_find(db, t->arena, t->order->community, c, e);

	if (code != ERR_NOT_FOUND || !t->order->create_community)
		return code;
	err_clear(e);
	*c = (struct db_community){.id = id_new(),
	    .name = t->order->community,
	    .slug = t->order->community,
	    .calendar_domain = t->conf->calendar_domain};
	return db_community_create(db, c, e);
}

/* What is wrong with an order to create, beyond its community and member. */
static enum err_code check(
    const struct order *o, int64_t *ret_expires_at, struct err *e)
{
	enum role role = o->role != NULL ? auth_role_parse(o->role) : 0;
	int64_t days = DB_TOKEN_DAYS;
	unsigned scopes;

	if (role == 0)
		return ERR_SET(e, VALIDATION,
		    "--role: expected newcomer, mentor, coordinator, admin or "
		    "service");
	if (o->member == NULL && (role & ROLES_STAFF) == 0)
		return ERR_SET(e, VALIDATION,
		    "--member: a %s's token acts for a member", o->role);
	if (role == ROLE_SERVICE && o->member != NULL)
		return ERR_SET(
		    e, VALIDATION, "--member: a service acts for no member");
	if (role == ROLE_SERVICE && o->scopes == NULL)
		return ERR_SET(e, VALIDATION,
		    "--scopes: expected what the service may do");
	if (o->scopes != NULL && !scope_parse(o->scopes, &scopes))
		return ERR_SET(e, VALIDATION,
		    "--scopes: expected names such as members:read, separated "
		    "by spaces");
	if (o->days != NULL && !num_parse_i64(o->days, strlen(o->days), 1,
				   DB_TOKEN_DAYS_MAX, &days))
		return ERR_SET(e, VALIDATION, "--days: expected 1 to %d",
		    DB_TOKEN_DAYS_MAX);
	*ret_expires_at = instant_now() + days * INSTANT_DAY;
	return ERR_OK;
}

static enum err_code create(
    struct db *db, const struct token_call *t, struct err *e)
{
	const struct order *o = t->order;
	struct db_token token = {.role = o->role, .scopes = o->scopes};
	struct auth_token made;
	int64_t expires_at;
	struct db_community c;
	enum err_code code;

	code = check(o, &expires_at, e);
	if (code == ERR_OK)
		code = find_community(db, t, &c, e);
	if (code == ERR_OK && o->member != NULL) {
		token.has_member = true;
		code = db_member_find(
		    db, t->arena, &c.id, o->member, &token.member_id, e);
	}
	if (code == ERR_OK)
		code = auth_new_token(&made, e);
	if (code != ERR_OK)
		return code;
	token.id = made.id;
	token.community_id = c.id;
	code = db_token_create(db, &token,
	    o->name != NULL ? o->name : "command line", made.hash, &expires_at,
	    e);
	if (code == ERR_OK)
		str_printf(t->out, "%s\n", made.text);
	return code;
}

static enum err_code list(
    struct db *db, const struct token_call *t, struct err *e)
{
	struct db_page page = {.limit = DB_LIST_MAX};
	struct db_community c;
	struct db_list found = {.more = true};
	enum err_code code = find_community(db, t, &c, e);

	while (code == ERR_OK && found.more) {
		code =
		    db_token_list(db, t->arena, &c.id, NULL, &page, &found, e);
		for (size_t i = 0; code == ERR_OK && i < found.n; i++)
			str_printf(t->out, "%s\n", found.doc[i]);
		page.after = found.last;
	}
	return code;
}

/* The community and the token that the order names. */
static enum err_code find(struct db *db, const struct token_call *t,
    struct db_community *c, struct id *ret_id, struct err *e)
{
	const char *text = t->order->id != NULL ? t->order->id : "";
	enum err_code code = find_community(db, t, c, e);

	if (code == ERR_OK && !id_parse(text, strlen(text), ret_id))
		code = ERR_SET(e, VALIDATION, "expected the id of a token");
	return code;
}

static enum err_code rotate(
    struct db *db, const struct token_call *t, struct err *e)
{
	struct db_community c;
	struct auth_token made;
	struct id id;
	enum err_code code = find(db, t, &c, &id, e);

	if (code == ERR_OK)
		code = auth_new_secret(&id, &made, e);
	if (code == ERR_OK)
		code = db_token_rotate(
		    db, &c.id, &id, made.hash, OVERLAP_MINUTES, e);
	if (code == ERR_OK)
		str_printf(t->out, "%s\n", made.text);
	return code;
}

static enum err_code revoke(
    struct db *db, const struct token_call *t, struct err *e)
{
	struct db_community c;
	struct id id;
	enum err_code code = find(db, t, &c, &id, e);

	return code == ERR_OK ? db_token_revoke(db, &c.id, &id, e) : code;
}

static enum err_code run(struct db *db, void *cookie, struct err *e)
{
	const struct token_call *t = cookie;

	const struct {
		const char *verb;
		enum err_code (*run)(
		    struct db *db, const struct token_call *t, struct err *e);
	} VERBS[] = {{"create", create}, {"list", list}, {"rotate", rotate},
	    {"revoke", revoke}};

	str_clear(t->out); /* a transaction may run again */
	for (size_t i = 0; i < sizeof(VERBS) / sizeof(VERBS[0]); i++)
		if (strcmp(t->order->verb, VERBS[i].verb) == 0)
			return VERBS[i].run(db, t, e);
	return ERR_SET(
	    e, VALIDATION, "expected create, list, rotate or revoke");
}

int cli_token(int argc, char **argv)
{
	static struct conf conf; /* too large for a stack */
	struct order order = {0};
	struct token_call t = {.order = &order, .conf = &conf};
	struct err e = {0};
	struct db *db = NULL;
	struct str out;
	const char *conninfo;
	bool is_private;
	int status = CLI_OK;

	if (!cli_database_conf(&conf, &argc, argv, &status))
		return status;
	if (!read_order(argc, argv, &order)) {
		bool help = argc == 2 && strcmp(argv[1], "--help") == 0;

		fputs(USAGE, help ? stdout : stderr);
		return help ? CLI_OK : CLI_BAD_INPUT;
	}
	t.arena = arena_new(16 << 20);
	if (t.arena == NULL)
		return CLI_FAILED;
	str_init(&out, 16 << 20);
	t.out = &out;
	if (cli_database(t.arena, &conf, &conninfo, &is_private, &e) !=
		ERR_OK ||
	    db_migrate_open(conninfo, false, &db, &e) != ERR_OK ||
	    db_tx_run(db, DB_WRITE, run, &t, &e) != ERR_OK)
		status = cli_fail("token", &e);
	else
		fputs(out.data, stdout);
	str_free(&out);
	db_close(db);
	arena_free(t.arena);
	return status;
}
