/* Strict decimal numbers: see num.h. */
#include "base/num.h"

bool num_parse_i64(
    const char *s, size_t n, int64_t min, int64_t max, int64_t *value)
{
	bool negative = n > 0 && s[0] == '-';
	size_t i = negative ? 1 : 0;
	int64_t v = 0;

	if (i == n || n - i > 19)
		return false;
	for (; i < n; i++) {
		if (s[i] < '0' || s[i] > '9' ||
		    __builtin_mul_overflow(v, 10, &v) ||
		    __builtin_sub_overflow(v, s[i] - '0', &v))
			return false;
	}
	if (!negative && __builtin_sub_overflow(0, v, &v))
		return false;
	if (v < min || v > max)
		return false;
	*value = v;
	return true;
}

bool num_parse_tenths(
    const char *s, size_t n, int64_t max_tenths, int64_t *tenths)
{
	size_t whole = 0;
	int64_t v;

	while (whole < n && s[whole] != '.')
		whole++;
	if (!num_parse_i64(s, whole, 0, INT64_MAX / 100, &v) || s[0] == '-')
		return false;
	v *= 10;
	if (whole < n) {
		if (whole + 1 == n)
			return false;
		for (size_t i = whole + 1; i < n; i++)
			if (s[i] < '0' || s[i] > '9')
				return false;
		v += s[whole + 1] - '0';
	}
	if (v > max_tenths)
		return false;
	*tenths = v;
	return true;
}
