/* A table in which each feed has one place: see fresh.h. */
#include "api/fresh.h"

#include <pthread.h>
#include <string.h>

enum {
	PLACES = 2048,
	FRESH_MS = 1000,
};

static struct {
	pthread_mutex_t lock;
	struct fresh place[PLACES];
	bool asked[PLACES]; /* somebody looks it up again */
} table = {.lock = PTHREAD_MUTEX_INITIALIZER};

static size_t place_of(const struct digest *secret)
{
	size_t at;

	memcpy(&at, secret->octet, sizeof(at));
	return at % PLACES;
}

void fresh_note(const struct fresh *f)
{
	size_t at = place_of(&f->secret);

	pthread_mutex_lock(&table.lock);
	table.place[at] = *f;
	table.asked[at] = false;
	pthread_mutex_unlock(&table.lock);
}

/* Half a time before it ends one asks anew, while the others go on: else all of them
 * would ask at its end. */
bool fresh_find(
    const struct digest *secret, int64_t now_ms, struct fresh *ret_f)
{
	size_t at = place_of(secret);
	const struct fresh *f = &table.place[at];
	bool found = false;
	int64_t age;

	pthread_mutex_lock(&table.lock);
	age = now_ms - f->asked_ms;
	if (memcmp(&f->secret, secret, sizeof(*secret)) == 0 &&
	    age < FRESH_MS) {
		found = age < FRESH_MS / 2 || table.asked[at];
		table.asked[at] = age >= FRESH_MS / 2;
		if (found)
			*ret_f = *f;
	}
	pthread_mutex_unlock(&table.lock);
	return found;
}
