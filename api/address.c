/* Addresses and networks: see address.h. */
#include "api/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "base/num.h"

enum {
	V4_PREFIX = 12
};

static const uint8_t MAPPED[V4_PREFIX] = {[10] = 0xff, [11] = 0xff};

struct address address_of(const struct sockaddr *s)
{
	struct address a = {{0}};

	if (s && s->sa_family == AF_INET6) {
		struct sockaddr_in6 v6;

		memcpy(&v6, s, sizeof(v6));
		memcpy(a.octet, &v6.sin6_addr, ADDRESS_SIZE);
	} else if (s && s->sa_family == AF_INET) {
		struct sockaddr_in v4;

		memcpy(&v4, s, sizeof(v4));
		memcpy(a.octet, MAPPED, V4_PREFIX);
		memcpy(a.octet + V4_PREFIX, &v4.sin_addr, 4);
	}
	return a;
}

/* Exactly one address; *ret_v4 when it was written as IPv4. */
static bool parse(const char *s, size_t n, struct address *ret, bool *ret_v4)
{
	char text[INET6_ADDRSTRLEN];

	if (n == 0 || n >= sizeof(text))
		return false;
	memcpy(text, s, n);
	text[n] = '\0';
	memset(ret, 0, sizeof(*ret));
	*ret_v4 = inet_pton(AF_INET, text, ret->octet + V4_PREFIX) == 1;
	if (*ret_v4)
		memcpy(ret->octet, MAPPED, V4_PREFIX);
	return *ret_v4 || inet_pton(AF_INET6, text, ret->octet) == 1;
}

static bool parse_network(const char *s, size_t n, struct network *ret)
{
	const char *slash = memchr(s, '/', n);
	size_t len = slash ? (size_t)(slash - s) : n;
	int64_t bits = 128;
	bool v4;

	if (!parse(s, len, &ret->base, &v4))
		return false;
	if (slash &&
	    !num_parse_i64(slash + 1, n - len - 1, 0, v4 ? 32 : 128, &bits))
		return false;
	ret->bits = (unsigned)bits + (slash && v4 ? 8 * V4_PREFIX : 0);
	return true;
}

bool address_networks(const char *text, struct networks *ret)
{
	ret->n = 0;
	for (const char *s = text; *(s += strspn(s, ", "));) {
		size_t n = strcspn(s, ", ");

		if (ret->n == ADDRESS_MAX_NETWORKS ||
		    !parse_network(s, n, &ret->network[ret->n++]))
			return false;
		s += n;
	}
	return true;
}

static bool is_in(const struct network *w, const struct address *a)
{
	unsigned whole = w->bits / 8, rest = w->bits % 8;

	return memcmp(w->base.octet, a->octet, whole) == 0 &&
	       (rest == 0 ||
		   (w->base.octet[whole] ^ a->octet[whole]) >> (8 - rest) == 0);
}

bool address_is_in(const struct networks *w, const struct address *a)
{
	for (size_t i = 0; i < w->n; i++)
		if (is_in(&w->network[i], a))
			return true;
	return false;
}

struct address address_client(const struct networks *trusted,
    struct address peer, const char *forwarded_for)
{
	const char *s = forwarded_for ? forwarded_for : "";
	size_t end = strlen(s);

	while (end > 0 && address_is_in(trusted, &peer)) {
		size_t begin = end, n;
		struct address next;
		bool v4;

		while (begin > 0 && s[begin - 1] != ',')
			begin--;
		n = end - begin;
		end = begin > 0 ? begin - 1 : 0;
		for (; n > 0 && s[begin] == ' '; n--)
			begin++;
		while (n > 0 && s[begin + n - 1] == ' ')
			n--;
		if (!parse(s + begin, n, &next, &v4))
			break;
		peer = next;
	}
	return peer;
}
