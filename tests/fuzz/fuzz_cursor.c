/*
 * Cursors: one that was written is read back to its key; no other text is read, be it
 * the same with one character changed, cut or added, or of another list or token. A
 * text that is read is what would be written. Input: a position, a character, then the
 * key; and all of it as a cursor.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "api/cursor.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
	KEY_MAX = 200
};

static bool reads(struct arena *a, const struct cursor_scope *scope,
    const char *cursor, const char **ret_key)
{
	struct err e;

	err_clear(&e);
	return cursor_read(a, scope, cursor, ret_key, &e) == ERR_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new(1 << 20);
	struct cursor_scope scope = {.scope = "/v1/members|q=a"};
	struct cursor_scope other = {.scope = "/v1/members|q=b"};
	const char *text = arena_strndup(a, (const char *)data, size), *key;

	if (reads(a, &scope, text, &key) &&
	    strcmp(cursor_write(a, &scope, key), text) != 0)
		abort();
	if (size > 2 && strlen(text) > 2 && strlen(text + 2) <= KEY_MAX) {
		const char *cursor = cursor_write(a, &scope, text + 2);
		size_t n = strlen(cursor);
		char *changed = arena_printf(a, "%s%c", cursor, text[1]);

		if (!reads(a, &scope, cursor, &key) ||
		    strcmp(key, text + 2) != 0)
			abort();
		if (reads(a, &other, cursor, &key) ||
		    reads(a, &scope, changed, &key))
			abort();
		scope.token_id.octet[data[0] % sizeof(scope.token_id.octet)]++;
		if (reads(a, &scope, cursor, &key))
			abort();
		scope.token_id = other.token_id;
		changed[n] = '\0';
		changed[data[0] % n] = text[1];
		if (strcmp(changed, cursor) != 0 &&
		    reads(a, &scope, changed, &key))
			abort();
		changed[data[0] % n] = '\0';
		if (reads(a, &scope, changed, &key))
			abort();
	}
	arena_free(a);
	return 0;
}
