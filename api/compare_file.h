/*
 * What cairn explain --against answers, as JSON. docs/files.md has the form; the
 * service keeps the same text as the answer of a trial. Pure; any thread.
 */
#ifndef API_COMPARE_FILE_H
#define API_COMPARE_FILE_H

#include "base/str.h"
#include "matcher/compare.h"

enum {
	COMPARE_FILE_MAX_OCTETS = 256 << 10
};

/* Pretty JSON. Check out->failed. */
void compare_file_write(
    const struct community *c, const struct compare *r, struct str *out);

#endif
