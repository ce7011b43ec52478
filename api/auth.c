/* Tokens and who may what: see auth.h. */
#include "api/auth.h"

#include <string.h>
#include <strings.h>

#include "api/base64url.h"
#include "api/digest.h"
#include "api/scope.h"
#include "base/id.h"
#include "base/utf8.h"
#include "db/app_passwords.h"
#include "db/tokens.h"

enum {
	PREFIX_LENGTH = 10,
	ID_LENGTH = 22,
	SECRET_LENGTH = 43,
	CHECK_LENGTH = 6,
	SECRET_SIZE = 32,
	BASIC_MAX = 1024, /* octets of user and password */
};

static const char PREFIX[] = "cairn_pat_";
static const char ALPHABET[] =
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/* Of app passwords: no 0, 1, l and o. */
static const char LETTERS[] = "abcdefghijkmnpqrstuvwxyz23456789";

static const struct {
	enum role role;
	const char *name;
} ROLES[] = {
    {ROLE_NEWCOMER, "newcomer"},
    {ROLE_MENTOR, "mentor"},
    {ROLE_COORDINATOR, "coordinator"},
    {ROLE_ADMIN, "admin"},
    {ROLE_SERVICE, "service"},
};

const char *auth_role_name(enum role role)
{
	for (size_t i = 0; i < sizeof(ROLES) / sizeof(ROLES[0]); i++)
		if (ROLES[i].role == role)
			return ROLES[i].name;
	return NULL;
}

enum role auth_role_parse(const char *s)
{
	for (size_t i = 0; i < sizeof(ROLES) / sizeof(ROLES[0]); i++)
		if (strcmp(ROLES[i].name, s) == 0)
			return ROLES[i].role;
	return (enum role)0;
}

/* The big-endian number of `n` octets in exactly `len` digits of base 62. */
static void encode(const uint8_t *data, size_t n, char *out, size_t len)
{
	uint8_t number[SECRET_SIZE];

	memcpy(number, data, n);
	while (len-- > 0) {
		unsigned rest = 0;

		for (size_t i = 0; i < n; i++) {
			unsigned v = rest << 8 | number[i];

			number[i] = (uint8_t)(v / 62);
			rest = v % 62;
		}
		out[len] = ALPHABET[rest];
	}
}

/* CRC-32 (IEEE 802.3), bit by bit: a token is eighty octets. */
static uint32_t crc32_of(const char *s, size_t n)
{
	uint32_t crc = 0xffffffff;

	for (size_t i = 0; i < n; i++) {
		crc ^= (unsigned char)s[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
	}
	return ~crc;
}

static void put_check(const char *s, char out[CHECK_LENGTH])
{
	uint32_t crc = crc32_of(s, AUTH_TOKEN_LENGTH - CHECK_LENGTH);
	const uint8_t octet[4] = {(uint8_t)(crc >> 24), (uint8_t)(crc >> 16),
	    (uint8_t)(crc >> 8), (uint8_t)crc};

	encode(octet, sizeof(octet), out, CHECK_LENGTH);
}

/* What is stored: the digest of id and secret as they stand in the token. */
static bool hash_of(const char *token, uint8_t out[AUTH_HASH_SIZE])
{
	struct digest d;

	if (!digest_sha256(
		token + PREFIX_LENGTH, ID_LENGTH + SECRET_LENGTH, &d))
		return false;
	memcpy(out, d.octet, AUTH_HASH_SIZE);
	return true;
}

enum err_code auth_new_token(struct auth_token *ret_token, struct err *e)
{
	const struct id id = id_new();

	return auth_new_secret(&id, ret_token, e);
}

enum err_code auth_new_secret(
    const struct id *id, struct auth_token *ret_token, struct err *e)
{
	struct auth_token t = {.id = *id};
	uint8_t secret[SECRET_SIZE];
	char *s = t.text;

	id_random(secret, sizeof(secret));
	memcpy(s, PREFIX, PREFIX_LENGTH);
	encode(t.id.octet, sizeof(t.id.octet), s + PREFIX_LENGTH, ID_LENGTH);
	encode(secret, sizeof(secret), s + PREFIX_LENGTH + ID_LENGTH,
	    SECRET_LENGTH);
	put_check(s, s + AUTH_TOKEN_LENGTH - CHECK_LENGTH);
	if (!hash_of(s, t.hash))
		return ERR_SET(e, NOMEM, "no memory for a digest");
	*ret_token = t;
	return ERR_OK;
}

/* What stands in `Bearer <it>`, or NULL. */
static const char *bearer_of(const char *authorization)
{
	if (!authorization || strncasecmp(authorization, "Bearer ", 7) != 0)
		return NULL;
	return authorization + 7 + strspn(authorization + 7, " ");
}

/* It may be a token of ours: its form and its check digits are right. */
static bool is_token(const char *s)
{
	char check[CHECK_LENGTH];

	if (strlen(s) != AUTH_TOKEN_LENGTH ||
	    memcmp(s, PREFIX, PREFIX_LENGTH) != 0)
		return false;
	put_check(s, check);
	return digest_equal(
	    s + AUTH_TOKEN_LENGTH - CHECK_LENGTH, check, CHECK_LENGTH);
}

static enum err_code refuse(struct err *e)
{
	return ERR_SET(e, UNAUTHENTICATED,
	    "expected a valid token: Authorization: Bearer cairn_pat_…");
}

enum err_code auth_read(const char *authorization, struct oidc *oidc,
    struct arena *a, struct auth_credential *ret_credential, struct err *e)
{
	const char *bearer = bearer_of(authorization);
	struct auth_credential c = {.by_provider = false};

	if (!bearer)
		return refuse(e);
	if (is_token(bearer)) {
		if (!hash_of(bearer, c.hash))
			return ERR_SET(e, NOMEM, "no memory for a digest");
	} else {
		c.by_provider = oidc_judge(oidc, bearer, a, &c.person);
		if (!c.by_provider)
			return refuse(e);
	}
	*ret_credential = c;
	return ERR_OK;
}

enum err_code auth_new_app_password(
    struct auth_app_password *ret_password, struct err *e)
{
	struct auth_app_password p;
	uint8_t random[AUTH_APP_PASSWORD_SIZE];
	char bare[AUTH_APP_PASSWORD_SIZE];
	size_t n = 0;
	struct digest d;

	id_random(random, sizeof(random));
	for (size_t i = 0; i < sizeof(random); i++) {
		p.text[i] = i % 6 == 5 ? '-' : LETTERS[random[i] % 32];
		if (i % 6 != 5)
			bare[n++] = p.text[i];
	}
	p.text[sizeof(p.text) - 1] = '\0';
	if (!digest_sha256(bare, n, &d))
		return ERR_SET(e, NOMEM, "no memory for a digest");
	memcpy(p.hash, d.octet, sizeof(p.hash));
	*ret_password = p;
	return ERR_OK;
}

static enum err_code refuse_basic(struct err *e)
{
	return ERR_SET(e, UNAUTHENTICATED,
	    "expected a user and an app password: Authorization: Basic …");
}

/* "user:password" of base64, with its padding or without (RFC 4648, section 4). */
static bool decode_basic(
    const char *authorization, struct arena *a, char **ret_pair)
{
	uint8_t pair[BASIC_MAX + 1];
	char *text;
	size_t n;

	if (!authorization || strncasecmp(authorization, "Basic ", 6) != 0)
		return false;
	authorization += 6 + strspn(authorization + 6, " ");
	text = arena_strndup(a, authorization, strcspn(authorization, "="));
	for (char *s = text; s && *s; s++)
		*s = *s == '+' ? '-' : *s == '/' ? '_' : *s;
	if (!text || !base64url_decode(text, strlen(text), pair, BASIC_MAX, &n))
		return false;
	pair[n] = '\0';
	*ret_pair = arena_strndup(a, (const char *)pair, n);
	return *ret_pair && strlen(*ret_pair) == n &&
	       utf8_is_valid(*ret_pair, n);
}

enum err_code auth_read_basic(const char *authorization, struct arena *a,
    struct auth_credential *ret_credential, struct err *e)
{
	struct auth_credential c = {.by_provider = false};
	char *pair, *colon, *to;
	struct digest d;

	if (!decode_basic(authorization, a, &pair))
		return refuse_basic(e);
	colon = strchr(pair, ':');
	if (!colon)
		return refuse_basic(e);
	*colon = '\0';
	to = colon + 1;
	for (const char *s = to; *s; s++)
		if (*s != '-' && *s != ' ')
			*to++ = (char)(*s >= 'A' && *s <= 'Z' ? *s | 32 : *s);
	if (!digest_sha256(colon + 1, (size_t)(to - colon - 1), &d))
		return ERR_SET(e, NOMEM, "no memory for a digest");
	memcpy(c.hash, d.octet, sizeof(c.hash));
	c.user = pair;
	*ret_credential = c;
	return ERR_OK;
}

static enum err_code enter_app(struct db *db, struct arena *a,
    const struct auth_credential *credential, struct principal *ret_who,
    struct err *e)
{
	struct db_app_password p;
	enum err_code code = db_app_password_enter(
	    db, a, credential->hash, credential->user, &p, e);

	if (code == ERR_UNAUTHENTICATED)
		return refuse_basic(e);
	if (code == ERR_OK)
		*ret_who = (struct principal){.community_id = p.community_id,
		    .token_id = p.id,
		    .member_id = p.member_id,
		    .has_member = true,
		    .scopes = SCOPE_CALENDAR_READ};
	return code;
}

enum err_code auth_enter(struct db *db, struct arena *a,
    const struct auth_credential *credential, struct principal *ret_who,
    struct err *e)
{
	const struct oidc_person *p = &credential->person;
	struct db_token t;
	unsigned scopes = SCOPE_UNLIMITED;
	enum err_code code;

	if (credential->user)
		return enter_app(db, a, credential, ret_who, e);
	code = credential->by_provider
		   ? db_token_of_person(
			 db, a, p->community, p->issuer, p->subject, &t, e)
		   : db_token_find(db, a, credential->hash, &t, e);

	if (code == ERR_UNAUTHENTICATED)
		return refuse(e);
	if (code != ERR_OK)
		return code;
	if (t.scopes && !scope_parse(t.scopes, &scopes))
		return ERR_SET(e, BUG, "a token with unknown scopes");
	*ret_who = (struct principal){.community_id = t.community_id,
	    .token_id = t.id,
	    .member_id = t.member_id,
	    .has_member = t.has_member,
	    .by_provider = credential->by_provider,
	    .until = p->expires_at,
	    .role = auth_role_parse(t.role),
	    .scopes = scopes};
	return ERR_OK;
}

bool auth_is_member(const struct principal *who, const struct id *member_id)
{
	return who->has_member && memcmp(who->member_id.octet, member_id->octet,
				      sizeof(member_id->octet)) == 0;
}

enum err_code auth_require_role(
    const struct principal *who, unsigned roles, struct err *e)
{
	if (!(who->role & roles))
		return ERR_SET(e, FORBIDDEN,
		    "a token with the role %s may not do this",
		    auth_role_name(who->role));
	return ERR_OK;
}

enum err_code auth_require_scope(
    const struct principal *who, struct arena *a, unsigned scope, struct err *e)
{
	const char *name = scope_format(a, scope);

	if ((who->scopes & scope) != scope)
		return ERR_SET(e, FORBIDDEN,
		    "a token without the scope %s may not do this",
		    name ? name : "of this");
	return ERR_OK;
}

enum err_code auth_own_or_staff(const struct principal *who,
    const struct id *member_id, const char *what, struct err *e)
{
	if (!auth_is_staff(who) && !auth_is_member(who, member_id))
		return ERR_SET(e, NOT_FOUND, "there is no such %s", what);
	return ERR_OK;
}

enum err_code auth_require_member(
    const struct principal *who, struct id *ret_member_id, struct err *e)
{
	if (!who->has_member)
		return ERR_SET(e, FORBIDDEN, "this token belongs to no member");
	*ret_member_id = who->member_id;
	return ERR_OK;
}

enum err_code auth_acts_for(const struct principal *who, bool given,
    const char *place, struct id *member, struct err *e)
{
	bool own = !given || auth_is_member(who, member);

	if (given && (own || auth_is_staff(who)))
		return ERR_OK;
	if (given)
		return ERR_SET(
		    e, FORBIDDEN, "only for yourself with this token");
	if (!who->has_member && auth_is_staff(who)) {
		err_add_field(e, ERR_VALIDATION, place, "expected a member");
		return ERR_VALIDATION;
	}
	return auth_require_member(who, member, e);
}

enum err_code auth_viewer(
    const struct principal *who, const struct id **ret_viewer, struct err *e)
{
	if (!auth_is_staff(who) && !who->has_member)
		return ERR_SET(e, FORBIDDEN, "this token acts for no member");
	*ret_viewer = auth_is_staff(who) ? NULL : &who->member_id;
	return ERR_OK;
}
