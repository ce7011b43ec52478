/*
 * What a calendar client sends: any octets are refused or become a question within its
 * caps, and the answer to whatever is asked, of a calendar and of an event, is XML that
 * is read again, with a response for each. Input: the body of a PROPFIND or REPORT.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "api/dav_props.h"
#include "api/dav_sync.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct cal_event EVENT = {.last_modified = 1800000000};
static const struct event_object OBJECT = {
    .text = "BEGIN:VCALENDAR\r\nSUMMARY:]]> & <b>\r\nEND:VCALENDAR\r\n",
    .len = 51,
    .event = &EVENT};

static void check_answer(struct arena *a, const struct dav_ask *ask)
{
	struct dav_view view = {
	    "/dav/1/", "/dav/1/sessions/", "A & <b>", "\"C\"", NULL};
	const struct dav_resource calendar = {
	    DAV_CALENDAR, view.calendar, &view, NULL};
	const struct dav_resource event = {DAV_EVENT, "/x", &view, &OBJECT};
	const struct xml_node *root;
	struct err e = {0};
	struct str out;
	size_t n = 0;

	view.token = dav_sync_token(a, &OBJECT, 1);
	str_init(&out, 1 << 20);
	dav_props_begin(&out);
	dav_props_response(&out, ask, &calendar);
	dav_props_response(&out, ask, &event);
	dav_props_missing(&out, "a<b");
	dav_props_end(&out, view.token);
	if (out.failed || xml_read(a, out.data, out.len, &root, &e) != ERR_OK ||
	    !xml_is(root, DAV_NS, "multistatus"))
		abort();
	for (const struct xml_node *c = root->child; c; c = c->next)
		n += xml_is(c, DAV_NS, "response");
	if (n != 3)
		abort();
	str_free(&out);
}

static void check_report(struct arena *a, const struct dav_ask *ask)
{
	const struct xml_node *at = NULL;
	struct dav_sync changes;
	struct err e = {0};
	bool is_known;

	while (ask->report == DAV_MULTIGET && dav_ask_href(ask, &at))
		if (strlen(at->text) > XML_MAX_TEXT)
			abort();
	if (dav_sync_compare(
		a, ask->token, &OBJECT, 1, &changes, &is_known, &e) != ERR_OK ||
	    changes.n_changed > 1 || changes.n_gone > DAV_SYNC_EVENTS)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new(64 << 20);
	const char *body = arena_strndup(a, (const char *)data, size);
	struct dav_ask ask;
	struct err e = {0};

	xml_start();
	if (dav_ask_propfind(a, body, size, &ask, &e) == ERR_OK &&
	    !ask.refusal.name)
		check_answer(a, &ask);
	err_clear(&e);
	if (dav_ask_report(a, body, size, &ask, &e) == ERR_OK &&
	    !ask.refusal.name) {
		check_answer(a, &ask);
		check_report(a, &ask);
	}
	arena_free(a);
	return 0;
}
