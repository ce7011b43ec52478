/* Handlers of the address that a member's busy times are read from. */
#include "api/bind.h"
#include "api/handlers.h"
#include "api/service_busy_subscription.h"
#include "api/text.h"

struct busy_address {
	const char *url;
};

static const struct bind ADDRESS[] = {
    {"url", BIND_STRING, BIND_REQUIRED, BIND_INTO(struct busy_address, url),
	.min = 1, .max = TEXT_MAX_URL},
    {0},
};

enum err_code h_busy_subscription_get(struct request *r)
{
	struct db_doc doc;
	struct id id;
	enum err_code code = request_path_id(r, "id", "member", &id);

	if (code == ERR_OK)
		code =
		    service_busy_subscription_get(&r->call, &id, &doc, &r->err);
	if (code == ERR_OK)
		reply_doc(r, &doc);
	return code;
}

enum err_code h_busy_subscription_put(struct request *r)
{
	struct busy_address address;
	struct db_doc doc;
	struct id id;
	enum err_code code = request_path_id(r, "id", "member", &id);

	if (code == ERR_OK)
		code = bind_object(
		    r->call.arena, r->json, ADDRESS, &address, &r->err);
	if (code == ERR_OK)
		code = service_busy_subscription_put(
		    &r->call, &id, r->if_match, address.url, &doc, &r->err);
	if (code == ERR_OK)
		reply_doc(r, &doc);
	return code;
}

enum err_code h_busy_subscription_drop(struct request *r)
{
	struct id id;
	enum err_code code = request_path_id(r, "id", "member", &id);

	if (code == ERR_OK)
		code = service_busy_subscription_drop(
		    &r->call, &id, r->if_match, &r->err);
	if (code == ERR_OK)
		reply_no_content(r);
	return code;
}
