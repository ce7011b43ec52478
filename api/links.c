/* Connections and their deadlines, and the listening socket: see links.h. */
#include "api/links.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/instant.h"
#include "base/metric.h"

enum {
	PEER_SLOTS = 1024,
	DESCRIPTORS_ASIDE = 64, /* listening, logs, files that are read */
};

/* How many connections an address has; gone with the last. */
struct peer {
	struct address address;
	size_t n;
	struct peer *next;
};

struct link {
	int fd;
	enum link_state state;
	int64_t since_ms;  /* when it entered the state */
	struct peer *peer; /* NULL: not counted */
	struct link *prev, *next;
};

enum err_code links_init(struct links *s, const struct conf *conf, size_t limit,
    const struct networks *exempt, struct err *e)
{
	*s = (struct links){.limit = limit,
	    .limit_of_peer = (size_t)conf->connections_per_address,
	    .exempt = *exempt,
	    .time_ms = {[LINK_HEAD] = conf->header_time_ms,
		[LINK_IDLE] = conf->idle_time_ms,
		[LINK_BODY] = conf->body_time_ms,
		[LINK_UPLOAD] = conf->transfer_time_ms,
		[LINK_ANSWER] = conf->answer_time_ms,
		[LINK_DOWNLOAD] = conf->transfer_time_ms}};
	s->peer = calloc(PEER_SLOTS, sizeof(struct peer *));
	if (!s->peer)
		return ERR_SET(e, NOMEM, "no memory for the connections");
	pthread_mutex_init(&s->lock, NULL);
	return ERR_OK;
}

void links_destroy(struct links *s)
{
	pthread_mutex_destroy(&s->lock);
	free(s->peer);
}

/* ---- the rest of this part is under the lock ---- */

/* The place of the address in its slot's list, or where it would be added. */
static struct peer **find_peer(struct links *s, const struct address *a)
{
	uint32_t hash = 2166136261u;
	struct peer **at;

	for (size_t i = 0; i < ADDRESS_SIZE; i++)
		hash = (hash ^ a->octet[i]) * 16777619u;
	at = &s->peer[hash % PEER_SLOTS];
	while (*at && memcmp(&(*at)->address, a, sizeof(*a)) != 0)
		at = &(*at)->next;
	return at;
}

static struct peer *count_peer(struct links *s, const struct address *from)
{
	struct peer **at;

	if (s->limit_of_peer == 0 || address_is_in(&s->exempt, from))
		return NULL;
	at = find_peer(s, from);
	if (!*at) {
		*at = calloc(1, sizeof(**at));
		if (!*at)
			return NULL;
		(*at)->address = *from;
	}
	(*at)->n++;
	return *at;
}

static void uncount_peer(struct links *s, struct peer *p)
{
	struct peer **at;

	if (!p || --p->n > 0)
		return;
	at = find_peer(s, &p->address);
	*at = p->next;
	free(p);
}

static void append(struct links *s, struct link *l, enum link_state state)
{
	struct link *last = s->last[state];

	l->state = state;
	l->since_ms = monotonic_ms();
	l->prev = last;
	l->next = NULL;
	if (last)
		last->next = l;
	else
		s->first[state] = l;
	s->last[state] = l;
}

static void take_out(struct links *s, struct link *l)
{
	if (l->prev)
		l->prev->next = l->next;
	else
		s->first[l->state] = l->next;
	if (l->next)
		l->next->prev = l->prev;
	else
		s->last[l->state] = l->prev;
}

/* libmicrohttpd then sees end of file, and drops it. The lock keeps a descriptor from
 * being closed, and used anew, meanwhile. Without a deadline until then. */
static void cut(struct links *s, struct link *l, const char *reason)
{
	shutdown(l->fd, SHUT_RDWR);
	take_out(s, l);
	append(s, l, LINK_BUSY);
	metric_add(METRIC_shed_total, reason, NULL, 1);
}

/* The one that has waited longest for a request. */
static struct link *oldest_idle(const struct links *s)
{
	struct link *head = s->first[LINK_HEAD], *idle = s->first[LINK_IDLE];

	if (!head || !idle)
		return head ? head : idle;
	return head->since_ms <= idle->since_ms ? head : idle;
}

/* ---- */

bool links_admit(struct links *s, const struct address *from)
{
	const struct peer *p;
	struct link *idle;
	bool room = true;

	pthread_mutex_lock(&s->lock);
	p = *find_peer(s, from);
	if (p && p->n >= s->limit_of_peer) {
		metric_add(METRIC_shed_total, "address_limit", NULL, 1);
		room = false;
	} else if (s->n >= s->limit) {
		idle = oldest_idle(s);
		room = idle != NULL;
		if (idle)
			cut(s, idle, "connection_limit");
	}
	pthread_mutex_unlock(&s->lock);
	return room;
}

struct link *links_add(struct links *s, int fd, const struct address *from)
{
	struct link *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	l->fd = fd;
	pthread_mutex_lock(&s->lock);
	l->peer = count_peer(s, from);
	append(s, l, LINK_HEAD);
	s->n++;
	pthread_mutex_unlock(&s->lock);
	return l;
}

void links_enter(struct links *s, struct link *l, enum link_state state)
{
	if (!l)
		return;
	pthread_mutex_lock(&s->lock);
	if (state != LINK_HEAD || l->state == LINK_IDLE) {
		take_out(s, l);
		append(s, l, state);
	}
	pthread_mutex_unlock(&s->lock);
}

void links_drop(struct links *s, struct link *l)
{
	if (!l)
		return;
	pthread_mutex_lock(&s->lock);
	take_out(s, l);
	uncount_peer(s, l->peer);
	s->n--;
	pthread_mutex_unlock(&s->lock);
	free(l);
}

void links_reap(struct links *s)
{
	int64_t now = monotonic_ms();
	struct link *l;

	pthread_mutex_lock(&s->lock);
	for (int i = 0; i < LINK_STATES; i++)
		while (s->time_ms[i] && (l = s->first[i]) &&
		       l->since_ms + s->time_ms[i] < now)
			cut(s, l, "slow_client");
	pthread_mutex_unlock(&s->lock);
}

void links_hurry(struct links *s, int64_t ms)
{
	pthread_mutex_lock(&s->lock);
	s->time_ms[LINK_IDLE] = s->time_ms[LINK_HEAD] = ms;
	pthread_mutex_unlock(&s->lock);
}

size_t links_count(struct links *s)
{
	size_t n;

	pthread_mutex_lock(&s->lock);
	n = s->n;
	pthread_mutex_unlock(&s->lock);
	return n;
}

size_t links_reserve(size_t wanted, size_t beside)
{
	struct rlimit limit;
	size_t all = wanted + beside + DESCRIPTORS_ASIDE;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= all)
		return wanted;
	limit.rlim_cur = all < limit.rlim_max ? all : limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= all)
		return wanted;
	return limit.rlim_cur > beside + DESCRIPTORS_ASIDE
		   ? (size_t)limit.rlim_cur - beside - DESCRIPTORS_ASIDE
		   : 1;
}

enum err_code links_listen(const struct conf *conf, int *ret_fd, struct err *e)
{
	const struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
	    .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE};
	struct addrinfo *address = NULL;
	char port[16];
	/* The newest of those that share a port takes its new connections: a program
	 * that gives the number of the second socket. With two there, that is the one
	 * bound last; alone, a number that is none leaves the choice to the kernel. */
	struct sock_filter second = {BPF_RET | BPF_K, 0, 0, 1};
	const struct sock_fprog choose = {1, &second};
	bool share = strcmp(conf->share_port, "yes") == 0;
	int fd = -1, one = 1;

	snprintf(port, sizeof(port), "%d", (int)conf->listen_port);
	if (getaddrinfo(conf->listen_address, port, &hints, &address) != 0)
		return ERR_SET(e, IO, "listen_address: expected an IP address");
	fd = socket(address->ai_family,
	    address->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd >= 0)
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (fd >= 0 && share)
		setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof(one));
	if (fd < 0 || bind(fd, address->ai_addr, address->ai_addrlen) != 0 ||
	    listen(fd, SOMAXCONN) != 0) {
		char text[128];

		(void)ERR_SET(e, IO, "cannot listen on %s port %s: %s",
		    conf->listen_address, port,
		    strerror_r(errno, text, sizeof(text)));
		if (fd >= 0)
			close(fd);
		freeaddrinfo(address);
		return e->code;
	}
	freeaddrinfo(address);
	if (share)
		setsockopt(fd, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, &choose,
		    sizeof(choose));
	*ret_fd = fd;
	return ERR_OK;
}

unsigned links_port(int fd)
{
	struct sockaddr_storage a;
	socklen_t n = sizeof(a);
	in_port_t port = 0;

	memset(&a, 0, sizeof(a));
	if (getsockname(fd, (struct sockaddr *)&a, &n) == 0)
		port = a.ss_family == AF_INET6
			   ? ((struct sockaddr_in6 *)&a)->sin6_port
			   : ((struct sockaddr_in *)&a)->sin_port;
	return ntohs(port);
}
