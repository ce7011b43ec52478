/*
 * Entity tags: a version that is read is written back to the same text; a list has a
 * tag exactly when a plain splitting of it at quotes finds the tag before any fault.
 * Input: a tag, a line feed, a list.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/etag.h"
#include "base/arena.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_version(const char *s)
{
	int64_t version = 0;
	char back[32];

	if (!etag_parse_version(s, &version))
		return;
	snprintf(back, sizeof(back), "\"%lld", (long long)version);
	if (version < 1 || strncmp(back, s, strlen(back)) != 0 ||
	    !strchr("\"-", s[strlen(back)]))
		abort();
}

/* States of a second reading, octet by octet. */
enum state {
	BEFORE,
	WEAK,
	INSIDE,
	BEHIND
};

static bool second_opinion(const char *list, const char *etag)
{
	const char *begin = list;
	enum state state = BEFORE;
	size_t i = 0;

	while (list[i] == ' ' || list[i] == '\t')
		i++;
	if (list[i] == '*') {
		while (list[++i] == ' ' || list[i] == '\t')
			;
		return list[i] == '\0';
	}
	for (; list[i]; i++) {
		bool gap = list[i] == ',' || list[i] == ' ' || list[i] == '\t';

		switch (state) {
		case BEHIND:
			if (!gap)
				return false;
			state = BEFORE;
			break;
		case BEFORE:
			if (gap)
				break;
			if (list[i] == 'W' && list[i + 1] == '/') {
				i++;
				state = WEAK;
				break;
			}
			__attribute__((fallthrough));
		case WEAK:
			if (list[i] != '"')
				return false;
			begin = list + i;
			state = INSIDE;
			break;
		case INSIDE:
			if (list[i] != '"')
				break;
			if ((size_t)(list + i + 1 - begin) == strlen(etag) &&
			    memcmp(begin, etag, strlen(etag)) == 0)
				return true;
			state = BEHIND;
			break;
		}
	}
	return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new(1 << 20);
	const uint8_t *cut = memchr(data, '\n', size);
	size_t n = cut ? (size_t)(cut - data) : size;
	const char *etag = arena_strndup(a, (const char *)data, n);
	const char *list = arena_strndup(
	    a, (const char *)data + n, size - n); /* with its line feed */

	check_version(etag);
	list += *list == '\n';
	if (etag_is_listed(list, etag) != second_opinion(list, etag))
		abort();
	arena_free(a);
	return 0;
}
