/*
 * Reading iCalendar text that others wrote.
 *
 * Any octets become a tree of components and content lines; what is wrong with the
 * text is noted, not refused, since the doctor wants to see all of it and a busy
 * calendar is full of it. Why not libical here: it accepts dates that do not exist,
 * replaces what it does not know, forgets how lines were ended and folded, and
 * hangs on some rules (docs/decisions/0007).
 *
 * The tree borrows from the arena. Texts are as they stand, unfolded, without
 * un-escaping; names of components, properties and parameters are in upper case.
 * Bounded: octets, lines, depth, parameters; O(octets). Pure; any thread.
 */
#ifndef CALENDARS_ICS_H
#define CALENDARS_ICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

enum {
	ICS_MAX_OCTETS = 8 << 20,
	ICS_MAX_LINES = 200000, /* as they stand, before unfolding */
	ICS_MAX_DEPTH = 8,      /* deeper components are noted and left out */
	ICS_MAX_PARAMS = 64,    /* of one line; more are left out */
	ICS_ARENA_CAP = 512 << 20,
};

/* What may be wrong with the text itself. */
enum ics_fault {
	ICS_LINE_END,   /* a line ends in something else than CRLF */
	ICS_LONG,       /* more than 75 octets */
	ICS_SPLIT,      /* a fold inside a character */
	ICS_NOT_UTF8,   /* ill-formed */
	ICS_CONTROL,    /* a control character */
	ICS_EMPTY,      /* an empty line */
	ICS_ORPHAN,     /* the first line begins with white space */
	ICS_NO_LINE,    /* neither name nor value */
	ICS_QUOTE,      /* a parameter's quotation mark is not closed */
	ICS_END,        /* END without its BEGIN */
	ICS_UNCLOSED,   /* BEGIN without its END */
	ICS_OUTSIDE,    /* a property outside of every component */
	ICS_DEEP,       /* nested too deeply, or too many parameters */
	ICS_AFTER_PART, /* a property of VCALENDAR behind its components */
	ICS_MARK,       /* a byte order mark */
	ICS_FAULTS
};

struct ics_note {
	uint32_t line, count; /* where first, how often; 0: never */
};

struct ics_param {
	const char *name, *value; /* without quotation marks */
};

struct ics_line {
	const char *name, *value;
	const struct ics_param *param;
	uint32_t n_params;
	uint32_t number;       /* of the first physical line, from 1 */
	struct ics_line *next; /* in its component */
};

struct ics_part {
	const char *name; /* "VEVENT" */
	uint32_t number;  /* of its BEGIN */
	struct ics_line *line, *last_line;
	struct ics_part *part, *last_part; /* inside it */
	struct ics_part *next, *parent;
};

struct ics {
	struct ics_part root; /* its parts are the objects of the text */
	struct ics_note note[ICS_FAULTS];
	uint32_t n_lines;
	uint32_t n_calendars; /* VCALENDARs at the top */
};

/* ERR_TOO_LARGE beyond the caps, ERR_NOMEM. */
enum err_code ics_read(struct arena *a, const char *text, size_t n,
    struct ics **ret_ics, struct err *e) ERR_CHECKED;

/* The first line of that name, and the next one of the same; NULL: none. */
const struct ics_line *ics_first(const struct ics_part *p, const char *name);
const struct ics_line *ics_next(const struct ics_line *line);
uint32_t ics_count(const struct ics_part *p, const char *name);

/* The value of the first line of that name; NULL: none. */
const char *ics_value(const struct ics_part *p, const char *name);

/* A parameter's value; NULL: none. */
const char *ics_param(const struct ics_line *line, const char *name);

/* Do they say the same, whatever the case? NULL is like nothing. */
bool ics_same(const char *a, const char *b);

#endif
