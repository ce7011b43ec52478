/*
 * Starts for one meeting of some people: schedule_meetings. Every quarter hour of the
 * time asked for is judged against everybody's free time: at most 31 days of 96.
 */
#include "base/instant.h"
#include "scheduler/discomfort.h"
#include "scheduler/schedule.h"
#include "scheduler/spans.h"

enum {
	QUARTER = WEEK_SLOT_MINUTES * INSTANT_MINUTE,
	APART = INSTANT_HOUR,
};

static enum err_code check_search(
    const struct community *c, const struct meeting_search *s, struct err *e)
{
	bool known = s->n > 0;

	for (uint16_t i = 0; i < s->n; i++)
		known = known && s->person[i] < c->n;
	if (!known)
		return ERR_SET(
		    e, VALIDATION, "expected people of the community");
	if (s->minutes == 0 || s->minutes > 1440)
		return ERR_SET(
		    e, VALIDATION, "expected a meeting of 1 to 1440 minutes");
	if (s->to - s->from > SCHEDULE_MEETING_DAYS * (int64_t)INSTANT_DAY)
		return ERR_SET(e, VALIDATION, "expected at most %d days",
		    SCHEDULE_MEETING_DAYS);
	return ERR_OK;
}

static enum err_code load_free(struct arena *a, const struct community *c,
    const struct meeting_search *s, const struct busy_index *busy,
    struct spans *free, struct err *e)
{
	enum err_code err = ERR_OK;

	for (uint16_t i = 0; err == ERR_OK && i < s->n; i++) {
		uint32_t who = s->person[i];
		const struct person *p = &c->person[who];

		err = spans_of_person(a, p->windows, p->n_windows, p->zone,
		    busy->span + busy->first[who],
		    busy->first[who + 1] - busy->first[who],
		    (struct span){s->from, s->to}, &free[i], e);
	}
	return err;
}

static struct meeting_start judge(
    const struct community *c, const struct meeting_search *s, int64_t start)
{
	struct meeting_start ret = {.start = start};

	for (uint16_t i = 0; i < s->n; i++) {
		unsigned x = discomfort_of(&c->person[s->person[i]], start,
		    s->minutes * (int64_t)INSTANT_MINUTE);

		ret.total += x;
		if (x > ret.worst)
			ret.worst = x;
	}
	return ret;
}

static int by_rank(const void *x, const void *y)
{
	const struct meeting_start *a = x, *b = y;

	if (a->worst != b->worst)
		return a->worst < b->worst ? -1 : 1;
	if (a->total != b->total)
		return a->total < b->total ? -1 : 1;
	return (a->start > b->start) - (a->start < b->start);
}

/* Sort, and leave out what is nearly the same as something better. */
static uint16_t rank(struct meeting_start *list, uint32_t n, uint16_t max)
{
	uint16_t kept = 0;

	if (n > 0)
		qsort(list, n, sizeof(*list), by_rank);
	for (uint32_t i = 0; i < n && kept < max; i++) {
		uint16_t k = 0;

		while (
		    k < kept && llabs(list[k].start - list[i].start) >= APART)
			k++;
		if (k == kept)
			list[kept++] = list[i];
	}
	return kept;
}

enum err_code schedule_meetings(struct arena *a, const struct community *c,
    const struct meeting_search *s, const struct busy_time *busy,
    uint32_t n_busy, uint16_t max, struct meeting_start **ret_start,
    uint16_t *ret_n, struct err *e)
{
	int64_t length = s->minutes * (int64_t)INSTANT_MINUTE;
	struct spans *free = ARENA_ARRAY(a, s->n, struct spans);
	struct meeting_start *list = ARENA_ARRAY(
	    a, SCHEDULE_MEETING_DAYS * 96 + 1, struct meeting_start);
	struct busy_index index;
	uint32_t n = 0;
	enum err_code err = check_search(c, s, e);

	if (err == ERR_OK && (free == NULL || list == NULL))
		err = ERR_SET(e, NOMEM, "no memory for the starts");
	if (err == ERR_OK)
		err = spans_index_busy(a, c->n, busy, n_busy, &index, e);
	if (err == ERR_OK)
		err = load_free(a, c, s, &index, free, e);
	if (err != ERR_OK)
		return err;
	for (int64_t at =
		 s->from + QUARTER - 1 - (s->from + QUARTER - 1) % QUARTER;
	     at + length <= s->to; at += QUARTER) {
		uint16_t i = 0;

		while (i < s->n && spans_hold(&free[i], at, at + length))
			i++;
		if (i == s->n)
			list[n++] = judge(c, s, at);
	}
	if (max > SCHEDULE_MAX_ALTERNATIVES)
		max = SCHEDULE_MAX_ALTERNATIVES;
	*ret_start = list;
	*ret_n = rank(list, n, max);
	return ERR_OK;
}
