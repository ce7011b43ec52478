/*
 * Features: availability as UTC grids, once a regime; terms ready to be merged.
 *
 * A regime is a set of weeks of the horizon on which every zone of the community
 * behaves the same: a week without a clock change nearby is the same as any other
 * such week with the same offset; every other week is a regime of its own. Cost:
 * zones * weeks * regimes, then 672 quarter hours a person and regime.
 */
#include "matcher/features.h"

#include "base/instant.h"

/* No clock change anywhere near the week: its grid depends on the offset alone. */
static bool is_quiet(const struct zone *z, int64_t monday)
{
	return zone_next_change(z, monday - INSTANT_DAY - 1) >=
	       monday + INSTANT_WEEK + INSTANT_DAY;
}

static bool same_week(const struct zone *z, int32_t day, int32_t other)
{
	int64_t a = (int64_t)day * INSTANT_DAY;
	int64_t b = (int64_t)other * INSTANT_DAY;

	return is_quiet(z, a) && is_quiet(z, b) &&
	       zone_offset_at(z, a) == zone_offset_at(z, b);
}

static bool same_week_everywhere(
    const struct scorer *s, int32_t day, int32_t other)
{
	for (uint32_t k = 0; k < s->n_zones; k++)
		if (!same_week(s->zone[k], day, other))
			return false;
	return true;
}

/* The distinct zones; tables must cover the horizon. */
static enum err_code find_zones(struct scorer *s, int32_t monday, struct err *e)
{
	int64_t from = ((int64_t)monday - 1) * INSTANT_DAY - 1;
	int64_t to = ((int64_t)monday + s->policy->weeks * 7 + 1) * INSTANT_DAY;

	for (uint32_t i = 0; i < s->community->n; i++) {
		const struct zone *z = s->community->person[i].zone;
		uint32_t k = 0;

		while (k < s->n_zones && s->zone[k] != z)
			k++;
		s->features[i].zone = k;
		if (k < s->n_zones)
			continue;
		if (z->from > from || z->to < to)
			return ERR_SET(e, VALIDATION,
			    "time zone %s: no table for the weeks of the policy",
			    z->name);
		s->zone[s->n_zones++] = z;
	}
	return ERR_OK;
}

static void find_regimes(struct scorer *s, int32_t monday)
{
	for (int week = 0; week < s->policy->weeks; week++) {
		int32_t day = monday + 7 * week;
		uint32_t k = 0;

		while (k < s->n_regimes &&
		       !same_week_everywhere(s, s->regime[k], day))
			k++;
		if (k == s->n_regimes)
			s->regime[s->n_regimes++] = day;
	}
}

static enum err_code make_maps(struct arena *a, struct scorer *s, struct err *e)
{
	struct week_map *map =
	    ARENA_ARRAY(a, (size_t)s->n_zones * s->n_regimes, struct week_map);

	if (map == NULL)
		return ERR_SET(e, NOMEM, "no memory for the scorer");
	s->map = map;
	for (uint32_t z = 0; z < s->n_zones; z++)
		for (uint32_t k = 0; k < s->n_regimes; k++)
			week_map_utc(s->zone[z], s->regime[k], map++);
	return ERR_OK;
}

static enum err_code make_weeks(
    struct arena *a, struct scorer *s, struct err *e)
{
	int32_t monday =
	    s->policy->first_day - day_weekday(s->policy->first_day);
	enum err_code rc = find_zones(s, monday, e);

	if (rc != ERR_OK)
		return rc;
	find_regimes(s, monday);
	return make_maps(a, s, e);
}

static uint64_t hash_id(const char *id)
{
	uint64_t h = 14695981039346656037u; /* FNV-1a */

	for (; *id != '\0'; id++)
		h = (h ^ (unsigned char)*id) * 1099511628211u;
	return features_mix(h);
}

static bool add_terms(struct arena *a, const struct terms *terms,
    const struct person *p, struct features *f)
{
	uint32_t *roles = ARENA_ARRAY(a, p->n_roles, uint32_t);
	uint32_t *wanted = ARENA_ARRAY(a, p->n_stack, uint32_t);

	if (roles == NULL || wanted == NULL)
		return false;
	for (int i = 0; i < p->n_roles; i++) {
		const char *text = terms_text(terms, p->roles[i]);

		if (terms_is_vague(text))
			continue;
		roles[f->n_roles++] = p->roles[i];
		f->families |= terms_families(text);
	}
	for (int i = 0; i < p->n_stack; i++)
		wanted[i] = p->stack[i].term;
	f->roles = roles;
	f->wanted = p->n_wants > 0 ? p->wants : wanted;
	f->n_wanted = p->n_wants > 0 ? p->n_wants : p->n_stack;
	if (!terms_is_vague(terms_text(terms, p->industry)))
		f->industry = p->industry;
	return true;
}

static bool add_grids(
    struct arena *a, const struct scorer *s, struct features *f)
{
	const struct person *p = f->person;
	struct week_grid *grid = ARENA_ARRAY(a, s->n_regimes, struct week_grid);
	struct week_grid local;

	if (grid == NULL)
		return false;
	week_grid_local(p->windows, p->n_windows, &local);
	for (uint32_t k = 0; k < s->n_regimes; k++)
		week_grid_mapped(&local, features_map(s, f, k), &grid[k]);
	f->grid = grid;
	return true;
}

static int64_t weight_of(const struct policy *p, unsigned waiting_days)
{
	int64_t weight = 1;

	if (p->wait_days_per_step > 0)
		weight += waiting_days / p->wait_days_per_step;
	if (weight > p->wait_weight_max)
		weight = p->wait_weight_max;
	return weight > 0 ? weight : 1;
}

static bool add_person(struct arena *a, struct scorer *s, uint32_t i)
{
	const struct person *p = &s->community->person[i];
	struct features *f = &s->features[i];

	*f = (struct features){.person = p,
	    .index = i,
	    .zone = f->zone,
	    .id_hash = hash_id(p->id),
	    .weight = weight_of(s->policy, p->waiting_days)};
	s->newcomer_of[i] = s->mentor_of[i] = UINT32_MAX;
	if (person_is_newcomer(p)) {
		s->newcomer_of[i] = s->n_newcomers;
		s->newcomer[s->n_newcomers++] = i;
	}
	if (person_is_mentor(p)) {
		s->mentor_of[i] = s->n_mentors;
		s->mentor[s->n_mentors++] = i;
	}
	return add_terms(a, s->community->terms, p, f) && add_grids(a, s, f);
}

enum err_code features_build(struct arena *a, struct scorer *s, struct err *e)
{
	uint32_t n = s->community->n;
	enum err_code rc;

	s->features = ARENA_ARRAY(a, n, struct features);
	s->newcomer = ARENA_ARRAY(a, n, uint32_t);
	s->mentor = ARENA_ARRAY(a, n, uint32_t);
	s->newcomer_of = ARENA_ARRAY(a, n, uint32_t);
	s->mentor_of = ARENA_ARRAY(a, n, uint32_t);
	s->zone = ARENA_ARRAY(a, n, const struct zone *);
	if (arena_failed(a))
		return ERR_SET(e, NOMEM, "no memory for the scorer");
	rc = make_weeks(a, s, e);
	if (rc != ERR_OK)
		return rc;
	for (uint32_t i = 0; i < n; i++)
		if (!add_person(a, s, i))
			return ERR_SET(e, NOMEM, "no memory for the scorer");
	return ERR_OK;
}
