/* Slots of a weekly pattern: see cal_series.h. */
#include "calendars/cal_series.h"

#include "base/instant.h"

int64_t cal_series_begin(const struct cal_event *ev)
{
	return ev->session[0].original_start;
}

int64_t cal_series_end(const struct cal_event *ev)
{
	return ev->session[ev->n_sessions - 1].original_start +
	       (int64_t)ev->minutes * 60;
}

static int64_t local_of(const struct zone *z, int64_t instant)
{
	return instant + zone_offset_at(z, instant);
}

static bool spans_change(const struct zone *z, int64_t start, int64_t end)
{
	return zone_offset_at(z, start) != zone_offset_at(z, end);
}

/* The pattern's week of session `i`. The law may shift an instant by hours
 * against a pattern in UTC; wall time tells the week in either form. */
static uint32_t slot_of(const struct cal_event *ev, size_t i)
{
	int64_t first, local;

	if (ev->n_sessions == 1)
		return 0;
	first = local_of(ev->zone, ev->session[0].original_start);
	local = local_of(ev->zone, ev->session[i].original_start);
	return (uint32_t)((local - first) / INSTANT_WEEK);
}

void cal_series_make(const struct cal_event *ev, const struct vtimezone *shared,
    struct cal_series *ret_series)
{
	struct cal_series s = {
	    .ev = ev, .recurs = ev->n_sessions > 1, .n_slots = 1};

	if (s.recurs && shared == NULL)
		s.zoned = vtimezone_fit(
		    ev->zone, cal_series_begin(ev), cal_series_end(ev), &s.tz);
	else if (s.recurs && shared->name != NULL) {
		s.zoned = true;
		s.tz = *shared;
	}
	/* Readers differ on how long a wall-clock hour across a clock change
	 * is, and the first session's length is everybody's. */
	if (s.zoned && spans_change(ev->zone, cal_series_begin(ev),
			   cal_series_begin(ev) + (int64_t)ev->minutes * 60))
		s.zoned = false;
	/* One session has no pattern to keep: where it is now is where it is. */
	s.first =
	    s.recurs ? ev->session[0].original_start : ev->session[0].start;
	if (s.zoned)
		s.first = local_of(ev->zone, s.first);
	s.n_slots = slot_of(ev, ev->n_sessions - 1) + 1;
	*ret_series = s;
}

uint32_t cal_series_slot(const struct cal_series *s, size_t session)
{
	return slot_of(s->ev, session);
}

int64_t cal_series_slot_time(const struct cal_series *s, uint32_t slot)
{
	return s->first + (int64_t)slot * INSTANT_WEEK;
}

bool cal_series_is_regular(const struct cal_series *s, size_t session)
{
	const struct cal_session *x = &s->ev->session[session];
	int64_t at = cal_series_slot_time(s, slot_of(s->ev, session));

	if (!s->recurs)
		return true;
	if (x->end - x->start != (int64_t)s->ev->minutes * 60)
		return false;
	if (!s->zoned)
		return x->start == at;
	return x->start == x->original_start &&
	       !spans_change(s->ev->zone, x->start, x->end);
}

static bool writable_local(const struct cal_series *s, int64_t instant)
{
	int64_t back;

	return instant >= s->tz.begin && instant < s->tz.end &&
	       zone_resolve(s->ev->zone, local_of(s->ev->zone, instant),
		   &back) == ZONE_UNIQUE;
}

bool cal_series_is_local(const struct cal_series *s, size_t session)
{
	const struct cal_session *x = &s->ev->session[session];

	return s->zoned && writable_local(s, x->start) &&
	       writable_local(s, x->end);
}
