/*
 * Answers: see reply.h. The one place where an error becomes a problem document
 * (RFC 9457), and a list its page.
 */
#include "api/reply.h"

#include <string.h>

#include "api/cursor.h"
#include "api/digest.h"
#include "api/etag.h"
#include "api/request.h"
#include "api/router.h"
#include "base/jwrite.h"
#include "base/log.h"
#include "base/num.h"
#include "base/str.h"

enum {
	TAG_DIGITS = 16, /* of a document's digest */
	MAX_PROBLEM = 1 << 16,
	MAX_LIST = 64 << 20,
	RETRY_AFTER_S = 1
};

static const char JSON[] = "application/json";

static void set(struct request *r, unsigned status, const char *type,
    const char *body, size_t len)
{
	r->reply = (struct reply){.status = status,
	    .content_type = type,
	    .body = body,
	    .body_len = len};
}

void reply_header(struct request *r, const char *name, const char *value)
{
	struct reply *reply = &r->reply;

	if (value && reply->n_headers < REPLY_MAX_HEADERS)
		reply->header[reply->n_headers++] =
		    (struct reply_header){name, value};
}

void reply_versioned(struct request *r, const char *type, const char *body,
    size_t len, const char *etag)
{
	if (etag && r->header.if_none_match &&
	    etag_is_listed(r->header.if_none_match, etag) &&
	    (strcmp(r->method, "GET") == 0 || strcmp(r->method, "HEAD") == 0))
		set(r, 304, NULL, "", 0);
	else
		set(r, 200, type, body, len);
	reply_header(r, "ETag", etag);
}

void reply_digested(
    struct request *r, const char *type, const char *body, size_t len)
{
	char text[DIGEST_TEXT_SIZE];
	struct digest d;
	const char *etag = NULL;

	if (digest_sha256(body, len, &d)) {
		digest_format(&d, text);
		etag = arena_printf(r->call.arena, "\"%s\"", text);
	}
	reply_versioned(r, type, body, len, etag);
}

void reply_page(struct request *r, const char *html)
{
	static const char TYPE[] = "text/html; charset=utf-8";

	if (strcmp(r->route->method, "GET") == 0)
		reply_digested(r, TYPE, html, strlen(html));
	else
		reply_content(r, TYPE, html, strlen(html));
	reply_header(r, "Content-Security-Policy",
	    "default-src 'none'; base-uri 'none'; form-action 'self'; "
	    "frame-ancestors 'none'");
	reply_header(r, "Referrer-Policy", "no-referrer");
}

const char *reply_tag(struct request *r, const struct db_doc *doc)
{
	char text[DIGEST_TEXT_SIZE];
	struct digest d;

	if (strchr(doc->etag, '-') ||
	    !digest_sha256(doc->json, strlen(doc->json), &d))
		return doc->etag;
	digest_format(&d, text);
	return arena_printf(r->call.arena, "%.*s-%.*s\"",
	    (int)strlen(doc->etag) - 1, doc->etag, TAG_DIGITS, text);
}

void reply_doc(struct request *r, const struct db_doc *doc)
{
	reply_versioned(
	    r, JSON, doc->json, strlen(doc->json), reply_tag(r, doc));
}

void reply_created(
    struct request *r, const char *location, const struct db_doc *doc)
{
	set(r, 201, JSON, doc->json, strlen(doc->json));
	reply_header(r, "Location", location);
	reply_header(r, "ETag", reply_tag(r, doc));
}

void reply_accepted(struct request *r, const char *location, int retry_after_s,
    const struct db_doc *doc)
{
	set(r, 202, JSON, doc->json, strlen(doc->json));
	reply_header(r, "Location", location);
	reply_header(r, "ETag", reply_tag(r, doc));
	reply_header(
	    r, "Retry-After", arena_printf(r->call.arena, "%d", retry_after_s));
}

void reply_no_content(struct request *r)
{
	set(r, 204, NULL, "", 0);
}

void reply_json(struct request *r, const char *json)
{
	set(r, 200, JSON, json, strlen(json));
}

void reply_content(
    struct request *r, const char *type, const char *body, size_t len)
{
	set(r, 200, type, body, len);
}

void reply_secret(struct request *r, const char *kept)
{
	r->reply.kept_body = kept;
}

/* Percent-encode what is not unreserved. */
static void put_encoded(struct str *out, const char *s)
{
	for (; *s; s++)
		if (strchr("-._~", *s) || (*s >= '0' && *s <= '9') ||
		    (*s >= 'a' && *s <= 'z') || (*s >= 'A' && *s <= 'Z'))
			str_putc(out, *s);
		else
			str_printf(out, "%%%02X", (unsigned char)*s);
}

/* The address of the next page: this request's, with another cursor. */
static const char *next_address(struct request *r, const char *key)
{
	struct cursor_scope scope = {r->call.who.token_id, request_scope(r)};
	const char *cursor = cursor_write(r->call.arena, &scope, key);
	struct str out;
	const char *address = NULL;

	str_init(&out, MAX_PROBLEM);
	str_printf(&out, "%s?", r->path);
	for (size_t i = 0; i < r->n_query; i++) {
		if (strcmp(r->query[i].name, "cursor") == 0)
			continue;
		str_printf(&out, "%s=", r->query[i].name);
		put_encoded(&out, r->query[i].value);
		str_putc(&out, '&');
	}
	str_printf(&out, "cursor=%s", cursor ? cursor : "");
	if (cursor && !out.failed)
		address = arena_strdup(r->call.arena, out.data);
	str_free(&out);
	return address;
}

enum err_code reply_list(struct request *r, const struct db_list *list)
{
	const char *next = NULL;
	struct str out;
	struct jwrite w;
	char *body = NULL;
	size_t len;

	if (list->more) {
		next = next_address(r, list->last);
		if (!next)
			return ERR_SET(
			    &r->err, NOMEM, "no memory for the list");
	}
	str_init(&out, MAX_LIST);
	jwrite_init(&w, &out, false);
	jwrite_object(&w);
	jwrite_key_array(&w, "items");
	for (size_t i = 0; i < list->n; i++)
		jwrite_raw(&w, list->doc[i], strlen(list->doc[i]));
	jwrite_array_end(&w);
	jwrite_key_text(&w, "next", next);
	jwrite_object_end(&w);
	len = out.len;
	if (jwrite_done(&w))
		body = arena_strndup(r->call.arena, out.data, len);
	str_free(&out);
	if (!body)
		return ERR_SET(&r->err, NOMEM, "no memory for the list");
	reply_digested(r, JSON, body, len);
	if (next)
		reply_header(r, "Link",
		    arena_printf(r->call.arena, "<%s>; rel=\"next\"", next));
	return ERR_OK;
}

/* "/x": pointer, "?x": parameter, "header:x": header, "row:12:x": row and column
 * of a file. */
static void write_place(struct jwrite *w, const char *place)
{
	if (*place == '?') {
		jwrite_key_text(w, "parameter", place + 1);
	} else if (strncmp(place, "header:", 7) == 0) {
		jwrite_key_text(w, "header", place + 7);
	} else if (strncmp(place, "row:", 4) == 0) {
		const char *colon = strchr(place + 4, ':');
		int64_t row = 0;

		if (colon &&
		    num_parse_i64(place + 4, (size_t)(colon - place - 4), 0,
			INT32_MAX, &row)) {
			jwrite_key_int(w, "row", row);
			jwrite_key_text(w, "column", colon + 1);
		}
	} else {
		jwrite_key_text(w, "pointer", place);
	}
}

static void write_problem(
    struct jwrite *w, const struct request *r, const struct err *e)
{
	char type[ERR_PLACE_SIZE];

	snprintf(type, sizeof(type), "/problems/%s", err_slug(e->code));
	jwrite_object(w);
	jwrite_key_text(w, "type", type);
	jwrite_key_text(w, "title", err_title(e->code));
	jwrite_key_int(w, "status", err_status(e->code));
	jwrite_key_text(w, "detail",
	    *e->detail        ? e->detail
	    : e->n_fields > 0 ? e->field[0].detail
			      : err_title(e->code));
	jwrite_key_text(w, "instance", r->path ? r->path : "/");
	jwrite_key_text(w, "request_id", r->id);
	jwrite_key_bool(w, "retryable", err_retryable(e->code));
	if (*e->note_name)
		jwrite_key_text(w, e->note_name, e->note_value);
	if (e->n_fields > 0) {
		jwrite_key_array(w, "errors");
		for (unsigned i = 0; i < e->n_fields; i++) {
			jwrite_object(w);
			write_place(w, e->field[i].place);
			jwrite_key_text(w, "detail", e->field[i].detail);
			jwrite_object_end(w);
		}
		jwrite_array_end(w);
		if (e->n_dropped > 0)
			jwrite_key_int(w, "errors_omitted", e->n_dropped);
	}
	jwrite_object_end(w);
}

void reply_problem(struct request *r, const struct err *e)
{
	struct str out;
	struct jwrite w;
	char *body = NULL;
	size_t len;

	str_init(&out, MAX_PROBLEM);
	jwrite_init(&w, &out, false);
	write_problem(&w, r, e);
	len = out.len;
	if (jwrite_done(&w))
		body = arena_strndup(r->call.arena, out.data, len);
	str_free(&out);
	set(r, (unsigned)err_status(e->code), "application/problem+json",
	    body ? body : "{}", body ? len : 2);
	if (e->code == ERR_UNAUTHENTICATED)
		reply_header(r, "WWW-Authenticate",
		    r->route->flags & ROUTE_BASIC
			? "Basic realm=\"cairn\", charset=\"UTF-8\""
			: "Bearer realm=\"cairn\"");
	if (e->code == ERR_METHOD)
		reply_header(r, "Allow", r->allow);
	if (err_retryable(e->code))
		reply_header(r, "Retry-After",
		    arena_printf(r->call.arena, "%lld",
			(long long)(r->retry_after_s > 0 ? r->retry_after_s
							 : RETRY_AFTER_S)));
}
