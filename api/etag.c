/* Entity tags: see etag.h. */
#include "api/etag.h"

#include <string.h>

#include "base/num.h"

bool etag_parse_version(const char *s, int64_t *ret_version)
{
	const char *end;
	size_t n;

	if (*s++ != '"' || *s == '0')
		return false;
	n = strspn(s, "0123456789");
	end = s + n;
	if (*end == '-') {
		end += 1 + strspn(end + 1, "0123456789abcdef");
		if (end[-1] == '-')
			return false;
	}
	return strcmp(end, "\"") == 0 &&
	       num_parse_i64(s, n, 1, INT64_MAX, ret_version);
}

bool etag_is_listed(const char *list, const char *etag)
{
	const char *s = list + strspn(list, " \t");
	size_t n = strlen(etag);

	if (*s == '*')
		return s[1 + strspn(s + 1, " \t")] == '\0';
	for (;;) {
		size_t len;

		s += strspn(s, ", \t");
		if (strncmp(s, "W/", 2) == 0)
			s += 2;
		if (*s != '"')
			return false;
		len = 1 + strcspn(s + 1, "\"");
		if (s[len] != '"')
			return false;
		len++;
		if (len == n && memcmp(s, etag, n) == 0)
			return true;
		s += len;
		if (*s && !strchr(", \t", *s))
			return false;
	}
}
