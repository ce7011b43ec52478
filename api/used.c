/*
 * Last use: see used.h. Invariant: a list holds each thing once; what finds no room
 * until the next writing goes unnoted.
 */
#include "api/used.h"

#include <pthread.h>
#include <string.h>
#include <time.h>

#include "base/instant.h"
#include "base/log.h"
#include "db/app_passwords.h"
#include "db/feeds.h"
#include "db/identities.h"
#include "db/tokens.h"
#include "db/wall.h"

enum {
	KINDS = 4,
	LIST_SIZE = 4096,
	WRITE_EVERY_MS = 2000,
};

struct list {
	struct id community[LIST_SIZE], id[LIST_SIZE];
	bool taken[LIST_SIZE];
	size_t n;
};

typedef enum err_code write_fn(struct db *db, const struct id *community,
    const struct id *id, size_t n, struct err *e);

static write_fn *const WRITE[KINDS] = {
    [USED_TOKEN] = db_tokens_used,
    [USED_IDENTITY] = db_identities_used,
    [USED_FEED] = db_feeds_used,
    [USED_APP_PASSWORD] = db_app_passwords_used,
};

static struct {
	pthread_mutex_t lock;
	pthread_cond_t wake;
	struct list list[KINDS];
	pthread_t thread;
	struct db *db;
	bool started, stop;
} used = {.lock = PTHREAD_MUTEX_INITIALIZER};

void used_note(
    enum used_kind kind, const struct id *community, const struct id *id)
{
	struct list *l = &used.list[kind];
	size_t at;

	/* The last octets of a UUIDv7 are random. */
	memcpy(&at, id->octet + sizeof(id->octet) - sizeof(at), sizeof(at));
	at %= LIST_SIZE;
	pthread_mutex_lock(&used.lock);
	while (l->taken[at] && memcmp(&l->id[at], id, sizeof(*id)) != 0)
		at = (at + 1) % LIST_SIZE;
	if (used.started && !l->taken[at] && l->n < LIST_SIZE / 2) {
		l->taken[at] = true;
		l->id[at] = *id;
		l->community[at] = *community;
		l->n++;
	}
	pthread_mutex_unlock(&used.lock);
}

/* Empty the list into `out`, without gaps. */
static size_t take(enum used_kind kind, struct list *out)
{
	struct list *l = &used.list[kind];
	size_t n = 0;

	pthread_mutex_lock(&used.lock);
	for (size_t i = 0; l->n > 0 && i < LIST_SIZE; i++)
		if (l->taken[i]) {
			out->id[n] = l->id[i];
			out->community[n++] = l->community[i];
		}
	memset(l->taken, 0, sizeof(l->taken));
	l->n = 0;
	pthread_mutex_unlock(&used.lock);
	return n;
}

static void write_all(void)
{
	static struct list out; /* the writer's alone */

	for (int kind = 0; kind < KINDS; kind++) {
		size_t n = take((enum used_kind)kind, &out);
		struct err e = {0};

		if (n > 0 && WRITE[kind](used.db, out.community, out.id, n,
				 &e) != ERR_OK)
			LOG(LOG_WARN, "last use not noted",
			    LOG_INT("number", (int64_t)n),
			    LOG_TEXT("why", e.detail));
	}
}

static void *work(void *arg)
{
	bool stop = false;

	(void)arg;
	while (!stop) {
		int64_t ms = monotonic_ms() + WRITE_EVERY_MS;
		const struct timespec until = {ms / 1000, ms % 1000 * 1000000};

		pthread_mutex_lock(&used.lock);
		while (!used.stop && pthread_cond_timedwait(
					 &used.wake, &used.lock, &until) == 0)
			;
		stop = used.stop;
		pthread_mutex_unlock(&used.lock);
		write_all();
	}
	return NULL;
}

enum err_code used_start(const char *conninfo, struct err *e)
{
	const struct db_options o = {.conninfo = conninfo,
	    .application_name = "cairn last use",
	    .role = DB_ROLE_WORKER};
	pthread_condattr_t attr;
	enum err_code code = db_open(&o, &used.db, e);

	if (code != ERR_OK)
		return code;
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&used.wake, &attr);
	pthread_condattr_destroy(&attr);
	used.stop = false;
	if (pthread_create(&used.thread, NULL, work, NULL) != 0) {
		db_close(used.db);
		return ERR_SET(e, IO, "a thread cannot be started");
	}
	pthread_mutex_lock(&used.lock);
	used.started = true;
	pthread_mutex_unlock(&used.lock);
	return ERR_OK;
}

void used_stop(void)
{
	bool was;

	pthread_mutex_lock(&used.lock);
	was = used.started;
	used.started = false;
	used.stop = true;
	if (was)
		pthread_cond_signal(&used.wake);
	pthread_mutex_unlock(&used.lock);
	if (!was)
		return;
	pthread_join(used.thread, NULL);
	db_close(used.db);
	pthread_cond_destroy(&used.wake);
}
