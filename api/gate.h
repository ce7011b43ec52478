/*
 * The strict gate in front of everything: collects the head of a request from
 * libmicrohttpd, has it judged (head.h), and copies from it what the service reads.
 * Runs in the event thread at the first callback of a request, while the parser's
 * buffer still holds the head.
 */
#ifndef API_GATE_H
#define API_GATE_H

#include <stdint.h>

#include "api/request.h"

struct MHD_Connection;

/* The first line: `uri` is raw and ours, `uri_at` is where the parser had it. */
struct gate_line {
	const char *method, *uri, *uri_at, *version;
};

/* Fills r->header and r->id. ret_length: the announced length of the body, or
 * HEAD_LENGTH_UNKNOWN. */
enum err_code gate_check(struct request *r, struct MHD_Connection *c,
    const struct gate_line *line, int64_t *ret_length,
    struct err *e) ERR_CHECKED;

#endif
