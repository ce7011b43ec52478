/*
 * Busy times of any octets: intervals that ascend, neither overlap nor touch, lie within
 * what was asked for, and are the same a second time; what is left out is counted.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "calendars/busy.h"

enum {
	MEMORY = 512 << 20,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct tz *zones(const struct zone **ret)
{
	static struct tz *tz;
	static const struct zone *zone;
	struct err e;

	err_clear(&e);
	if (tz == NULL &&
	    (tz_open(TZ_SERVICE_FROM, TZ_SERVICE_TO, &tz, &e) != ERR_OK ||
		tz_zone(tz, "Europe/Berlin", &zone, &e) != ERR_OK))
		abort();
	*ret = zone;
	return tz;
}

static void judge(const struct busy_report *r, const struct busy_request *q)
{
	for (size_t i = 0; i < r->n; i++)
		if (r->span[i].begin >= r->span[i].end ||
		    r->span[i].begin < q->from || r->span[i].end > q->to ||
		    (i > 0 && r->span[i].begin <= r->span[i - 1].end))
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* September 2026 to November 2027: both changes of the clocks. */
	struct busy_request q = {.from = INT64_C(1788220800),
	    .to = INT64_C(1825545600),
	    .owner = "ann@example.com"};
	struct tz *tz = zones(&q.zone);
	struct arena *a = arena_new(MEMORY);
	struct busy_report one, two;
	struct err e;

	err_clear(&e);
	if (busy_read(a, tz, (const char *)data, size, &q, &one, &e) ==
	    ERR_OK) {
		judge(&one, &q);
		if (busy_read(a, tz, (const char *)data, size, &q, &two, &e) !=
			ERR_OK ||
		    one.n != two.n || one.n_left != two.n_left ||
		    (one.n > 0 && memcmp(one.span, two.span,
				      one.n * sizeof(*one.span)) != 0))
			abort();
	}
	arena_free(a);
	return 0;
}
