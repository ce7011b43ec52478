/*
 * Arena in blocks of doubling size. Invariant: `head` is the block that serves,
 * older blocks hang behind it; `used` counts what callers asked for.
 */
#include "base/arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if defined(__SANITIZE_ADDRESS__)
#define ARENA_PASS_THROUGH 1
#else
#define ARENA_PASS_THROUGH 0
#endif

enum {
	ALIGN = _Alignof(max_align_t),
	FIRST_BLOCK = 16384,
	MAX_BLOCK = 4194304
};

struct block {
	struct block *next;
	size_t size, fill;
	_Alignas(max_align_t) unsigned char data[];
};

struct defer {
	struct defer *next;
	void (*fn)(void *);
	void *arg;
};

struct arena {
	size_t cap, used, next_block;
	struct block *head;
	struct defer *defers;
	bool failed;
};

struct arena *arena_new(size_t cap)
{
	struct arena *a = calloc(1, sizeof(*a));

	if (a != NULL) {
		a->cap = cap;
		a->next_block = FIRST_BLOCK;
	}
	return a;
}

void arena_reset(struct arena *a)
{
	while (a->defers != NULL) {
		struct defer *d = a->defers;

		a->defers = d->next;
		d->fn(d->arg);
	}
	while (a->head != NULL) {
		struct block *b = a->head;

		a->head = b->next;
		free(b);
	}
	a->used = 0;
	a->next_block = FIRST_BLOCK;
	a->failed = false;
}

void arena_free(struct arena *a)
{
	if (a == NULL)
		return;
	arena_reset(a);
	free(a);
}

/* A new serving block with room for at least `size`. */
static struct block *add_block(struct arena *a, size_t size)
{
	size_t want = ARENA_PASS_THROUGH ? size : a->next_block;
	struct block *b;

	if (want < size)
		want = size;
	b = calloc(1, sizeof(*b) + want);
	if (b == NULL)
		return NULL;
	b->size = want;
	b->next = a->head;
	a->head = b;
	if (a->next_block < MAX_BLOCK)
		a->next_block *= 2;
	return b;
}

void *arena_alloc(struct arena *a, size_t size)
{
	struct block *b = a->head;
	size_t need;
	void *p;

	if (size > a->cap || a->used > a->cap - size || size > SIZE_MAX / 2) {
		a->failed = true;
		return NULL;
	}
	need = (size + (ALIGN - 1)) & ~(size_t)(ALIGN - 1);
	if (need == 0)
		need = ALIGN;
	if (ARENA_PASS_THROUGH)
		b = add_block(a, size);
	else if (b == NULL || b->size - b->fill < need)
		b = add_block(a, need);
	if (b == NULL) {
		a->failed = true;
		return NULL;
	}
	p = b->data + b->fill;
	b->fill += ARENA_PASS_THROUGH ? size : need;
	a->used += size;
	return p;
}

void *arena_array(struct arena *a, size_t count, size_t size)
{
	size_t total;

	if (__builtin_mul_overflow(count, size, &total)) {
		a->failed = true;
		return NULL;
	}
	return arena_alloc(a, total);
}

void *arena_grow(
    struct arena *a, const void *old, size_t used, size_t count, size_t size)
{
	void *p = arena_array(a, count, size);

	if (p != NULL && used > 0)
		memcpy(p, old, used * size);
	return p;
}

char *arena_strndup(struct arena *a, const char *s, size_t n)
{
	char *p = arena_alloc(a, n + 1);

	if (p != NULL && n > 0)
		memcpy(p, s, n);
	return p;
}

char *arena_strdup(struct arena *a, const char *s)
{
	return arena_strndup(a, s, strlen(s));
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list args;
	int n;
	char *p;

	va_start(args, fmt);
	n = vsnprintf(NULL, 0, fmt, args);
	va_end(args);
	if (n < 0) {
		a->failed = true;
		return NULL;
	}
	p = arena_alloc(a, (size_t)n + 1);
	if (p == NULL)
		return NULL;
	va_start(args, fmt);
	vsnprintf(p, (size_t)n + 1, fmt, args);
	va_end(args);
	return p;
}

bool arena_defer(struct arena *a, void (*fn)(void *), void *arg)
{
	struct defer *d = ARENA_NEW(a, struct defer);

	if (d == NULL) {
		fn(arg);
		return false;
	}
	d->fn = fn;
	d->arg = arg;
	d->next = a->defers;
	a->defers = d;
	return true;
}

bool arena_failed(const struct arena *a)
{
	return a->failed;
}

size_t arena_used(const struct arena *a)
{
	return a->used;
}
