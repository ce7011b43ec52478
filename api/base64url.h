/*
 * Base64url without padding (RFC 4648, section 5), one text for each content: what
 * decodes, encodes back to the same text. Pure; any thread.
 */
#ifndef API_BASE64URL_H
#define API_BASE64URL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

/* NULL without memory. */
char *base64url_encode(struct arena *a, const uint8_t *data, size_t n);

/* False, and the outputs are meaningless: another character (`=` too), a character
 * too many, bits left over, or more than max octets. */
bool base64url_decode(
    const char *s, size_t n, uint8_t *out, size_t max, size_t *ret_len);

#endif
