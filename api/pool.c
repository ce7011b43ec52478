/*
 * Worker threads: see pool.h. One lock guards the queue, the parked list and the
 * counters; it is never held while a request runs.
 */
#include "api/pool.h"

#include <pthread.h>
#include <stdlib.h>

#include "api/exchange.h"
#include "api/pipeline.h"
#include "api/router.h"
#include "base/instant.h"
#include "base/metric.h"
#include "db/db.h"
#include "db/wall.h"

enum {
	LOOK_EVERY_MS = 250,   /* parked requests, not more often */
	WAIT_SLACK_MS = 30000, /* beyond the deadline while parked */
	DOWN_MS = 250,         /* between looks for a lost database */
};

/* Of eight workers, how many a class and those below it may hold; at least one. */
static const size_t EIGHTHS[ROUTE_CLASSES] = {[ROUTE_CLASS_HEALTH] = 8,
    [ROUTE_CLASS_CHANGE] = 8,
    [ROUTE_CLASS_FEED] = 7,
    [ROUTE_CLASS_READ] = 6,
    [ROUTE_CLASS_BULK] = 2};

struct worker {
	struct pool *pool;
	struct db *db;
	pthread_t thread;
	bool started;
};

struct pool {
	pthread_mutex_t lock;
	pthread_cond_t work;

	struct queue {
		struct exchange *first, *last;
	} queue[ROUTE_CLASSES];
	struct exchange *parked; /* by look_at_ms */
	size_t n_queued, n_parked, queue_limit;
	size_t n_running, n_running_of[ROUTE_CLASSES];
	int64_t queue_time_ms;
	size_t n_down; /* answers in a row that the database was gone */
	int64_t down_until_ms;
	bool draining, abandon, stop;
	void (*answer)(struct exchange *x);
	size_t n_workers;
	struct worker worker[];
};

static void park(struct pool *p, struct exchange *x)
{
	struct exchange **at = &p->parked;

	x->look_at_ms = monotonic_ms() + LOOK_EVERY_MS;
	if (x->look_at_ms > x->wait_until_ms)
		x->look_at_ms = x->wait_until_ms;
	while (*at && (*at)->look_at_ms <= x->look_at_ms)
		at = &(*at)->next;
	x->next = *at;
	*at = x;
	p->n_parked++;
	pthread_cond_signal(&p->work); /* somebody must watch the time */
}

static void count_queued(struct pool *p, size_t n)
{
	p->n_queued = n;
	metric_set(METRIC_queue_depth, NULL, NULL, (int64_t)n);
}

static enum route_class class_of(const struct exchange *x)
{
	return router_class(x->request.route);
}

/* The oldest of the class; there must be one. */
static struct exchange *pop(struct pool *p, size_t class)
{
	struct exchange *x = p->queue[class].first;

	p->queue[class].first = x->next;
	x->next = NULL;
	count_queued(p, p->n_queued - 1);
	return x;
}

static void push(struct pool *p, struct exchange *x, size_t class)
{
	struct queue *q = &p->queue[class];

	if (q->first)
		q->last->next = x;
	else
		q->first = x;
	q->last = x;
	count_queued(p, p->n_queued + 1);
}

/* May another one of the class run? */
static bool may_run(const struct pool *p, size_t class)
{
	size_t most = p->n_workers * EIGHTHS[class] / 8, running = 0;

	for (size_t i = class; i < ROUTE_CLASSES; i++)
		running += p->n_running_of[i];
	return running < (most > 0 ? most : 1);
}

/* The next request to run, or NULL; under the lock. */
static struct exchange *take(struct pool *p)
{
	struct exchange *x = p->parked;

	if (x && (p->draining || x->look_at_ms <= monotonic_ms())) {
		p->parked = x->next;
		p->n_parked--;
		return x;
	}
	for (size_t i = 0; i < ROUTE_CLASSES; i++)
		if (p->queue[i].first && may_run(p, i))
			return pop(p, i);
	return NULL;
}

/* Without the lock: x is answered, and not ours any more. */
static void give_up(struct pool *p, struct exchange *x, enum err_code code,
    const char *reason, const char *detail)
{
	struct request *r = &x->request;

	metric_add(METRIC_shed_total, reason, NULL, 1);
	(void)err_set(&r->err, code, __FILE__, __LINE__, "%s", detail);
	pipeline_fail(r);
	p->answer(x);
}

static void wait_for_work(struct pool *p)
{
	struct timespec until;
	int64_t ms;

	if (!p->parked) {
		pthread_cond_wait(&p->work, &p->lock);
		return;
	}
	ms = p->parked->look_at_ms;
	until.tv_sec = ms / 1000;
	until.tv_nsec = ms % 1000 * 1000000;
	pthread_cond_timedwait(&p->work, &p->lock, &until);
}

/* Run or look again; true when the answer is final. */
static bool serve(
    struct exchange *x, struct db *db, bool draining, bool abandon)
{
	struct request *r = &x->request;
	bool held;
	int seconds;

	r->call.db = db;
	if (x->wait_until_ms > 0) {
		/* The last look is at or after the end of the wait. */
		held =
		    pipeline_recheck(r) || monotonic_ms() >= x->wait_until_ms;
		if (held || draining)
			pipeline_applied(r, held);
		return held || draining;
	}
	if (abandon) {
		(void)ERR_SET(
		    &r->err, DRAINING, "the service is shutting down");
		pipeline_fail(r);
		return true;
	}
	pipeline_run(r);
	seconds = r->recheck ? pipeline_wait_seconds(r) : 0;
	if (seconds == 0 || draining) {
		pipeline_applied(r, false);
		return true;
	}
	x->wait_until_ms = monotonic_ms() + seconds * INT64_C(1000);
	r->deadline_ms = x->wait_until_ms + WAIT_SLACK_MS;
	return false;
}

/* Every worker has found the database gone, and another look is not due yet. Who is
 * told that it is due looks; the others wait for what it finds. */
static bool is_down(struct pool *p)
{
	int64_t now = monotonic_ms();

	if (p->n_down <= p->n_workers)
		return false;
	if (now < p->down_until_ms)
		return true;
	p->down_until_ms = now + DOWN_MS;
	return false;
}

/* A request has run; x may be gone. A database that is short of something, say of disk,
 * refuses changes but is there. */
static void note_end(
    struct worker *w, enum route_class class, enum err_code code)
{
	struct pool *p = w->pool;

	p->n_running--;
	p->n_running_of[class]--;
	if (code != ERR_DB_DOWN || db_is_open(w->db))
		p->n_down = 0;
	else if (class != ROUTE_CLASS_HEALTH) /* which may mean the schema */
		p->n_down++;
}

/* Run one that was taken; under the lock, but not while it runs. */
static void run(struct worker *w, struct exchange *x)
{
	struct pool *p = w->pool;
	enum route_class class = class_of(x);
	bool draining = p->draining, abandon = p->abandon;
	bool fresh = x->wait_until_ms == 0, final = true;
	bool down = fresh && class != ROUTE_CLASS_HEALTH && is_down(p);
	bool late = fresh && monotonic_ms() - x->queued_ms > p->queue_time_ms;
	enum err_code code;

	p->n_running++;
	p->n_running_of[class]++;
	pthread_mutex_unlock(&p->lock);
	if (down || late) {
		code = down ? ERR_DB_DOWN : ERR_OVERLOAD;
		give_up(p, x, code, down ? "database_down" : "queue_time",
		    down ? "the database cannot be reached"
			 : "the request waited too long for a worker");
	} else {
		final = serve(x, w->db, draining, abandon);
		code = x->request.err.code;
		if (final)
			p->answer(x); /* x is not ours any more */
	}
	pthread_mutex_lock(&p->lock);
	if (down || late) {
		p->n_running--;
		p->n_running_of[class]--;
	} else {
		note_end(w, class, code);
	}
	if (!final)
		park(p, x);
}

static void *work(void *arg)
{
	struct worker *w = arg;
	struct pool *p = w->pool;
	struct err none = {0};

	/* Opens it; when that fails, the first request tries again. */
	if (db_ping(w->db, &none) != ERR_OK)
		err_clear(&none);
	pthread_mutex_lock(&p->lock);
	for (;;) {
		struct exchange *x = take(p);

		if (!x && p->stop && p->n_queued == 0)
			break;
		if (x)
			run(w, x);
		else
			wait_for_work(p);
	}
	pthread_cond_broadcast(&p->work); /* others may wait for their class */
	pthread_mutex_unlock(&p->lock);
	return NULL;
}

static enum err_code start(struct pool *p, const char *conninfo, struct err *e)
{
	struct db_options o = {.conninfo = conninfo, .role = DB_ROLE_API};

	/* The first connection tells whether the database is there and will do; the
	 * others are opened by their threads, beside each other. */
	for (size_t i = 0; i < p->n_workers; i++) {
		struct worker *w = &p->worker[i];
		enum err_code code;

		w->pool = p;
		o.later = i > 0;
		code = db_open(&o, &w->db, e);
		if (code != ERR_OK)
			return code;
		if (pthread_create(&w->thread, NULL, work, w) != 0)
			return ERR_SET(e, IO, "a thread cannot be started");
		w->started = true;
	}
	return ERR_OK;
}

enum err_code pool_new(
    const struct pool_options *o, struct pool **ret_pool, struct err *e)
{
	struct pool *p =
	    calloc(1, sizeof(*p) + o->n_workers * sizeof(p->worker[0]));
	pthread_condattr_t attr;
	enum err_code code;

	if (!p)
		return ERR_SET(e, NOMEM, "no memory for the workers");
	pthread_mutex_init(&p->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&p->work, &attr);
	pthread_condattr_destroy(&attr);
	p->queue_limit = o->queue_limit;
	p->queue_time_ms = o->queue_time_ms;
	p->answer = o->answer;
	p->n_workers = o->n_workers;
	code = start(p, o->conninfo, e);
	if (code != ERR_OK) {
		pool_free(p);
		return code;
	}
	*ret_pool = p;
	return ERR_OK;
}

/* The oldest request of the least urgent class that is below `class`; NULL when there
 * is none. */
static struct exchange *pop_below(struct pool *p, enum route_class class)
{
	for (size_t i = ROUTE_CLASSES - 1; i > class; i--)
		if (p->queue[i].first)
			return pop(p, i);
	return NULL;
}

void pool_submit(struct pool *p, struct exchange *x)
{
	enum route_class class = class_of(x);
	struct exchange *loser = NULL;

	x->next = NULL;
	x->queued_ms = monotonic_ms();
	pthread_mutex_lock(&p->lock);
	if (p->stop) {
		loser = x;
	} else if (p->n_queued >= p->queue_limit) {
		loser = pop_below(p, class);
		if (!loser)
			loser = x;
	}
	if (loser != x) {
		push(p, x, class);
		pthread_cond_signal(&p->work);
	}
	pthread_mutex_unlock(&p->lock);
	if (loser)
		give_up(p, loser, ERR_OVERLOAD, "queue_full",
		    "too many requests wait");
}

void pool_expire(struct pool *p)
{
	int64_t before = monotonic_ms() - p->queue_time_ms;
	struct exchange *late = NULL, *x;

	pthread_mutex_lock(&p->lock);
	for (size_t i = 0; i < ROUTE_CLASSES; i++)
		while ((x = p->queue[i].first) && x->queued_ms < before) {
			(void)pop(p, i);
			x->next = late;
			late = x;
		}
	pthread_mutex_unlock(&p->lock);
	while ((x = late)) {
		late = x->next;
		give_up(p, x, ERR_OVERLOAD, "queue_time",
		    "the request waited too long for a worker");
	}
}

void pool_drain(struct pool *p, bool now)
{
	pthread_mutex_lock(&p->lock);
	p->draining = true;
	p->abandon |= now;
	pthread_cond_broadcast(&p->work);
	pthread_mutex_unlock(&p->lock);
}

bool pool_is_idle(struct pool *p)
{
	bool idle;

	pthread_mutex_lock(&p->lock);
	idle = p->n_queued + p->n_running + p->n_parked == 0;
	pthread_mutex_unlock(&p->lock);
	return idle;
}

void pool_free(struct pool *p)
{
	pthread_mutex_lock(&p->lock);
	p->draining = p->abandon = p->stop = true;
	pthread_cond_broadcast(&p->work);
	pthread_mutex_unlock(&p->lock);
	for (size_t i = 0; i < p->n_workers; i++) {
		if (p->worker[i].started)
			pthread_join(p->worker[i].thread, NULL);
		db_close(p->worker[i].db);
	}
	pthread_cond_destroy(&p->work);
	pthread_mutex_destroy(&p->lock);
	free(p);
}
