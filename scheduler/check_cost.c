/*
 * What sessions cost, recounted: see check_cost.h. Shares no code with discomfort.c and
 * fairness.c: hours are asked minute by minute, preferred ones looked for by walking.
 */
#include "scheduler/check_cost.h"

#include "base/instant.h"

/* Minutes to the nearest preferred one, found by walking; too far is far enough. */
static unsigned walk_to_preferred(const struct person *p, int64_t minute)
{
	for (unsigned away = 0; away <= 301; away++)
		for (uint16_t i = 0; i < p->n_preferred; i++) {
			const struct window *w = &p->preferred[i];
			int64_t later = (minute + away) % WEEK_MINUTES;
			int64_t sooner =
			    (minute - away + WEEK_MINUTES) % WEEK_MINUTES;

			if ((w->begin <= later && later < w->end) ||
			    (w->begin <= sooner && sooner < w->end))
				return away;
		}
	return 302;
}

/* What a local hour of the day costs: nothing from 9 to 17, then steeply more. */
static unsigned hour_cost(int64_t local)
{
	int64_t hour =
	    (local - day_of(local) * (int64_t)INSTANT_DAY) / INSTANT_HOUR;
	int64_t out = hour < 9 ? 9 - hour : hour > 16 ? hour - 16 : 0;

	if (out == 0)
		return 0;
	if (hour < 9)
		return out == 1 ? 1 : out == 2 ? 4 : out == 3 ? 9 : 25;
	return out == 1 ? 1 : out <= 3 ? 4 : out <= 5 ? 9 : 25;
}

/* The dearer of the hour and the distance from what is preferred, where that is. */
static unsigned minute_cost(const struct person *p, int64_t t)
{
	int64_t local = t + zone_offset_at(p->zone, t);
	int32_t day = day_of(local);
	unsigned hour = hour_cost(local), away, far = 0;

	if (p->n_preferred == 0)
		return hour;
	away = walk_to_preferred(
	    p, day_weekday(day) * 1440 +
		   (local - day * (int64_t)INSTANT_DAY) / INSTANT_MINUTE);
	if (away == 0)
		return 0;
	far = away > 300 ? 25 : away > 180 ? 9 : away > 60 ? 4 : 1;
	return far > hour ? far : hour;
}

/* What the sessions cost one person, all and the dearest. */
static struct bearing bearing_of(
    const struct intake *in, const struct cohort *h, const struct person *p)
{
	unsigned length = in->session_minutes;
	struct bearing b = {.carried = p->carried};

	for (uint16_t s = 0; s < h->n_sessions; s++) {
		unsigned most = 0;

		for (unsigned m = 0; m < length; m++) {
			unsigned x =
			    m % 15 == 0 || m + 1 == length
				? minute_cost(
				      p, h->session[s] + m * INSTANT_MINUTE)
				: 0;

			if (x > most)
				most = x;
		}
		b.points += most;
		if (most > b.dearest)
			b.dearest = most;
	}
	return b;
}

static enum err_code wrong(const struct community *c, const struct cohort *h,
    const char *what, struct err *e)
{
	return ERR_SET(e, VALIDATION,
	    "cohort of %s: %s is not what its sessions cost",
	    c->person[h->guide].id, what);
}

/* Is the plan's word on one person so? Who is over is told in the order of the people;
 * *told counts them. */
static bool is_so(const struct cohort *h, uint32_t i, const struct bearing *b,
    uint64_t load, uint64_t part, uint64_t parts, uint16_t *told)
{
	const struct bearing *said = &h->bearing[i];
	uint64_t bears = b->carried + b->points, mine = load * part;
	bool over = b->points > 0 && bears > b->dearest &&
		    (bears - b->dearest) * parts > mine;

	if (said->person != b->person || said->points != b->points ||
	    said->dearest != b->dearest || said->carried != b->carried ||
	    said->share != mine / parts)
		return false;
	if (!over)
		return true;
	return *told < h->n_over && h->over[(*told)++].person == b->person;
}

enum err_code check_cost(const struct community *c, const struct intake *in,
    const struct cohort *h, struct err *e)
{
	struct bearing b[COHORT_MAX_SIZE + 1];
	uint32_t worst = 0, total = 0;
	uint64_t load = 0, parts = 0;
	uint16_t told = 0;

	for (uint32_t i = 0; i <= h->n_newcomers; i++) {
		uint32_t person = i == 0 ? h->guide : h->newcomers[i - 1];

		b[i] = bearing_of(in, h, &c->person[person]);
		b[i].person = person;
		total += b[i].points;
		worst = b[i].points > worst ? b[i].points : worst;
		load += b[i].points + b[i].carried;
		parts += 1u + c->person[person].volunteer;
	}
	if (h->worst_discomfort != worst || h->total_discomfort != total)
		return wrong(c, h, "its discomfort", e);
	if (h->bearing == NULL)
		return wrong(c, h, "what its members bear", e);
	for (uint32_t i = 0; i <= h->n_newcomers; i++)
		if (!is_so(h, i, &b[i], load,
			1u + c->person[b[i].person].volunteer, parts, &told))
			return wrong(c, h, "what a member bears", e);
	return told == h->n_over ? ERR_OK : wrong(c, h, "who is over", e);
}
