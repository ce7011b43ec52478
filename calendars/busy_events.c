/*
 * Events: which of them keep somebody busy, and what was moved out of a series.
 *
 * The components of one UID stand together, the series first. An instance that a
 * RECURRENCE-ID names gives way to it; from a THISANDFUTURE on, all later ones are
 * shifted and last as it does.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/instant.h"
#include "calendars/busy_case.h"

struct event {
	struct busy_item item;
	const char *uid; /* "": none; such events are no series of others */
	long sequence;
	bool is_moved, from_here_on; /* RECURRENCE-ID, RANGE=THISANDFUTURE */
	bool names_a_date;
	struct busy_time_of id; /* of RECURRENCE-ID */
	bool blocks;
};

/* ---- does it count? ---- */

static bool declines(const struct ics_part *part, const char *owner)
{
	for (const struct ics_line *line = ics_first(part, "ATTENDEE");
	     line != NULL && owner != NULL; line = ics_next(line))
		if (strncasecmp(line->value, "mailto:", 7) == 0 &&
		    strcasecmp(line->value + 7, owner) == 0)
			return ics_same(
				   ics_param(line, "PARTSTAT"), "DECLINED") ||
			       ics_same(
				   ics_param(line, "PARTSTAT"), "DELEGATED");
	return false;
}

static bool blocks(
    const struct busy_case *c, const struct busy_item *item, bool is_cancel)
{
	const struct ics_part *part = item->part;
	const char *transparency = ics_value(part, "TRANSP");
	const char *shown = ics_value(part, "X-MICROSOFT-CDO-BUSYSTATUS");

	if (is_cancel || ics_same(ics_value(part, "STATUS"), "CANCELLED") ||
	    declines(part, c->request->owner))
		return false;
	if (shown != NULL)
		return !ics_same(shown, "FREE") &&
		       !ics_same(shown, "WORKINGELSEWHERE");
	if (transparency == NULL)
		return !item->start.is_date;
	return !ics_same(transparency, "TRANSPARENT");
}

/* ---- reading ---- */

static bool read_event(struct busy_case *c, const struct ics_part *part,
    bool is_cancel, struct event *ret)
{
	const struct ics_line *id = ics_first(part, "RECURRENCE-ID");
	const char *sequence = ics_value(part, "SEQUENCE");
	const char *uid = ics_value(part, "UID");
	struct event ev = {.uid = uid == NULL ? "" : uid};

	if (!busy_item_read(c, part, &ev.item))
		return false;
	ev.blocks = blocks(c, &ev.item, is_cancel);
	ev.sequence = sequence == NULL ? 0 : strtol(sequence, NULL, 10);
	if (id != NULL) {
		if (!busy_time_read(
			c, id, id->value, strlen(id->value), &ev.id)) {
			busy_leave_out(
			    c, id->number, "RECURRENCE-ID cannot be read");
			return false;
		}
		ev.is_moved = true;
		ev.from_here_on =
		    ics_same(ics_param(id, "RANGE"), "THISANDFUTURE");
		ev.names_a_date = ev.id.is_date && !ev.item.start.is_date;
	}
	if (ev.blocks)
		c->report->busy++;
	else
		c->report->free++;
	*ret = ev;
	return true;
}

static int by_identity(const void *a, const void *b)
{
	const struct event *x = a, *y = b;
	int order = strcmp(x->uid, y->uid);

	if (order == 0)
		order = (int)x->is_moved - (int)y->is_moved;
	if (order == 0 && x->is_moved && x->id.at != y->id.at)
		order = x->id.at < y->id.at ? -1 : 1;
	if (order == 0 && x->sequence != y->sequence)
		order = x->sequence > y->sequence ? -1 : 1;
	return order != 0                                    ? order
	       : x->item.part->number < y->item.part->number ? -1
							     : 1;
}

/* Revisions of one thing; of two that have one number, both are meant. */
static bool is_older(const struct event *newest, const struct event *ev)
{
	return ev->uid[0] != '\0' && strcmp(newest->uid, ev->uid) == 0 &&
	       newest->is_moved == ev->is_moved &&
	       (!ev->is_moved || newest->id.at == ev->id.at) &&
	       ev->sequence < newest->sequence;
}

/* ---- series ---- */

static bool is_named(const struct event *moved, const struct busy_instance *i)
{
	return moved->names_a_date ? day_of(moved->id.local) == day_of(i->local)
				   : moved->id.at == i->at;
}

/* How far a series may be shifted, so that what begins outside is looked at, too. */
static int64_t reach(const struct event *moved, size_t n)
{
	int64_t far = 0;

	for (size_t i = 0; i < n; i++) {
		int64_t shift = moved[i].item.start.at - moved[i].id.at;
		int64_t lasts = moved[i].item.length.days * INSTANT_DAY +
				moved[i].item.length.seconds;

		shift = (shift < 0 ? -shift : shift) + (lasts > 0 ? lasts : 0);
		if (moved[i].from_here_on && shift > far)
			far = shift;
	}
	return far;
}

/* What an instance becomes by the last THISANDFUTURE at or before it. */
static void add_instance(struct busy_case *c, const struct event *master,
    const struct event *future, const struct busy_instance *i)
{
	int64_t local;

	if (future == NULL) {
		if (master->blocks)
			busy_add(c, &c->list, i->at, i->end);
		return;
	}
	if (!future->blocks)
		return;
	/* On the wall, so that the hour stays through clock changes. */
	local = i->local + future->item.start.local - future->id.local;
	busy_add(c, &c->list, busy_instant(&future->item.start, local),
	    busy_end(&future->item, local));
}

static void add_series(struct busy_case *c, const struct event *master,
    const struct event *moved, size_t n_moved)
{
	size_t n, next = 0;
	const struct event *future = NULL;
	const struct busy_instance *at =
	    busy_expand(c, &master->item, reach(moved, n_moved), &n);

	/* Both ascend. */
	for (size_t i = 0; i < n; i++) {
		bool gone = false;

		while (next < n_moved && (moved[next].id.at <= at[i].at ||
					     is_named(&moved[next], &at[i]))) {
			if (moved[next].from_here_on)
				future = &moved[next];
			gone = gone || is_named(&moved[next], &at[i]);
			next++;
		}
		if (!gone)
			add_instance(c, master, future, &at[i]);
	}
}

/* events[0 .. n): one UID, its series first. */
static void add_group(struct busy_case *c, const struct event *events, size_t n)
{
	size_t first = 0;

	while (first < n && !events[first].is_moved)
		first++;
	for (size_t i = 0; i < first; i++)
		if (events[i].blocks || first < n)
			add_series(c, &events[i], events + first, n - first);
	for (size_t i = first; i < n; i++)
		if (events[i].blocks)
			busy_add(c, &c->list, events[i].item.start.at,
			    busy_end(
				&events[i].item, events[i].item.start.local));
}

static size_t keep_newest(struct event *events, size_t n)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++)
		if (kept == 0 || !is_older(&events[kept - 1], &events[i]))
			events[kept++] = events[i];
	return kept;
}

static size_t group_end(const struct event *events, size_t n, size_t begin)
{
	size_t end = begin + 1;

	while (end < n && events[begin].uid[0] != '\0' &&
	       strcmp(events[end].uid, events[begin].uid) == 0)
		end++;
	return end;
}

void busy_events(struct busy_case *c, const struct ics_part *calendar)
{
	bool is_cancel = ics_same(ics_value(calendar, "METHOD"), "CANCEL");
	struct event *events;
	size_t n = 0, max = 0;

	for (const struct ics_part *p = calendar->part; p != NULL; p = p->next)
		max += strcmp(p->name, "VEVENT") == 0;
	events = ARENA_ARRAY(c->a, max, struct event);
	if (events == NULL) {
		c->no_memory = true;
		return;
	}
	for (const struct ics_part *p = calendar->part; p != NULL; p = p->next)
		if (strcmp(p->name, "VEVENT") == 0 &&
		    read_event(c, p, is_cancel, &events[n]))
			n++;
	if (n == 0)
		return;
	qsort(events, n, sizeof(*events), by_identity);
	n = keep_newest(events, n);
	for (size_t begin = 0, end; begin < n; begin = end) {
		end = group_end(events, n, begin);
		add_group(c, events + begin, end - begin);
	}
}
