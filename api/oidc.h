/*
 * The identity provider that the settings name: its pinned keys, and whether a token of
 * its (api/jwt.h) is good now. The file of keys is read again when it has changed, so
 * keys are exchanged without a restart; while it cannot be read the last good ones
 * count. Any thread.
 */
#ifndef API_OIDC_H
#define API_OIDC_H

#include "base/arena.h"
#include "base/conf.h"
#include "base/err.h"

enum {
	OIDC_FILE_MAX = 262144 /* octets of the file of keys */
};

struct oidc;

/* Somebody whom the provider vouches for, not yet anybody of ours. */
struct oidc_person {
	const char *community; /* slug */
	const char *issuer, *subject;
	int64_t expires_at; /* of the token */
};

/* conf is borrowed. *ret_oidc is NULL when no issuer is set. ERR_FIELD (place: the
 * setting) when a setting is missing or the keys are no good. */
enum err_code oidc_open(
    const struct conf *conf, struct oidc **ret_oidc, struct err *e) ERR_CHECKED;
void oidc_close(struct oidc *o); /* NULL is fine */

/* False, and a metric knows why: the token is refused, or o is NULL. Texts live in the
 * arena or the settings. */
bool oidc_judge(struct oidc *o, const char *token, struct arena *a,
    struct oidc_person *ret_person);

#endif
