/*
 * One HTTP request, from its first header to its last octet.
 *
 * The event thread fills it until the body is complete, one worker at a time has it
 * then, and MHD's completion callback frees it. Everything a handler needs hangs on
 * it; what it allocates comes from call.arena and dies with the request.
 *
 * A handler (h_*.c) is `enum err_code h_thing_verb(struct request *r)`: bind, call
 * one service, reply. It runs inside the transaction that the pipeline opened (read
 * only for GET), so a failure it returns rolls everything back and becomes a
 * problem document; after ERR_OK the pipeline stores the answer under the
 * idempotency key and commits. It may be run again after a serialisation failure:
 * it must not keep anything outside of the request and the transaction.
 */
#ifndef API_REQUEST_H
#define API_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "api/address.h"
#include "api/auth.h"
#include "api/call.h"
#include "api/limits.h"
#include "api/reply.h"
#include "base/err.h"

struct json_object;
struct route;
struct server;

enum {
	REQUEST_MAX_PATH_PARAMS = 4,
	REQUEST_MAX_QUERY = 16,
	REQUEST_ID_SIZE = 65,
	REQUEST_WAIT_MAX_S = 25, /* cap of Prefer: wait */
	REQUEST_ANY_VERSION = 0, /* if_match after `If-Match: *` */
};

struct request_pair {
	const char *name;  /* decoded */
	const char *value; /* decoded, no NUL */
};

/* The headers that the service reads; NULL when absent. Lists are of all their lines. */
struct request_headers {
	const char *accept, *authorization, *content_type, *idempotency_key,
	    *if_match, *if_none_match, *prefer, *forwarded_for, *depth;
};

struct request {
	struct call call; /* connection, arena, principal */
	struct err err;   /* what the handler fails with */
	struct reply reply;
	const char *allow; /* methods of the path, for a 405 */

	const struct route *route;
	const char *method;
	const char *path; /* raw, without the query */
	struct request_pair path_param[REQUEST_MAX_PATH_PARAMS];
	size_t n_path_params;
	struct request_pair query[REQUEST_MAX_QUERY];
	size_t n_query;
	const char *raw_query; /* NULL without one */
	struct request_headers header;
	struct auth_credential credential; /* on routes with roles */
	struct oidc *oidc;     /* the process's; NULL: no identity provider */
	struct limits *limits; /* the process's */
	struct limits_state rate; /* what is left to the caller */
	unsigned taken; /* kinds taken from: once, whatever the attempts */
	int64_t retry_after_s;    /* said with a refusal; 0: the usual */
	bool client_is_proxy;     /* one of ours, that names nobody */
	struct address client;    /* whose request it is, see address.h */
	char id[REQUEST_ID_SIZE]; /* X-Request-Id */

	const char *body; /* NUL-terminated behind its length */
	size_t body_len;
	struct json_object *json; /* an object, or NULL without a JSON body */

	/* Row version that If-Match names, or REQUEST_ANY_VERSION. Set on routes
	 * with IF_MATCH; handlers give it to the guarded statement, which answers
	 * ERR_STALE. */
	int64_t if_match;
	int64_t
	    deadline_ms; /* monotonic; nothing expensive is begun after it */

	/* Long work, see request_wait. */
	enum err_code (*recheck)(struct request *r, bool *ret_done);
	struct id recheck_id;

	struct server *server; /* for what is the same in all requests */
};

/* ---- parameters; all of them fail with the error in r->err ---- */

/* Path parameter as text; never NULL for a name of the route's template. */
const char *request_path(const struct request *r, const char *name);

/* Path parameter as an id. What is not an id names nothing: ERR_NOT_FOUND "there is
 * no such <what>". */
enum err_code request_path_id(struct request *r, const char *name,
    const char *what, struct id *ret_id) ERR_CHECKED;

/* Query parameter, or NULL. The route lists the names that may occur; others, and
 * repeated ones, were refused before the handler. */
const char *request_query(const struct request *r, const char *name);

/* Typed query parameters: absent leaves *ret untouched and gives ERR_OK; a wrong
 * form is ERR_FIELD with the place "?name". */
enum err_code request_query_id(struct request *r, const char *name,
    struct id *ret, bool *ret_given) ERR_CHECKED;
/* One of the words, which end with NULL; *ret is NULL when absent. */
enum err_code request_query_word(struct request *r, const char *name,
    const char *const *words, const char **ret) ERR_CHECKED;
enum err_code request_query_bool(
    struct request *r, const char *name, bool *ret) ERR_CHECKED;
enum err_code request_query_int(struct request *r, const char *name,
    int64_t min, int64_t max, int64_t *ret) ERR_CHECKED;
enum err_code request_query_instant(struct request *r, const char *name,
    int64_t *ret, bool *ret_given) ERR_CHECKED;

/* A page of a list: `limit` (1 to 200, default 50, more is lowered) and where to go
 * on: the opaque `cursor`, checked to belong to this list with these filters. */
enum err_code request_page(struct request *r, struct db_page *ret) ERR_CHECKED;

/* Path and filters as one text: what a cursor is bound to. */
const char *request_scope(struct request *r);

/* "/v1/members/" and an id, in the arena: a Location. NULL without memory. */
const char *request_address(
    struct request *r, const char *prefix, const struct id *id);

/* Take one of the limit's bucket; ERR_RATE when none is left. Runs of the transaction
 * after the first take nothing. */
enum err_code request_take(struct request *r, enum limits_kind kind,
    const uint8_t key[LIMITS_KEY_SIZE], const char *detail) ERR_CHECKED;

/* ---- long work ---- */

/*
 * Called by a handler that has replied (usually 202) about work that goes on. When
 * the client sent `Prefer: wait=N`, the request is parked, holding no thread, and
 * `recheck` is run now and then in a read-only transaction: it replaces the reply
 * (reply_doc) and sets *ret_done when the work has ended. Without the header, or
 * when the time is over, the last reply goes out.
 */
void request_wait(struct request *r, struct id id,
    enum err_code (*recheck)(struct request *r, bool *ret_done));

#endif
