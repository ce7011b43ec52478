/*
 * One error type from bottom to top.
 *
 * A function that can fail returns enum err_code (ERR_OK = 0) and describes the
 * failure in the struct err its caller passed; outputs stay untouched on failure.
 * `detail` is for the client: lower case, no full stop, never SQL or a file name
 * of ours. `file` and `line` go to the log only.
 *
 * An error may carry field faults, each with the place it concerns: a JSON
 * pointer ("/time_zone"), "?name" for a query parameter or "header:name".
 * Ownership: struct err owns nothing and may be copied. Threads: one owner.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stdbool.h>

enum err_code {
	ERR_OK = 0,
#define ERR(code, status, slug, title) ERR_##code,
#include "base/err.def"
#undef ERR
	ERR_COUNT
};

enum {
	ERR_MAX_FIELDS = 32,   /* further faults are counted, not stored */
	ERR_DETAIL_SIZE = 256, /* octets with the NUL, cut at a character */
	ERR_PLACE_SIZE = 128,
	ERR_NOTE_SIZE = 48,
};

struct err_field {
	char place[ERR_PLACE_SIZE];
	char detail[ERR_DETAIL_SIZE];
};

struct err {
	enum err_code code;
	char detail[ERR_DETAIL_SIZE];
	struct err_field field[ERR_MAX_FIELDS];
	unsigned n_fields;
	unsigned n_dropped;
	/* One more member of the problem document; no name: none. */
	char note_name[ERR_NOTE_SIZE], note_value[ERR_NOTE_SIZE];
	const char *file;
	int line;
};

#define ERR_CHECKED __attribute__((warn_unused_result))

/* Set the error and give its code back: `return ERR_SET(e, NOT_FOUND, "…")`. */
#define ERR_SET(e, code, ...) \
	err_set((e), ERR_##code, __FILE__, __LINE__, __VA_ARGS__)

enum err_code err_set(struct err *e, enum err_code code, const char *file,
    int line, const char *fmt, ...) __attribute__((format(printf, 5, 6)));

/* Add one fault; the first fault of a clean error also sets `code`, and a fault of form
 * takes the place of ERR_VALIDATION: what cannot be read can make no sense. */
void err_add_field(struct err *e, enum err_code code, const char *place,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* A member of the problem document beside the standard ones, for programs: which
 * state ("current_state"), which other thing ("running_id"). A later one replaces
 * an earlier one. */
void err_note(struct err *e, const char *name, const char *value);

void err_clear(struct err *e);

int err_status(enum err_code code);
const char *err_slug(enum err_code code);
const char *err_title(enum err_code code);

/* True when the same request may succeed later unchanged. */
bool err_retryable(enum err_code code);

#endif
