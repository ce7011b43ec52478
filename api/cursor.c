/* Cursors: see cursor.h. */
#include "api/cursor.h"

#include <stdint.h>
#include <string.h>

#include "api/base64url.h"
#include "api/digest.h"

enum {
	MAC_SIZE = 16,
	MAX_KEY = 200
};

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
	char *data = arena_printf(a, "%*s%s", MAC_SIZE, "", key);
	struct digest d;

	if (!data || !mac(a, scope, key, &d))
		return NULL;
	memcpy(data, d.octet, MAC_SIZE);
	return base64url_encode(
	    a, (const uint8_t *)data, MAC_SIZE + strlen(key));
}

enum err_code cursor_read(struct arena *a, const struct cursor_scope *scope,
    const char *cursor, const char **ret_key, struct err *e)
{
	uint8_t data[MAC_SIZE + MAX_KEY];
	size_t n = 0;
	struct digest d;
	const char *key;

	if (base64url_decode(cursor, strlen(cursor), data, sizeof(data), &n) &&
	    n > MAC_SIZE && !memchr(data + MAC_SIZE, 0, n - MAC_SIZE)) {
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
