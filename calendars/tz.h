/*
 * The system's time zones: names, tables, version.
 *
 * One registry per process, opened once at start. It knows every name of the
 * system's tzdata (tzdata.zi) and makes a zone's table (base/zone.h) when it is
 * first asked for; the table then lives, unchanged, until tz_close. Offsets come
 * from the compiled zone file, or from libical where that leaves years to a rule;
 * both stand behind the registry's lock, so that tz_zone may be called by any
 * thread.
 *
 * Names are case-sensitive. A link ("US/Eastern", "Asia/Calcutta") is accepted
 * and stands for its canonical name ("America/New_York", "Asia/Kolkata"); a link
 * that is itself a country's entry in zone.tab ("Europe/Bratislava") is its own
 * canonical name. "Factory" is no place and is not known.
 *
 * A tzdata upgrade is seen after a restart.
 */
#ifndef CALENDARS_TZ_H
#define CALENDARS_TZ_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/zone.h"

enum {
	TZ_NAME_SIZE = 64,
	TZ_VERSION_SIZE = 16,
	TZ_FIRST_YEAR = 1990, /* a horizon lies within these years: */
	TZ_LAST_YEAR = 2037,  /* later libical is wrong in 19 zones */
};

struct tz;

/*
 * Open for tables over [from, to), widened to whole UTC years and two days on
 * either side, as the VTIMEZONE writer needs it. ERR_VALIDATION: the horizon is
 * empty or leaves the years above. ERR_IO: no tzdata on this machine.
 * Reads two small files (about a millisecond); no zone is loaded yet.
 */
enum err_code tz_open(
    int64_t from, int64_t to, struct tz **ret_tz, struct err *e) ERR_CHECKED;
void tz_close(struct tz *tz); /* NULL is fine; all tables end with it */

/* The widest horizon, TZ_FIRST_YEAR to TZ_LAST_YEAR, is not needed by a service:
 * tz_open(TZ_SERVICE_FROM, TZ_SERVICE_TO, …) covers 2024 to 2037. */
#define TZ_SERVICE_FROM INT64_C(1704067200) /* 2024-01-01T00:00:00Z */
#define TZ_SERVICE_TO   INT64_C(2145916800) /* 2038-01-01T00:00:00Z */
#define TZ_ALL_FROM     INT64_C(631152000)  /* 1990-01-01T00:00:00Z */
#define TZ_ALL_TO       TZ_SERVICE_TO

/*
 * The table of a zone, borrowed until tz_close; table->name is canonical.
 * Unknown name: ERR_VALIDATION, and the detail says what was expected and names
 * the nearest known zone. Reads one file the first time, then O(log names).
 */
enum err_code tz_zone(struct tz *tz, const char *name,
    const struct zone **ret_zone, struct err *e) ERR_CHECKED;

/* Canonical name of a known name, borrowed until tz_close; NULL when unknown.
 * No table is made. Any thread. */
const char *tz_canonical(const struct tz *tz, const char *name);

/* The known name nearest to a wrong one ("Europe/Berln", "new york"), or NULL
 * when none is near. Any thread. O(names * length^2). */
const char *tz_suggest(const struct tz *tz, const char *name);

/* Release of the zone data, "2026f". */
const char *tz_version(const struct tz *tz);

/* The canonical names in ascending order, for lists and tests. */
size_t tz_count(const struct tz *tz);
const char *tz_name(const struct tz *tz, size_t i);

#endif
