/*
 * Rate limits of this process: buckets of requests that fill up again evenly. A bucket
 * holds a quota for a window of time; each request takes one, and one comes back every
 * window / quota. A full bucket needs no memory, so the table is bounded: 8 places a
 * set, and where all are taken the fullest bucket is forgotten, to its owner's favour.
 *
 * Several processes each keep their own: together they let through at most as many
 * times the quota as there are processes. Every call is O(1); any thread.
 */
#ifndef API_LIMITS_H
#define API_LIMITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	LIMITS_KEY_SIZE = 16,
	LIMITS_BUCKETS = 32768, /* of a service; 1.3 MB when all are used */
};

enum limits_kind {
	LIMITS_CALLER,  /* key: token or identity */
	LIMITS_FAILURE, /* key: address; guesses at tokens and feeds */
	LIMITS_WISH,    /* key: member; mentor requests made for them */
	LIMITS_KINDS,
};

struct limits_rule {
	int64_t quota; /* 0: no limit */
	int64_t window_s;
};

/* A bucket, seen from outside. */
struct limits_state {
	int64_t quota, window_s; /* of its rule; quota 0: no limit */
	int64_t remaining;
	int64_t full_s;  /* until nothing is missing any more, rounded up */
	int64_t retry_s; /* until one is there; 0: now */
};

struct limits;

/* `buckets` is rounded up to whole sets. NULL without memory. */
struct limits *limits_new(
    const struct limits_rule rule[LIMITS_KINDS], size_t buckets);
void limits_free(struct limits *l); /* NULL is fine */

/* Take one: false, and nothing is taken, when none is left. now_ms is of a clock that
 * does not jump. */
bool limits_take(struct limits *l, enum limits_kind kind,
    const uint8_t key[LIMITS_KEY_SIZE], int64_t now_ms,
    struct limits_state *ret_state);

/* The same answer without taking. */
bool limits_look(struct limits *l, enum limits_kind kind,
    const uint8_t key[LIMITS_KEY_SIZE], int64_t now_ms,
    struct limits_state *ret_state);

/* Give back what was taken. */
void limits_give(struct limits *l, enum limits_kind kind,
    const uint8_t key[LIMITS_KEY_SIZE], int64_t now_ms,
    struct limits_state *ret_state);

#endif
