/*
 * The independent checker: schedule_check.
 *
 * Knows nothing of spans, slots or columns: it walks the calendar day by day and
 * every session minute by minute, straight from windows, zone tables and busy
 * times. Slow and plain on purpose; shares only the scorer with schedule_run.
 * Order: people, then each cohort by itself, then cohorts together, then numbers.
 */
#include "base/instant.h"
#include "matcher/score.h"
#include "scheduler/check_cost.h"
#include "scheduler/schedule.h"

struct check {
	const struct community *c;
	const struct intake *in;
	const struct busy_time *busy;
	uint32_t n_busy;
	const struct cohort_plan *plan;
	struct scorer *scorer;
	uint8_t *part; /* per person: what the plan makes of them */
	struct err *e;
};

enum {
	PART_NOTHING,
	PART_PLACED,
	PART_UNPLACED,
	PART_GUIDE
};

static const char *id_of(const struct check *k, uint32_t person)
{
	return k->c->person[person].id;
}

static bool speaks(const struct person *p, uint32_t language, uint8_t level)
{
	for (uint16_t i = 0; i < p->n_languages; i++)
		if (p->languages[i].term == language)
			return p->languages[i].level >= level;
	return false;
}

static bool avoids(const struct check *k, uint32_t a, uint32_t b)
{
	const struct person *p = &k->c->person[a];

	for (uint16_t i = 0; i < p->n_avoid; i++)
		if (p->avoid[i] == b)
			return true;
	return false;
}

/* Is this minute one that the person's clock shows only once, and not busy? */
static bool minute_is_possible(
    const struct check *k, uint32_t person, int64_t t)
{
	const struct zone *z = k->c->person[person].zone;
	int64_t there;

	if (t < z->from || t >= z->to ||
	    zone_resolve(z, t + zone_offset_at(z, t), &there) != ZONE_UNIQUE)
		return false;
	for (uint32_t i = 0; i < k->n_busy; i++)
		if (k->busy[i].person == person && k->busy[i].begin < t + 60 &&
		    t < k->busy[i].end)
			return false;
	return true;
}

static bool minute_is_free(const struct check *k, uint32_t person, int64_t t)
{
	const struct person *p = &k->c->person[person];
	int64_t local = t + zone_offset_at(p->zone, t);
	int32_t day = day_of(local);
	int64_t minute = day_weekday(day) * 1440 +
			 (local - day * (int64_t)INSTANT_DAY) / INSTANT_MINUTE;

	for (uint16_t i = 0; i < p->n_windows; i++)
		if (p->windows[i].begin <= minute && minute < p->windows[i].end)
			return true;
	return false;
}

/* Everybody's sessions: able to come to all, inside the windows for enough. */
static enum err_code check_presence(
    const struct check *k, const struct cohort *h, uint32_t person)
{
	unsigned missed = 0, may_miss = 0;

	if (person != h->guide)
		may_miss = k->in->allowed_misses;
	for (uint16_t s = 0; s < h->n_sessions; s++) {
		bool inside = true;

		for (unsigned m = 0; m < k->in->session_minutes; m++) {
			int64_t t = h->session[s] + m * INSTANT_MINUTE;

			if (!minute_is_possible(k, person, t))
				return ERR_SET(k->e, VALIDATION,
				    "cohort of %s: session %u is at a time when %s "
				    "is busy or the clocks are ambiguous",
				    id_of(k, h->guide), s, id_of(k, person));
			inside = inside && minute_is_free(k, person, t);
		}
		missed += !inside;
	}
	if (missed > may_miss)
		return ERR_SET(k->e, VALIDATION,
		    "cohort of %s: %u sessions lie outside the hours of %s, "
		    "allowed %u",
		    id_of(k, h->guide), missed, id_of(k, person), may_miss);
	return ERR_OK;
}

static enum err_code check_guide(const struct check *k, const struct cohort *h)
{
	const struct person *p;

	if (h->guide >= k->c->n)
		return ERR_SET(k->e, VALIDATION,
		    "a cohort's guide is nobody of the community");
	p = &k->c->person[h->guide];
	if (!person_is_mentor(p) || p->capacity == 0)
		return ERR_SET(k->e, VALIDATION,
		    "%s guides a cohort without being a mentor with a place",
		    p->id);
	if (!speaks(p, h->language, k->in->language_level))
		return ERR_SET(k->e, VALIDATION,
		    "the guide %s does not speak the cohort's language", p->id);
	return ERR_OK;
}

static bool is_mixed(
    const struct check *k, const struct cohort *h, uint32_t person)
{
	uint32_t mine = k->c->person[person].organization;
	unsigned same = 0;

	for (uint16_t i = 0; i < h->n_newcomers; i++)
		same += h->newcomers[i] < k->c->n &&
			k->c->person[h->newcomers[i]].organization == mine;
	return mine == TERM_NONE || k->in->most_per_organization == 0 ||
	       same <= k->in->most_per_organization;
}

static enum err_code check_newcomers(
    const struct check *k, const struct cohort *h)
{
	if (h->n_newcomers < k->in->cohort_min ||
	    h->n_newcomers > k->in->cohort_max)
		return ERR_SET(k->e, VALIDATION,
		    "cohort of %s: %u newcomers, expected %u to %u",
		    id_of(k, h->guide), h->n_newcomers, k->in->cohort_min,
		    k->in->cohort_max);
	for (uint16_t i = 0; i < h->n_newcomers; i++) {
		uint32_t n = h->newcomers[i];

		if (n >= k->c->n || !person_is_newcomer(&k->c->person[n]) ||
		    n == h->guide || (i > 0 && n <= h->newcomers[i - 1]))
			return ERR_SET(k->e, VALIDATION,
			    "cohort of %s: expected newcomers in ascending order",
			    id_of(k, h->guide));
		if (!speaks(
			&k->c->person[n], h->language, k->in->language_level))
			return ERR_SET(k->e, VALIDATION,
			    "cohort of %s: %s does not speak its language",
			    id_of(k, h->guide), id_of(k, n));
		if (!is_mixed(k, h, n))
			return ERR_SET(k->e, VALIDATION,
			    "cohort of %s: more than %u of the organization of %s",
			    id_of(k, h->guide), k->in->most_per_organization,
			    id_of(k, n));
		for (uint16_t j = 0; j <= i; j++) {
			uint32_t other = j < i ? h->newcomers[j] : h->guide;

			if (avoids(k, n, other) || avoids(k, other, n))
				return ERR_SET(k->e, VALIDATION,
				    "cohort of %s: %s and %s must not meet",
				    id_of(k, h->guide), id_of(k, n),
				    id_of(k, other));
		}
	}
	return ERR_OK;
}

/* The parts that hold together from part i on: their number. */
static uint16_t parts_from(const struct cohort *h, uint16_t i)
{
	uint16_t n = 1;

	while (i + n < h->n_parts &&
	       h->part[i + n].from_day == h->part[i].from_day)
		n++;
	return n;
}

/* One set of parts: as many weekdays as sessions a week, at one time. */
static bool parts_are_good(
    const struct check *k, const struct pattern_part *part, uint16_t n)
{
	unsigned seen = 0;
	bool good = n == k->in->sessions_per_week;

	for (uint16_t i = 0; i < n && good; i++) {
		const struct pattern_part *p = &part[i];

		good = p->weekday < 7 && (seen >> p->weekday & 1) == 0 &&
		       p->local_minute < 1440 && p->local_minute % 15 == 0 &&
		       p->local_minute == part[0].local_minute;
		seen |= 1u << p->weekday;
	}
	return good;
}

static bool same_parts(
    const struct pattern_part *a, const struct pattern_part *b, uint16_t n)
{
	for (uint16_t i = 0; i < n; i++)
		if (a[i].weekday != b[i].weekday ||
		    a[i].local_minute != b[i].local_minute)
			return false;
	return true;
}

/* Sets of parts in order, later ones from a Monday, at most slots_per_cohort
 * different ones. */
static enum err_code check_pattern(
    const struct check *k, const struct cohort *h)
{
	const struct pattern_part *kind[INTAKE_MAX_SLOTS_PER_COHORT];
	unsigned kinds = 0;
	bool good = h->n_parts > 0 && h->part[0].from_day == k->in->first_day;

	for (uint16_t i = 0, n; good && i < h->n_parts; i += n) {
		unsigned j = 0;

		n = parts_from(h, i);
		good =
		    parts_are_good(k, &h->part[i], n) &&
		    (i == 0 || (h->part[i].from_day > h->part[i - 1].from_day &&
				   day_weekday(h->part[i].from_day) == 0));
		while (
		    good && j < kinds && !same_parts(kind[j], &h->part[i], n))
			j++;
		if (good && j == kinds) {
			good = kinds < k->in->slots_per_cohort;
			if (good)
				kind[kinds++] = &h->part[i];
		}
	}
	if (!good)
		return ERR_SET(k->e, VALIDATION,
		    "cohort of %s: expected %u weekdays at one time from the "
		    "first date on, other ones from Mondays, at most %u in all",
		    id_of(k, h->guide), k->in->sessions_per_week,
		    k->in->slots_per_cohort);
	return ERR_OK;
}

/* The part by which the cohort meets on a day; NULL: it does not. */
static const struct pattern_part *part_on(
    const struct check *k, const struct cohort *h, int32_t day)
{
	uint16_t now = 0;

	for (uint16_t i = 0; i < k->in->n_holidays; i++)
		if (k->in->holidays[i] == day)
			return NULL;
	for (uint16_t i = 0; i < h->n_parts; i++)
		if (h->part[i].from_day <= day &&
		    h->part[i].from_day > h->part[now].from_day)
			now = i;
	for (uint16_t i = now;
	     i < h->n_parts && h->part[i].from_day == h->part[now].from_day;
	     i++)
		if (h->part[i].weekday == day_weekday(day))
			return &h->part[i];
	return NULL;
}

/* A usable session of the anchor's clock starts here at this local time. */
static bool session_is_usable(
    const struct check *k, int64_t start, int64_t local)
{
	const struct zone *z = k->in->anchor;
	int64_t there;

	for (int64_t m = 0; m < k->in->session_minutes; m++) {
		int64_t t = m * INSTANT_MINUTE;

		if (zone_resolve(z, local + t, &there) != ZONE_UNIQUE ||
		    there != start + t || there < z->from || there >= z->to)
			return false;
	}
	return true;
}

static enum err_code check_sessions(
    const struct check *k, const struct cohort *h)
{
	uint16_t n = 0;

	for (int32_t day = k->in->first_day; day <= k->in->last_day; day++) {
		const struct pattern_part *part = part_on(k, h, day);
		int64_t local;

		if (part == NULL)
			continue;
		local = day * (int64_t)INSTANT_DAY +
			part->local_minute * (int64_t)INSTANT_MINUTE;
		if (n == h->n_sessions ||
		    !session_is_usable(k, h->session[n], local))
			return ERR_SET(k->e, VALIDATION,
			    "cohort of %s: session %u is missing or not at the "
			    "cohort's time",
			    id_of(k, h->guide), n);
		n++;
	}
	if (n != h->n_sessions || n == 0)
		return ERR_SET(k->e, VALIDATION,
		    "cohort of %s: %u sessions, expected %u",
		    id_of(k, h->guide), h->n_sessions, n);
	return ERR_OK;
}

static enum err_code check_cohort(const struct check *k, const struct cohort *h)
{
	enum err_code err = check_guide(k, h);

	if (err == ERR_OK)
		err = check_newcomers(k, h);
	if (err == ERR_OK)
		err = check_pattern(k, h);
	if (err == ERR_OK)
		err = check_sessions(k, h);
	if (err == ERR_OK)
		err = check_presence(k, h, h->guide);
	for (uint16_t i = 0; i < h->n_newcomers && err == ERR_OK; i++)
		err = check_presence(k, h, h->newcomers[i]);
	if (err == ERR_OK)
		err = check_cost(k->c, k->in, h, k->e);
	return err;
}

/* Two cohorts of one guide. */
static enum err_code check_pair(
    const struct check *k, const struct cohort *a, const struct cohort *b)
{
	int64_t length = k->in->session_minutes * INSTANT_MINUTE;

	for (uint16_t i = 0; i < a->n_sessions; i++)
		for (uint16_t j = 0; j < b->n_sessions; j++)
			if (llabs(a->session[i] - b->session[j]) < length)
				return ERR_SET(k->e, VALIDATION,
				    "two cohorts of %s meet at the same time",
				    id_of(k, a->guide));
	return ERR_OK;
}

static enum err_code check_guides(const struct check *k)
{
	const struct cohort_plan *p = k->plan;

	for (uint32_t i = 0; i < p->n_cohorts; i++) {
		unsigned guided = 1;

		for (uint32_t j = 0; j < i; j++) {
			if (p->cohort[j].guide != p->cohort[i].guide)
				continue;
			if (check_pair(k, &p->cohort[j], &p->cohort[i]) !=
			    ERR_OK)
				return k->e->code;
			guided++;
		}
		if (guided > k->in->cohorts_per_guide)
			return ERR_SET(k->e, VALIDATION,
			    "%s guides more than %u cohorts",
			    id_of(k, p->cohort[i].guide),
			    k->in->cohorts_per_guide);
		k->part[p->cohort[i].guide] = PART_GUIDE;
	}
	return ERR_OK;
}

/* Every newcomer once: in a cohort, or among the unplaced with a reason. */
static enum err_code check_everybody(const struct check *k)
{
	const struct cohort_plan *p = k->plan;
	uint32_t placed = 0;

	for (uint32_t i = 0; i < p->n_cohorts; i++)
		for (uint16_t j = 0; j < p->cohort[i].n_newcomers; j++) {
			uint32_t n = p->cohort[i].newcomers[j];

			if (k->part[n] != PART_NOTHING)
				return ERR_SET(k->e, VALIDATION,
				    "%s is in two cohorts", id_of(k, n));
			k->part[n] = PART_PLACED;
			placed++;
		}
	for (uint32_t i = 0; i < p->n_unplaced; i++) {
		const struct unplaced *u = &p->unplaced[i];

		if (u->newcomer >= k->c->n ||
		    (unsigned)u->reason >= UNPLACED_REASONS ||
		    u->help == NULL || u->help[0] == '\0')
			return ERR_SET(k->e, VALIDATION,
			    "unplaced %u: expected a newcomer, a reason and "
			    "a help",
			    i);
		if (k->part[u->newcomer] == PART_PLACED ||
		    k->part[u->newcomer] == PART_UNPLACED)
			return ERR_SET(k->e, VALIDATION,
			    "%s is unplaced and counted elsewhere too",
			    id_of(k, u->newcomer));
		k->part[u->newcomer] = PART_UNPLACED;
	}
	for (uint32_t i = 0; i < k->c->n; i++)
		if (person_is_newcomer(&k->c->person[i]) !=
		    (k->part[i] == PART_PLACED || k->part[i] == PART_UNPLACED))
			return ERR_SET(k->e, VALIDATION,
			    "%s: expected every newcomer, and no one else, once",
			    id_of(k, i));
	if (placed != p->n_placed)
		return ERR_SET(k->e, VALIDATION,
		    "the plan says %u placed, its cohorts hold %u", p->n_placed,
		    placed);
	return ERR_OK;
}

static enum err_code check_numbers(const struct check *k)
{
	const struct cohort_plan *p = k->plan;
	int64_t fit = 0, objective;

	for (uint32_t i = 0; i < p->n_cohorts; i++) {
		const struct cohort *h = &p->cohort[i];
		uint32_t mentor = score_mentor_of(k->scorer, h->guide);
		struct score s;

		for (uint16_t j = 0; j < h->n_newcomers; j++) {
			score_pair(k->scorer,
			    score_newcomer_of(k->scorer, h->newcomers[j]),
			    mentor, &s);
			fit += s.points;
		}
	}
	objective = p->n_placed * (int64_t)SCHEDULE_PLACED + fit;
	if (p->fit_points != fit || p->objective != objective)
		return ERR_SET(k->e, VALIDATION,
		    "the plan's objective is %lld, its cohorts are worth %lld",
		    (long long)p->objective, (long long)objective);
	if (p->bound < objective || (p->optimal && p->bound != objective))
		return ERR_SET(k->e, VALIDATION,
		    "the plan's bound %lld does not fit its objective %lld",
		    (long long)p->bound, (long long)objective);
	return ERR_OK;
}

static enum err_code check_order(const struct check *k)
{
	const struct cohort_plan *p = k->plan;

	for (uint32_t i = 1; i < p->n_cohorts; i++) {
		const struct cohort *a = &p->cohort[i - 1], *b = &p->cohort[i];

		if (a->session[0] > b->session[0] ||
		    (a->session[0] == b->session[0] &&
			strcmp(id_of(k, a->guide), id_of(k, b->guide)) >= 0))
			return ERR_SET(k->e, VALIDATION,
			    "cohorts are not ordered by first session and guide");
	}
	return ERR_OK;
}

enum err_code schedule_check(struct arena *a, const struct community *c,
    const struct policy *p, const struct intake *in,
    const struct busy_time *busy, uint32_t n_busy,
    const struct cohort_plan *plan, struct err *e)
{
	struct check k = {c, in, busy, n_busy, plan, NULL, NULL, e};
	struct policy dated;
	enum err_code err = schedule_intake_check(in, e);

	if (err != ERR_OK)
		return err;
	dated = schedule_policy(p, in);
	err = score_new(a, c, &dated, &k.scorer, e);
	k.part = ARENA_ARRAY(a, c->n, uint8_t);
	if (err == ERR_OK && k.part == NULL)
		err = ERR_SET(e, NOMEM, "no memory to check a plan");
	for (uint32_t i = 0; i < plan->n_cohorts && err == ERR_OK; i++)
		err = check_cohort(&k, &plan->cohort[i]);
	if (err == ERR_OK)
		err = check_guides(&k);
	if (err == ERR_OK)
		err = check_everybody(&k);
	if (err == ERR_OK)
		err = check_order(&k);
	if (err == ERR_OK)
		err = check_numbers(&k);
	return err;
}
