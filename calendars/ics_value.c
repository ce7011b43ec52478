/* Parsers of values: see ics_value.h. */
#include "calendars/ics_value.h"

#include <string.h>

#include "base/instant.h"

enum {
	DATE_LENGTH = 8,
	TIME_LENGTH = 15, /* "20261025T090000" */
	MAX_DIGITS = 9,
};

/* Exactly `digits` digits. */
static bool number(const char *text, size_t digits, int *ret)
{
	int n = 0;

	for (size_t i = 0; i < digits; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		n = n * 10 + (text[i] - '0');
	}
	*ret = n;
	return true;
}

bool ics_value_time(const char *text, size_t n, struct ics_time *ret_time)
{
	struct ics_time t = {.is_date = n == DATE_LENGTH,
	    .is_utc = n == TIME_LENGTH + 1 && text[TIME_LENGTH] == 'Z'};
	struct civil c = {.hour = 0};

	if (!t.is_date && !t.is_utc && n != TIME_LENGTH)
		return false;
	if (!number(text, 4, &c.year) || !number(text + 4, 2, &c.month) ||
	    !number(text + 6, 2, &c.day) ||
	    !civil_date_exists(c.year, c.month, c.day))
		return false;
	if (!t.is_date && (text[8] != 'T' || !number(text + 9, 2, &c.hour) ||
			      !number(text + 11, 2, &c.minute) ||
			      !number(text + 13, 2, &c.second) || c.hour > 23 ||
			      c.minute > 59 || c.second > 60))
		return false;
	if (c.second == 60)
		c.second = 59;
	t.local = civil_to_seconds(&c);
	*ret_time = t;
	return true;
}

bool ics_value_duration(
    const char *text, size_t n, struct ics_duration *ret_duration)
{
	struct ics_duration d = {0, 0};
	bool minus = n > 0 && text[0] == '-', in_time = false, any = false;
	size_t i = n > 0 && (text[0] == '-' || text[0] == '+');

	if (i >= n || text[i] != 'P')
		return false;
	for (i++; i < n; i++) {
		size_t digits = 0;
		int value = 0;

		if (text[i] == 'T' && !in_time) {
			in_time = true;
			continue;
		}
		while (i + digits < n && digits < MAX_DIGITS &&
		       text[i + digits] >= '0' && text[i + digits] <= '9')
			digits++;
		if (digits == 0 || i + digits >= n ||
		    !number(text + i, digits, &value))
			return false;
		i += digits;
		any = true;
		if (text[i] == 'W' && !in_time)
			d.days += INT64_C(7) * value;
		else if (text[i] == 'D' && !in_time)
			d.days += value;
		else if (text[i] == 'H' && in_time)
			d.seconds += (int64_t)value * INSTANT_HOUR;
		else if (text[i] == 'M' && in_time)
			d.seconds += (int64_t)value * INSTANT_MINUTE;
		else if (text[i] == 'S' && in_time)
			d.seconds += value;
		else
			return false;
	}
	if (!any)
		return false;
	*ret_duration = minus ? (struct ics_duration){-d.days, -d.seconds} : d;
	return true;
}

bool ics_value_offset(const char *text, int32_t *ret_offset)
{
	size_t n = strlen(text);
	int hour, minute, second = 0;

	if ((n != 5 && n != 7) || (text[0] != '+' && text[0] != '-') ||
	    !number(text + 1, 2, &hour) || !number(text + 3, 2, &minute) ||
	    (n == 7 && !number(text + 5, 2, &second)) || hour > 23 ||
	    minute > 59 || second > 59)
		return false;
	*ret_offset = (text[0] == '-' ? -1 : 1) *
		      (hour * INSTANT_HOUR + minute * INSTANT_MINUTE + second);
	return true;
}

bool ics_value_next(
    const char **at, char mark, const char **ret_part, size_t *ret_n)
{
	const char *end;

	if (*at == NULL)
		return false;
	*ret_part = *at;
	end = strchr(*at, mark);
	*ret_n = end == NULL ? strlen(*at) : (size_t)(end - *at);
	*at = end == NULL ? NULL : end + 1;
	return true;
}
