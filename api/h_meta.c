/* Handlers of the service itself: probes, contract, pages of problems. */
#include <pthread.h>
#include <string.h>

#include "api/admin.h"
#include "api/digest.h"
#include "api/handlers.h"
#include "base/jwrite.h"
#include "base/str.h"
#include "db/migrate.h"

/* openapi.yaml as JSON and as a page, embedded by the Makefile in this order. */
struct embedded {
	const char *name, *begin, *end;
};
extern const struct embedded api_contract_table[];

enum {
	CONTRACT_JSON,
	CONTRACT_PAGE,
	CONTRACT_FILES,
};

/* Of large files that never change: made once, or empty. */
static char contract_etag[CONTRACT_FILES][DIGEST_TEXT_SIZE + 2];

enum err_code h_meta_live(struct request *r)
{
	reply_json(r, "{\"status\":\"live\"}");
	return ERR_OK;
}

/* Ready: the database answers and has exactly the schema of this binary. */
enum err_code h_meta_ready(struct request *r)
{
	enum err_code code = db_migrate_check(
	    r->call.db, r->call.arena, db_migration_table, &r->err);

	if (code == ERR_CONFLICT) {
		err_clear(&r->err);
		return ERR_SET(&r->err, DB_DOWN,
		    "the database has another schema: run cairn migrate");
	}
	if (code == ERR_OK && admin_is_draining())
		code =
		    ERR_SET(&r->err, DRAINING, "the service is shutting down");
	if (code == ERR_OK)
		reply_json(r, "{\"status\":\"ready\"}");
	return code;
}

enum err_code h_meta_root(struct request *r)
{
	reply_json(r, "{\"name\":\"cairn\",\"version\":\"v1\","
		      "\"contract\":\"/v1/openapi.json\",\"docs\":\"/v1/docs\","
		      "\"me\":\"/v1/me\"}");
	return ERR_OK;
}

static void make_etags(void)
{
	for (size_t i = 0; i < CONTRACT_FILES; i++) {
		const struct embedded *c = &api_contract_table[i];
		char text[DIGEST_TEXT_SIZE];
		struct digest d;

		if (!digest_sha256(c->begin, (size_t)(c->end - c->begin), &d))
			continue;
		digest_format(&d, text);
		snprintf(
		    contract_etag[i], sizeof(contract_etag[i]), "\"%s\"", text);
	}
}

static void reply_contract(struct request *r, size_t file, const char *type)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	const struct embedded *c = &api_contract_table[file];
	const char *etag = contract_etag[file];

	pthread_once(&once, make_etags);
	reply_versioned(r, type, c->begin, (size_t)(c->end - c->begin),
	    *etag ? etag : NULL);
	reply_header(r, "Cache-Control", "public, max-age=300");
}

enum err_code h_meta_contract(struct request *r)
{
	reply_contract(r, CONTRACT_JSON, "application/json");
	return ERR_OK;
}

enum err_code h_meta_page(struct request *r)
{
	reply_contract(r, CONTRACT_PAGE, "text/html; charset=utf-8");
	/* The page allows its own style by hash; nothing else ever. */
	reply_header(r, "Content-Security-Policy",
	    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; "
	    "form-action 'none'; frame-ancestors 'none'");
	reply_header(r, "Referrer-Policy", "no-referrer");
	return ERR_OK;
}

enum err_code h_meta_robots(struct request *r)
{
	static const char TEXT[] = "User-agent: *\nDisallow: /\n";

	reply_content(r, "text/plain; charset=utf-8", TEXT, sizeof(TEXT) - 1);
	return ERR_OK;
}

enum err_code h_meta_problem(struct request *r)
{
	const char *slug = request_path(r, "slug");
	enum err_code code = ERR_OK;
	struct str out;
	struct jwrite w;
	char *json;

	for (int i = 1; i < ERR_COUNT && code == ERR_OK; i++)
		if (strcmp(err_slug((enum err_code)i), slug) == 0)
			code = (enum err_code)i;
	if (code == ERR_OK)
		return ERR_SET(&r->err, NOT_FOUND, "there is no such problem");
	str_init(&out, 4096);
	jwrite_init(&w, &out, false);
	jwrite_object(&w);
	jwrite_key_text(&w, "slug", slug);
	jwrite_key_text(&w, "title", err_title(code));
	jwrite_key_int(&w, "status", err_status(code));
	jwrite_key_bool(&w, "retryable", err_retryable(code));
	jwrite_object_end(&w);
	json = jwrite_done(&w) ? arena_strdup(r->call.arena, out.data) : NULL;
	str_free(&out);
	if (!json)
		return ERR_SET(&r->err, NOMEM, "no memory for the page");
	reply_json(r, json);
	return ERR_OK;
}
