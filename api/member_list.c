/* Cells of several values joined by ';': see member_cell.h. What comes out is
 * canonical: sorted, each term once, windows disjoint and cut at midnights. */
#include <string.h>

#include "api/member_cell.h"
#include "api/text.h"
#include "base/num.h"

/* The next item of a list joined by ';', trimmed; empty items are passed over.
 * False at the end. */
static bool next_item(
    const struct member_cell *c, size_t *at, const char **s, size_t *n)
{
	while (*at < c->n) {
		const char *begin = c->s + *at;
		const char *end = memchr(begin, ';', c->n - *at);
		size_t len = end ? (size_t)(end - begin) : c->n - *at;

		*at += len + 1;
		while (len > 0 && (begin[0] == ' ' || begin[0] == '\t')) {
			begin++;
			len--;
		}
		while (len > 0 &&
		       (begin[len - 1] == ' ' || begin[len - 1] == '\t'))
			len--;
		if (len == 0)
			continue;
		*s = begin;
		*n = len;
		return true;
	}
	return false;
}

/* A list has at most one item more than it has ';'. */
static size_t most_items(const struct member_cell *c)
{
	size_t n = 1;

	for (size_t i = 0; i < c->n; i++)
		n += c->s[i] == ';';
	return n;
}

static int by_text(const void *a, const void *b)
{
	const char *const *x = a, *const *y = b;

	return strcmp(*x, *y);
}

void member_list_terms(const struct member_cell *c, struct member_texts *out)
{
	const char **item = arena_array(c->r->a, most_items(c), sizeof(*item));
	const char *s, *term;
	size_t at = 0, n = 0, len, kept = 0;

	if (item == NULL)
		return;
	while (next_item(c, &at, &s, &len)) {
		term = member_cell_term(c, s, len);
		if (term != NULL)
			item[n++] = term;
	}
	qsort(item, n, sizeof(*item), by_text);
	for (size_t i = 0; i < n; i++)
		if (kept == 0 || strcmp(item[kept - 1], item[i]) != 0)
			item[kept++] = item[i];
	if (kept > PERSON_MAX_TERMS) {
		MEMBER_CELL_FAULT(c, "more than %d terms", PERSON_MAX_TERMS);
		return;
	}
	out->item = item;
	out->n = (uint16_t)kept;
}

static int by_level_term(const void *a, const void *b)
{
	const struct member_level *x = a, *y = b;

	return strcmp(x->term, y->term);
}

/* Sort by term; of two entries for one term the higher level stays. */
static size_t join_levels(struct member_level *item, size_t n)
{
	size_t kept = 0;

	qsort(item, n, sizeof(*item), by_level_term);
	for (size_t i = 0; i < n; i++) {
		if (kept == 0 || strcmp(item[kept - 1].term, item[i].term) != 0)
			item[kept++] = item[i];
		else if (item[i].level > item[kept - 1].level)
			item[kept - 1].level = item[i].level;
	}
	return kept;
}

/* "python:4": false after a fault. */
static bool stack_item(const struct member_cell *c, const char *s, size_t n,
    struct member_level *out)
{
	const char *colon = memrchr(s, ':', n);
	size_t len = colon ? (size_t)(colon - s) : n;
	int64_t level = STACK_DEFAULT_LEVEL;

	if (colon && !num_parse_i64(
			 colon + 1, n - len - 1, 1, STACK_MAX_LEVEL, &level)) {
		MEMBER_CELL_FAULT(c,
		    "\"%.*s\" has no level from 1 to %d after its colon",
		    member_cell_shown(n, s), s, STACK_MAX_LEVEL);
		return false;
	}
	out->term = member_cell_term(c, s, len);
	out->level = (uint8_t)level;
	return out->term != NULL;
}

/* "pt-BR:B2": false after a fault. */
static bool language_item(const struct member_cell *c, const char *s, size_t n,
    struct member_level *out)
{
	const char *colon = memrchr(s, ':', n);
	size_t len = colon ? (size_t)(colon - s) : n;
	int level = MEMBER_DEFAULT_LANGUAGE_LEVEL;
	char base[9];

	if (colon)
		level = text_language_level(colon + 1, n - len - 1);
	if (level == 0) {
		MEMBER_CELL_FAULT(c,
		    "\"%.*s\" has no level after its colon: expected A1, A2, "
		    "B1, B2, C1, C2 or native",
		    member_cell_shown(n, s), s);
		return false;
	}
	if (text_language(s, len, base) == NULL) {
		MEMBER_CELL_FAULT(c,
		    "\"%.*s\" is not a language tag such as \"en\" or "
		    "\"pt-BR\"",
		    member_cell_shown(len, s), s);
		return false;
	}
	out->term = arena_strdup(c->r->a, base);
	out->level = (uint8_t)level;
	return out->term != NULL;
}

static void read_levels(const struct member_cell *c, size_t max,
    bool (*read_item)(const struct member_cell *, const char *, size_t,
	struct member_level *),
    struct member_levels *out)
{
	struct member_level *item =
	    arena_array(c->r->a, most_items(c), sizeof(*item));
	const char *s;
	size_t at = 0, n = 0, len;

	if (item == NULL)
		return;
	while (next_item(c, &at, &s, &len))
		n += read_item(c, s, len, &item[n]);
	n = join_levels(item, n);
	if (n > max) {
		MEMBER_CELL_FAULT(c, "more than %zu entries", max);
		return;
	}
	out->item = item;
	out->n = (uint16_t)n;
}

void member_list_stack(const struct member_cell *c, struct member_levels *out)
{
	read_levels(c, PERSON_MAX_TERMS, stack_item, out);
}

void member_list_languages(
    const struct member_cell *c, struct member_levels *out)
{
	read_levels(c, PERSON_MAX_LANGUAGES, language_item, out);
}

/* Cut joined windows at midnights: at most one more per day. */
static size_t split_days(
    const struct window *w, size_t n, struct window *out, size_t max)
{
	size_t m = 0;

	for (size_t i = 0; i < n; i++) {
		for (unsigned begin = w[i].begin;
		     begin < w[i].end && m < max;) {
			unsigned midnight = (begin / 1440 + 1) * 1440;

			out[m].begin = (uint16_t)begin;
			out[m].end =
			    w[i].end < midnight ? w[i].end : (uint16_t)midnight;
			begin = out[m++].end;
		}
	}
	return m;
}

void member_list_windows(
    const struct member_cell *c, struct window **ret, uint16_t *ret_n)
{
	size_t most = most_items(c), at = 0, n = 0, len;
	struct window *w = arena_array(c->r->a, most, sizeof(*w));
	struct window *out = arena_array(c->r->a, most + 7, sizeof(*out));
	const char *s, *complaint;

	if (w == NULL || out == NULL)
		return;
	while (next_item(c, &at, &s, &len)) {
		complaint = window_parse(s, len, &w[n]);
		if (complaint == NULL)
			n++;
		else
			MEMBER_CELL_FAULT(c, "\"%.*s\": %s",
			    member_cell_shown(len, s), s, complaint);
	}
	n = split_days(w, windows_normalise(w, n), out, most + 7);
	if (n > WEEK_MAX_WINDOWS) {
		MEMBER_CELL_FAULT(c, "more than %d windows", WEEK_MAX_WINDOWS);
		return;
	}
	*ret = out;
	*ret_n = (uint16_t)n;
}

/* External ids, in order, each once. */
void member_list_named(const struct member_cell *c, struct member_texts *out)
{
	const char **item = arena_array(c->r->a, most_items(c), sizeof(*item));
	const char *s, *id;
	size_t at = 0, n = 0, len;

	if (item == NULL)
		return;
	while (next_item(c, &at, &s, &len)) {
		id = text_nfc(c->r->a, s, len);
		if (id == NULL)
			return;
		if (n == PERSON_MAX_NAMED) {
			MEMBER_CELL_FAULT(
			    c, "more than %d people", PERSON_MAX_NAMED);
			return;
		}
		for (size_t i = 0; i < n && id != NULL; i++)
			if (strcmp(item[i], id) == 0)
				id = NULL;
		if (id == NULL)
			MEMBER_CELL_FAULT(c, "names \"%.*s\" twice",
			    member_cell_shown(len, s), s);
		else
			item[n++] = id;
	}
	out->item = item;
	out->n = (uint16_t)n;
}
