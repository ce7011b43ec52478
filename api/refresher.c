/* The reader of subscribed calendars: see refresher.h. An address is in nothing that is
 * logged or audited here, nor is its host. */
#include "api/refresher.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "api/busy_reading.h"
#include "api/fetch.h"
#include "api/pause.h"
#include "api/reader.h"
#include "api/service_audit.h"
#include "base/instant.h"
#include "base/log.h"
#include "base/metric.h"
#include "db/busy_subscription.h"
#include "db/busy_times.h"
#include "db/wall.h"

enum {
	IDLE_MS = 1000,
	DOWN_MS = 10000, /* the database cannot be used */
	LEASE_S = FETCH_SECONDS + READER_WALL_SECONDS + 30,
	FIRST_PAUSE_S = 15 * 60,
	MAX_PAUSE_S = 24 * 3600,
	ARENA_CAP = 64 << 20,
	STATEMENT_TIMEOUT_MS = 5000,
};

struct refresher {
	struct refresher_options o;
	struct networks allowed;
	struct db *db;
	struct arena *arena;
	int stop_fd;
	pthread_t thread;
};

/* Not sooner than the host asked for, within reason. */
static int64_t next_attempt(int64_t failures, int64_t asked_for)
{
	int64_t pause = pause_after(failures, FIRST_PAUSE_S, MAX_PAUSE_S);

	if (asked_for > MAX_PAUSE_S)
		asked_for = MAX_PAUSE_S;
	return pause > asked_for ? pause : asked_for;
}

/* One attempt: what is known of it once it is over. */
struct attempt {
	const struct refresher *r;
	const struct db_busy_claim *claim;
	struct fetch_answer answer;
	struct busy_reading reading;
	const char *failure; /* NULL: it went well */
};

static enum err_code store(struct db *db, void *cookie, struct err *e)
{
	const struct attempt *t = cookie;
	const struct db_busy_claim *claim = t->claim;
	const struct busy_reading *b = &t->reading;
	struct call call = {.db = db,
	    .arena = t->r->arena,
	    .who = {.community_id = claim->community_id, .role = ROLE_ADMIN}};
	bool same = b->busy == NULL;
	enum err_code code;

	if (t->failure != NULL)
		return db_busy_claim_bad(db, claim,
		    next_attempt(claim->failures + 1, t->answer.retry_after_s),
		    t->failure, e);
	code = db_busy_claim_good(db, claim,
	    pause_jitter(t->r->o.conf->busy_url_minutes * 60), b->left_out,
	    t->answer.entity_tag, t->answer.last_modified, e);
	if (code == ERR_OK && !same)
		code = db_busy_times_is_same(db, t->r->arena,
		    &claim->community_id, &claim->member_id, DB_BUSY_ADDRESS,
		    b->from, b->to, b->busy, &same, e);
	if (code != ERR_OK || same)
		return code;
	code = db_busy_times_put(db, &claim->community_id, &claim->member_id, 0,
	    DB_BUSY_ADDRESS, b->from, b->to, b->busy, e);
	if (code == ERR_OK)
		code = service_audit_change(&call, "busy_times.refresh",
		    "member", &claim->member_id, NULL, NULL, e);
	return code;
}

static void tell(const struct attempt *t)
{
	const char *end = t->failure != NULL                 ? "failed"
			  : t->answer.end == FETCH_UNCHANGED ? "unchanged"
							     : "read";
	char id[ID_TEXT_SIZE];

	id_format(&t->claim->member_id, id);
	metric_add(METRIC_busy_reads_total, end, NULL, 1);
	LOG(LOG_INFO, "calendar", LOG_TEXT("member", id), LOG_TEXT("end", end),
	    LOG_TEXT("why", t->failure != NULL ? t->failure : ""));
}

/* Whether the text is a calendar, and when it keeps its owner busy. */
static void read_text(struct attempt *t, const struct str *text)
{
	struct err e = {0};

	t->reading = (struct busy_reading){.text = text->data,
	    .n = text->len,
	    .time_zone = t->claim->time_zone,
	    .owner = t->claim->email};
	if (busy_reading_run(t->r->arena, &t->reading, &e) != ERR_OK)
		t->failure = arena_strdup(t->r->arena, e.detail);
}

static enum err_code refresh(
    struct refresher *r, const struct db_busy_claim *claim, struct err *e)
{
	const struct conf *conf = r->o.conf;
	struct attempt t = {.r = r, .claim = claim};
	struct str text;
	enum err_code code;

	str_init(&text, (size_t)conf->max_calendar_bytes + 1);
	fetch_run(&(struct fetch_request){.url = claim->url,
		      .entity_tag = claim->entity_tag,
		      .last_modified = claim->last_modified,
		      .allowed = &r->allowed,
		      .ca_file = conf->busy_url_ca_file,
		      .max_octets = (size_t)conf->max_calendar_bytes,
		      .stop_fd = r->stop_fd},
	    &text, &t.answer);
	if (t.answer.end == FETCH_TEXT)
		read_text(&t, &text);
	else if (t.answer.end == FETCH_FAILED)
		t.failure = t.answer.why;
	str_free(&text);
	if (pause_or_stop(r->stop_fd, 0)) /* the lease runs out */
		return ERR_OK;
	code = db_tx_run(r->db, DB_WRITE, store, &t, e);
	if (code != ERR_OK && code != ERR_STALE && code != ERR_DB_DOWN) {
		LOG(LOG_WARN, "refresher", LOG_TEXT("why", e->detail));
		err_clear(e);
		t.failure = "what is in it cannot be stored";
		code = db_tx_run(r->db, DB_WRITE, store, &t, e);
	}
	if (code == ERR_OK)
		tell(&t);
	return code;
}

/* *ret_found: there was an address to read. */
static bool step(struct refresher *r, bool *ret_found)
{
	struct db_busy_claim claim;
	struct err e = {0};
	enum err_code code;

	*ret_found = false;
	code = db_busy_claim(r->db, r->arena, LEASE_S, &claim, ret_found, &e);
	if (code == ERR_OK && *ret_found)
		code = refresh(r, &claim, &e);
	if (code == ERR_OK || code == ERR_STALE)
		return true;
	LOG(LOG_WARN, "refresher", LOG_TEXT("why", e.detail));
	return false;
}

static void *work(void *arg)
{
	struct refresher *r = arg;
	int64_t pause = 0;

	while (!pause_or_stop(r->stop_fd, pause)) {
		bool found, good = step(r, &found);

		arena_reset(r->arena);
		pause = !good ? DOWN_MS : found ? 0 : IDLE_MS;
	}
	return NULL;
}

static void close_all(struct refresher *r)
{
	db_close(r->db);
	arena_free(r->arena);
	if (r->stop_fd >= 0)
		close(r->stop_fd);
	free(r);
}

enum err_code refresher_check(const struct conf *conf, struct err *e)
{
	struct networks allowed;

	if (address_networks(conf->busy_url_networks, &allowed))
		return ERR_OK;
	err_add_field(e, ERR_FIELD, "busy_url_networks",
	    "expected at most %d addresses and networks, such as 10.1.0.0/16",
	    ADDRESS_MAX_NETWORKS);
	return ERR_FIELD;
}

enum err_code refresher_start(const struct refresher_options *o,
    struct refresher **ret_refresher, struct err *e)
{
	struct db_options db = {.conninfo = o->conninfo,
	    .application_name = "cairn refresher",
	    .role = DB_ROLE_WORKER,
	    .statement_timeout_ms = STATEMENT_TIMEOUT_MS,
	    .allow_unsafe = o->allow_unsafe};
	struct refresher *r;
	enum err_code code = refresher_check(o->conf, e);

	*ret_refresher = NULL;
	if (code != ERR_OK || o->conf->busy_url_minutes == 0)
		return code;
	r = calloc(1, sizeof(*r));
	if (r == NULL)
		return ERR_SET(e, NOMEM, "no memory for the refresher");
	r->o = *o;
	r->stop_fd = eventfd(0, EFD_CLOEXEC);
	r->arena = arena_new(ARENA_CAP);
	(void)address_networks(o->conf->busy_url_networks, &r->allowed);
	code = r->stop_fd < 0 || r->arena == NULL
		   ? ERR_SET(e, NOMEM, "no memory for the refresher")
		   : db_open(&db, &r->db, e);
	if (code == ERR_OK && pthread_create(&r->thread, NULL, work, r) != 0)
		code = ERR_SET(e, IO, "no thread for the refresher");
	if (code == ERR_OK)
		*ret_refresher = r;
	else
		close_all(r);
	return code;
}

void refresher_stop(struct refresher *r)
{
	if (r == NULL)
		return;
	eventfd_write(r->stop_fd, 1);
	pthread_join(r->thread, NULL);
	close_all(r);
}
