/* Events for tests: a plain one, and a weekly series across the American clock change. */
#ifndef TESTS_GOLDEN_WEEKLY_H
#define TESTS_GOLDEN_WEEKLY_H

#include "base/instant.h"
#include "calendars/cal_event.h"
#include "tests/golden/zones.h"

enum {
	WEEKS = 6,
	NOW = 1790000000,
};

static const struct cal_attendee ANN = {
    {"Ann Example", "ann@example.com"}, CAL_REQUIRED};

static inline struct cal_event plain_event(void)
{
	return (struct cal_event){.uid = "one@calendar.example.org",
	    .dtstamp = NOW,
	    .created = NOW,
	    .last_modified = NOW,
	    .summary = "Session",
	    .organizer = {"Cohort", "cohorts@example.org"},
	    .minutes = 60};
}

/* Sessions at one wall time; weeks in a clock change are left out. */
static inline size_t weekly(const struct zone *z, int64_t local,
    unsigned minutes, size_t weeks, struct cal_session *s)
{
	size_t n = 0;

	for (size_t i = 0; i < weeks; i++) {
		int64_t at;

		if (zone_resolve(z, local + (int64_t)i * INSTANT_WEEK, &at) !=
		    ZONE_UNIQUE)
			continue;
		s[n++] = (struct cal_session){at, at, at + minutes * 60, false};
	}
	return n;
}

static inline struct cal_event new_york(
    struct tz *tz, struct cal_session s[WEEKS])
{
	struct cal_event ev = plain_event();

	ev.zone = zones_get(tz, "America/New_York");
	ev.session = s;
	ev.n_sessions = weekly(ev.zone,
	    (int64_t)day_from_civil(2026, 10, 20) * INSTANT_DAY +
		9 * INSTANT_HOUR,
	    60, WEEKS, s);
	assert_int_equal(ev.n_sessions, WEEKS);
	return ev;
}

#endif
