/*
 * Weekly slots: see slots.h. A slot that meets a clock change of the anchor on any
 * date is not usable at all, so that a cohort keeps one wall-clock time throughout.
 */
#include "scheduler/slots.h"

#include "base/instant.h"
#include "scheduler/sessions.h"

static int by_begin(const void *x, const void *y)
{
	const struct slot_date *a = x, *b = y;

	if (a->begin != b->begin)
		return a->begin < b->begin ? -1 : 1;
	return (a->slot > b->slot) - (a->slot < b->slot);
}

/* Resolve every slot of one date; slots that fail are struck out. */
static void add_day(const struct intake *in, int32_t day, struct slots *s,
    struct week_grid *struck)
{
	unsigned first = (unsigned)day_weekday(day) * SLOTS_PER_DAY;

	for (unsigned q = 0; q < SLOTS_PER_DAY; q++) {
		int64_t local = (int64_t)day * INSTANT_DAY +
				(int64_t)q * WEEK_SLOT_MINUTES * 60;
		struct slot_date *d = &s->date[s->n_dates];

		week_grid_set(&s->usable, first + q);
		if (sessions_start(
			in->anchor, local, in->session_minutes, &d->begin)) {
			d->slot = (uint16_t)(first + q);
			s->n_dates++;
		} else {
			week_grid_set(struck, first + q);
		}
	}
}

enum err_code slots_of_intake(
    struct arena *a, const struct intake *in, struct slots *ret, struct err *e)
{
	size_t days = (size_t)(in->last_day - in->first_day) + 1;
	struct week_grid struck = {{0}};
	struct slots s = {.seconds = in->session_minutes * INSTANT_MINUTE};
	uint32_t kept = 0;

	s.date = ARENA_ARRAY(a, days * SLOTS_PER_DAY + 1, struct slot_date);
	if (s.date == NULL)
		return ERR_SET(e, NOMEM, "no memory for slots");
	for (int32_t day = in->first_day; day <= in->last_day; day++)
		if (!sessions_is_holiday(in->holidays, in->n_holidays, day))
			add_day(in, day, &s, &struck);
	for (unsigned i = 0; i < WEEK_WORDS; i++)
		s.usable.word[i] &= ~struck.word[i];
	for (uint32_t i = 0; i < s.n_dates; i++)
		if (week_grid_has(&s.usable, s.date[i].slot))
			s.date[kept++] = s.date[i];
	s.n_dates = kept;
	if (kept > 0)
		qsort(s.date, kept, sizeof(*s.date), by_begin);
	*ret = s;
	return ERR_OK;
}

void slots_misses(const struct slots *s, const struct spans *person,
    uint8_t ret_misses[WEEK_SLOTS])
{
	uint32_t k = 0;

	memset(ret_misses, 0, WEEK_SLOTS);
	for (uint32_t i = 0; i < s->n_dates; i++) {
		int64_t begin = s->date[i].begin;

		while (k < person->n && person->span[k].end <= begin)
			k++;
		if (k == person->n || begin < person->span[k].begin ||
		    begin + s->seconds > person->span[k].end)
			ret_misses[s->date[i].slot]++;
	}
}

static bool pattern_is_usable(const struct slots *s, const struct pattern *p)
{
	for (unsigned day = 0; day < 7; day++)
		if ((p->weekdays >> day & 1) != 0 &&
		    !week_grid_has(
			&s->usable, day * SLOTS_PER_DAY + p->quarter))
			return false;
	return true;
}

enum err_code slots_patterns(struct arena *a, const struct intake *in,
    const struct slots *s, struct pattern **ret, uint32_t *ret_n, struct err *e)
{
	struct pattern *list =
	    ARENA_ARRAY(a, SLOTS_MAX_PATTERNS, struct pattern);
	uint32_t n = 0;

	if (list == NULL)
		return ERR_SET(e, NOMEM, "no memory for patterns");
	for (unsigned days = 1; days < 128; days++) {
		if (__builtin_popcount(days) != in->sessions_per_week)
			continue;
		for (unsigned q = 0; q < SLOTS_PER_DAY; q++) {
			struct pattern p = {(uint8_t)days, (uint16_t)q};

			if (pattern_is_usable(s, &p))
				list[n++] = p;
		}
	}
	*ret = list;
	*ret_n = n;
	return ERR_OK;
}

unsigned slots_pattern_misses(
    const uint8_t misses[WEEK_SLOTS], const struct pattern *p)
{
	unsigned n = 0;

	for (unsigned day = 0; day < 7; day++)
		if ((p->weekdays >> day & 1) != 0)
			n += misses[day * SLOTS_PER_DAY + p->quarter];
	return n;
}

bool slots_patterns_overlap(
    const struct pattern *a, const struct pattern *b, unsigned quarters)
{
	for (unsigned i = 0; i < 49; i++) {
		unsigned x = i / 7, y = i % 7, ahead;

		if ((a->weekdays >> x & 1) == 0 || (b->weekdays >> y & 1) == 0)
			continue;
		ahead = (x * SLOTS_PER_DAY + a->quarter + WEEK_SLOTS -
			    y * SLOTS_PER_DAY - b->quarter) %
			WEEK_SLOTS;
		if (ahead < quarters || WEEK_SLOTS - ahead < quarters)
			return true;
	}
	return false;
}
