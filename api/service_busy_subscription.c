/* Subscribed busy times: see service_busy_subscription.h. */
#include "api/service_busy_subscription.h"

#include <string.h>
#include <strings.h>

#include "api/auth.h"
#include "api/service_audit.h"
#include "api/text.h"
#include "db/busy_subscription.h"
#include "db/busy_times.h"

enum err_code service_busy_subscription_get(
    struct call *c, const struct id *id, struct db_doc *ret_doc, struct err *e)
{
	enum err_code code = auth_own_or_staff(&c->who, id, "member", e);

	if (code == ERR_OK)
		code = db_busy_subscription_get(
		    c->db, c->arena, &c->who.community_id, id, ret_doc, e);
	return code;
}

/* What calendar apps hand out as webcal: is fetched by https:. */
static enum err_code check(struct arena *a, const char *given,
    const char **ret_url, const char **ret_host, struct err *e)
{
	static const char WEBCAL[] = "webcal://";
	const char *url = given, *host, *complaint;

	if (strncasecmp(given, WEBCAL, sizeof(WEBCAL) - 1) == 0)
		url = arena_printf(a, "https://%s", given + sizeof(WEBCAL) - 1);
	if (url == NULL)
		return ERR_SET(e, NOMEM, "no memory for the address");
	complaint = text_check_url(url, strlen(url));
	if (complaint != NULL) {
		err_add_field(e, ERR_VALIDATION, "/url",
		    "expected the https address of a calendar, without a name "
		    "or password in front of the host");
		return ERR_VALIDATION;
	}
	host = strstr(url, "://") + 3;
	*ret_host = arena_strndup(a, host, strcspn(host, ":/?#"));
	*ret_url = url;
	return *ret_host != NULL
		   ? ERR_OK
		   : ERR_SET(e, NOMEM, "no memory for the address");
}

/* The times of an address that is gone, or another now. */
static enum err_code drop_times(
    struct call *c, const struct id *id, struct err *e)
{
	return db_busy_times_drop(
	    c->db, &c->who.community_id, id, 0, DB_BUSY_ADDRESS, e);
}

static enum err_code audit(
    struct call *c, const char *action, const struct id *id, struct err *e)
{
	return service_audit_change(c, action, "member", id, NULL, NULL, e);
}

enum err_code service_busy_subscription_put(struct call *c, const struct id *id,
    int64_t if_match, const char *url, struct db_doc *ret_doc, struct err *e)
{
	const char *host;
	enum err_code code = auth_own_or_staff(&c->who, id, "member", e);

	if (code == ERR_OK)
		code = check(c->arena, url, &url, &host, e);
	if (code == ERR_OK)
		code = db_busy_subscription_put(
		    c->db, &c->who.community_id, id, if_match, url, host, e);
	if (code == ERR_OK)
		code = drop_times(c, id, e);
	if (code == ERR_OK)
		code = service_busy_subscription_get(c, id, ret_doc, e);
	if (code == ERR_OK)
		code = audit(c, "busy_subscription.set", id, e);
	return code;
}

enum err_code service_busy_subscription_drop(
    struct call *c, const struct id *id, int64_t if_match, struct err *e)
{
	enum err_code code = auth_own_or_staff(&c->who, id, "member", e);

	if (code == ERR_OK)
		code = db_busy_subscription_drop(
		    c->db, &c->who.community_id, id, if_match, e);
	if (code == ERR_OK)
		code = drop_times(c, id, e);
	if (code == ERR_OK)
		code = audit(c, "busy_subscription.drop", id, e);
	return code;
}
