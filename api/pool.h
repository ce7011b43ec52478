/*
 * The worker threads, the bounded queue before them, and the parked requests.
 *
 * A worker takes the parked request that is due, else the oldest one of the most
 * urgent class that is queued (enum route_class), runs the pipeline and gives it to
 * `answer`; after that call it touches the request no more. Parked requests hold no
 * thread.
 *
 * Under load: the less urgent a class, the fewer workers it and those below it may
 * hold, so that exports never hold all; a full queue gives up the oldest request of
 * the least urgent class; what has waited too long is given up; and while the database
 * cannot be reached, requests fail at once instead of each trying for itself. What is
 * given up is answered 503.
 *
 * All functions but pool_new and pool_free may be called from any thread.
 */
#ifndef API_POOL_H
#define API_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct exchange;
struct pool;

struct pool_options {
	size_t n_workers, queue_limit;
	int64_t queue_time_ms; /* that a request may wait for a worker */
	const char *conninfo;
	void (*answer)(struct exchange *x); /* in any thread */
};

/* Opens one connection a worker and starts the threads. */
enum err_code pool_new(const struct pool_options *o, struct pool **ret_pool,
    struct err *e) ERR_CHECKED;

/* It is the pool's from now on; it, or another one, may be given up for want of room. */
void pool_submit(struct pool *p, struct exchange *x);

/* Give up what has waited too long though no worker takes it; call it often. */
void pool_expire(struct pool *p);

/* Parked requests are answered at once from now on; with `now`, queued ones are
 * answered ERR_DRAINING unrun. */
void pool_drain(struct pool *p, bool now);

/* Nothing is queued, running or parked. */
bool pool_is_idle(struct pool *p);

/* Answers everything that is left, ends the threads, closes the connections. */
void pool_free(struct pool *p);

#endif
