/* A table in which each feed has one place: see fresh.h. */
#include "api/fresh.h"

#include <pthread.h>
#include <string.h>

#include "base/instant.h"

enum {
	PLACES = 2048,
	FRESH_MS = 1000,
};

static struct {
	pthread_mutex_t lock;
	struct fresh place[PLACES];
} table = {.lock = PTHREAD_MUTEX_INITIALIZER};

static struct fresh *place_of(const struct digest *secret)
{
	size_t at;

	memcpy(&at, secret->octet, sizeof(at));
	return &table.place[at % PLACES];
}

void fresh_note(const struct fresh *f)
{
	pthread_mutex_lock(&table.lock);
	*place_of(&f->secret) = *f;
	pthread_mutex_unlock(&table.lock);
}

bool fresh_find(const struct digest *secret, struct fresh *ret_f)
{
	const struct fresh *f = place_of(secret);
	int64_t now = monotonic_ms();
	bool found;

	pthread_mutex_lock(&table.lock);
	found = memcmp(&f->secret, secret, sizeof(*secret)) == 0 &&
		now - f->asked_ms < FRESH_MS;
	if (found)
		*ret_f = *f;
	pthread_mutex_unlock(&table.lock);
	return found;
}
