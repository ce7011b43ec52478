/*
 * Handlers of feeds. The address holds a 256-bit secret of which the database has
 * the SHA-256 only: it is shown once, when it is made or rotated. Reading a feed
 * needs no token and tells nothing but the member's own calendar.
 */
#include <string.h>

#include "api/auth.h"
#include "api/digest.h"
#include "api/fresh.h"
#include "api/handlers.h"
#include "api/service_audit.h"
#include "api/service_events.h"
#include "api/used.h"
#include "base/id.h"
#include "base/instant.h"
#include "base/str.h"
#include "db/feeds.h"
#include "db/members.h"

enum {
	SECRET_OCTETS = 32,
	SECRET_TEXT = 2 * SECRET_OCTETS,
	ADDRESS_CAP = 4096,
};

struct secret {
	char text[SECRET_TEXT + 1];
	struct digest hash; /* of the text */
};

static enum err_code hash_of(
    const char *text, size_t n, struct digest *hash, struct err *e)
{
	if (!digest_sha256(text, n, hash))
		return ERR_SET(e, NOMEM, "no memory for a digest");
	return ERR_OK;
}

static enum err_code new_secret(struct secret *s, struct err *e)
{
	struct digest random;

	id_random(random.octet, sizeof(random.octet));
	digest_format(&random, s->text);
	return hash_of(s->text, SECRET_TEXT, &s->hash, e);
}

/* {"feed":{…},"url":"https://…","webcal_url":"webcal://…"}; a replay has the feed alone. */
static enum err_code show_secret(
    struct request *r, const struct db_doc *doc, const struct secret *s)
{
	const char *base = r->call.public_url, *host = strstr(base, "://");
	const char *json, *kept;
	struct str body;

	str_init(&body, ADDRESS_CAP);
	str_printf(&body, "{\"feed\":%s,\"url\":\"%s/feeds/%s.ics\"", doc->json,
	    base, s->text);
	str_printf(&body, ",\"webcal_url\":\"webcal%s/feeds/%s.ics\"}",
	    host != NULL ? host : "://localhost", s->text);
	json = body.failed ? NULL : arena_strdup(r->call.arena, body.data);
	str_free(&body);
	kept = arena_printf(r->call.arena,
	    "{\"feed\":%s,\"url\":null,\"webcal_url\":null}", doc->json);
	if (json == NULL || kept == NULL)
		return ERR_SET(&r->err, NOMEM, "the request is too large");
	reply_json(r, json);
	reply_secret(r, kept);
	return ERR_OK;
}

/* The member of the path, when the caller may manage their feeds. */
static enum err_code owner(struct request *r, struct id *member)
{
	enum err_code code = request_path_id(r, "id", "member", member);

	if (code == ERR_OK)
		code =
		    auth_own_or_staff(&r->call.who, member, "member", &r->err);
	return code;
}

enum err_code h_feeds_list(struct request *r)
{
	struct call *c = &r->call;
	struct db_page page;
	struct db_list found;
	struct db_doc doc;
	struct id member;
	enum err_code code = owner(r, &member);

	if (code == ERR_OK)
		code = request_page(r, &page);
	if (code == ERR_OK)
		code = db_member_get(c->db, c->arena, &c->who.community_id,
		    &member, &doc, &r->err);
	if (code == ERR_OK)
		code = db_feed_list(c->db, c->arena, &c->who.community_id,
		    &member, &page, &found, &r->err);
	return code == ERR_OK ? reply_list(r, &found) : code;
}

enum err_code h_feeds_create(struct request *r)
{
	struct call *c = &r->call;
	const struct id *community = &c->who.community_id;
	struct id member, id = id_new();
	struct db_doc doc;
	struct secret s;
	enum err_code code = owner(r, &member);

	if (code == ERR_OK)
		code = new_secret(&s, &r->err);
	if (code == ERR_OK)
		code = db_feed_insert(
		    c->db, community, &id, &member, s.hash.octet, &r->err);
	if (code == ERR_OK)
		code = service_audit_state(
		    c, "feed.create", "feed", &id, NULL, "live", &r->err);
	if (code == ERR_OK)
		code = db_feed_get(
		    c->db, c->arena, community, &member, &id, &doc, &r->err);
	if (code == ERR_OK)
		code = show_secret(r, &doc, &s);
	if (code == ERR_OK)
		r->reply.status = 201;
	return code;
}

enum err_code h_feeds_rotate(struct request *r)
{
	struct call *c = &r->call;
	const struct id *community = &c->who.community_id;
	struct id member, id;
	struct db_doc doc;
	struct secret s;
	enum err_code code = owner(r, &member);

	if (code == ERR_OK)
		code = request_path_id(r, "feed_id", "feed", &id);
	if (code == ERR_OK)
		code = new_secret(&s, &r->err);
	if (code == ERR_OK)
		code = db_feed_rotate(
		    c->db, community, &member, &id, s.hash.octet, &r->err);
	if (code == ERR_OK)
		code = service_audit_state(
		    c, "feed.rotate", "feed", &id, "live", "live", &r->err);
	if (code == ERR_OK)
		code = db_feed_get(
		    c->db, c->arena, community, &member, &id, &doc, &r->err);
	return code == ERR_OK ? show_secret(r, &doc, &s) : code;
}

enum err_code h_feeds_revoke(struct request *r)
{
	struct call *c = &r->call;
	struct id member, id;
	enum err_code code = owner(r, &member);

	if (code == ERR_OK)
		code = request_path_id(r, "feed_id", "feed", &id);
	if (code == ERR_OK)
		code = db_feed_revoke(
		    c->db, &c->who.community_id, &member, &id, &r->err);
	if (code == ERR_OK)
		code = service_audit_state(
		    c, "feed.revoke", "feed", &id, "live", "revoked", &r->err);
	if (code == ERR_OK)
		reply_no_content(r);
	return code;
}

static enum err_code reply_feed(
    struct request *r, const struct digest *version, const char *text, size_t n)
{
	char digest[DIGEST_TEXT_SIZE];
	const char *etag;

	digest_format(version, digest);
	etag = arena_printf(r->call.arena, "\"%s\"", digest);
	if (etag == NULL)
		return ERR_SET(&r->err, NOMEM, "the feed is too large");
	reply_versioned(r, "text/calendar; charset=utf-8", text, n, etag);
	return ERR_OK;
}

bool h_feeds_unchanged(struct request *r)
{
	const char *secret = request_path(r, "token");
	struct digest hash;
	struct fresh f;

	if (r->raw_query != NULL || r->header.if_none_match == NULL ||
	    hash_of(secret, strlen(secret), &hash, &r->err) != ERR_OK ||
	    !fresh_find(&hash, monotonic_ms(), &f) ||
	    reply_feed(r, &f.version, "", 0) != ERR_OK ||
	    r->reply.status != 304) {
		err_clear(&r->err);
		return false;
	}
	used_note(USED_FEED, &f.community, &f.feed);
	return true;
}

enum err_code h_feeds_read(struct request *r)
{
	struct call *c = &r->call;
	const char *secret = request_path(r, "token"), *text;
	struct fresh f = {.asked_ms = monotonic_ms()};
	struct db_feed feed;
	enum err_code code;
	size_t n;

	code = hash_of(secret, strlen(secret), &f.secret, &r->err);
	if (code == ERR_OK)
		code = db_feed_find(
		    c->db, c->arena, f.secret.octet, &feed, &r->err);
	if (code == ERR_OK)
		used_note(USED_FEED, &feed.community_id, &feed.id);
	if (code == ERR_OK)
		code = service_events_feed(
		    c, feed.name, instant_now(), &text, &n, &r->err);
	if (code == ERR_OK)
		code = hash_of(text, n, &f.version, &r->err);
	if (code != ERR_OK)
		return code;
	f.community = feed.community_id;
	f.feed = feed.id;
	fresh_note(&f);
	return reply_feed(r, &f.version, text, n);
}
