/*
 * The answer of a request: filled by a handler, sent by the server.
 *
 * Texts given are not copied: they come from the request's arena or are constants.
 * A later call replaces an earlier one. Headers that every answer has
 * (X-Request-Id, nosniff, no-store, Date) are added when it is sent.
 */
#ifndef API_REPLY_H
#define API_REPLY_H

#include <stddef.h>

#include "base/err.h"
#include "db/db.h"

struct request;

enum {
	REPLY_MAX_HEADERS = 8
};

struct reply_header {
	const char *name, *value;
};

struct reply {
	unsigned status; /* 0: nothing said yet */
	const char *content_type;
	const char *body;
	size_t body_len;
	struct reply_header header[REPLY_MAX_HEADERS];
	size_t n_headers;
	const char *kept_body; /* see reply_secret */
};

/* 200 with any content and its ETag (NULL: none); 304 when If-None-Match names it. */
void reply_versioned(struct request *r, const char *type, const char *body,
    size_t len, const char *etag);

/* The same with the SHA-256 of the content as its ETag: for what has no version of its
 * own. Saves the way to the client, not the work. Without memory for a tag there is
 * none. */
void reply_digested(
    struct request *r, const char *type, const char *body, size_t len);

/* A page for people, behind a secret address: it loads and runs nothing, and tells no
 * other site where it was. What a GET gives has an ETag. */
void reply_page(struct request *r, const char *html);

/* The ETag of a document: the version of its row, as doc->etag has it, and a digest of
 * the whole. A tag that has both already stays. */
const char *reply_tag(struct request *r, const struct db_doc *doc);

/* 200 with the document and its ETag; 304 when If-None-Match names it. */
void reply_doc(struct request *r, const struct db_doc *doc);

/* 200 {"items":[…],"next":"<address>"|null} by its digest, with a Link header beside
 * it. */
enum err_code reply_list(
    struct request *r, const struct db_list *list) ERR_CHECKED;

/* 201 with Location, ETag and the document. */
void reply_created(
    struct request *r, const char *location, const struct db_doc *doc);

/* 202 with Location, Retry-After and the document of the running work. */
void reply_accepted(struct request *r, const char *location, int retry_after_s,
    const struct db_doc *doc);

/* 204 */
void reply_no_content(struct request *r);

/* 200 with JSON that is no versioned document. */
void reply_json(struct request *r, const char *json);

/* 200 with any other content, without a tag. */
void reply_content(
    struct request *r, const char *type, const char *body, size_t len);

/* One more header of the answer; kept across the calls above that set a body, so
 * call it after them. */
void reply_header(struct request *r, const char *name, const char *value);

/* The answer holds a secret that is shown once: a replay of it gets `kept`, the same
 * document without the secret, so that no secret ever lies in the database. */
void reply_secret(struct request *r, const char *kept);

/* The problem document of e (RFC 9457). The pipeline calls it for every handler
 * that fails; handlers only return the error. */
void reply_problem(struct request *r, const struct err *e);

#endif
