/*
 * Feeds that were looked up a moment ago. Calendar programs ask again and again for what
 * did not change; where the database said so within the last second, the answer needs
 * neither a worker nor the database. So a revoked address answers a second longer at
 * most. Lost with the process; any thread.
 */
#ifndef API_FRESH_H
#define API_FRESH_H

#include <stdbool.h>
#include <stdint.h>

#include "api/digest.h"
#include "base/id.h"

struct fresh {
	struct digest secret; /* SHA-256 of the feed's secret */
	struct id community, feed;
	struct digest version; /* what its ETag says */
	int64_t asked_ms;      /* before the database was asked; monotonic */
};

/* It takes the place of whatever else was there. */
void fresh_note(const struct fresh *f);

/* The feed of this secret, when it was looked up within the second before now_ms
 * (monotonic). Now and then false all the same: then the caller is the one to look it up
 * again. */
bool fresh_find(
    const struct digest *secret, int64_t now_ms, struct fresh *ret_f);

#endif
