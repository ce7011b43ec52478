/*
 * The HTTP server: see server.h. This file is the event thread's side: connections,
 * bodies, and giving answers to libmicrohttpd.
 *
 * Invariants: a request is suspended before it is queued (a worker may answer before
 * pool_submit returns); whoever queues a response on a suspended connection resumes
 * it as its last act; nothing blocks in a callback.
 */
#include "api/server.h"

#include <microhttpd.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "api/admin.h"
#include "api/exchange.h"
#include "api/gate.h"
#include "api/handlers.h"
#include "api/links.h"
#include "api/mail_address.h"
#include "api/pipeline.h"
#include "api/pool.h"
#include "api/router.h"
#include "base/id.h"
#include "base/instant.h"
#include "base/log.h"
#include "base/metric.h"

enum {
	ARENA_CAP = 256 << 20,
	SPARE_CONNECTIONS = 256, /* that are being dropped to make room */
	LARGE_ANSWER = 256 << 10,
	EXCESS_MAX = 1 << 20, /* read beyond the cap, to be heard */
	DRAIN_MS = 10000,
	HAND_OVER_MS = 250, /* to accept what a newer process did not get */
	HURRY_MS = 1000,    /* to waiting connections, while draining */
	TICK_MS = 250,
};

struct server {
	const struct server_options *options;
	struct pool *pool;
	struct MHD_Daemon *daemon;
	char calendar_mail[CONF_TEXT_SIZE + 16];
	atomic_bool draining;
	struct links links;
	struct networks trusted;
	struct limits *limits;
	int64_t body_octets; /* of all requests; the event thread's */
};

/* ---- connections ---- */

static enum MHD_Result on_accept(
    void *cls, const struct sockaddr *from, socklen_t size)
{
	struct server *s = cls;
	struct address a = address_of(from);

	(void)size;
	return links_admit(&s->links, &a) ? MHD_YES : MHD_NO;
}

static struct address peer_of(struct MHD_Connection *c)
{
	const union MHD_ConnectionInfo *info =
	    MHD_get_connection_info(c, MHD_CONNECTION_INFO_CLIENT_ADDRESS);

	return address_of(info ? info->client_addr : NULL);
}

static void on_connection(void *cls, struct MHD_Connection *c, void **context,
    enum MHD_ConnectionNotificationCode code)
{
	struct server *s = cls;
	const union MHD_ConnectionInfo *info;
	struct address from = peer_of(c);

	if (code == MHD_CONNECTION_NOTIFY_STARTED) {
		info = MHD_get_connection_info(
		    c, MHD_CONNECTION_INFO_CONNECTION_FD);
		*context =
		    info ? links_add(&s->links, info->connect_fd, &from) : NULL;
	} else {
		links_drop(&s->links, *context);
		*context = NULL;
	}
}

static void enter(struct exchange *x, enum link_state state)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
	    x->connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

	links_enter(
	    &x->server->links, info ? info->socket_context : NULL, state);
}

/* ---- answers ---- */

/* A client may invent methods; the log shows those that there are. */
static const char *known_method(const char *method)
{
	static const char *const KNOWN[] = {"GET", "HEAD", "POST", "PUT",
	    "PATCH", "DELETE", "OPTIONS", "PROPFIND", "REPORT"};

	for (size_t i = 0; i < sizeof(KNOWN) / sizeof(KNOWN[0]); i++)
		if (method != NULL && strcmp(method, KNOWN[i]) == 0)
			return KNOWN[i];
	return "-";
}

static void note(const struct exchange *x)
{
	static const char *const CLASS[] = {
	    "0xx", "1xx", "2xx", "3xx", "4xx", "5xx"};
	const struct request *r = &x->request;
	const char *route = r->route ? r->route->path : "-";
	int64_t ms = monotonic_ms() - x->begun_ms;

	metric_add(
	    METRIC_requests_total, route, CLASS[r->reply.status / 100], 1);
	metric_observe(METRIC_request_seconds, route, NULL, ms * 1000);
	if (r->err.code != ERR_OK)
		metric_add(
		    METRIC_problems_total, err_slug(r->err.code), NULL, 1);
	LOG(LOG_INFO, "request", LOG_TEXT("request", r->id),
	    LOG_TEXT("method", known_method(r->method)),
	    LOG_TEXT("route", route), LOG_INT("status", r->reply.status),
	    LOG_INT("ms", ms), LOG_INT("bytes", (int64_t)r->reply.body_len));
}

/* draft-ietf-httpapi-ratelimit-headers: the policy, and what is left of it. */
static void add_rate(struct MHD_Response *m, const struct limits_state *rate)
{
	char text[96];

	if (rate->quota == 0)
		return;
	snprintf(text, sizeof(text), "\"token\";q=%lld;w=%lld",
	    (long long)rate->quota, (long long)rate->window_s);
	MHD_add_response_header(m, "RateLimit-Policy", text);
	snprintf(text, sizeof(text), "\"token\";r=%lld;t=%lld",
	    (long long)rate->remaining, (long long)rate->full_s);
	MHD_add_response_header(m, "RateLimit", text);
}

static struct MHD_Response *make_response(const struct exchange *x)
{
	const struct request *r = &x->request;
	const struct reply *reply = &r->reply;
	bool cached = false;

	/* The body lives in the request's arena, which outlives the response;
	 * libmicrohttpd wants a pointer without const but does not write. */
	union {
		const char *in;
		void *out;
	} body = {.in = reply->body ? reply->body : ""};
	struct MHD_Response *m = MHD_create_response_from_buffer(
	    reply->body_len, body.out, MHD_RESPMEM_PERSISTENT);

	if (!m)
		return NULL;
	if (reply->content_type)
		MHD_add_response_header(m, "Content-Type", reply->content_type);
	for (size_t i = 0; i < reply->n_headers; i++) {
		const struct reply_header *h = &reply->header[i];

		cached |= strcmp(h->name, "Cache-Control") == 0;
		if (MHD_add_response_header(m, h->name, h->value) != MHD_YES)
			LOG(LOG_WARN, "header_refused",
			    LOG_TEXT("request", r->id),
			    LOG_TEXT("name", h->name));
	}
	MHD_add_response_header(m, "X-Request-Id", r->id);
	MHD_add_response_header(m, "X-Content-Type-Options", "nosniff");
	if (!cached)
		MHD_add_response_header(m, "Cache-Control", "no-store");
	add_rate(m, &r->rate);
	if (x->close || atomic_load(&x->server->draining))
		MHD_add_response_header(m, "Connection", "close");
	return m;
}

static enum MHD_Result send_answer(struct exchange *x)
{
	struct MHD_Response *m = make_response(x);
	enum MHD_Result sent = MHD_NO;

	note(x);
	x->phase = EXCHANGE_ANSWERED;
	enter(x, x->request.reply.body_len > LARGE_ANSWER ? LINK_DOWNLOAD
							  : LINK_ANSWER);
	if (m) {
		sent = MHD_queue_response(
		    x->connection, x->request.reply.status, m);
		MHD_destroy_response(m);
	}
	return sent;
}

/* The pool's answer, in a worker's thread. */
static void answer(struct exchange *x)
{
	struct MHD_Connection *c = x->connection;

	(void)send_answer(x);
	MHD_resume_connection(c); /* x may be gone from here on */
}

/* Answer with the error in r->err, without a worker. */
static enum MHD_Result refuse(struct exchange *x)
{
	pipeline_fail(&x->request);
	return send_answer(x);
}

/* ---- requests ---- */

static void *on_uri(void *cls, const char *uri, struct MHD_Connection *c)
{
	struct server *s = cls;
	struct exchange *x = calloc(1, sizeof(*x));
	struct request *r;
	struct id id = id_new();

	if (!x)
		return NULL;
	r = &x->request;
	r->call = (struct call){.arena = arena_new(ARENA_CAP),
	    .tz = s->options->tz,
	    .public_url = s->options->conf->public_url,
	    .calendar_mail = s->calendar_mail,
	    .with_tokens = mail_address_is_set(s->options->conf),
	    .mail_language = s->options->conf->mail_language,
	    .half_life_days = s->options->conf->discomfort_half_life_days};
	x->uri_at = uri;
	x->uri = r->call.arena ? arena_strdup(r->call.arena, uri) : NULL;
	if (!x->uri) {
		arena_free(r->call.arena);
		free(x);
		return NULL;
	}
	str_init(&x->body, 0);
	x->server = s;
	x->connection = c;
	x->begun_ms = monotonic_ms();
	r->server = s;
	r->limits = s->limits;
	r->oidc = s->options->oidc;
	id_format(&id, r->id);
	metric_add(METRIC_requests_in_flight, NULL, NULL, 1);
	enter(x, LINK_HEAD);
	return x;
}

static void on_completed(void *cls, struct MHD_Connection *c, void **context,
    enum MHD_RequestTerminationCode code)
{
	struct exchange *x = *context;

	(void)cls;
	(void)c;
	if (!x)
		return;
	if (code == MHD_REQUEST_TERMINATED_COMPLETED_OK)
		enter(x, LINK_IDLE);
	x->server->body_octets -= (int64_t)x->body.len;
	str_free(&x->body);
	arena_free(x->request.call.arena);
	free(x);
	*context = NULL;
	metric_add(METRIC_requests_in_flight, NULL, NULL, -1);
}

static size_t body_cap(const struct server *s, const struct route *route)
{
	const struct conf *c = s->options->conf;

	return (size_t)(route->flags & ROUTE_CSV ? c->max_import_bytes
			: route->flags & (ROUTE_CALENDAR | ROUTE_MAIL)
			    ? c->max_calendar_bytes
			    : c->max_body_bytes);
}

/* The header is complete: judge it, find the route, refuse too long a body before it
 * is sent. */
static enum err_code begin(
    struct exchange *x, const char *method, const char *version)
{
	struct request *r = &x->request;
	const struct gate_line line = {method, x->uri, x->uri_at, version};
	const char *allow = NULL;
	char *query;
	int64_t length = 0;
	enum err_code code;

	r->method = arena_strdup(r->call.arena, method);
	r->path = arena_strdup(r->call.arena, x->uri);
	if (!r->method || !r->path)
		return ERR_SET(&r->err, NOMEM, "no memory for the request");
	query = strchr(x->uri, '?');
	if (query) {
		r->path = arena_strndup(
		    r->call.arena, x->uri, (size_t)(query - x->uri));
		r->raw_query = query + 1;
	}
	code = gate_check(r, x->connection, &line, &length, &r->err);
	r->client = address_client(&x->server->trusted, peer_of(x->connection),
	    r->header.forwarded_for);
	r->client_is_proxy = address_is_in(&x->server->trusted, &r->client);
	if (code == ERR_OK)
		code = router_find(r, method, r->path, &allow, &r->err);
	if (code == ERR_METHOD)
		r->allow = allow;
	if (code != ERR_OK)
		return code;
	x->body_cap = body_cap(x->server, r->route);
	str_init(&x->body, x->body_cap);
	if (length > (int64_t)x->body_cap)
		code = ERR_SET(&r->err, TOO_LARGE,
		    "the body may have at most %zu octets", x->body_cap);
	return code;
}

/* The request is complete. */
static enum MHD_Result dispatch(struct exchange *x)
{
	struct request *r = &x->request;

	r->body = x->body.data;
	r->body_len = x->body.len;
	r->deadline_ms =
	    monotonic_ms() + x->server->options->conf->request_deadline_ms;
	if (x->no_memory) {
		x->close = true;
		metric_add(METRIC_shed_total, "body_memory", NULL, 1);
		(void)ERR_SET(&r->err, OVERLOAD, "too many bodies at once");
		return refuse(x);
	}
	if (x->excess > 0 || x->body.failed) {
		x->close = true;
		(void)ERR_SET(&r->err, TOO_LARGE,
		    "the body may have at most %zu octets", x->body_cap);
		return refuse(x);
	}
	if (r->route->flags & ROUTE_NO_DB) { /* no worker is needed */
		pipeline_run(r);
		return send_answer(x);
	}
	if (r->route->flags & ROUTE_FEED && h_feeds_unchanged(r))
		return send_answer(x);
	x->phase = EXCHANGE_PENDING;
	enter(x, LINK_BUSY);
	MHD_suspend_connection(x->connection);
	pool_submit(x->server->pool, x);
	return MHD_YES;
}

static enum MHD_Result on_body(struct exchange *x, const char *data, size_t n)
{
	struct server *s = x->server;
	size_t room = x->body_cap - x->body.len;

	if (s->body_octets + (int64_t)n > s->options->conf->body_memory_bytes) {
		room = 0;
		x->no_memory = true;
	}
	if (room > n)
		room = n;
	str_put(&x->body, data, room);
	s->body_octets += (int64_t)room;
	x->excess += n - room;
	return x->excess > EXCESS_MAX ? MHD_NO : MHD_YES;
}

static enum MHD_Result on_request(void *cls, struct MHD_Connection *c,
    const char *url, const char *method, const char *version,
    const char *upload, size_t *upload_size, void **context)
{
	struct exchange *x = *context;
	size_t n = *upload_size;

	(void)cls;
	(void)c;
	(void)url; /* decoded too early; the raw address is in x */
	if (!x)
		return MHD_NO;
	*upload_size = 0;
	switch (x->phase) {
	case EXCHANGE_NEW:
		*upload_size = n;
		x->phase = EXCHANGE_BODY;
		if (begin(x, method, version) == ERR_OK) {
			enter(
			    x, x->request.route->flags &
				       (ROUTE_CSV | ROUTE_CALENDAR | ROUTE_MAIL)
				   ? LINK_UPLOAD
				   : LINK_BODY);
			return MHD_YES;
		}
		x->close = x->request.err.code != ERR_NOT_FOUND &&
			   x->request.err.code != ERR_METHOD;
		return refuse(x);
	case EXCHANGE_BODY:
		return n > 0 ? on_body(x, upload, n) : dispatch(x);
	case EXCHANGE_PENDING:
	case EXCHANGE_ANSWERED:
		break;
	}
	return MHD_YES;
}

/* ---- life ---- */

/* The address is split before it is decoded, by the router. */
static size_t keep_escaped(void *cls, struct MHD_Connection *c, char *s)
{
	(void)cls;
	(void)c;
	return strlen(s);
}

__attribute__((format(printf, 2, 0))) static void log_mhd(
    void *cls, const char *fmt, va_list args)
{
	char text[LOG_VALUE_SIZE];

	(void)cls;
	vsnprintf(text, sizeof(text), fmt, args);
	LOG(LOG_DEBUG, "http", LOG_TEXT("text", text));
}

static struct MHD_Daemon *start_daemon(struct server *s, int fd)
{
	return MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD |
				    MHD_ALLOW_SUSPEND_RESUME |
				    MHD_USE_ERROR_LOG,
	    0, on_accept, s, on_request, s,
	    /* first, so that it hears of the other options */
	    MHD_OPTION_EXTERNAL_LOGGER, log_mhd, NULL, MHD_OPTION_LISTEN_SOCKET,
	    fd, MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_UNESCAPE_CALLBACK,
	    keep_escaped, NULL, MHD_OPTION_URI_LOG_CALLBACK, on_uri, s,
	    MHD_OPTION_NOTIFY_COMPLETED, on_completed, s,
	    MHD_OPTION_NOTIFY_CONNECTION, on_connection, s,
	    MHD_OPTION_CONNECTION_LIMIT,
	    (unsigned)(s->links.limit + SPARE_CONNECTIONS), MHD_OPTION_END);
}

static void signals(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGTERM);
	sigaddset(set, SIGINT);
}

void server_block_signals(void)
{
	sigset_t set;

	signals(&set);
	sigaddset(&set, SIGPIPE);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
}

/* True when a signal to end came within ms. */
static bool wait_signal(int64_t ms)
{
	const struct timespec t = {ms / 1000, ms % 1000 * 1000000};
	sigset_t set;

	signals(&set);
	return sigtimedwait(&set, NULL, &t) > 0;
}

static void tick(struct server *s)
{
	links_reap(&s->links);
	pool_expire(s->pool);
}

/* Wait and keep time; false when a signal says: now. */
static bool go_on(struct server *s)
{
	tick(s);
	return !wait_signal(TICK_MS / 5);
}

/* The order matters: take what still comes to us although a newer process shares the
 * port, then no new connections; answer what comes over those we have, each answer
 * their last; let the workers finish; and only then stop the daemon (it must have no
 * suspended connection) and close the socket it listened on. */
static void shut_down(struct server *s, int fd)
{
	int64_t now = monotonic_ms(), until = now + DRAIN_MS;
	bool shares = strcmp(s->options->conf->share_port, "yes") == 0;
	bool on = true;

	log_event(LOG_INFO, "draining");
	admin_drain();
	atomic_store(&s->draining, true);
	while (on && shares && monotonic_ms() < now + HAND_OVER_MS)
		on = go_on(s);
	(void)MHD_quiesce_daemon(s->daemon);
	/* It stays open until the daemon has stopped, but nobody is to wait in
	 * its backlog for an answer that never comes. */
	(void)shutdown(fd, SHUT_RD);
	pool_drain(s->pool, false);
	links_hurry(&s->links, HURRY_MS);
	while (on && monotonic_ms() < until &&
	       (!pool_is_idle(s->pool) || links_count(&s->links) > 0))
		on = go_on(s);
	pool_free(s->pool);
	MHD_stop_daemon(s->daemon);
	close(fd);
}

enum err_code server_run(const struct server_options *o, struct err *e)
{
	const struct conf *conf = o->conf;
	struct server s = {.options = o};
	const struct pool_options pool = {
	    .n_workers = (size_t)conf->workers,
	    .queue_limit = (size_t)(conf->queue_limit > 0 ? conf->queue_limit
							  : conf->workers * 4),
	    .queue_time_ms = conf->queue_time_ms,
	    .conninfo = o->conninfo,
	    .answer = answer,
	};
	size_t limit;
	int fd = -1;
	enum err_code code;

	const struct limits_rule rules[LIMITS_KINDS] = {
	    [LIMITS_CALLER] = {conf->token_requests_per_minute, 60},
	    [LIMITS_FAILURE] = {conf->failures_per_minute, 60},
	    [LIMITS_WISH] = {conf->mentor_requests_per_hour, 3600},
	};

	server_block_signals();
	if (mail_address_is_set(conf))
		snprintf(s.calendar_mail, sizeof(s.calendar_mail), "%s",
		    mail_address_of_replies(conf));
	else
		snprintf(s.calendar_mail, sizeof(s.calendar_mail),
		    "calendar@%s", conf->calendar_domain);
	if (!address_networks(conf->trusted_proxies, &s.trusted))
		return ERR_SET(e, FIELD,
		    "trusted_proxies: expected addresses and networks");
	s.limits = limits_new(rules, LIMITS_BUCKETS);
	if (!s.limits)
		return ERR_SET(e, NOMEM, "no memory for the rate limits");
	limit = links_reserve((size_t)conf->max_connections,
	    (size_t)conf->workers + SPARE_CONNECTIONS);
	if (limit < (size_t)conf->max_connections)
		LOG(LOG_WARN, "few_descriptors",
		    LOG_INT("max_connections", (int64_t)limit));
	code = links_init(&s.links, conf, limit, &s.trusted, e);
	if (code == ERR_OK)
		code = links_listen(conf, &fd, e);
	if (code == ERR_OK)
		code = pool_new(&pool, &s.pool, e);
	if (code != ERR_OK) {
		if (fd >= 0)
			close(fd);
		links_destroy(&s.links);
		limits_free(s.limits);
		return code;
	}
	s.daemon = start_daemon(&s, fd);
	if (s.daemon) {
		LOG(LOG_INFO, "listening",
		    LOG_TEXT("address", conf->listen_address),
		    LOG_INT("port", links_port(fd)));
		if (o->on_ready)
			o->on_ready(o->cookie, links_port(fd));
		while (!wait_signal(TICK_MS))
			tick(&s);
		shut_down(&s, fd);
	} else {
		code = ERR_SET(e, IO, "the HTTP server cannot be started");
		pool_free(s.pool);
		close(fd);
	}
	links_destroy(&s.links);
	limits_free(s.limits);
	return code;
}
