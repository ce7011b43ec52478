/* Sync tokens: see dav_sync.h. */
#include "api/dav_sync.h"

#include <string.h>

#include "api/base64url.h"

#define LISTED   "urn:cairn:sync:1:"
#define DIGESTED "urn:cairn:sync:2:"

enum {
	ID = 16,
	VERSION = 8, /* octets of the digest */
	ENTRY = ID + VERSION,
};

const char *dav_sync_token(
    struct arena *a, const struct event_object *object, size_t n)
{
	uint8_t *list = arena_alloc(a, n * ENTRY + 1);
	struct digest d;
	const char *text;

	if (!list)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		memcpy(list + i * ENTRY, object[i].id.octet, ID);
		memcpy(list + i * ENTRY + ID, object[i].version.octet, VERSION);
	}
	if (n <= DAV_SYNC_EVENTS) {
		text = base64url_encode(a, list, n * ENTRY);
		return text ? arena_printf(a, LISTED "%s", text) : NULL;
	}
	if (!digest_sha256(list, n * ENTRY, &d))
		return NULL;
	text = base64url_encode(a, d.octet, sizeof(d.octet));
	return text ? arena_printf(a, DIGESTED "%s", text) : NULL;
}

/* The entries of a token in the order of ids; false when it is none of ours. */
static bool read_list(const char *token, uint8_t *list, size_t *ret_n)
{
	size_t len;

	if (strncmp(token, LISTED, strlen(LISTED)) != 0 ||
	    !base64url_decode(token + strlen(LISTED),
		strlen(token + strlen(LISTED)), list, DAV_SYNC_EVENTS * ENTRY,
		&len) ||
	    len % ENTRY != 0)
		return false;
	*ret_n = len / ENTRY;
	for (size_t i = 1; i < *ret_n; i++)
		if (memcmp(list + (i - 1) * ENTRY, list + i * ENTRY, ID) >= 0)
			return false;
	return true;
}

/* Both are sorted: one walk along the two. */
static void walk(const uint8_t *list, size_t n_list,
    const struct event_object *object, size_t n, struct dav_sync *s)
{
	size_t i = 0, k = 0;

	while (i < n || k < n_list) {
		const uint8_t *old = list + k * ENTRY;
		int order = i == n        ? 1
			    : k == n_list ? -1
					  : memcmp(object[i].id.octet, old, ID);

		if (order > 0) {
			memcpy(s->gone[s->n_gone++].octet, old, ID);
			k++;
			continue;
		}
		s->changed[i] = order < 0 || memcmp(object[i].version.octet,
						 old + ID, VERSION) != 0;
		s->n_changed += s->changed[i];
		i++;
		k += order == 0;
	}
}

enum err_code dav_sync_compare(struct arena *a, const char *token,
    const struct event_object *object, size_t n, struct dav_sync *ret_sync,
    bool *ret_known, struct err *e)
{
	uint8_t *list = arena_alloc(a, DAV_SYNC_EVENTS * ENTRY);
	struct dav_sync s = {.changed = ARENA_ARRAY(a, n, bool),
	    .gone = ARENA_ARRAY(a, DAV_SYNC_EVENTS, struct id)};
	const char *now = dav_sync_token(a, object, n);
	size_t n_list = 0;

	if (!list || !s.changed || !s.gone || !now)
		return ERR_SET(e, NOMEM, "no memory for the changes");
	*ret_known = true;
	if (strcmp(token, now) != 0) {
		*ret_known = *token == '\0' || read_list(token, list, &n_list);
		if (*ret_known)
			walk(list, n_list, object, n, &s);
	}
	*ret_sync = s;
	return ERR_OK;
}
