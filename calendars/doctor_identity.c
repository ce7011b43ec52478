/* UID, DTSTAMP, SEQUENCE, and what may stand once; in one text and in two. */
#include <stdlib.h>
#include <string.h>

#include "calendars/doctor_case.h"
#include "calendars/ics_value.h"

enum {
	MAX_UID = 255,
	MAX_DIGITS = 9,
};

static const char *const ONCE[] = {"UID", "DTSTAMP", "DTSTART", "DTEND", "DUE",
    "DURATION", "SEQUENCE", "SUMMARY", "DESCRIPTION", "LOCATION", "URL",
    "STATUS", "TRANSP", "CLASS", "ORGANIZER", "CREATED", "LAST-MODIFIED",
    "RECURRENCE-ID", "PRIORITY", "GEO"};

/* -1: none, or no number. */
static long sequence_of(const struct ics_part *p)
{
	const char *text = ics_value(p, "SEQUENCE");

	if (text == NULL || text[0] == '\0' || strlen(text) > MAX_DIGITS ||
	    text[strspn(text, "0123456789")] != '\0')
		return -1;
	return strtol(text, NULL, 10);
}

static void check_uid(struct doctor_case *c, const struct ics_part *p)
{
	const char *uid = ics_value(p, "UID");

	if (uid == NULL || uid[0] == '\0') {
		doctor_note(c, DOCTOR_UID_MISSING, p->number, "%s", p->name);
		return;
	}
	for (const char *s = uid; *s != '\0'; s++)
		if (*s <= ' ' || *s > '~' || s - uid >= MAX_UID) {
			doctor_note(c, DOCTOR_UID_FORM,
			    ics_first(p, "UID")->number, "%s", uid);
			return;
		}
}

static void check_stamp(struct doctor_case *c, const struct ics_part *p)
{
	const struct ics_line *line = ics_first(p, "DTSTAMP");
	struct ics_time t;

	if (line == NULL)
		doctor_note(
		    c, DOCTOR_DTSTAMP_MISSING, p->number, "%s", p->name);
	else if (!ics_value_time(line->value, strlen(line->value), &t) ||
		 !t.is_utc)
		doctor_note(
		    c, DOCTOR_DTSTAMP_NOT_UTC, line->number, "%s", line->value);
}

static void check_sequence(struct doctor_case *c, const struct ics_part *p)
{
	const struct ics_line *line = ics_first(p, "SEQUENCE");

	if (line == NULL && doctor_is_message(c))
		doctor_note(c, DOCTOR_SEQUENCE_MISSING, p->number, NULL);
	if (line != NULL && sequence_of(p) < 0)
		doctor_note(
		    c, DOCTOR_SEQUENCE_FORM, line->number, "%s", line->value);
}

static void check_once(struct doctor_case *c, const struct ics_part *p)
{
	for (size_t i = 0; i < sizeof(ONCE) / sizeof(ONCE[0]); i++)
		if (ics_count(p, ONCE[i]) > 1)
			doctor_note(c, DOCTOR_PROPERTY_TWICE,
			    ics_next(ics_first(p, ONCE[i]))->number, "%s",
			    ONCE[i]);
}

/* ---- twins ---- */

static const char *text_of(const struct ics_part *p, const char *name)
{
	const char *text = ics_value(p, name);

	return text == NULL ? "" : text;
}

static int compare(const struct ics_part *a, const struct ics_part *b)
{
	int order = strcmp(text_of(a, "UID"), text_of(b, "UID"));

	return order != 0 ? order
			  : strcmp(text_of(a, "RECURRENCE-ID"),
				text_of(b, "RECURRENCE-ID"));
}

static int by_identity(const void *a, const void *b)
{
	const struct ics_part *const *x = a, *const *y = b;
	int order = compare(*x, *y);

	return order != 0 ? order
			  : ((*x)->number > (*y)->number) -
				((*x)->number < (*y)->number);
}

static bool is_same(
    const struct ics_part *a, const struct ics_part *b, const char *name)
{
	return strcmp(text_of(a, name), text_of(b, name)) == 0;
}

/* Its events, sorted by what they are; NULL without memory. */
static const struct ics_part **events_of(
    struct arena *a, const struct ics_part *calendar, size_t *ret_n)
{
	const struct ics_part **item;
	size_t n = 0;

	for (const struct ics_part *p = calendar->part; p != NULL; p = p->next)
		n += doctor_is_event(p);
	item = ARENA_ARRAY(a, n, const struct ics_part *);
	*ret_n = 0;
	if (item == NULL)
		return NULL;
	for (const struct ics_part *p = calendar->part; p != NULL; p = p->next)
		if (doctor_is_event(p))
			item[(*ret_n)++] = p;
	qsort(item, n, sizeof(*item), by_identity);
	return item;
}

static void check_override(struct doctor_case *c, const struct ics_part *p,
    const struct ics_part *master)
{
	const struct ics_line *id = ics_first(p, "RECURRENCE-ID");
	const struct ics_line *start =
	    master == NULL ? NULL : ics_first(master, "DTSTART");

	if (master == NULL && c->method == NULL)
		doctor_note(c, DOCTOR_OVERRIDE_ALONE, p->number, NULL);
	if (start != NULL && !doctor_same_kind(id, start))
		doctor_note(
		    c, DOCTOR_OVERRIDE_KIND, id->number, "%s", id->value);
}

/* Sorted, a series stands right before what was moved out of it. */
static void check_twins(struct doctor_case *c, const struct ics_part *calendar)
{
	const struct ics_part *master = NULL;
	size_t n;
	const struct ics_part **item = events_of(c->a, calendar, &n);

	for (size_t i = 0; item != NULL && i < n; i++) {
		const char *uid = ics_value(item[i], "UID");

		if (uid == NULL)
			continue;
		if (i > 0 && compare(item[i - 1], item[i]) == 0)
			doctor_note(
			    c, DOCTOR_EVENT_TWICE, item[i]->number, "%s", uid);
		if (ics_value(item[i], "RECURRENCE-ID") == NULL)
			master = item[i];
		else
			check_override(c, item[i],
			    master != NULL && is_same(master, item[i], "UID")
				? master
				: NULL);
	}
}

void doctor_identity(struct doctor_case *c, const struct ics_part *calendar)
{
	for (const struct ics_part *p = calendar->part; p != NULL;
	     p = p->next) {
		if (!doctor_is_event(p))
			continue;
		check_uid(c, p);
		check_stamp(c, p);
		check_sequence(c, p);
		check_once(c, p);
	}
	check_twins(c, calendar);
}

/* ---- two revisions ---- */

/* What a change of SEQUENCE is for. */
static const char *const MATERIAL[] = {
    "DTSTART", "DTEND", "DUE", "DURATION", "RRULE", "STATUS"};
static const char *const DATES[] = {"RDATE", "EXDATE"};

static bool same_dates(
    const struct ics_part *a, const struct ics_part *b, const char *name)
{
	const struct ics_line *x = ics_first(a, name), *y = ics_first(b, name);

	while (x != NULL && y != NULL && strcmp(x->value, y->value) == 0) {
		x = ics_next(x);
		y = ics_next(y);
	}
	return x == NULL && y == NULL;
}

static bool is_moved(const struct ics_part *a, const struct ics_part *b)
{
	for (size_t i = 0; i < sizeof(MATERIAL) / sizeof(MATERIAL[0]); i++)
		if (!is_same(a, b, MATERIAL[i]))
			return true;
	for (size_t i = 0; i < sizeof(DATES) / sizeof(DATES[0]); i++)
		if (!same_dates(a, b, DATES[i]))
			return true;
	return false;
}

static void check_pair(struct doctor_case *c, const struct ics_part *before,
    const struct ics_part *after)
{
	long was = sequence_of(before), is = sequence_of(after);
	const char *stamp = ics_value(before, "DTSTAMP");
	const char *newer = ics_value(after, "DTSTAMP");
	bool moved = is_moved(before, after);

	was = was < 0 ? 0 : was;
	is = is < 0 ? 0 : is;
	if (is < was)
		doctor_note(c, DOCTOR_REVISION_FELL, after->number,
		    "%ld, before %ld", is, was);
	else if (moved && is == was)
		doctor_note(
		    c, DOCTOR_REVISION_NOT_RAISED, after->number, "%ld", is);
	else if (!moved && is > was)
		doctor_note(
		    c, DOCTOR_REVISION_FOR_WORDS, after->number, "%ld", is);
	/* UTC times of one form: as texts they stand in order. A feed's does not
	 * move when nothing changed. */
	if (stamp != NULL && newer != NULL &&
	    (doctor_is_message(c) ? strcmp(newer, stamp) <= 0
				  : strcmp(newer, stamp) < 0))
		doctor_note(
		    c, DOCTOR_REVISION_STAMP, after->number, "%s", newer);
}

static const struct ics_part *first_calendar(const struct ics *ics)
{
	const struct ics_part *p = ics->root.part;

	while (p != NULL && strcmp(p->name, "VCALENDAR") != 0)
		p = p->next;
	return p;
}

void doctor_revision(struct doctor_case *c, const struct ics *before)
{
	const struct ics_part *a = first_calendar(before),
			      *b = first_calendar(c->ics);
	const struct ics_part **x, **y;
	size_t n, m, i = 0, k = 0;
	bool any = false;

	if (a == NULL || b == NULL)
		return;
	x = events_of(c->a, a, &n);
	y = events_of(c->a, b, &m);
	if (x == NULL || y == NULL)
		return;
	while (i < n && k < m) {
		int order = compare(x[i], y[k]);

		any = any || is_same(x[i], y[k], "UID");
		if (order == 0)
			check_pair(c, x[i], y[k]);
		i += order <= 0;
		k += order >= 0;
	}
	if (!any && n > 0 && m > 0)
		doctor_note(c, DOCTOR_REVISION_UID, y[0]->number, "%s",
		    text_of(y[0], "UID"));
}
