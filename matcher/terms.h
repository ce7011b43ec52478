/*
 * The controlled vocabulary: text as people type it -> one number per meaning.
 *
 * terms_intern normalises (ASCII letters to lower case; runs of spaces, underscores,
 * slashes and '-' to one '-', dropped at both ends; '+', '#' and '.' kept), then
 * maps synonyms (matcher/vocabulary.def: "full-stack", "fullstack" and
 * "fullstack-developer" are one) and numbers the result. The text has been
 * Unicode-case-folded by the caller. Numbers are dense from 1 in order of first
 * appearance, so nothing that is output may depend on them. One owner while it
 * is filled; then any thread may read it.
 */
#ifndef MATCHER_TERMS_H
#define MATCHER_TERMS_H

#include <stdbool.h>
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

/* The same without synonyms, for language subtags: "ml" is Malayalam there. */
uint32_t terms_intern_verbatim(struct terms *t, const char *s, size_t n);

/* The number of a canonical text; TERM_NONE when nobody has it. */
uint32_t terms_find(const struct terms *t, const char *canonical);

/* The canonical text of a number; "" for TERM_NONE. */
const char *terms_text(const struct terms *t, uint32_t term);

/* Normalise and map synonyms without numbering; returns the length written to
 * out (TERM_MAX_OCTETS + 1 octets), 0 when empty or too long. */
size_t terms_canonical(const char *s, size_t n, char *out);

/* Families of roles, as a set: two roles that share one are related. */
enum terms_family {
	TERM_WEB = 1,
	TERM_SERVER = 2,
	TERM_DEVICE = 4,
	TERM_MOBILE = 8,
	TERM_OPERATIONS = 16,
	TERM_DATA = 32,
	TERM_SCIENCE = 64,
	TERM_QUALITY = 128,
	TERM_PRODUCT = 256,
	TERM_LEAD = 512,
	TERM_TEACHING = 1024,
};

uint32_t terms_families(const char *canonical); /* 0: related to nothing */

/* What people choose when nothing fits ("other"): earns no points. */
bool terms_is_vague(const char *canonical);

#endif
