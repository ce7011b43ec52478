/*
 * Civil calendar arithmetic on the proleptic Gregorian calendar, by counting
 * days from 1 March (so that the leap day ends the year).
 */
#include "base/instant.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

static const char *const WEEKDAYS[7] = {
    "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};

int32_t day_from_civil(int year, int month, int day)
{
	int y = year - (month <= 2);
	int era = (y >= 0 ? y : y - 399) / 400;
	int year_of_era = y - era * 400;
	int day_of_year =
	    (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
	int day_of_era = year_of_era * 365 + year_of_era / 4 -
			 year_of_era / 100 + day_of_year;

	return era * 146097 + day_of_era - 719468;
}

static void civil_from_day(int32_t day, struct civil *c)
{
	int z = day + 719468;
	int era = (z >= 0 ? z : z - 146096) / 146097;
	int day_of_era = z - era * 146097;
	int year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 -
			      day_of_era / 146096) /
			  365;
	int day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 -
					   year_of_era / 100);
	int shifted = (5 * day_of_year + 2) / 153;

	c->day = day_of_year - (153 * shifted + 2) / 5 + 1;
	c->month = shifted + (shifted < 10 ? 3 : -9);
	c->year = year_of_era + era * 400 + (c->month <= 2);
}

int32_t day_of(int64_t seconds)
{
	int64_t day = seconds / INSTANT_DAY;

	return (int32_t)(day - (seconds % INSTANT_DAY < 0));
}

struct civil civil_from_seconds(int64_t seconds)
{
	struct civil c;
	int32_t day = day_of(seconds);
	int rest = (int)(seconds - (int64_t)day * INSTANT_DAY);

	civil_from_day(day, &c);
	c.hour = rest / INSTANT_HOUR;
	c.minute = rest / 60 % 60;
	c.second = rest % 60;
	return c;
}

int64_t civil_to_seconds(const struct civil *c)
{
	return (int64_t)day_from_civil(c->year, c->month, c->day) *
		   INSTANT_DAY +
	       c->hour * INSTANT_HOUR + c->minute * 60 + c->second;
}

int day_weekday(int32_t day)
{
	int w = (int)((day + 3) % 7); /* 1970-01-01 was a Thursday */

	return w < 0 ? w + 7 : w;
}

bool civil_date_exists(int year, int month, int day)
{
	struct civil c;

	if (year < 1 || year > 9999 || month < 1 || month > 12 || day < 1 ||
	    day > 31)
		return false;
	civil_from_day(day_from_civil(year, month, day), &c);
	return c.month == month && c.day == day;
}

/* n decimal digits; -1 when there is anything else. */
static int digits(const char *s, int n)
{
	int value = 0;

	for (int i = 0; i < n; i++) {
		if (s[i] < '0' || s[i] > '9')
			return -1;
		value = value * 10 + (s[i] - '0');
	}
	return value;
}

bool day_parse(const char *s, size_t n, int32_t *day)
{
	int y, m, d;

	if (n != 10 || s[4] != '-' || s[7] != '-')
		return false;
	y = digits(s, 4);
	m = digits(s + 5, 2);
	d = digits(s + 8, 2);
	if (y < 0 || m < 0 || d < 0 || !civil_date_exists(y, m, d))
		return false;
	*day = day_from_civil(y, m, d);
	return true;
}

void day_format(int32_t day, char out[INSTANT_TEXT_SIZE])
{
	struct civil c;

	civil_from_day(day, &c);
	snprintf(
	    out, INSTANT_TEXT_SIZE, "%04d-%02d-%02d", c.year, c.month, c.day);
}

/* The offset at s[0..n): "Z" or "+hh:mm". */
static bool parse_offset(const char *s, size_t n, int *seconds)
{
	int h, m;

	if (n == 1 && (s[0] == 'Z' || s[0] == 'z')) {
		*seconds = 0;
		return true;
	}
	if (n != 6 || (s[0] != '+' && s[0] != '-') || s[3] != ':')
		return false;
	h = digits(s + 1, 2);
	m = digits(s + 4, 2);
	if (h < 0 || h > 23 || m < 0 || m > 59)
		return false;
	*seconds = (h * 3600 + m * 60) * (s[0] == '-' ? -1 : 1);
	return true;
}

bool instant_parse(const char *s, size_t n, int64_t *instant)
{
	int32_t day;
	int64_t t;
	int h, m, sec, offset;
	size_t i = 19;

	if (n < 20 || !day_parse(s, 10, &day) ||
	    (s[10] != 'T' && s[10] != 't') || s[13] != ':' || s[16] != ':')
		return false;
	h = digits(s + 11, 2);
	m = digits(s + 14, 2);
	sec = digits(s + 17, 2);
	if (h < 0 || h > 23 || m < 0 || m > 59 || sec < 0 || sec > 59)
		return false;
	if (s[i] == '.') {
		size_t first = ++i;

		while (i < n && s[i] >= '0' && s[i] <= '9')
			i++;
		if (i == first)
			return false;
	}
	if (!parse_offset(s + i, n - i, &offset))
		return false;
	t = (int64_t)day * INSTANT_DAY + h * 3600 + m * 60 + sec - offset;
	/* An offset may lead out of the years that can be written. */
	if (day_of(t) < day_from_civil(1, 1, 1) ||
	    day_of(t) > day_from_civil(9999, 12, 31))
		return false;
	*instant = t;
	return true;
}

void instant_format(int64_t instant, char out[INSTANT_TEXT_SIZE])
{
	struct civil c = civil_from_seconds(instant);

	snprintf(out, INSTANT_TEXT_SIZE, "%04d-%02d-%02dT%02d:%02d:%02dZ",
	    c.year, c.month, c.day, c.hour, c.minute, c.second);
}

void instant_format_basic(int64_t seconds, char out[INSTANT_TEXT_SIZE])
{
	struct civil c = civil_from_seconds(seconds);

	snprintf(out, INSTANT_TEXT_SIZE, "%04d%02d%02dT%02d%02d%02d", c.year,
	    c.month, c.day, c.hour, c.minute, c.second);
}

const char *weekday_name(int weekday)
{
	return WEEKDAYS[weekday];
}

int weekday_parse(const char *s, size_t n)
{
	if (n == 3)
		for (int i = 0; i < 7; i++)
			if (strncasecmp(s, WEEKDAYS[i], 3) == 0)
				return i;
	return -1;
}

static int64_t clock_ms(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int64_t instant_now_ms(void)
{
	return clock_ms(CLOCK_REALTIME);
}

int64_t instant_now(void)
{
	return instant_now_ms() / 1000;
}

int64_t monotonic_ms(void)
{
	return clock_ms(CLOCK_MONOTONIC);
}
