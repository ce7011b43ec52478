/*
 * The TCP connections of the server, for their absolute deadlines: libmicrohttpd's
 * own time-out is about silence only, and a client that drips octets never is
 * silent. Also the socket that the server listens on. Any thread.
 */
#ifndef API_LINKS_H
#define API_LINKS_H

#include <pthread.h>
#include <stdint.h>

#include "base/conf.h"
#include "base/err.h"

struct link;

struct links {
	pthread_mutex_t lock;
	struct link *head;
};

void links_init(struct links *s);
void links_destroy(struct links *s); /* once all are dropped */

/* ms from now; 0: no deadline. NULL without memory: then it has none. */
struct link *links_add(struct links *s, int fd, int64_t ms);
void links_set_due(
    struct links *s, struct link *l, int64_t ms); /* NULL is fine */
/* Before the descriptor is closed. NULL is fine. */
void links_drop(struct links *s, struct link *l);

/* Shut down those that are past their deadline. */
void links_reap(struct links *s);

/* A listening socket for listen_address and listen_port. */
enum err_code links_listen(
    const struct conf *conf, int *ret_fd, struct err *e) ERR_CHECKED;
unsigned links_port(int fd);

#endif
