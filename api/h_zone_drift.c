/* Handlers of zone law that changed. */
#include <string.h>

#include "api/bind.h"
#include "api/handlers.h"
#include "api/service_zone_drift.h"

struct settle_body {
	int keep;
};

static const struct bind_name KEEPS[] = {
    {"wall", ZONE_KEEP_WALL}, {"instant", ZONE_KEEP_INSTANT}, {NULL, 0}};

static const struct bind SETTLE[] = {
    {"keep", BIND_NAME, BIND_REQUIRED, BIND_INTO(struct settle_body, keep),
	.names = KEEPS},
    {0},
};

enum err_code h_zone_drift_list(struct request *r)
{
	const char *json = NULL;
	enum err_code code = service_zone_drift_list(&r->call, &json, &r->err);

	if (code == ERR_OK)
		reply_digested(r, "application/json", json, strlen(json));
	return code;
}

enum err_code h_zone_drift_settle(struct request *r)
{
	struct settle_body body = {0};
	struct db_doc doc;
	struct id id;
	enum err_code code = request_path_id(r, "id", "session", &id);

	if (code == ERR_OK)
		code =
		    bind_object(r->call.arena, r->json, SETTLE, &body, &r->err);
	if (code == ERR_OK)
		code = service_zone_drift_settle(&r->call, &id, r->if_match,
		    (enum zone_keep)body.keep, &doc, &r->err);
	if (code == ERR_OK)
		reply_doc(r, &doc);
	return code;
}
