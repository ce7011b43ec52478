/* See brute.h. */
#include "tests/lib/brute.h"

#include "base/instant.h"

static bool is_holiday(const struct intake *in, int32_t day)
{
	for (uint16_t i = 0; i < in->n_holidays; i++)
		if (in->holidays[i] == day)
			return true;
	return false;
}

/* The start, or -1 when some minute's local time is not one instant in a row. */
static int64_t usable_start(const struct intake *in, int64_t local)
{
	int64_t first = -1, t;

	for (int64_t m = 0; m < in->session_minutes; m++) {
		if (zone_resolve(in->anchor, local + m * 60, &t) != ZONE_UNIQUE)
			return -1;
		if (m == 0)
			first = t;
		else if (t != first + m * 60)
			return -1;
	}
	return first;
}

static bool is_inside(const struct person *p, int64_t t)
{
	int64_t local = t + zone_offset_at(p->zone, t);
	int64_t minute = ((local / 60 - 4 * 1440) % 10080 + 10080) % 10080;

	for (uint16_t i = 0; i < p->n_windows; i++)
		if (p->windows[i].begin <= minute && minute < p->windows[i].end)
			return true;
	return false;
}

static bool is_able(const struct community *c, uint32_t person, int64_t t,
    const struct busy_time *busy, uint32_t n_busy)
{
	const struct zone *z = c->person[person].zone;
	int64_t there;

	for (uint32_t i = 0; i < n_busy; i++)
		if (busy[i].person == person && busy[i].begin < t + 60 &&
		    t < busy[i].end)
			return false;
	return zone_resolve(z, t + zone_offset_at(z, t), &there) == ZONE_UNIQUE;
}

int brute_misses(const struct intake *in, const struct community *c,
    uint32_t person, const struct busy_time *busy, uint32_t n_busy,
    unsigned weekday, unsigned minute)
{
	int misses = 0, dates = 0;
	bool able = true;

	for (int32_t day = in->first_day; day <= in->last_day; day++) {
		int64_t start;
		bool inside = true;

		if ((unsigned)day_weekday(day) != weekday ||
		    is_holiday(in, day))
			continue;
		start = usable_start(
		    in, day * (int64_t)86400 + minute * (int64_t)60);
		if (start < 0)
			return BRUTE_UNUSABLE;
		dates++;
		for (int64_t m = 0; m < in->session_minutes; m++) {
			int64_t t = start + m * 60;

			inside = inside && is_inside(&c->person[person], t);
			able = able && is_able(c, person, t, busy, n_busy);
		}
		misses += !inside;
	}
	if (dates == 0)
		return BRUTE_UNUSABLE;
	return able ? misses : BRUTE_NEVER;
}
