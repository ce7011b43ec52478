/* UTF-8 by the table of Unicode 3.9 (well-formed byte sequences). */
#include "base/utf8.h"

size_t utf8_decode(const char *text, size_t n, uint32_t *cp)
{
	const unsigned char *s = (const unsigned char *)text;
	unsigned char low = 0x80, high = 0xBF;
	size_t len;
	uint32_t c;

	if (n == 0)
		return 0;
	if (s[0] < 0x80) {
		*cp = s[0];
		return 1;
	}
	if (s[0] >= 0xC2 && s[0] <= 0xDF) {
		len = 2;
		c = s[0] & 0x1Fu;
	} else if (s[0] >= 0xE0 && s[0] <= 0xEF) {
		len = 3;
		c = s[0] & 0x0Fu;
		if (s[0] == 0xE0)
			low = 0xA0; /* no overlong form */
		else if (s[0] == 0xED)
			high = 0x9F; /* no surrogate */
	} else if (s[0] >= 0xF0 && s[0] <= 0xF4) {
		len = 4;
		c = s[0] & 0x07u;
		if (s[0] == 0xF0)
			low = 0x90;
		else if (s[0] == 0xF4)
			high = 0x8F; /* nothing beyond U+10FFFF */
	} else {
		return 0;
	}
	if (n < len || s[1] < low || s[1] > high)
		return 0;
	c = c << 6 | (s[1] & 0x3Fu);
	for (size_t i = 2; i < len; i++) {
		if ((s[i] & 0xC0) != 0x80)
			return 0;
		c = c << 6 | (s[i] & 0x3Fu);
	}
	*cp = c;
	return len;
}

size_t utf8_valid_prefix(const char *s, size_t n)
{
	size_t i = 0;

	while (i < n) {
		uint32_t cp;
		size_t len = utf8_decode(s + i, n - i, &cp);

		if (len == 0)
			break;
		i += len;
	}
	return i;
}

size_t utf8_cut(const char *s, size_t n)
{
	size_t back = 0;

	while (back < n && back < 3 &&
	       ((unsigned char)s[n - back - 1] & 0xC0) == 0x80)
		back++;
	if (back < n) {
		unsigned char lead = (unsigned char)s[n - back - 1];
		size_t need = lead >= 0xF0   ? 4
			      : lead >= 0xE0 ? 3
			      : lead >= 0xC0 ? 2
					     : 1;

		if (need > back + 1)
			return n - back - 1;
	}
	return n;
}

size_t utf8_length(const char *s, size_t n)
{
	size_t count = 0;

	for (size_t i = 0; i < n; i++)
		count += ((unsigned char)s[i] & 0xC0) != 0x80;
	return count;
}

size_t utf8_encode(uint32_t cp, char *out)
{
	if (cp < 0x80) {
		out[0] = (char)cp;
		return 1;
	}
	if (cp < 0x800) {
		out[0] = (char)(0xC0 | cp >> 6);
		out[1] = (char)(0x80 | (cp & 0x3F));
		return 2;
	}
	if (cp < 0x10000) {
		out[0] = (char)(0xE0 | cp >> 12);
		out[1] = (char)(0x80 | (cp >> 6 & 0x3F));
		out[2] = (char)(0x80 | (cp & 0x3F));
		return 3;
	}
	out[0] = (char)(0xF0 | cp >> 18);
	out[1] = (char)(0x80 | (cp >> 12 & 0x3F));
	out[2] = (char)(0x80 | (cp >> 6 & 0x3F));
	out[3] = (char)(0x80 | (cp & 0x3F));
	return 4;
}

bool utf8_is_unsafe(uint32_t cp)
{
	static const struct {
		uint32_t first, last;
	} RANGES[] = {
	    {0x0000, 0x001F},
	    {0x007F, 0x009F},
	    {0x00AD, 0x00AD},
	    {0x061C, 0x061C},
	    {0x200B, 0x200B},
	    {0x200E, 0x200F},
	    {0x2028, 0x202E},
	    {0x2060, 0x2069},
	    {0xFDD0, 0xFDEF},
	    {0xFEFF, 0xFEFF},
	    {0xFFF9, 0xFFFB},
	};

	if ((cp & 0xFFFE) == 0xFFFE)
		return true;
	for (size_t i = 0; i < sizeof(RANGES) / sizeof(RANGES[0]); i++)
		if (cp >= RANGES[i].first && cp <= RANGES[i].last)
			return true;
	return false;
}
