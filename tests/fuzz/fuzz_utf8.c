/*
 * UTF-8: what validates decodes to the end and encodes back to the same octets, and
 * is what a second decoder, written from the bit patterns, calls valid; a cut never
 * makes valid text invalid.
 */
#include <stdint.h>

#include "base/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* By value instead of by table: assemble, then check the range. */
static size_t second_opinion(const uint8_t *s, size_t n)
{
	static const uint32_t LEAST[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t len = s[0] < 0x80             ? 1
		     : (s[0] & 0xE0) == 0xC0 ? 2
		     : (s[0] & 0xF0) == 0xE0 ? 3
		     : (s[0] & 0xF8) == 0xF0 ? 4
					     : 0;
	uint32_t cp = len > 1 ? s[0] & (0x7Fu >> len) : s[0];

	if (len == 0 || len > n)
		return 0;
	for (size_t i = 1; i < len; i++) {
		if ((s[i] & 0xC0) != 0x80)
			return 0;
		cp = cp << 6 | (s[i] & 0x3Fu);
	}
	return cp < LEAST[len] || cp > 0x10FFFF || (cp >= 0xD800 && cp < 0xE000)
		   ? 0
		   : len;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *s = (const char *)data;
	size_t valid = utf8_valid_prefix(s, size), at = 0;

	while (at < size) {
		uint32_t cp = 0;
		char back[4];
		size_t len = utf8_decode(s + at, size - at, &cp);

		if (len != second_opinion(data + at, size - at))
			abort();
		if (len == 0)
			break;
		if (utf8_encode(cp, back) != len ||
		    memcmp(back, s + at, len) != 0)
			abort();
		at += len;
	}
	if (at != valid)
		abort();
	for (size_t n = 0; n <= valid && n < 64; n++)
		if (!utf8_is_valid(s, utf8_cut(s, n)))
			abort();
	return 0;
}
