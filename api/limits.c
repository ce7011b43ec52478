/*
 * Rate limits: see limits.h. A bucket is one number, the time at which it will be
 * full: taking one moves it on by the cost of one, and none is left when it lies more
 * than the window ahead. A place whose time has come is a full bucket, hence free.
 */
#include "api/limits.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/id.h"

enum {
	WAYS = 8
};

struct bucket {
	uint8_t key[LIMITS_KEY_SIZE];
	int64_t full_at; /* microseconds */
	enum limits_kind kind;
};

struct limits {
	pthread_mutex_t lock;
	struct limits_rule rule[LIMITS_KINDS];
	uint64_t seed; /* so that nobody can choose keys of one set */
	size_t n_sets;
	struct bucket bucket[];
};

struct limits *limits_new(
    const struct limits_rule rule[LIMITS_KINDS], size_t buckets)
{
	size_t n_sets = (buckets + WAYS - 1) / WAYS;
	struct limits *l =
	    calloc(1, sizeof(*l) + n_sets * WAYS * sizeof(l->bucket[0]));

	if (!l)
		return NULL;
	pthread_mutex_init(&l->lock, NULL);
	memcpy(l->rule, rule, sizeof(l->rule));
	id_random(&l->seed, sizeof(l->seed));
	l->n_sets = n_sets;
	return l;
}

void limits_free(struct limits *l)
{
	if (!l)
		return;
	pthread_mutex_destroy(&l->lock);
	free(l);
}

static uint64_t mix(uint64_t h, uint64_t v)
{
	h = (h ^ v) * UINT64_C(0x9e3779b97f4a7c15);
	return h ^ h >> 29;
}

static bool is_of(
    const struct bucket *b, enum limits_kind kind, const uint8_t *key)
{
	return b->kind == kind && memcmp(b->key, key, LIMITS_KEY_SIZE) == 0;
}

/* The bucket of the key; else the place it may have, that of the fullest. */
static struct bucket *find(
    struct limits *l, enum limits_kind kind, const uint8_t *key)
{
	struct bucket *set, *place;
	uint64_t half[2], h;

	memcpy(half, key, sizeof(half));
	h = mix(mix(mix(l->seed, half[0]), half[1]), (uint64_t)kind);
	place = set = &l->bucket[h % l->n_sets * WAYS];
	for (size_t i = 0; i < WAYS; i++) {
		if (is_of(&set[i], kind, key))
			return &set[i];
		if (set[i].full_at < place->full_at)
			place = &set[i];
	}
	return place;
}

static int64_t up(int64_t us)
{
	return us <= 0 ? 0 : (us + 999999) / 1000000;
}

/* Move the time by `steps` requests, if that leaves it within the window. */
static bool move(struct limits *l, enum limits_kind kind, const uint8_t *key,
    int64_t now_ms, int steps, struct limits_state *ret)
{
	const struct limits_rule *rule = &l->rule[kind];
	int64_t now = now_ms * 1000, window = rule->window_s * 1000000;
	int64_t cost, full_at, after;
	struct bucket *b;
	bool room;

	*ret = (struct limits_state){
	    .quota = rule->quota, .window_s = rule->window_s};
	if (rule->quota == 0)
		return true;
	cost = window / rule->quota;
	pthread_mutex_lock(&l->lock);
	b = find(l, kind, key);
	full_at = is_of(b, kind, key) && b->full_at > now ? b->full_at : now;
	after = full_at + steps * cost;
	room = after <= now + window &&
	       (steps != 0 || full_at + cost <= now + window);
	if (room && steps != 0) {
		memcpy(b->key, key, LIMITS_KEY_SIZE);
		b->kind = kind;
		b->full_at = full_at = after;
	}
	pthread_mutex_unlock(&l->lock);
	ret->remaining = (now + window - full_at) / cost;
	if (ret->remaining > rule->quota)
		ret->remaining = rule->quota;
	ret->full_s = up(full_at - now);
	ret->retry_s = room ? 0 : up(full_at + cost - now - window);
	return room;
}

bool limits_take(struct limits *l, enum limits_kind kind,
    const uint8_t key[LIMITS_KEY_SIZE], int64_t now_ms,
    struct limits_state *ret_state)
{
	return move(l, kind, key, now_ms, 1, ret_state);
}

bool limits_look(struct limits *l, enum limits_kind kind,
    const uint8_t key[LIMITS_KEY_SIZE], int64_t now_ms,
    struct limits_state *ret_state)
{
	return move(l, kind, key, now_ms, 0, ret_state);
}

void limits_give(struct limits *l, enum limits_kind kind,
    const uint8_t key[LIMITS_KEY_SIZE], int64_t now_ms,
    struct limits_state *ret_state)
{
	(void)move(l, kind, key, now_ms, -1, ret_state);
}
