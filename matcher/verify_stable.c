/* Blocking pairs for the checker: see verify_stable.h. */
#include "matcher/verify_stable.h"

#include <stdlib.h>
#include <string.h>

enum {
	NOT_LISTED = UINT16_MAX
};

/* One pair as one of its two sees it. */
struct view {
	uint16_t rank; /* on their list, NOT_LISTED beyond it */
	int32_t points;
	uint64_t lot;
	uint32_t whom;
};

struct worker {
	uint16_t *rank; /* of the mentors, on the list of the row's newcomer */
	uint64_t found, listed;
};

struct verify_stable {
	struct verify_question question;
	const struct community *community;
	const struct scorer *scorer;
	const struct plan *plan;
	/* the pair that each would give up for another, NULL: none, a place is free */
	const struct plan_pair **of_newcomer, **least;
	uint32_t *mentors; /* by newcomer: how many they have */
	struct worker *worker;
	unsigned workers;
};

static bool is_preferred(const struct view *x, const struct view *y)
{
	if (x->rank != y->rank)
		return x->rank < y->rank;
	if (x->points != y->points)
		return x->points > y->points;
	if (x->lot != y->lot)
		return x->lot > y->lot;
	return x->whom < y->whom;
}

static uint16_t rank_of(const struct person *who, uint32_t whom)
{
	for (uint16_t rank = 0; rank < who->n_preferences; rank++)
		if (who->preferences[rank] == whom)
			return rank;
	return NOT_LISTED;
}

/* Persons by index: their order is that of the numbers. */
static struct view view_of(const struct verify_stable *x, uint32_t newcomer,
    uint32_t mentor, int32_t points, bool by_mentor)
{
	const struct person *person = x->community->person;

	return (struct view){.rank = by_mentor
					 ? rank_of(&person[mentor], newcomer)
					 : rank_of(&person[newcomer], mentor),
	    .points = points,
	    .lot = score_lot(x->scorer, x->plan->seed,
		score_newcomer_of(x->scorer, newcomer),
		score_mentor_of(x->scorer, mentor)),
	    .whom = by_mentor ? newcomer : mentor};
}

static struct view view_of_pair(
    const struct verify_stable *x, const struct plan_pair *pair, bool by_mentor)
{
	return view_of(
	    x, pair->newcomer, pair->mentor, pair->points, by_mentor);
}

/* The order of the report. */
static int compare(const void *a, const void *b)
{
	const struct blocking_pair *x = a, *y = b;

	if (x->gain != y->gain)
		return x->gain > y->gain ? -1 : 1;
	if (x->newcomer != y->newcomer)
		return x->newcomer < y->newcomer ? -1 : 1;
	return (x->mentor > y->mentor) - (x->mentor < y->mentor);
}

static enum err_code check_order(
    const struct plan_stability *report, struct err *e)
{
	if (report->n_pairs > PLAN_MAX_BLOCKING)
		return ERR_SET(e, VALIDATION,
		    "stability: at most %d blocking pairs are listed",
		    PLAN_MAX_BLOCKING);
	for (uint32_t k = 1; k < report->n_pairs; k++)
		if (compare(&report->pair[k - 1], &report->pair[k]) >= 0)
			return ERR_SET(e, VALIDATION,
			    "stability: the pairs are not in their order");
	return ERR_OK;
}

static void take_newcomers(
    struct verify_stable *x, const struct plan_pair *pair)
{
	uint32_t i = score_newcomer_of(x->scorer, pair->newcomer);
	struct view now = view_of_pair(x, pair, false), least;

	if (x->mentors[i]++ > 0) {
		least = view_of_pair(x, x->of_newcomer[i], false);
		if (!is_preferred(&least, &now))
			return;
	}
	x->of_newcomer[i] = pair;
}

static void take_pairs(struct verify_stable *x, uint32_t *used)
{
	for (uint32_t k = 0; k < x->plan->n_pairs; k++) {
		const struct plan_pair *pair = &x->plan->pair[k];
		uint32_t j = score_mentor_of(x->scorer, pair->mentor);
		struct view now = view_of_pair(x, pair, true), least;

		take_newcomers(x, pair);
		if (used[j]++ > 0)
			least = view_of_pair(x, x->least[j], true);
		if (used[j] == 1 || is_preferred(&least, &now))
			x->least[j] = pair;
	}
	for (uint32_t j = 0; j < score_mentors(x->scorer); j++)
		if (used[j] < score_capacity(x->scorer, j))
			x->least[j] = NULL;
	for (uint32_t i = 0; i < score_newcomers(x->scorer); i++)
		if (x->mentors[i] < score_wanted(x->scorer, i))
			x->of_newcomer[i] = NULL;
}

/* Does the plan say of a blocking pair what it should? */
static bool is_told(const struct verify_stable *x, struct worker *w,
    const struct blocking_pair *found)
{
	const struct plan_stability *report = &x->plan->stability;
	const struct blocking_pair *same = NULL;

	w->found++;
	if (x->plan->status == PLAN_STABLE)
		return false;
	if (report->n_pairs > 0)
		same = bsearch(found, report->pair, report->n_pairs,
		    sizeof(*found), compare);
	if (same != NULL) {
		w->listed++;
		return same->points == found->points;
	}
	return report->n_pairs == PLAN_MAX_BLOCKING &&
	       compare(found, &report->pair[report->n_pairs - 1]) > 0;
}

static void rank_row(
    const struct verify_stable *x, struct worker *w, uint32_t person, bool set)
{
	const struct person *p = &x->community->person[person];

	for (uint16_t rank = p->n_preferences; rank-- > 0;) {
		uint32_t j = score_mentor_of(x->scorer, p->preferences[rank]);

		if (j != UINT32_MAX)
			w->rank[j] = set ? rank : NOT_LISTED;
	}
}

/* Does the newcomer prefer this mentor to what they have? Most pairs end here, by
 * their points alone. */
static bool newcomer_prefers(const struct verify_stable *x,
    const uint16_t *rank, const struct plan_pair *own, uint32_t newcomer,
    uint32_t j, int32_t points)
{
	uint32_t own_j;
	struct view mine, other;

	if (own == NULL)
		return true;
	own_j = score_mentor_of(x->scorer, own->mentor);
	if (rank[j] != rank[own_j])
		return rank[j] < rank[own_j];
	if (points != own->points || j == own_j)
		return points > own->points;
	mine = view_of_pair(x, own, false);
	other = view_of(x, newcomer, score_mentor(x->scorer, j), points, false);
	return is_preferred(&other, &mine);
}

static bool mentor_prefers(const struct verify_stable *x,
    const struct plan_pair *least, uint32_t newcomer, int32_t points)
{
	struct view has, other;

	if (least == NULL)
		return true;
	if (points != least->points &&
	    x->community->person[least->mentor].n_preferences == 0)
		return points > least->points;
	has = view_of_pair(x, least, true);
	other = view_of(x, newcomer, least->mentor, points, true);
	return is_preferred(&other, &has);
}

/* Are the two together? The pairs are in order. */
static bool has(const struct verify_stable *x, uint32_t i, uint32_t newcomer,
    uint32_t mentor)
{
	const struct plan_pair *pair = x->plan->pair;
	uint32_t low = 0, high = x->plan->n_pairs;

	if (x->mentors[i] == 0)
		return false;
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (pair[middle].newcomer < newcomer ||
		    (pair[middle].newcomer == newcomer &&
			pair[middle].mentor < mentor))
			low = middle + 1;
		else
			high = middle;
	}
	return low < x->plan->n_pairs && pair[low].newcomer == newcomer &&
	       pair[low].mentor == mentor;
}

/* The first pair of a row of which the plan says nothing, or something else. */
static bool find_untold(const struct verify_stable *x, struct worker *w,
    uint32_t newcomer, const int16_t *points, struct blocking_pair *ret)
{
	uint32_t person = score_newcomer(x->scorer, newcomer);
	const struct plan_pair *own = x->of_newcomer[newcomer];
	bool is_found = false;

	rank_row(x, w, person, true);
	for (uint32_t j = 0; !is_found && j < score_mentors(x->scorer); j++) {
		const struct plan_pair *least = x->least[j];

		if (points[j] < 0 ||
		    !newcomer_prefers(x, w->rank, own, person, j, points[j]) ||
		    !mentor_prefers(x, least, person, points[j]) ||
		    has(x, newcomer, person, score_mentor(x->scorer, j)))
			continue;
		*ret = (struct blocking_pair){person,
		    score_mentor(x->scorer, j), points[j],
		    2 * points[j] - (own != NULL ? own->points : 0) -
			(least != NULL ? least->points : 0)};
		is_found = !is_told(x, w, ret);
	}
	rank_row(x, w, person, false);
	return is_found;
}

static bool holds(
    void *cookie, unsigned worker, uint32_t newcomer, const int16_t *points)
{
	const struct verify_stable *x = cookie;
	struct blocking_pair found;

	return !find_untold(x, &x->worker[worker], newcomer, points, &found);
}

static enum err_code tell(
    void *cookie, uint32_t newcomer, const int16_t *points, struct err *e)
{
	const struct verify_stable *x = cookie;
	const struct person *person = x->community->person;
	struct blocking_pair found = {0};

	(void)find_untold(x, &x->worker[0], newcomer, points, &found);
	if (x->plan->status == PLAN_STABLE)
		return ERR_SET(e, VALIDATION,
		    "the plan is not stable: %s and %s prefer each other",
		    person[found.newcomer].id, person[found.mentor].id);
	return ERR_SET(e, VALIDATION,
	    "stability: %s and %s prefer each other, with %d points and a gain "
	    "of %d; the plan does not say so",
	    person[found.newcomer].id, person[found.mentor].id, found.points,
	    found.gain);
}

enum err_code verify_stable_new(struct arena *a, const struct community *c,
    const struct scorer *s, const struct plan *plan, unsigned workers,
    struct verify_stable **ret_check, struct err *e)
{
	struct verify_stable *x = ARENA_NEW(a, struct verify_stable);
	uint32_t m = score_mentors(s);
	uint32_t *used = ARENA_ARRAY(a, m, uint32_t);

	if (x == NULL || used == NULL)
		return ERR_SET(e, NOMEM, "no memory for the check");
	*x = (struct verify_stable){.question = {holds, tell, x},
	    .community = c,
	    .scorer = s,
	    .plan = plan,
	    .of_newcomer =
		ARENA_ARRAY(a, score_newcomers(s), const struct plan_pair *),
	    .least = ARENA_ARRAY(a, m, const struct plan_pair *),
	    .mentors = ARENA_ARRAY(a, score_newcomers(s), uint32_t),
	    .worker = ARENA_ARRAY(a, workers, struct worker),
	    .workers = workers};
	for (unsigned k = 0; !arena_failed(a) && k < workers; k++)
		x->worker[k].rank = ARENA_ARRAY(a, m, uint16_t);
	if (arena_failed(a))
		return ERR_SET(e, NOMEM, "no memory for the check");
	for (unsigned k = 0; k < workers; k++)
		memset(x->worker[k].rank, 0xff, /* NOT_LISTED */
		    m * sizeof(*x->worker[k].rank));
	take_pairs(x, used);
	*ret_check = x;
	return check_order(&plan->stability, e);
}

const struct verify_question *verify_stable_question(struct verify_stable *x)
{
	return &x->question;
}

enum err_code verify_stable_end(const struct verify_stable *x, struct err *e)
{
	const struct plan_stability *report = &x->plan->stability;
	uint64_t found = 0, listed = 0;

	for (unsigned k = 0; k < x->workers; k++) {
		found += x->worker[k].found;
		listed += x->worker[k].listed;
	}
	if (report->blocking_pairs != found)
		return ERR_SET(e, VALIDATION,
		    "stability: %llu pairs prefer each other, not %llu",
		    (unsigned long long)found,
		    (unsigned long long)report->blocking_pairs);
	if (report->n_pairs != listed)
		return ERR_SET(e, VALIDATION,
		    "stability: a pair is listed that does not block the plan");
	return ERR_OK;
}
