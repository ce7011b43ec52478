/*
 * The controlled vocabulary: text as people type it -> one number per meaning.
 *
 * terms_intern normalises (ASCII letters to lower case; spaces, underscores and
 * slashes to one '-'; a leading or trailing '-' dropped; '+', '#' and '.' kept),
 * then maps synonyms (matcher/vocabulary.def: "full-stack", "fullstack" and
 * "fullstack-developer" are one) and numbers the result. The text has been
 * Unicode-case-folded by the caller. Numbers are dense from 1 in order of first
 * appearance, so nothing that is output may depend on them. One owner while it
 * is filled; then any thread may read it.
 */
#ifndef MATCHER_TERMS_H
#define MATCHER_TERMS_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

enum {
	TERM_NONE = 0,
	TERM_MAX_OCTETS = 80,
	TERMS_MAX = 200000
};

struct terms;

struct terms *terms_new(struct arena *a); /* NULL: no memory */

/* TERM_NONE when the text is empty after normalising, longer than
 * TERM_MAX_OCTETS, or the table is full or out of memory. */
uint32_t terms_intern(struct terms *t, const char *s, size_t n);

/* The canonical text of a number; "" for TERM_NONE. */
const char *terms_text(const struct terms *t, uint32_t term);

/* Normalise and map synonyms without numbering; returns the length written to
 * out (TERM_MAX_OCTETS + 1 octets), 0 when empty or too long. */
size_t terms_canonical(const char *s, size_t n, char *out);

#endif
