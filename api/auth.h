/*
 * Tokens and who may what.
 *
 * A token is `cairn_pat_<22 base62 id><43 base62 secret><6 base62 CRC-32>`; the
 * database holds the id and the SHA-256 of the secret. Of things a principal may
 * not see the answer is 404, the same as for things that do not exist; 403 is for
 * what is visible but forbidden. Any thread; the connection is the caller's.
 */
#ifndef API_AUTH_H
#define API_AUTH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "api/call.h"
#include "api/oidc.h"

enum {
	AUTH_TOKEN_LENGTH = 10 + 22 + 43 + 6,
	AUTH_TOKEN_SIZE = AUTH_TOKEN_LENGTH + 1,
	AUTH_HASH_SIZE = 32,
};

/* A new token: its row's id, the text to show once and the hash to store. */
struct auth_token {
	struct id id;
	char text[AUTH_TOKEN_SIZE];
	uint8_t hash[AUTH_HASH_SIZE];
};

enum err_code auth_new_token(
    struct auth_token *ret_token, struct err *e) ERR_CHECKED;

/* Another secret for the same token. */
enum err_code auth_new_secret(const struct id *id, struct auth_token *ret_token,
    struct err *e) ERR_CHECKED;

/* A new app password: five groups of five letters and digits that nobody mixes up. */
enum {
	AUTH_APP_PASSWORD_GROUPS = 5,
	AUTH_APP_PASSWORD_SIZE = 6 * AUTH_APP_PASSWORD_GROUPS,
};

struct auth_app_password {
	char text[AUTH_APP_PASSWORD_SIZE];
	uint8_t hash[AUTH_HASH_SIZE]; /* of the letters and digits */
};

enum err_code auth_new_app_password(
    struct auth_app_password *ret_password, struct err *e) ERR_CHECKED;

/* What a request brings along to say who it is. */
struct auth_credential {
	bool by_provider;
	const char *user; /* NULL, or the hash is of this user's app password */
	struct oidc_person person;    /* by_provider */
	uint8_t hash[AUTH_HASH_SIZE]; /* else: of a token */
};

/* Read the value of an Authorization header (may be NULL): no database yet, and none
 * for what cannot be valid. Every failure, here and of auth_enter, is
 * ERR_UNAUTHENTICATED with the same words. oidc may be NULL; texts live in the arena. */
enum err_code auth_read(const char *authorization, struct oidc *oidc,
    struct arena *a, struct auth_credential *ret_credential,
    struct err *e) ERR_CHECKED;

/* The same for calendar apps: a user and an app password, by RFC 7617. Small and capital
 * letters are the same, and hyphens and spaces nothing. */
enum err_code auth_read_basic(const char *authorization, struct arena *a,
    struct auth_credential *ret_credential, struct err *e) ERR_CHECKED;

/* Whose it is; the transaction acts for them from here on. With an app password the
 * principal has no role, and nobody's rows but their own. */
enum err_code auth_enter(struct db *db, struct arena *a,
    const struct auth_credential *credential, struct principal *ret_who,
    struct err *e) ERR_CHECKED;

/* "newcomer" … "service"; NULL and 0 when unknown. */
const char *auth_role_name(enum role role);
enum role auth_role_parse(const char *s);

static inline bool auth_is_staff(const struct principal *who)
{
	return (who->role & ROLES_STAFF) != 0;
}

/* The principal is this very member. */
bool auth_is_member(const struct principal *who, const struct id *member_id);

/* ERR_FORBIDDEN unless the principal has one of the roles. */
enum err_code auth_require_role(
    const struct principal *who, unsigned roles, struct err *e) ERR_CHECKED;

/* ERR_FORBIDDEN unless the token's scopes have this one (api/scope.h). */
enum err_code auth_require_scope(const struct principal *who, struct arena *a,
    unsigned scope, struct err *e) ERR_CHECKED;

/* Staff, or the member it belongs to; else ERR_NOT_FOUND "there is no such
 * <what>", as it is not visible. */
enum err_code auth_own_or_staff(const struct principal *who,
    const struct id *member_id, const char *what, struct err *e) ERR_CHECKED;

/* Whose rows the principal may read: *ret_viewer is NULL for staff, who read all of
 * the community, else the principal's member, borrowed. ERR_FORBIDDEN without one. */
enum err_code auth_viewer(const struct principal *who,
    const struct id **ret_viewer, struct err *e) ERR_CHECKED;

/* For whom something is done: the member that a body named at `place` (given), or the
 * principal's own. Only staff may name another: else ERR_FORBIDDEN. */
enum err_code auth_acts_for(const struct principal *who, bool given,
    const char *place, struct id *member, struct err *e) ERR_CHECKED;

/* The member this token acts for; ERR_FORBIDDEN when the token has none. */
enum err_code auth_require_member(const struct principal *who,
    struct id *ret_member_id, struct err *e) ERR_CHECKED;

#endif
