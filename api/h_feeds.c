/*
 * Handlers of feeds. The address holds a 256-bit secret of which the database has
 * the SHA-256 only: it is shown once, when it is made or rotated. Reading a feed
 * needs no token and tells nothing but the calendar that it is of.
 */
#include <string.h>

#include "api/auth.h"
#include "api/bind.h"
#include "api/digest.h"
#include "api/fresh.h"
#include "api/handlers.h"
#include "api/letter.h"
#include "api/qr.h"
#include "api/service_events.h"
#include "api/service_feeds.h"
#include "api/used.h"
#include "base/id.h"
#include "base/instant.h"
#include "base/str.h"
#include "calendars/feed_page.h"
#include "db/members.h"

enum {
	SECRET_OCTETS = 32,
	SECRET_TEXT = 2 * SECRET_OCTETS,
	ADDRESS_CAP = 4096,
	PAGE_CAP = 1 << 18,
	MODULE_PIXELS = 5, /* of the QR code */
};

struct input {
	struct id cohort_id, program_id;
	int64_t expires_at;
	enum bind_seen cohort, program, expires;
};

static const struct bind FEED[] = {
    {"cohort_id", BIND_UUID, BIND_NULLABLE, BIND_INTO(struct input, cohort_id),
	BIND_SEEN(struct input, cohort)},
    {"program_id", BIND_UUID, BIND_NULLABLE,
	BIND_INTO(struct input, program_id), BIND_SEEN(struct input, program)},
    {"expires_at", BIND_INSTANT, BIND_NULLABLE,
	BIND_INTO(struct input, expires_at), BIND_SEEN(struct input, expires)},
    {0},
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

/* The address of a secret under another scheme, or NULL. */
static const char *address(const struct request *r, bool webcal,
    const char *secret, const char *ending)
{
	const char *base = r->call.public_url, *host = strstr(base, "://");

	if (host == NULL)
		return NULL;
	return arena_printf(r->call.arena, "%s%s/feeds/%s%s",
	    webcal ? "webcal" : "", webcal ? host : base, secret, ending);
}

/* {"feed":{…},"url":"https://…", …}; a replay has the feed alone. */
static enum err_code show_secret(
    struct request *r, const struct db_doc *doc, const struct secret *s)
{
	const char *json, *kept;
	const char *url = address(r, false, s->text, ".ics");
	const char *webcal = address(r, true, s->text, ".ics");
	const char *page = address(r, false, s->text, "");

	json = arena_printf(r->call.arena,
	    "{\"feed\":%s,\"url\":\"%s\",\"webcal_url\":\"%s\","
	    "\"page_url\":\"%s\"}",
	    doc->json, url ? url : "", webcal ? webcal : "", page ? page : "");
	kept = arena_printf(r->call.arena,
	    "{\"feed\":%s,\"url\":null,\"webcal_url\":null,"
	    "\"page_url\":null}",
	    doc->json);
	if (!url || !webcal || !page || !json || !kept)
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
	struct input in = {.cohort = BIND_ABSENT};
	struct feed_order order = {.cohort_id = NULL};
	struct db_doc doc;
	struct secret s;
	enum err_code code = owner(r, &order.member_id);

	if (code == ERR_OK && r->json)
		code = bind_object(r->call.arena, r->json, FEED, &in, &r->err);
	if (in.cohort == BIND_VALUE)
		order.cohort_id = &in.cohort_id;
	if (in.program == BIND_VALUE)
		order.program_id = &in.program_id;
	if (in.expires == BIND_VALUE)
		order.expires_at = &in.expires_at;
	if (code == ERR_OK)
		code = new_secret(&s, &r->err);
	if (code == ERR_OK)
		code = service_feeds_create(
		    &r->call, &order, s.hash.octet, &doc, &r->err);
	if (code == ERR_OK)
		code = show_secret(r, &doc, &s);
	if (code == ERR_OK)
		r->reply.status = 201;
	return code;
}

enum err_code h_feeds_rotate(struct request *r)
{
	struct id member, id;
	struct db_doc doc;
	struct secret s;
	enum err_code code = owner(r, &member);

	if (code == ERR_OK)
		code = request_path_id(r, "feed_id", "feed", &id);
	if (code == ERR_OK)
		code = new_secret(&s, &r->err);
	if (code == ERR_OK)
		code = service_feeds_rotate(
		    &r->call, &member, &id, s.hash.octet, &doc, &r->err);
	return code == ERR_OK ? show_secret(r, &doc, &s) : code;
}

enum err_code h_feeds_revoke(struct request *r)
{
	struct id member, id;
	enum err_code code = owner(r, &member);

	if (code == ERR_OK)
		code = request_path_id(r, "feed_id", "feed", &id);
	if (code == ERR_OK)
		code = service_feeds_revoke(&r->call, &member, &id, &r->err);
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
		code = service_events_feed(c, feed.name, f.secret.octet,
		    instant_now(), &text, &n, &r->err);
	if (code == ERR_OK)
		code = hash_of(text, n, &f.version, &r->err);
	if (code != ERR_OK)
		return code;
	f.community = feed.community_id;
	f.feed = feed.id;
	fresh_note(&f);
	return reply_feed(r, &f.version, text, n);
}

static enum err_code write_page(struct request *r, const struct db_feed *feed,
    struct str *picture, struct str *out)
{
	const char *secret = request_path(r, "token");
	struct feed_page page = {
	    .language = letter_language(feed->languages, r->call.mail_language),
	    .name = feed->name,
	    .webcal = address(r, true, secret, ".ics"),
	    .address = address(r, false, secret, ".ics"),
	};
	enum err_code code;

	if (page.webcal == NULL || page.address == NULL)
		return ERR_SET(&r->err, NOMEM, "the page is too large");
	code =
	    qr_svg(picture, page.webcal, MODULE_PIXELS, page.webcal, &r->err);
	if (code != ERR_OK)
		return code;
	page.picture = picture->data;
	feed_page_write(out, &page);
	return out->failed || picture->failed
		   ? ERR_SET(&r->err, NOMEM, "the page is too large")
		   : ERR_OK;
}

enum err_code h_feeds_page(struct request *r)
{
	struct call *c = &r->call;
	const char *secret = request_path(r, "token"), *text = NULL;
	struct str picture, out;
	struct db_feed feed;
	struct digest hash;
	enum err_code code = hash_of(secret, strlen(secret), &hash, &r->err);

	if (code == ERR_OK)
		code =
		    db_feed_find(c->db, c->arena, hash.octet, &feed, &r->err);
	if (code != ERR_OK)
		return code;
	str_init(&picture, PAGE_CAP);
	str_init(&out, PAGE_CAP);
	code = write_page(r, &feed, &picture, &out);
	if (code == ERR_OK)
		text = arena_strndup(c->arena, out.data, out.len);
	str_free(&picture);
	str_free(&out);
	if (code == ERR_OK && text == NULL)
		code = ERR_SET(&r->err, NOMEM, "the page is too large");
	if (code == ERR_OK)
		reply_page(r, text);
	return code;
}
