/* The guard: reading a rule part by part. See rrule.h. */
#include "calendars/rrule.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

#include "calendars/rrule_set.h"

enum {
	MAX_DIGITS = 9,
	MAX_NTH = 53,
};

static const struct by_row {
	const char *name;
	int min, max;
	bool minus;
	const char *fault;
} BY[RRULE_BYS] = {
    [RRULE_SECOND] = {"BYSECOND", 0, 60, false, "BYSECOND must be 0 to 60"},
    [RRULE_MINUTE] = {"BYMINUTE", 0, 59, false, "BYMINUTE must be 0 to 59"},
    [RRULE_HOUR] = {"BYHOUR", 0, 23, false, "BYHOUR must be 0 to 23"},
    [RRULE_MONTHDAY] = {"BYMONTHDAY", 1, 31, true,
	"BYMONTHDAY must be 1 to 31 or -31 to -1"},
    [RRULE_YEARDAY] = {"BYYEARDAY", 1, 366, true,
	"BYYEARDAY must be 1 to 366 or -366 to -1"},
    [RRULE_WEEKNO] = {"BYWEEKNO", 1, 53, true,
	"BYWEEKNO must be 1 to 53 or -53 to -1"},
    [RRULE_MONTH] = {"BYMONTH", 1, 12, false, "BYMONTH must be 1 to 12"},
    [RRULE_SETPOS] = {"BYSETPOS", 1, 366, true,
	"BYSETPOS must be 1 to 366 or -366 to -1"},
};

static const char *const FREQ[] = {
    [RRULE_SECONDLY] = "SECONDLY",
    [RRULE_MINUTELY] = "MINUTELY",
    [RRULE_HOURLY] = "HOURLY",
    [RRULE_DAILY] = "DAILY",
    [RRULE_WEEKLY] = "WEEKLY",
    [RRULE_MONTHLY] = "MONTHLY",
    [RRULE_YEARLY] = "YEARLY",
};

static const char *const WEEKDAY[7] = {
    "MO", "TU", "WE", "TH", "FR", "SA", "SU"};

static bool is_text(const char *s, size_t n, const char *word)
{
	return n == strlen(word) && strncasecmp(s, word, n) == 0;
}

/* A number with its sign; false when it is anything else. */
static bool read_number(const char *s, size_t n, int *ret)
{
	size_t i = n > 0 && (s[0] == '-' || s[0] == '+');
	int value = 0;

	if (i == n || n - i > MAX_DIGITS)
		return false;
	for (size_t k = i; k < n; k++) {
		if (s[k] < '0' || s[k] > '9')
			return false;
		value = value * 10 + (s[k] - '0');
	}
	*ret = s[0] == '-' ? -value : value;
	return true;
}

static const char *read_by(struct rrule *r, enum rrule_by by, const char *value)
{
	const char *part;
	size_t n;
	int x;

	if (r->given & 1u << by)
		return "a part stands twice";
	r->given |= 1u << by;
	while (ics_value_next(&value, ',', &part, &n)) {
		if (!read_number(part, n, &x))
			return BY[by].fault;
		if (x >= BY[by].min && x <= BY[by].max)
			rrule_set_add(r->by[by].plus, x);
		else if (BY[by].minus && -x >= BY[by].min && -x <= BY[by].max)
			rrule_set_add(r->by[by].minus, -x);
		else
			return BY[by].fault;
	}
	return NULL;
}

static int read_weekday(const char *s, size_t n)
{
	for (int i = 0; i < 7; i++)
		if (is_text(s, n, WEEKDAY[i]))
			return i;
	return -1;
}

static const char *read_days(struct rrule *r, const char *value)
{
	static const char *const fault =
	    "BYDAY must be weekdays such as MO, 2TU or -1FR";
	const char *part;
	size_t n;

	if (r->weekday != 0 || r->has_nth)
		return "a part stands twice";
	while (ics_value_next(&value, ',', &part, &n)) {
		int weekday = n < 2 ? -1 : read_weekday(part + n - 2, 2);
		int nth = 0;

		if (weekday < 0 || (n > 2 && !read_number(part, n - 2, &nth)) ||
		    nth > MAX_NTH || nth < -MAX_NTH || (n > 2 && nth == 0))
			return fault;
		if (nth == 0) {
			r->weekday |= (uint8_t)(1u << weekday);
			continue;
		}
		r->has_nth = true;
		rrule_set_add(
		    nth > 0 ? r->nth[weekday].plus : r->nth[weekday].minus,
		    nth > 0 ? nth : -nth);
	}
	return NULL;
}

static const char *read_frequency(
    struct rrule *r, const char *value, bool *has_freq)
{
	for (size_t i = 0; i < sizeof(FREQ) / sizeof(FREQ[0]); i++)
		if (strcasecmp(value, FREQ[i]) == 0) {
			if (*has_freq)
				return "FREQ stands twice";
			*has_freq = true;
			r->freq = (enum rrule_freq)i;
			return NULL;
		}
	return "FREQ must be one of SECONDLY to YEARLY";
}

static const char *read_limit(uint32_t *ret, const char *value)
{
	int x;

	if (!read_number(value, strlen(value), &x) || x < 1)
		return "INTERVAL and COUNT must be numbers above 0";
	*ret = (uint32_t)x;
	return NULL;
}

static const char *read_part(
    struct rrule *r, const char *name, const char *value, bool *has_freq)
{
	if (strcasecmp(name, "FREQ") == 0)
		return read_frequency(r, value, has_freq);
	if (strcasecmp(name, "INTERVAL") == 0)
		return read_limit(&r->interval, value);
	if (strcasecmp(name, "COUNT") == 0)
		return read_limit(&r->count, value);
	if (strcasecmp(name, "BYDAY") == 0)
		return read_days(r, value);
	if (strcasecmp(name, "UNTIL") == 0) {
		r->has_until = true;
		return ics_value_time(value, strlen(value), &r->until)
			   ? NULL
			   : "UNTIL must be a DATE or a DATE-TIME";
	}
	if (strcasecmp(name, "WKST") == 0) {
		r->week_start = read_weekday(value, strlen(value));
		return r->week_start < 0 ? "WKST must be a weekday" : NULL;
	}
	for (int by = 0; by < RRULE_BYS; by++)
		if (strcasecmp(name, BY[by].name) == 0)
			return read_by(r, (enum rrule_by)by, value);
	return strncasecmp(name, "X-", 2) == 0 ? NULL : "a part is not known";
}

const char *rrule_parse(const char *text, struct rrule *ret_rule)
{
	struct rrule r = {.interval = 1};
	char copy[RRULE_MAX_TEXT];
	char *at = copy, *part;
	bool has_freq = false;

	if (strlen(text) >= sizeof(copy))
		return "the rule is too long";
	memcpy(copy, text, strlen(text) + 1);
	while ((part = strsep(&at, ";")) != NULL) {
		char *value = strchr(part, '=');
		const char *fault;

		if (*part == '\0' && at == NULL)
			break; /* a semicolon at the end is common */
		if (value == NULL)
			return "expected parts such as FREQ=WEEKLY";
		*value++ = '\0';
		fault = read_part(&r, part, value, &has_freq);
		if (fault != NULL)
			return fault;
	}
	if (!has_freq)
		return "FREQ is missing";
	*ret_rule = r;
	return NULL;
}
