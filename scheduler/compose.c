/*
 * Composing the plan: see compose.h. The objective is fixed by who is with whom;
 * everything chosen here is a tie of the objective, broken in people's favour.
 */
#include "scheduler/compose.h"

#include "base/instant.h"
#include "scheduler/discomfort.h"
#include "scheduler/fairness.h"
#include "scheduler/rotate.h"

/* A cohort whose people are settled. */
struct meeting {
	uint32_t guide, language, pattern; /* as of its opening */
	const uint32_t *newcomer;          /* numbers */
	uint16_t n;
	struct rotation turn; /* found: its hours rotate */
	bool kindest;
};

/* As a rotation's: see rotate.h. */
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

static unsigned person_discomfort(const struct forming *f,
    const struct pattern *p, const struct person *person)
{
	unsigned sum = 0;

	for (uint32_t i = 0; i < f->slots.n_dates; i++)
		if (holds(p, f->slots.date[i].slot))
			sum += discomfort_of(
			    person, f->slots.date[i].begin, f->slots.seconds);
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
		const struct person *who = &f->c->person[person];
		unsigned d = person_discomfort(f, p, who), bears;

		if (i < col->n)
			k.misses += slots_pattern_misses(
			    f->misses + (size_t)col->newcomer[i] * WEEK_SLOTS,
			    p);
		k.sum += d;
		bears = discomfort_weight(who) * (who->carried + d);
		if (bears > k.worst)
			k.worst = bears;
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
	list[k].kindest = true;
}

/* Could the meeting be at this pattern in some week? */
static bool uses(const struct meeting *m, uint32_t pattern)
{
	bool found = !m->turn.found && m->pattern == pattern;

	for (uint32_t w = 0; m->turn.found && w < m->turn.n_weeks; w++)
		found = found || m->turn.pattern[w] == pattern;
	return found;
}

/* Patterns that meet with another cohort of the same guide. */
static void bar_patterns(const struct forming *f, const struct meeting *list,
    uint32_t n, uint32_t k, bool *barred)
{
	for (uint32_t j = 0; j < n; j++)
		for (uint32_t p = 0; j != k && list[j].guide == list[k].guide &&
				     p < f->n_patterns;
		     p++)
			for (uint32_t q = 0;
			     uses(&list[j], p) && q < f->n_patterns; q++)
				barred[q] =
				    barred[q] ||
				    slots_patterns_overlap(&f->pattern[p],
					&f->pattern[q], f->quarters);
}

/* Let the hours rotate where that is possible without a miss. */
static enum err_code rotate(struct arena *a, const struct forming *f,
    struct meeting *list, uint32_t n, uint32_t k, struct err *e)
{
	uint32_t person[COHORT_MAX_SIZE + 1] = {f->guide[list[k].guide]};
	bool *barred = ARENA_ARRAY(a, f->n_patterns, bool);
	struct rotation turn;

	if (barred == NULL)
		return ERR_SET(e, NOMEM, "no memory for a rotation");
	bar_patterns(f, list, n, k, barred);
	for (uint16_t i = 0; i < list[k].n; i++)
		person[i + 1] = f->newcomer[list[k].newcomer[i]];
	if (rotate_cohort(a, f, person, list[k].n + 1u, barred,
		f->in->slots_per_cohort, &turn, e) != ERR_OK)
		return e->code;
	if (!turn.found)
		return ERR_OK;
	list[k].turn = turn;
	list[k].kindest = turn.proven;
	return ERR_OK;
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

/* The pattern of a date's week; ROTATE_NONE: no session. */
static uint32_t pattern_on(
    const struct forming *f, const struct meeting *m, int32_t day)
{
	int32_t monday = f->in->first_day - day_weekday(f->in->first_day);

	return m->turn.found ? m->turn.pattern[(day - monday) / 7] : m->pattern;
}

static void put_parts(const struct forming *f, uint32_t pattern, int32_t from,
    struct pattern_part *part, uint16_t *n)
{
	const struct pattern *p = &f->pattern[pattern];

	for (uint8_t day = 0; day < 7; day++)
		if ((p->weekdays >> day & 1) != 0)
			part[(*n)++] = (struct pattern_part){from, day,
			    (uint16_t)(p->quarter * WEEK_SLOT_MINUTES)};
}

/* Parts wherever the pattern changes; a week without a session changes nothing. */
static void fill_parts(const struct forming *f, const struct meeting *m,
    struct pattern_part *part, uint16_t *n)
{
	int32_t monday = f->in->first_day - day_weekday(f->in->first_day);
	uint32_t last = ROTATE_NONE;

	for (int32_t day = monday; day <= f->in->last_day; day += 7) {
		uint32_t pattern = pattern_on(f, m, day);

		if (pattern == ROTATE_NONE || pattern == last)
			continue;
		put_parts(f, pattern,
		    last == ROTATE_NONE ? f->in->first_day : day, part, n);
		last = pattern;
	}
}

static bool fill_cohort(struct arena *a, const struct forming *f,
    const struct meeting *col, struct cohort *h)
{
	uint32_t *people = ARENA_ARRAY(a, col->n, uint32_t);
	size_t room = (size_t)INTAKE_MAX_WEEKS + 1;
	struct pattern_part *part = ARENA_ARRAY(
	    a, room * f->in->sessions_per_week, struct pattern_part);
	int64_t *session =
	    ARENA_ARRAY(a, room * f->in->sessions_per_week, int64_t);

	if (people == NULL || part == NULL || session == NULL)
		return false;
	*h = (struct cohort){.guide = f->guide[col->guide],
	    .language = choose_language(f, col),
	    .newcomers = people,
	    .n_newcomers = col->n,
	    .part = part,
	    .session = session,
	    .kindest = col->kindest};
	for (uint16_t i = 0; i < col->n; i++)
		people[i] = f->newcomer[col->newcomer[i]];
	qsort(people, col->n, sizeof(*people), by_index);
	fill_parts(f, col, part, &h->n_parts);
	for (uint32_t i = 0; i < f->slots.n_dates; i++) {
		int64_t begin = f->slots.date[i].begin;
		uint32_t pattern = pattern_on(f, col,
		    day_of(begin + zone_offset_at(f->in->anchor, begin)));

		if (pattern != ROTATE_NONE &&
		    holds(&f->pattern[pattern], f->slots.date[i].slot))
			session[h->n_sessions++] = begin;
	}
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
		list[n++] = (struct meeting){.guide = o->guide,
		    .language = o->language,
		    .pattern = o->pattern,
		    .newcomer = s->member + (size_t)t * f->in->cohort_max,
		    .n = s->n[t]};
	}
	return n;
}

/* Who bears what; newcomers as the cohort lists them, not as the table sat them. */
static enum err_code report(struct arena *a, const struct forming *f,
    const struct meeting *list, uint32_t n, uint32_t k, struct cohort *h,
    struct err *e)
{
	bool *barred = ARENA_ARRAY(a, f->n_patterns, bool);
	uint32_t *number = ARENA_ARRAY(a, list[k].n, uint32_t);
	const struct fairness_case x = {f, list[k].guide, number, barred};

	if (barred == NULL || number == NULL)
		return ERR_SET(e, NOMEM, "no memory for fair shares");
	bar_patterns(f, list, n, k, barred);
	for (uint16_t i = 0; i < list[k].n; i++) {
		uint16_t at = 0;

		while (h->newcomers[at] != f->newcomer[list[k].newcomer[i]])
			at++;
		number[at] = list[k].newcomer[i];
	}
	return fairness_report(a, &x, h, e);
}

static enum err_code fill_cohorts(struct arena *a, const struct forming *f,
    const struct seats *s, struct cohort_plan *plan, struct err *e)
{
	struct meeting *list = ARENA_ARRAY(a, s->n_tables, struct meeting);
	struct ordered *order = ARENA_ARRAY(a, s->n_tables, struct ordered);
	uint32_t n;

	plan->cohort = ARENA_ARRAY(a, s->n_tables, struct cohort);
	if (list == NULL || order == NULL || plan->cohort == NULL)
		return ERR_SET(e, NOMEM, "no memory for a plan");
	n = list_meetings(f, s, list);
	for (uint32_t k = 0; k < n; k++)
		choose_pattern(f, list, n, k);
	for (uint32_t k = 0; k < n && f->in->slots_per_cohort > 1; k++)
		if (rotate(a, f, list, n, k, e) != ERR_OK)
			return e->code;
	for (uint32_t k = 0; k < n; k++) {
		if (!fill_cohort(a, f, &list[k], &order[k].it))
			return ERR_SET(e, NOMEM, "no memory for a plan");
		if (report(a, f, list, n, k, &order[k].it, e) != ERR_OK)
			return e->code;
		order[k].guide = f->c->person[order[k].it.guide].id;
		plan->n_placed += list[k].n;
	}
	if (n > 0)
		qsort(order, n, sizeof(*order), by_session);
	for (uint32_t k = 0; k < n; k++)
		plan->cohort[plan->n_cohorts++] = order[k].it;
	return ERR_OK;
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

	if (plan == NULL)
		return ERR_SET(e, NOMEM, "no memory for a plan");
	if (fill_cohorts(a, m->f, s, plan, e) != ERR_OK)
		return e->code;
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
