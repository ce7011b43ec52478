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
};

struct worker {
	struct pool *pool;
	struct db *db;
	pthread_t thread;
	bool started;
};

struct pool {
	pthread_mutex_t lock;
	pthread_cond_t work;
	struct exchange *head, **tail; /* the queue */
	struct exchange *parked;       /* by look_at_ms */
	size_t n_queued, n_running, n_parked, queue_limit;
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

/* The next request to run, or NULL; under the lock. */
static struct exchange *take(struct pool *p)
{
	struct exchange *x = p->parked;

	if (x && (p->draining || x->look_at_ms <= monotonic_ms())) {
		p->parked = x->next;
		p->n_parked--;
		return x;
	}
	x = p->head;
	if (x) {
		p->head = x->next;
		if (!p->head)
			p->tail = &p->head;
		p->n_queued--;
		metric_set(
		    METRIC_queue_depth, NULL, NULL, (int64_t)p->n_queued);
	}
	return x;
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
	bool again = x->wait_until_ms > 0;
	int seconds;

	r->call.db = db;
	if (again) /* the last look is at or after the end of the wait */
		return pipeline_recheck(r) || draining ||
		       monotonic_ms() >= x->wait_until_ms;
	if (abandon) {
		(void)ERR_SET(
		    &r->err, DRAINING, "the service is shutting down");
		pipeline_fail(r);
		return true;
	}
	pipeline_run(r);
	seconds = r->recheck && r->route->flags & ROUTE_WAIT
		      ? pipeline_wait_seconds(r)
		      : 0;
	if (seconds == 0 || draining)
		return true;
	x->wait_until_ms = monotonic_ms() + seconds * INT64_C(1000);
	r->deadline_ms = x->wait_until_ms + WAIT_SLACK_MS;
	return false;
}

static void *work(void *arg)
{
	struct worker *w = arg;
	struct pool *p = w->pool;

	pthread_mutex_lock(&p->lock);
	for (;;) {
		struct exchange *x = take(p);
		bool draining = p->draining, abandon = p->abandon, final;

		if (!x && p->stop)
			break;
		if (!x) {
			wait_for_work(p);
			continue;
		}
		p->n_running++;
		pthread_mutex_unlock(&p->lock);
		final = serve(x, w->db, draining, abandon);
		if (final)
			p->answer(x); /* x is not ours any more */
		pthread_mutex_lock(&p->lock);
		p->n_running--;
		if (!final)
			park(p, x);
	}
	pthread_mutex_unlock(&p->lock);
	return NULL;
}

static enum err_code start(struct pool *p, const char *conninfo, struct err *e)
{
	const struct db_options o = {.conninfo = conninfo, .role = DB_ROLE_API};

	for (size_t i = 0; i < p->n_workers; i++) {
		struct worker *w = &p->worker[i];
		enum err_code code;

		w->pool = p;
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
	p->tail = &p->head;
	p->queue_limit = o->queue_limit;
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

bool pool_submit(struct pool *p, struct exchange *x)
{
	bool room;

	pthread_mutex_lock(&p->lock);
	room = p->n_queued < p->queue_limit && !p->stop;
	if (room) {
		x->next = NULL;
		*p->tail = x;
		p->tail = &x->next;
		p->n_queued++;
		metric_set(
		    METRIC_queue_depth, NULL, NULL, (int64_t)p->n_queued);
		pthread_cond_signal(&p->work);
	}
	pthread_mutex_unlock(&p->lock);
	return room;
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
