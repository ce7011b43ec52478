/*
 * UTF-8: validation and safe cutting. Pure; no allocation; any thread.
 */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Decode the character at text[0..n). Returns its length (1-4) and sets *cp, or 0
 * when the octets there are not well-formed UTF-8 (overlong forms, surrogates
 * and values beyond U+10FFFF included).
 */
size_t utf8_decode(const char *text, size_t n, uint32_t *cp);

/* Offset of the first ill-formed octet, or n when all of s[0..n) is valid. */
size_t utf8_valid_prefix(const char *s, size_t n);

static inline bool utf8_is_valid(const char *s, size_t n)
{
	return utf8_valid_prefix(s, n) == n;
}

/* Largest m <= n such that s[0..m) does not split a character. */
size_t utf8_cut(const char *s, size_t n);

/* Number of characters in valid UTF-8. */
size_t utf8_length(const char *s, size_t n);

/* Append cp as UTF-8 to out (room for 4); returns the length. cp is valid. */
size_t utf8_encode(uint32_t cp, char *out);

/*
 * True for characters that must not occur in a name or a title: controls, line
 * and paragraph separators, bidirectional overrides and isolates, zero-width
 * characters other than the joiners, noncharacters.
 */
bool utf8_is_unsafe(uint32_t cp);

#endif
