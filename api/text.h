/*
 * Text that people type: normal forms and grammar checks, the same for the API
 * and for files. The only home of libunistring. Pure; any thread.
 *
 * A check returns NULL when the text is good, else a constant text that says what
 * was expected; it has the form that struct bind wants.
 */
#ifndef API_TEXT_H
#define API_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

enum {
	TEXT_MAX_EMAIL = 254,
	TEXT_MAX_URL = 2000,
};

/* NFC with outer white space dropped. NULL: no memory, or not UTF-8. */
char *text_nfc(struct arena *a, const char *s, size_t n);

/*
 * The canonical term (matcher/terms) of text as people type it: NFC and Unicode
 * case folding first. NULL when nothing is left, when it is longer than
 * TERM_MAX_OCTETS, or without memory (then arena_failed).
 */
const char *text_term(struct arena *a, const char *s, size_t n);

/* No control, bidirectional override, invisible or line-breaking character. */
const char *text_check_clean(const char *s, size_t n);
/* The same, but line feeds, carriage returns and tabs are allowed. */
const char *text_check_lines(const char *s, size_t n);
/* local@domain: dot-atom local part of at most 64 octets, a domain of at least
 * two labels; ASCII (RFC 5321 without quoted forms). */
const char *text_check_email(const char *s, size_t n);
/* https:// or http://, a host, no user information, no white space. */
const char *text_check_url(const char *s, size_t n);

/*
 * Base language of a BCP 47 tag, lower case: "pt-BR" -> "pt"; CLDR's underscore
 * ("zh_Hant") is read as a hyphen. NULL when the tag is malformed. out has room for 9 octets.
 */
const char *text_language(const char *s, size_t n, char out[9]);

/* "A1" … "C2" -> 1 … 6, "native" -> 7; 0 when unknown. ASCII case ignored. */
int text_language_level(const char *s, size_t n);
const char *text_language_level_name(int level);

/* Edit distance (Levenshtein) of two texts of at most 64 octets; more for longer
 * ones. Two names are near when it is at most 1 + length / 4. */
size_t text_distance(const char *a, size_t n_a, const char *b, size_t n_b);
bool text_is_near(const char *a, const char *b);

#endif
