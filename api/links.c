/* Connections and their deadlines, and the listening socket: see links.h. */
#include "api/links.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/instant.h"
#include "base/metric.h"

struct link {
	int fd;
	int64_t due_ms; /* 0: none, a worker's deadline covers it */
	struct link *prev, *next;
};

void links_init(struct links *s)
{
	pthread_mutex_init(&s->lock, NULL);
	s->head = NULL;
}

void links_destroy(struct links *s)
{
	pthread_mutex_destroy(&s->lock);
}

struct link *links_add(struct links *s, int fd, int64_t ms)
{
	struct link *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	l->fd = fd;
	l->due_ms = ms ? monotonic_ms() + ms : 0;
	pthread_mutex_lock(&s->lock);
	l->next = s->head;
	if (l->next)
		l->next->prev = l;
	s->head = l;
	pthread_mutex_unlock(&s->lock);
	return l;
}

void links_set_due(struct links *s, struct link *l, int64_t ms)
{
	if (!l)
		return;
	pthread_mutex_lock(&s->lock);
	l->due_ms = ms ? monotonic_ms() + ms : 0;
	pthread_mutex_unlock(&s->lock);
}

void links_drop(struct links *s, struct link *l)
{
	if (!l)
		return;
	pthread_mutex_lock(&s->lock);
	if (l->prev)
		l->prev->next = l->next;
	else
		s->head = l->next;
	if (l->next)
		l->next->prev = l->prev;
	pthread_mutex_unlock(&s->lock);
	free(l);
}

/* libmicrohttpd then sees end of file. The lock keeps a descriptor from being
 * closed, and used anew, meanwhile. */
void links_reap(struct links *s)
{
	int64_t now = monotonic_ms();

	pthread_mutex_lock(&s->lock);
	for (struct link *l = s->head; l; l = l->next)
		if (l->due_ms && l->due_ms < now) {
			shutdown(l->fd, SHUT_RDWR);
			l->due_ms = 0;
			metric_add(METRIC_shed_total, "slow_client", NULL, 1);
		}
	pthread_mutex_unlock(&s->lock);
}

enum err_code links_listen(const struct conf *conf, int *ret_fd, struct err *e)
{
	const struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
	    .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE};
	struct addrinfo *address = NULL;
	char port[16];
	int fd = -1, one = 1;

	snprintf(port, sizeof(port), "%d", (int)conf->listen_port);
	if (getaddrinfo(conf->listen_address, port, &hints, &address) != 0)
		return ERR_SET(e, IO, "listen_address: expected an IP address");
	fd = socket(address->ai_family,
	    address->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd >= 0)
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
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
