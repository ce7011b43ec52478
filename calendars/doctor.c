/* The table, the notes, and which examination a text gets: see doctor.h. */
#include "calendars/doctor.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/utf8.h"
#include "calendars/doctor_case.h"
#include "calendars/eml.h"

enum {
	BUDGET = 2000000,
	DETAIL_SIZE = 200,
};

static const struct doctor_row RULE[DOCTOR_RULES] = {
#define DOCTOR(name, severity, failures, clause, breaks, wrong, cure) \
	{#name, DOCTOR_##severity, failures, clause, breaks, wrong, cure},
#include "calendars/doctor.def"
#undef DOCTOR
};

static const char *const SEVERITY[] = {"error", "warning", "advice", "by hand"};
static const char *const VERDICT[] = {"sound", "risky", "broken"};

const char *doctor_severity_name(enum doctor_severity severity)
{
	return SEVERITY[severity];
}

const char *doctor_verdict_name(enum doctor_verdict verdict)
{
	return VERDICT[verdict];
}

const struct doctor_row *doctor_row(enum doctor_rule rule)
{
	return &RULE[rule];
}

void doctor_slug(enum doctor_rule rule, char ret_slug[DOCTOR_SLUG_SIZE])
{
	size_t i = 0;

	for (; RULE[rule].name[i] != '\0' && i + 1 < DOCTOR_SLUG_SIZE; i++) {
		char c = RULE[rule].name[i];

		ret_slug[i] = c == '_' ? '-' : (char)tolower((unsigned char)c);
	}
	ret_slug[i] = '\0';
}

void doctor_note(struct doctor_case *c, enum doctor_rule rule, uint32_t line,
    const char *format, ...)
{
	struct doctor_finding *f = &c->report->found[rule];
	char detail[DETAIL_SIZE];
	va_list args;

	if (f->count++ > 0)
		return;
	f->line = line;
	if (format == NULL)
		return;
	va_start(args, format);
	vsnprintf(detail, sizeof(detail), format, args);
	va_end(args);
	f->detail =
	    arena_strndup(c->a, detail, utf8_cut(detail, strlen(detail)));
}

bool doctor_is_event(const struct ics_part *p)
{
	return strcmp(p->name, "VEVENT") == 0 ||
	       strcmp(p->name, "VTODO") == 0 ||
	       strcmp(p->name, "VJOURNAL") == 0;
}

bool doctor_is_message(const struct doctor_case *c)
{
	return c->method != NULL && strcmp(c->method, "PUBLISH") != 0;
}

/* What the reader noted is what these rules are about. */
void doctor_octets(struct doctor_case *c)
{
	static const enum doctor_rule rule[ICS_FAULTS] = {
	    [ICS_LINE_END] = DOCTOR_LINE_END,
	    [ICS_LONG] = DOCTOR_LINE_LONG,
	    [ICS_SPLIT] = DOCTOR_FOLD_SPLITS_CHARACTER,
	    [ICS_NOT_UTF8] = DOCTOR_NOT_UTF8,
	    [ICS_CONTROL] = DOCTOR_CONTROL_CHARACTER,
	    [ICS_EMPTY] = DOCTOR_EMPTY_LINE,
	    [ICS_ORPHAN] = DOCTOR_LEADING_SPACE,
	    [ICS_NO_LINE] = DOCTOR_NOT_A_LINE,
	    [ICS_QUOTE] = DOCTOR_QUOTE_OPEN,
	    [ICS_END] = DOCTOR_END_ALONE,
	    [ICS_UNCLOSED] = DOCTOR_NOT_CLOSED,
	    [ICS_OUTSIDE] = DOCTOR_OUTSIDE,
	    [ICS_DEEP] = DOCTOR_TOO_DEEP,
	    [ICS_AFTER_PART] = DOCTOR_PROPERTY_LATE,
	    [ICS_MARK] = DOCTOR_BYTE_ORDER_MARK,
	};

	for (int i = 0; i < ICS_FAULTS; i++) {
		const struct ics_note *note = &c->ics->note[i];
		struct doctor_finding *f = &c->report->found[rule[i]];

		if (note->count == 0)
			continue;
		if (f->count == 0)
			f->line = note->line;
		f->count += note->count;
	}
}

enum err_code doctor_calendar(
    struct doctor_case *c, const char *text, size_t n, struct err *e)
{
	const struct ics_part *calendar = NULL;
	enum err_code code = ics_read(c->a, text, n, &c->ics, e);

	if (code != ERR_OK)
		return code;
	doctor_octets(c);
	for (const struct ics_part *p = c->ics->root.part; p != NULL;
	     p = p->next)
		if (strcmp(p->name, "VCALENDAR") != 0)
			doctor_note(
			    c, DOCTOR_OUTSIDE, p->number, "%s", p->name);
		else if (calendar == NULL)
			calendar = p;
		else
			doctor_note(
			    c, DOCTOR_SEVERAL_CALENDARS, p->number, NULL);
	if (calendar == NULL)
		doctor_note(c, DOCTOR_NO_CALENDAR, 1, NULL);
	for (const struct ics_part *p = calendar; p != NULL; p = p->next)
		if (strcmp(p->name, "VCALENDAR") == 0)
			doctor_object(c, p);
	return arena_failed(c->a)
		   ? ERR_SET(e, NOMEM, "no memory for the examination")
		   : ERR_OK;
}

static void judge(struct doctor_report *r)
{
	for (int i = 0; i < DOCTOR_RULES; i++)
		if (r->found[i].count > 0)
			r->count[RULE[i].severity]++;
	r->verdict = r->count[DOCTOR_ERROR] > 0     ? DOCTOR_BROKEN
		     : r->count[DOCTOR_WARNING] > 0 ? DOCTOR_RISKY
						    : DOCTOR_SOUND;
}

static enum err_code compare(
    struct doctor_case *c, const struct doctor_text *before, struct err *e)
{
	struct doctor_text inside = *before;
	struct ics *ics;
	enum err_code code = ERR_OK;

	if (eml_is_mail(before->text, before->n))
		code = eml_calendar(
		    c->a, before->text, before->n, &inside.text, &inside.n, e);
	if (code == ERR_OK)
		code = ics_read(c->a, inside.text, inside.n, &ics, e);
	if (code == ERR_OK && c->ics != NULL)
		doctor_revision(c, ics);
	return code;
}

enum err_code doctor_examine(struct arena *a, struct tz *tz,
    const struct doctor_text *text, const struct doctor_text *before,
    struct doctor_report *ret_report, struct err *e)
{
	struct doctor_report report = {0};
	struct doctor_case c = {
	    .a = a, .tz = tz, .report = &report, .budget = BUDGET};
	enum err_code code;

	report.is_mail = eml_is_mail(text->text, text->n);
	code = report.is_mail ? doctor_mail(&c, text->text, text->n, e)
			      : doctor_calendar(&c, text->text, text->n, e);
	if (code == ERR_OK && before != NULL)
		code = compare(&c, before, e);
	if (code != ERR_OK)
		return code;
	report.method = c.method;
	judge(&report);
	*ret_report = report;
	return ERR_OK;
}

static void write_finding(
    struct jwrite *w, enum doctor_rule rule, const struct doctor_finding *f)
{
	const struct doctor_row *row = &RULE[rule];
	char slug[DOCTOR_SLUG_SIZE];
	const char *at = row->failures;

	doctor_slug(rule, slug);
	jwrite_object(w);
	jwrite_key_text(w, "code", slug);
	jwrite_key_text(w, "severity", SEVERITY[row->severity]);
	jwrite_key_int(w, "line", f->line);
	jwrite_key_int(w, "count", f->count);
	jwrite_key_text(w, "detail", f->detail);
	jwrite_key_text(w, "wrong", row->wrong);
	jwrite_key_text(w, "cure", row->cure);
	jwrite_key_text(w, "clause", row->clause);
	jwrite_key_text(w, "breaks", row->breaks);
	jwrite_key_array(w, "failures");
	while (*at != '\0') {
		size_t n = strcspn(at, " ");

		jwrite_text_n(w, at, n);
		at += n + (at[n] == ' ');
	}
	jwrite_array_end(w);
	jwrite_object_end(w);
}

void doctor_write(
    struct jwrite *w, const char *name, const struct doctor_report *r)
{
	jwrite_object(w);
	if (name != NULL)
		jwrite_key_text(w, "file", name);
	jwrite_key_text(w, "verdict", VERDICT[r->verdict]);
	jwrite_key_text(w, "kind", r->is_mail ? "mail" : "calendar");
	jwrite_key_text(w, "method", r->method);
	jwrite_key_int(w, "events", r->events);
	jwrite_key_int(w, "errors", r->count[DOCTOR_ERROR]);
	jwrite_key_int(w, "warnings", r->count[DOCTOR_WARNING]);
	jwrite_key_int(w, "advice", r->count[DOCTOR_ADVICE]);
	jwrite_key_array(w, "findings");
	for (int s = DOCTOR_ERROR; s <= DOCTOR_ADVICE; s++)
		for (int i = 0; i < DOCTOR_RULES; i++)
			if ((int)RULE[i].severity == s && r->found[i].count > 0)
				write_finding(
				    w, (enum doctor_rule)i, &r->found[i]);
	jwrite_array_end(w);
	jwrite_object_end(w);
}
