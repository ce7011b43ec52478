/*
 * Cursors of lists: where the next page begins, bound to the list it came from.
 *
 * base64url(first 16 octets of the MAC | key). The MAC covers the token, the path
 * and the filters, so that a cursor used with another list or other filters is
 * refused instead of giving a page that makes no sense. It guards against mistakes,
 * not against forgery: a forged cursor only moves within what the caller may list,
 * which is why no secret is needed and several processes understand each other's.
 * Pure; any thread.
 */
#ifndef API_CURSOR_H
#define API_CURSOR_H

#include "base/arena.h"
#include "base/err.h"
#include "base/id.h"

/* What a cursor is bound to. scope: path and filters in one text. */
struct cursor_scope {
	struct id token_id;
	const char *scope;
};

/* In the arena; NULL without memory. */
const char *cursor_write(
    struct arena *a, const struct cursor_scope *scope, const char *key);

/* ERR_CURSOR when it is malformed or of another scope. */
enum err_code cursor_read(struct arena *a, const struct cursor_scope *scope,
    const char *cursor, const char **ret_key, struct err *e) ERR_CHECKED;

#endif
