/*
 * JSON object -> C struct by table, all faults at once with JSON pointers.
 *
 *	struct windows { struct bind_list item; };
 *	static const struct bind ROW[] = {
 *		{"title", BIND_STRING, BIND_REQUIRED,
 *		    BIND_INTO(struct thing, title), .min = 1, .max = 200},
 *		{"seats", BIND_INT, 0,
 *		    BIND_INTO(struct thing, seats), .min = 1, .max = 500},
 *		{"note", BIND_STRING, BIND_NULLABLE | BIND_LINES,
 *		    BIND_INTO(struct thing, note), .max = 2000,
 *		    BIND_SEEN(struct thing, note_seen)},
 *		{0},
 *	};
 *	if (bind_object(a, tree, ROW, &thing, e) != ERR_OK) …
 *
 * A key that no row names is a fault (ERR_UNKNOWN_FIELD, with the nearest known
 * key); everything else is ERR_FIELD. What the JSON does not give stays as the
 * caller set it, so defaults are set before the call. On failure the target may
 * be half filled and must not be used. Texts and lists live in the arena. One
 * thread per tree.
 */
#ifndef API_BIND_H
#define API_BIND_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/id.h"

struct json_object;

enum bind_type {
	BIND_STRING,     /* const char *; min…max characters */
	BIND_INT,        /* any integer type (by size); min…max */
	BIND_BOOL,       /* bool */
	BIND_NAME,       /* any integer type; one of .names */
	BIND_DATE,       /* int32_t day number; "2026-10-25" */
	BIND_INSTANT,    /* int64_t; RFC 3339 */
	BIND_LOCAL_TIME, /* any integer type, minute of the day; "18:30" */
	BIND_CLOCK_END,  /* the same, "24:00" allowed */
	BIND_WEEKDAY,    /* any integer type; "Mon" = 0 */
	BIND_UUID,       /* struct id */
	BIND_OBJECT,     /* a struct inside the target, by the table .item */
	BIND_LIST,   /* struct bind_list; each element by the row .item[0] */
	BIND_CUSTOM, /* .custom does it */
};

enum bind_flags {
	BIND_REQUIRED = 1,
	BIND_NULLABLE = 2, /* null is allowed and leaves the target alone */
	BIND_LINES = 4,    /* a string may have line breaks and tabs */
	BIND_UNIQUE = 8,   /* a list of strings or UUIDs without repeats */
};

/* Written where BIND_SEEN says: tells absent from null (JSON Merge Patch). */
enum bind_seen {
	BIND_ABSENT = 0,
	BIND_NULL = 1,
	BIND_VALUE = 2
};

struct bind_name {
	const char *name; /* NULL ends the table */
	int value;
};

struct bind_list {
	void *item; /* elements of the size in the list's row */
	size_t n;
};

struct binder {
	struct arena *arena;
	struct err *err;
};

struct bind {
	const char *key; /* NULL ends a table */
	enum bind_type type;
	unsigned flags;
	size_t offset, size; /* of the value in the target: BIND_INTO */
	size_t seen;         /* offset + 1 of an enum bind_seen: BIND_SEEN */
	int64_t min, max;    /* characters, value or number of elements */
	const struct bind_name *names;
	const struct bind *item; /* OBJECT: table; LIST: one row */
	size_t item_size;        /* LIST: octets of one element */
	/* A string's further form: NULL, or a text that says what was expected.
	 * See api/text.h for e-mail, URL, zone and language checks. */
	const char *(*check)(const char *s, size_t n);
	/* Reads `value` into `target` (at the row's offset); reports through
	 * bind_fault. */
	void (*custom)(struct binder *b, const char *place,
	    struct json_object *value, void *target);
};

#define BIND_INTO(type, member) \
	.offset = offsetof(type, member), .size = sizeof(((type *)0)->member)
#define BIND_SEEN(type, member) .seen = (offsetof(type, member) + 1)
/* The row of a list whose elements are plain values of one C type. */
#define BIND_EACH(type) .offset = 0, .size = sizeof(type)

/* The whole body. `place` of faults begins with "/". */
enum err_code bind_object(struct arena *a, struct json_object *tree,
    const struct bind *table, void *target, struct err *e) ERR_CHECKED;

/* For custom readers: an object or a value at `place` ("" is the root). */
void bind_object_at(struct binder *b, const char *place,
    struct json_object *value, const struct bind *table, void *target);
void bind_value_at(struct binder *b, const char *place,
    struct json_object *value, const struct bind *row, void *target);
void bind_fault(struct binder *b, const char *place, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#endif
