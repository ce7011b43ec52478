/*
 * Composing the plan: see compose.h. The objective is fixed by who is with whom;
 * everything chosen here is a tie of the objective, broken in people's favour.
 */
#include "scheduler/compose.h"

#include "base/instant.h"

/* Discomfort of a local minute of the day, growing steeply outside 9 to 17. */
static unsigned discomfort(int64_t local)
{
	int64_t second = ((local % INSTANT_DAY) + INSTANT_DAY) % INSTANT_DAY;
	int64_t hour = second / INSTANT_HOUR;
	static const uint8_t by_hour[24] = {25, 25, 25, 25, 25, 25, 9, 4, 1, 0,
	    0, 0, 0, 0, 0, 0, 0, 1, 4, 4, 9, 9, 25, 25};

	return by_hour[hour];
}

/* A cohort whose people are settled. */
struct meeting {
	uint32_t guide, language, pattern; /* as of its opening */
	const uint32_t *newcomer;          /* numbers */
	uint16_t n;
};

struct kindness {
	unsigned misses, worst, sum;
};

static bool is_kinder(const struct kindness *a, const struct kindness *b)
{
	if (a->misses != b->misses)
		return a->misses < b->misses;
	if (a->worst != b->worst)
		return a->worst < b->worst;
	return a->sum < b->sum;
}

static bool holds(const struct pattern *p, uint16_t slot)
{
	return slot % SLOTS_PER_DAY == p->quarter &&
	       (p->weekdays >> slot / SLOTS_PER_DAY & 1) != 0;
}

static unsigned person_discomfort(
    const struct forming *f, const struct pattern *p, const struct zone *z)
{
	unsigned sum = 0;

	for (uint32_t i = 0; i < f->slots.n_dates; i++) {
		int64_t begin = f->slots.date[i].begin;
		int64_t end = begin + f->slots.seconds - INSTANT_MINUTE;
		unsigned x, y;

		if (!holds(p, f->slots.date[i].slot))
			continue;
		x = discomfort(begin + zone_offset_at(z, begin));
		y = discomfort(end + zone_offset_at(z, end));
		sum += x > y ? x : y;
	}
	return sum;
}

static struct kindness judge(
    const struct forming *f, const struct meeting *col, uint32_t pattern)
{
	const struct pattern *p = &f->pattern[pattern];
	struct kindness k = {0, 0, 0};

	for (uint16_t i = 0; i <= col->n; i++) {
		uint32_t person = i < col->n ? f->newcomer[col->newcomer[i]]
					     : f->guide[col->guide];
		unsigned d = person_discomfort(f, p, f->c->person[person].zone);

		if (i < col->n)
			k.misses += slots_pattern_misses(
			    f->misses + (size_t)col->newcomer[i] * WEEK_SLOTS,
			    p);
		k.sum += d;
		if (d > k.worst)
			k.worst = d;
	}
	return k;
}

/* Can cohort k of the list meet at this pattern instead? */
static bool can_meet(const struct forming *f, const struct meeting *list,
    uint32_t n, uint32_t k, uint32_t pattern)
{
	uint32_t guide = list[k].guide;

	if (f->guide_can[(size_t)guide * f->n_patterns + pattern] == 0)
		return false;
	for (uint16_t i = 0; i < list[k].n; i++)
		if (!forming_in(forming_comes(f, pattern), list[k].newcomer[i]))
			return false;
	for (uint32_t j = 0; j < n; j++)
		if (j != k && list[j].guide == guide &&
		    slots_patterns_overlap(&f->pattern[pattern],
			&f->pattern[list[j].pattern], f->quarters))
			return false;
	return true;
}

static void choose_pattern(
    const struct forming *f, struct meeting *list, uint32_t n, uint32_t k)
{
	uint32_t best = list[k].pattern;
	struct kindness least = {UINT32_MAX, UINT32_MAX, UINT32_MAX};

	for (uint32_t p = 0; p < f->n_patterns; p++) {
		struct kindness here;

		if (!can_meet(f, list, n, k, p))
			continue;
		here = judge(f, &list[k], p);
		if (is_kinder(&here, &least)) {
			least = here;
			best = p;
		}
	}
	list[k].pattern = best;
}

/* The lowest level at which a language is spoken in a cohort. */
static uint8_t lowest_level(
    const struct forming *f, const struct meeting *col, uint32_t language)
{
	uint32_t guide = f->guide[col->guide];
	uint8_t low = forming_level(&f->c->person[guide], language);

	for (uint16_t i = 0; i < col->n; i++) {
		uint8_t level = forming_level(
		    &f->c->person[f->newcomer[col->newcomer[i]]], language);

		if (level < low)
			low = level;
	}
	return low;
}

/* The language that the one who speaks it least speaks best; names break ties. */
static uint32_t choose_language(
    const struct forming *f, const struct meeting *col)
{
	const struct person *guide = &f->c->person[f->guide[col->guide]];
	uint32_t best = col->language;
	uint8_t level = lowest_level(f, col, best);

	for (uint16_t i = 0; i < guide->n_languages; i++) {
		uint32_t other = guide->languages[i].term;
		uint8_t low = lowest_level(f, col, other);

		if (low > level ||
		    (low == level && strcmp(terms_text(f->c->terms, other),
					 terms_text(f->c->terms, best)) < 0)) {
			best = other;
			level = low;
		}
	}
	return best;
}

static int by_index(const void *x, const void *y)
{
	const uint32_t *a = x, *b = y;

	return (*a > *b) - (*a < *b);
}

static bool fill_cohort(struct arena *a, const struct forming *f,
    const struct meeting *col, struct cohort *h)
{
	const struct pattern *p = &f->pattern[col->pattern];
	uint32_t *people = ARENA_ARRAY(a, col->n, uint32_t);
	struct pattern_part *part =
	    ARENA_ARRAY(a, f->in->sessions_per_week, struct pattern_part);
	int64_t *session = ARENA_ARRAY(
	    a, (size_t)INTAKE_MAX_WEEKS * f->in->sessions_per_week, int64_t);

	if (people == NULL || part == NULL || session == NULL)
		return false;
	*h = (struct cohort){.guide = f->guide[col->guide],
	    .language = choose_language(f, col),
	    .newcomers = people,
	    .n_newcomers = col->n,
	    .part = part,
	    .session = session};
	for (uint16_t i = 0; i < col->n; i++)
		people[i] = f->newcomer[col->newcomer[i]];
	qsort(people, col->n, sizeof(*people), by_index);
	for (uint8_t day = 0; day < 7; day++)
		if ((p->weekdays >> day & 1) != 0)
			part[h->n_parts++] =
			    (struct pattern_part){f->in->first_day, day,
				(uint16_t)(p->quarter * WEEK_SLOT_MINUTES)};
	for (uint32_t i = 0; i < f->slots.n_dates; i++)
		if (holds(p, f->slots.date[i].slot))
			session[h->n_sessions++] = f->slots.date[i].begin;
	return true;
}

struct ordered {
	struct cohort it;
	const char *guide;
};

static int by_session(const void *x, const void *y)
{
	const struct ordered *a = x, *b = y;

	if (a->it.session[0] != b->it.session[0])
		return a->it.session[0] < b->it.session[0] ? -1 : 1;
	return strcmp(a->guide, b->guide);
}

/* The tables that have an opening. */
static uint32_t list_meetings(
    const struct forming *f, const struct seats *s, struct meeting *list)
{
	uint32_t n = 0;

	for (uint32_t t = 0; t < s->n_tables; t++) {
		const struct opening *o;

		if (s->opening[t] == SEATS_NONE)
			continue;
		o = &f->opening[s->opening[t]];
		list[n++] = (struct meeting){o->guide, o->language, o->pattern,
		    s->member + (size_t)t * f->in->cohort_max, s->n[t]};
	}
	return n;
}

static bool fill_cohorts(struct arena *a, const struct forming *f,
    const struct seats *s, struct cohort_plan *plan)
{
	struct meeting *list = ARENA_ARRAY(a, s->n_tables, struct meeting);
	struct ordered *order = ARENA_ARRAY(a, s->n_tables, struct ordered);
	uint32_t n;

	plan->cohort = ARENA_ARRAY(a, s->n_tables, struct cohort);
	if (list == NULL || order == NULL || plan->cohort == NULL)
		return false;
	n = list_meetings(f, s, list);
	for (uint32_t k = 0; k < n; k++) {
		choose_pattern(f, list, n, k);
		if (!fill_cohort(a, f, &list[k], &order[k].it))
			return false;
		order[k].guide = f->c->person[order[k].it.guide].id;
		plan->n_placed += list[k].n;
	}
	if (n > 0)
		qsort(order, n, sizeof(*order), by_session);
	for (uint32_t k = 0; k < n; k++)
		plan->cohort[plan->n_cohorts++] = order[k].it;
	return true;
}

static enum err_code fill_unplaced(struct arena *a, const struct forming *f,
    struct cohort_plan *plan, struct err *e)
{
	bool *placed = ARENA_ARRAY(a, f->c->n, bool);
	enum err_code err = ERR_OK;

	plan->unplaced =
	    ARENA_ARRAY(a, f->n_newcomers - plan->n_placed, struct unplaced);
	if (placed == NULL || plan->unplaced == NULL)
		return ERR_SET(e, NOMEM, "no memory for a plan");
	for (uint32_t k = 0; k < plan->n_cohorts; k++)
		for (uint16_t j = 0; j < plan->cohort[k].n_newcomers; j++)
			placed[plan->cohort[k].newcomers[j]] = true;
	for (uint32_t i = 0; i < f->n_newcomers && err == ERR_OK; i++)
		if (!placed[f->newcomer[i]])
			err = unplaced_explain(a, f, plan, i,
			    &plan->unplaced[plan->n_unplaced++], e);
	return err;
}

enum err_code compose_plan(struct arena *a, const struct master *m,
    const struct seats *s, int64_t bound, struct cohort_plan **ret,
    struct err *e)
{
	struct cohort_plan *plan = ARENA_NEW(a, struct cohort_plan);
	enum err_code err;

	if (plan == NULL || !fill_cohorts(a, m->f, s, plan))
		return ERR_SET(e, NOMEM, "no memory for a plan");
	plan->objective = s->value;
	plan->fit_points = s->value - plan->n_placed * (int64_t)SCHEDULE_PLACED;
	plan->bound = bound;
	plan->optimal = plan->objective == bound;
	plan->columns = m->n_columns;
	plan->lp_solves = m->solves;
	err = fill_unplaced(a, m->f, plan, e);
	if (err == ERR_OK)
		*ret = plan;
	return err;
}
