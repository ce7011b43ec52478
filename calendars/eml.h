/*
 * A mail (RFC 5322, MIME) as the doctor looks at it: its parts as they were sent, and
 * what their headers say. Tolerant: what cannot be read is left out and `broken` set.
 * Texts live in the arena. Bounded: octets, parts, depth; O(octets * depth). Pure.
 */
#ifndef CALENDARS_EML_H
#define CALENDARS_EML_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"

enum {
	EML_MAX_OCTETS = 16 << 20,
	EML_MAX_PARTS = 100,
	EML_MAX_DEPTH = 8,
};

struct eml_part {
	const char *type;                   /* "text/calendar", lower case */
	const char *method, *charset;       /* of Content-Type; NULL: none */
	const char *disposition, *encoding; /* lower case; NULL: none */
	const char *boundary;               /* of a multipart */
	const char *head;                   /* as it stands in the mail */
	size_t n_head;
	const char *body; /* decoded; of a leaf */
	size_t n;
	struct eml_part *parent, *child, *last_child, *next;
};

struct eml {
	struct eml_part *root;
	const char *from, *to,
	    *reply_to; /* as they stand, unfolded; NULL: none */
	unsigned n_parts;
	bool broken;
};

/* Does it begin like a mail, rather than like a calendar? */
bool eml_is_mail(const char *text, size_t n);

enum err_code eml_read(struct arena *a, const char *text, size_t n,
    struct eml **ret_eml, struct err *e) ERR_CHECKED;

/* The first header of that name in [head, head + n), unfolded; NULL: none. */
const char *eml_header(
    struct arena *a, const char *head, size_t n, const char *name);

/* The part after `p` in the order of the mail; NULL: the last one. */
const struct eml_part *eml_next(const struct eml_part *p);

/* The calendar of the mail: an alternative before others, text/calendar before
 * application/ics; NULL: none. */
const struct eml_part *eml_calendar_part(const struct eml *mail);

/* Read a mail for its calendar alone. ERR_VALIDATION: it has none. */
enum err_code eml_calendar(struct arena *a, const char *text, size_t n,
    const char **ret_text, size_t *ret_n, struct err *e) ERR_CHECKED;

/* The next address of a header's value into `address`; false: no more. */
bool eml_next_address(const char **at, char *address, size_t size);

#endif
