/*
 * Reading back what was written: see cal_proof.h.
 *
 * The VEVENTs of one UID stand together, the master first; that is how the writer
 * puts them, and anything else is a fault too. `got` has room for one instance
 * more than wanted: one too many is as wrong as one that is missing.
 */
#include "calendars/cal_proof.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/instant.h"
#include "calendars/cal_event.h"
#include "calendars/proof_zone.h"

enum {
	MAX_EXCEPTIONS = 2 * CAL_MAX_SESSIONS,
	MAX_STEPS = CAL_MAX_SESSIONS + 1,
};

struct proof {
	icalcomponent *root;
	struct cal_instance *got;
	size_t n_got, max_got;
	const char *fault; /* the first one; NULL so far */
	const char *tzid;  /* of the zone read last; NULL: none yet */
	icaltimezone *zone;
	bool has_own;
	struct proof_zone own;
};

static void fail(struct proof *p, const char *fault)
{
	if (p->fault == NULL)
		p->fault = fault;
}

/* How many components and properties an object has, and of which kinds. Counts,
 * since libical itself puts the VTIMEZONEs of an object in another order. */
struct tally {
	size_t components, properties, kinds;
};

static void count(icalcomponent *c, struct tally *t)
{
	t->components++;
	for (icalproperty *p =
		 icalcomponent_get_first_property(c, ICAL_ANY_PROPERTY);
	     p != NULL;
	     p = icalcomponent_get_next_property(c, ICAL_ANY_PROPERTY)) {
		t->properties++;
		t->kinds += (size_t)icalproperty_isa(p);
	}
	for (icalcomponent *x =
		 icalcomponent_get_first_component(c, ICAL_ANY_COMPONENT);
	     x != NULL;
	     x = icalcomponent_get_next_component(c, ICAL_ANY_COMPONENT))
		count(x, t);
}

static bool same_shape(icalcomponent *a, icalcomponent *b)
{
	struct tally x = {0}, y = {0};

	count(a, &x);
	count(b, &y);
	return x.components == y.components && x.properties == y.properties &&
	       x.kinds == y.kinds;
}

/* A DATE-TIME as read: wall time with the zone that the object itself defines,
 * or UTC with no zone. */
struct reading {
	struct icaltimetype time;
	icaltimezone *zone;
	bool has_own; /* `own` says it too, and soon */
	struct proof_zone own;
};

/* What the VTIMEZONE says, read anew when it is another than the last. */
static void set_zone(struct proof *p, const char *tzid, struct reading *r)
{
	if (p->tzid == NULL || strcmp(p->tzid, tzid) != 0) {
		p->tzid = tzid;
		p->zone = icalcomponent_get_timezone(p->root, tzid);
		p->has_own = p->zone != NULL &&
			     proof_zone_read(
				 icaltimezone_get_component(p->zone), &p->own);
	}
	r->zone = p->zone;
	r->has_own = p->has_own;
	r->own = p->own;
}

static bool read_time(
    struct proof *p, icalproperty *property, struct reading *ret_reading)
{
	icalparameter *tzid;
	struct reading r = {0};

	if (property == NULL) {
		fail(p, "a time is missing");
		return false;
	}
	tzid = icalproperty_get_first_parameter(property, ICAL_TZID_PARAMETER);
	r.time = icalvalue_get_datetimedate(icalproperty_get_value(property));
	if (tzid != NULL)
		set_zone(p, icalparameter_get_tzid(tzid), &r);
	if (icaltime_is_null_time(r.time) || r.time.is_date ||
	    (tzid == NULL) != (icaltime_is_utc(r.time) != 0) ||
	    (tzid != NULL && r.zone == NULL)) {
		fail(p, "a time is neither in UTC nor in a defined zone");
		return false;
	}
	*ret_reading = r;
	return true;
}

static int64_t instant_of(const struct reading *r)
{
	struct icaltimetype time = r->time;
	int64_t at;

	time.zone = NULL;
	if (r->has_own &&
	    proof_zone_instant(&r->own, icaltime_as_timet(time), &at))
		return at;
	return icaltime_as_timet_with_zone(time, r->zone);
}

static bool read_instant(struct proof *p, icalcomponent *event,
    icalproperty_kind kind, int64_t *ret_instant)
{
	struct reading r;

	if (!read_time(p, icalcomponent_get_first_property(event, kind), &r))
		return false;
	*ret_instant = instant_of(&r);
	return true;
}

static void take(struct proof *p, const char *uid, int64_t start, int64_t end)
{
	if (p->n_got == p->max_got)
		fail(p, "there are more sessions than planned");
	else
		p->got[p->n_got++] = (struct cal_instance){uid, start, end};
}

static const char *uid_of(icalcomponent *event)
{
	const char *uid = icalcomponent_get_uid(event);

	return uid == NULL ? "" : uid;
}

struct exceptions {
	int64_t at[MAX_EXCEPTIONS];
	size_t n;
};

static void except(struct proof *p, struct exceptions *x, int64_t at)
{
	if (x->n == MAX_EXCEPTIONS)
		fail(p, "there are too many exceptions");
	else
		x->at[x->n++] = at;
}

static bool is_excepted(const struct exceptions *x, int64_t at)
{
	for (size_t i = 0; i < x->n; i++)
		if (x->at[i] == at)
			return true;
	return false;
}

/* All weeks of a master that no exception takes away. */
static void expand(
    struct proof *p, icalcomponent *master, const struct exceptions *x)
{
	icalproperty *rule =
	    icalcomponent_get_first_property(master, ICAL_RRULE_PROPERTY);
	struct reading start;
	int64_t first, end, length;
	icalrecur_iterator *it;

	if (!read_time(p,
		icalcomponent_get_first_property(master, ICAL_DTSTART_PROPERTY),
		&start) ||
	    !read_instant(p, master, ICAL_DTEND_PROPERTY, &end))
		return;
	first = instant_of(&start);
	length = end - first;
	if (rule == NULL) {
		take(p, uid_of(master), first, end);
		return;
	}
	it = icalrecur_iterator_new(icalproperty_get_rrule(rule), start.time);
	if (it == NULL) {
		fail(p, "a recurrence rule cannot be expanded");
		return;
	}
	for (int i = 0; i < MAX_STEPS; i++) {
		int64_t at;

		start.time = icalrecur_iterator_next(it);
		if (icaltime_is_null_time(start.time))
			break;
		at = instant_of(&start);
		if (!is_excepted(x, at))
			take(p, uid_of(master), at, at + length);
	}
	icalrecur_iterator_free(it);
}

static bool is_override(icalcomponent *event)
{
	return icalcomponent_get_first_property(
		   event, ICAL_RECURRENCEID_PROPERTY) != NULL;
}

/* The VEVENTs at events[0 .. n), all of one UID. */
static void read_group(struct proof *p, icalcomponent *const *events, size_t n)
{
	struct exceptions x = {.n = 0};
	size_t first = is_override(events[0]) ? 0 : 1;
	int64_t at, start, end;

	for (size_t i = first; i < n; i++) {
		if (!is_override(events[i])) {
			fail(p, "an event has two masters");
			return;
		}
		if (!read_instant(
			p, events[i], ICAL_RECURRENCEID_PROPERTY, &at) ||
		    !read_instant(
			p, events[i], ICAL_DTSTART_PROPERTY, &start) ||
		    !read_instant(p, events[i], ICAL_DTEND_PROPERTY, &end))
			return;
		except(p, &x, at);
		take(p, uid_of(events[i]), start, end);
	}
	if (first == 0)
		return;
	for (icalproperty *q = icalcomponent_get_first_property(
		 events[0], ICAL_EXDATE_PROPERTY);
	     q != NULL; q = icalcomponent_get_next_property(
			    events[0], ICAL_EXDATE_PROPERTY)) {
		struct reading r;

		if (!read_time(p, q, &r))
			return;
		except(p, &x, instant_of(&r));
	}
	expand(p, events[0], &x);
}

static void read_events(struct proof *p, icalcomponent **events, size_t n)
{
	size_t begin = 0;

	for (size_t i = 0; i < n && p->fault == NULL; i++) {
		if (i + 1 < n &&
		    strcmp(uid_of(events[i]), uid_of(events[i + 1])) == 0)
			continue;
		read_group(p, events + begin, i + 1 - begin);
		begin = i + 1;
	}
}

static int by_uid_and_time(const void *a, const void *b)
{
	const struct cal_instance *x = a, *y = b;
	int order = strcmp(x->uid, y->uid);

	if (order == 0)
		order = (x->start > y->start) - (x->start < y->start);
	if (order == 0)
		order = (x->end > y->end) - (x->end < y->end);
	return order;
}

static void compare(struct proof *p, struct cal_instance *want, size_t n)
{
	if (p->n_got != n)
		fail(p, "there are fewer sessions than planned");
	if (p->fault != NULL)
		return;
	qsort(want, n, sizeof(*want), by_uid_and_time);
	qsort(p->got, n, sizeof(*p->got), by_uid_and_time);
	for (size_t i = 0; i < n; i++)
		if (by_uid_and_time(&want[i], &p->got[i]) != 0)
			fail(p, "a session has another time than planned");
}

/* Fill `got`, which has room for max_got. False when out of memory. */
static bool read_all(struct proof *p)
{
	int n = icalcomponent_count_components(p->root, ICAL_VEVENT_COMPONENT);
	icalcomponent **events = calloc((size_t)n + 1, sizeof(icalcomponent *));
	size_t i = 0;

	if (events == NULL)
		return false;
	for (icalcomponent *c = icalcomponent_get_first_component(
		 p->root, ICAL_VEVENT_COMPONENT);
	     c != NULL && i < (size_t)n; c = icalcomponent_get_next_component(
					     p->root, ICAL_VEVENT_COMPONENT))
		events[i++] = c;
	read_events(p, events, i);
	free(events);
	return true;
}

/* False when out of memory. */
static bool prove(struct proof *p, struct cal_instance *want, size_t n_want)
{
	p->max_got = n_want + 1;
	p->got = calloc(p->max_got, sizeof(*p->got));
	if (p->got == NULL || !read_all(p))
		return false;
	compare(p, want, n_want);
	return true;
}

enum err_code cal_proof_expand(icalcomponent *root, size_t max,
    struct cal_instance *ret, size_t *ret_n, struct err *e)
{
	struct proof p = {.root = root, .got = ret, .max_got = max};

	if (!read_all(&p))
		return ERR_SET(e, NOMEM, "no memory to read the calendar");
	if (p.fault != NULL)
		return ERR_SET(
		    e, BUG, "a calendar cannot be read back: %s", p.fault);
	qsort(ret, p.n_got, sizeof(*ret), by_uid_and_time);
	*ret_n = p.n_got;
	return ERR_OK;
}

enum err_code cal_proof_check(const char *text, icalcomponent *built,
    struct cal_instance *want, size_t n_want, struct err *e)
{
	struct proof p = {.root = icalparser_parse_string(text)};
	enum err_code code = ERR_OK;

	if (p.root == NULL || !same_shape(built, p.root))
		fail(&p, "it does not read back as it was built");
	else if (!prove(&p, want, n_want))
		code = ERR_SET(e, NOMEM, "no memory to check the calendar");
	if (code == ERR_OK && p.fault != NULL)
		code = ERR_SET(
		    e, BUG, "a calendar failed its self-check: %s", p.fault);
	free(p.got);
	if (p.root != NULL)
		icalcomponent_free(p.root);
	return code;
}
