/* UUIDv7: 48 bits of Unix milliseconds, then random bits. */
#include "base/id.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

#include "base/instant.h"

void id_random(void *out, size_t n)
{
	unsigned char *p = out;

	while (n > 0) {
		ssize_t got = getrandom(p, n, 0);

		if (got > 0) {
			p += got;
			n -= (size_t)got;
		}
	}
}

struct id id_new(void)
{
	struct id id;
	uint64_t ms = (uint64_t)instant_now_ms();

	id_random(id.octet, sizeof(id.octet));
	for (int i = 0; i < 6; i++)
		id.octet[i] = (uint8_t)(ms >> (40 - 8 * i));
	id.octet[6] = (uint8_t)(0x70 | (id.octet[6] & 0x0F));
	id.octet[8] = (uint8_t)(0x80 | (id.octet[8] & 0x3F));
	return id;
}

void id_format(const struct id *id, char out[ID_TEXT_SIZE])
{
	static const char HEX[] = "0123456789abcdef";
	char *p = out;

	for (int i = 0; i < 16; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*p++ = '-';
		*p++ = HEX[id->octet[i] >> 4];
		*p++ = HEX[id->octet[i] & 15];
	}
	*p = '\0';
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

bool id_parse(const char *s, size_t n, struct id *id)
{
	struct id got;
	size_t at = 0;

	if (n != 36)
		return false;
	for (size_t i = 0; i < 16; i++) {
		int high, low;

		if ((i == 4 || i == 6 || i == 8 || i == 10) && s[at++] != '-')
			return false;
		high = hex_value(s[at]);
		low = hex_value(s[at + 1]);
		if (high < 0 || low < 0)
			return false;
		got.octet[i] = (uint8_t)(high << 4 | low);
		at += 2;
	}
	*id = got;
	return true;
}
