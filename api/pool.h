/*
 * The worker threads, the bounded queue before them, and the parked requests.
 *
 * A worker takes the parked request that is due, else the oldest queued one, runs
 * the pipeline and gives it to `answer`; after that call it touches the request no
 * more. Parked requests hold no thread. All functions but pool_new and pool_free
 * may be called from any thread.
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
	const char *conninfo;
	void (*answer)(struct exchange *x); /* in a worker's thread */
};

/* Opens one connection a worker and starts the threads. */
enum err_code pool_new(const struct pool_options *o, struct pool **ret_pool,
    struct err *e) ERR_CHECKED;

/* False when the queue is full: the request stays the caller's. */
bool pool_submit(struct pool *p, struct exchange *x);

/* Parked requests are answered at once from now on; with `now`, queued ones are
 * answered ERR_DRAINING unrun. */
void pool_drain(struct pool *p, bool now);

/* Nothing is queued, running or parked. */
bool pool_is_idle(struct pool *p);

/* Answers everything that is left, ends the threads, closes the connections. */
void pool_free(struct pool *p);

#endif
