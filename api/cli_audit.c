/*
 * cairn audit verify: follows the chain of every community from its first event and
 * computes each hash itself, in one moment of the database. What it cannot see is a
 * chain rewritten as a whole by somebody with all rights; a head kept elsewhere can.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "api/cli.h"
#include "api/cli_audit.h"
#include "api/cli_database.h"
#include "api/digest.h"
#include "base/num.h"
#include "db/audit.h"
#include "db/migrate.h"

static const char USAGE[] =
    "usage: cairn audit verify [--head SEQ:HASH]\n"
    "Follows the audit of every community and prints its head. --head is one that was\n"
    "printed or asked for (GET /v1/audit-head) before and kept: it has to be there still.\n";

enum {
	PAGE_CAP = 64 << 20 /* 1000 events and what they say */
};

struct check {
	int64_t seq; /* of --head; 0: none */
	const char *hash;
	bool met;     /* that head is in a chain */
	bool correct; /* so far */
	struct arena *heads, *page;
};

__attribute__((format(printf, 2, 3))) static void wrong(
    struct check *c, const char *fmt, ...)
{
	va_list args;

	c->correct = false;
	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
	putchar('\n');
}

/* SHA-256 of the octets of the hash before, and of what the event says. */
static bool next_hash(struct arena *a, struct digest *hash, const char *says)
{
	size_t n = strlen(says);
	char *both = arena_alloc(a, DIGEST_SIZE + n + 1);

	if (both == NULL)
		return false;
	memcpy(both, hash->octet, DIGEST_SIZE);
	memcpy(both + DIGEST_SIZE, says, n + 1);
	return digest_sha256(both, DIGEST_SIZE + n, hash);
}

/* One community; at its first fault it ends. */
static enum err_code follow(struct db *db, struct check *c,
    const struct db_audit_head *head, struct err *e)
{
	struct digest hash = {{0}};
	char text[DIGEST_TEXT_SIZE];
	struct db_audit_link *link;
	int64_t seq = 0;
	enum err_code code;
	size_t n;

	digest_format(&hash, text);
	do {
		arena_reset(c->page);
		code = db_audit_links(
		    db, c->page, &head->community_id, seq, &link, &n, e);
		if (code != ERR_OK)
			return code;
		for (size_t i = 0; i < n; i++) {
			if (link[i].seq != ++seq) {
				wrong(c, "%s: event %" PRId64 " is missing",
				    head->slug, seq);
				return ERR_OK;
			}
			if (!next_hash(c->page, &hash, link[i].says))
				return ERR_SET(e, NOMEM, "an event too large");
			digest_format(&hash, text);
			if (strcmp(text, link[i].hash) != 0) {
				wrong(c,
				    "%s: event %" PRId64
				    " is not what was written",
				    head->slug, seq);
				return ERR_OK;
			}
			c->met |= seq == c->seq && strcmp(text, c->hash) == 0;
		}
	} while (n > 0);
	if (head->seq != seq || strcmp(head->hash, text) != 0)
		wrong(c,
		    "%s: the events end at %" PRId64
		    ", and the head speaks of %" PRId64,
		    head->slug, seq, head->seq);
	else
		printf("%s: %" PRId64 " events, head %" PRId64 ":%s\n",
		    head->slug, seq, seq, text);
	return ERR_OK;
}

static enum err_code verify(struct db *db, void *cookie, struct err *e)
{
	struct check *c = cookie;
	struct db_audit_head *head;
	size_t n = 0;
	enum err_code code = db_audit_heads(db, c->heads, &head, &n, e);

	c->correct = true;
	for (size_t i = 0; code == ERR_OK && i < n; i++)
		code = follow(db, c, &head[i], e);
	if (code == ERR_OK && c->seq > 0 && !c->met)
		wrong(c, "head %" PRId64 ":%s is in no chain", c->seq, c->hash);
	return code;
}

static bool read_args(int argc, char **argv, struct check *c)
{
	const char *colon;

	if (argc == 2 && strcmp(argv[1], "verify") == 0)
		return true;
	if (argc != 4 || strcmp(argv[1], "verify") != 0 ||
	    strcmp(argv[2], "--head") != 0)
		return false;
	colon = strchr(argv[3], ':');
	if (colon == NULL || strlen(colon + 1) != DIGEST_TEXT_SIZE - 1)
		return false;
	c->hash = colon + 1;
	return num_parse_i64(
	    argv[3], (size_t)(colon - argv[3]), 1, INT64_MAX, &c->seq);
}

int cli_audit(int argc, char **argv)
{
	static struct conf conf; /* too large for a stack */
	struct check c = {
	    .heads = arena_new(PAGE_CAP), .page = arena_new(PAGE_CAP)};
	struct err e = {0};
	struct db *db = NULL;
	const char *conninfo;
	bool is_private;
	int status = CLI_OK;

	if (!cli_database_conf(&conf, &argc, argv, &status))
		goto out;
	if (!read_args(argc, argv, &c)) {
		bool help = argc == 2 && strcmp(argv[1], "--help") == 0;

		fputs(USAGE, help ? stdout : stderr);
		status = help ? CLI_OK : CLI_BAD_INPUT;
	} else if (c.heads == NULL || c.page == NULL) {
		status = CLI_FAILED;
	} else if (cli_database(c.heads, &conf, &conninfo, &is_private, &e) !=
		       ERR_OK ||
		   db_migrate_open(conninfo, false, &db, &e) != ERR_OK ||
		   db_tx_run(db, DB_READ, verify, &c, &e) != ERR_OK) {
		status = cli_fail("database", &e);
	} else if (!c.correct) {
		status = CLI_BAD_PLAN;
	}
out:
	db_close(db);
	arena_free(c.page);
	arena_free(c.heads);
	return status;
}
