/* What may become an event: every fault, each with its place. See cal_event.h. */
#include "calendars/cal_event.h"

#include <stdio.h>
#include <string.h>

#include "base/instant.h"
#include "base/utf8.h"
#include "calendars/cal_text.h"

enum {
	PLACE_SIZE = 64,
};

static void check_text(const char *text, size_t max, bool required,
    const char *place, struct err *e)
{
	size_t n = text == NULL ? 0 : strlen(text);

	if (n == 0 && required)
		err_add_field(e, ERR_VALIDATION, place, "must not be empty");
	else if (n > max)
		err_add_field(e, ERR_VALIDATION, place,
		    "must have at most %zu octets", max);
	else if (n > 0 && !utf8_is_valid(text, n))
		err_add_field(
		    e, ERR_VALIDATION, place, "must be well-formed UTF-8");
}

void cal_event_check_person(
    const struct cal_person *p, const char *place, struct err *e)
{
	char inner[PLACE_SIZE];
	const char *fault = cal_text_mail_fault(p->mail);

	snprintf(inner, sizeof(inner), "%s/name", place);
	check_text(p->name, CAL_MAX_LINE, false, inner, e);
	if (fault != NULL) {
		snprintf(inner, sizeof(inner), "%s/mail", place);
		err_add_field(e, ERR_VALIDATION, inner, "%s", fault);
	}
}

static void check_instant(int64_t instant, const char *place, struct err *e)
{
	static const int64_t end = INT64_C(4102444800); /* 2100-01-01 */

	if (instant < 0 || instant >= end)
		err_add_field(e, ERR_VALIDATION, place,
		    "must lie in the years 1970 to 2099");
}

static void check_values(const struct cal_event *ev, struct err *e)
{
	const char *fault = cal_text_uid_fault(ev->uid);

	if (fault != NULL)
		err_add_field(e, ERR_VALIDATION, "/uid", "%s", fault);
	if (ev->sequence > INT32_MAX)
		err_add_field(e, ERR_VALIDATION, "/sequence",
		    "must be at most 2147483647");
	check_instant(ev->dtstamp, "/dtstamp", e);
	check_instant(ev->created, "/created", e);
	check_instant(ev->last_modified, "/last_modified", e);
	check_text(ev->summary, CAL_MAX_LINE, true, "/summary", e);
	check_text(
	    ev->description, CAL_MAX_DESCRIPTION, false, "/description", e);
	check_text(ev->location, CAL_MAX_URL, false, "/location", e);
	fault = ev->url == NULL ? NULL : cal_text_url_fault(ev->url);
	if (fault != NULL)
		err_add_field(e, ERR_VALIDATION, "/url", "%s", fault);
}

static void check_session(const struct cal_event *ev, size_t i, struct err *e)
{
	const struct cal_session *s = &ev->session[i];
	char place[PLACE_SIZE];

	snprintf(place, sizeof(place), "/sessions/%zu/original_start", i);
	check_instant(s->original_start, place, e);
	if (i > 0 && s->original_start <= s[-1].original_start)
		err_add_field(e, ERR_VALIDATION, place,
		    "must be later than that of the session before");
	snprintf(place, sizeof(place), "/sessions/%zu/start", i);
	check_instant(s->start, place, e);
	if (s->end <= s->start ||
	    s->end - s->start > CAL_MAX_SESSION_MINUTES * INT64_C(60)) {
		snprintf(place, sizeof(place), "/sessions/%zu/end", i);
		err_add_field(e, ERR_VALIDATION, place,
		    "must be 1 to %d minutes after the start",
		    CAL_MAX_SESSION_MINUTES);
	}
}

/* Wall time of a session's original start; false when it is none that a weekly
 * pattern may have. */
static bool pattern_time(const struct zone *z, int64_t instant, int64_t *local)
{
	int64_t back;

	*local = instant + zone_offset_at(z, instant);
	return zone_resolve(z, *local, &back) == ZONE_UNIQUE;
}

static void check_pattern(const struct cal_event *ev, struct err *e)
{
	const struct zone *z = ev->zone;
	const struct cal_session *last = &ev->session[ev->n_sessions - 1];
	int64_t first = 0, local;

	if (z == NULL) {
		err_add_field(e, ERR_VALIDATION, "/zone",
		    "is required for several sessions");
		return;
	}
	if (ev->session[0].original_start < z->from + INSTANT_DAY ||
	    last->original_start > z->to - 2 * (int64_t)INSTANT_DAY) {
		err_add_field(e, ERR_VALIDATION, "/zone",
		    "the table of %s does not cover the sessions", z->name);
		return;
	}
	for (size_t i = 0; i < ev->n_sessions; i++) {
		int64_t start = ev->session[i].original_start;
		char place[PLACE_SIZE];

		snprintf(
		    place, sizeof(place), "/sessions/%zu/original_start", i);
		if (!pattern_time(z, start, &local))
			err_add_field(e, ERR_VALIDATION, place,
			    "falls into a change of the clocks in %s", z->name);
		if (i == 0)
			first = local;
		else if ((local - first) % INSTANT_WEEK != 0)
			err_add_field(e, ERR_VALIDATION, place,
			    "must have the weekday and local time in %s of the "
			    "first session; other patterns are other events",
			    z->name);
	}
	if ((last->original_start - ev->session[0].original_start) /
		INSTANT_WEEK >=
	    CAL_MAX_SESSIONS)
		err_add_field(e, ERR_VALIDATION, "/sessions",
		    "must lie within %d weeks", CAL_MAX_SESSIONS);
}

enum err_code cal_event_check(const struct cal_event *ev, struct err *e)
{
	unsigned before = e->n_fields + e->n_dropped;

	check_values(ev, e);
	if (ev->minutes == 0 || ev->minutes > CAL_MAX_SESSION_MINUTES)
		err_add_field(e, ERR_VALIDATION, "/minutes", "must be 1 to %d",
		    CAL_MAX_SESSION_MINUTES);
	if (ev->n_sessions == 0 || ev->n_sessions > CAL_MAX_SESSIONS) {
		err_add_field(e, ERR_VALIDATION, "/sessions", "must be 1 to %d",
		    CAL_MAX_SESSIONS);
	} else {
		for (size_t i = 0; i < ev->n_sessions; i++)
			check_session(ev, i, e);
		if (ev->n_sessions > 1)
			check_pattern(ev, e);
	}
	return e->n_fields + e->n_dropped == before ? ERR_OK : ERR_VALIDATION;
}
