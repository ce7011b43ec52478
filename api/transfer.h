/*
 * libcurl's home. Whoever talks to another server (smtp.c hands mail over, fetch.c gets
 * calendars) sets up a handle here, with what holds for every talk: no proxy, login or
 * certificate that the environment names, TLS 1.2 at least, no signals, an end. Nobody
 * else includes this header.
 */
#ifndef API_TRANSFER_H
#define API_TRANSFER_H

#include <curl/curl.h>
#include <stdbool.h>
#include <stdint.h>

enum {
	TRANSFER_CONNECT_SECONDS = 15,
};

struct transfer {
	CURL *curl;
	char error[CURL_ERROR_SIZE]; /* in curl's words: may name the address */
};

struct transfer_options {
	const char *schemes; /* "http,https": no other is spoken */
	const char
	    *ca_file;    /* what certificates are held to; "": the system's */
	int64_t seconds; /* for all of one talk */
};

/* Into a struct that stays where it is. False: no memory, or a setting that curl does
 * not take; transfer_close is still due. Call the first one before threads start. */
bool transfer_open(struct transfer *t, const struct transfer_options *o);
void transfer_close(struct transfer *t);

/* Set an option, and note in `good` when that failed. */
#define TRANSFER_SET(good, curl, option, value)                              \
	((good) = curl_easy_setopt((curl), (option), (value)) == CURLE_OK && \
		  (good))

#endif
