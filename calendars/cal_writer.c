/*
 * From events to an iCalendar object: see cal_writer.h. Properties are added in
 * the order in which they are to stand; calendar properties before components.
 */
#include "calendars/cal_writer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/instant.h"
#include "calendars/cal_text.h"

#define PRODID "-//Cairn//Cairn//EN"

enum {
	TEXT_CAP = 4 * CAL_MAX_DESCRIPTION, /* of one value */
};

static void add(struct cal_writer *w, icalcomponent *c, icalproperty *p)
{
	if (c == NULL || p == NULL)
		w->failed = true;
	else
		icalcomponent_add_property(c, p);
}

static void with(
    struct cal_writer *w, icalproperty *p, icalparameter *parameter)
{
	if (p == NULL || parameter == NULL)
		w->failed = true;
	else
		icalproperty_add_parameter(p, parameter);
}

/* Make a property of a cleaned text. */
static void add_text(struct cal_writer *w, icalcomponent *c,
    icalproperty *(*make)(const char *),
    void (*clean)(struct str *, const char *), const char *text)
{
	struct str value;

	if (text == NULL || text[0] == '\0')
		return;
	str_init(&value, TEXT_CAP);
	clean(&value, text);
	if (value.failed)
		w->failed = true;
	else if (value.len > 0)
		add(w, c, make(value.data));
	str_free(&value);
}

/* Wall time of a zone, or UTC when tzid is NULL. */
static void add_time(struct cal_writer *w, icalcomponent *c,
    icalproperty_kind kind, int64_t time, const char *tzid)
{
	char text[INSTANT_TEXT_SIZE + 1];
	icalproperty *p = icalproperty_new(kind);

	instant_format_basic(time, text);
	if (tzid == NULL)
		memcpy(text + strlen(text), "Z", 2);
	if (p != NULL)
		icalproperty_set_value_from_string(p, text, "DATE-TIME");
	if (tzid != NULL)
		with(w, p, icalparameter_new_tzid(tzid));
	add(w, c, p);
}

void cal_writer_begin(struct cal_writer *w, const char *method,
    const struct cal_attendee *to, size_t max_want)
{
	*w = (struct cal_writer){
	    .root = icalcomponent_new(ICAL_VCALENDAR_COMPONENT),
	    .method = method,
	    .to = to,
	    .want = calloc(max_want + 1, sizeof(*w->want)),
	    .max_want = max_want,
	};
	if (w->root == NULL || w->want == NULL)
		w->failed = true;
	add(w, w->root, icalproperty_new_version("2.0"));
	add(w, w->root, icalproperty_new_prodid(PRODID));
	add(w, w->root, icalproperty_new_calscale("GREGORIAN"));
	if (method != NULL)
		add(w, w->root,
		    icalproperty_new_method(
			icalproperty_string_to_method(method)));
}

void cal_writer_free(struct cal_writer *w)
{
	if (w->root != NULL)
		icalcomponent_free(w->root);
	free(w->want);
	*w = (struct cal_writer){0};
}

static icalproperty *new_calname(const char *name)
{
	icalproperty *p = icalproperty_new_x(name);

	if (p != NULL)
		icalproperty_set_x_name(p, "X-WR-CALNAME");
	return p;
}

void cal_writer_feed_head(
    struct cal_writer *w, const char *name, uint32_t refresh_minutes)
{
	char text[32];
	icalproperty *p;

	add_text(w, w->root, icalproperty_new_name, cal_text_line, name);
	add_text(w, w->root, new_calname, cal_text_line, name);
	snprintf(text, sizeof(text), "PT%uM", refresh_minutes);
	p = icalproperty_new_refreshinterval(
	    icaldurationtype_from_string(text));
	with(w, p, icalparameter_new_value(ICAL_VALUE_DURATION));
	add(w, w->root, p);
	p = icalproperty_new_x(text);
	if (p != NULL)
		icalproperty_set_x_name(p, "X-PUBLISHED-TTL");
	add(w, w->root, p);
}

void cal_writer_zone(struct cal_writer *w, const struct vtimezone *v)
{
	icalcomponent *c = vtimezone_component(v);

	if (c == NULL || w->root == NULL)
		w->failed = true;
	else
		icalcomponent_add_component(w->root, c);
}

static bool is_cancel(const struct cal_writer *w)
{
	return w->method != NULL && strcmp(w->method, "CANCEL") == 0;
}

/* UID, revision and times of revision. A feed's DTSTAMP is that of the data, so
 * that its octets do not change by themselves. */
static icalcomponent *begin_event(
    struct cal_writer *w, const struct cal_event *ev)
{
	icalcomponent *c = icalcomponent_new(ICAL_VEVENT_COMPONENT);

	if (c == NULL || w->root == NULL) {
		w->failed = true;
		return c;
	}
	icalcomponent_add_component(w->root, c);
	add(w, c, icalproperty_new_uid(ev->uid));
	add(w, c, icalproperty_new_sequence((int)ev->sequence));
	add_time(w, c, ICAL_DTSTAMP_PROPERTY,
	    w->method == NULL ? ev->last_modified : ev->dtstamp, NULL);
	add_time(w, c, ICAL_CREATED_PROPERTY, ev->created, NULL);
	add_time(w, c, ICAL_LASTMODIFIED_PROPERTY, ev->last_modified, NULL);
	return c;
}

static void put_address(
    struct cal_writer *w, icalproperty *p, const struct cal_person *who)
{
	struct str name;

	str_init(&name, TEXT_CAP);
	if (who->name != NULL)
		cal_text_parameter(&name, who->name);
	if (name.len == 0)
		cal_text_parameter(&name, who->mail);
	if (name.failed)
		w->failed = true;
	else
		with(w, p, icalparameter_new_cn(name.data));
	str_free(&name);
}

static const icalparameter_role ROLE[] = {
    [CAL_REQUIRED] = ICAL_ROLE_REQPARTICIPANT,
    [CAL_OPTIONAL] = ICAL_ROLE_OPTPARTICIPANT,
    [CAL_CHAIR] = ICAL_ROLE_CHAIR,
};

static void add_people(
    struct cal_writer *w, icalcomponent *c, const struct cal_event *ev)
{
	struct str address;
	icalproperty *p;

	str_init(&address, TEXT_CAP);
	cal_text_mailto(&address, ev->organizer.mail);
	p = icalproperty_new_organizer(address.data);
	put_address(w, p, &ev->organizer);
	add(w, c, p);
	str_clear(&address);
	cal_text_mailto(&address, w->to->person.mail);
	p = icalproperty_new_attendee(address.data);
	put_address(w, p, &w->to->person);
	with(w, p, icalparameter_new_cutype(ICAL_CUTYPE_INDIVIDUAL));
	with(w, p, icalparameter_new_role(ROLE[w->to->role]));
	with(w, p, icalparameter_new_partstat(ICAL_PARTSTAT_NEEDSACTION));
	with(w, p, icalparameter_new_rsvp(ICAL_RSVP_TRUE));
	add(w, c, p);
	w->failed = w->failed || address.failed;
	str_free(&address);
}

static void add_conference(
    struct cal_writer *w, icalcomponent *c, const char *url)
{
	icalproperty *p = icalproperty_new_conference(url);

	with(w, p, icalparameter_new_value(ICAL_VALUE_URI));
	with(w, p, icalparameter_new_feature(ICAL_FEATURE_VIDEO));
	with(w, p, icalparameter_new_label("Join"));
	add(w, c, p);
}

/* Everything that follows the times. */
static void end_event(
    struct cal_writer *w, icalcomponent *c, const struct cal_event *ev)
{
	add_text(w, c, icalproperty_new_summary, cal_text_line, ev->summary);
	add_text(w, c, icalproperty_new_description, cal_text_block,
	    ev->description);
	add_text(w, c, icalproperty_new_location, cal_text_line, ev->location);
	if (ev->url != NULL)
		add(w, c, icalproperty_new_url(ev->url));
	add(w, c,
	    icalproperty_new_status(
		is_cancel(w) ? ICAL_STATUS_CANCELLED : ICAL_STATUS_CONFIRMED));
	add(w, c, icalproperty_new_transp(ICAL_TRANSP_OPAQUE));
	if (w->to != NULL)
		add_people(w, c, ev);
	if (ev->location != NULL && cal_text_url_fault(ev->location) == NULL)
		add_conference(w, c, ev->location);
}

static void want(
    struct cal_writer *w, const char *uid, int64_t start, int64_t end)
{
	if (w->want == NULL || w->n_want == w->max_want)
		w->failed = true;
	else
		w->want[w->n_want++] = (struct cal_instance){uid, start, end};
}

static const char *tzid_of(const struct cal_series *s)
{
	return s->zoned ? s->tz.name : NULL;
}

/* `skip[slot]`: the pattern has no session there. NULL: one session, no rule. */
static void put_master(
    struct cal_writer *w, const struct cal_series *s, const bool *skip)
{
	const struct cal_event *ev = s->ev;
	icalcomponent *c = begin_event(w, ev);
	char text[48];
	icalproperty *p;
	int64_t end = s->recurs ? s->first + (int64_t)ev->minutes * 60
				: ev->session[0].end;

	add_time(w, c, ICAL_DTSTART_PROPERTY, s->first, tzid_of(s));
	add_time(w, c, ICAL_DTEND_PROPERTY, end, tzid_of(s));
	if (s->recurs) {
		snprintf(
		    text, sizeof(text), "FREQ=WEEKLY;COUNT=%u", s->n_slots);
		p = icalproperty_new(ICAL_RRULE_PROPERTY);
		if (p != NULL)
			icalproperty_set_value_from_string(p, text, "RECUR");
		add(w, c, p);
		for (uint32_t i = 0; i < s->n_slots; i++)
			if (skip[i])
				add_time(w, c, ICAL_EXDATE_PROPERTY,
				    cal_series_slot_time(s, i), tzid_of(s));
	}
	end_event(w, c, ev);
}

static void put_override(struct cal_writer *w, const struct cal_series *s,
    size_t i, int64_t start, int64_t end)
{
	const struct zone *z = s->ev->zone;
	icalcomponent *c = begin_event(w, s->ev);
	const char *tzid = tzid_of(s);
	int64_t slot = cal_series_slot_time(s, cal_series_slot(s, i));

	add_time(w, c, ICAL_RECURRENCEID_PROPERTY, slot, tzid);
	if (cal_series_is_local(s, i)) {
		add_time(w, c, ICAL_DTSTART_PROPERTY,
		    start + zone_offset_at(z, start), tzid);
		add_time(w, c, ICAL_DTEND_PROPERTY,
		    end + zone_offset_at(z, end), tzid);
	} else {
		add_time(w, c, ICAL_DTSTART_PROPERTY, start, NULL);
		add_time(w, c, ICAL_DTEND_PROPERTY, end, NULL);
	}
	end_event(w, c, s->ev);
	want(w, s->ev->uid, start, end);
}

void cal_writer_session(
    struct cal_writer *w, const struct cal_series *s, size_t session)
{
	const struct cal_session *x = &s->ev->session[session];

	put_override(w, s, session, x->start, x->end);
}

void cal_writer_series(struct cal_writer *w, const struct cal_series *s)
{
	const struct cal_event *ev = s->ev;
	bool skip[CAL_MAX_SESSIONS];

	memset(skip, true, sizeof(skip));
	for (size_t i = 0; i < ev->n_sessions; i++)
		if (!ev->session[i].cancelled)
			skip[cal_series_slot(s, i)] = false;
	put_master(w, s, skip);
	for (size_t i = 0; i < ev->n_sessions; i++) {
		const struct cal_session *x = &ev->session[i];

		if (x->cancelled)
			continue;
		if (cal_series_is_regular(s, i))
			want(w, ev->uid, x->start, x->end);
		else
			cal_writer_session(w, s, i);
	}
}

void cal_writer_plan(struct cal_writer *w, const struct cal_series *s)
{
	struct cal_session planned[CAL_MAX_SESSIONS] = {0};
	struct cal_event ev = *s->ev;
	struct cal_series plan = *s;
	bool skip[CAL_MAX_SESSIONS];

	memset(skip, true, sizeof(skip));
	plan.ev = &ev;
	ev.session = planned;
	for (size_t i = 0; i < ev.n_sessions; i++) {
		planned[i] = s->ev->session[i];
		if (s->recurs) {
			planned[i].start = planned[i].original_start;
			planned[i].end =
			    planned[i].start + (int64_t)ev.minutes * 60;
		}
		if (!cal_series_is_regular(&plan, i))
			continue;
		skip[cal_series_slot(s, i)] = false;
		want(w, ev.uid, planned[i].start, planned[i].end);
	}
	put_master(w, &plan, skip);
}

enum err_code cal_writer_finish(
    struct cal_writer *w, struct str *out, struct err *e)
{
	char *text = NULL;
	enum err_code code;

	if (!w->failed)
		text = icalcomponent_as_ical_string_r(w->root);
	if (text == NULL)
		return ERR_SET(e, NOMEM, "no memory for the calendar");
	code = cal_proof_check(text, w->root, w->want, w->n_want, e);
	if (code == ERR_OK && strlen(text) > out->cap - out->len)
		code = ERR_SET(e, TOO_LARGE,
		    "the calendar has more than %zu octets", out->cap);
	if (code == ERR_OK) {
		str_put(out, text, strlen(text));
		if (out->failed)
			code = ERR_SET(e, NOMEM, "no memory for the calendar");
	}
	free(text);
	return code;
}
