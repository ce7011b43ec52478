/*
 * Dated sessions of weekly slots: what an intake must be, and which instants a
 * weekly wall-clock time means.
 *
 * A local time is usable when it exists once, its last minute is not ambiguous and
 * the clocks do not change in between: then every minute of it is unambiguous.
 */
#include "scheduler/sessions.h"

#include "base/instant.h"
#include "base/week.h"
#include "scheduler/schedule.h"

bool sessions_start(
    const struct zone *z, int64_t local, uint16_t minutes, int64_t *ret_start)
{
	int64_t start, last, length = minutes * INSTANT_MINUTE;

	if (zone_resolve(z, local, &start) != ZONE_UNIQUE || start < z->from ||
	    start + length > z->to ||
	    zone_next_change(z, start) < start + length ||
	    zone_resolve(z, local + length - INSTANT_MINUTE, &last) !=
		ZONE_UNIQUE)
		return false;
	*ret_start = start;
	return true;
}

bool sessions_is_holiday(const int32_t *holidays, uint16_t n, int32_t day)
{
	for (uint16_t i = 0; i < n && holidays[i] <= day; i++)
		if (holidays[i] == day)
			return true;
	return false;
}

/* The faults that need no zone. */
static void check_numbers(const struct intake *in, struct err *e)
{
	if (in->last_day < in->first_day)
		err_add_field(e, ERR_VALIDATION, "/last_date",
		    "expected a date not before first_date");
	else if (in->last_day - in->first_day >= INTAKE_MAX_WEEKS * 7)
		err_add_field(e, ERR_VALIDATION, "/last_date",
		    "expected at most %d weeks", INTAKE_MAX_WEEKS);
	if (in->session_minutes == 0 ||
	    in->session_minutes > INTAKE_MAX_SESSION_MINUTES ||
	    in->session_minutes % WEEK_SLOT_MINUTES != 0)
		err_add_field(e, ERR_VALIDATION, "/session_minutes",
		    "expected a multiple of 15 up to %d",
		    INTAKE_MAX_SESSION_MINUTES);
	if (in->sessions_per_week < 1 ||
	    in->sessions_per_week > INTAKE_MAX_SESSIONS_PER_WEEK)
		err_add_field(e, ERR_VALIDATION, "/sessions_per_week",
		    "expected 1 to %d", INTAKE_MAX_SESSIONS_PER_WEEK);
	if (in->cohort_min < 1 || in->cohort_min > COHORT_MAX_SIZE)
		err_add_field(e, ERR_VALIDATION, "/cohort_size/min",
		    "expected 1 to %d", COHORT_MAX_SIZE);
	if (in->cohort_max < in->cohort_min || in->cohort_max > COHORT_MAX_SIZE)
		err_add_field(e, ERR_VALIDATION, "/cohort_size/max",
		    "expected min to %d", COHORT_MAX_SIZE);
	if (in->language_level < 1 || in->language_level > LEVEL_NATIVE)
		err_add_field(e, ERR_VALIDATION, "/language_level",
		    "expected A1 to C2 or native");
	if (in->cohorts_per_guide < 1 ||
	    in->cohorts_per_guide > INTAKE_MAX_COHORTS_PER_GUIDE)
		err_add_field(e, ERR_VALIDATION, "/cohorts_per_guide",
		    "expected 1 to %d", INTAKE_MAX_COHORTS_PER_GUIDE);
	if (in->slots_per_cohort < 1 ||
	    in->slots_per_cohort > INTAKE_MAX_SLOTS_PER_COHORT)
		err_add_field(e, ERR_VALIDATION, "/slots_per_cohort",
		    "expected 1 to %d", INTAKE_MAX_SLOTS_PER_COHORT);
	if (in->most_per_organization > COHORT_MAX_SIZE)
		err_add_field(e, ERR_VALIDATION, "/most_per_organization",
		    "expected at most %d", COHORT_MAX_SIZE);
	if (in->allowed_misses > INTAKE_MAX_ALLOWED_MISSES)
		err_add_field(e, ERR_VALIDATION, "/allowed_misses",
		    "expected at most %d", INTAKE_MAX_ALLOWED_MISSES);
	for (uint16_t i = 1; i < in->n_holidays; i++)
		if (in->holidays[i] < in->holidays[i - 1]) {
			err_add_field(e, ERR_VALIDATION, "/holidays",
			    "expected dates in ascending order");
			break;
		}
}

enum err_code schedule_intake_check(const struct intake *in, struct err *e)
{
	const struct zone *z = in->anchor;

	err_clear(e);
	check_numbers(in, e);
	if (z == NULL)
		err_add_field(e, ERR_VALIDATION, "/anchor_time_zone",
		    "expected a time zone");
	else if (z->from > sessions_from(in) || z->to < sessions_to(in))
		err_add_field(e, ERR_VALIDATION, "/first_date",
		    "the table of time zone %s does not cover these dates",
		    z->name);
	return e->code;
}

struct policy schedule_policy(const struct policy *p, const struct intake *in)
{
	struct policy dated = *p;
	int32_t monday = in->first_day - day_weekday(in->first_day);
	int32_t weeks = (in->last_day - monday) / 7 + 1;

	dated.first_day = in->first_day;
	dated.weeks =
	    (uint16_t)(weeks < POLICY_MAX_WEEKS ? weeks : POLICY_MAX_WEEKS);
	return dated;
}

enum err_code schedule_sessions(struct arena *a, const struct intake *in,
    uint8_t weekday, uint16_t local_minute, int64_t **ret_start,
    uint16_t *ret_n, struct err *e)
{
	struct weekly_slot slot = {.zone = in->anchor,
	    .weekday = weekday,
	    .local_minute = local_minute,
	    .minutes = in->session_minutes,
	    .first_day = in->first_day,
	    .last_day = in->last_day,
	    .holidays = in->holidays,
	    .n_holidays = in->n_holidays};
	uint16_t n = 0, skipped = 0;
	int64_t *start = NULL;
	enum err_code err = schedule_intake_check(in, e);

	if (err == ERR_OK)
		err = schedule_occurrences(a, &slot, &start, &n, &skipped, e);
	if (err != ERR_OK)
		return err;
	if (skipped > 0)
		return ERR_SET(e, VALIDATION,
		    "%s %02u:%02u meets a clock change of %s on %u dates",
		    weekday_name(weekday), local_minute / 60u,
		    local_minute % 60u, in->anchor->name, skipped);
	*ret_start = start;
	*ret_n = n;
	return ERR_OK;
}

bool schedule_begins_series(const struct cohort *k, uint16_t i)
{
	for (uint16_t j = 0; j < i; j++)
		if (k->part[j].weekday == k->part[i].weekday &&
		    k->part[j].local_minute == k->part[i].local_minute)
			return false;
	return true;
}

enum err_code schedule_occurrences(struct arena *a,
    const struct weekly_slot *slot, int64_t **ret_start, uint16_t *ret_n,
    uint16_t *ret_skipped, struct err *e)
{
	int64_t *start = ARENA_ARRAY(a, INTAKE_MAX_WEEKS, int64_t);
	uint16_t n = 0, skipped = 0;
	int32_t day = slot->first_day;

	if (start == NULL)
		return ERR_SET(e, NOMEM, "no memory for sessions");
	if (slot->weekday > 6 || slot->local_minute >= 1440 ||
	    slot->minutes == 0 || slot->minutes > 1440 ||
	    slot->last_day < slot->first_day ||
	    slot->last_day - slot->first_day >= INTAKE_MAX_WEEKS * 7)
		return ERR_SET(e, VALIDATION,
		    "expected a weekday, a time of the day and at most %d weeks",
		    INTAKE_MAX_WEEKS);
	day += (slot->weekday - day_weekday(day) + 7) % 7;
	for (; day <= slot->last_day; day += 7) {
		int64_t local = (int64_t)day * INSTANT_DAY +
				slot->local_minute * INSTANT_MINUTE;

		if (sessions_is_holiday(slot->holidays, slot->n_holidays, day))
			continue;
		if (sessions_start(slot->zone, local, slot->minutes, &start[n]))
			n++;
		else
			skipped++;
	}
	*ret_start = start;
	*ret_n = n;
	*ret_skipped = skipped;
	return ERR_OK;
}
