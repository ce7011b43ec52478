/*
 * Public keys and their signatures, over OpenSSL's EVP: RS256 (RSA with PKCS #1 v1.5
 * and SHA-256) and ES256 (ECDSA on P-256 with SHA-256, as r and s of 32 octets each).
 * A key is one of the two for life, so that no text ever chooses how it is used.
 * Immutable once made: any thread. Like digest.h, without <openssl/…>.
 */
#ifndef API_DIGEST_KEY_H
#define API_DIGEST_KEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	DIGEST_KEY_RSA_MIN = 2048 / 8, /* octets of the modulus */
	DIGEST_KEY_RSA_MAX = 8192 / 8,
	DIGEST_KEY_P256 = 32, /* octets of a coordinate */
};

struct digest_key;

/* Big-endian numbers. NULL when they are no key, or one out of bounds. */
struct digest_key *digest_key_rsa(
    const uint8_t *n, size_t n_len, const uint8_t *e, size_t e_len);
struct digest_key *digest_key_p256(
    const uint8_t x[DIGEST_KEY_P256], const uint8_t y[DIGEST_KEY_P256]);
void digest_key_free(struct digest_key *k); /* NULL is fine */

bool digest_key_is_rsa(const struct digest_key *k);

/* The signature is the key's, over data. */
bool digest_key_verify(const struct digest_key *k, const void *data, size_t n,
    const uint8_t *signature, size_t n_signature);

#endif
