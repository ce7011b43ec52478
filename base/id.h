/*
 * Identifiers: UUIDv7 (RFC 9562) as 16 octets and as text, and random octets.
 * Any thread.
 */
#ifndef BASE_ID_H
#define BASE_ID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	ID_TEXT_SIZE = 37
};

struct id {
	uint8_t octet[16];
};

/* A new UUIDv7 of this millisecond. Ids give order; they are not secrets. */
struct id id_new(void);

/* Lower-case canonical text. */
void id_format(const struct id *id, char out[ID_TEXT_SIZE]);

/* Only the canonical 36-character form, either case. */
bool id_parse(const char *s, size_t n, struct id *id);

/* From the kernel; does not fail on Linux once booted. */
void id_random(void *out, size_t n);

#endif
