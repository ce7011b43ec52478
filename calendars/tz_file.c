/*
 * TZif, version 2 or later: a block with 32-bit times, to be passed over, then one
 * with 64-bit times, then a rule for the time after the last transition.
 */
#include "calendars/tz_file.h"

#include <string.h>

#include "base/instant.h"

enum {
	HEADER = 44,
	TYPE_SIZE = 6,
	YEAR = 366 * INSTANT_DAY,
};

/* What a header counts, in its order. */
struct counts {
	uint32_t ut, standard, leaps, times, types, letters;
};

static uint64_t number(const unsigned char *p, int octets)
{
	uint64_t n = 0;

	for (int i = 0; i < octets; i++)
		n = n << 8 | p[i];
	return n;
}

static bool read_header(
    const unsigned char *data, size_t size, struct counts *c)
{
	if (size < HEADER || memcmp(data, "TZif", 4) != 0 || data[4] < '2')
		return false;
	*c = (struct counts){(uint32_t)number(data + 20, 4),
	    (uint32_t)number(data + 24, 4), (uint32_t)number(data + 28, 4),
	    (uint32_t)number(data + 32, 4), (uint32_t)number(data + 36, 4),
	    (uint32_t)number(data + 40, 4)};
	return c->types > 0;
}

/* Octets of a block behind its header. */
static uint64_t block_size(const struct counts *c, unsigned time_size)
{
	return (uint64_t)c->times * (time_size + 1) +
	       (uint64_t)c->types * TYPE_SIZE + c->letters +
	       (uint64_t)c->leaps * (time_size + 4) + c->standard + c->ut;
}

/* The 64-bit block; NULL where the file is none or is cut off. */
static const unsigned char *find_block(const unsigned char *data, size_t size,
    struct counts *c, const unsigned char **ret_rule, size_t *ret_rule_size)
{
	uint64_t skip, used;

	if (!read_header(data, size, c))
		return NULL;
	skip = HEADER + block_size(c, 4);
	if (skip > size || !read_header(data + skip, size - skip, c))
		return NULL;
	used = skip + HEADER + block_size(c, 8);
	if (used + 2 > size || data[used] != '\n' || data[size - 1] != '\n')
		return NULL;
	*ret_rule = data + used;
	*ret_rule_size = size - (size_t)used;
	return data + skip + HEADER;
}

static int64_t time_at(const unsigned char *block, uint32_t k)
{
	return (int64_t)number(block + (size_t)k * 8, 8);
}

static bool offset_of(const unsigned char *block, const struct counts *c,
    unsigned type, int32_t *ret)
{
	const unsigned char *types = block + (size_t)c->times * 9;

	if (type >= c->types)
		return false;
	*ret = (int32_t)number(types + (size_t)type * TYPE_SIZE, 4);
	return true;
}

bool tz_file_changes(const unsigned char *data, size_t size, int64_t from,
    int64_t to, struct zone_change *change, uint32_t max, uint32_t *n,
    int32_t *first_offset)
{
	struct counts c;
	const unsigned char *rule;
	size_t rule_size;
	const unsigned char *block =
	    find_block(data, size, &c, &rule, &rule_size);
	int32_t offset, next;

	/* A rule with a comma says when clocks change, every year. */
	if (block == NULL ||
	    (memchr(rule, ',', rule_size) != NULL &&
		(c.times == 0 || time_at(block, c.times - 1) < to - YEAR)))
		return false;
	if (!offset_of(block, &c, 0, &offset))
		return false;
	*n = 0;
	*first_offset = offset;
	for (uint32_t k = 0; k < c.times && time_at(block, k) < to; k++) {
		unsigned type = block[(size_t)c.times * 8 + k];

		if (!offset_of(block, &c, type, &next))
			return false;
		if (time_at(block, k) > from && next != offset) {
			if (*n == max)
				return false;
			change[(*n)++] =
			    (struct zone_change){time_at(block, k), next};
		} else if (time_at(block, k) <= from) {
			*first_offset = next;
		}
		offset = next;
	}
	return true;
}
