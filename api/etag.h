/*
 * Entity tags in If-Match and If-None-Match. Ours are `"<version>-<digest>"` for
 * documents, which have parts of other rows than the one whose version it is, and
 * `"<digest>"` for lists and files. Pure; any thread.
 */
#ifndef API_ETAG_H
#define API_ETAG_H

#include <stdbool.h>
#include <stdint.h>

/* The row version that an If-Match names: a positive number in quotes, with a digest
 * behind a hyphen or without. A change is to that row, so the digest is not compared.
 * No row ever had a tag of another form (weak ones and lists among them): false. */
bool etag_parse_version(const char *s, int64_t *ret_version);

/* An If-None-Match is `*` or a list with `etag` in it, weak or strong. A list that is
 * malformed counts up to its fault. */
bool etag_is_listed(const char *list, const char *etag);

#endif
