/*
 * Handlers of CalDAV, to read: the member of an app password finds their calendar, its
 * events, and what has changed. Every method that would change something is not there
 * (405), and whatever is not theirs is not there either (404).
 */
#include <string.h>

#include "api/dav_props.h"
#include "api/dav_sync.h"
#include "api/handlers.h"
#include "api/router.h"
#include "base/instant.h"
#include "db/app_passwords.h"

#define ROOT     "/dav/"
#define CALENDAR "sessions/"

enum {
	ANSWER_CAP = 32 << 20,
};

/* All that one request may need. */
struct dav {
	struct request *r;
	struct dav_view view;
	struct dav_ask ask;
	struct event_object *object;
	size_t n_objects;
	struct str out;
};

static enum err_code not_found(struct request *r)
{
	return ERR_SET(&r->err, NOT_FOUND, "there is no such resource");
}

/* The caller's own addresses and names; what the path names is theirs. */
static enum err_code enter(struct dav *d)
{
	struct call *c = &d->r->call;
	char text[ID_TEXT_SIZE];
	struct id member;
	bool is_below = d->r->n_path_params > 0;
	enum err_code code = ERR_OK;

	member = c->who.member_id;
	if (is_below)
		code = request_path_id(d->r, "id", "resource", &member);
	if (code == ERR_OK && is_below && !auth_is_member(&c->who, &member))
		code = not_found(d->r);
	if (code == ERR_OK)
		code =
		    db_app_password_names(c->db, c->arena, &c->who.community_id,
			&member, &d->view.name, &d->view.person, &d->r->err);
	if (code != ERR_OK)
		return code;
	id_format(&member, text);
	d->view.home = arena_printf(c->arena, ROOT "%s/", text);
	d->view.calendar = arena_printf(c->arena, ROOT "%s/" CALENDAR, text);
	return d->view.home && d->view.calendar
		   ? ERR_OK
		   : ERR_SET(&d->r->err, NOMEM, "no memory for the answer");
}

static enum err_code load(struct dav *d)
{
	struct call *c = &d->r->call;
	enum err_code code = service_events_own(
	    c, instant_now(), &d->object, &d->n_objects, &d->r->err);

	if (code != ERR_OK)
		return code;
	d->view.token = dav_sync_token(c->arena, d->object, d->n_objects);
	return d->view.token
		   ? ERR_OK
		   : ERR_SET(&d->r->err, NOMEM, "no memory for the answer");
}

static const struct event_object *find(
    const struct dav *d, const char *name, size_t n)
{
	struct id id;

	if (!id_parse(name, n, &id))
		return NULL;
	for (size_t i = 0; i < d->n_objects; i++)
		if (memcmp(d->object[i].id.octet, id.octet, sizeof(id.octet)) ==
		    0)
			return &d->object[i];
	return NULL;
}

/* ---- answers ---- */

static enum err_code finish(struct dav *d, unsigned status)
{
	struct request *r = d->r;
	const char *text = d->out.failed ? NULL
					 : arena_strndup(r->call.arena,
					       d->out.data, d->out.len);
	size_t n = d->out.len;

	str_free(&d->out);
	if (text == NULL)
		return ERR_SET(&r->err, NOMEM, "the answer is too large");
	reply_content(r, "application/xml; charset=utf-8", text, n);
	r->reply.status = status;
	reply_header(r, "DAV", "1, 3, calendar-access");
	return ERR_OK;
}

static enum err_code refuse(struct dav *d, const char *ns, const char *name)
{
	const struct dav_prop_name why = {ns, name};

	str_init(&d->out, ANSWER_CAP);
	dav_props_error(&d->out, &why);
	return finish(d, 403);
}

static void put(struct dav *d, enum dav_kind kind, const char *href,
    const struct event_object *object)
{
	const struct dav_resource resource = {kind, href, &d->view, object};

	dav_props_response(&d->out, &d->ask, &resource);
}

static void put_event(struct dav *d, const struct event_object *object)
{
	char text[ID_TEXT_SIZE];
	const char *href;

	id_format(&object->id, text);
	href =
	    arena_printf(d->r->call.arena, "%s%s.ics", d->view.calendar, text);
	put(d, DAV_EVENT, href ? href : "", object);
}

/* ---- PROPFIND ---- */

/* Of a resource, and with Depth: 1 of what is in it. */
static enum err_code propfind(struct request *r, enum dav_kind kind)
{
	struct dav d = {.r = r};
	const struct event_object *object = NULL;
	bool is_deep = r->header.depth && strcmp(r->header.depth, "1") == 0;
	enum err_code code = enter(&d);

	if (code == ERR_OK && kind != DAV_ROOT)
		code = load(&d);
	if (code == ERR_OK && kind == DAV_EVENT) {
		const char *name = request_path(r, "event_id");

		object = find(&d, name, strlen(name));
		code = object ? ERR_OK : not_found(r);
	}
	if (code == ERR_OK)
		code = dav_ask_propfind(
		    r->call.arena, r->body, r->body_len, &d.ask, &r->err);
	if (code != ERR_OK)
		return code;
	if (!is_deep && (!r->header.depth || strcmp(r->header.depth, "0") != 0))
		return refuse(&d, DAV_NS, "propfind-finite-depth");
	if (d.ask.refusal.name != NULL)
		return refuse(&d, d.ask.refusal.ns, d.ask.refusal.name);
	str_init(&d.out, ANSWER_CAP);
	dav_props_begin(&d.out);
	if (kind == DAV_ROOT)
		put(&d, DAV_ROOT, ROOT, NULL);
	if (kind == DAV_HOME || (kind == DAV_ROOT && is_deep))
		put(&d, DAV_HOME, d.view.home, NULL);
	if (kind == DAV_CALENDAR || (kind == DAV_HOME && is_deep))
		put(&d, DAV_CALENDAR, d.view.calendar, NULL);
	if (kind == DAV_EVENT)
		put_event(&d, object);
	for (size_t i = 0; kind == DAV_CALENDAR && is_deep && i < d.n_objects;
	     i++)
		put_event(&d, &d.object[i]);
	dav_props_end(&d.out, NULL);
	return finish(&d, 207);
}

enum err_code h_dav_root(struct request *r)
{
	return propfind(r, DAV_ROOT);
}

enum err_code h_dav_home(struct request *r)
{
	return propfind(r, DAV_HOME);
}

enum err_code h_dav_calendar(struct request *r)
{
	return propfind(r, DAV_CALENDAR);
}

enum err_code h_dav_event(struct request *r)
{
	return propfind(r, DAV_EVENT);
}

/* ---- REPORT ---- */

/* It has a session in the time that was asked for. */
static bool is_within(const struct dav_ask *ask, const struct cal_event *ev)
{
	for (size_t i = 0; i < ev->n_sessions; i++)
		if (!ev->session[i].cancelled &&
		    ev->session[i].start < ask->until &&
		    ev->session[i].end > ask->from)
			return true;
	return false;
}

static void query(struct dav *d)
{
	for (size_t i = 0; !d->ask.no_events && i < d->n_objects; i++)
		if (is_within(&d->ask, d->object[i].event))
			put_event(d, &d->object[i]);
}

/* An address of this collection's, with host or without. */
static const struct event_object *resolve(const struct dav *d, const char *href)
{
	const char *host = strstr(href, "://"), *end;
	size_t n = strlen(d->view.calendar);

	if (host != NULL)
		href = strchr(host + 3, '/');
	if (href == NULL || strncmp(href, d->view.calendar, n) != 0)
		return NULL;
	end = strchr(href + n, '.');
	if (end == NULL || strcmp(end, ".ics") != 0)
		return NULL;
	return find(d, href + n, (size_t)(end - href) - n);
}

static void multiget(struct dav *d)
{
	const struct xml_node *at = NULL;
	const char *href;

	while ((href = dav_ask_href(&d->ask, &at)) != NULL) {
		const struct event_object *object = resolve(d, href);

		if (object != NULL)
			put_event(d, object);
		else
			dav_props_missing(&d->out, href);
	}
}

static void put_changes(struct dav *d, const struct dav_sync *s)
{
	for (size_t i = 0; i < d->n_objects; i++)
		if (s->changed[i])
			put_event(d, &d->object[i]);
	for (size_t i = 0; i < s->n_gone; i++) {
		char text[ID_TEXT_SIZE];
		const char *href;

		id_format(&s->gone[i], text);
		href = arena_printf(
		    d->r->call.arena, "%s%s.ics", d->view.calendar, text);
		dav_props_missing(&d->out, href ? href : "");
	}
}

enum err_code h_dav_report(struct request *r)
{
	struct dav d = {.r = r};
	struct dav_sync changes;
	bool is_known = true;
	enum err_code code = enter(&d);

	if (code == ERR_OK)
		code = dav_ask_report(
		    r->call.arena, r->body, r->body_len, &d.ask, &r->err);
	if (code == ERR_OK && d.ask.refusal.name != NULL)
		return refuse(&d, d.ask.refusal.ns, d.ask.refusal.name);
	if (code == ERR_OK)
		code = load(&d);
	if (code == ERR_OK && d.ask.report == DAV_SYNC)
		code = dav_sync_compare(r->call.arena, d.ask.token, d.object,
		    d.n_objects, &changes, &is_known, &r->err);
	if (code != ERR_OK)
		return code;
	if (!is_known)
		return refuse(&d, DAV_NS, "valid-sync-token");
	if (d.ask.report == DAV_SYNC && d.ask.limit >= 0 &&
	    changes.n_changed + changes.n_gone > (size_t)d.ask.limit)
		return refuse(&d, DAV_NS, "number-of-matches-within-limits");
	str_init(&d.out, ANSWER_CAP);
	dav_props_begin(&d.out);
	if (d.ask.report == DAV_QUERY)
		query(&d);
	else if (d.ask.report == DAV_MULTIGET)
		multiget(&d);
	else
		put_changes(&d, &changes);
	dav_props_end(&d.out, d.ask.report == DAV_SYNC ? d.view.token : NULL);
	return finish(&d, 207);
}

/* ---- GET, OPTIONS, discovery ---- */

enum err_code h_dav_read(struct request *r)
{
	struct dav d = {.r = r};
	const char *name = request_path(r, "event_id");
	char text[DIGEST_TEXT_SIZE];
	const struct event_object *object;
	enum err_code code = enter(&d);

	if (code == ERR_OK)
		code = load(&d);
	if (code != ERR_OK)
		return code;
	object = find(&d, name, strlen(name));
	if (object == NULL)
		return not_found(r);
	digest_format(&object->version, text);
	reply_versioned(r, "text/calendar; charset=utf-8", object->text,
	    object->len, arena_printf(r->call.arena, "\"%s\"", text));
	return ERR_OK;
}

/* What there is, whoever asks: it tells nothing of anybody. */
static enum err_code options(struct request *r, const char *allow)
{
	reply_content(r, NULL, "", 0);
	reply_header(r, "DAV", "1, 3, calendar-access");
	reply_header(r, "Allow", allow);
	return ERR_OK;
}

enum err_code h_dav_options(struct request *r)
{
	return options(r, "OPTIONS, PROPFIND");
}

enum err_code h_dav_home_options(struct request *r)
{
	return options(r, "OPTIONS, PROPFIND");
}

enum err_code h_dav_calendar_options(struct request *r)
{
	return options(r, "OPTIONS, PROPFIND, REPORT");
}

enum err_code h_dav_event_options(struct request *r)
{
	return options(r, "OPTIONS, PROPFIND, GET, HEAD");
}

static enum err_code redirect(struct request *r)
{
	reply_no_content(r);
	r->reply.status = 301;
	reply_header(r, "Location", ROOT);
	return ERR_OK;
}

enum err_code h_dav_find(struct request *r)
{
	return redirect(r);
}

enum err_code h_dav_discover(struct request *r)
{
	return redirect(r);
}
