/* Waiting lists: see service_waiting.h. */
#include "api/service_waiting.h"

#include <string.h>

#include "api/service_audit.h"
#include "api/service_events.h"
#include "db/waiting.h"

/* A seat for one who waits, and what follows from it. */
static enum err_code promote(struct call *c, const struct db_slot *slot,
    const struct db_waiting *w, bool *ret_taken, struct err *e)
{
	struct event_news news = {.member = &w->member_id};
	enum err_code code = db_waiting_promote(
	    c->db, &c->who.community_id, &slot->id, w, ret_taken, e);

	if (code == ERR_OK && !*ret_taken)
		return service_audit_fact(c, "booking.pass_over", "booking",
		    &w->id, NULL, "{\"reason\":\"double-booked\"}", e);
	if (code == ERR_OK)
		code = service_events_tell(c, &slot->event_id, &news, e);
	if (code == ERR_OK)
		code = service_audit_state(c, "booking.promote", "booking",
		    &w->id, "waiting", "booked", e);
	return code;
}

enum err_code service_waiting_promote(
    struct call *c, const struct db_slot *slot, struct err *e)
{
	const struct id *community = &c->who.community_id;
	struct db_waiting *w;
	int64_t free = 0;
	size_t n;
	enum err_code code;

	if (strcmp(slot->state, "open") != 0 || slot->start <= slot->now)
		return ERR_OK;
	code = db_waiting_list(
	    c->db, c->arena, community, &slot->id, &w, &n, &free, e);
	for (size_t i = 0; code == ERR_OK && i < n && free > 0; i++) {
		bool taken = false;

		code = w[i].is_gone
			   ? db_waiting_leave(c->db, community, &w[i].id, e)
			   : promote(c, slot, &w[i], &taken, e);
		free -= taken;
	}
	if (code == ERR_OK && n > 0)
		code = db_waiting_close_up(c->db, community, &slot->id, e);
	return code;
}

enum err_code service_waiting_promote_all(
    struct call *c, const struct id *office_hours, struct err *e)
{
	const struct id *community = &c->who.community_id;
	struct id *slot;
	size_t n;
	enum err_code code = db_waiting_slots(
	    c->db, c->arena, community, office_hours, &slot, &n, e);

	for (size_t i = 0; code == ERR_OK && i < n; i++) {
		struct db_slot row;

		code =
		    db_slot_lock(c->db, c->arena, community, &slot[i], &row, e);
		if (code == ERR_OK)
			code = service_waiting_promote(c, &row, e);
	}
	return code;
}
