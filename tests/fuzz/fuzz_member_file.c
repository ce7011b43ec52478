/*
 * A member file of any octets is read or refused with faults; what was read is
 * written and read again to the same octets. Ended by abort() when it is not.
 */
#include <stdint.h>
#include <stdlib.h>

#include "api/member_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
	ARENA_CAP = 64 << 20,
	INPUT_CAP = 64 << 10,
	TEXT_CAP = 16 << 20,
};

/* The registry is opened once: it reads the system's zone names. */
static struct tz *zones(void)
{
	static struct tz *tz;
	struct err e;

	if (tz == NULL &&
	    tz_open(TZ_SERVICE_FROM, TZ_SERVICE_TO, &tz, &e) != ERR_OK)
		abort();
	return tz;
}

static void write_table(
    const struct member_table *t, unsigned flags, struct str *out)
{
	str_init(out, TEXT_CAP);
	member_file_write_header(out, flags);
	for (uint32_t i = 0; i < t->n; i++)
		member_file_write_row(out, &t->row[i], flags);
}

static void check_round_trip(
    struct arena *a, const struct member_table *t, unsigned flags)
{
	struct member_table again;
	struct member_faults faults;
	struct str first, second;
	struct err e;

	write_table(t, flags, &first);
	if (member_file_read(a, first.data, first.len, zones(), NULL, &again,
		&faults, &e) != ERR_OK)
		abort();
	write_table(&again, flags, &second);
	if (first.failed || again.n != t->n || first.len != second.len ||
	    memcmp(first.data, second.data, first.len) != 0)
		abort();
	str_free(&first);
	str_free(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new(ARENA_CAP);
	struct member_table table;
	struct member_faults faults;
	struct community *community;
	struct err e;
	enum err_code code;

	if (size > INPUT_CAP)
		size = INPUT_CAP;
	code = member_file_read(
	    a, (const char *)data, size, zones(), NULL, &table, &faults, &e);
	if (code == ERR_VALIDATION && faults.n == 0)
		abort();
	if (code == ERR_OK) {
		check_round_trip(
		    a, &table, MEMBER_WRITE_WAITING | MEMBER_WRITE_GUARD);
		check_round_trip(a, &table, MEMBER_WRITE_WAITING);
		if (member_community(a, &table, zones(), &community, &e) !=
			ERR_OK ||
		    community->n != table.n)
			abort();
	}
	arena_free(a);
	return 0;
}
