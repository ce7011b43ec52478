/*
 * Tokens of an identity provider: see jwt.h. Nothing of a token is believed before
 * its signature is: of the header only what finds the key is read, the claims are not
 * even parsed.
 */
#include "api/jwt.h"

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "api/base64url.h"
#include "api/digest_key.h"
#include "api/json.h"

struct key {
	char kid[JWT_MAX_KID + 1];
	struct digest_key *key;
};

struct jwt_keys {
	size_t n;
	struct key key[JWT_MAX_KEYS];
};

static const struct {
	const char *slug, *text;
} WORDS[] = {
    [JWT_OK] = {"ok", "valid"},

#define JWT(name, slug, text) [JWT_##name] = {slug, text},
#include "api/jwt.def"
#undef JWT
};

const char *jwt_text(enum jwt_verdict v)
{
	return WORDS[v].text;
}

const char *jwt_slug(enum jwt_verdict v)
{
	return WORDS[v].slug;
}

/* The member as text; NULL when it is absent or anything else. */
static const char *text_of(struct json_object *o, const char *name)
{
	struct json_object *v;

	if (!json_object_object_get_ex(o, name, &v) ||
	    !json_object_is_type(v, json_type_string))
		return NULL;
	return json_object_get_string(v); /* without NUL: jscan */
}

/* ---- keys ---- */

/* The octets of a base64url member. */
static bool octets_of(struct json_object *o, const char *name, uint8_t *out,
    size_t max, size_t *ret_len)
{
	const char *s = text_of(o, name);

	return s && base64url_decode(s, strlen(s), out, max, ret_len);
}

static struct digest_key *rsa_of(struct json_object *o)
{
	uint8_t n[DIGEST_KEY_RSA_MAX], e[8];
	size_t n_len, e_len;

	return octets_of(o, "n", n, sizeof(n), &n_len) &&
		       octets_of(o, "e", e, sizeof(e), &e_len)
		   ? digest_key_rsa(n, n_len, e, e_len)
		   : NULL;
}

static struct digest_key *p256_of(struct json_object *o)
{
	uint8_t x[DIGEST_KEY_P256], y[DIGEST_KEY_P256];
	size_t x_len, y_len;

	return octets_of(o, "x", x, sizeof(x), &x_len) &&
		       octets_of(o, "y", y, sizeof(y), &y_len) &&
		       x_len == sizeof(x) && y_len == sizeof(y)
		   ? digest_key_p256(x, y)
		   : NULL;
}

static bool says(struct json_object *o, const char *name, const char *want)
{
	const char *s = text_of(o, name);

	return s && strcmp(s, want) == 0;
}

/* Absent, or exactly this. */
static bool agrees(struct json_object *o, const char *name, const char *want)
{
	return !json_object_object_get_ex(o, name, NULL) || says(o, name, want);
}

static const struct key *find(const struct jwt_keys *keys, const char *kid)
{
	for (size_t i = 0; i < keys->n; i++)
		if (strcmp(keys->key[i].kid, kid) == 0)
			return &keys->key[i];
	return NULL;
}

/* One key of the set; passed over when it is not for us. */
static enum err_code add(
    struct jwt_keys *keys, struct json_object *o, size_t at, struct err *e)
{
	bool rsa, p256;
	const char *kid;
	struct key *k;

	if (!json_object_is_type(o, json_type_object))
		return ERR_SET(e, FIELD, "/keys/%zu: expected an object", at);
	if (json_object_object_get_ex(o, "d", NULL))
		return ERR_SET(e, FIELD, "/keys/%zu: a private key", at);
	rsa = says(o, "kty", "RSA") && agrees(o, "alg", "RS256");
	p256 = says(o, "kty", "EC") && says(o, "crv", "P-256") &&
	       agrees(o, "alg", "ES256");
	if ((!rsa && !p256) || !agrees(o, "use", "sig"))
		return ERR_OK;
	kid = text_of(o, "kid");
	if (!kid || !*kid || strlen(kid) > JWT_MAX_KID || find(keys, kid))
		return ERR_SET(e, FIELD,
		    "/keys/%zu/kid: expected a name of its own, at most %d "
		    "octets",
		    at, JWT_MAX_KID);
	if (keys->n == JWT_MAX_KEYS)
		return ERR_SET(
		    e, FIELD, "/keys: expected at most %d", JWT_MAX_KEYS);
	k = &keys->key[keys->n];
	k->key = rsa ? rsa_of(o) : p256_of(o);
	if (!k->key)
		return ERR_SET(e, FIELD, "/keys/%zu: expected %s", at,
		    rsa ? "an RSA key of 2048 to 8192 bits"
			: "a point on P-256");
	memcpy(k->kid, kid, strlen(kid) + 1);
	keys->n++;
	return ERR_OK;
}

static enum err_code read_keys(const char *text, size_t n, struct arena *a,
    struct jwt_keys *keys, struct err *e)
{
	struct json_object *tree, *list;
	enum err_code code = json_read(a, text, n, &tree, e);

	if (code != ERR_OK)
		return code;
	if (!json_object_object_get_ex(tree, "keys", &list) ||
	    !json_object_is_type(list, json_type_array))
		return ERR_SET(e, FIELD, "/keys: expected an array");
	for (size_t i = 0; code == ERR_OK && i < json_object_array_length(list);
	     i++)
		code = add(keys, json_object_array_get_idx(list, i), i, e);
	if (code == ERR_OK && keys->n == 0)
		code = ERR_SET(
		    e, FIELD, "/keys: expected a key for RS256 or ES256");
	return code;
}

enum err_code jwt_keys_read(
    const char *text, size_t n, struct jwt_keys **ret_keys, struct err *e)
{
	struct arena *a = arena_new(16 << 20);
	struct jwt_keys *keys = calloc(1, sizeof(*keys));
	enum err_code code = a && keys ? read_keys(text, n, a, keys, e)
				       : ERR_SET(e, NOMEM, "no memory");

	arena_free(a);
	if (code == ERR_OK)
		*ret_keys = keys;
	else
		jwt_keys_free(keys);
	return code;
}

void jwt_keys_free(struct jwt_keys *keys)
{
	for (size_t i = 0; keys && i < keys->n; i++)
		digest_key_free(keys->key[i].key);
	free(keys);
}

/* ---- tokens ---- */

struct part {
	const char *text;
	size_t n;
};

/* The JSON object that a part holds. */
static enum jwt_verdict open_part(
    struct arena *a, const struct part *p, struct json_object **ret)
{
	struct err e = {0};
	char *text = arena_alloc(a, p->n + 1);
	size_t len;
	enum err_code code;

	if (!text)
		return JWT_NO_MEMORY;
	if (!base64url_decode(p->text, p->n, (uint8_t *)text, p->n, &len))
		return JWT_FORM;
	code = json_read(a, text, len, ret, &e);
	return code == ERR_OK      ? JWT_OK
	       : code == ERR_NOMEM ? JWT_NO_MEMORY
				   : JWT_JSON;
}

static bool split(const char *text, size_t n, struct part part[3])
{
	const char *end = text + n;

	for (int i = 0; i < 3; i++) {
		const char *dot = memchr(text, '.', (size_t)(end - text));

		if ((dot == NULL) != (i == 2))
			return false;
		part[i].text = text;
		part[i].n = (size_t)((dot ? dot : end) - text);
		if (part[i].n == 0)
			return false;
		text = dot ? dot + 1 : end;
	}
	return true;
}

/* What the header says, as far as it may say anything. */
static enum jwt_verdict judge_header(struct json_object *header,
    const struct jwt_keys *keys, const struct key **ret_key)
{
	static const char *const KNOWN[] = {
	    "alg", "kid", "typ", "x5t", "x5t#S256"};
	static const char *const TYPES[] = {
	    "JWT", "at+jwt", "application/at+jwt"};
	const char *typ = text_of(header, "typ"), *kid = text_of(header, "kid");
	bool typed = !json_object_object_get_ex(header, "typ", NULL);

	json_object_object_foreach(header, name, value) {
		bool known = false;

		(void)value;
		for (size_t i = 0; i < sizeof(KNOWN) / sizeof(KNOWN[0]); i++)
			known |= strcmp(name, KNOWN[i]) == 0;
		if (!known)
			return JWT_HEADER;
	}
	if (!says(header, "alg", "RS256") && !says(header, "alg", "ES256"))
		return JWT_ALGORITHM;
	for (size_t i = 0; typ && i < sizeof(TYPES) / sizeof(TYPES[0]); i++)
		typed |= strcasecmp(typ, TYPES[i]) == 0;
	if (!typed)
		return JWT_TYPE;
	*ret_key = kid ? find(keys, kid) : NULL;
	if (!*ret_key)
		return JWT_KEY;
	return says(header, "alg", "RS256") ==
		       digest_key_is_rsa((*ret_key)->key)
		   ? JWT_OK
		   : JWT_ALGORITHM;
}

/* Seconds since 1970, a fraction allowed; rounded down. */
static bool time_of(struct json_object *claims, const char *name, int64_t *ret)
{
	struct json_object *v;
	double d;

	if (!json_object_object_get_ex(claims, name, &v) ||
	    (!json_object_is_type(v, json_type_int) &&
		!json_object_is_type(v, json_type_double)))
		return false;
	d = json_object_get_double(v);
	if (!(d >= 0 && d < 253402300800.0)) /* the end of year 9999 */
		return false;
	*ret = (int64_t)d;
	return true;
}

/* aud is one text, or a list of texts. */
static enum jwt_verdict judge_audience(
    struct json_object *claims, const char *audience)
{
	struct json_object *v;
	bool found = says(claims, "aud", audience);

	if (!json_object_object_get_ex(claims, "aud", &v))
		return JWT_CLAIMS;
	if (json_object_is_type(v, json_type_array))
		for (size_t i = 0; i < json_object_array_length(v); i++) {
			struct json_object *one =
			    json_object_array_get_idx(v, i);

			if (!json_object_is_type(one, json_type_string))
				return JWT_CLAIMS;
			found |=
			    strcmp(json_object_get_string(one), audience) == 0;
		}
	else if (!json_object_is_type(v, json_type_string))
		return JWT_CLAIMS;
	return found ? JWT_OK : JWT_AUDIENCE;
}

static enum jwt_verdict judge_claims(struct json_object *claims,
    const struct jwt_rule *rule, struct arena *a, struct jwt_claims *ret)
{
	const char *subject = text_of(claims, "sub");
	int64_t expires, begins = 0;
	enum jwt_verdict v;

	if (!text_of(claims, "iss") || !subject || !*subject ||
	    strlen(subject) > JWT_MAX_SUBJECT ||
	    !time_of(claims, "exp", &expires) ||
	    (json_object_object_get_ex(claims, "nbf", NULL) &&
		!time_of(claims, "nbf", &begins)))
		return JWT_CLAIMS;
	if (!says(claims, "iss", rule->issuer))
		return JWT_ISSUER;
	v = judge_audience(claims, rule->audience);
	if (v != JWT_OK)
		return v;
	if (expires <= rule->now)
		return JWT_EXPIRED;
	if (begins > rule->now + JWT_EARLY_S)
		return JWT_NOT_YET;
	ret->expires_at = expires;
	ret->subject = arena_strdup(a, subject);
	return ret->subject ? JWT_OK : JWT_NO_MEMORY;
}

enum jwt_verdict jwt_verify(const char *text, size_t n,
    const struct jwt_keys *keys, const struct jwt_rule *rule, struct arena *a,
    struct jwt_claims *ret_claims)
{
	uint8_t signature[DIGEST_KEY_RSA_MAX];
	struct json_object *header, *claims;
	struct jwt_claims found;
	const struct key *key;
	struct part part[3];
	enum jwt_verdict v;
	size_t len;

	if (n > JWT_MAX_LENGTH)
		return JWT_LENGTH;
	if (!split(text, n, part))
		return JWT_FORM;
	v = open_part(a, &part[0], &header);
	if (v == JWT_OK)
		v = judge_header(header, keys, &key);
	if (v != JWT_OK)
		return v;
	if (!base64url_decode(
		part[2].text, part[2].n, signature, sizeof(signature), &len))
		return JWT_FORM;
	if (!digest_key_verify(
		key->key, text, part[0].n + 1 + part[1].n, signature, len))
		return JWT_SIGNATURE;
	v = open_part(a, &part[1], &claims);
	if (v == JWT_OK)
		v = judge_claims(claims, rule, a, &found);
	if (v == JWT_OK)
		*ret_claims = found;
	return v;
}
