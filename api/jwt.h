/*
 * Tokens of an identity provider: JWS compact serialisation with RS256 or ES256
 * (RFC 7515, 7518, 7519), checked against keys that are pinned beforehand.
 *
 * The header names a key among the pinned ones and its algorithm must be that key's;
 * it decides nothing else. Only alg, kid, typ, x5t and x5t#S256 may stand in it: a
 * token that brings a key or an address of one (jwk, jku, x5c, x5u) or asks for
 * extensions (crit) is refused. Header and claims are strict JSON (base/jscan).
 *
 * ES256 signatures come in pairs, (r, s) and (r, n - s), and providers send either:
 * both are accepted, and nothing here takes a token's text for its identity.
 *
 * Pure: no clock, no file. Keys are immutable once read: any thread.
 */
#ifndef API_JWT_H
#define API_JWT_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

enum {
	JWT_MAX_LENGTH = 8192, /* of a token's text */
	JWT_MAX_SUBJECT = 255, /* octets */
	JWT_MAX_KEYS = 64,
	JWT_MAX_KID = 200, /* octets */
	JWT_EARLY_S = 30,  /* by how much nbf may lie ahead of our clock */
};

enum jwt_verdict {
	JWT_OK,
#define JWT(name, slug, text) JWT_##name,
#include "api/jwt.def"
#undef JWT
};

struct jwt_keys;

/*
 * A JWK set (RFC 7517). Keys of other kinds or uses are passed over; RSA keys must
 * have 2048 to 8192 bits, each key its own kid. ERR_JSON, ERR_FIELD (place
 * "/keys/3/n"), ERR_NOMEM. A set with a private key is refused: it leaked.
 */
enum err_code jwt_keys_read(const char *text, size_t n,
    struct jwt_keys **ret_keys, struct err *e) ERR_CHECKED;
void jwt_keys_free(struct jwt_keys *keys); /* NULL is fine */

struct jwt_rule {
	const char *issuer;   /* iss, octet by octet */
	const char *audience; /* aud is it or has it */
	int64_t now;          /* seconds since 1970 */
};

struct jwt_claims {
	const char *subject; /* in the arena */
	int64_t expires_at;
};

/* Judge text[0..n); *ret_claims is set only with JWT_OK. */
enum jwt_verdict jwt_verify(const char *text, size_t n,
    const struct jwt_keys *keys, const struct jwt_rule *rule, struct arena *a,
    struct jwt_claims *ret_claims);

/* For the log and for a metric's label. */
const char *jwt_text(enum jwt_verdict v);
const char *jwt_slug(enum jwt_verdict v);

#endif
