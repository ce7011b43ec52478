/*
 * Identities: an admin says who somebody of the identity provider is here. Their role
 * is in our row, never in their token.
 */
#ifndef API_SERVICE_IDENTITIES_H
#define API_SERVICE_IDENTITIES_H

#include "api/call.h"

struct identity_order {
	const char *issuer, *subject;
	enum role role;
	const struct id *member_id; /* NULL: of no member */
};

/* ERR_VALIDATION as for tokens; ERR_FORBIDDEN for a token with scopes, as an identity
 * has none; ERR_CONFLICT when the subject is linked already. */
enum err_code service_identities_link(struct call *c,
    const struct identity_order *order, struct id *ret_id,
    struct db_doc *ret_doc, struct err *e) ERR_CHECKED;
enum err_code service_identities_unlink(
    struct call *c, const struct id *id, struct err *e) ERR_CHECKED;

#endif
