/* Intake files: see intake_file.h. */
#include "api/intake_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/bind.h"
#include "api/json.h"
#include "api/text.h"
#include "base/jwrite.h"
#include "scheduler/schedule.h"

enum {
	MAX_NAME = 200,
	MAX_ZONE_NAME = TZ_NAME_SIZE - 1,
	MAX_MISSES = 50,
};

/* What the file says, before zones and sorting. */
struct intake_text {
	struct intake in;
	const char *zone;
	struct bind_list holidays;
};

#define IN(member)                                   \
	.offset = offsetof(struct intake_text, in) + \
		  offsetof(struct intake, member),   \
	.size = sizeof(((struct intake *)0)->member)

static const struct bind_name LEVELS[] = {{"A1", 1}, {"A2", 2}, {"B1", 3},
    {"B2", 4}, {"C1", 5}, {"C2", 6}, {"native", 7}, {0}};

static const struct bind COHORT_SIZE[] = {
    {"min", BIND_INT, BIND_REQUIRED, IN(cohort_min), .min = 1,
	.max = COHORT_MAX_SIZE},
    {"max", BIND_INT, BIND_REQUIRED, IN(cohort_max), .min = 1,
	.max = COHORT_MAX_SIZE},
    {0},
};

static const struct bind HOLIDAY = {
    .key = "", .type = BIND_DATE, BIND_EACH(int32_t)};

/* What the file and the row of the table name alike. */
#define ALIKE                                                                \
	{"name", BIND_STRING, BIND_REQUIRED, IN(name), .min = 1,             \
	    .max = MAX_NAME},                                                \
	    {"anchor_time_zone", BIND_STRING, BIND_REQUIRED,                 \
		BIND_INTO(struct intake_text, zone), .min = 1,               \
		.max = MAX_ZONE_NAME},                                       \
	    {"first_date", BIND_DATE, BIND_REQUIRED, IN(first_day)},         \
	    {"last_date", BIND_DATE, BIND_REQUIRED, IN(last_day)},           \
	    {"session_minutes", BIND_INT, IN(session_minutes), .min = 15,    \
		.max = INTAKE_MAX_SESSION_MINUTES},                          \
	    {"sessions_per_week", BIND_INT, IN(sessions_per_week), .min = 1, \
		.max = INTAKE_MAX_SESSIONS_PER_WEEK},                        \
	    {"holidays", BIND_LIST, BIND_INTO(struct intake_text, holidays), \
		.max = INTAKE_MAX_HOLIDAYS, .item = &HOLIDAY,                \
		.item_size = sizeof(int32_t)},                               \
	    {"language_level", BIND_NAME, IN(language_level),                \
		.names = LEVELS},                                            \
	    {"allowed_misses", BIND_INT, IN(allowed_misses), .min = 0,       \
		.max = MAX_MISSES},                                          \
	    {"most_per_organization", BIND_INT, IN(most_per_organization),   \
		.min = 0, .max = COHORT_MAX_SIZE},                           \
	{                                                                    \
		"slots_per_cohort", BIND_INT, IN(slots_per_cohort),          \
		    .min = 1, .max = INTAKE_MAX_SLOTS_PER_COHORT             \
	}

static const struct bind INTAKE[] = {
    ALIKE,
    {"cohort_size", BIND_OBJECT, .item = COHORT_SIZE},
    {"cohorts_per_guide", BIND_INT, IN(cohorts_per_guide), .min = 1,
	.max = INTAKE_MAX_COHORTS_PER_GUIDE},
    {0},
};

static const struct bind ROW[] = {
    ALIKE,
    {"cohort_min", BIND_INT, 0, IN(cohort_min), .min = 1,
	.max = COHORT_MAX_SIZE},
    {"cohort_max", BIND_INT, 0, IN(cohort_max), .min = 1,
	.max = COHORT_MAX_SIZE},
    {0},
};

static const struct intake DEFAULTS = {
    .session_minutes = 60,
    .sessions_per_week = 1,
    .cohort_min = 3,
    .cohort_max = 6,
    .language_level = 3,
    .allowed_misses = 0,
    .cohorts_per_guide = 1,
    .slots_per_cohort = 1,
};

static int by_day(const void *a, const void *b)
{
	const int32_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static void take_holidays(struct intake *in, struct bind_list *list)
{
	int32_t *day = list->item;
	uint16_t kept = 0;

	if (list->n > 0)
		qsort(day, list->n, sizeof(*day), by_day);
	for (size_t i = 0; i < list->n; i++)
		if (kept == 0 || day[kept - 1] != day[i])
			day[kept++] = day[i];
	in->holidays = day;
	in->n_holidays = kept;
}

/* t holds what the fields left out stand for. */
static enum err_code take(struct arena *a, struct json_object *tree,
    const struct bind *table, struct tz *tz, struct intake_text *t,
    struct err *e)
{
	struct err zone_fault;
	enum err_code code = bind_object(a, tree, table, t, e);

	err_clear(&zone_fault);
	if (t->zone != NULL &&
	    tz_zone(tz, t->zone, &t->in.anchor, &zone_fault) != ERR_OK) {
		err_add_field(e, zone_fault.code, "/anchor_time_zone", "%s",
		    zone_fault.detail);
		code = e->code;
	}
	if (code != ERR_OK)
		return code;
	if (t->holidays.item != NULL)
		take_holidays(&t->in, &t->holidays);
	return schedule_intake_check(&t->in, e);
}

enum err_code intake_file_bind(struct arena *a, struct json_object *tree,
    struct tz *tz, struct intake *ret_intake, struct err *e)
{
	struct intake_text t = {.in = DEFAULTS};
	enum err_code code = take(a, tree, INTAKE, tz, &t, e);

	if (code == ERR_OK)
		*ret_intake = t.in;
	return code;
}

/* The check speaks of the file's fields; a row has them flat. */
static void name_flat(struct err *e)
{
	static const char FILE_PLACE[] = "/cohort_size/";

	for (unsigned i = 0; i < e->n_fields; i++) {
		char *place = e->field[i].place;

		if (strncmp(place, FILE_PLACE, strlen(FILE_PLACE)) == 0)
			snprintf(place, ERR_PLACE_SIZE, "/cohort_%s",
			    strcmp(place, "/cohort_size/min") == 0 ? "min"
								   : "max");
	}
}

enum err_code intake_file_bind_row(struct arena *a, struct json_object *tree,
    struct tz *tz, const struct intake *from, struct intake *ret_intake,
    struct err *e)
{
	struct bind table[sizeof(ROW) / sizeof(ROW[0])];
	struct intake_text t = {.in = from != NULL ? *from : DEFAULTS};
	enum err_code code;

	memcpy(table, ROW, sizeof(ROW));
	for (struct bind *row = table; from != NULL && row->key != NULL; row++)
		row->flags &= ~(unsigned)BIND_REQUIRED;
	code = take(a, tree, table, tz, &t, e);
	if (code == ERR_OK)
		*ret_intake = t.in;
	else
		name_flat(e);
	return code;
}

enum err_code intake_file_read(struct arena *a, const char *text, size_t n,
    struct tz *tz, struct intake *ret_intake, struct err *e)
{
	struct json_object *tree;
	enum err_code code = json_read(a, text, n, &tree, e);

	return code != ERR_OK ? code
			      : intake_file_bind(a, tree, tz, ret_intake, e);
}

void intake_file_write(const struct intake *in, struct str *out)
{
	struct jwrite w;

	jwrite_init(&w, out, false);
	jwrite_object(&w);
	jwrite_key_text(&w, "name", in->name);
	jwrite_key_text(&w, "anchor_time_zone", in->anchor->name);
	jwrite_key(&w, "first_date");
	jwrite_day(&w, in->first_day);
	jwrite_key(&w, "last_date");
	jwrite_day(&w, in->last_day);
	jwrite_key_int(&w, "session_minutes", in->session_minutes);
	jwrite_key_int(&w, "sessions_per_week", in->sessions_per_week);
	jwrite_key_object(&w, "cohort_size");
	jwrite_key_int(&w, "min", in->cohort_min);
	jwrite_key_int(&w, "max", in->cohort_max);
	jwrite_object_end(&w);
	jwrite_key_array(&w, "holidays");
	for (uint16_t i = 0; i < in->n_holidays; i++)
		jwrite_day(&w, in->holidays[i]);
	jwrite_array_end(&w);
	jwrite_key_text(
	    &w, "language_level", text_language_level_name(in->language_level));
	jwrite_key_int(&w, "allowed_misses", in->allowed_misses);
	jwrite_key_int(&w, "cohorts_per_guide", in->cohorts_per_guide);
	jwrite_key_int(&w, "slots_per_cohort", in->slots_per_cohort);
	jwrite_key_int(&w, "most_per_organization", in->most_per_organization);
	jwrite_object_end(&w);
	out->failed = !jwrite_done(&w) || out->failed;
}
