/*
 * From a rule to its instances: see rrule.h.
 *
 * Time is cut into periods (a year, a month, a week, a day, an hour, …). Within one,
 * the days that pass every BY-part of dates are taken, and on each the times of day;
 * BYSETPOS picks from them. Every day and every time looked at is paid.
 */
#include <string.h>

#include "base/instant.h"
#include "calendars/rrule.h"
#include "calendars/rrule_set.h"

enum {
	MAX_YEAR = 9999,
	LONGEST = 366, /* days of a period */
};

struct run {
	struct rrule rule; /* with what DTSTART adds to it */
	const struct rrule_span *span;
	bool (*take)(void *cookie, int64_t local);
	void *cookie;
	uint32_t left; /* of COUNT */
	int64_t last;  /* of UNTIL */
	bool over;
	enum rrule_end end;
	/* of BYSETPOS: a first pass counts, a second one picks */
	bool counting;
	int total, index;
};

static bool gives(const struct rrule *r, enum rrule_by by)
{
	return r->given & 1u << by;
}

static void imply(struct rrule *r, enum rrule_by by, int x)
{
	if (gives(r, by))
		return;
	r->given |= 1u << by;
	rrule_set_add(r->by[by].plus, x);
}

/* What the rule leaves open, DTSTART says. */
static void complete(struct rrule *r, int64_t start)
{
	struct civil c = civil_from_seconds(start);
	bool has_byday = r->weekday != 0 || r->has_nth;
	bool has_day = has_byday || gives(r, RRULE_WEEKNO) ||
		       gives(r, RRULE_YEARDAY) || gives(r, RRULE_MONTHDAY);

	if (r->freq == RRULE_YEARLY && !has_day)
		imply(r, RRULE_MONTH, c.month);
	if (r->freq >= RRULE_MONTHLY && !has_day)
		imply(r, RRULE_MONTHDAY, c.day);
	if ((r->freq == RRULE_WEEKLY && !has_day) ||
	    (gives(r, RRULE_WEEKNO) && !has_byday && !gives(r, RRULE_YEARDAY) &&
		!gives(r, RRULE_MONTHDAY)))
		r->weekday = (uint8_t)(1u << day_weekday(day_of(start)));
	if (r->freq > RRULE_HOURLY)
		imply(r, RRULE_HOUR, c.hour);
	if (r->freq > RRULE_MINUTELY)
		imply(r, RRULE_MINUTE, c.minute);
	if (r->freq > RRULE_SECONDLY)
		imply(r, RRULE_SECOND, c.second);
}

static void finish(struct run *u, enum rrule_end end)
{
	u->over = true;
	u->end = end;
}

static bool pay(struct run *u)
{
	if (*u->span->budget == 0)
		finish(u, RRULE_COSTLY);
	else
		--*u->span->budget;
	return !u->over;
}

static void emit(struct run *u, int64_t at)
{
	if (at >= u->span->to || at > u->last) {
		finish(u, RRULE_ALL);
		return;
	}
	if (!u->take(u->cookie, at)) {
		finish(u, RRULE_STOPPED);
		return;
	}
	if (u->left > 0 && --u->left == 0)
		finish(u, RRULE_ALL);
}

/* An instance of the period; DTSTART itself came first. */
static void offer(struct run *u, int64_t at)
{
	const struct rrule_set *pos = &u->rule.by[RRULE_SETPOS];

	if (!pay(u))
		return;
	if (u->counting) {
		u->total++;
		return;
	}
	u->index++;
	if (gives(&u->rule, RRULE_SETPOS)) {
		int back = u->total - u->index + 1;

		if (!(u->index <= 366 && rrule_set_has(pos->plus, u->index)) &&
		    !(back <= 366 && rrule_set_has(pos->minus, back)))
			return;
	}
	if (at > u->span->start)
		emit(u, at);
}

/* ---- dates ---- */

struct date {
	int32_t day;
	int year, month, monthday; /* from 1 */
	int month_days;
	int yearday, year_days;
};

static int days_of_month(int year, int month)
{
	return day_from_civil(month == 12 ? year + 1 : year,
		   month == 12 ? 1 : month + 1, 1) -
	       day_from_civil(year, month, 1);
}

static struct date date_of(int32_t day)
{
	struct civil c = civil_from_seconds((int64_t)day * INSTANT_DAY);
	int32_t begin = day_from_civil(c.year, 1, 1);

	return (struct date){day, c.year, c.month, c.day,
	    days_of_month(c.year, c.month), day - begin + 1,
	    day_from_civil(c.year + 1, 1, 1) - begin};
}

/* The n-th thing of `size`, counted from either side. */
static bool is_in(const struct rrule_set *set, int n, int size)
{
	return rrule_set_has(set->plus, n) ||
	       rrule_set_has(set->minus, size - n + 1);
}

/* The first day of week 1 of a year: the first week with four days in it. */
static int32_t first_week(int year, int week_start)
{
	int32_t begin = day_from_civil(year, 1, 1);
	int back = (day_weekday(begin) - week_start + 7) % 7;

	return back <= 3 ? begin - back : begin + 7 - back;
}

static bool passes_week(const struct rrule *r, const struct date *d)
{
	int year = d->year;
	int32_t begin = first_week(year, r->week_start);
	int32_t next = first_week(year + 1, r->week_start);

	if (d->day < begin) {
		next = begin;
		begin = first_week(year - 1, r->week_start);
	} else if (d->day >= next) {
		begin = next;
		next = first_week(year + 2, r->week_start);
	}
	return is_in(
	    &r->by[RRULE_WEEKNO], (d->day - begin) / 7 + 1, (next - begin) / 7);
}

static bool passes_weekday(const struct rrule *r, const struct date *d)
{
	int weekday = day_weekday(d->day);
	const struct rrule_set *nth = &r->nth[weekday];
	bool in_month = r->freq == RRULE_MONTHLY || gives(r, RRULE_MONTH);
	int n = in_month ? d->monthday : d->yearday;
	int size = in_month ? d->month_days : d->year_days;

	if (r->weekday >> weekday & 1)
		return true;
	if (r->freq < RRULE_MONTHLY || gives(r, RRULE_WEEKNO))
		for (int i = 0; i < RRULE_WORDS; i++)
			if (nth->plus[i] != 0 || nth->minus[i] != 0)
				return true;
	return rrule_set_has(nth->plus, (n - 1) / 7 + 1) ||
	       rrule_set_has(nth->minus, (size - n) / 7 + 1);
}

static bool passes(const struct rrule *r, const struct date *d)
{
	if (gives(r, RRULE_MONTH) &&
	    !rrule_set_has(r->by[RRULE_MONTH].plus, d->month))
		return false;
	if (gives(r, RRULE_MONTHDAY) &&
	    !is_in(&r->by[RRULE_MONTHDAY], d->monthday, d->month_days))
		return false;
	if (gives(r, RRULE_YEARDAY) &&
	    !is_in(&r->by[RRULE_YEARDAY], d->yearday, d->year_days))
		return false;
	if (gives(r, RRULE_WEEKNO) && !passes_week(r, d))
		return false;
	return (r->weekday == 0 && !r->has_nth) || passes_weekday(r, d);
}

/* ---- times of day ---- */

/* The units of a part that are allowed, as bits. */
static uint64_t units(const struct rrule *r, enum rrule_by by)
{
	uint64_t all = UINT64_MAX >> (by == RRULE_HOUR ? 40 : 4);

	return gives(r, by) ? r->by[by].plus[0] & all : all;
}

struct clock {
	uint64_t hours, minutes, seconds; /* bits */
};

static struct clock clock_of(const struct rrule *r)
{
	return (struct clock){units(r, RRULE_HOUR), units(r, RRULE_MINUTE),
	    units(r, RRULE_SECOND)};
}

static void offer_times(struct run *u, int32_t day, const struct clock *c)
{
	int64_t midnight = (int64_t)day * INSTANT_DAY;

	for (uint64_t h = c->hours; h != 0; h &= h - 1)
		for (uint64_t m = c->minutes; m != 0; m &= m - 1)
			for (uint64_t s = c->seconds; s != 0 && !u->over;
			     s &= s - 1)
				offer(u, midnight +
					     (int64_t)__builtin_ctzll(h) *
						 INSTANT_HOUR +
					     (int64_t)__builtin_ctzll(m) *
						 INSTANT_MINUTE +
					     __builtin_ctzll(s));
}

/* ---- periods ---- */

static void offer_days(struct run *u, int32_t begin, int32_t end)
{
	struct clock c = clock_of(&u->rule);

	for (int32_t day = begin; day < end && !u->over; day++) {
		struct date d = date_of(day);

		if (pay(u) && passes(&u->rule, &d))
			offer_times(u, day, &c);
	}
}

static void offer_months(struct run *u, int year, int first, int last)
{
	for (int month = first; month <= last && !u->over; month++) {
		int32_t begin = day_from_civil(year, month, 1);

		if (gives(&u->rule, RRULE_MONTH) &&
		    !rrule_set_has(u->rule.by[RRULE_MONTH].plus, month))
			continue;
		offer_days(u, begin, begin + days_of_month(year, month));
	}
}

/* One period of a year, months, a week or a day: by BYSETPOS, twice. */
static void period(struct run *u, int64_t k)
{
	const struct rrule *r = &u->rule;
	struct civil c = civil_from_seconds(u->span->start);
	int32_t day = day_of(u->span->start);
	int64_t step = k * r->interval;
	int64_t months = (int64_t)c.year * 12 + c.month - 1 + step;

	if (r->freq == RRULE_YEARLY) {
		offer_months(u, c.year + (int)step, 1, 12);
	} else if (r->freq == RRULE_MONTHLY) {
		int month = (int)(months % 12) + 1;

		offer_months(u, (int)(months / 12), month, month);
	} else if (r->freq == RRULE_WEEKLY) {
		day -= (day_weekday(day) - r->week_start + 7) % 7;
		day += (int32_t)step * 7;
		offer_days(u, day, day + 7);
	} else {
		day += (int32_t)step;
		offer_days(u, day, day + 1);
	}
}

static void picked(
    struct run *u, void (*offer_period)(struct run *, int64_t), int64_t k)
{
	u->total = u->index = 0;
	if (gives(&u->rule, RRULE_SETPOS)) {
		u->counting = true;
		offer_period(u, k);
		u->counting = false;
	}
	if (!u->over)
		offer_period(u, k);
}

/* Days in which a period is sure to have ended. */
static int64_t longest(enum rrule_freq freq)
{
	return freq == RRULE_YEARLY    ? 366
	       : freq == RRULE_MONTHLY ? 31
	       : freq == RRULE_WEEKLY  ? 7
				       : 1;
}

/* Days that a period lasts at least, for the end. */
static int64_t shortest(enum rrule_freq freq)
{
	return freq == RRULE_YEARLY    ? 365
	       : freq == RRULE_MONTHLY ? 28
	       : freq == RRULE_WEEKLY  ? 7
				       : 1;
}

static void by_periods(struct run *u)
{
	const struct rrule_span *s = u->span;
	int64_t days = (s->from - s->start) / INSTANT_DAY;
	int64_t all = (s->to - s->start) / INSTANT_DAY;
	int64_t first = 0, interval = u->rule.interval;

	/* Whole periods before what is wanted, unless they must be counted. */
	if (u->left == 0 && days > 0)
		first = days / longest(u->rule.freq) / interval - 1;
	if (first < 0)
		first = 0;
	for (int64_t k = first;
	     k * interval * shortest(u->rule.freq) <= all + LONGEST && pay(u);
	     k++)
		picked(u, period, k);
}

/* Below a day a period is a unit of time; k counts units since 1970. */
static const int32_t UNIT[] = {
    [RRULE_SECONDLY] = 1,
    [RRULE_MINUTELY] = INSTANT_MINUTE,
    [RRULE_HOURLY] = INSTANT_HOUR,
};

static void unit_period(struct run *u, int64_t k)
{
	int64_t at = k * UNIT[u->rule.freq];
	int32_t day = day_of(at);
	int32_t t = (int32_t)(at - (int64_t)day * INSTANT_DAY);
	struct clock c = clock_of(&u->rule);

	c.hours &= UINT64_C(1) << t / INSTANT_HOUR;
	if (u->rule.freq <= RRULE_MINUTELY)
		c.minutes &= UINT64_C(1) << t / INSTANT_MINUTE % 60;
	if (u->rule.freq == RRULE_SECONDLY)
		c.seconds &= UINT64_C(1) << t % 60;
	offer_times(u, day, &c);
}

static int64_t unit_of(const struct run *u, int64_t at)
{
	int32_t unit = UNIT[u->rule.freq];

	return (at - (at % unit + unit) % unit) / unit;
}

static void by_units(struct run *u)
{
	const struct rrule_span *s = u->span;
	int64_t first = unit_of(u, s->start), interval = u->rule.interval;
	int64_t begin = u->left == 0 && s->from > s->start ? s->from : s->start;

	for (int32_t day = day_of(begin);
	     (int64_t)day * INSTANT_DAY < s->to && pay(u); day++) {
		struct date d = date_of(day);
		int64_t k = unit_of(u, (int64_t)day * INSTANT_DAY);
		int64_t end = unit_of(u, ((int64_t)day + 1) * INSTANT_DAY);

		if (!passes(&u->rule, &d))
			continue;
		k = k <= first ? first
			       : first + (k - first + interval - 1) / interval *
					     interval;
		for (; k < end && pay(u); k += interval)
			picked(u, unit_period, k);
	}
}

enum rrule_end rrule_expand(const struct rrule *rule,
    const struct rrule_span *span, bool (*take)(void *cookie, int64_t local),
    void *cookie)
{
	struct run u = {.rule = *rule,
	    .span = span,
	    .take = take,
	    .cookie = cookie,
	    .left = rule->count,
	    .last = INT64_MAX,
	    .end = RRULE_ALL};
	struct rrule_span clipped = *span;
	int64_t end_of_time =
	    (int64_t)day_from_civil(MAX_YEAR - 2, 1, 1) * INSTANT_DAY;

	if (clipped.to > end_of_time)
		clipped.to = end_of_time;
	u.span = &clipped;
	if (rule->has_until)
		u.last = rule->until.local +
			 (rule->until.is_date ? INSTANT_DAY - 1 : 0);
	complete(&u.rule, span->start);
	emit(&u, span->start);
	if (!u.over && rule->freq >= RRULE_DAILY)
		by_periods(&u);
	else if (!u.over)
		by_units(&u);
	return u.end;
}
