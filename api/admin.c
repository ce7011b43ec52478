/* The operator's listener: see admin.h. */
#include "api/admin.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <netdb.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "api/version.h"
#include "base/jwrite.h"
#include "base/log.h"
#include "base/metric.h"
#include "base/num.h"
#include "db/jobs.h"
#include "db/migrate.h"
#include "db/outbox.h"
#include "db/wall.h"

enum {
	BACKLOG = 16,
	IDLE_TIMEOUT_S = 10,
	CONNECTION_LIMIT = 32,
	ARENA_CAP = 1 << 20,
	ANSWER_CAP = 4 << 20,
	STATEMENT_TIMEOUT_MS = 2000,
	PATH_SIZE = 108, /* of sockaddr_un */
	HOST_SIZE = 64,
};

struct admin {
	struct MHD_Daemon *daemon;
	struct db_options db_options;
	struct db *db;        /* NULL until the database first answered */
	char path[PATH_SIZE]; /* of a Unix socket; to be removed */
};

/* One request: what to say, and with which status. */
struct answer {
	struct admin *admin;
	struct arena *arena;
	struct str *body;
	const char *type;
	unsigned status;
};

static atomic_bool draining;

void admin_drain(void)
{
	atomic_store(&draining, true);
}

bool admin_is_draining(void)
{
	return atomic_load(&draining);
}

/* ---- what is asked ---- */

static enum err_code reach(struct admin *a, struct err *e)
{
	return a->db != NULL ? ERR_OK : db_open(&a->db_options, &a->db, e);
}

static void say(struct answer *x, unsigned status, const char *key,
    const char *value, const char *why)
{
	struct jwrite w;

	x->status = status;
	jwrite_init(&w, x->body, false);
	jwrite_object(&w);
	jwrite_key_text(&w, key, value);
	if (why != NULL)
		jwrite_key_text(&w, "reason", why);
	jwrite_object_end(&w);
}

static void live(struct answer *x)
{
	say(x, 200, "status", "live", NULL);
}

static void ready(struct answer *x)
{
	struct err e = {0};
	enum err_code code = reach(x->admin, &e);

	if (code == ERR_OK)
		code = db_migrate_check(
		    x->admin->db, x->arena, db_migration_table, &e);
	if (admin_is_draining())
		say(x, 503, "status", "draining", NULL);
	else if (code != ERR_OK)
		say(x, 503, "status", "not ready", e.detail);
	else
		say(x, 200, "status", "ready", NULL);
}

static void tell_version(struct answer *x)
{
	say(x, 200, "version", CAIRN_VERSION, NULL);
}

static void drain(struct answer *x)
{
	admin_drain();
	log_event(LOG_INFO, "drain asked for");
	say(x, 202, "status", "draining", NULL);
}

/* Jobs that wait or run, by kind and state. False when nobody knows. */
static bool look_at_jobs(
    struct answer *x, struct db_job_queue *queue, size_t *ret_n)
{
	struct err e = {0};

	return reach(x->admin, &e) == ERR_OK &&
	       db_job_queues(x->admin->db, x->arena, queue, ret_n, &e) ==
		   ERR_OK;
}

static bool look_at_outbox(struct answer *x, struct db_outbox *o)
{
	struct err e = {0};

	return reach(x->admin, &e) == ERR_OK &&
	       db_outbox_look(x->admin->db, x->arena, o, &e) == ERR_OK;
}

static void queues(struct answer *x)
{
	struct db_job_queue queue[DB_JOB_QUEUES];
	struct db_outbox outbox = {.mode = NULL};
	size_t n = 0;
	bool known = look_at_jobs(x, queue, &n) && look_at_outbox(x, &outbox);
	struct jwrite w;

	x->status = known ? 200 : 503;
	jwrite_init(&w, x->body, false);
	jwrite_object(&w);
	jwrite_key_int(&w, "requests_in_flight",
	    metric_value(METRIC_requests_in_flight, NULL, NULL));
	jwrite_key_int(&w, "requests_waiting",
	    metric_value(METRIC_queue_depth, NULL, NULL));
	jwrite_key(&w, "jobs");
	jwrite_array(&w);
	for (size_t i = 0; i < n; i++) {
		jwrite_object(&w);
		jwrite_key_text(&w, "kind", queue[i].kind);
		jwrite_key_text(&w, "state", queue[i].state);
		jwrite_key_int(&w, "number", queue[i].number);
		jwrite_key_int(&w, "oldest_seconds", queue[i].oldest_s);
		jwrite_object_end(&w);
	}
	jwrite_array_end(&w);
	jwrite_key(&w, "outbox");
	jwrite_object(&w);
	jwrite_key_text(&w, "mode", outbox.mode);
	jwrite_key_int(&w, "pending", outbox.pending);
	jwrite_key_int(&w, "due", outbox.due);
	jwrite_key_int(&w, "sending", outbox.sending);
	jwrite_key_int(&w, "dead", outbox.dead);
	jwrite_key_int(&w, "oldest_seconds", outbox.oldest_s);
	jwrite_object_end(&w);
	jwrite_object_end(&w);
}

/* Whether anything is sent, by whichever process, from now on. */
static void switch_outbox(struct answer *x, const char *wanted)
{
	const char *mode = NULL;
	struct err e = {0};
	enum err_code code = reach(x->admin, &e);

	if (code == ERR_OK)
		code =
		    db_outbox_switch(x->admin->db, x->arena, wanted, &mode, &e);
	if (code != ERR_OK) {
		say(x, 503, "error", "the outbox is as it was", e.detail);
	} else if (strcmp(mode, wanted) != 0) {
		say(x, 409, "mode", mode,
		    "a copy sends after cairn outbox resume");
	} else {
		LOG(LOG_INFO, "outbox switched", LOG_TEXT("mode", mode));
		say(x, 200, "mode", mode, NULL);
	}
}

static void pause_outbox(struct answer *x)
{
	switch_outbox(x, "paused");
}

static void resume_outbox(struct answer *x)
{
	switch_outbox(x, "normal");
}

/* Resident memory from statm's second field. */
static void look_at_memory(void)
{
	FILE *f = fopen("/proc/self/statm", "re");
	char line[128] = "";
	const char *second;
	int64_t pages;

	if (f == NULL)
		return;
	if (fgets(line, sizeof(line), f) != NULL &&
	    (second = strchr(line, ' ')) != NULL &&
	    num_parse_i64(second + 1, strcspn(second + 1, " "), 0,
		INT64_MAX / 65536, &pages))
		metric_set(METRIC_process_resident_bytes, NULL, NULL,
		    pages * sysconf(_SC_PAGESIZE));
	(void)fclose(f);
}

static void metrics(struct answer *x)
{
	struct db_job_queue queue[DB_JOB_QUEUES];
	struct db_outbox outbox;
	size_t n = 0;

	metric_set(METRIC_database_up, NULL, NULL, look_at_jobs(x, queue, &n));
	for (size_t i = 0; i < n; i++) {
		metric_set(METRIC_jobs, queue[i].kind, queue[i].state,
		    queue[i].number);
		metric_set(METRIC_oldest_job_seconds, queue[i].kind,
		    queue[i].state, queue[i].oldest_s);
	}
	if (look_at_outbox(x, &outbox)) {
		metric_set(
		    METRIC_outbox_messages, "pending", NULL, outbox.pending);
		metric_set(
		    METRIC_outbox_messages, "sending", NULL, outbox.sending);
		metric_set(METRIC_outbox_messages, "sent", NULL, outbox.sent);
		metric_set(METRIC_outbox_messages, "dead", NULL, outbox.dead);
		metric_set(
		    METRIC_oldest_message_seconds, NULL, NULL, outbox.oldest_s);
		metric_set(METRIC_outbox_silent, NULL, NULL,
		    strcmp(outbox.mode, "normal") != 0);
	}
	metric_set(METRIC_build_info, CAIRN_VERSION, NULL, 1);
	metric_set(METRIC_draining, NULL, NULL, admin_is_draining());
	look_at_memory();
	metric_render(x->body);
	x->type = "text/plain; version=0.0.4; charset=utf-8";
	x->status = 200;
}

static const struct {
	const char *method, *path;
	void (*say)(struct answer *x);
} ANSWERS[] = {
    {"GET", "/livez", live},
    {"GET", "/readyz", ready},
    {"GET", "/metrics", metrics},
    {"GET", "/version", tell_version},
    {"GET", "/admin/queues", queues},
    {"POST", "/admin/drain", drain},
    {"POST", "/admin/outbox/pause", pause_outbox},
    {"POST", "/admin/outbox/resume", resume_outbox},
};

/* ---- HTTP ---- */

static void find_answer(struct answer *x, const char *method, const char *path)
{
	bool known = false;

	if (strcmp(method, "HEAD") == 0)
		method = "GET";
	for (size_t i = 0; i < sizeof(ANSWERS) / sizeof(ANSWERS[0]); i++) {
		if (strcmp(ANSWERS[i].path, path) != 0)
			continue;
		known = true;
		if (strcmp(ANSWERS[i].method, method) == 0) {
			ANSWERS[i].say(x);
			return;
		}
	}
	say(x, known ? 405 : 404, "error",
	    known ? "expected another method" : "there is no such page", NULL);
}

static enum MHD_Result send_answer(struct MHD_Connection *c, struct answer *x)
{
	enum MHD_Result sent = MHD_NO;
	struct MHD_Response *m;

	if (x->body->failed)
		return MHD_NO;
	m = MHD_create_response_from_buffer(
	    x->body->len, x->body->data, MHD_RESPMEM_MUST_COPY);
	if (m == NULL)
		return MHD_NO;
	MHD_add_response_header(m, "Content-Type", x->type);
	MHD_add_response_header(m, "Cache-Control", "no-store");
	sent = MHD_queue_response(c, x->status, m);
	MHD_destroy_response(m);
	return sent;
}

static enum MHD_Result on_request(void *cls, struct MHD_Connection *c,
    const char *path, const char *method, const char *version,
    const char *upload, size_t *upload_size, void **context)
{
	static int seen;
	struct arena *arena;
	struct str body;
	struct answer x = {.admin = cls,
	    .body = &body,
	    .type = "application/json",
	    .status = 200};
	enum MHD_Result sent;

	(void)version;
	(void)upload;
	if (*context == NULL) { /* the head; MHD asks again for the answer */
		*context = &seen;
		return MHD_YES;
	}
	if (*upload_size > 0) { /* nobody asked for a body */
		*upload_size = 0;
		return MHD_YES;
	}
	arena = arena_new(ARENA_CAP);
	if (arena == NULL)
		return MHD_NO;
	x.arena = arena;
	str_init(&body, ANSWER_CAP);
	if (MHD_lookup_connection_value(c, MHD_HEADER_KIND, "Origin") ||
	    MHD_lookup_connection_value(c, MHD_HEADER_KIND, "Sec-Fetch-Site"))
		say(&x, 403, "error", "not for web pages", NULL);
	else
		find_answer(&x, method, path);
	sent = send_answer(c, &x);
	str_free(&body);
	arena_free(arena);
	return sent;
}

/* ---- life ---- */

static enum err_code cannot(const char *listen, struct err *e)
{
	char text[128];

	return ERR_SET(e, IO, "cannot listen on %s: %s", listen,
	    strerror_r(errno, text, sizeof(text)));
}

/* A socket that a process left behind is removed, anything else stays. */
static int bind_unix(const char *path, struct admin *a)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	struct stat s;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	snprintf(at.sun_path, sizeof(at.sun_path), "%s", path);
	if (fd >= 0 && lstat(path, &s) == 0 && S_ISSOCK(s.st_mode))
		(void)unlink(path);
	if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof(at)) != 0 ||
	    chmod(path, 0660) != 0 || listen(fd, BACKLOG) != 0) {
		if (fd >= 0)
			close(fd);
		return -1;
	}
	snprintf(a->path, sizeof(a->path), "%s", path);
	return fd;
}

/* host: [::1] or 127.0.0.1, before the last colon. */
static int bind_tcp(const char *host, size_t n, const char *port)
{
	const struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
	    .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE};
	struct addrinfo *at = NULL;
	char name[HOST_SIZE];
	int fd, one = 1;

	if (n >= 2 && host[0] == '[' && host[n - 1] == ']') {
		host++;
		n -= 2;
	}
	snprintf(name, sizeof(name), "%.*s", (int)n, host);
	errno = EADDRNOTAVAIL;
	if (getaddrinfo(name, port, &hints, &at) != 0)
		return -1;
	fd = socket(
	    at->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd >= 0)
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (fd >= 0 && (bind(fd, at->ai_addr, at->ai_addrlen) != 0 ||
			   listen(fd, BACKLOG) != 0)) {
		int kept = errno;

		close(fd);
		errno = kept;
		fd = -1;
	}
	freeaddrinfo(at);
	return fd;
}

bool admin_is_address(const char *listen)
{
	const char *colon = strrchr(listen, ':');

	if (strncmp(listen, "unix:", 5) == 0)
		return listen[5] == '/' && strlen(listen + 5) < PATH_SIZE;
	return colon != NULL && colon > listen && colon - listen < HOST_SIZE;
}

static enum err_code open_socket(
    struct admin *a, const char *listen, int *ret_fd, struct err *e)
{
	const char *colon = strrchr(listen, ':');

	if (!admin_is_address(listen))
		return ERR_SET(e, FIELD, "expected unix:/PATH or ADDRESS:PORT");
	*ret_fd = strncmp(listen, "unix:", 5) == 0
		      ? bind_unix(listen + 5, a)
		      : bind_tcp(listen, (size_t)(colon - listen), colon + 1);
	return *ret_fd < 0 ? cannot(listen, e) : ERR_OK;
}

enum err_code admin_start(
    const struct admin_options *o, struct admin **ret_admin, struct err *e)
{
	struct admin *a = calloc(1, sizeof(*a));
	int fd = -1;
	enum err_code code;

	if (a == NULL)
		return ERR_SET(e, NOMEM, "no memory for the admin listener");
	a->db_options = (struct db_options){.conninfo = o->conninfo,
	    .application_name = "cairn admin",
	    .role = DB_ROLE_WORKER,
	    .statement_timeout_ms = STATEMENT_TIMEOUT_MS};
	code = open_socket(a, o->listen, &fd, e);
	if (code == ERR_OK) {
		a->daemon = MHD_start_daemon(MHD_USE_POLL_INTERNAL_THREAD, 0,
		    NULL, NULL, on_request, a, MHD_OPTION_LISTEN_SOCKET, fd,
		    MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_TIMEOUT_S,
		    MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTION_LIMIT,
		    MHD_OPTION_END);
		if (a->daemon == NULL) {
			close(fd);
			code = ERR_SET(
			    e, IO, "the admin listener cannot be started");
		}
	}
	if (code != ERR_OK) {
		admin_stop(a);
		return code;
	}
	LOG(LOG_INFO, "admin listening", LOG_TEXT("at", o->listen));
	*ret_admin = a;
	return ERR_OK;
}

void admin_stop(struct admin *a)
{
	if (a == NULL)
		return;
	if (a->daemon != NULL)
		MHD_stop_daemon(a->daemon);
	if (a->path[0] != '\0')
		(void)unlink(a->path);
	db_close(a->db);
	free(a);
}
