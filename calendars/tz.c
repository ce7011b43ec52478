/*
 * The registry of time zones: see tz.h.
 *
 * Names come from tzdata.zi, the text form of the very release that libical
 * reads in compiled form. `entry` is sorted by name and never changes after
 * opening; only an entry's table is filled in later, under the lock, and once
 * filled it stays. libical keeps zones in unguarded globals: nobody else in Cairn
 * asks it for a system zone, so the one lock here is enough.
 */
#include "calendars/tz.h"

#include <libical/ical.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/instant.h"
#include "base/utf8.h"
#include "calendars/tz_file.h"
#include "calendars/tz_libical.h"
#include "calendars/tz_near.h"

#define ZONEINFO "/usr/share/zoneinfo/"

enum {
	MAX_NAMES = 2000,
	MAX_CHANGES = 400,
	FILE_SIZE_MAX = 16384, /* the largest has 4 kB */
	MAX_LINK_CHAIN = 4,
	LINE_SIZE = 512,
	ARENA_CAP = 64 << 20,
	MARGIN = 2 * INSTANT_DAY,
};

struct entry {
	const char *name;
	const char *target; /* of a link; NULL for a zone of its own */
	const struct entry *canonical;
	const struct zone *table; /* NULL until asked for */
};

struct tz {
	struct arena *arena;
	pthread_mutex_t lock; /* guards libical, arena and entry[].table */
	int64_t from, to;
	char version[TZ_VERSION_SIZE];
	struct entry *entry;
	size_t n_entries;
	const char **name; /* canonical names, ascending */
	size_t n_names;
};

static int by_name(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static struct entry *find(const struct tz *tz, const char *name)
{
	struct entry key = {.name = name};

	return bsearch(
	    &key, tz->entry, tz->n_entries, sizeof(*tz->entry), by_name);
}

/* One line of tzdata.zi: "# version 2026f", "Z name ...", "L target name". */
static void read_line(struct tz *tz, const char *line)
{
	char first[TZ_NAME_SIZE], second[TZ_NAME_SIZE];
	const char *name = first;

	if (sscanf(line, "# version %15s", tz->version) == 1)
		return;
	if (sscanf(line, "L %63s %63s", first, second) == 2)
		name = second;
	else if (sscanf(line, "Z %63s", first) != 1)
		return;
	if (tz->n_entries == MAX_NAMES || strcmp(name, "Factory") == 0)
		return;
	tz->entry[tz->n_entries++] = (struct entry){
	    .name = arena_strdup(tz->arena, name),
	    .target = name == second ? arena_strdup(tz->arena, first) : NULL,
	};
}

/* A line of zone.tab, "country TAB position TAB name ...": a country's own name
 * for its zone is canonical even where it is a link. */
static void read_country(struct tz *tz, const char *line)
{
	char name[TZ_NAME_SIZE];
	struct entry *entry;

	if (line[0] == '#' || sscanf(line, "%*s %*s %63s", name) != 1)
		return;
	entry = find(tz, name);
	if (entry != NULL)
		entry->target = NULL;
}

static enum err_code read_lines(struct tz *tz, const char *path,
    void (*use)(struct tz *, const char *), struct err *e)
{
	char line[LINE_SIZE];
	FILE *file = fopen(path, "re");

	if (file == NULL)
		return ERR_SET(e, IO,
		    "the time zone data %s cannot be read: is the package "
		    "tzdata installed?",
		    path);
	while (fgets(line, sizeof(line), file) != NULL)
		use(tz, line);
	fclose(file);
	return ERR_OK;
}

static const struct entry *follow(const struct tz *tz, const struct entry *e)
{
	for (int i = 0; i < MAX_LINK_CHAIN && e->target != NULL; i++) {
		const struct entry *next = find(tz, e->target);

		if (next == NULL)
			break;
		e = next;
	}
	return e;
}

static enum err_code read_names(struct tz *tz, struct err *e)
{
	enum err_code code;

	tz->entry = ARENA_ARRAY(tz->arena, MAX_NAMES, struct entry);
	tz->name = ARENA_ARRAY(tz->arena, MAX_NAMES, const char *);
	if (tz->entry == NULL || tz->name == NULL)
		return ERR_SET(e, NOMEM, "no memory for the time zone names");
	code = read_lines(tz, ZONEINFO "tzdata.zi", read_line, e);
	if (code != ERR_OK)
		return code;
	if (arena_failed(tz->arena))
		return ERR_SET(e, NOMEM, "no memory for the time zone names");
	qsort(tz->entry, tz->n_entries, sizeof(*tz->entry), by_name);
	code = read_lines(tz, ZONEINFO "zone.tab", read_country, e);
	if (code != ERR_OK)
		return code;
	for (size_t i = 0; i < tz->n_entries; i++) {
		struct entry *entry = &tz->entry[i];

		entry->canonical = follow(tz, entry);
		if (entry->canonical == entry)
			tz->name[tz->n_names++] = entry->name;
	}
	if (tz->n_names == 0 || tz->version[0] == '\0')
		return ERR_SET(e, IO,
		    "the time zone data " ZONEINFO
		    "tzdata.zi holds no zones or no version");
	return ERR_OK;
}

static int64_t year_begin(int year)
{
	return (int64_t)day_from_civil(year, 1, 1) * INSTANT_DAY;
}

enum err_code tz_open(
    int64_t from, int64_t to, struct tz **ret_tz, struct err *e)
{
	struct tz *tz;
	enum err_code code;

	if (from >= to || from < year_begin(TZ_FIRST_YEAR) ||
	    to > year_begin(TZ_LAST_YEAR + 1))
		return ERR_SET(e, VALIDATION,
		    "the dates must lie in the years %d to %d, the first "
		    "before the last",
		    TZ_FIRST_YEAR, TZ_LAST_YEAR);
	tz = calloc(1, sizeof(*tz));
	if (tz == NULL)
		return ERR_SET(e, NOMEM, "no memory for the time zones");
	pthread_mutex_init(&tz->lock, NULL);
	tz->from = year_begin(civil_from_seconds(from).year) - MARGIN;
	tz->to = year_begin(civil_from_seconds(to - 1).year + 1) + MARGIN;
	tz->arena = arena_new(ARENA_CAP);
	if (tz->arena == NULL) {
		code = ERR_SET(e, NOMEM, "no memory for the time zones");
		goto fail;
	}
	code = read_names(tz, e);
	if (code != ERR_OK)
		goto fail;
	/* Process-wide switches, and the globals that reading any UTC time
	 * makes on first use: now, while there is one thread. */
	icalerror_set_errors_are_fatal(0);
	ical_set_unknown_token_handling_setting(ICAL_ASSUME_IANA_TOKEN);
	icaltimezone_get_utc_timezone();
	*ret_tz = tz;
	return ERR_OK;
fail:
	tz_close(tz);
	return code;
}

void tz_close(struct tz *tz)
{
	if (tz == NULL)
		return;
	icaltimezone_free_builtin_timezones();
	pthread_mutex_destroy(&tz->lock);
	arena_free(tz->arena);
	free(tz);
}

static bool ask_file(const struct tz *tz, const char *name,
    struct zone_change *change, uint32_t *n, int32_t *first_offset)
{
	unsigned char data[FILE_SIZE_MAX];
	char path[sizeof(ZONEINFO) + TZ_NAME_SIZE];
	size_t size;
	FILE *file;

	snprintf(path, sizeof(path), "%s%s", ZONEINFO, name);
	file = fopen(path, "re");
	if (file == NULL)
		return false;
	size = fread(data, 1, sizeof(data), file);
	fclose(file);
	return tz_file_changes(
	    data, size, tz->from, tz->to, change, MAX_CHANGES, n, first_offset);
}

/* Under the lock. NULL: neither has the zone, or no memory. */
static const struct zone *make_table(struct tz *tz, const char *name)
{
	struct zone_change change[MAX_CHANGES], *kept;
	struct zone *table = ARENA_NEW(tz->arena, struct zone);
	uint32_t n = 0;
	int32_t offset = 0;

	if (!ask_file(tz, name, change, &n, &offset) &&
	    !tz_libical_changes(
		name, tz->from, tz->to, change, MAX_CHANGES, &n, &offset))
		return NULL;
	kept = ARENA_ARRAY(tz->arena, n, struct zone_change);
	if (table == NULL || kept == NULL)
		return NULL;
	memcpy(kept, change, n * sizeof(*kept));
	*table = (struct zone){.name = name,
	    .from = tz->from,
	    .to = tz->to,
	    .first_offset = offset,
	    .n_changes = n,
	    .change = kept};
	return table;
}

enum err_code tz_zone(struct tz *tz, const char *name,
    const struct zone **ret_zone, struct err *e)
{
	struct entry *entry = find(tz, name);
	const struct zone *table;
	const char *near;

	if (entry == NULL) {
		near = tz_suggest(tz, name);
		return ERR_SET(e, VALIDATION,
		    "unknown time zone \"%.*s\"; %s%s",
		    (int)utf8_cut(name, strnlen(name, TZ_NAME_SIZE)), name,
		    near != NULL ? "did you mean "
				 : "expected an IANA name such as ",
		    near != NULL ? near : "Europe/Berlin");
	}
	entry = find(tz, entry->canonical->name);
	pthread_mutex_lock(&tz->lock);
	if (entry->table == NULL)
		entry->table = make_table(tz, entry->name);
	table = entry->table;
	pthread_mutex_unlock(&tz->lock);
	if (table == NULL)
		return ERR_SET(e, IO,
		    "the data of time zone %s cannot be loaded", entry->name);
	*ret_zone = table;
	return ERR_OK;
}

const char *tz_canonical(const struct tz *tz, const char *name)
{
	const struct entry *entry = find(tz, name);

	return entry == NULL ? NULL : entry->canonical->name;
}

const char *tz_version(const struct tz *tz)
{
	return tz->version;
}

size_t tz_count(const struct tz *tz)
{
	return tz->n_names;
}

const char *tz_name(const struct tz *tz, size_t i)
{
	return tz->name[i];
}

static const char *city(const char *name)
{
	const char *slash = strrchr(name, '/');

	return slash == NULL ? name : slash + 1;
}

const char *tz_suggest(const struct tz *tz, const char *name)
{
	size_t n = strlen(name);
	const char *best = NULL;
	unsigned best_distance, city_distance;

	if (n < 4 || n >= TZ_NAME_SIZE)
		return NULL;
	best_distance = 2 + (unsigned)n / 8;
	for (size_t i = 0; i < tz->n_entries; i++) {
		const char *other = tz->entry[i].name;
		unsigned d = tz_near_distance(name, other);

		/* A right city in a wrong region, or without one. */
		city_distance = 1 + tz_near_distance(city(name), city(other));
		if (strlen(city(name)) > 3 && city_distance < d)
			d = city_distance;
		if (d < best_distance || (d == best_distance && best != NULL &&
					     tz->entry[i].target == NULL &&
					     find(tz, best)->target != NULL)) {
			best = other;
			best_distance = d;
		}
	}
	return best;
}
