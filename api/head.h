/*
 * The head of a request, as libmicrohttpd's parser left it, and the judgement on it:
 * what that parser lets through and should not. Pure; any thread.
 *
 * The parser swallows raw NUL, folded lines, bare line feeds and spaces too many. It
 * cuts the head apart where it lies in its buffer, though, so that they show in the
 * places of the parts: in a head without them each part begins where the one before
 * it ends, with exactly the separators that the grammar asks for between the two.
 */
#ifndef API_HEAD_H
#define API_HEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum {
	HEAD_MAX_URI = 8192, /* octets */
	HEAD_MAX_FIELDS = 100,
	HEAD_MAX_OCTETS = 16384,  /* of all names and values */
	HEAD_LENGTH_UNKNOWN = -1, /* chunked */
};

struct head_field {
	const char *name, *value;
	size_t name_len, value_len;
};

/* Method, version and fields are the parser's own text in its own buffer; of the raw
 * address, which it goes on to change, `uri` is a copy and `uri_at` the place. */
struct head {
	const char *method, *uri, *uri_at, *version;
	struct head_field field[HEAD_MAX_FIELDS];
	size_t size; /* of all of it, from the method to the empty line's end */
	size_t n_fields; /* may be more than were kept */
	size_t octets;   /* of names and values */
};

/* One more field, in the order of the request. */
void head_add(struct head *h, const char *name, size_t name_len,
    const char *value, size_t value_len);

/* The name of a field, in any case. */
bool head_is_named(const struct head_field *f, const char *name);

/* ERR_URI_LENGTH, ERR_HEADERS or ERR_SYNTAX, or the announced length of the body. */
enum err_code head_judge(
    const struct head *h, int64_t *ret_length, struct err *e) ERR_CHECKED;

#endif
