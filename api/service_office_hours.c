/* Office hours and bookings: see service_office_hours.h. */
#include "api/service_office_hours.h"

#include <string.h>

#include "api/auth.h"
#include "api/service_audit.h"
#include "api/service_events.h"
#include "api/service_waiting.h"
#include "base/id.h"
#include "base/instant.h"
#include "calendars/tz.h"
#include "db/events.h"
#include "db/waiting.h"
#include "db/wall.h"
#include "scheduler/schedule.h"

/* Everything that can be wrong with the values, all at once. */
static enum err_code check(struct call *c, struct db_office_hours *o,
    struct weekly_slot *slot, struct err *e)
{
	struct err zone = {0};

	if (tz_zone(c->tz, o->time_zone, &slot->zone, &zone) != ERR_OK)
		err_add_field(
		    e, ERR_VALIDATION, "/time_zone", "%s", zone.detail);
	if (o->last_date < o->first_date)
		err_add_field(e, ERR_VALIDATION, "/last_date",
		    "the last date is before the first");
	else if (o->last_date - o->first_date >= OFFICE_HOURS_MAX_DAYS)
		err_add_field(e, ERR_VALIDATION, "/last_date",
		    "expected at most %d days after the first date",
		    OFFICE_HOURS_MAX_DAYS - 1);
	if (o->local_minute % WEEK_SLOT_MINUTES != 0)
		err_add_field(e, ERR_VALIDATION, "/local_time",
		    "expected a full quarter of an hour");
	if (o->minutes % WEEK_SLOT_MINUTES != 0)
		err_add_field(e, ERR_VALIDATION, "/minutes",
		    "expected full quarters of an hour");
	if (e->code != ERR_OK)
		return e->code;
	o->time_zone = slot->zone->name;
	slot->weekday = (uint8_t)o->weekday;
	slot->local_minute = (uint16_t)o->local_minute;
	slot->minutes = (uint16_t)o->minutes;
	slot->first_day = o->first_date;
	slot->last_day = o->last_date;
	return ERR_OK;
}

static enum err_code add_slots(struct call *c, const struct db_office_hours *o,
    const int64_t *start, uint16_t n, struct err *e)
{
	enum err_code code = ERR_OK;

	for (uint16_t i = 0; code == ERR_OK && i < n; i++) {
		struct id slot = id_new();

		code = db_office_hours_add_slot(c->db, &c->who.community_id, o,
		    &slot, start[i], start[i] + o->minutes * INSTANT_MINUTE, e);
	}
	return code;
}

enum err_code service_office_hours_open(struct call *c,
    struct db_office_hours *o, struct db_doc *ret_doc, struct err *e)
{
	const struct id *community = &c->who.community_id;
	struct weekly_slot slot = {0};
	struct new_event event = {.id = id_new(), .kind = "office_hours"};
	struct db_office_hours_mentor mentor;
	uint16_t n, skipped;
	int64_t *start;
	enum err_code code;

	code = db_act_on(c->db, "member", &o->mentor_id, e);
	if (code == ERR_OK)
		code = db_office_hours_mentor(c->db, c->arena, community,
		    &o->program_id, &o->mentor_id, &mentor, e);
	if (code != ERR_OK)
		return code;
	if (o->time_zone == NULL)
		o->time_zone = mentor.time_zone;
	code = check(c, o, &slot, e);
	if (code == ERR_OK)
		code = schedule_occurrences(
		    c->arena, &slot, &start, &n, &skipped, e);
	if (code != ERR_OK)
		return code;
	if (n == 0) {
		err_add_field(e, ERR_VALIDATION, "/weekday",
		    "no such day between the first and the last date");
		return ERR_VALIDATION;
	}
	o->id = id_new();
	o->event_id = event.id;
	event.summary = o->title;
	event.description = event.location = "";
	event.organizer_name = mentor.name;
	event.time_zone = o->time_zone;
	event.first_local_start =
	    start[0] + zone_offset_at(slot.zone, start[0]);
	event.minutes = o->minutes;
	code = db_event_insert(c->db, community, &event, e);
	if (code == ERR_OK)
		code = db_office_hours_insert(c->db, community, o, e);
	if (code == ERR_OK)
		code = add_slots(c, o, start, n, e);
	if (code == ERR_OK)
		code = service_events_tell(
		    c, &event.id, &(struct event_news){.cancel = false}, e);
	if (code == ERR_OK)
		code = db_office_hours_get(
		    c->db, c->arena, community, &o->id, ret_doc, e);
	if (code == ERR_OK)
		code = service_audit_change(c, "office_hours.open",
		    "office_hours", &o->id, NULL, ret_doc->json, e);
	return code;
}

/* The version asked for, and a state that allows it. */
static enum err_code check_state(int64_t if_match, int64_t row_version,
    const char *state, const char *expected, struct err *e)
{
	if (if_match != 0 && if_match != row_version)
		return ERR_SET(
		    e, STALE, "the resource changed since it was read");
	if (strcmp(state, expected) == 0)
		return ERR_OK;
	err_note(e, "current_state", state);
	return ERR_SET(
	    e, STATE, "expected the state %s, it is %s", expected, state);
}

/* Theirs to change, and as it should be; from here on for the system. */
static enum err_code hold(struct call *c, const struct id *id, int64_t if_match,
    struct db_office_hours_state *now, struct err *e)
{
	enum err_code code = db_office_hours_lock(
	    c->db, c->arena, &c->who.community_id, id, now, e);

	if (code == ERR_OK && !auth_is_staff(&c->who) &&
	    !auth_is_member(&c->who, &now->mentor_id))
		code =
		    ERR_SET(e, FORBIDDEN, "these are another mentor's hours");
	if (code == ERR_OK)
		code = check_state(
		    if_match, now->row_version, now->state, "open", e);
	return code == ERR_OK ? db_act_on(c->db, "office_hours", id, e) : code;
}

enum err_code service_office_hours_set_seats(struct call *c,
    const struct id *id, int64_t if_match, int64_t seats,
    struct db_doc *ret_doc, struct err *e)
{
	const struct id *community = &c->who.community_id;
	struct db_office_hours_state now;
	struct db_doc before;
	enum err_code code = hold(c, id, if_match, &now, e);

	if (code == ERR_OK)
		code = db_office_hours_get(
		    c->db, c->arena, community, id, &before, e);
	if (code == ERR_OK)
		code =
		    db_office_hours_set_seats(c->db, community, id, seats, e);
	if (code == ERR_OK)
		code = service_waiting_promote_all(c, id, e);
	if (code == ERR_OK)
		code = db_office_hours_get(
		    c->db, c->arena, community, id, ret_doc, e);
	if (code == ERR_OK)
		code = service_audit_change(c, "office_hours.update",
		    "office_hours", id, before.json, ret_doc->json, e);
	return code;
}

enum err_code service_office_hours_close(
    struct call *c, const struct id *id, int64_t if_match, struct err *e)
{
	const struct id *community = &c->who.community_id;
	struct event_news news = {.cancel = true, .raise = true};
	struct db_office_hours_state now;
	struct id *event;
	enum err_code code;
	size_t n = 0;

	code = hold(c, id, if_match, &now, e);
	if (code == ERR_OK)
		code = db_office_hours_close(
		    c->db, c->arena, community, id, &event, &n, e);
	/* Told first: attendees of a slot are those whose booking still stands. */
	for (size_t i = 0; code == ERR_OK && i < n; i++)
		code = service_events_tell(c, &event[i], &news, e);
	if (code == ERR_OK)
		code = service_events_tell(c, &now.event_id, &news, e);
	if (code == ERR_OK)
		code = db_office_hours_drop_bookings(c->db, community, id, e);
	if (code == ERR_OK)
		code = service_audit_state(c, "office_hours.close",
		    "office_hours", id, "open", "closed", e);
	return code;
}

/* The first booking of a slot gives it its calendar event. */
static enum err_code slot_event(
    struct call *c, struct db_slot *slot, struct err *e)
{
	struct new_event event = {.id = id_new(),
	    .kind = "slot",
	    .summary = slot->title,
	    .description = "",
	    .location = "",
	    .organizer_name = slot->mentor_name,
	    .time_zone = slot->time_zone,
	    .first_local_start = slot->start,
	    .minutes = (slot->end - slot->start) / INSTANT_MINUTE};
	const struct zone *zone;
	enum err_code code;

	if (slot->has_event)
		return ERR_OK;
	code = tz_zone(c->tz, slot->time_zone, &zone, e);
	if (code != ERR_OK)
		return code;
	event.first_local_start += zone_offset_at(zone, slot->start);
	slot->event_id = event.id;
	code = db_event_insert(c->db, &c->who.community_id, &event, e);
	if (code == ERR_OK)
		code = db_slot_set_event(
		    c->db, &c->who.community_id, &slot->id, &event.id, e);
	return code;
}

/* A seat or, when there is none and that is wished, the last place of the list. */
static enum err_code take(struct call *c, const struct db_slot *slot,
    const struct booking_wish *wish, const struct id *id, bool *ret_waits,
    struct err *e)
{
	const struct id *community = &c->who.community_id;

	*ret_waits = wish->waits && slot->free == 0;
	return *ret_waits ? db_waiting_add(c->db, community, id, &slot->id,
				&wish->member_id, wish->note, e)
			  : db_booking_insert(c->db, community, id, &slot->id,
				&wish->member_id, wish->note, e);
}

enum err_code service_office_hours_book(struct call *c, const struct id *slot,
    const struct booking_wish *wish, struct id *ret_id, struct db_doc *ret_doc,
    struct err *e)
{
	const struct id *community = &c->who.community_id;
	struct event_news news = {.member = &wish->member_id};
	struct id id = id_new();
	struct db_slot row;
	bool waits = false;
	enum err_code code = db_act_on(c->db, "member", &wish->member_id, e);

	if (code == ERR_OK)
		code = db_slot_lock(c->db, c->arena, community, slot, &row, e);
	if (code == ERR_OK)
		code = check_state(0, 0, row.state, "open", e);
	if (code == ERR_OK && row.start <= row.now)
		code = ERR_SET(e, STATE, "the slot has begun already");
	if (code == ERR_OK && memcmp(&row.mentor_id, &wish->member_id,
				  sizeof(row.mentor_id)) == 0)
		code =
		    ERR_SET(e, VALIDATION, "these are the mentor's own hours");
	if (code == ERR_OK)
		code = take(c, &row, wish, &id, &waits, e);
	if (code == ERR_OK && !waits)
		code = slot_event(c, &row, e);
	if (code == ERR_OK && !waits)
		code = service_events_tell(c, &row.event_id, &news, e);
	if (code == ERR_OK)
		code = db_booking_get(
		    c->db, c->arena, community, &id, NULL, ret_doc, e);
	if (code == ERR_OK)
		code = service_audit_state(c, "booking.create", "booking", &id,
		    NULL, waits ? "waiting" : "booked", e);
	if (code == ERR_OK)
		*ret_id = id;
	return code;
}

/* Off the list, or off the seat, which somebody else may have. */
static enum err_code release(struct call *c, const struct db_slot *slot,
    const struct id *id, const struct db_booking *b, struct err *e)
{
	const struct id *community = &c->who.community_id;
	struct event_news news = {
	    .cancel = true, .raise = true, .member = &b->member_id};
	enum err_code code;

	if (strcmp(b->state, "waiting") == 0) {
		code = db_waiting_leave(c->db, community, id, e);
		return code == ERR_OK
			   ? db_waiting_close_up(c->db, community, &slot->id, e)
			   : code;
	}
	code = db_booking_cancel(c->db, community, id, b, e);
	if (code == ERR_OK)
		code = service_events_tell(c, &b->event_id, &news, e);
	return code == ERR_OK ? service_waiting_promote(c, slot, e) : code;
}

/* The slot is locked before the booking, as everywhere. */
enum err_code service_office_hours_unbook(
    struct call *c, const struct id *booking, int64_t if_match, struct err *e)
{
	const struct id *community = &c->who.community_id;
	struct db_booking b;
	struct db_slot slot;
	enum err_code code =
	    db_booking_look(c->db, c->arena, community, booking, false, &b, e);

	if (code == ERR_OK && !auth_is_staff(&c->who) &&
	    !auth_is_member(&c->who, &b.member_id) &&
	    !auth_is_member(&c->who, &b.mentor_id))
		code = ERR_SET(e, NOT_FOUND, "there is no such booking");
	if (code == ERR_OK)
		code = db_act_on(c->db, "booking", booking, e);
	if (code == ERR_OK)
		code = db_slot_lock(
		    c->db, c->arena, community, &b.slot_id, &slot, e);
	if (code == ERR_OK)
		code = db_booking_look(
		    c->db, c->arena, community, booking, true, &b, e);
	if (code == ERR_OK)
		code = check_state(if_match, b.row_version, b.state,
		    strcmp(b.state, "waiting") == 0 ? "waiting" : "booked", e);
	if (code == ERR_OK)
		code = release(c, &slot, booking, &b, e);
	if (code == ERR_OK)
		code = service_audit_state(c, "booking.cancel", "booking",
		    booking, b.state, "cancelled", e);
	return code;
}
