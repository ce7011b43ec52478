/* Two yearly rules: see proof_zone.h. */
#include "calendars/proof_zone.h"

#include "base/instant.h"

enum {
	WEEKDAYS = 7,
	SUNDAY = 1, /* of libical; Monday is 2 */
};

static icalproperty *only(icalcomponent *c, icalproperty_kind kind)
{
	return icalcomponent_count_properties(c, kind) == 1
		   ? icalcomponent_get_first_property(c, kind)
		   : NULL;
}

/* FREQ=YEARLY;BYMONTH=m;BYDAY=nD and nothing else. */
static bool read_rule(
    const struct icalrecurrencetype *r, struct proof_rule *ret)
{
	short day = r->by_day[0];

	if (r->freq != ICAL_YEARLY_RECURRENCE || r->interval != 1 ||
	    r->count != 0 || !icaltime_is_null_time(r->until) ||
	    r->by_month[0] == ICAL_RECURRENCE_ARRAY_MAX ||
	    r->by_month[1] != ICAL_RECURRENCE_ARRAY_MAX ||
	    day == ICAL_RECURRENCE_ARRAY_MAX ||
	    r->by_day[1] != ICAL_RECURRENCE_ARRAY_MAX ||
	    r->by_month_day[0] != ICAL_RECURRENCE_ARRAY_MAX ||
	    r->by_year_day[0] != ICAL_RECURRENCE_ARRAY_MAX ||
	    r->by_week_no[0] != ICAL_RECURRENCE_ARRAY_MAX ||
	    r->by_set_pos[0] != ICAL_RECURRENCE_ARRAY_MAX ||
	    r->by_hour[0] != ICAL_RECURRENCE_ARRAY_MAX ||
	    r->by_minute[0] != ICAL_RECURRENCE_ARRAY_MAX ||
	    r->by_second[0] != ICAL_RECURRENCE_ARRAY_MAX)
		return false;
	ret->month = r->by_month[0];
	ret->nth = icalrecurrencetype_day_position(day);
	ret->weekday = ((int)icalrecurrencetype_day_day_of_week(day) - SUNDAY +
			   WEEKDAYS - 1) %
		       WEEKDAYS;
	return ret->nth == -1 || (ret->nth >= 1 && ret->nth <= 5);
}

static bool read_side(
    icalcomponent *side, bool has_rule, struct proof_rule *ret, int *ret_year)
{
	icalproperty *start = only(side, ICAL_DTSTART_PROPERTY);
	icalproperty *from = only(side, ICAL_TZOFFSETFROM_PROPERTY);
	icalproperty *to = only(side, ICAL_TZOFFSETTO_PROPERTY);
	icalproperty *rule = only(side, ICAL_RRULE_PROPERTY);
	struct icaltimetype t;
	struct icalrecurrencetype r;

	if (start == NULL || from == NULL || to == NULL ||
	    has_rule != (rule != NULL) ||
	    icalcomponent_count_properties(side, ICAL_RDATE_PROPERTY) > 0)
		return false;
	t = icalproperty_get_dtstart(start);
	*ret_year = t.year;
	ret->clock = t.hour * (int32_t)INSTANT_HOUR +
		     t.minute * (int32_t)INSTANT_MINUTE + t.second;
	ret->from = icalproperty_get_tzoffsetfrom(from);
	ret->to = icalproperty_get_tzoffsetto(to);
	if (!has_rule)
		return ret->from == ret->to;
	r = icalproperty_get_rrule(rule);
	return read_rule(&r, ret);
}

bool proof_zone_read(icalcomponent *vtimezone, struct proof_zone *ret_zone)
{
	int n = icalcomponent_count_components(vtimezone, ICAL_ANY_COMPONENT);
	struct proof_zone z = {.n = (unsigned)n};
	icalcomponent *side =
	    icalcomponent_get_first_component(vtimezone, ICAL_ANY_COMPONENT);

	if (n != 1 && n != 2)
		return false;
	for (int i = 0; i < n; i++) {
		int year = 0;

		if (!read_side(side, n == 2, &z.rule[i], &year))
			return false;
		if (i == 0 || year > z.first_year)
			z.first_year = year;
		side = icalcomponent_get_next_component(
		    vtimezone, ICAL_ANY_COMPONENT);
	}
	*ret_zone = z;
	return true;
}

/* The wall time, by the offset before, at which a rule sets in. */
static int64_t onset(const struct proof_rule *r, int year)
{
	int32_t first = day_from_civil(year, r->month, 1);
	int32_t next = r->month == 12 ? day_from_civil(year + 1, 1, 1)
				      : day_from_civil(year, r->month + 1, 1);
	int32_t day =
	    first + (r->weekday - day_weekday(first) + WEEKDAYS) % WEEKDAYS;

	day +=
	    (r->nth > 0 ? r->nth - 1 : (next - 1 - day) / WEEKDAYS) * WEEKDAYS;
	return (int64_t)day * INSTANT_DAY + r->clock;
}

bool proof_zone_instant(
    const struct proof_zone *z, int64_t local, int64_t *ret_instant)
{
	int year = civil_from_seconds(local).year;
	int64_t latest = INT64_MIN;
	int32_t offset = z->rule[0].to;

	if (z->n == 2 && year <= z->first_year)
		return false;
	for (unsigned i = 0; z->n == 2 && i < 2; i++)
		for (int y = year - 1; y <= year; y++) {
			int64_t at = onset(&z->rule[i], y);

			if (at <= local && at > latest) {
				latest = at;
				offset = z->rule[i].to;
			}
		}
	*ret_instant = local - offset;
	return true;
}
