/*
 * Other starts for one session: schedule_alternatives.
 *
 * Two free times per member decide: `able` (no busy time, clocks unambiguous) must
 * hold for everybody, `free` (inside the weekly windows as well) for the guide;
 * newcomers outside their windows are named. All starts are tried: at most 15 days
 * of 96 quarter hours.
 */
#include "base/instant.h"
#include "scheduler/schedule.h"
#include "scheduler/sessions.h"
#include "scheduler/spans.h"

enum {
	MAX_STARTS = (2 * SCHEDULE_MOVE_DAYS + 3) * 96,
	APART = INSTANT_HOUR,
};

struct attendee {
	struct spans able, free;
};

struct search {
	const struct session_move *m;
	struct attendee *attendee; /* newcomers, then the guide */
	struct alternative *list;
	uint32_t n;
};

/* Both free times of one member around the session. */
static enum err_code load_attendee(struct arena *a, const struct community *c,
    const struct busy_index *busy, const struct session_move *m,
    uint32_t person, struct attendee *ret, struct err *e)
{
	static const struct window always = {0, WEEK_MINUTES};
	const struct person *p = &c->person[person];
	const struct span *taken = busy->span + busy->first[person];
	uint32_t n = busy->first[person + 1] - busy->first[person];
	int64_t around = (SCHEDULE_MOVE_DAYS + 2) * (int64_t)INSTANT_DAY;
	struct span within = {m->start - around, m->start + around};
	enum err_code err;

	err = spans_of_person(
	    a, &always, 1, p->zone, taken, n, within, &ret->able, e);
	if (err != ERR_OK)
		return err;
	return spans_of_person(a, p->windows, p->n_windows, p->zone, taken, n,
	    within, &ret->free, e);
}

/* Judge one start; keep it with the newcomers who would miss it. */
static bool try_start(struct arena *a, struct search *s, int64_t start)
{
	const struct session_move *m = s->m;
	int64_t end = start + m->minutes * INSTANT_MINUTE;
	struct alternative *out = &s->list[s->n];
	uint32_t *missing;

	for (uint32_t i = 0; i <= m->n_newcomers; i++)
		if (!spans_hold(&s->attendee[i].able, start, end))
			return true;
	if (!spans_hold(&s->attendee[m->n_newcomers].free, start, end))
		return true;
	missing = ARENA_ARRAY(a, m->n_newcomers, uint32_t);
	if (missing == NULL)
		return false;
	*out = (struct alternative){.start = start, .missing = missing};
	for (uint32_t i = 0; i < m->n_newcomers; i++)
		if (!spans_hold(&s->attendee[i].free, start, end))
			missing[out->n_missing++] = m->newcomers[i];
	s->n++;
	return true;
}

static bool try_all(struct arena *a, struct search *s)
{
	const struct session_move *m = s->m;
	const int64_t reach = SCHEDULE_MOVE_DAYS * (int64_t)INSTANT_DAY;
	int32_t day = day_of(m->start + zone_offset_at(m->anchor, m->start)) -
		      SCHEDULE_MOVE_DAYS - 1;
	int64_t start;

	for (int d = 0; d < MAX_STARTS / 96; d++, day++) {
		if (sessions_is_holiday(m->holidays, m->n_holidays, day))
			continue;
		for (int64_t q = 0; q < 96; q++) {
			if (!sessions_start(m->anchor,
				day * (int64_t)INSTANT_DAY +
				    q * WEEK_SLOT_MINUTES * INSTANT_MINUTE,
				m->minutes, &start) ||
			    start == m->start || start < m->not_before ||
			    start < m->start - reach ||
			    start > m->start + reach)
				continue;
			if (!try_start(a, s, start))
				return false;
		}
	}
	return true;
}

struct ranked {
	struct alternative it;
	int64_t away;
};

static int by_rank(const void *x, const void *y)
{
	const struct ranked *a = x, *b = y;

	if (a->it.n_missing != b->it.n_missing)
		return a->it.n_missing < b->it.n_missing ? -1 : 1;
	if (a->away != b->away)
		return a->away < b->away ? -1 : 1;
	return (a->it.start > b->it.start) - (a->it.start < b->it.start);
}

/* Nearly the same offer as one already made? */
static bool is_repeat(
    const struct alternative *made, uint32_t n, const struct alternative *x)
{
	for (uint32_t i = 0; i < n; i++)
		if (llabs(made[i].start - x->start) < APART &&
		    made[i].n_missing == x->n_missing &&
		    memcmp(made[i].missing, x->missing,
			x->n_missing * sizeof(*x->missing)) == 0)
			return true;
	return false;
}

/* Sort what was found and thin it out, in place. */
static bool rank(struct arena *a, struct search *s, uint16_t max)
{
	struct ranked *r = ARENA_ARRAY(a, s->n, struct ranked);
	uint32_t n = 0;

	if (r == NULL)
		return false;
	for (uint32_t i = 0; i < s->n; i++)
		r[i] = (struct ranked){
		    s->list[i], llabs(s->list[i].start - s->m->start)};
	if (s->n > 0)
		qsort(r, s->n, sizeof(*r), by_rank);
	for (uint32_t i = 0; i < s->n && n < max; i++)
		if (!is_repeat(s->list, n, &r[i].it))
			s->list[n++] = r[i].it;
	s->n = n;
	return true;
}

static enum err_code check_move(
    const struct community *c, const struct session_move *m, struct err *e)
{
	bool known = m->guide < c->n;

	for (uint16_t i = 0; i < m->n_newcomers; i++)
		known = known && m->newcomers[i] < c->n;
	if (!known)
		return ERR_SET(
		    e, VALIDATION, "expected people of the community");
	if (m->minutes == 0 || m->minutes > 1440)
		return ERR_SET(
		    e, VALIDATION, "expected a session of 1 to 1440 minutes");
	return ERR_OK;
}

enum err_code schedule_alternatives(struct arena *a, const struct community *c,
    const struct session_move *m, const struct busy_time *busy, uint32_t n_busy,
    uint16_t max, struct alternative **ret_alternative, uint16_t *ret_n,
    struct err *e)
{
	struct search s = {.m = m};
	struct busy_index index;
	enum err_code err = check_move(c, m, e);

	if (err == ERR_OK)
		err = spans_index_busy(a, c->n, busy, n_busy, &index, e);
	if (err != ERR_OK)
		return err;
	s.attendee =
	    ARENA_ARRAY(a, m->n_newcomers + (size_t)1, struct attendee);
	s.list = ARENA_ARRAY(a, MAX_STARTS, struct alternative);
	if (s.attendee == NULL || s.list == NULL)
		return ERR_SET(e, NOMEM, "no memory for alternatives");
	for (uint32_t i = 0; i <= m->n_newcomers && err == ERR_OK; i++)
		err = load_attendee(a, c, &index, m,
		    i < m->n_newcomers ? m->newcomers[i] : m->guide,
		    &s.attendee[i], e);
	if (err != ERR_OK)
		return err;
	if (max > SCHEDULE_MAX_ALTERNATIVES)
		max = SCHEDULE_MAX_ALTERNATIVES;
	if (!try_all(a, &s) || !rank(a, &s, max))
		return ERR_SET(e, NOMEM, "no memory for alternatives");
	*ret_alternative = s.list;
	*ret_n = (uint16_t)s.n;
	return ERR_OK;
}
