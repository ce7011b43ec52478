/*
 * Accept and Prefer: what is allowed stays allowed when the type itself is said before
 * or behind the list, and a preference that is said first is the one that counts.
 * Input: a header's text.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "api/negotiate.h"
#include "base/arena.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char TYPE[] = "application/json";

/* A quote that is not closed takes in whatever comes behind it. */
static bool is_closed(const char *s)
{
	bool quoted = false;

	for (; *s; s++)
		if (*s == '"')
			quoted = !quoted;
		else if (quoted && *s == '\\' && s[1])
			s++;
	return !quoted;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new(1 << 20);
	const char *s = arena_strndup(a, (const char *)data, size);
	struct negotiate_preference p = negotiate_prefer(s), first;

	(void)negotiate_accepts(s, TYPE);
	if (!negotiate_accepts(arena_printf(a, "%s,%s", TYPE, s), TYPE))
		abort();
	if (is_closed(s) &&
	    !negotiate_accepts(arena_printf(a, "%s,%s", s, TYPE), TYPE))
		abort();
	first = negotiate_prefer(arena_printf(a, "wait=7,%s", s));
	if (p.wait_s < 0 || p.wait_s > INT32_MAX || first.wait_s != 7 ||
	    first.respond_async != p.respond_async)
		abort();
	arena_free(a);
	return 0;
}
