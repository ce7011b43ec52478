/*
 * Arena: memory with one common end.
 *
 * Everything taken from an arena lives until arena_reset or arena_free; nothing
 * is freed singly. Defers (PQclear, json_object_put, fclose …) run at that
 * moment in reverse order. An arena has a cap: beyond it, and when the system
 * has no memory, allocation returns NULL and arena_failed() stays true.
 * Memory comes zeroed. Threads: one owner at a time.
 *
 * Under AddressSanitizer every allocation is a malloc of its own, so that
 * overruns between neighbours are seen.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

/* NULL when out of memory. cap in octets. */
struct arena *arena_new(size_t cap);
void arena_free(struct arena *a); /* NULL is fine */
void arena_reset(struct arena *a);

/* Zeroed, aligned for any object. size 0 gives a valid unique pointer. */
void *arena_alloc(struct arena *a, size_t size);

/* count * size with the overflow checked. */
void *arena_array(struct arena *a, size_t count, size_t size);

/* A grown copy of an array of `used` elements, zeroed behind them. */
void *arena_grow(
    struct arena *a, const void *old, size_t used, size_t count, size_t size);

char *arena_strdup(struct arena *a, const char *s);
char *arena_strndup(struct arena *a, const char *s, size_t n);
char *arena_printf(struct arena *a, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Run fn(arg) at the end. False when there is no memory: fn was then run. */
bool arena_defer(struct arena *a, void (*fn)(void *), void *arg);

/* True once any allocation failed since the last reset. */
bool arena_failed(const struct arena *a);
size_t arena_used(const struct arena *a);

#define ARENA_NEW(a, type)      ((type *)arena_alloc((a), sizeof(type)))
#define ARENA_ARRAY(a, n, type) ((type *)arena_array((a), (n), sizeof(type)))

#endif
