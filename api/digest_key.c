/*
 * Public keys: see digest_key.h. Invariant: `pkey` is what `is_rsa` says, and passed
 * OpenSSL's check of public keys (a point on the curve, a sound modulus).
 */
#include "api/digest_key.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

struct digest_key {
	EVP_PKEY *pkey;
	bool is_rsa;
};

/* Takes `build` over. NULL when the parameters are no good public key. */
static struct digest_key *make(
    const char *type, OSSL_PARAM_BLD *build, bool built)
{
	OSSL_PARAM *params = built ? OSSL_PARAM_BLD_to_param(build) : NULL;
	EVP_PKEY_CTX *from = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
	EVP_PKEY_CTX *check = NULL;
	struct digest_key *k = calloc(1, sizeof(*k));
	bool good =
	    k && params && from && EVP_PKEY_fromdata_init(from) == 1 &&
	    EVP_PKEY_fromdata(from, &k->pkey, EVP_PKEY_PUBLIC_KEY, params) == 1;

	if (good)
		check = EVP_PKEY_CTX_new_from_pkey(NULL, k->pkey, NULL);
	good = good && check && EVP_PKEY_public_check(check) == 1;
	EVP_PKEY_CTX_free(check);
	EVP_PKEY_CTX_free(from);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(build);
	ERR_clear_error();
	if (good)
		return k;
	digest_key_free(k);
	return NULL;
}

struct digest_key *digest_key_rsa(
    const uint8_t *n, size_t n_len, const uint8_t *e, size_t e_len)
{
	struct digest_key *k;
	BIGNUM *modulus, *exponent;
	OSSL_PARAM_BLD *build;
	bool built;

	if (n_len < DIGEST_KEY_RSA_MIN || n_len > DIGEST_KEY_RSA_MAX ||
	    n[0] == 0 || e_len == 0 || e_len > 8)
		return NULL;
	modulus = BN_bin2bn(n, (int)n_len, NULL);
	exponent = BN_bin2bn(e, (int)e_len, NULL);
	build = OSSL_PARAM_BLD_new();
	built = modulus && exponent && build &&
		OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, modulus) &&
		OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, exponent);
	k = make("RSA", build, built);
	BN_free(modulus);
	BN_free(exponent);
	if (k)
		k->is_rsa = true;
	return k;
}

struct digest_key *digest_key_p256(
    const uint8_t x[DIGEST_KEY_P256], const uint8_t y[DIGEST_KEY_P256])
{
	uint8_t point[1 + 2 * DIGEST_KEY_P256] = {
	    POINT_CONVERSION_UNCOMPRESSED};
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();

	memcpy(point + 1, x, DIGEST_KEY_P256);
	memcpy(point + 1 + DIGEST_KEY_P256, y, DIGEST_KEY_P256);
	return make("EC", build,
	    build &&
		OSSL_PARAM_BLD_push_utf8_string(
		    build, OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0) &&
		OSSL_PARAM_BLD_push_octet_string(
		    build, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof(point)));
}

void digest_key_free(struct digest_key *k)
{
	if (!k)
		return;
	EVP_PKEY_free(k->pkey);
	free(k);
}

bool digest_key_is_rsa(const struct digest_key *k)
{
	return k->is_rsa;
}

/* r and s, 32 octets each, as the DER that OpenSSL takes; NULL when they are not. */
static uint8_t *der_of(const uint8_t *signature, size_t n, size_t *ret_len)
{
	ECDSA_SIG *pair = ECDSA_SIG_new();
	uint8_t *der = NULL;
	BIGNUM *r, *s;
	int len;

	if (!pair || n != 2 * DIGEST_KEY_P256) {
		ECDSA_SIG_free(pair);
		return NULL;
	}
	r = BN_bin2bn(signature, DIGEST_KEY_P256, NULL);
	s = BN_bin2bn(signature + DIGEST_KEY_P256, DIGEST_KEY_P256, NULL);
	if (!r || !s || !ECDSA_SIG_set0(pair, r, s)) {
		BN_free(r);
		BN_free(s);
		ECDSA_SIG_free(pair);
		return NULL;
	}
	len = i2d_ECDSA_SIG(pair, &der);
	ECDSA_SIG_free(pair);
	*ret_len = len > 0 ? (size_t)len : 0;
	return der;
}

bool digest_key_verify(const struct digest_key *k, const void *data, size_t n,
    const uint8_t *signature, size_t n_signature)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	uint8_t *der = NULL;
	bool good = false;

	if (!k->is_rsa)
		signature = der = der_of(signature, n_signature, &n_signature);
	if (ctx && signature &&
	    EVP_DigestVerifyInit(ctx, NULL, EVP_sha256(), NULL, k->pkey) == 1)
		good =
		    EVP_DigestVerify(ctx, signature, n_signature, data, n) == 1;
	OPENSSL_free(der);
	EVP_MD_CTX_free(ctx);
	ERR_clear_error();
	return good;
}
