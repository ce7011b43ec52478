/* What a session costs a person: see discomfort.h. */
#include "scheduler/discomfort.h"

#include "base/instant.h"

static unsigned of_hour(unsigned minute)
{
	static const uint8_t BY_HOUR[24] = {25, 25, 25, 25, 25, 25, 9, 4, 1, 0,
	    0, 0, 0, 0, 0, 0, 0, 1, 4, 4, 9, 9, 25, 25};

	return BY_HOUR[minute % 1440 / 60];
}

/* Minutes from a minute of the week to the nearest preferred one, the week taken as a
 * circle. */
static unsigned distance(const struct person *p, unsigned minute)
{
	unsigned least = WEEK_MINUTES;

	for (uint16_t i = 0; i < p->n_preferred; i++) {
		unsigned begin = p->preferred[i].begin,
			 last = p->preferred[i].end - 1u;
		unsigned ahead = (begin + WEEK_MINUTES - minute) % WEEK_MINUTES;
		unsigned behind = (minute + WEEK_MINUTES - last) % WEEK_MINUTES;

		if (begin <= minute && minute <= last)
			return 0;
		if (ahead < least)
			least = ahead;
		if (behind < least)
			least = behind;
	}
	return least;
}

static unsigned of_minute(const struct person *p, unsigned minute)
{
	unsigned hour = of_hour(minute), far, away;

	if (p->n_preferred == 0)
		return hour;
	away = distance(p, minute);
	if (away == 0)
		return 0;
	far = away <= 60 ? 1 : away <= 180 ? 4 : away <= 300 ? 9 : 25;
	return hour > far ? hour : far;
}

unsigned discomfort_of(const struct person *p, int64_t begin, int64_t seconds)
{
	int64_t last = begin + seconds - INSTANT_MINUTE;
	unsigned most = 0;

	for (int64_t t = begin; t <= last;) {
		int64_t local = t + zone_offset_at(p->zone, t);
		int32_t day = day_of(local);
		unsigned x = of_minute(
		    p, (unsigned)(day_weekday(day) * 1440 +
				  (local - day * (int64_t)INSTANT_DAY) /
				      INSTANT_MINUTE));

		if (x > most)
			most = x;
		if (t == last)
			break;
		t += WEEK_SLOT_MINUTES * INSTANT_MINUTE;
		if (t > last)
			t = last;
	}
	return most;
}
