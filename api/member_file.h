/*
 * The member file: CSV <-> member rows <-> struct community.
 *
 * One validation serves the command line, the HTTP import and the export: a file
 * is read into member rows (checked and normalised values), and a community is
 * built from rows wherever they came from. docs/files.md describes the form.
 *
 * Everything lives in the arena given. Texts are never NULL: "" means absent.
 * Pure but for the zone registry; one thread per arena.
 */
#ifndef API_MEMBER_FILE_H
#define API_MEMBER_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "base/week.h"
#include "calendars/tz.h"
#include "matcher/community.h"

enum member_column {
#define COLUMN(code, name, required) MEMBER_##code,
#include "api/member_column.def"
#undef COLUMN
	MEMBER_COLUMNS
};

enum {
	MEMBER_FILE_MAX_OCTETS = 128 << 20,
	MEMBER_MAX_ID = 100, /* characters, here and below */
	MEMBER_MAX_NAME = 200,
	MEMBER_MAX_YEARS = 80,
	MEMBER_MAX_WAITING_DAYS = 3650,
	MEMBER_MAX_PLACES = 1000,          /* over all programs */
	MEMBER_DEFAULT_LANGUAGE_LEVEL = 5, /* a tag alone: C1 */
	MEMBER_MAX_FAULTS = 1000,          /* stored; the rest is counted */
	MEMBER_MAX_HINTS = 30, /* only so many faults are worth a suggestion */
};

struct member_texts {
	const char **item;
	uint16_t n;
};

struct member_level {
	const char *term;
	uint8_t level;
};

struct member_levels {
	struct member_level *item;
	uint16_t n;
};

struct member_row {
	uint32_t
	    row; /* as a spreadsheet shows it: the header is 1; 0: no file */
	const char *external_id, *display_name, *email;
	enum participation participation;
	struct member_texts roles, wants, tags; /* canonical terms, sorted */
	struct member_levels stack;     /* canonical terms, sorted, 1-5 */
	struct member_levels languages; /* base subtags, sorted, 1-7 */
	const char *time_zone;          /* canonical IANA name */
	/* sorted, disjoint, each within one day; preferred within windows */
	struct window *windows, *preferred;
	uint16_t n_windows, n_preferred;
	const char *industry, *style, *organization; /* canonical terms */
	int16_t years_tenths;                        /* -1: absent */
	uint16_t capacity;               /* mentors: default 1; others 0 */
	struct member_texts preferences; /* external ids, best first */
	struct member_texts avoid;       /* external ids */
	uint16_t waiting_days;
	int16_t recent_pairings; /* -1: absent */
	uint8_t volunteer;
	uint16_t carried_discomfort;
	uint8_t mentors_wanted; /* 0: absent */
};

struct member_table {
	struct member_row *row;
	uint32_t n;
};

struct member_fault {
	uint32_t row;
	const char *column; /* "" for the row as a whole */
	const char *detail;
};

struct member_faults {
	struct member_fault *item; /* by row, then column */
	uint32_t n, n_dropped;
};

/* Ids that exist outside the file (an import into a community that has people
 * already). NULL: only those of the file. */
struct member_known {
	bool (*is_known)(void *cookie, const char *external_id);
	void *cookie;
};

/* Read a whole file. ERR_VALIDATION: `faults` says what is wrong, all at once;
 * ERR_TOO_LARGE, ERR_NOMEM: e alone. `faults` is always set. */
enum err_code member_file_read(struct arena *a, const char *text, size_t n,
    const struct tz *tz, const struct member_known *known,
    struct member_table *ret_table, struct member_faults *faults,
    struct err *e) ERR_CHECKED;

/* Rows with unique ids -> what the matcher and the scheduler take. Preferences
 * and avoided people who are not in the table are left out. */
enum err_code member_community(struct arena *a, const struct member_table *t,
    struct tz *tz, struct community **ret_community, struct err *e) ERR_CHECKED;

/* Index of a person by external id; c->n when there is none. O(log n). */
uint32_t member_find(const struct community *c, const char *id);

enum member_write_flags {
	/* Put ' before a field that a spreadsheet would take for a formula. The
	 * reader takes it off again. For exports, not for snapshots. */
	MEMBER_WRITE_GUARD = 1,
	MEMBER_WRITE_WAITING =
	    2, /* with what a round adds: waiting_days and what follows it … */
	MEMBER_WRITE_WANTED =
	    4, /* … and mentors_wanted, where several may be */
};

/* Header row, then one row per member; CRLF line ends. What was written reads
 * back as the same rows. Check out->failed at the end. */
void member_file_write_header(struct str *out, unsigned flags);
void member_file_write_row(
    struct str *out, const struct member_row *row, unsigned flags);

#endif
