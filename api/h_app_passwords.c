/* Handlers of app passwords: the secret is in the answer that makes one, and nowhere
 * else. */
#include "api/auth.h"
#include "api/bind.h"
#include "api/handlers.h"
#include "api/service_app_passwords.h"
#include "db/members.h"

enum {
	MAX_NAME = 200, /* characters */
};

struct input {
	const char *name;
};

static const struct bind PASSWORD[] = {
    {"name", BIND_STRING, BIND_REQUIRED, BIND_INTO(struct input, name),
	.min = 1, .max = MAX_NAME},
    {0},
};

/* The member of the path, when the caller may manage their passwords. */
static enum err_code owner(struct request *r, struct id *member)
{
	enum err_code code = request_path_id(r, "id", "member", member);

	if (code == ERR_OK)
		code =
		    auth_own_or_staff(&r->call.who, member, "member", &r->err);
	return code;
}

enum err_code h_app_passwords_list(struct request *r)
{
	struct call *c = &r->call;
	struct db_page page;
	struct db_list found;
	struct db_doc doc;
	struct id member;
	enum err_code code = owner(r, &member);

	if (code == ERR_OK)
		code = request_page(r, &page);
	if (code == ERR_OK)
		code = db_member_get(c->db, c->arena, &c->who.community_id,
		    &member, &doc, &r->err);
	if (code == ERR_OK)
		code = db_app_password_list(c->db, c->arena,
		    &c->who.community_id, &member, &page, &found, &r->err);
	return code == ERR_OK ? reply_list(r, &found) : code;
}

enum err_code h_app_passwords_create(struct request *r)
{
	struct auth_app_password password;
	struct input in = {.name = NULL};
	char user[ID_TEXT_SIZE];
	const char *json, *kept;
	struct db_doc doc;
	struct id member;
	enum err_code code = owner(r, &member);

	if (code == ERR_OK)
		code =
		    bind_object(r->call.arena, r->json, PASSWORD, &in, &r->err);
	if (code == ERR_OK)
		code = service_app_passwords_create(
		    &r->call, &member, in.name, &password, &doc, &r->err);
	if (code != ERR_OK)
		return code;
	id_format(&member, user);
	json = arena_printf(r->call.arena,
	    "{\"app_password\":%s,\"username\":\"%s\",\"password\":\"%s\","
	    "\"url\":\"%s/dav/\"}",
	    doc.json, user, password.text, r->call.public_url);
	kept = arena_printf(r->call.arena,
	    "{\"app_password\":%s,\"username\":\"%s\",\"password\":null,"
	    "\"url\":\"%s/dav/\"}",
	    doc.json, user, r->call.public_url);
	if (json == NULL || kept == NULL)
		return ERR_SET(&r->err, NOMEM, "the request is too large");
	reply_json(r, json);
	r->reply.status = 201;
	reply_secret(r, kept);
	return ERR_OK;
}

enum err_code h_app_passwords_revoke(struct request *r)
{
	struct id member, id;
	enum err_code code = owner(r, &member);

	if (code == ERR_OK)
		code = request_path_id(r, "password_id", "app password", &id);
	if (code == ERR_OK)
		code = service_app_passwords_revoke(
		    &r->call, &member, &id, &r->err);
	if (code == ERR_OK)
		reply_no_content(r);
	return code;
}
