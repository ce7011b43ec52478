/* Reading what a calendar client asks: see dav_ask.h. */
#include "api/dav_ask.h"

#include <string.h>

#include "base/num.h"
#include "calendars/ics_value.h"

static enum err_code malformed(struct err *e, const char *expected)
{
	return ERR_SET(e, SYNTAX, "expected %s", expected);
}

static void refuse(struct dav_ask *ask, const char *ns, const char *name)
{
	if (ask->refusal.name == NULL)
		ask->refusal = (struct dav_prop_name){ns, name};
}

/* Of calendar-data what cannot be cut out: the whole event is given, or nothing. */
static void check_data(struct dav_ask *ask, const struct xml_node *data)
{
	static const char *const CUT[] = {
	    "expand", "limit-recurrence-set", "limit-freebusy-set"};
	const char *type = xml_attribute(data, "content-type");
	const char *version = xml_attribute(data, "version");

	for (size_t i = 0; i < sizeof(CUT) / sizeof(CUT[0]); i++)
		if (xml_child(data, DAV_CAL_NS, CUT[i]) != NULL)
			refuse(ask, DAV_CAL_NS, "supported-calendar-data");
	if ((type != NULL && strcmp(type, "text/calendar") != 0) ||
	    (version != NULL && strcmp(version, "2.0") != 0))
		refuse(ask, DAV_CAL_NS, "supported-calendar-data");
}

static enum err_code read_props(
    struct dav_ask *ask, const struct xml_node *root, struct err *e)
{
	const struct xml_node *prop = xml_child(root, DAV_NS, "prop");

	if (xml_child(root, DAV_NS, "allprop") != NULL)
		ask->what = DAV_ALL;
	else if (xml_child(root, DAV_NS, "propname") != NULL)
		ask->what = DAV_NAMES;
	else if (prop == NULL)
		return malformed(e, "a DAV:prop, DAV:allprop or DAV:propname");
	else
		ask->what = DAV_PROPS;
	if (ask->what != DAV_PROPS)
		return ERR_OK;
	for (const struct xml_node *p = prop->child; p != NULL; p = p->next) {
		if (ask->n_props == DAV_MAX_PROPS)
			return ERR_SET(e, SYNTAX,
			    "expected at most %d properties", DAV_MAX_PROPS);
		ask->prop[ask->n_props++] =
		    (struct dav_prop_name){p->ns, p->name};
		if (xml_is(p, DAV_CAL_NS, "calendar-data"))
			check_data(ask, p);
	}
	return ERR_OK;
}

enum err_code dav_ask_propfind(struct arena *a, const char *body, size_t n,
    struct dav_ask *ret_ask, struct err *e)
{
	const struct xml_node *root;
	enum err_code code;

	*ret_ask = (struct dav_ask){.what = DAV_ALL};
	if (n == 0)
		return ERR_OK;
	code = xml_read(a, body, n, &root, e);
	if (code != ERR_OK)
		return code;
	if (!xml_is(root, DAV_NS, "propfind"))
		return malformed(e, "a DAV:propfind");
	return read_props(ret_ask, root, e);
}

/* One bound of a time-range, in UTC; absent leaves *ret. */
static bool read_bound(
    const struct xml_node *range, const char *name, int64_t *ret)
{
	const char *text = xml_attribute(range, name);
	struct ics_time t;

	if (text == NULL)
		return true;
	if (!ics_value_time(text, strlen(text), &t) || t.is_date || !t.is_utc)
		return false;
	*ret = t.local;
	return true;
}

static enum err_code read_event_filter(
    struct dav_ask *ask, const struct xml_node *filter, struct err *e)
{
	for (const struct xml_node *f = filter->child; f != NULL; f = f->next) {
		if (!xml_is(f, DAV_CAL_NS, "time-range")) {
			refuse(ask, DAV_CAL_NS, "supported-filter");
			continue;
		}
		if (!read_bound(f, "start", &ask->from) ||
		    !read_bound(f, "end", &ask->until))
			return malformed(
			    e, "a time-range in UTC: 20261025T080000Z");
	}
	return ERR_OK;
}

/* VCALENDAR, and in it VEVENT, with a time or without. */
static enum err_code read_filter(
    struct dav_ask *ask, const struct xml_node *filter, struct err *e)
{
	const struct xml_node *calendar =
	    xml_child(filter, DAV_CAL_NS, "comp-filter");
	const char *name =
	    calendar != NULL ? xml_attribute(calendar, "name") : NULL;
	enum err_code code = ERR_OK;

	if (name == NULL)
		return malformed(e, "a comp-filter with a name");
	if (strcmp(name, "VCALENDAR") != 0) {
		refuse(ask, DAV_CAL_NS, "supported-filter");
		return ERR_OK;
	}
	for (const struct xml_node *f = calendar->child;
	     code == ERR_OK && f != NULL; f = f->next) {
		name = xml_attribute(f, "name");
		if (!xml_is(f, DAV_CAL_NS, "comp-filter"))
			refuse(ask, DAV_CAL_NS, "supported-filter");
		else if (name == NULL)
			code = malformed(e, "a comp-filter with a name");
		else if (strcmp(name, "VEVENT") == 0)
			code = read_event_filter(ask, f, e);
		else if (xml_child(f, DAV_CAL_NS, "is-not-defined") == NULL)
			ask->no_events = true;
	}
	return code;
}

static enum err_code read_query(
    struct dav_ask *ask, const struct xml_node *root, struct err *e)
{
	const struct xml_node *filter = xml_child(root, DAV_CAL_NS, "filter");

	ask->report = DAV_QUERY;
	if (filter == NULL)
		return malformed(e, "a CALDAV:filter");
	return read_filter(ask, filter, e);
}

static enum err_code read_sync(
    struct dav_ask *ask, const struct xml_node *root, struct err *e)
{
	const struct xml_node *token = xml_child(root, DAV_NS, "sync-token");
	const struct xml_node *limit = xml_child(root, DAV_NS, "limit");
	const struct xml_node *number =
	    limit != NULL ? xml_child(limit, DAV_NS, "nresults") : NULL;

	ask->report = DAV_SYNC;
	if (token == NULL)
		return malformed(e, "a DAV:sync-token");
	ask->token = token->text;
	if (limit != NULL && (number == NULL || !num_parse_i64(number->text,
						    strlen(number->text), 0,
						    INT32_MAX, &ask->limit)))
		return malformed(e, "a number in DAV:nresults");
	return ERR_OK;
}

enum err_code dav_ask_report(struct arena *a, const char *body, size_t n,
    struct dav_ask *ret_ask, struct err *e)
{
	const struct xml_node *root;
	enum err_code code = xml_read(a, body, n, &root, e);

	if (code != ERR_OK)
		return code;
	*ret_ask = (struct dav_ask){.from = INT64_MIN,
	    .until = INT64_MAX,
	    .limit = -1,
	    .root = root,
	    .token = ""};
	if (xml_is(root, DAV_CAL_NS, "calendar-query"))
		code = read_query(ret_ask, root, e);
	else if (xml_is(root, DAV_NS, "sync-collection"))
		code = read_sync(ret_ask, root, e);
	else if (xml_is(root, DAV_CAL_NS, "calendar-multiget"))
		ret_ask->report = DAV_MULTIGET;
	else
		refuse(ret_ask, DAV_NS, "supported-report");
	if (code != ERR_OK || ret_ask->refusal.name != NULL)
		return code;
	return read_props(ret_ask, root, e);
}

const char *dav_ask_href(const struct dav_ask *ask, const struct xml_node **at)
{
	const struct xml_node *node =
	    *at == NULL ? ask->root->child : (*at)->next;

	while (node != NULL && !xml_is(node, DAV_NS, "href"))
		node = node->next;
	if (node == NULL)
		return NULL;
	*at = node;
	return node->text;
}
