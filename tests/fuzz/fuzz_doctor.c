/*
 * The invitation doctor on any octets, calendar or mail: it ends, finds the same twice,
 * writes valid JSON, and its counts agree with its findings. Beside an earlier revision
 * that is the same text, it does not miss a UID.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/jscan.h"
#include "calendars/doctor.h"

enum {
	MEMORY = 256 << 20,
	ANSWER = 1 << 20,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct tz *zones(void)
{
	static struct tz *tz;
	struct err e;

	err_clear(&e);
	if (tz == NULL &&
	    tz_open(TZ_SERVICE_FROM, TZ_SERVICE_TO, &tz, &e) != ERR_OK)
		abort();
	return tz;
}

static void write(const struct doctor_report *r, struct str *out)
{
	struct jwrite w;

	str_init(out, ANSWER);
	jwrite_init(&w, out, false);
	doctor_write(&w, "x", r);
	if (!jwrite_done(&w))
		abort();
}

static void judge(const struct doctor_report *r)
{
	uint32_t count[DOCTOR_HAND + 1] = {0};

	for (int i = 0; i < DOCTOR_RULES; i++)
		if (r->found[i].count > 0)
			count[doctor_row((enum doctor_rule)i)->severity]++;
	if (memcmp(count, r->count, sizeof(count)) != 0 ||
	    count[DOCTOR_HAND] != 0 ||
	    (r->verdict == DOCTOR_BROKEN) != (count[DOCTOR_ERROR] > 0) ||
	    r->found[DOCTOR_REVISION_UID].count > 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct doctor_text text = {(const char *)data, size};
	struct arena *a = arena_new(MEMORY);
	struct doctor_report one, two;
	struct jscan_fault fault;
	struct str x, y;
	struct err e;

	err_clear(&e);
	if (doctor_examine(a, zones(), &text, NULL, &one, &e) == ERR_OK) {
		if (doctor_examine(a, zones(), &text, NULL, &two, &e) != ERR_OK)
			abort();
		write(&one, &x);
		write(&two, &y);
		if (strcmp(x.data, y.data) != 0 ||
		    jscan(x.data, x.len, NULL, a, &fault) != JSCAN_OK)
			abort();
		judge(&one);
		str_free(&x);
		str_free(&y);
		if (doctor_examine(a, zones(), &text, &text, &two, &e) ==
		    ERR_OK)
			judge(&two);
	}
	arena_free(a);
	return 0;
}
