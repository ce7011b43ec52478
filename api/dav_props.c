/* Properties of calendars: see dav_props.h. */
#include "api/dav_props.h"

#include <string.h>

#include "base/instant.h"

#define NAMESPACES                                      \
	" xmlns:D=\"" DAV_NS "\" xmlns:C=\"" DAV_CAL_NS \
	"\" xmlns:S=\"" DAV_CS_NS "\""

static void put_href(struct str *out, const char *href)
{
	str_puts(out, "<D:href>");
	str_put_markup(out, href);
	str_puts(out, "</D:href>");
}

static void put_type(struct str *out, const struct dav_resource *r)
{
	if (r->kind != DAV_EVENT)
		str_puts(out, "<D:collection/>");
	if (r->kind == DAV_HOME)
		str_puts(out, "<D:principal/>");
	if (r->kind == DAV_CALENDAR)
		str_puts(out, "<C:calendar/>");
}

static void put_name(struct str *out, const struct dav_resource *r)
{
	str_put_markup(
	    out, r->kind == DAV_HOME ? r->view->person : r->view->name);
}

static void put_home(struct str *out, const struct dav_resource *r)
{
	put_href(out, r->view->home);
}

static void put_privileges(struct str *out, const struct dav_resource *r)
{
	(void)r;
	str_puts(out, "<D:privilege><D:read/></D:privilege>");
}

static void put_reports(struct str *out, const struct dav_resource *r)
{
	static const char *const REPORTS[] = {
	    "C:calendar-query", "C:calendar-multiget", "D:sync-collection"};

	(void)r;
	for (size_t i = 0; i < sizeof(REPORTS) / sizeof(REPORTS[0]); i++)
		str_printf(out,
		    "<D:supported-report><D:report><%s/></D:report>"
		    "</D:supported-report>",
		    REPORTS[i]);
}

static void put_etag(struct str *out, const struct dav_resource *r)
{
	char text[DIGEST_TEXT_SIZE];

	digest_format(&r->object->version, text);
	str_printf(out, "&quot;%s&quot;", text);
}

static void put_content_type(struct str *out, const struct dav_resource *r)
{
	(void)r;
	str_puts(out, "text/calendar; charset=utf-8; component=VEVENT");
}

static void put_length(struct str *out, const struct dav_resource *r)
{
	str_printf(out, "%zu", r->object->len);
}

/* RFC 9110, 5.6.7. */
static void put_modified(struct str *out, const struct dav_resource *r)
{
	static const char MONTHS[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	int64_t at = r->object->event->last_modified;
	const struct civil c = civil_from_seconds(at);

	str_printf(out, "%s, %02d %.3s %04d %02d:%02d:%02d GMT",
	    weekday_name(day_weekday(day_of(at))), c.day,
	    MONTHS + 3 * (c.month - 1), c.year, c.hour, c.minute, c.second);
}

static void put_token(struct str *out, const struct dav_resource *r)
{
	str_put_markup(out, r->view->token);
}

static void put_components(struct str *out, const struct dav_resource *r)
{
	(void)r;
	str_puts(out, "<C:comp name=\"VEVENT\"/>");
}

static void put_data_types(struct str *out, const struct dav_resource *r)
{
	(void)r;
	str_puts(out, "<C:calendar-data content-type=\"text/calendar\" "
		      "version=\"2.0\"/>");
}

static void put_data(struct str *out, const struct dav_resource *r)
{
	str_put_markup(out, r->object->text);
}

enum {
	ANY = DAV_ROOT | DAV_HOME | DAV_CALENDAR | DAV_EVENT,
};

/* prefix: of NAMESPACES. is_plain: among all properties (RFC 4918, 9.1). */
static const struct property {
	const char *ns, *name;
	char prefix;
	unsigned kinds;
	bool is_plain;
	void (*put)(struct str *out, const struct dav_resource *r);
} PROPERTIES[] = {
    {DAV_NS, "resourcetype", 'D', ANY, true, put_type},
    {DAV_NS, "displayname", 'D', DAV_HOME | DAV_CALENDAR, true, put_name},
    {DAV_NS, "getetag", 'D', DAV_EVENT, true, put_etag},
    {DAV_NS, "getcontenttype", 'D', DAV_EVENT, true, put_content_type},
    {DAV_NS, "getcontentlength", 'D', DAV_EVENT, true, put_length},
    {DAV_NS, "getlastmodified", 'D', DAV_EVENT, true, put_modified},
    {DAV_NS, "current-user-principal", 'D', ANY, false, put_home},
    {DAV_NS, "principal-URL", 'D', DAV_HOME, false, put_home},
    {DAV_NS, "owner", 'D', DAV_HOME | DAV_CALENDAR | DAV_EVENT, false,
	put_home},
    {DAV_NS, "current-user-privilege-set", 'D', ANY, false, put_privileges},
    {DAV_NS, "supported-report-set", 'D', DAV_CALENDAR, false, put_reports},
    {DAV_NS, "sync-token", 'D', DAV_CALENDAR, false, put_token},
    {DAV_CAL_NS, "calendar-home-set", 'C', DAV_HOME, false, put_home},
    {DAV_CAL_NS, "calendar-user-address-set", 'C', DAV_HOME, false, put_home},
    {DAV_CAL_NS, "supported-calendar-component-set", 'C', DAV_CALENDAR, false,
	put_components},
    {DAV_CAL_NS, "supported-calendar-data", 'C', DAV_CALENDAR, false,
	put_data_types},
    {DAV_CAL_NS, "calendar-data", 'C', DAV_EVENT, false, put_data},
    {DAV_CS_NS, "getctag", 'S', DAV_CALENDAR, false, put_token},
};

static const struct property *find(
    const struct dav_prop_name *name, enum dav_kind kind)
{
	for (size_t i = 0; i < sizeof(PROPERTIES) / sizeof(PROPERTIES[0]); i++)
		if (PROPERTIES[i].kinds & kind &&
		    strcmp(PROPERTIES[i].name, name->name) == 0 &&
		    strcmp(PROPERTIES[i].ns, name->ns) == 0)
			return &PROPERTIES[i];
	return NULL;
}

static void put_property(struct str *out, const struct property *p,
    const struct dav_resource *r, bool with_value)
{
	if (!with_value) {
		str_printf(out, "<%c:%s/>", p->prefix, p->name);
		return;
	}
	str_printf(out, "<%c:%s>", p->prefix, p->name);
	p->put(out, r);
	str_printf(out, "</%c:%s>", p->prefix, p->name);
}

static void open_props(struct str *out)
{
	str_puts(out, "<D:propstat><D:prop>");
}

static void close_props(struct str *out, const char *status)
{
	str_printf(out,
	    "</D:prop><D:status>HTTP/1.1 %s</D:status></D:propstat>", status);
}

/* Named ones: those there are, then those there are not. */
static void put_named(
    struct str *out, const struct dav_ask *ask, const struct dav_resource *r)
{
	size_t n_missing = 0;

	open_props(out);
	for (size_t i = 0; i < ask->n_props; i++) {
		const struct property *p = find(&ask->prop[i], r->kind);

		if (p != NULL)
			put_property(out, p, r, true);
		else
			n_missing++;
	}
	close_props(out, "200 OK");
	if (n_missing == 0)
		return;
	open_props(out);
	for (size_t i = 0; i < ask->n_props; i++) {
		const struct dav_prop_name *name = &ask->prop[i];

		if (find(name, r->kind) != NULL)
			continue;
		str_printf(out, "<%s%s", *name->ns ? "X:" : "", name->name);
		if (*name->ns) {
			str_puts(out, " xmlns:X=\"");
			str_put_markup(out, name->ns);
			str_putc(out, '"');
		}
		str_puts(out, "/>");
	}
	close_props(out, "404 Not Found");
}

void dav_props_begin(struct str *out)
{
	str_puts(out, "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
		      "<D:multistatus" NAMESPACES ">\n");
}

void dav_props_end(struct str *out, const char *sync_token)
{
	if (sync_token != NULL) {
		str_puts(out, "<D:sync-token>");
		str_put_markup(out, sync_token);
		str_puts(out, "</D:sync-token>\n");
	}
	str_puts(out, "</D:multistatus>\n");
}

void dav_props_response(
    struct str *out, const struct dav_ask *ask, const struct dav_resource *r)
{
	str_puts(out, "<D:response>");
	put_href(out, r->href);
	if (ask->what == DAV_PROPS) {
		put_named(out, ask, r);
	} else {
		open_props(out);
		for (size_t i = 0;
		     i < sizeof(PROPERTIES) / sizeof(PROPERTIES[0]); i++)
			if (PROPERTIES[i].kinds & r->kind &&
			    (PROPERTIES[i].is_plain || ask->what == DAV_NAMES))
				put_property(out, &PROPERTIES[i], r,
				    ask->what == DAV_ALL);
		close_props(out, "200 OK");
	}
	str_puts(out, "</D:response>\n");
}

void dav_props_missing(struct str *out, const char *href)
{
	str_puts(out, "<D:response>");
	put_href(out, href);
	str_puts(out, "<D:status>HTTP/1.1 404 Not Found</D:status>"
		      "</D:response>\n");
}

void dav_props_error(struct str *out, const struct dav_prop_name *name)
{
	str_printf(out,
	    "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
	    "<D:error" NAMESPACES "><%c:%s/></D:error>\n",
	    strcmp(name->ns, DAV_NS) == 0 ? 'D' : 'C', name->name);
}
