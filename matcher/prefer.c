/* Who prefers whom: see prefer.h. */
#include "matcher/prefer.h"

enum {
	A_NAME = INT16_MAX + 1 /* more than any points */
};

#define NOBODY UINT32_MAX

/* A mentor who has a newcomer on the list. */
struct named {
	uint32_t mentor;
	uint32_t rank;
};

struct prefer {
	const struct community *community;
	const struct scorer *scorer;
	const struct rate *rate;
	uint64_t seed;
	uint32_t *begin;     /* [newcomers + 1] */
	struct named *named; /* who names them */
};

struct prefer_work {
	struct rate_work *rate;
	int32_t *newcomer, *mentor;
	bool *is_named;
	uint32_t last; /* the newcomer whose names stand there, or NOBODY */
};

static const struct person *newcomer_of(const struct prefer *p, uint32_t i)
{
	return &p->community->person[score_newcomer(p->scorer, i)];
}

static const struct person *mentor_of(const struct prefer *p, uint32_t j)
{
	return &p->community->person[score_mentor(p->scorer, j)];
}

/* Every mentor's list by newcomer: counted, then filled from behind. */
static bool turn_lists(struct arena *a, struct prefer *p)
{
	uint32_t n = score_newcomers(p->scorer), m = score_mentors(p->scorer);

	p->begin = ARENA_ARRAY(a, (size_t)n + 1, uint32_t);
	if (p->begin == NULL)
		return false;
	for (uint32_t j = 0; j < m; j++)
		for (unsigned k = 0; k < mentor_of(p, j)->n_preferences; k++) {
			uint32_t i = score_newcomer_of(
			    p->scorer, mentor_of(p, j)->preferences[k]);

			if (i != UINT32_MAX)
				p->begin[i]++;
		}
	for (uint32_t i = 0; i < n; i++)
		p->begin[i + 1] += p->begin[i];
	p->named = ARENA_ARRAY(a, p->begin[n], struct named);
	if (p->named == NULL)
		return false;
	for (uint32_t j = 0; j < m; j++)
		for (unsigned k = 0; k < mentor_of(p, j)->n_preferences; k++) {
			uint32_t i = score_newcomer_of(
			    p->scorer, mentor_of(p, j)->preferences[k]);

			if (i != UINT32_MAX)
				p->named[--p->begin[i]] = (struct named){j, k};
		}
	return true;
}

struct prefer *prefer_new(struct arena *a, const struct community *c,
    const struct scorer *s, const struct rate *r, uint64_t seed)
{
	struct prefer *p = ARENA_NEW(a, struct prefer);

	if (p == NULL)
		return NULL;
	*p = (struct prefer){
	    .community = c, .scorer = s, .rate = r, .seed = seed};
	return turn_lists(a, p) ? p : NULL;
}

struct prefer_work *prefer_work_new(struct arena *a, const struct prefer *p)
{
	struct prefer_work *w = ARENA_NEW(a, struct prefer_work);
	uint32_t m = score_mentors(p->scorer);

	if (w == NULL)
		return NULL;
	*w = (struct prefer_work){.rate = rate_work_new(a, p->rate),
	    .newcomer = ARENA_ARRAY(a, m, int32_t),
	    .mentor = ARENA_ARRAY(a, m, int32_t),
	    .is_named = ARENA_ARRAY(a, m / PREFER_BLOCK + 1, bool),
	    .last = NOBODY};
	return arena_failed(a) ? NULL : w;
}

const struct scorer *prefer_scorer(const struct prefer *p)
{
	return p->scorer;
}

/* What the name of that rank adds to the points. */
static int32_t name(unsigned rank)
{
	return (int32_t)(PERSON_MAX_NAMED - rank) * A_NAME;
}

/* Write the names of a row, or nothing (points NULL) in their places. Backwards: of
 * two equal names the first counts. */
static void put_names(const struct prefer *p, struct prefer_work *w,
    uint32_t newcomer, const int16_t *points)
{
	const struct person *own = newcomer_of(p, newcomer);

	for (unsigned rank = own->n_preferences; rank-- > 0;) {
		uint32_t j = score_mentor_of(p->scorer, own->preferences[rank]);

		if (j == UINT32_MAX || (points != NULL && points[j] < 0))
			continue;
		w->newcomer[j] = points != NULL ? name(rank) : 0;
		w->is_named[j / PREFER_BLOCK] = points != NULL;
	}
	for (uint32_t at = p->begin[newcomer]; at < p->begin[newcomer + 1];
	     at++) {
		uint32_t j = p->named[at].mentor;

		if (points != NULL && points[j] < 0)
			continue;
		w->mentor[j] = points != NULL ? name(p->named[at].rank) : 0;
		w->is_named[j / PREFER_BLOCK] = points != NULL;
	}
}

struct prefer_row prefer_row(
    const struct prefer *p, struct prefer_work *w, uint32_t newcomer)
{
	const int16_t *points = rate_row(p->rate, w->rate, newcomer);

	if (w->last != NOBODY)
		put_names(p, w, w->last, NULL);
	put_names(p, w, newcomer, points);
	w->last = newcomer;
	return (struct prefer_row){points, w->newcomer, w->mentor, w->is_named};
}

static int32_t liking(const struct person *who, uint32_t whom, int32_t points)
{
	for (unsigned rank = 0; rank < who->n_preferences; rank++)
		if (who->preferences[rank] == whom)
			return points + name(rank);
	return points;
}

int32_t prefer_newcomers_liking(
    const struct prefer *p, uint32_t newcomer, uint32_t mentor, int32_t points)
{
	return liking(
	    newcomer_of(p, newcomer), score_mentor(p->scorer, mentor), points);
}

int32_t prefer_mentors_liking(
    const struct prefer *p, uint32_t newcomer, uint32_t mentor, int32_t points)
{
	return liking(
	    mentor_of(p, mentor), score_newcomer(p->scorer, newcomer), points);
}

/* Equally liked: the greater lot, then the lower number. */
static bool is_drawn(uint64_t lot_x, uint32_t x, uint64_t lot_y, uint32_t y)
{
	return lot_x != lot_y ? lot_x > lot_y : x < y;
}

bool prefer_by_newcomer(const struct prefer *p, uint32_t newcomer,
    struct prefer_choice x, struct prefer_choice y)
{
	if (x.liking != y.liking)
		return x.liking > y.liking;
	return is_drawn(score_lot(p->scorer, p->seed, newcomer, x.whom), x.whom,
	    score_lot(p->scorer, p->seed, newcomer, y.whom), y.whom);
}

bool prefer_by_mentor(const struct prefer *p, uint32_t mentor,
    struct prefer_choice x, struct prefer_choice y)
{
	if (x.liking != y.liking)
		return x.liking > y.liking;
	return is_drawn(score_lot(p->scorer, p->seed, x.whom, mentor), x.whom,
	    score_lot(p->scorer, p->seed, y.whom, mentor), y.whom);
}
