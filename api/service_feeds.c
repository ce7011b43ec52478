/* Feeds: see service_feeds.h. */
#include "api/service_feeds.h"

#include <string.h>

#include "api/auth.h"
#include "api/service_audit.h"
#include "base/instant.h"
#include "db/programs.h"

/* What is not there is a fault of the body, not of the path. */
static enum err_code in_body(
    enum err_code code, const char *place, const char *what, struct err *e)
{
	if (code != ERR_NOT_FOUND)
		return code;
	err_clear(e);
	err_add_field(e, ERR_VALIDATION, place, "there is no such %s", what);
	return ERR_VALIDATION;
}

/* The guide by their own right; somebody else by the staff's. */
static enum err_code check_cohort(struct call *c,
    const struct feed_order *order, bool *ret_by_staff, struct err *e)
{
	struct id guide;
	bool guides;
	enum err_code code = db_feed_guide(
	    c->db, c->arena, &c->who.community_id, order->cohort_id, &guide, e);

	if (code != ERR_OK)
		return in_body(code, "/cohort_id", "cohort", e);
	guides = memcmp(guide.octet, order->member_id.octet,
		     sizeof(guide.octet)) == 0;
	if (!guides && !auth_is_staff(&c->who))
		return ERR_SET(e, FORBIDDEN,
		    "only its guide and the staff subscribe to a cohort");
	*ret_by_staff = !guides;
	return ERR_OK;
}

static enum err_code check_program(struct call *c,
    const struct feed_order *order, bool *ret_by_staff, struct err *e)
{
	struct db_doc doc;

	if (!auth_is_staff(&c->who))
		return ERR_SET(e, FORBIDDEN,
		    "only the staff gives feeds of a whole program");
	*ret_by_staff = true;
	return in_body(db_program_get(c->db, c->arena, &c->who.community_id,
			   order->program_id, &doc, e),
	    "/program_id", "program", e);
}

static enum err_code check_end(
    struct call *c, const struct feed_order *order, struct err *e)
{
	int64_t now, at;
	enum err_code code;

	if (order->expires_at == NULL)
		return ERR_OK;
	at = *order->expires_at;
	code = db_now(c->db, c->arena, &now, e);
	if (code == ERR_OK &&
	    (at <= now || at > now + (int64_t)DB_FEED_DAYS * INSTANT_DAY))
		err_add_field(e, ERR_VALIDATION, "/expires_at",
		    "expected an instant in the future, at most %d days from "
		    "now",
		    DB_FEED_DAYS);
	return code == ERR_OK ? e->code : code;
}

enum err_code service_feeds_create(struct call *c,
    const struct feed_order *order, const uint8_t hash[DB_FEED_HASH_SIZE],
    struct db_doc *ret_doc, struct err *e)
{
	const struct id *community = &c->who.community_id;
	struct db_new_feed feed = {.id = id_new(),
	    .member_id = order->member_id,
	    .cohort_id = order->cohort_id,
	    .program_id = order->program_id,
	    .expires_at = order->expires_at};
	enum err_code code = ERR_OK;

	memcpy(feed.hash, hash, sizeof(feed.hash));
	if (order->cohort_id != NULL && order->program_id != NULL) {
		err_add_field(e, ERR_VALIDATION, "/program_id",
		    "expected a cohort or a program, not both");
		return ERR_VALIDATION;
	}
	if (order->cohort_id != NULL)
		code = check_cohort(c, order, &feed.by_staff, e);
	else if (order->program_id != NULL)
		code = check_program(c, order, &feed.by_staff, e);
	if (code == ERR_OK)
		code = check_end(c, order, e);
	if (code == ERR_OK)
		code = db_feed_insert(c->db, community, &feed, e);
	if (code == ERR_OK)
		code = service_audit_state(
		    c, "feed.create", "feed", &feed.id, NULL, "live", e);
	if (code == ERR_OK)
		code = db_feed_get(c->db, c->arena, community,
		    &order->member_id, &feed.id, ret_doc, e);
	return code;
}

enum err_code service_feeds_rotate(struct call *c, const struct id *member,
    const struct id *id, const uint8_t hash[DB_FEED_HASH_SIZE],
    struct db_doc *ret_doc, struct err *e)
{
	const struct id *community = &c->who.community_id;
	enum err_code code =
	    db_feed_rotate(c->db, community, member, id, hash, e);

	if (code == ERR_OK)
		code = service_audit_state(
		    c, "feed.rotate", "feed", id, "live", "live", e);
	if (code == ERR_OK)
		code = db_feed_get(
		    c->db, c->arena, community, member, id, ret_doc, e);
	return code;
}

enum err_code service_feeds_revoke(
    struct call *c, const struct id *member, const struct id *id, struct err *e)
{
	enum err_code code =
	    db_feed_revoke(c->db, &c->who.community_id, member, id, e);

	if (code == ERR_OK)
		code = service_audit_state(
		    c, "feed.revoke", "feed", id, "live", "revoked", e);
	return code;
}
