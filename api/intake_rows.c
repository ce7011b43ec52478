/* From a plan to rows: see intake_rows.h. Invariant: every session is one of exactly
 * one series' event, and shares its wall-clock time. */
#include "api/intake_rows.h"

#include <inttypes.h>
#include <string.h>

#include "base/instant.h"
#include "calendars/tz.h"
#include "db/communities.h"
#include "db/events.h"
#include "db/intakes.h"
#include "scheduler/schedule.h"

struct storing {
	struct call *c;
	const struct intake *in;
	const struct community *people;
	struct db_community community;
};

/* One cohort on its way. */
struct storing_cohort {
	const struct cohort *k;
	struct id id;
	const char *name;
};

static enum err_code member_id(
    const struct storing *s, uint32_t person, struct id *ret, struct err *e)
{
	const char *text = s->people->person[person].id;

	if (!id_parse(text, strlen(text), ret))
		return ERR_SET(e, BUG, "the plan names somebody without an id");
	return ERR_OK;
}

static enum err_code store_people(const struct storing *s,
    const struct id *intake, const struct storing_cohort *sc, struct err *e)
{
	const struct cohort *k = sc->k;
	struct id *newcomer =
	    ARENA_ARRAY(s->c->arena, k->n_newcomers, struct id);
	struct new_cohort row = {
	    .id = sc->id,
	    .intake_id = *intake,
	    .name = sc->name,
	    .language = terms_text(s->people->terms, k->language),
	    .newcomers = newcomer,
	    .n_newcomers = k->n_newcomers,
	};
	enum err_code code = member_id(s, k->guide, &row.guide_id, e);

	if (newcomer == NULL || sc->name == NULL)
		return ERR_SET(e, NOMEM, "no memory for the cohorts");
	for (uint16_t i = 0; code == ERR_OK && i < k->n_newcomers; i++)
		code = member_id(s, k->newcomers[i], &newcomer[i], e);
	if (code == ERR_OK)
		code = db_intake_insert_cohort(
		    s->c->db, &s->c->who.community_id, &row, e);
	return code;
}

static int64_t local_of(const struct storing *s, int64_t start)
{
	return start + zone_offset_at(s->in->anchor, start);
}

/* Sessions of a part are those at its hour of its weekday. */
static bool is_of(const struct pattern_part *part, int64_t local)
{
	return day_weekday(day_of(local)) == part->weekday &&
	       local - (int64_t)day_of(local) * INSTANT_DAY ==
		   (int64_t)part->local_minute * INSTANT_MINUTE;
}

static enum err_code store_event(const struct storing *s,
    const struct storing_cohort *sc, int64_t first_local, struct id *ret_id,
    struct err *e)
{
	struct arena *a = s->c->arena;
	struct new_event row = {
	    .id = id_new(),
	    .kind = "cohort",
	    .location = "",
	    .organizer_name = s->community.name,
	    .time_zone = s->in->anchor->name,
	    .first_local_start = first_local,
	    .minutes = s->in->session_minutes,
	};

	row.summary = arena_printf(a, "%s: %s", s->in->name, sc->name);
	row.description = arena_printf(a,
	    "Guide: %s. The sessions keep the wall clock of %s.",
	    s->people->person[sc->k->guide].name, s->in->anchor->name);
	if (row.summary == NULL || row.description == NULL)
		return ERR_SET(e, NOMEM, "no memory for the cohorts");
	*ret_id = row.id;
	return db_event_insert(s->c->db, &s->c->who.community_id, &row, e);
}

static enum err_code store_session(const struct storing *s,
    const struct storing_cohort *sc, const struct id *event, int64_t start,
    struct err *e)
{
	struct new_session row = {
	    .id = id_new(),
	    .cohort_id = sc->id,
	    .event_id = *event,
	    .start = start,
	    .end = start + (int64_t)s->in->session_minutes * INSTANT_MINUTE,
	    .local_start = local_of(s, start),
	    .time_zone = s->in->anchor->name,
	    .tzdata_version = tz_version(s->c->tz),
	};

	return db_intake_insert_session(
	    s->c->db, &s->c->who.community_id, &row, e);
}

/* The event of a part's series with its sessions; *stored grows by their number. */
static enum err_code store_series(const struct storing *s,
    const struct storing_cohort *sc, const struct pattern_part *part,
    uint16_t *stored, struct err *e)
{
	const struct cohort *k = sc->k;
	enum err_code code = ERR_OK;
	bool has_event = false;
	struct id event;

	for (uint16_t i = 0; code == ERR_OK && i < k->n_sessions; i++) {
		int64_t local = local_of(s, k->session[i]);

		if (!is_of(part, local))
			continue;
		if (!has_event)
			code = store_event(s, sc, local, &event, e);
		has_event = true;
		if (code == ERR_OK)
			code = store_session(s, sc, &event, k->session[i], e);
		++*stored;
	}
	return code;
}

enum err_code intake_rows_store(struct call *c, const struct id *intake_id,
    const struct intake *in, const struct community *people,
    const struct cohort_plan *plan, struct err *e)
{
	struct storing s = {.c = c, .in = in, .people = people};
	enum err_code code = db_community_get(
	    c->db, c->arena, &c->who.community_id, &s.community, e);

	for (uint32_t i = 0; code == ERR_OK && i < plan->n_cohorts; i++) {
		struct storing_cohort sc = {.k = &plan->cohort[i],
		    .id = id_new(),
		    .name = arena_printf(c->arena, "Cohort %" PRIu32, i + 1)};
		uint16_t stored = 0;

		code = store_people(&s, intake_id, &sc, e);
		for (uint16_t p = 0; code == ERR_OK && p < sc.k->n_parts; p++)
			if (schedule_begins_series(sc.k, p))
				code = store_series(
				    &s, &sc, &sc.k->part[p], &stored, e);
		if (code == ERR_OK && stored != sc.k->n_sessions)
			return ERR_SET(e, SOLVER,
			    "a session of the plan is of no weekly part");
	}
	return code;
}
