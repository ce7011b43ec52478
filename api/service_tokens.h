/*
 * Tokens: made by an admin or on the command line, renewed and revoked by an admin or
 * by whoever holds them. The secret is in the result of the making and nowhere else.
 */
#ifndef API_SERVICE_TOKENS_H
#define API_SERVICE_TOKENS_H

#include "api/auth.h"

struct token_order {
	const char *name;
	enum role role;
	const struct id *member_id; /* NULL: of no member */
	const int64_t *expires_at;  /* NULL: in DB_TOKEN_DAYS */
	unsigned scopes;            /* SCOPE_UNLIMITED: all of the role */
};

/* A newcomer's or mentor's token needs its member, a service's its scopes and no
 * member, and nobody gives a scope that they do not have: ERR_VALIDATION. */
enum err_code service_tokens_create(struct call *c,
    const struct token_order *order, struct auth_token *ret_token,
    struct db_doc *ret_doc, struct err *e) ERR_CHECKED;
/* The part about the member, "/member_id": also of whoever else has a role. */
enum err_code service_tokens_check_member(struct call *c, enum role role,
    const struct id *member_id, struct err *e) ERR_CHECKED;
enum err_code service_tokens_get(struct call *c, const struct id *id,
    struct db_doc *ret_doc, struct err *e) ERR_CHECKED;
/* What the caller came with: their token, or their identity with a provider. */
enum err_code service_tokens_self(
    struct call *c, struct db_doc *ret_doc, struct err *e) ERR_CHECKED;
/* A new secret; the old one stays good for a while. */
enum err_code service_tokens_rotate(struct call *c, const struct id *id,
    int overlap_minutes, struct auth_token *ret_token, struct db_doc *ret_doc,
    struct err *e) ERR_CHECKED;
enum err_code service_tokens_revoke(
    struct call *c, const struct id *id, struct err *e) ERR_CHECKED;

#endif
