/*
 * The TCP connections of the server: their absolute deadlines, for libmicrohttpd's own
 * time-out is about silence only and a client that drips octets never is silent; and
 * how many there may be, in all and from one address. Also the socket that the server
 * listens on. Any thread.
 *
 * In each state a connection has the same time, so that a list per state, in the order
 * of entry, is in the order of deadlines, too: reaping looks at what is due only.
 */
#ifndef API_LINKS_H
#define API_LINKS_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "api/address.h"
#include "base/conf.h"
#include "base/err.h"

struct link;

enum link_state {
	LINK_HEAD,     /* the head of a request is awaited */
	LINK_IDLE,     /* another request is */
	LINK_BODY,     /* the body comes in, */
	LINK_UPLOAD,   /* a large one */
	LINK_BUSY,     /* a worker has the request: its own deadline holds */
	LINK_ANSWER,   /* the answer goes out, */
	LINK_DOWNLOAD, /* a large one */
	LINK_STATES,
};

struct links {
	pthread_mutex_t lock;
	int64_t time_ms[LINK_STATES]; /* 0: without end */
	struct link *first[LINK_STATES], *last[LINK_STATES];
	size_t n, limit, limit_of_peer; /* of one address; 0: none */
	struct networks exempt;         /* from limit_of_peer */
	struct peer **peer;             /* a table by address */
};

/* limit: of all. ERR_NOMEM. */
enum err_code links_init(struct links *s, const struct conf *conf, size_t limit,
    const struct networks *exempt, struct err *e) ERR_CHECKED;
void links_destroy(struct links *s); /* once all are dropped */

/* Is there room for another one from there? Where there are too many in all, the one
 * that has waited longest for a request makes room. */
bool links_admit(struct links *s, const struct address *from);

/* A new connection, LINK_HEAD. NULL without memory: then it has no deadline. */
struct link *links_add(struct links *s, int fd, const struct address *from);

/* It enters the state, and its time begins; LINK_HEAD from LINK_IDLE only. NULL is
 * fine. */
void links_enter(struct links *s, struct link *l, enum link_state state);

/* Before the descriptor is closed. NULL is fine. */
void links_drop(struct links *s, struct link *l);

/* Shut down those that are past their deadline. */
void links_reap(struct links *s);

/* From now on whoever waits for a request, or sends its head, has only so long. */
void links_hurry(struct links *s, int64_t ms);
size_t links_count(struct links *s);

/* Descriptors for so many connections, raised as far as the system allows; gives how
 * many there may be then. */
size_t links_reserve(size_t wanted, size_t beside);

/* A listening socket for listen_address and listen_port; where the port is shared, new
 * connections come here from now on, and no more to whom has it so far. */
enum err_code links_listen(
    const struct conf *conf, int *ret_fd, struct err *e) ERR_CHECKED;
unsigned links_port(int fd);

#endif
