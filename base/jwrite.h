/*
 * JSON out, appended to a struct str. Commas, colons and indentation come by
 * themselves. What is written is valid JSON or the string is failed: a value
 * without its key, a wrong end or too much depth fail it (see str.h; check once, at
 * the end, with jwrite_done).
 *
 * Text is escaped; ill-formed UTF-8 in it becomes U+FFFD. There are no doubles:
 * integers, tenths and strings only. Threads: one owner.
 */
#ifndef BASE_JWRITE_H
#define BASE_JWRITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

enum {
	JWRITE_DEPTH = 64
};

struct jwrite {
	struct str *out; /* borrowed */
	bool pretty;     /* for people: one member a line, two spaces a level */
	bool after_key;  /* the next call must be a value */
	bool has_value;  /* the top-level value has begun */
	unsigned depth;

	struct {
		char end;   /* '}' or ']' */
		bool begun; /* a member was written */
	} level[JWRITE_DEPTH];
};

void jwrite_init(struct jwrite *w, struct str *out, bool pretty);

/* True when one whole value was written and nothing failed. A pretty text gets its
 * final line break here. */
bool jwrite_done(struct jwrite *w);

void jwrite_object(struct jwrite *w);
void jwrite_object_end(struct jwrite *w);
void jwrite_array(struct jwrite *w);
void jwrite_array_end(struct jwrite *w);

void jwrite_key(struct jwrite *w, const char *key);

void jwrite_text(struct jwrite *w, const char *text); /* NULL: null */
void jwrite_text_n(struct jwrite *w, const char *text, size_t n);
void jwrite_int(struct jwrite *w, int64_t value);
void jwrite_bool(struct jwrite *w, bool value);
void jwrite_null(struct jwrite *w);
void jwrite_tenths(struct jwrite *w, int64_t tenths);   /* 25 -> 2.5, 70 -> 7 */
void jwrite_instant(struct jwrite *w, int64_t instant); /* RFC 3339, UTC */
void jwrite_day(struct jwrite *w, int32_t day);         /* "2026-10-25" */

/* A value that is JSON already; it is copied as it is. */
void jwrite_raw(struct jwrite *w, const char *json, size_t n);

/* Key and value in one call. */
void jwrite_key_text(struct jwrite *w, const char *key, const char *text);
void jwrite_key_int(struct jwrite *w, const char *key, int64_t value);
void jwrite_key_bool(struct jwrite *w, const char *key, bool value);
/* The two members "local_date" and "local_time" ("18:30") of wall-clock seconds. */
void jwrite_key_local(struct jwrite *w, int64_t local);
void jwrite_key_object(struct jwrite *w, const char *key);
void jwrite_key_array(struct jwrite *w, const char *key);

/* A JSON string with its quotes, without a writer. */
void jwrite_quote(struct str *out, const char *text, size_t n);

#endif
