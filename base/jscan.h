/*
 * The verdict on JSON text: strict RFC 8259 with limits, before anything builds a
 * tree from it. json-c accepts duplicate keys, NaN, single quotes, raw control
 * characters, ill-formed UTF-8 and numbers it then saturates; none of that passes
 * here. What passes, json-c parses (with json_tokener_new_ex(JSCAN_MAX_DEPTH + 1): it
 * counts one level more).
 *
 * Required: one object at the top level, well-formed UTF-8, no NUL and no lone
 * surrogate (also not as an escape), no two equal keys in an object (compared after
 * decoding), integers within ±(2^53 - 1), other numbers short and finite.
 *
 * One pass, O(n) plus O(k log k) for the k keys of an object. Threads: any.
 */
#ifndef BASE_JSCAN_H
#define BASE_JSCAN_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

enum {
	JSCAN_MAX_DEPTH = 16,      /* default max_depth; {} is depth 1 */
	JSCAN_MAX_NODES = 50000,   /* default max_nodes */
	JSCAN_HARD_DEPTH = 64,     /* max_depth is lowered to this */
	JSCAN_NUMBER_LENGTH = 32,  /* octets of a number's text */
	JSCAN_NUMBER_EXPONENT = 99 /* its exponent, either sign */
};

#define JSCAN_MAX_INTEGER INT64_C(9007199254740991)

struct jscan_limits {
	unsigned max_depth; /* nested objects and arrays; 0: the default */
	unsigned max_nodes; /* values of every kind; 0: the default */
};

enum jscan_verdict {
	JSCAN_OK,
#define JSCAN(name, slug, text) JSCAN_##name,
#include "base/jscan.def"
#undef JSCAN
	JSCAN_VERDICTS
};

struct jscan_fault {
	size_t offset; /* octets before the fault */
	size_t line;   /* from 1 */
	size_t column; /* octets from 1 */
};

/*
 * Judge text[0..n). `scratch` holds the keys of open objects (at most 16 octets per
 * node, doubled while growing); nothing in it is needed afterwards. *fault is set
 * unless JSCAN_OK; `limits` may be NULL.
 */
enum jscan_verdict jscan(const char *text, size_t n,
    const struct jscan_limits *limits, struct arena *scratch,
    struct jscan_fault *fault);

/* The same as an error: ERR_JSON "line 3, column 7: …", or ERR_NOMEM. */
enum err_code jscan_check(const char *text, size_t n,
    const struct jscan_limits *limits, struct arena *scratch,
    struct err *e) ERR_CHECKED;

/* What was wrong, for people; and its short name, for a metric's label. */
const char *jscan_text(enum jscan_verdict v);
const char *jscan_slug(enum jscan_verdict v);

#endif
