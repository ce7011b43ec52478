/*
 * Typed values on their way from the server. A column of another type than the
 * caller thinks is a fault of ours: the tests, which run with assertions, see it.
 */
#include <assert.h>
#include <stdio.h>

#include "base/instant.h"
#include "base/num.h"
#include "db/pq.h"

size_t db_count(const struct db_rows *r)
{
	return (size_t)PQntuples(r->res);
}

bool db_is_null(const struct db_rows *r, size_t row, int col)
{
	return PQgetisnull(r->res, (int)row, col) != 0;
}

const char *db_get_text(const struct db_rows *r, size_t row, int col)
{
	if (db_is_null(r, row, col))
		return NULL;
	return PQgetvalue(r->res, (int)row, col);
}

int64_t db_get_int(const struct db_rows *r, size_t row, int col)
{
	const char *s = db_get_text(r, row, col);
	int64_t value = 0;

	if (s != NULL &&
	    !num_parse_i64(s, strlen(s), INT64_MIN, INT64_MAX, &value))
		assert(!"the column is a whole number");
	return value;
}

bool db_get_bool(const struct db_rows *r, size_t row, int col)
{
	const char *s = db_get_text(r, row, col);

	return s != NULL && s[0] == 't';
}

struct id db_get_id(const struct db_rows *r, size_t row, int col)
{
	const char *s = db_get_text(r, row, col);
	struct id id = {{0}};

	if (s != NULL && !id_parse(s, strlen(s), &id))
		assert(!"the column is a uuid");
	return id;
}

/* "2026-10-25 08:00:00.25+00", in UTC by the connection's setting. */
int64_t db_get_instant(const struct db_rows *r, size_t row, int col)
{
	const char *s = db_get_text(r, row, col);
	char text[INSTANT_TEXT_SIZE];
	int64_t instant = 0;

	if (s == NULL)
		return 0;
	snprintf(
	    text, sizeof(text), "%.10sT%.8sZ", s, strlen(s) > 11 ? s + 11 : "");
	if (!instant_parse(text, strlen(text), &instant))
		assert(!"the column is a timestamptz");
	return instant;
}

int32_t db_get_date(const struct db_rows *r, size_t row, int col)
{
	const char *s = db_get_text(r, row, col);
	int32_t day = 0;

	if (s != NULL && !day_parse(s, strlen(s), &day))
		assert(!"the column is a date");
	return day;
}

static unsigned hex(char c)
{
	return (unsigned)(c <= '9' ? c - '0' : c - 'a' + 10);
}

/* "\x0aff": the server's hexadecimal output. */
const uint8_t *db_get_bytes(
    const struct db_rows *r, size_t row, int col, size_t *ret_n)
{
	const char *s = db_get_text(r, row, col);
	size_t n = s != NULL ? strlen(s) : 0;
	uint8_t *out;

	if (n < 2)
		return NULL;
	n = (n - 2) / 2;
	out = arena_alloc(r->a, n);
	if (out == NULL)
		return NULL;
	for (size_t i = 0; i < n; i++)
		out[i] = (uint8_t)(hex(s[2 + 2 * i]) << 4 | hex(s[3 + 2 * i]));
	*ret_n = n;
	return out;
}
