/* The four messages: see itip.h. Each is a check, a series, one writer. */
#include "calendars/itip.h"

#include "calendars/cal_writer.h"

static enum err_code check(
    const struct cal_event *ev, const struct cal_attendee *to, struct err *e)
{
	enum err_code code = cal_event_check(ev, e);
	unsigned before = e->n_fields;

	cal_event_check_person(&ev->organizer, "/organizer", e);
	cal_event_check_person(&to->person, "/attendee", e);
	return e->n_fields > before ? ERR_VALIDATION : code;
}

static bool is_live(const struct cal_event *ev)
{
	for (size_t i = 0; i < ev->n_sessions; i++)
		if (!ev->session[i].cancelled)
			return true;
	return false;
}

/* What one message holds. */
enum content {
	WHOLE, /* as it stands now */
	PLAN,  /* as first planned */
	ONE,   /* one session */
};

struct message {
	const char *method;
	enum content content;
	size_t session; /* of ONE */
};

static enum err_code write_message(const struct cal_event *ev,
    const struct message *m, const struct cal_attendee *to, struct str *out,
    struct err *e)
{
	struct cal_series series;
	struct cal_writer w;
	enum err_code code;

	cal_series_make(ev, NULL, &series);
	cal_writer_begin(&w, m->method, to, ev->n_sessions);
	if (series.zoned)
		cal_writer_zone(&w, &series.tz);
	if (m->content == WHOLE)
		cal_writer_series(&w, &series);
	else if (m->content == PLAN)
		cal_writer_plan(&w, &series);
	else
		cal_writer_session(&w, &series, m->session);
	code = cal_writer_finish(&w, out, e);
	cal_writer_free(&w);
	return code;
}

enum err_code itip_request(const struct cal_event *ev,
    const struct cal_attendee *to, struct str *out, struct err *e)
{
	enum err_code code = check(ev, to, e);

	if (code != ERR_OK)
		return code;
	if (!is_live(ev))
		return ERR_SET(e, STATE,
		    "every session is cancelled: there is nothing to invite "
		    "to");
	return write_message(
	    ev, &(struct message){ITIP_REQUEST, WHOLE, 0}, to, out, e);
}

enum err_code itip_cancel(const struct cal_event *ev,
    const struct cal_attendee *to, struct str *out, struct err *e)
{
	enum err_code code = check(ev, to, e);

	if (code != ERR_OK)
		return code;
	return write_message(
	    ev, &(struct message){ITIP_CANCEL, PLAN, 0}, to, out, e);
}

/* A message about session `i`, whose state must be `cancelled`. */
static enum err_code one_session(const struct cal_event *ev, size_t i,
    bool cancelled, const struct cal_attendee *to, struct str *out,
    struct err *e)
{
	enum err_code code = check(ev, to, e);

	if (code != ERR_OK)
		return code;
	if (i >= ev->n_sessions)
		return ERR_SET(e, VALIDATION, "there is no session %zu", i);
	if (ev->session[i].cancelled != cancelled)
		return ERR_SET(e, STATE, "session %zu is %s", i,
		    cancelled ? "not cancelled" : "cancelled");
	return write_message(ev,
	    &(struct message){cancelled ? ITIP_CANCEL : ITIP_REQUEST, ONE, i},
	    to, out, e);
}

enum err_code itip_request_session(const struct cal_event *ev, size_t i,
    const struct cal_attendee *to, struct str *out, struct err *e)
{
	return ev->n_sessions == 1 ? itip_request(ev, to, out, e)
				   : one_session(ev, i, false, to, out, e);
}

enum err_code itip_cancel_session(const struct cal_event *ev, size_t i,
    const struct cal_attendee *to, struct str *out, struct err *e)
{
	return ev->n_sessions == 1 ? itip_cancel(ev, to, out, e)
				   : one_session(ev, i, true, to, out, e);
}
