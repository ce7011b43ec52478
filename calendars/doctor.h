/*
 * The invitation doctor: what is wrong with a calendar or an invitation mail, which
 * clause of the standard says so and which client breaks.
 *
 * Any octets are examined: iCalendar text, or a mail (RFC 5322) with it inside. The
 * rules are the rows of doctor.def. Nothing is kept and nothing is asked of anybody;
 * libical is not used. Bounded by the caps of ics.h and eml.h and by a budget
 * for recurrences. Any thread; memory from the arena.
 */
#ifndef CALENDARS_DOCTOR_H
#define CALENDARS_DOCTOR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/jwrite.h"
#include "calendars/tz.h"

enum doctor_severity {
	DOCTOR_ERROR,
	DOCTOR_WARNING,
	DOCTOR_ADVICE,
	DOCTOR_HAND,
};

enum doctor_rule {
#define DOCTOR(name, severity, failures, clause, breaks, wrong, cure) \
	DOCTOR_##name,
#include "calendars/doctor.def"
#undef DOCTOR
	DOCTOR_RULES
};

enum doctor_verdict {
	DOCTOR_SOUND,  /* nothing but advice */
	DOCTOR_RISKY,  /* warnings */
	DOCTOR_BROKEN, /* errors */
};

enum {
	DOCTOR_SLUG_SIZE = 48,
};

/* A row of doctor.def. */
struct doctor_row {
	const char *name;
	enum doctor_severity severity;
	const char *failures, *clause, *breaks, *wrong, *cure;
};

struct doctor_finding {
	uint32_t line,
	    count;          /* where first (in the calendar text), how often */
	const char *detail; /* NULL or what was found there */
};

struct doctor_report {
	bool is_mail;
	const char *method; /* "REQUEST"; NULL: none */
	uint32_t events;    /* components but VTIMEZONE */
	struct doctor_finding found[DOCTOR_RULES]; /* count 0: fine */
	uint32_t count[DOCTOR_HAND + 1];           /* of each severity */
	enum doctor_verdict verdict;
};

struct doctor_text {
	const char *text;
	size_t n;
};

/* Examine a text; `before` is the revision sent before it, or NULL. ERR_TOO_LARGE
 * beyond the caps, ERR_NOMEM. */
enum err_code doctor_examine(struct arena *a, struct tz *tz,
    const struct doctor_text *text, const struct doctor_text *before,
    struct doctor_report *ret_report, struct err *e) ERR_CHECKED;

/* {"verdict":…,"kind":…,"method":…,"events":…,"errors":…,"warnings":…,"advice":…,
 * "findings":[{"code","severity","line","count","detail","wrong","cure","clause",
 * "breaks","failures":[…]}]}, the worst first. `name` NULL: without "file". */
void doctor_write(
    struct jwrite *w, const char *name, const struct doctor_report *report);

const struct doctor_row *doctor_row(enum doctor_rule rule);
const char *doctor_severity_name(enum doctor_severity severity);
const char *doctor_verdict_name(enum doctor_verdict verdict);
/* "method-missing" */
void doctor_slug(enum doctor_rule rule, char ret_slug[DOCTOR_SLUG_SIZE]);

#endif
