/* Base64url: see base64url.h. */
#include "api/base64url.h"

#include <string.h>

/* No text: without a NUL at its end. */
static const char ALPHABET[64] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

char *base64url_encode(struct arena *a, const uint8_t *data, size_t n)
{
	char *out = arena_alloc(a, (n * 4 + 2) / 3 + 1);
	size_t len = 0;
	uint32_t bits = 0;
	unsigned have = 0;

	if (!out)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		bits = (bits << 8 | data[i]) & 0xffffff;
		for (have += 8; have >= 6; have -= 6)
			out[len++] = ALPHABET[bits >> (have - 6) & 63];
	}
	if (have > 0)
		out[len++] = ALPHABET[bits << (6 - have) & 63];
	return out;
}

bool base64url_decode(
    const char *s, size_t n, uint8_t *out, size_t max, size_t *ret_len)
{
	size_t len = 0;
	uint32_t bits = 0;
	unsigned have = 0;

	for (size_t i = 0; i < n; i++) {
		const char *at = memchr(ALPHABET, s[i], sizeof(ALPHABET));

		if (!at)
			return false;
		bits = (bits << 6 | (uint32_t)(at - ALPHABET)) & 0xffffff;
		have += 6;
		if (have >= 8) {
			have -= 8;
			if (len == max)
				return false;
			out[len++] = (uint8_t)(bits >> have & 255);
		}
	}
	*ret_len = len;
	return have != 6 && (bits & ((1u << have) - 1)) == 0;
}
