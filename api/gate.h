/*
 * The strict gate in front of everything: what libmicrohttpd 0.9.75 lets through
 * and should not (two Content-Lengths, names that are no tokens, odd transfer
 * codings, control octets and bad percent forms in the address), and the caps on
 * address and headers. Runs in the event thread at the first callback of a request.
 *
 * It cannot see what the parser has swallowed: raw NUL, folded lines, bare line
 * feeds. Put a proxy in front where strangers can connect (docs/internals/api.md).
 */
#ifndef API_GATE_H
#define API_GATE_H

#include <stdint.h>

#include "api/request.h"

struct MHD_Connection;

enum {
	GATE_MAX_URI = 8192,      /* octets */
	GATE_MAX_HEADERS = 100,   /* fields */
	GATE_MAX_HEADER = 16384,  /* octets of all names and values */
	GATE_LENGTH_UNKNOWN = -1, /* chunked */
};

/* Judge the header of a request, and copy from it what the service reads into
 * r->header and r->id. ret_length: the announced length of the body. */
enum err_code gate_check(struct request *r, struct MHD_Connection *c,
    const char *version, const char *raw_uri, int64_t *ret_length,
    struct err *e) ERR_CHECKED;

#endif
