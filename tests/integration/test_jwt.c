/* Tokens of an identity provider: what is accepted, and what an attacker would send.
 * The keys are made here, with libcrypto. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#define ERR_STATE OPENSSL_ERR_STATE /* base/err.h has one of its own */
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rsa.h>
#undef ERR_STATE

#include "api/base64url.h"
#include "api/jwt.h"

#define ISSUER "https://id.example.org"
#define AUD    "cairn"
#define NOW    INT64_C(1800000000)

static const struct jwt_rule RULE = {ISSUER, AUD, NOW};
static EVP_PKEY *rsa, *ec, *other;
static struct jwt_keys *keys;
static struct arena *a;
static char *jwks;

static char *number_of(EVP_PKEY *pkey, const char *name)
{
	uint8_t octets[1024];
	BIGNUM *n = NULL;
	int len;

	assert_int_equal(EVP_PKEY_get_bn_param(pkey, name, &n), 1);
	len = BN_bn2bin(n, octets);
	BN_free(n);
	return base64url_encode(a, octets, (size_t)len);
}

/* Coordinates keep their leading zeros. */
static char *coordinate_of(EVP_PKEY *pkey, const char *name)
{
	uint8_t octets[32];
	BIGNUM *n = NULL;

	assert_int_equal(EVP_PKEY_get_bn_param(pkey, name, &n), 1);
	assert_int_equal(BN_bn2binpad(n, octets, 32), 32);
	BN_free(n);
	return base64url_encode(a, octets, 32);
}

static int set_up(void **state)
{
	struct err e = {0};

	(void)state;
	a = arena_new(64 << 20);
	rsa = EVP_RSA_gen(2048);
	ec = EVP_EC_gen("P-256");
	other = EVP_EC_gen("P-256");
	jwks = arena_printf(a,
	    "{\"keys\":[{\"kty\":\"oct\",\"k\":\"c2VjcmV0\",\"kid\":\"h\"},"
	    "{\"kty\":\"RSA\",\"kid\":\"r\",\"use\":\"sig\",\"n\":\"%s\","
	    "\"e\":\"%s\"},{\"kty\":\"EC\",\"crv\":\"P-256\",\"kid\":\"e\","
	    "\"alg\":\"ES256\",\"x\":\"%s\",\"y\":\"%s\"}]}",
	    number_of(rsa, OSSL_PKEY_PARAM_RSA_N),
	    number_of(rsa, OSSL_PKEY_PARAM_RSA_E),
	    coordinate_of(ec, OSSL_PKEY_PARAM_EC_PUB_X),
	    coordinate_of(ec, OSSL_PKEY_PARAM_EC_PUB_Y));
	return jwt_keys_read(jwks, strlen(jwks), &keys, &e) != ERR_OK;
}

static int tear_down(void **state)
{
	(void)state;
	jwt_keys_free(keys);
	EVP_PKEY_free(rsa);
	EVP_PKEY_free(ec);
	EVP_PKEY_free(other);
	arena_free(a);
	return 0;
}

static char *b64(const char *text)
{
	return base64url_encode(a, (const uint8_t *)text, strlen(text));
}

/* The signature of EC keys as r and s; with `high`, s is n - s. */
static size_t pair_of(
    const uint8_t *der, size_t n, uint8_t out[64], bool flipped)
{
	ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &der, (long)n);
	EC_GROUP *group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
	BIGNUM *s = BN_dup(ECDSA_SIG_get0_s(sig));

	if (flipped)
		BN_sub(s, EC_GROUP_get0_order(group), s);
	assert_int_equal(BN_bn2binpad(ECDSA_SIG_get0_r(sig), out, 32), 32);
	assert_int_equal(BN_bn2binpad(s, out + 32, 32), 32);
	BN_free(s);
	EC_GROUP_free(group);
	ECDSA_SIG_free(sig);
	return 64;
}

static char *sign_as(
    EVP_PKEY *pkey, const char *header, const char *claims, bool flipped)
{
	char *text = arena_printf(a, "%s.%s", b64(header), b64(claims));
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	uint8_t signature[1024], pair[64];
	size_t n = sizeof(signature);
	bool is_ec = EVP_PKEY_is_a(pkey, "EC") == 1;

	assert_int_equal(
	    EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, pkey), 1);
	assert_int_equal(EVP_DigestSign(ctx, signature, &n,
			     (const uint8_t *)text, strlen(text)),
	    1);
	EVP_MD_CTX_free(ctx);
	if (is_ec)
		n = pair_of(signature, n, pair, flipped);
	return arena_printf(
	    a, "%s.%s", text, base64url_encode(a, is_ec ? pair : signature, n));
}

static char *sign(EVP_PKEY *pkey, const char *header, const char *claims)
{
	return sign_as(pkey, header, claims, false);
}

static enum jwt_verdict judge(const char *token)
{
	struct jwt_claims claims = {0};
	enum jwt_verdict v =
	    jwt_verify(token, strlen(token), keys, &RULE, a, &claims);

	if (v == JWT_OK)
		assert_string_equal(claims.subject, "u1");
	else
		assert_null(claims.subject);
	return v;
}

#define RS      "{\"alg\":\"RS256\",\"kid\":\"r\",\"typ\":\"JWT\"}"
#define ES      "{\"alg\":\"ES256\",\"kid\":\"e\",\"typ\":\"at+jwt\"}"
#define REST    "\"iss\":\"" ISSUER "\",\"sub\":\"u1\""
#define AUD_EXP "\"aud\":\"" AUD "\",\"exp\":1800000001"
#define CLAIMS  "{" REST "," AUD_EXP "}"
#define WITH(s) "{" REST "," AUD_EXP "," s "}"

static void test_good(void **state)
{
	(void)state;
	assert_int_equal(judge(sign(rsa, RS, CLAIMS)), JWT_OK);
	assert_int_equal(judge(sign(ec, ES, CLAIMS)), JWT_OK);
	/* Either s of a pair: jwt.h says why. */
	assert_int_equal(judge(sign_as(ec, ES, CLAIMS, true)), JWT_OK);
	assert_int_equal(judge(sign(ec,
			     "{\"alg\":\"ES256\",\"kid\":\"e\","
			     "\"x5t\":\"abc\"}",
			     CLAIMS)),
	    JWT_OK);
	assert_int_equal(
	    judge(sign(ec, ES,
		"{" REST ",\"aud\":[\"x\",\"" AUD
		"\"],\"exp\":1800000001.5,\"nbf\":1800000030,\"roles\":[\"admin\"]}")),
	    JWT_OK);
}

static void test_headers(void **state)
{
	static const struct {
		const char *header;
		enum jwt_verdict want;
	} CASES[] = {
	    {"{\"alg\":\"none\",\"kid\":\"e\"}", JWT_ALGORITHM},
	    {"{\"alg\":\"None\",\"kid\":\"e\"}", JWT_ALGORITHM},
	    {"{\"kid\":\"e\"}", JWT_ALGORITHM},
	    {"{\"alg\":[\"ES256\"],\"kid\":\"e\"}", JWT_ALGORITHM},
	    {"{\"alg\":\"HS256\",\"kid\":\"e\"}", JWT_ALGORITHM},
	    {"{\"alg\":\"ES384\",\"kid\":\"e\"}", JWT_ALGORITHM},
	    {"{\"alg\":\"RS256\",\"kid\":\"e\"}", JWT_ALGORITHM},
	    {"{\"alg\":\"ES256\",\"kid\":\"r\"}", JWT_ALGORITHM},
	    {"{\"alg\":\"ES256\",\"kid\":\"h\"}", JWT_KEY},
	    {"{\"alg\":\"ES256\",\"kid\":\"../../dev/null\"}", JWT_KEY},
	    {"{\"alg\":\"ES256\",\"kid\":\"e' OR '1'='1\"}", JWT_KEY},
	    {"{\"alg\":\"ES256\",\"kid\":1}", JWT_KEY},
	    {"{\"alg\":\"ES256\"}", JWT_KEY},
	    {"{\"alg\":\"ES256\",\"kid\":\"e\",\"typ\":\"secevent+jwt\"}",
		JWT_TYPE},
	    {"{\"alg\":\"ES256\",\"kid\":\"e\",\"typ\":null}", JWT_TYPE},
	    {"{\"alg\":\"ES256\",\"kid\":\"e\",\"crit\":[\"exp\"]}",
		JWT_HEADER},
	    {"{\"alg\":\"ES256\",\"kid\":\"e\",\"b64\":false}", JWT_HEADER},
	    {"{\"alg\":\"ES256\",\"kid\":\"e\",\"jku\":\"https://evil.example/"
	     "k\"}",
		JWT_HEADER},
	    {"{\"alg\":\"ES256\",\"kid\":\"e\",\"x5u\":\"https://evil.example/"
	     "k\"}",
		JWT_HEADER},
	    {"{\"alg\":\"ES256\",\"kid\":\"e\",\"jwk\":{\"kty\":\"EC\"}}",
		JWT_HEADER},
	    {"{\"alg\":\"ES256\",\"kid\":\"e\",\"x5c\":[\"AA==\"]}",
		JWT_HEADER},
	    {"{\"alg\":\"none\",\"alg\":\"ES256\",\"kid\":\"e\"}", JWT_JSON},
	    {"{\"alg\":\"ES256\",\"k\\u0069d\":\"r\",\"kid\":\"e\"}", JWT_JSON},
	    {"{\"alg\":\"ES256\",\"kid\":\"e\\u0000\"}", JWT_JSON},
	    {"{'alg':'ES256','kid':'e'}", JWT_JSON},
	    {"[]", JWT_JSON},
	};

	(void)state;
	/* The signature is a good one each time: only the header is wrong. */
	for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++)
		assert_int_equal(
		    judge(sign(ec, CASES[i].header, CLAIMS)), CASES[i].want);
}

static void test_claims(void **state)
{
	static const struct {
		const char *claims;
		enum jwt_verdict want;
	} CASES[] = {
	    {"{\"iss\":\"https://evil.example\",\"sub\":\"u1\"," AUD_EXP "}",
		JWT_ISSUER},
	    {"{\"iss\":\"" ISSUER "/\",\"sub\":\"u1\"," AUD_EXP "}",
		JWT_ISSUER},
	    {"{\"iss\":[\"" ISSUER "\"],\"sub\":\"u1\"," AUD_EXP "}",
		JWT_CLAIMS},
	    {"{\"iss\":\"" ISSUER "\"," AUD_EXP "}", JWT_CLAIMS},
	    {"{\"iss\":\"" ISSUER "\",\"sub\":\"\"," AUD_EXP "}", JWT_CLAIMS},
	    {"{\"iss\":\"" ISSUER "\",\"sub\":1," AUD_EXP "}", JWT_CLAIMS},
	    {"{" REST ",\"exp\":1800000001}", JWT_CLAIMS},
	    {"{" REST ",\"aud\":\"other\",\"exp\":1800000001}", JWT_AUDIENCE},
	    {"{" REST ",\"aud\":\"cairn2\",\"exp\":1800000001}", JWT_AUDIENCE},
	    {"{" REST ",\"aud\":[],\"exp\":1800000001}", JWT_AUDIENCE},
	    {"{" REST ",\"aud\":[\"cairn\",1],\"exp\":1800000001}", JWT_CLAIMS},
	    {"{" REST ",\"aud\":{\"cairn\":1},\"exp\":1800000001}", JWT_CLAIMS},
	    {"{" REST ",\"aud\":\"" AUD "\"}", JWT_CLAIMS},
	    {"{" REST ",\"aud\":\"" AUD "\",\"exp\":\"1800000001\"}",
		JWT_CLAIMS},
	    {"{" REST ",\"aud\":\"" AUD "\",\"exp\":1e30}", JWT_CLAIMS},
	    {"{" REST ",\"aud\":\"" AUD "\",\"exp\":-1}", JWT_CLAIMS},
	    {"{" REST ",\"aud\":\"" AUD "\",\"exp\":1799999999}", JWT_EXPIRED},
	    {"{" REST ",\"aud\":\"" AUD "\",\"exp\":1800000000}", JWT_EXPIRED},
	    {WITH("\"nbf\":1800000031"), JWT_NOT_YET},
	    {WITH("\"nbf\":\"0\""), JWT_CLAIMS},
	    {WITH("\"sub\":\"u2\""), JWT_JSON},
	    {WITH("\"e\\u0078p\":1900000000"), JWT_JSON},
	    {WITH("\"n\":NaN"), JWT_JSON},
	    {"no", JWT_JSON},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++)
		assert_int_equal(
		    judge(sign(rsa, RS, CASES[i].claims)), CASES[i].want);
}

static void test_forms(void **state)
{
	const char *good = sign(ec, ES, CLAIMS);
	const char *dot = strrchr(good, '.');
	const char *first = strchr(good, '.');
	char *cut = arena_strndup(a, good, strlen(good) - 1);
	char *huge = arena_alloc(a, 100001);

	const struct {
		const char *token;
		enum jwt_verdict want;
	} CASES[] = {
	    {"", JWT_FORM},
	    {"..", JWT_FORM},
	    {"a.b", JWT_FORM},
	    {arena_printf(a, "%s=", good), JWT_FORM},
	    {arena_printf(a, "%s==", good), JWT_FORM},
	    {arena_printf(a, "%s.", good), JWT_FORM},
	    {arena_printf(a, "%s.x", good), JWT_FORM},
	    {arena_printf(a, " %s", good), JWT_FORM},
	    {arena_printf(a, "%.*s", (int)(dot - good + 1), good), JWT_FORM},
	    {arena_printf(a, "%.*s", (int)(dot - good), good), JWT_FORM},
	    {arena_printf(a, "%.*s.AAAA", (int)(dot - good), good),
		JWT_SIGNATURE},
	    {arena_printf(a, "%.*s.%s.%s", (int)(first - good), good,
		 b64("{" REST ",\"aud\":\"" AUD "\",\"exp\":1900000000}"),
		 dot + 1),
		JWT_SIGNATURE},
	    {sign(other, ES, CLAIMS), JWT_SIGNATURE},
	};

	(void)state;
	memset(huge, 'A', 100000);
	huge[50] = huge[90000] = '.';
	assert_int_equal(judge(good), JWT_OK);
	for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++)
		assert_int_equal(judge(CASES[i].token), CASES[i].want);
	assert_int_equal(judge(huge), JWT_LENGTH);
	assert_int_not_equal(judge(cut), JWT_OK);
	/* 64 octets need 86 characters; four bits of the last one are left over, and
	 * must be zero: one text for one signature. */
	for (char c = 'A'; c <= 'Z'; c++) {
		char *changed = arena_strdup(a, good);

		changed[strlen(good) - 1] = c;
		if (strcmp(changed, good) != 0)
			assert_int_not_equal(judge(changed), JWT_OK);
	}
}

/* RSA's public key, known to all, as the secret of an HMAC. */
static void test_public_key_as_secret(void **state)
{
	char *text = arena_printf(
	    a, "%s.%s", b64("{\"alg\":\"HS256\",\"kid\":\"r\"}"), b64(CLAIMS));
	uint8_t mac[32];
	unsigned n = sizeof(mac);

	(void)state;
	HMAC(EVP_sha256(), jwks, (int)strlen(jwks), (const uint8_t *)text,
	    strlen(text), mac, &n);
	assert_int_equal(
	    judge(arena_printf(a, "%s.%s", text, base64url_encode(a, mac, n))),
	    JWT_ALGORITHM);
}

static void test_zero_signature(void **state)
{
	const uint8_t zero[64] = {0};

	(void)state;
	assert_int_equal(judge(arena_printf(a, "%s.%s.%s", b64(ES), b64(CLAIMS),
			     base64url_encode(a, zero, sizeof(zero)))),
	    JWT_SIGNATURE);
}

static void test_key_sets(void **state)
{
	EVP_PKEY *small = EVP_RSA_gen(1024);
	const char *const BAD[] = {
	    "{}",
	    "{\"keys\":{}}",
	    "{\"keys\":[]}",
	    "{\"keys\":[1]}",
	    "{\"keys\":[],\"keys\":[]}",
	    "{\"keys\":[{\"kty\":\"oct\",\"kid\":\"a\",\"k\":\"AAAA\"}]}",
	    "{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"kid\":\"a\","
	    "\"x\":\"AAAA\",\"y\":\"AAAA\"}]}",
	    /* not on the curve */
	    "{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"kid\":\"a\","
	    "\"x\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE\","
	    "\"y\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE\"}]}",
	    arena_printf(a,
		"{\"keys\":[{\"kty\":\"RSA\",\"kid\":\"s\",\"n\":\"%s\","
		"\"e\":\"AQAB\"}]}",
		number_of(small, OSSL_PKEY_PARAM_RSA_N)),
	    arena_printf(a,
		"{\"keys\":[{\"kty\":\"RSA\",\"kid\":\"s\",\"n\":\"%s\","
		"\"e\":\"AQAB\",\"d\":\"AQAB\"}]}",
		number_of(rsa, OSSL_PKEY_PARAM_RSA_N)),
	    arena_printf(a,
		"{\"keys\":[{\"kty\":\"RSA\",\"n\":\"%s\",\"e\":\"AQAB\"}]}",
		number_of(rsa, OSSL_PKEY_PARAM_RSA_N)),
	};

	(void)state;
	EVP_PKEY_free(small);
	for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++) {
		struct jwt_keys *none = NULL;
		struct err e = {0};

		assert_int_not_equal(
		    jwt_keys_read(BAD[i], strlen(BAD[i]), &none, &e), ERR_OK);
		assert_int_not_equal(e.code, ERR_OK);
		assert_null(none);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_good),
	    cmocka_unit_test(test_headers),
	    cmocka_unit_test(test_claims),
	    cmocka_unit_test(test_forms),
	    cmocka_unit_test(test_public_key_as_secret),
	    cmocka_unit_test(test_zero_signature),
	    cmocka_unit_test(test_key_sets),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
