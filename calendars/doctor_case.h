/* What the doctor's examinations (doctor_*.c) share: one text on the table. */
#ifndef CALENDARS_DOCTOR_CASE_H
#define CALENDARS_DOCTOR_CASE_H

#include "calendars/doctor.h"
#include "calendars/ics.h"
#include "calendars/ics_zone.h"

struct doctor_case {
	struct arena *a;
	struct tz *tz;
	struct doctor_report *report;
	uint64_t budget;        /* of recurrences */
	struct ics *ics;        /* NULL so far */
	struct ics_zones zones; /* of the object examined */
	const char *method;     /* in upper case; NULL: none */
	bool is_feed;
};

/* Note what is wrong; `format` NULL: no detail. A text of the calendar comes last and
 * is cut. */
void doctor_note(struct doctor_case *c, enum doctor_rule rule, uint32_t line,
    const char *format, ...) __attribute__((format(printf, 4, 5)));

/* VEVENT, VTODO, VJOURNAL: what can be invited to. */
bool doctor_is_event(const struct ics_part *p);
/* REQUEST, CANCEL and the others that go from person to person. */
bool doctor_is_message(const struct doctor_case *c);

/* Have the times of two lines the same zone and kind? */
bool doctor_same_kind(const struct ics_line *a, const struct ics_line *b);

void doctor_octets(struct doctor_case *c);
void doctor_object(struct doctor_case *c, const struct ics_part *calendar);
void doctor_identity(struct doctor_case *c, const struct ics_part *calendar);
void doctor_zones(struct doctor_case *c, const struct ics_part *calendar);
void doctor_times(struct doctor_case *c, const struct ics_part *event);
void doctor_series(struct doctor_case *c, const struct ics_part *event);
void doctor_people(struct doctor_case *c, const struct ics_part *event);
/* Both trees are whole; `after` is the one in the case. */
void doctor_revision(struct doctor_case *c, const struct ics *before);

/* Read a calendar and do all of the above but the last. */
enum err_code doctor_calendar(struct doctor_case *c, const char *text, size_t n,
    struct err *e) ERR_CHECKED;

enum err_code doctor_mail(struct doctor_case *c, const char *text, size_t n,
    struct err *e) ERR_CHECKED;

#endif
