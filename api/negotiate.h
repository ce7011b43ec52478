/*
 * What a client would rather have: Accept (RFC 9110, 12.5.1) and Prefer (RFC 7240).
 * Both are lists whose members have parameters; what of them is malformed says nothing,
 * as wishes are not worth a 400. Pure; any thread.
 */
#ifndef API_NEGOTIATE_H
#define API_NEGOTIATE_H

#include <stdbool.h>
#include <stdint.h>

/* Whether `type` ("application/json") may be sent: the most particular range that fits
 * it has a weight above zero. No header, or none with a range in it, allows all.
 * Parameters other than the weight are not looked at. */
bool negotiate_accepts(const char *accept, const char *type);

struct negotiate_preference {
	int64_t wait_s; /* wait=N; 0: not asked for */
	bool respond_async;
};

/* Of a preference that stands there twice the first counts. NULL: none. */
struct negotiate_preference negotiate_prefer(const char *prefer);

#endif
