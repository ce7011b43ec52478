/*
 * The one field that a small form sends, whichever way: url-encoded, as browsers do, or
 * multipart/form-data, as mail programs may (RFC 8058). In the request's arena.
 */
#ifndef API_FORM_H
#define API_FORM_H

#include "api/request.h"

struct form_field {
	const char *name, *value;
};

/* ERR_FIELD when it is not exactly one field. */
enum err_code form_read(
    struct request *r, struct form_field *ret_field) ERR_CHECKED;

#endif
