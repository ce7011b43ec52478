/* Our own messages read back: see mail_event.h. */
#include "calendars/mail_event.h"

#include <libical/ical.h>
#include <string.h>

#include "calendars/cal_event.h"
#include "calendars/cal_proof.h"
#include "calendars/itip.h"

static const char *keep(struct arena *a, const char *text)
{
	return text == NULL ? "" : arena_strdup(a, text);
}

/* An instant of the object, whose zones it defines itself. */
static int64_t instant_of(icalcomponent *root, icalproperty *p)
{
	icalparameter *tzid =
	    icalproperty_get_first_parameter(p, ICAL_TZID_PARAMETER);
	struct icaltimetype t =
	    icalvalue_get_datetimedate(icalproperty_get_value(p));
	icaltimezone *zone = tzid == NULL ? NULL
					  : icalcomponent_get_timezone(root,
						icalparameter_get_tzid(tzid));

	t.zone = NULL;
	return icaltime_as_timet_with_zone(t, zone);
}

static enum err_code read_sessions(
    struct arena *a, icalcomponent *root, struct mail_event *ev, struct err *e)
{
	struct cal_instance *got =
	    ARENA_ARRAY(a, CAL_MAX_SESSIONS, struct cal_instance);
	struct mail_session *session =
	    ARENA_ARRAY(a, CAL_MAX_SESSIONS, struct mail_session);
	enum err_code code;

	if (got == NULL || session == NULL)
		return ERR_SET(e, NOMEM, "no memory to read the calendar");
	code =
	    cal_proof_expand(root, CAL_MAX_SESSIONS, got, &ev->n_sessions, e);
	if (code != ERR_OK)
		return code;
	for (size_t i = 0; i < ev->n_sessions; i++)
		session[i] = (struct mail_session){got[i].start, got[i].end};
	ev->session = session;
	return ERR_OK;
}

static enum err_code read_root(
    struct arena *a, icalcomponent *root, struct mail_event *ev, struct err *e)
{
	icalcomponent *c =
	    icalcomponent_get_first_component(root, ICAL_VEVENT_COMPONENT);
	icalproperty *recurrence;

	if (c == NULL)
		return ERR_SET(e, BUG, "an invitation holds no event");
	ev->method = icalcomponent_get_method(root) == ICAL_METHOD_CANCEL
			 ? ITIP_CANCEL
			 : ITIP_REQUEST;
	ev->title = keep(a, icalcomponent_get_summary(c));
	ev->description = keep(a, icalcomponent_get_description(c));
	ev->location = keep(a, icalcomponent_get_location(c));
	ev->sequence = icalcomponent_get_sequence(c);
	recurrence =
	    icalcomponent_get_first_property(c, ICAL_RECURRENCEID_PROPERTY);
	ev->is_one = recurrence != NULL;
	if (ev->is_one)
		ev->planned = instant_of(root, recurrence);
	if (ev->title == NULL || ev->description == NULL ||
	    ev->location == NULL)
		return ERR_SET(e, NOMEM, "no memory to read the calendar");
	return read_sessions(a, root, ev, e);
}

enum err_code mail_event_read(struct arena *a, const char *ics,
    struct mail_event *ret_event, struct err *e)
{
	struct mail_event ev = {0};
	icalcomponent *root = icalparser_parse_string(ics);
	enum err_code code;

	if (root == NULL)
		return ERR_SET(e, BUG, "an invitation is no calendar");
	code = read_root(a, root, &ev, e);
	icalcomponent_free(root);
	if (code == ERR_OK)
		*ret_event = ev;
	return code;
}

int64_t mail_event_end(const struct mail_event *ev)
{
	int64_t end = INT64_MIN;

	for (size_t i = 0; i < ev->n_sessions; i++)
		if (ev->session[i].end > end)
			end = ev->session[i].end;
	return end;
}
