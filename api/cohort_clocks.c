/* The clock-change table as JSON: see cohort_clocks.h. */
#include "api/cohort_clocks.h"

#include <stdio.h>

#include "base/instant.h"
#include "base/jwrite.h"
#include "calendars/tz.h"
#include "db/cohorts.h"
#include "scheduler/schedule.h"

enum {
	DOC_CAP = 4 << 20,
};

static void put_clock(struct jwrite *w, const char *day_key,
    const char *time_key, uint8_t weekday, uint16_t minute)
{
	char text[16];

	snprintf(text, sizeof(text), "%02u:%02u", minute / 60u, minute % 60u);
	jwrite_key_text(w, day_key, weekday_name(weekday));
	jwrite_key_text(w, time_key, text);
}

static void put_run(struct jwrite *w, const struct db_cohort_clocks *x,
    const struct clock_run *run)
{
	char id[ID_TEXT_SIZE];

	id_format(&x->member_id[run->person], id);
	jwrite_object(w);
	jwrite_key_text(w, "member_id", id);
	jwrite_key_text(w, "time_zone", x->time_zone[run->person]);
	put_clock(w, "weekday", "local_time", run->weekday, run->local_minute);
	put_clock(w, "anchor_weekday", "anchor_local_time", run->anchor_weekday,
	    run->anchor_minute);
	jwrite_key_int(w, "sessions", run->n_sessions);
	jwrite_key(w, "from");
	jwrite_instant(w, x->start[run->from]);
	jwrite_key(w, "to");
	jwrite_instant(w, x->start[run->to]);
	jwrite_object_end(w);
}

static enum err_code make_runs(struct call *c, const struct db_cohort_clocks *x,
    struct clock_run **ret_run, uint32_t *ret_n, struct err *e)
{
	struct community people = {
	    .person = ARENA_ARRAY(c->arena, x->n, struct person),
	    .n = (uint32_t)x->n};
	uint32_t *newcomer = ARENA_ARRAY(c->arena, x->n, uint32_t);
	struct cohort k = {.newcomers = newcomer,
	    .n_newcomers = (uint16_t)(x->n - 1),
	    .session = x->start,
	    .n_sessions = (uint16_t)x->n_starts};
	const struct zone *anchor = NULL;
	enum err_code code = tz_zone(c->tz, x->anchor, &anchor, e);

	if (people.person == NULL || newcomer == NULL)
		return ERR_SET(e, NOMEM, "too many people");
	for (uint32_t i = 0; code == ERR_OK && i < x->n; i++) {
		code =
		    tz_zone(c->tz, x->time_zone[i], &people.person[i].zone, e);
		if (i > 0)
			newcomer[i - 1] = i;
	}
	return code != ERR_OK ? code
			      : schedule_clock_table(c->arena, &people, anchor,
				    &k, ret_run, ret_n, e);
}

enum err_code cohort_clocks(struct call *c, const struct id *cohort,
    const struct id *viewer, const char **ret_json, struct err *e)
{
	struct db_cohort_clocks x;
	struct clock_run *run = NULL;
	char id[ID_TEXT_SIZE];
	uint32_t n = 0;
	struct str out;
	struct jwrite w;
	enum err_code code = db_cohort_clocks(
	    c->db, c->arena, &c->who.community_id, cohort, viewer, &x, e);

	if (code == ERR_OK && x.n_starts > 0)
		code = make_runs(c, &x, &run, &n, e);
	if (code != ERR_OK)
		return code;
	id_format(cohort, id);
	str_init(&out, DOC_CAP);
	jwrite_init(&w, &out, false);
	jwrite_object(&w);
	jwrite_key_text(&w, "cohort_id", id);
	jwrite_key_array(&w, "items");
	for (uint32_t i = 0; i < n; i++)
		put_run(&w, &x, &run[i]);
	jwrite_array_end(&w);
	jwrite_object_end(&w);
	*ret_json = jwrite_done(&w) ? arena_strdup(c->arena, out.data) : NULL;
	str_free(&out);
	return *ret_json != NULL
		   ? ERR_OK
		   : ERR_SET(e, NOMEM, "no memory for the clock table");
}
