/* Offsets day by day, and bisection where two days differ: see tz_libical.h. */
#include "calendars/tz_libical.h"

#include <libical/ical.h>

#include "base/instant.h"

enum {
	STEP = INSTANT_DAY /* no zone changes to and fro within it */
};

static int32_t offset_at(icaltimezone *zone, int64_t instant)
{
	struct civil c = civil_from_seconds(instant);
	struct icaltimetype t = icaltime_null_time();
	int is_daylight;

	t.year = c.year;
	t.month = c.month;
	t.day = c.day;
	t.hour = c.hour;
	t.minute = c.minute;
	t.second = c.second;
	return icaltimezone_get_utc_offset_of_utc_time(zone, &t, &is_daylight);
}

/* The first instant in (low, high] whose offset is not that at low. */
static int64_t change_between(icaltimezone *zone, int64_t low, int64_t high)
{
	int32_t before = offset_at(zone, low);

	while (high - low > 1) {
		int64_t middle = low + (high - low) / 2;

		if (offset_at(zone, middle) == before)
			low = middle;
		else
			high = middle;
	}
	return high;
}

bool tz_libical_changes(const char *name, int64_t from, int64_t to,
    struct zone_change *change, uint32_t max, uint32_t *n,
    int32_t *first_offset)
{
	icaltimezone *zone = icaltimezone_get_builtin_timezone(name);
	int32_t offset;

	if (zone == NULL || icaltimezone_get_component(zone) == NULL)
		return false;
	*n = 0;
	*first_offset = offset = offset_at(zone, from);
	for (int64_t t = from, next; t < to - 1; t = next) {
		next = t + STEP < to ? t + STEP : to - 1;
		if (offset_at(zone, next) == offset)
			continue;
		if (*n == max)
			return false;
		next = change_between(zone, t, next);
		offset = offset_at(zone, next);
		change[(*n)++] = (struct zone_change){next, offset};
	}
	return true;
}
