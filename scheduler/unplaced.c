/*
 * Why a newcomer is in no cohort, and the smallest change that would help.
 *
 * The reason is the strongest statement that is true; the help is concrete: a
 * window in the newcomer's own local time that opens a seat in a cohort of the
 * plan, or who is lacking at which time. It never tells of avoid lists.
 */
#include "scheduler/compose.h"
#include "scheduler/hours.h"

static const char *const reason_name[UNPLACED_REASONS] = {
    [UNPLACED_NO_LANGUAGE] = "no-shared-language",
    [UNPLACED_NO_SLOT] = "no-shared-slot",
    [UNPLACED_TOO_FEW] = "too-few-others",
    [UNPLACED_PLACES_TAKEN] = "places-taken",
    [UNPLACED_NO_GUIDES] = "no-guides",
    [UNPLACED_GUIDES] = "guides-a-cohort",
    [UNPLACED_MIX] = "organization-full",
};

const char *unplaced_reason_name(enum unplaced_reason r)
{
	return (unsigned)r < UNPLACED_REASONS ? reason_name[r] : "";
}

enum {
	TEXT_MAX = 2000,
};

/* One newcomer under examination. */
struct subject {
	const struct forming *f;
	const struct cohort_plan *plan;
	uint32_t i; /* number */
	uint32_t index;
	const struct person *person;
	uint16_t *tally; /* by group, scratch */
};

static const char *name_of(const struct person *p)
{
	return p->name != NULL && p->name[0] != '\0' ? p->name : p->id;
}

/* "1 seat", "3 seats" */
static void put_count(
    struct str *out, unsigned n, const char *one, const char *many)
{
	str_printf(out, "%u %s", n, n == 1 ? one : many);
}

static bool shares_language(const struct subject *s, const struct person *guide)
{
	uint8_t level = s->f->in->language_level;

	for (uint16_t i = 0; i < guide->n_languages; i++)
		if (guide->languages[i].level >= level &&
		    forming_level(s->person, guide->languages[i].term) >= level)
			return true;
	return false;
}

static bool is_avoided(const struct subject *s, uint32_t other)
{
	const struct person *p = s->person, *q = &s->f->c->person[other];

	for (uint16_t i = 0; i < p->n_avoid; i++)
		if (p->avoid[i] == other)
			return true;
	for (uint16_t i = 0; i < q->n_avoid; i++)
		if (q->avoid[i] == s->index)
			return true;
	return false;
}

/* May the newcomer join this cohort but for the time? */
static bool may_join(const struct subject *s, const struct cohort *h)
{
	if (h->n_newcomers >= s->f->in->cohort_max || h->guide == s->index ||
	    forming_level(s->person, h->language) < s->f->in->language_level ||
	    is_avoided(s, h->guide))
		return false;
	for (uint16_t k = 0; k < h->n_newcomers; k++)
		if (is_avoided(s, h->newcomers[k]))
			return false;
	return true;
}

/* Has the cohort as many of the newcomer's organization as it may? */
static bool is_mixed_enough(const struct subject *s, const struct cohort *h)
{
	uint32_t mine = s->person->organization, same = 0;

	if (s->f->in->most_per_organization == 0 || mine == TERM_NONE)
		return true;
	for (uint16_t k = 0; k < h->n_newcomers; k++)
		same += s->f->c->person[h->newcomers[k]].organization == mine;
	return same < s->f->in->most_per_organization;
}

/* No busy time or ambiguous clock keeps the newcomer away from this cohort. */
static bool is_able(const struct subject *s, const struct cohort *h)
{
	const uint8_t *misses = s->f->misses + (size_t)s->i * WEEK_SLOTS;

	for (uint16_t k = 0; k < h->n_parts; k++)
		if (misses[h->part[k].weekday * SLOTS_PER_DAY +
			   h->part[k].local_minute / WEEK_SLOT_MINUTES] ==
		    MISSES_NEVER)
			return false;
	return true;
}

/* The cohort with a seat that takes the fewest added minutes. */
static bool help_by_window(const struct subject *s, struct str *out)
{
	const struct cohort *best = NULL;
	unsigned least = UINT32_MAX, n;
	struct window w[HOURS_MAX];

	for (uint32_t k = 0; k < s->plan->n_cohorts; k++) {
		const struct cohort *h = &s->plan->cohort[k];
		unsigned added;

		if (!may_join(s, h) || !is_able(s, h) || !is_mixed_enough(s, h))
			continue;
		n = hours_of_sessions(s->person->zone, h->session,
		    h->n_sessions, s->f->in->session_minutes, w);
		added = hours_added(s->person, w, n);
		if (added < least) {
			least = added;
			best = h;
		}
	}
	if (best == NULL)
		return false;
	n = hours_of_sessions(s->person->zone, best->session, best->n_sessions,
	    s->f->in->session_minutes, w);
	str_puts(out, "hours on ");
	hours_put(out, w, n);
	str_printf(out, " (%s) would open the cohort of %s, which has ",
	    s->person->zone->name, name_of(&s->f->c->person[best->guide]));
	put_count(out, s->f->in->cohort_max - (unsigned)best->n_newcomers,
	    "seat left", "seats left");
	return true;
}

/* A cohort that has a seat at hours of the newcomer, but not for one more of their
 * organization. */
static bool help_by_mix(const struct subject *s, struct str *out)
{
	struct window w[HOURS_MAX];

	for (uint32_t k = 0; k < s->plan->n_cohorts; k++) {
		const struct cohort *h = &s->plan->cohort[k];

		if (!may_join(s, h) || !is_able(s, h) ||
		    is_mixed_enough(s, h) ||
		    hours_added(s->person, w,
			hours_of_sessions(s->person->zone, h->session,
			    h->n_sessions, s->f->in->session_minutes, w)) > 0)
			continue;
		str_printf(out,
		    "the cohort of %s has a seat left, but %u of %s already; a "
		    "limit of %u would open it",
		    name_of(&s->f->c->person[h->guide]),
		    s->f->in->most_per_organization,
		    terms_text(s->f->c->terms, s->person->organization),
		    s->f->in->most_per_organization + 1u);
		return true;
	}
	return false;
}

/* The local windows of a pattern, as text. */
static void put_pattern(
    const struct subject *s, const struct pattern *p, struct str *out)
{
	int64_t session[INTAKE_MAX_WEEKS * INTAKE_MAX_SESSIONS_PER_WEEK];
	const struct slots *all = &s->f->slots;
	struct window w[HOURS_MAX];
	uint16_t n = 0;

	for (uint32_t i = 0; i < all->n_dates; i++)
		if (all->date[i].slot % SLOTS_PER_DAY == p->quarter &&
		    (p->weekdays >> all->date[i].slot / SLOTS_PER_DAY & 1) != 0)
			session[n++] = all->date[i].begin;
	hours_put(out, w,
	    hours_of_sessions(
		s->person->zone, session, n, s->f->in->session_minutes, w));
	str_printf(out, " (%s)", s->person->zone->name);
}

/* A guide, a pattern and how many of `among` could be there with the newcomer. */
struct chance {
	uint32_t guide, pattern, language;
	unsigned others;
	bool found;
};

static unsigned count_others(const struct subject *s, uint32_t guide,
    uint32_t language, uint32_t pattern, const uint64_t *among)
{
	const struct forming *f = s->f;
	unsigned n = 0;

	memset(s->tally, 0, f->n_newcomers * sizeof(*s->tally));
	if (f->group[s->i] != FORMING_NO_GROUP)
		s->tally[f->group[s->i]] = 1;
	for (uint32_t j = 0; j < f->n_newcomers; j++) {
		uint32_t group = f->group[j];

		if (j == s->i || f->newcomer[j] == f->guide[guide] ||
		    !forming_in(among, j) ||
		    !forming_in(forming_comes(f, pattern), j) ||
		    forming_level(&f->c->person[f->newcomer[j]], language) <
			f->in->language_level ||
		    forming_apart(f, s->i, j))
			continue;
		n += group == FORMING_NO_GROUP ||
		     s->tally[group]++ < f->in->most_per_organization;
	}
	return n;
}

/* The best chance over guides the newcomer may meet; with `own` only at times that
 * the newcomer can make. */
static struct chance find_chance(
    const struct subject *s, const uint64_t *among, bool own)
{
	const struct forming *f = s->f;
	struct chance best = {.found = false};

	for (uint32_t g = 0; g < f->n_guides; g++) {
		const struct person *guide = &f->c->person[f->guide[g]];

		if (f->guide[g] == s->index || is_avoided(s, f->guide[g]))
			continue;
		for (uint16_t l = 0; l < guide->n_languages; l++) {
			uint32_t language = guide->languages[l].term;

			if (guide->languages[l].level < f->in->language_level ||
			    forming_level(s->person, language) <
				f->in->language_level)
				continue;
			for (uint32_t p = 0; p < f->n_patterns; p++) {
				unsigned n;

				if (f->guide_can[(size_t)g * f->n_patterns +
						 p] == 0 ||
				    (own &&
					!forming_in(forming_comes(f, p), s->i)))
					continue;
				n = count_others(s, g, language, p, among);
				if (!best.found || n > best.others)
					best = (struct chance){
					    g, p, language, n, true};
			}
		}
	}
	return best;
}

/* No guide shares a language: which one is nearest? */
static void help_language(const struct subject *s, struct str *out)
{
	const struct forming *f = s->f;
	const char *best = NULL;
	uint8_t best_level = 0;
	unsigned best_guides = 0;

	for (uint32_t g = 0; g < f->n_guides; g++) {
		const struct person *p = &f->c->person[f->guide[g]];

		for (uint16_t l = 0; l < p->n_languages; l++) {
			uint32_t term = p->languages[l].term;
			const char *text = terms_text(f->c->terms, term);
			uint8_t level = forming_level(s->person, term);
			unsigned guides = 0;

			if (p->languages[l].level < f->in->language_level)
				continue;
			for (uint32_t h = 0; h < f->n_guides; h++)
				guides +=
				    forming_level(&f->c->person[f->guide[h]],
					term) >= f->in->language_level;
			if (best == NULL || level > best_level ||
			    (level == best_level &&
				(guides > best_guides ||
				    (guides == best_guides &&
					strcmp(text, best) < 0)))) {
				best = text;
				best_level = level;
				best_guides = guides;
			}
		}
	}
	if (best == NULL) {
		str_puts(
		    out, "no guide speaks any language at the intake's level");
		return;
	}
	put_count(out, best_guides, "guide leads", "guides lead");
	str_printf(out, " cohorts in %s, which the profile has %s", best,
	    best_level == 0 ? "not yet" : "below the intake's level");
}

static void help_no_slot(const struct subject *s, unsigned guides,
    const uint64_t *all, struct str *out)
{
	struct chance c = find_chance(s, all, false);

	if (help_by_window(s, out))
		return;
	put_count(out, guides, "guide shares", "guides share");
	str_puts(out, " a language, none a weekly time on every date");
	if (!c.found)
		return;
	str_puts(out, "; hours on ");
	put_pattern(s, &s->f->pattern[c.pattern], out);
	str_printf(out, " would meet %s and ",
	    name_of(&s->f->c->person[s->f->guide[c.guide]]));
	put_count(out, c.others, "other newcomer", "other newcomers");
}

static void help_others(
    const struct subject *s, const uint64_t *among, bool taken, struct str *out)
{
	struct chance c = find_chance(s, among, true);
	unsigned lacking;

	if (help_by_window(s, out))
		return;
	lacking = s->f->in->cohort_min > c.others + 1
		      ? s->f->in->cohort_min - c.others - 1
		      : 0;
	str_puts(out, "on ");
	put_pattern(s, &s->f->pattern[c.pattern], out);
	str_putc(out, ' ');
	put_count(out, c.others, "other newcomer", "other newcomers");
	str_printf(out, " %s could come; ",
	    taken ? "without a cohort" : "and a guide");
	if (lacking > 0) {
		put_count(out, lacking, "more newcomer", "more newcomers");
		str_puts(out, " would be enough for a cohort");
	} else {
		str_printf(out,
		    "one more guide who speaks %s would open a cohort",
		    terms_text(s->f->c->terms, c.language));
	}
}

/* Can the newcomer be in some column? */
static bool has_column(const struct subject *s)
{
	for (uint32_t o = 0; o < s->f->n_openings; o++)
		if (forming_in(s->f->opening[o].seats, s->i))
			return true;
	return false;
}

static bool guides_a_cohort(const struct subject *s)
{
	for (uint32_t k = 0; k < s->plan->n_cohorts; k++)
		if (s->plan->cohort[k].guide == s->index)
			return true;
	return false;
}

/* Sets of newcomers: everybody, and those without a cohort. */
static bool fill_sets(struct arena *a, const struct subject *s, uint64_t **all,
    uint64_t **waiting)
{
	const struct forming *f = s->f;

	*all = ARENA_ARRAY(a, f->words, uint64_t);
	*waiting = ARENA_ARRAY(a, f->words, uint64_t);
	if (*all == NULL || *waiting == NULL)
		return false;
	for (uint32_t i = 0; i < f->n_newcomers; i++) {
		bool placed = false;

		forming_put(*all, i);
		for (uint32_t k = 0; k < s->plan->n_cohorts; k++) {
			const struct cohort *h = &s->plan->cohort[k];

			placed = placed || h->guide == f->newcomer[i];
			for (uint16_t j = 0; j < h->n_newcomers; j++)
				placed =
				    placed || h->newcomers[j] == f->newcomer[i];
		}
		if (!placed)
			forming_put(*waiting, i);
	}
	return true;
}

static enum unplaced_reason explain(const struct subject *s,
    const uint64_t *all, const uint64_t *waiting, struct str *out)
{
	const struct forming *f = s->f;
	unsigned guides = 0, speaking = 0;

	for (uint32_t g = 0; g < f->n_guides; g++) {
		if (f->guide[g] == s->index)
			continue;
		guides++;
		speaking += shares_language(s, &f->c->person[f->guide[g]]);
	}
	if (guides_a_cohort(s)) {
		str_puts(out, "takes part as a guide, and nobody is in two "
			      "cohorts");
		return UNPLACED_GUIDES;
	}
	if (guides == 0) {
		str_puts(out,
		    "a mentor with a place could guide a cohort; there is none");
		return UNPLACED_NO_GUIDES;
	}
	if (speaking == 0) {
		help_language(s, out);
		return UNPLACED_NO_LANGUAGE;
	}
	if (!find_chance(s, all, true).found) {
		help_no_slot(s, speaking, all, out);
		return UNPLACED_NO_SLOT;
	}
	if (!has_column(s)) {
		help_others(s, all, false, out);
		return UNPLACED_TOO_FEW;
	}
	if (help_by_mix(s, out))
		return UNPLACED_MIX;
	help_others(s, waiting, true, out);
	return UNPLACED_PLACES_TAKEN;
}

enum err_code unplaced_explain(struct arena *a, const struct forming *f,
    const struct cohort_plan *plan, uint32_t i, struct unplaced *ret,
    struct err *e)
{
	struct subject s = {f, plan, i, f->newcomer[i],
	    &f->c->person[f->newcomer[i]],
	    ARENA_ARRAY(a, f->n_newcomers, uint16_t)};
	uint64_t *all, *waiting;
	struct str text;

	if (s.tally == NULL || !fill_sets(a, &s, &all, &waiting))
		return ERR_SET(e, NOMEM, "no memory for reasons");
	str_init(&text, TEXT_MAX);
	ret->newcomer = s.index;
	ret->reason = explain(&s, all, waiting, &text);
	ret->help = arena_strdup(a, text.data);
	str_free(&text);
	if (ret->help == NULL)
		return ERR_SET(e, NOMEM, "no memory for reasons");
	return ERR_OK;
}
