/* Cursors: see cursor.h. */
#include "api/cursor.h"

#include <stdint.h>
#include <string.h>

#include "api/digest.h"

enum {
	MAC_SIZE = 16,
	MAX_KEY = 200
};

static const char ALPHABET[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/* base64url without padding. */
static char *encode(struct arena *a, const uint8_t *data, size_t n)
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

/* Length of what s holds, or 0 when it is not base64url of at most max octets, written
 * as encode() does: no character too many, no bits left over. */
static size_t decode(const char *s, uint8_t *out, size_t max)
{
	size_t len = 0;
	uint32_t bits = 0;
	unsigned have = 0;

	for (; *s; s++) {
		const char *at = strchr(ALPHABET, *s);

		if (!at)
			return 0;
		bits = (bits << 6 | (uint32_t)(at - ALPHABET)) & 0xffffff;
		have += 6;
		if (have >= 8) {
			have -= 8;
			if (len == max)
				return 0;
			out[len++] = (uint8_t)(bits >> have & 255);
		}
	}
	if (have == 6 || (bits & ((1u << have) - 1)) != 0)
		return 0;
	return len;
}

static bool mac(struct arena *a, const struct cursor_scope *scope,
    const char *key, struct digest *out)
{
	const char *text = arena_printf(a, "v1|%s|%s", scope->scope, key);

	return text &&
	       digest_hmac_sha256(scope->token_id.octet,
		   sizeof(scope->token_id.octet), text, strlen(text), out);
}

const char *cursor_write(
    struct arena *a, const struct cursor_scope *scope, const char *key)
{
	size_t n = strlen(key);
	uint8_t *data = arena_alloc(a, MAC_SIZE + n);
	struct digest d;

	if (!data || !mac(a, scope, key, &d))
		return NULL;
	memcpy(data, d.octet, MAC_SIZE);
	memcpy(data + MAC_SIZE, key, n);
	return encode(a, data, MAC_SIZE + n);
}

enum err_code cursor_read(struct arena *a, const struct cursor_scope *scope,
    const char *cursor, const char **ret_key, struct err *e)
{
	uint8_t data[MAC_SIZE + MAX_KEY];
	size_t n = decode(cursor, data, sizeof(data));
	struct digest d;
	const char *key;

	if (n > MAC_SIZE && !memchr(data + MAC_SIZE, 0, n - MAC_SIZE)) {
		key = arena_strndup(
		    a, (const char *)data + MAC_SIZE, n - MAC_SIZE);
		if (!key || !mac(a, scope, key, &d))
			return ERR_SET(e, NOMEM, "no memory for the cursor");
		if (digest_equal(d.octet, data, MAC_SIZE)) {
			*ret_key = key;
			return ERR_OK;
		}
	}
	err_add_field(e, ERR_CURSOR, "?cursor",
	    "expected the cursor of a page of this list with these filters");
	return e->code;
}
