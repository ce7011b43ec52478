/*
 * From the text of a calendar to when its owner is busy: read in a limited child
 * (reader.h), of which intervals come back and nothing else. Any thread.
 */
#ifndef API_BUSY_READING_H
#define API_BUSY_READING_H

#include "base/arena.h"
#include "base/err.h"

enum {
	BUSY_READING_DAYS_BACK = 1, /* kept from then … */
	BUSY_READING_DAYS = 400,    /* … for so long */
};

struct busy_reading {
	const char *text; /* in */
	size_t n;
	const char *time_zone,
	    *owner; /* whose it is: their zone, their address */

	int64_t from, to;     /* out: the times tell of this */
	const char *busy;     /* JSON: [{"from","to"}], disjoint */
	const char *left_out; /* JSON: what could not be read */
};

/* ERR_VALIDATION: it is no calendar, or takes too long to read. */
enum err_code busy_reading_run(
    struct arena *a, struct busy_reading *r, struct err *e) ERR_CHECKED;

#endif
