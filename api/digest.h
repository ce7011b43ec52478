/*
 * Digests: SHA-256, HMAC-SHA-256 and comparison in constant time, over OpenSSL's
 * EVP. With digest_key.c the only home of <openssl/…>, whose ERR_… names clash with
 * base/err.h: so this header does without it. Nothing is kept; any thread.
 *
 * A function that returns bool fails only when OpenSSL has no memory; its output
 * is then zeroed and must not be used.
 */
#ifndef API_DIGEST_H
#define API_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	DIGEST_SIZE = 32,
	DIGEST_TEXT_SIZE = 2 * DIGEST_SIZE + 1,
};

struct digest {
	uint8_t octet[DIGEST_SIZE];
};

bool digest_sha256(const void *data, size_t n, struct digest *out)
    __attribute__((warn_unused_result));

bool digest_hmac_sha256(const void *key, size_t n_key, const void *data,
    size_t n, struct digest *out) __attribute__((warn_unused_result));

/* Time depends on n only. */
bool digest_equal(const void *a, const void *b, size_t n);

/* Lower-case hexadecimal. */
void digest_format(const struct digest *d, char out[DIGEST_TEXT_SIZE]);

#endif
