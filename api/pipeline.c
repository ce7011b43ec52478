/*
 * The steps of a request: see pipeline.h. The first failure decides the answer, so
 * that the same wrong request always gets the same code.
 */
#include "api/pipeline.h"

#include <json-c/json.h>
#include <string.h>
#include <strings.h>

#include "api/auth.h"
#include "api/digest.h"
#include "api/etag.h"
#include "api/json.h"
#include "api/negotiate.h"
#include "api/router.h"
#include "api/scope.h"
#include "api/used.h"
#include "base/instant.h"
#include "base/jwrite.h"
#include "base/log.h"
#include "base/metric.h"
#include "db/idempotency.h"

enum {
	KEY_MIN = 16,
	KEY_MAX = 255,
	MAX_HEADERS_JSON = 16384
};

/* ---- what the request says ---- */

/* IPv6 clients have a whole network of 64 bits each. */
static void failure_key(const struct request *r, uint8_t key[LIMITS_KEY_SIZE])
{
	static const uint8_t V4[12] = {[10] = 0xff, [11] = 0xff};

	memcpy(key, r->client.octet, LIMITS_KEY_SIZE);
	if (memcmp(key, V4, sizeof(V4)) != 0)
		memset(key + 8, 0, LIMITS_KEY_SIZE - 8);
}

/* The route has a secret to guess, and the client is known. */
static bool may_guess(const struct request *r)
{
	static const struct address NONE;

	return (r->route->roles != ROLES_NONE ||
		   r->route->flags &
		       (ROUTE_FEED | ROUTE_SECRET | ROUTE_BASIC)) &&
	       !r->client_is_proxy &&
	       memcmp(&r->client, &NONE, sizeof(NONE)) != 0;
}

/* Whoever guessed too much is not heard: also not when they are right at last. */
static enum err_code check_client(struct request *r)
{
	uint8_t key[LIMITS_KEY_SIZE];
	struct limits_state state;

	failure_key(r, key);
	if (!may_guess(r) ||
	    limits_look(r->limits, LIMITS_FAILURE, key, monotonic_ms(), &state))
		return ERR_OK;
	r->retry_after_s = state.retry_s;
	return ERR_SET(
	    &r->err, RATE, "too many failed attempts from this address");
}

static void note_failure(struct request *r)
{
	bool wrong = r->err.code == ERR_UNAUTHENTICATED ||
		     (r->route->flags & (ROUTE_FEED | ROUTE_SECRET) &&
			 r->err.code == ERR_NOT_FOUND);
	uint8_t key[LIMITS_KEY_SIZE];
	struct limits_state state;

	failure_key(r, key);
	if (wrong && may_guess(r))
		(void)limits_take(
		    r->limits, LIMITS_FAILURE, key, monotonic_ms(), &state);
}

/* Who calls, and whether they may: the transaction acts for them from here on. */
static enum err_code check_caller(struct request *r)
{
	const struct route *route = r->route;
	const struct principal *who = &r->call.who;
	enum err_code code;

	if (route->roles == ROLES_NONE && !(route->flags & ROUTE_BASIC))
		return ERR_OK;
	code = auth_enter(
	    r->call.db, r->call.arena, &r->credential, &r->call.who, &r->err);
	if (code != ERR_OK)
		return code;
	used_note(r->credential.user          ? USED_APP_PASSWORD
		  : r->credential.by_provider ? USED_IDENTITY
					      : USED_TOKEN,
	    &who->community_id, &who->token_id);
	code = request_take(r, LIMITS_CALLER, who->token_id.octet,
	    "too many requests with this token");
	if (route->flags & ROUTE_BASIC)
		return code;
	if (code == ERR_OK)
		code = auth_require_role(who, route->roles, &r->err);
	if (code == ERR_OK && !(route->flags & ROUTE_OWN_TOKEN))
		code = auth_require_scope(who, r->call.arena,
		    scope_needed(route->method, route->path), &r->err);
	return code;
}

/* The media type without its parameters is `want`, and if it names a character set, that
 * is UTF-8: another one would be misread. */
static bool is_type(const char *type, const char *want)
{
	const char *charset;
	size_t n;

	if (!type)
		return false;
	n = strcspn(type, "; \t");
	charset = strcasestr(type + n, "charset=");
	if (charset) {
		charset += strlen("charset=");
		charset += *charset == '"';
		if (strncasecmp(charset, "utf-8", 5) != 0)
			return false;
	}
	return n == strlen(want) && strncasecmp(type, want, n) == 0;
}

static enum err_code read_json(struct request *r, const char *type)
{
	if (!is_type(r->header.content_type, type)) {
		err_add_field(&r->err, ERR_MEDIA_TYPE, "header:Content-Type",
		    "expected %s in UTF-8", type);
		return r->err.code;
	}
	return json_read(
	    r->call.arena, r->body, r->body_len, &r->json, &r->err);
}

/* Bodies that are files or forms. Mail programs that stop mail for their user send either
 * kind of form (RFC 8058, 3.1). */
static const struct {
	unsigned flag;
	const char *type;
} FILES[] = {{ROUTE_CSV, "text/csv"}, {ROUTE_CALENDAR, "text/calendar"},
    {ROUTE_MAIL, "message/rfc822"},
    {ROUTE_FORM, "application/x-www-form-urlencoded"},
    {ROUTE_FORM, "multipart/form-data"}, {ROUTE_XML, "application/xml"},
    {ROUTE_XML, "text/xml"}};

static enum err_code check_file_type(struct request *r, unsigned flags)
{
	const char *expected = "";

	for (size_t i = 0; i < sizeof(FILES) / sizeof(FILES[0]); i++) {
		if (!(flags & FILES[i].flag))
			continue;
		if (is_type(r->header.content_type, FILES[i].type))
			return ERR_OK;
		expected = arena_printf(r->call.arena, "%s%s%s", expected,
		    *expected ? " or " : "", FILES[i].type);
		if (!expected)
			return ERR_SET(&r->err, NOMEM, "no memory");
	}
	err_add_field(&r->err, ERR_MEDIA_TYPE, "header:Content-Type",
	    "expected %s in UTF-8", expected);
	return r->err.code;
}

static enum err_code read_body(struct request *r)
{
	unsigned flags = r->route->flags;

	if (!(flags & ROUTE_BODY) && r->body_len > 0)
		return ERR_SET(&r->err, SYNTAX, "this request takes no body");
	if (!(flags & ROUTE_BODY) ||
	    (flags & ROUTE_OPTIONAL && r->body_len == 0))
		return ERR_OK;
	if (flags & ROUTE_MERGE)
		return read_json(r, "application/merge-patch+json");
	if (flags & ROUTE_JSON)
		return read_json(r, "application/json");
	return check_file_type(r, flags);
}

/* The key, with or without the quotes of a structured field. */
static enum err_code read_key(struct request *r, const char **ret_key)
{
	static const char PLACE[] = "header:Idempotency-Key";
	const char *s = r->header.idempotency_key;
	size_t n = s ? strlen(s) : 0;

	if (!s) {
		err_add_field(&r->err, ERR_KEY_MISSING, PLACE,
		    "expected a key of %d to %d visible characters", KEY_MIN,
		    KEY_MAX);
		return r->err.code;
	}
	if (n >= 2 && s[0] == '"' && s[n - 1] == '"') {
		s++;
		n -= 2;
	}
	for (size_t i = 0; i < n; i++)
		if (s[i] <= ' ' || s[i] > '~')
			n = 0;
	if (n < KEY_MIN || n > KEY_MAX) {
		err_add_field(&r->err, ERR_FIELD, PLACE,
		    "expected a key of %d to %d visible characters", KEY_MIN,
		    KEY_MAX);
		return r->err.code;
	}
	*ret_key = arena_strndup(r->call.arena, s, n);
	return *ret_key ? ERR_OK : ERR_SET(&r->err, NOMEM, "no memory");
}

static enum err_code read_if_match(struct request *r)
{
	const char *s = r->header.if_match;

	if (!s) {
		err_add_field(&r->err, ERR_PRECONDITION, "header:If-Match",
		    "expected the ETag of the version to change");
		return r->err.code;
	}
	if (strcmp(s, "*") == 0) {
		r->if_match = REQUEST_ANY_VERSION;
		return ERR_OK;
	}
	/* No ETag of ours has another form: such a version never existed. */
	if (!etag_parse_version(s, &r->if_match))
		err_add_field(&r->err, ERR_STALE, "header:If-Match",
		    "expected the ETag of the current version");
	return r->err.code;
}

/* ---- the transaction ---- */

struct run {
	struct request *r;
	bool is_read; /* query, body and headers: once, whatever the attempts */
	bool dry, was_good; /* validate_only: everything but the commit */
	const char *key;
	struct digest fingerprint;
};

/* What makes two requests the same: path, query and content. JSON counts without
 * its white space. */
static enum err_code take_fingerprint(struct request *r, struct digest *out)
{
	const char *body = r->json ? json_object_to_json_string_ext(
					 r->json, JSON_C_TO_STRING_PLAIN)
				   : r->body;
	size_t n = r->json ? strlen(body) : r->body_len;
	struct digest content;
	char text[DIGEST_TEXT_SIZE];
	const char *whole;

	if (digest_sha256(n ? body : "", n, &content)) {
		digest_format(&content, text);
		whole = arena_printf(r->call.arena, "%s\n%s\n%s", r->path,
		    r->raw_query ? r->raw_query : "", text);
		if (whole && digest_sha256(whole, strlen(whole), out))
			return ERR_OK;
	}
	return ERR_SET(&r->err, NOMEM, "no memory for the fingerprint");
}

static struct db_idempotency key_of(const struct run *run)
{
	const struct request *r = run->r;

	return (struct db_idempotency){
	    .community_id = r->call.who.community_id,
	    .principal = r->call.who.token_id,
	    .method = r->route->method,
	    .route = r->route->path,
	    .key = run->key,
	    .fingerprint = run->fingerprint.octet,
	    .fingerprint_len = DIGEST_SIZE,
	};
}

static enum err_code replay(struct request *r, const struct db_answer *answer)
{
	struct json_object *headers;
	enum err_code code = json_read(r->call.arena, answer->headers,
	    strlen(answer->headers), &headers, &r->err);

	if (code != ERR_OK)
		return code;
	r->reply = (struct reply){.status = (unsigned)answer->status,
	    .body = answer->body ? answer->body : "",
	    .body_len = answer->body ? strlen(answer->body) : 0};
	json_object_object_foreach(headers, name, value) {
		const char *text = json_object_get_string(value);

		if (strcmp(name, "Content-Type") == 0)
			r->reply.content_type = text;
		else
			reply_header(r, name, text);
	}
	reply_header(r, "Idempotency-Replayed", "true");
	return ERR_OK;
}

static enum err_code store(const struct run *run)
{
	struct request *r = run->r;
	const struct reply *reply = &r->reply;
	const struct db_idempotency key = key_of(run);
	struct db_answer answer = {.status = reply->status};
	struct str headers;
	struct jwrite w;
	enum err_code code;

	if (reply->body_len > 0)
		answer.body = reply->kept_body ? reply->kept_body : reply->body;
	str_init(&headers, MAX_HEADERS_JSON);
	jwrite_init(&w, &headers, false);
	jwrite_object(&w);
	if (reply->content_type)
		jwrite_key_text(&w, "Content-Type", reply->content_type);
	for (size_t i = 0; i < reply->n_headers; i++)
		jwrite_key_text(
		    &w, reply->header[i].name, reply->header[i].value);
	jwrite_object_end(&w);
	answer.headers = headers.data;
	code = jwrite_done(&w)
		   ? db_idempotency_store(r->call.db, &key, &answer, &r->err)
		   : ERR_SET(&r->err, NOMEM, "no memory for the answer");
	str_free(&headers);
	return code;
}

/* Of what every client must be able to read, a problem, no Accept is asked. */
static enum err_code check_accept(struct request *r)
{
	if (!(r->route->flags & ROUTE_ANY) &&
	    !negotiate_accepts(r->header.accept, "application/json"))
		err_add_field(&r->err, ERR_NOT_ACCEPTABLE, "header:Accept",
		    "expected application/json among what is accepted");
	return r->err.code;
}

static enum err_code read_request(struct run *run)
{
	struct request *r = run->r;
	unsigned flags = r->route->flags;
	enum err_code code;

	if (run->is_read)
		return ERR_OK;
	code = router_query(r, r->raw_query, &r->err);
	if (code == ERR_OK)
		code = check_accept(r);
	if (code == ERR_OK)
		code = read_body(r);
	if (code == ERR_OK && flags & ROUTE_KEY)
		code = read_key(r, &run->key);
	if (code == ERR_OK && flags & ROUTE_IF_MATCH)
		code = read_if_match(r);
	if (code == ERR_OK && run->key)
		code = take_fingerprint(r, &run->fingerprint);
	if (code == ERR_OK && flags & ROUTE_DRY)
		code = request_query_bool(r, "validate_only", &run->dry);
	run->is_read = code == ERR_OK;
	return code;
}

/* The answer says what would be; that nothing is, the transaction is told by an error
 * that ends here. */
static enum err_code only_validated(struct run *run, struct err *e)
{
	struct reply *reply = &run->r->reply;
	size_t n = 0;

	for (size_t i = 0; i < reply->n_headers; i++)
		if (strcmp(reply->header[i].name, "Location") != 0 &&
		    strcmp(reply->header[i].name, "Retry-After") != 0)
			reply->header[n++] = reply->header[i];
	reply->n_headers = n;
	reply->status = 200;
	run->r->recheck = NULL;
	run->was_good = true;
	return ERR_SET(e, STATE, "validated only");
}

/* One attempt; db_tx_run may make several. */
static enum err_code attempt(struct db *db, void *cookie, struct err *e)
{
	struct run *run = cookie;
	struct request *r = run->r;
	struct db_idempotency key;
	struct db_answer answer;
	bool found = false;
	enum err_code code;

	r->reply = (struct reply){0};
	r->recheck = NULL;
	code = check_caller(r);
	if (code == ERR_OK)
		code = read_request(run);
	if (code == ERR_OK && run->key && !run->dry) {
		key = key_of(run);
		code = db_idempotency_begin(
		    db, r->call.arena, &key, &found, &answer, e);
	}
	if (code != ERR_OK)
		return code;
	if (found)
		return replay(r, &answer);
	code = r->route->handler(r);
	if (code == ERR_OK && r->err.code != ERR_OK)
		code = r->err.code;
	if (code == ERR_OK && r->reply.status == 0)
		code = ERR_SET(e, BUG, "the handler gave no answer");
	if (code == ERR_OK && arena_failed(r->call.arena))
		code = ERR_SET(e, NOMEM, "the request needs too much memory");
	if (code == ERR_OK && run->dry)
		return only_validated(run, e);
	if (code == ERR_OK && run->key)
		code = store(run);
	return code;
}

static enum db_mode mode_of(const struct route *route)
{
	return router_reads(route) ? DB_READ : DB_WRITE;
}

static enum err_code steps(struct request *r)
{
	struct run run = {.r = r};
	enum err_code code;

	if (monotonic_ms() > r->deadline_ms)
		return ERR_SET(&r->err, TIMEOUT, "the request waited too long");
	if (check_client(r) != ERR_OK)
		return r->err.code;
	if (r->route->flags & ROUTE_BASIC &&
	    auth_read_basic(r->header.authorization, r->call.arena,
		&r->credential, &r->err) != ERR_OK)
		return r->err.code;
	if (r->route->roles != ROLES_NONE &&
	    auth_read(r->header.authorization, r->oidc, r->call.arena,
		&r->credential, &r->err) != ERR_OK)
		return r->err.code; /* without a word to the database */
	if (r->route->flags & ROUTE_NO_DB)
		return attempt(NULL, &run, &r->err);
	code = db_tx_run(r->call.db, mode_of(r->route), attempt, &run, &r->err);
	if (!run.was_good)
		return code;
	err_clear(&r->err);
	return ERR_OK;
}

void pipeline_fail(struct request *r)
{
	const struct err *e = &r->err;

	if (e->code == ERR_BUG)
		metric_add(METRIC_bugs_total, NULL, NULL, 1);
	/* Under overload one line a refusal would be a load of its own; shed_total
	 * counts them. */
	if (err_status(e->code) >= 500 && e->code != ERR_OVERLOAD)
		LOG(LOG_WARN, "failure", LOG_TEXT("request", r->id),
		    LOG_TEXT("kind", err_slug(e->code)),
		    LOG_TEXT("detail", e->detail), LOG_TEXT("file", e->file),
		    LOG_INT("line", e->line));
	reply_problem(r, e);
}

void pipeline_run(struct request *r)
{
	if (steps(r) != ERR_OK) {
		if (r->err.code == ERR_OK)
			(void)ERR_SET(&r->err, BUG, "an error without a cause");
		r->recheck = NULL;
		note_failure(r);
		pipeline_fail(r);
	}
	/* What the client had already costs nothing. */
	if (r->reply.status == 304 && r->taken & 1u << LIMITS_CALLER)
		limits_give(r->limits, LIMITS_CALLER,
		    r->call.who.token_id.octet, monotonic_ms(), &r->rate);
}

/* ---- long work ---- */

struct look {
	struct request *r;
	bool done;
};

static enum err_code look_again(struct db *db, void *cookie, struct err *e)
{
	struct look *look = cookie;

	enum err_code code = check_caller(look->r);

	(void)db;
	(void)e;
	look->done = false;
	return code == ERR_OK ? look->r->recheck(look->r, &look->done) : code;
}

bool pipeline_recheck(struct request *r)
{
	const struct reply before = r->reply;
	struct look look = {.r = r};

	if (db_tx_run(r->call.db, DB_READ, look_again, &look, &r->err) !=
	    ERR_OK) {
		/* The work was accepted; that stays a true answer. */
		err_clear(&r->err);
		r->reply = before;
		return true;
	}
	if (!look.done)
		r->reply = before;
	return look.done;
}

int pipeline_wait_seconds(const struct request *r)
{
	int64_t s = r->route->flags & ROUTE_WAIT
			? negotiate_prefer(r->header.prefer).wait_s
			: 0;

	return s < REQUEST_WAIT_MAX_S ? (int)s : REQUEST_WAIT_MAX_S;
}

void pipeline_applied(struct request *r, bool waited)
{
	bool async = r->route->flags & ROUTE_WAIT && r->reply.status == 202 &&
		     negotiate_prefer(r->header.prefer).respond_async;

	if (waited)
		reply_header(r, "Preference-Applied",
		    arena_printf(r->call.arena, "%swait=%d",
			async ? "respond-async, " : "",
			pipeline_wait_seconds(r)));
	else if (async)
		reply_header(r, "Preference-Applied", "respond-async");
}
