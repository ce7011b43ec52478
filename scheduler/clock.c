/*
 * The clock-change table of a cohort: schedule_clock_table.
 *
 * Sessions of one weekly part share weekday and time on the anchor's clock; a new
 * line begins wherever a member's own clock shows something else than before.
 */
#include "base/instant.h"
#include "scheduler/schedule.h"

struct wall {
	uint8_t weekday;
	uint16_t minute;
};

static struct wall wall_at(const struct zone *z, int64_t instant)
{
	int64_t local = instant + zone_offset_at(z, instant);
	int32_t day = day_of(local);

	return (struct wall){(uint8_t)day_weekday(day),
	    (uint16_t)((local - day * (int64_t)INSTANT_DAY) / INSTANT_MINUTE)};
}

static bool same_wall(struct wall a, struct wall b)
{
	return a.weekday == b.weekday && a.minute == b.minute;
}

/* The latest line of a part among this person's n lines, NULL at first. */
static struct clock_run *last_line(
    struct clock_run *run, uint32_t n, struct wall part)
{
	while (n-- > 0)
		if (same_wall((struct wall){run[n].anchor_weekday,
				  run[n].anchor_minute},
			part))
			return &run[n];
	return NULL;
}

/* Lines of one person; they come out in the order of `from`. */
static uint32_t person_lines(const struct zone *anchor, const struct zone *zone,
    const struct cohort *h, uint32_t person, struct clock_run *run)
{
	uint32_t n = 0;

	for (uint16_t i = 0; i < h->n_sessions; i++) {
		struct wall part = wall_at(anchor, h->session[i]);
		struct wall here = wall_at(zone, h->session[i]);
		struct clock_run *last = last_line(run, n, part);

		if (last == NULL ||
		    !same_wall((struct wall){last->weekday, last->local_minute},
			here)) {
			last = &run[n++];
			*last = (struct clock_run){.person = person,
			    .from = i,
			    .weekday = here.weekday,
			    .local_minute = here.minute,
			    .anchor_weekday = part.weekday,
			    .anchor_minute = part.minute};
		}
		last->to = i;
		last->n_sessions++;
	}
	return n;
}

enum err_code schedule_clock_table(struct arena *a, const struct community *c,
    const struct zone *anchor, const struct cohort *cohort,
    struct clock_run **ret_run, uint32_t *ret_n, struct err *e)
{
	struct clock_run *run = ARENA_ARRAY(a,
	    (cohort->n_newcomers + (size_t)1) * cohort->n_sessions,
	    struct clock_run);
	uint32_t n = 0;

	if (run == NULL)
		return ERR_SET(e, NOMEM, "no memory for the clock table");
	for (uint32_t i = 0; i <= cohort->n_newcomers; i++) {
		uint32_t person =
		    i == 0 ? cohort->guide : cohort->newcomers[i - 1];

		if (person >= c->n)
			return ERR_SET(
			    e, VALIDATION, "expected people of the community");
		n += person_lines(
		    anchor, c->person[person].zone, cohort, person, run + n);
	}
	*ret_run = run;
	*ret_n = n;
	return ERR_OK;
}
