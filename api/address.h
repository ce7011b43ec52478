/*
 * Addresses of clients and the networks of proxies that may name another one. Pure;
 * any thread.
 */
#ifndef API_ADDRESS_H
#define API_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	ADDRESS_SIZE = 16,
	ADDRESS_MAX_NETWORKS = 16,
};

struct sockaddr;

/* An IPv6 address; one of IPv4 as ::ffff:a.b.c.d. All zero: none is known. */
struct address {
	uint8_t octet[ADDRESS_SIZE];
};

struct networks {
	struct network {
		struct address base;
		unsigned bits; /* of the 128 */
	} network[ADDRESS_MAX_NETWORKS];

	size_t n;
};

struct address address_of(const struct sockaddr *s); /* NULL: none */

/* "10.0.0.0/8, ::1": false when it is malformed or has too many. "" is none. */
bool address_networks(const char *text, struct networks *ret);
bool address_is_in(const struct networks *w, const struct address *a);

/*
 * Whose request it is: the peer, or, while that is one of the trusted proxies, the
 * last address in X-Forwarded-For (NULL without one) that is none of them. What stands
 * before that one, anybody may have written.
 */
struct address address_client(const struct networks *trusted,
    struct address peer, const char *forwarded_for);

#endif
