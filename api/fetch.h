/*
 * Getting a text from an address that somebody else wrote down, with libcurl
 * (transfer.h): a GET over http or https that ends, in time and in size, and that opens
 * no connection to where only we could reach.
 *
 * Every address is looked at when it is about to be connected to, whatever name or
 * redirection led there, so that no name can say one thing when it is checked and another
 * when it is used. Public ones are let through, and what the operator lists. At most
 * FETCH_REDIRECTS redirections, from https to https alone. No cookies, no proxy, no login,
 * no compression. Nothing here says the address in words. One thread at a time for each
 * answer.
 */
#ifndef API_FETCH_H
#define API_FETCH_H

#include "api/address.h"
#include "base/str.h"

struct sockaddr;

enum {
	FETCH_SECONDS = 30, /* for all of it */
	FETCH_REDIRECTS = 5,
	FETCH_MAX_HEADERS = 64 << 10, /* octets, of all answers on the way */
	FETCH_TAG_SIZE = 256,
	FETCH_WHY_SIZE = 120,
};

struct fetch_request {
	const char *url;
	/* Of the text that the asker has; NULL: none. */
	const char *entity_tag, *last_modified;
	const struct networks *allowed; /* beside the public ones */
	const char *ca_file;            /* "": the system's */
	size_t max_octets;
	int stop_fd; /* readable: give up; -1: none */
};

enum fetch_end {
	FETCH_TEXT,
	FETCH_UNCHANGED, /* it is still the text that the asker has */
	FETCH_FAILED,
};

struct fetch_answer {
	enum fetch_end end;
	char entity_tag[FETCH_TAG_SIZE],
	    last_modified[FETCH_TAG_SIZE]; /* or "" */
	int64_t retry_after_s; /* the server asks for this pause; 0: for none */
	char why[FETCH_WHY_SIZE]; /* FETCH_FAILED; for people */
};

/* The text is appended to `out`, whose cap is above max_octets. */
void fetch_run(const struct fetch_request *q, struct str *out,
    struct fetch_answer *ret_answer);

/* May it be connected to? IPv4 and IPv6 alone; public, or among `allowed`. */
bool fetch_may_connect(
    const struct sockaddr *address, const struct networks *allowed);

#endif
