/* Member rows -> struct community: see member_file.h. Terms become numbers,
 * external ids indexes, zone names tables. People are sorted by id, so that the
 * order of rows never matters. */
#include <string.h>

#include "api/member_file.h"

struct building {
	struct arena *a;
	struct terms *terms;
	struct community *c;
	bool failed; /* no memory, or the vocabulary is full */
};

typedef uint32_t intern_fn(struct terms *t, const char *s, size_t n);

/* Skills and roles go through the vocabulary (terms_intern); languages and names
 * of organizations mean themselves (terms_intern_verbatim). */
static uint32_t number_by(struct building *b, intern_fn *intern, const char *s)
{
	uint32_t n = TERM_NONE;

	if (s[0] == '\0')
		return TERM_NONE;
	n = intern(b->terms, s, strlen(s));
	b->failed = b->failed || n == TERM_NONE;
	return n;
}

static uint32_t number_of(struct building *b, const char *term)
{
	return number_by(b, terms_intern, term);
}

static int by_number(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static const uint32_t *numbers_of(
    struct building *b, const struct member_texts *t, uint16_t *ret_n)
{
	uint32_t *out = ARENA_ARRAY(b->a, t->n, uint32_t);
	uint16_t kept = 0;

	if (out == NULL) {
		b->failed = true;
		return NULL;
	}
	for (uint16_t i = 0; i < t->n; i++)
		out[i] = number_of(b, t->item[i]);
	qsort(out, t->n, sizeof(*out), by_number);
	for (uint16_t i = 0; i < t->n; i++)
		if (kept == 0 || out[kept - 1] != out[i])
			out[kept++] = out[i];
	*ret_n = kept;
	return out;
}

static int by_term(const void *a, const void *b)
{
	const struct term_level *x = a, *y = b;

	return (x->term > y->term) - (x->term < y->term);
}

static const struct term_level *levels_of(struct building *b, intern_fn *intern,
    const struct member_levels *l, uint16_t *ret_n)
{
	struct term_level *out = ARENA_ARRAY(b->a, l->n, struct term_level);

	if (out == NULL) {
		b->failed = true;
		return NULL;
	}
	for (uint16_t i = 0; i < l->n; i++)
		out[i] = (struct term_level){
		    number_by(b, intern, l->item[i].term), l->item[i].level};
	qsort(out, l->n, sizeof(*out), by_term);
	*ret_n = l->n;
	return out;
}

static const struct window *windows_of(
    struct building *b, const struct window *w, uint16_t n, uint16_t *ret_n)
{
	struct window *out = ARENA_ARRAY(b->a, n, struct window);

	if (out == NULL) {
		b->failed = true;
		return NULL;
	}
	for (uint16_t i = 0; i < n; i++)
		out[i] = w[i];
	*ret_n = (uint16_t)windows_normalise(out, n);
	return out;
}

uint32_t member_find(const struct community *c, const char *id)
{
	uint32_t low = 0, high = c->n;

	while (low < high) {
		uint32_t mid = low + (high - low) / 2;
		int order = strcmp(c->person[mid].id, id);

		if (order == 0)
			return mid;
		if (order < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return c->n;
}

static const uint32_t *people_of(
    struct building *b, const struct member_texts *t, uint16_t *ret_n)
{
	uint32_t *out = ARENA_ARRAY(b->a, t->n, uint32_t);
	uint16_t n = 0;

	if (out == NULL) {
		b->failed = true;
		return NULL;
	}
	for (uint16_t i = 0; i < t->n; i++) {
		uint32_t person = member_find(b->c, t->item[i]);

		if (person < b->c->n)
			out[n++] = person;
	}
	*ret_n = n;
	return out;
}

static enum err_code fill_person(struct building *b, struct tz *tz,
    const struct member_row *m, struct person *p, struct err *e)
{
	uint32_t *avoid;

	p->name = m->display_name;
	p->email = m->email;
	p->participation = m->participation;
	p->roles = numbers_of(b, &m->roles, &p->n_roles);
	p->wants = numbers_of(b, &m->wants, &p->n_wants);
	p->tags = numbers_of(b, &m->tags, &p->n_tags);
	p->stack = levels_of(b, terms_intern, &m->stack, &p->n_stack);
	p->languages =
	    levels_of(b, terms_intern_verbatim, &m->languages, &p->n_languages);
	p->industry = number_of(b, m->industry);
	p->style = number_of(b, m->style);
	p->organization = number_by(b, terms_intern_verbatim, m->organization);
	p->windows = windows_of(b, m->windows, m->n_windows, &p->n_windows);
	p->preferred =
	    windows_of(b, m->preferred, m->n_preferred, &p->n_preferred);
	p->preferences = people_of(b, &m->preferences, &p->n_preferences);
	p->years_tenths = m->years_tenths;
	p->capacity = m->capacity;
	p->waiting_days = m->waiting_days;
	p->recent_pairings = m->recent_pairings;
	p->volunteer = m->volunteer;
	p->carried = m->carried_discomfort;
	p->mentors_wanted = m->mentors_wanted;
	avoid = ARENA_ARRAY(b->a, m->avoid.n, uint32_t);
	p->avoid = people_of(b, &m->avoid, &p->n_avoid);
	if (avoid == NULL || p->avoid == NULL || b->failed)
		return ERR_SET(e, NOMEM, "the community needs too much memory");
	memcpy(avoid, p->avoid, p->n_avoid * sizeof(*avoid));
	qsort(avoid, p->n_avoid, sizeof(*avoid), by_number);
	p->avoid = avoid;
	return tz_zone(tz, m->time_zone, &p->zone, e);
}

static int by_id(const void *a, const void *b)
{
	const struct member_row *const *x = a, *const *y = b;

	return strcmp((*x)->external_id, (*y)->external_id);
}

enum err_code member_community(struct arena *a, const struct member_table *t,
    struct tz *tz, struct community **ret_community, struct err *e)
{
	struct building b = {.a = a, .terms = terms_new(a)};
	const struct member_row **row = arena_array(a, t->n, sizeof(*row));
	enum err_code code = ERR_OK;

	b.c = ARENA_NEW(a, struct community);
	if (b.terms == NULL || b.c == NULL || row == NULL)
		return ERR_SET(e, NOMEM, "the community needs too much memory");
	b.c->terms = b.terms;
	b.c->person = ARENA_ARRAY(a, t->n, struct person);
	if (b.c->person == NULL)
		return ERR_SET(e, NOMEM, "the community needs too much memory");
	for (uint32_t i = 0; i < t->n; i++)
		row[i] = &t->row[i];
	qsort(row, t->n, sizeof(*row), by_id);
	b.c->n = t->n;
	for (uint32_t i = 0; i < t->n; i++)
		b.c->person[i].id = row[i]->external_id;
	for (uint32_t i = 0; i < t->n && code == ERR_OK; i++)
		code = fill_person(&b, tz, row[i], &b.c->person[i], e);
	if (code == ERR_OK)
		*ret_community = b.c;
	return code;
}
