/* Digests over OpenSSL's EVP: see digest.h. One-shot calls only, so that no
 * context outlives a function. */
#include "api/digest.h"

#include <limits.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

bool digest_sha256(const void *data, size_t n, struct digest *out)
{
	unsigned int len = 0;

	if (EVP_Digest(data, n, out->octet, &len, EVP_sha256(), NULL) == 1 &&
	    len == DIGEST_SIZE)
		return true;
	memset(out, 0, sizeof(*out));
	return false;
}

bool digest_hmac_sha256(const void *key, size_t n_key, const void *data,
    size_t n, struct digest *out)
{
	unsigned int len = 0;

	if (n_key <= INT_MAX &&
	    HMAC(EVP_sha256(), key, (int)n_key, data, n, out->octet, &len) !=
		NULL &&
	    len == DIGEST_SIZE)
		return true;
	memset(out, 0, sizeof(*out));
	return false;
}

bool digest_equal(const void *a, const void *b, size_t n)
{
	return CRYPTO_memcmp(a, b, n) == 0;
}

void digest_format(const struct digest *d, char out[DIGEST_TEXT_SIZE])
{
	static const char digit[] = "0123456789abcdef";

	for (size_t i = 0; i < DIGEST_SIZE; i++) {
		out[2 * i] = digit[d->octet[i] >> 4];
		out[2 * i + 1] = digit[d->octet[i] & 15];
	}
	out[2 * DIGEST_SIZE] = '\0';
}
