/*
 * Tokens of an identity provider. Header and claims are signed with a key made here, so
 * that what lies behind the signature is reached: what is accepted says what it must by
 * a second look at the JSON. The token with one character changed is refused, and so is
 * one with another header or other claims under the same signature. Input: where to
 * change it (two octets) and to what, header, line feed, claims. All of it is also read
 * as a set of keys.
 */
#include <json-c/json.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define ERR_STATE OPENSSL_ERR_STATE /* base/err.h has one of its own */
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#undef ERR_STATE

#include "api/base64url.h"
#include "api/jwt.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define NOW INT64_C(1800000000)

enum {
	HALF = 32,
	DER_MAX = 128
};

static const struct jwt_rule RULE = {"https://id.example.org", "cairn", NOW};
static EVP_PKEY *pkey;
static struct jwt_keys *keys;

static void coordinate(struct arena *a, const char *name, const char **ret)
{
	uint8_t octets[HALF];
	BIGNUM *n = NULL;

	if (EVP_PKEY_get_bn_param(pkey, name, &n) != 1)
		abort();
	BN_bn2binpad(n, octets, HALF);
	BN_free(n);
	*ret = base64url_encode(a, octets, HALF);
}

/* Once; the verdicts do not depend on which key it is. */
static void make_key(void)
{
	struct arena *a = arena_new(1 << 20);
	const char *x, *y, *set;
	struct err e;

	pkey = EVP_EC_gen("P-256");
	coordinate(a, OSSL_PKEY_PARAM_EC_PUB_X, &x);
	coordinate(a, OSSL_PKEY_PARAM_EC_PUB_Y, &y);
	set = arena_printf(a,
	    "{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"kid\":\"e\","
	    "\"x\":\"%s\",\"y\":\"%s\"}]}",
	    x, y);
	err_clear(&e);
	if (jwt_keys_read(set, strlen(set), &keys, &e) != ERR_OK)
		abort();
	arena_free(a);
}

/* Both halves of the signature, as a JWS has them. */
static const char *sign(struct arena *a, const char *text)
{
	uint8_t der[DER_MAX], both[2 * HALF];
	const uint8_t *p = der;
	size_t len = sizeof(der);
	EVP_MD_CTX *c = EVP_MD_CTX_new();
	ECDSA_SIG *s;

	if (EVP_DigestSignInit(c, NULL, EVP_sha256(), NULL, pkey) != 1 ||
	    EVP_DigestSign(c, der, &len, (const uint8_t *)text, strlen(text)) !=
		1)
		abort();
	s = d2i_ECDSA_SIG(NULL, &p, (long)len);
	BN_bn2binpad(ECDSA_SIG_get0_r(s), both, HALF);
	BN_bn2binpad(ECDSA_SIG_get0_s(s), both + HALF, HALF);
	ECDSA_SIG_free(s);
	EVP_MD_CTX_free(c);
	return base64url_encode(a, both, sizeof(both));
}

static bool says(struct json_object *o, const char *name, const char *want)
{
	struct json_object *v;

	return json_object_object_get_ex(o, name, &v) &&
	       json_object_is_type(v, json_type_string) &&
	       strcmp(json_object_get_string(v), want) == 0;
}

/* What must hold of anything that was accepted. */
static void check(
    const char *header, const char *claims, const struct jwt_claims *got)
{
	struct json_object *h = json_tokener_parse(header);
	struct json_object *c = json_tokener_parse(claims), *v;

	if (!says(h, "alg", "ES256") || !says(h, "kid", "e") ||
	    json_object_object_get_ex(h, "jwk", NULL) ||
	    json_object_object_get_ex(h, "crit", NULL))
		abort();
	if (!says(c, "iss", RULE.issuer) || !says(c, "sub", got->subject) ||
	    !*got->subject || strlen(got->subject) > JWT_MAX_SUBJECT)
		abort();
	if (!json_object_object_get_ex(c, "aud", &v) ||
	    !strstr(json_object_to_json_string(v), "\"cairn\""))
		abort();
	if (!json_object_object_get_ex(c, "exp", &v) ||
	    !(json_object_get_double(v) > (double)NOW) ||
	    got->expires_at != (int64_t)json_object_get_double(v))
		abort();
	if (json_object_object_get_ex(c, "nbf", &v) &&
	    json_object_get_double(v) >= (double)NOW + JWT_EARLY_S + 1)
		abort();
	json_object_put(h);
	json_object_put(c);
}

static bool accepts(struct arena *a, const char *token)
{
	struct jwt_claims claims;

	return jwt_verify(token, strlen(token), keys, &RULE, a, &claims) ==
	       JWT_OK;
}

static void try_token(struct arena *a, const uint8_t *change,
    const char *header, const char *claims)
{
	const char *h =
	    base64url_encode(a, (const uint8_t *)header, strlen(header));
	const char *c =
	    base64url_encode(a, (const uint8_t *)claims, strlen(claims));
	const char *text = arena_printf(a, "%s.%s", h, c);
	const char *signature = sign(a, text);
	char *token = arena_printf(a, "%s.%s", text, signature);
	size_t at = ((size_t)change[0] << 8 | change[1]) % strlen(token);
	struct jwt_claims got;

	if (jwt_verify(token, strlen(token), keys, &RULE, a, &got) == JWT_OK)
		check(header, claims, &got);
	if (accepts(a, arena_printf(a, "%s.%sIA.%s", h, c, signature)) ||
	    accepts(a, arena_printf(a, "%s.%s.", h, c)) ||
	    accepts(a, arena_printf(a, "%s.%s.%s", h, c, h)))
		abort();
	if (token[at] == (char)change[2])
		return;
	token[at] = (char)change[2];
	if (accepts(a, token))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new(8 << 20);
	const char *text = (const char *)data;
	struct jwt_keys *set = NULL;
	struct err e;

	if (!keys)
		make_key();
	err_clear(&e);
	if (jwt_keys_read(text, size, &set, &e) == ERR_OK)
		jwt_keys_free(set);
	if (size > 3 && size < JWT_MAX_LENGTH) {
		char *header = arena_strndup(a, text + 3, size - 3);
		char *claims = strchr(header, '\n');

		if (claims) {
			*claims++ = '\0';
			try_token(a, data, header, claims);
		}
	}
	arena_free(a);
	return 0;
}
