/*
 * What a use case (service_*.c) gets from whoever calls it, a request, the command
 * line or the worker: the connection, memory, and on whose behalf it acts. A use
 * case runs inside the transaction its caller opened, and knows nothing of HTTP.
 */
#ifndef API_CALL_H
#define API_CALL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/id.h"
#include "db/db.h"

enum role {
	ROLE_NEWCOMER = 1,
	ROLE_MENTOR = 2,
	ROLE_COORDINATOR = 4,
	ROLE_ADMIN = 8,
	ROLE_SERVICE = 16, /* a machine: what its token's scopes name */
	/* the sets that routes name */
	ROLES_NONE = 0, /* no token is asked for */
	ROLES_STAFF = ROLE_COORDINATOR | ROLE_ADMIN | ROLE_SERVICE,
	ROLES_NEWCOMER_STAFF = ROLE_NEWCOMER | ROLES_STAFF,
	ROLES_MENTOR_STAFF = ROLE_MENTOR | ROLES_STAFF,
	ROLES_ANY = ROLE_NEWCOMER | ROLE_MENTOR | ROLES_STAFF,
};

struct principal {
	struct id community_id;
	/* Of the token, the identity or the app password; all zero: the command
	 * line, the worker. */
	struct id token_id;
	struct id member_id; /* meaningful only when has_member */
	bool has_member;
	bool by_provider; /* a person of an identity provider … */
	int64_t until;    /* … whose token ends then */
	enum role role;   /* exactly one bit; 0 with an app password */
	unsigned scopes;  /* api/scope.h */
};

struct tz;

struct call {
	struct db *db;
	struct arena *arena;
	struct tz *tz; /* the process's zones; any thread */
	const char
	    *public_url; /* "https://cairn.example.org", no final slash */
	/* Organizer of invitations, an addr-spec; with tokens each attendance
	 * has one of its own, made of this and its token. */
	const char *calendar_mail;
	bool with_tokens;
	const char *mail_language; /* of who speaks none that mail does */
	int64_t half_life_days;    /* of the ledger of fairness */
	struct principal who;
};

#endif
