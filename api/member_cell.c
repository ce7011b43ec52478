/* The cells of a member file, one reader per column: see member_cell.h. A reader
 * notes what is wrong and goes on, so that one pass finds every fault. */
#include "api/member_cell.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "api/text.h"
#include "base/num.h"
#include "base/utf8.h"

const char *member_column_name(enum member_column c)
{
	static const char *const NAME[MEMBER_COLUMNS] = {
#define COLUMN(code, name, required) [MEMBER_##code] = name,
#include "api/member_column.def"
#undef COLUMN
	};

	return NAME[c];
}

void member_fault(struct member_reader *r, uint32_t row, const char *column,
    const char *fmt, ...)
{
	struct member_faults *f = r->faults;
	char detail[ERR_DETAIL_SIZE];
	struct member_fault *grown;
	va_list args;
	int n;

	if (f->n == MEMBER_MAX_FAULTS) {
		f->n_dropped++;
		return;
	}
	va_start(args, fmt);
	n = vsnprintf(detail, sizeof(detail), fmt, args);
	va_end(args);
	if (n >= (int)sizeof(detail))
		detail[utf8_cut(detail, sizeof(detail) - 1)] = '\0';
	if (f->n == r->faults_size) {
		grown = arena_grow(
		    r->a, f->item, f->n, 2 * f->n + 16, sizeof(*f->item));
		if (grown == NULL) {
			f->n_dropped++;
			return;
		}
		f->item = grown;
		r->faults_size = 2 * f->n + 16;
	}
	f->item[f->n].row = row;
	f->item[f->n].column = column;
	f->item[f->n].detail = arena_strdup(r->a, detail);
	if (f->item[f->n].detail == NULL)
		f->item[f->n].detail = "";
	f->n++;
}

/* The cell being read. */
struct cell {
	struct member_reader *r;
	const char *column, *s;
	size_t n;
	struct member_row *m;
};

#define CELL_FAULT(c, ...) \
	member_fault((c)->r, (c)->m->row, (c)->column, __VA_ARGS__)

/* The next item of a list joined by ';', trimmed; empty items are passed over.
 * False at the end. */
static bool next_item(
    const struct cell *c, size_t *at, const char **s, size_t *n)
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
static size_t most_items(const struct cell *c)
{
	size_t n = 1;

	for (size_t i = 0; i < c->n; i++)
		n += c->s[i] == ';';
	return n;
}

/* For messages: quoted text of an item, cut where it gets long. */
static int shown(size_t n, const char *s)
{
	return (int)utf8_cut(s, n < 60 ? n : 60);
}

static const char *read_text(
    const struct cell *c, size_t max, const char *if_bad)
{
	const char *complaint = text_check_clean(c->s, c->n);
	char *text;

	if (complaint != NULL) {
		CELL_FAULT(c, "%s", complaint);
		return if_bad;
	}
	text = text_nfc(c->r->a, c->s, c->n);
	if (text == NULL)
		return if_bad;
	if (utf8_length(text, strlen(text)) > max) {
		CELL_FAULT(c, "longer than %zu characters", max);
		return if_bad;
	}
	return text;
}

static void read_id(const struct cell *c)
{
	const char *id = read_text(c, MEMBER_MAX_ID, "");

	if (c->n == 0)
		CELL_FAULT(c, "expected an identifier, found nothing");
	else if (strchr(id, ';') != NULL)
		CELL_FAULT(c, "an identifier cannot contain \";\"");
	else
		c->m->external_id = id;
}

static void read_name(const struct cell *c)
{
	if (c->n == 0)
		CELL_FAULT(c, "expected a name, found nothing");
	else
		c->m->display_name = read_text(c, MEMBER_MAX_NAME, "");
}

static void read_email(const struct cell *c)
{
	const char *complaint;

	if (c->n == 0)
		return;
	complaint = text_check_email(c->s, c->n);
	if (complaint != NULL)
		CELL_FAULT(c, "%s", complaint);
	else
		c->m->email = read_text(c, TEXT_MAX_EMAIL, "");
}

static void read_participation(const struct cell *c)
{
	static const char *const NAME[] = {"", "newcomer", "mentor", "both"};

	for (int i = PARTICIPATION_NEWCOMER; i <= PARTICIPATION_BOTH; i++) {
		if (strlen(NAME[i]) != c->n || memcmp(NAME[i], c->s, c->n))
			continue;
		c->m->participation = (enum participation)i;
		return;
	}
	CELL_FAULT(c, "expected newcomer, mentor or both");
}

/* NULL after a fault. */
static const char *term_of(const struct cell *c, const char *s, size_t n)
{
	const char *complaint = text_check_clean(s, n);
	const char *term = NULL;

	if (complaint == NULL)
		term = text_term(c->r->a, s, n);
	if (complaint != NULL)
		CELL_FAULT(c, "%s", complaint);
	else if (term == NULL)
		CELL_FAULT(c,
		    "\"%.*s\" is not a term: expected letters or digits, at "
		    "most %d octets",
		    shown(n, s), s, TERM_MAX_OCTETS);
	return term;
}

static int by_text(const void *a, const void *b)
{
	const char *const *x = a, *const *y = b;

	return strcmp(*x, *y);
}

static void read_terms(const struct cell *c, struct member_texts *out)
{
	const char **item = arena_array(c->r->a, most_items(c), sizeof(*item));
	const char *s, *term;
	size_t at = 0, n = 0, len, kept = 0;

	if (item == NULL)
		return;
	while (next_item(c, &at, &s, &len)) {
		term = term_of(c, s, len);
		if (term != NULL)
			item[n++] = term;
	}
	qsort(item, n, sizeof(*item), by_text);
	for (size_t i = 0; i < n; i++)
		if (kept == 0 || strcmp(item[kept - 1], item[i]) != 0)
			item[kept++] = item[i];
	if (kept > PERSON_MAX_TERMS) {
		CELL_FAULT(c, "more than %d terms", PERSON_MAX_TERMS);
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
static bool stack_item(
    const struct cell *c, const char *s, size_t n, struct member_level *out)
{
	const char *colon = memrchr(s, ':', n);
	size_t len = colon ? (size_t)(colon - s) : n;
	int64_t level = STACK_DEFAULT_LEVEL;

	if (colon && !num_parse_i64(
			 colon + 1, n - len - 1, 1, STACK_MAX_LEVEL, &level)) {
		CELL_FAULT(c,
		    "\"%.*s\" has no level from 1 to %d after its colon",
		    shown(n, s), s, STACK_MAX_LEVEL);
		return false;
	}
	out->term = term_of(c, s, len);
	out->level = (uint8_t)level;
	return out->term != NULL;
}

/* "pt-BR:B2": false after a fault. */
static bool language_item(
    const struct cell *c, const char *s, size_t n, struct member_level *out)
{
	const char *colon = memrchr(s, ':', n);
	size_t len = colon ? (size_t)(colon - s) : n;
	int level = MEMBER_DEFAULT_LANGUAGE_LEVEL;
	char base[9];

	if (colon)
		level = text_language_level(colon + 1, n - len - 1);
	if (level == 0) {
		CELL_FAULT(c,
		    "\"%.*s\" has no level after its colon: expected A1, A2, "
		    "B1, B2, C1, C2 or native",
		    shown(n, s), s);
		return false;
	}
	if (text_language(s, len, base) == NULL) {
		CELL_FAULT(c,
		    "\"%.*s\" is not a language tag such as \"en\" or "
		    "\"pt-BR\"",
		    shown(len, s), s);
		return false;
	}
	out->term = arena_strdup(c->r->a, base);
	out->level = (uint8_t)level;
	return out->term != NULL;
}

static void read_levels(const struct cell *c, size_t max,
    bool (*read_item)(
	const struct cell *, const char *, size_t, struct member_level *),
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
		CELL_FAULT(c, "more than %zu entries", max);
		return;
	}
	out->item = item;
	out->n = (uint16_t)n;
}

static void read_zone(const struct cell *c)
{
	char *name = arena_strndup(c->r->a, c->s, c->n);
	const char *canonical, *near;

	if (name == NULL)
		return;
	if (c->n == 0) {
		CELL_FAULT(c, "expected a time zone such as \"Europe/Berlin\"");
		return;
	}
	canonical = tz_canonical(c->r->tz, name);
	if (canonical != NULL) {
		c->m->time_zone = canonical;
		return;
	}
	near = tz_suggest(c->r->tz, name);
	if (near != NULL)
		CELL_FAULT(c,
		    "\"%.*s\" is not a known time zone; did you mean \"%s\"",
		    shown(c->n, c->s), c->s, near);
	else
		CELL_FAULT(c,
		    "\"%.*s\" is not a known time zone; expected an IANA name "
		    "such as \"Europe/Berlin\"",
		    shown(c->n, c->s), c->s);
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

static void read_windows(const struct cell *c)
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
			CELL_FAULT(
			    c, "\"%.*s\": %s", shown(len, s), s, complaint);
	}
	n = split_days(w, windows_normalise(w, n), out, most + 7);
	if (n > WEEK_MAX_WINDOWS) {
		CELL_FAULT(c, "more than %d windows", WEEK_MAX_WINDOWS);
		return;
	}
	c->m->windows = out;
	c->m->n_windows = (uint16_t)n;
}

static const char *read_term(const struct cell *c)
{
	const char *term = c->n == 0 ? "" : term_of(c, c->s, c->n);

	return term == NULL ? "" : term;
}

static void read_years(const struct cell *c)
{
	int64_t tenths;

	if (c->n == 0)
		return;
	if (num_parse_tenths(c->s, c->n, MEMBER_MAX_YEARS * 10, &tenths))
		c->m->years_tenths = (int16_t)tenths;
	else
		CELL_FAULT(c, "expected years from 0 to %d such as \"2.5\"",
		    MEMBER_MAX_YEARS);
}

/* The cell stands right of participation or left of it: whether the row is a
 * mentor's is asked in member_file.c when the row is whole. */
static void read_capacity(const struct cell *c)
{
	int64_t n;

	if (c->n == 0)
		return;
	if (num_parse_i64(c->s, c->n, 0, PERSON_MAX_CAPACITY, &n))
		c->m->capacity = (uint16_t)n;
	else
		CELL_FAULT(c, "expected a whole number from 0 to %d",
		    PERSON_MAX_CAPACITY);
}

static void read_waiting(const struct cell *c)
{
	int64_t n;

	if (c->n == 0)
		return;
	if (num_parse_i64(c->s, c->n, 0, MEMBER_MAX_WAITING_DAYS, &n))
		c->m->waiting_days = (uint16_t)n;
	else
		CELL_FAULT(c, "expected a whole number of days from 0 to %d",
		    MEMBER_MAX_WAITING_DAYS);
}

/* External ids, in order, each once. */
static void read_named(const struct cell *c, struct member_texts *out)
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
			CELL_FAULT(c, "more than %d people", PERSON_MAX_NAMED);
			return;
		}
		for (size_t i = 0; i < n && id != NULL; i++)
			if (strcmp(item[i], id) == 0)
				id = NULL;
		if (id == NULL)
			CELL_FAULT(c, "names \"%.*s\" twice", shown(len, s), s);
		else
			item[n++] = id;
	}
	out->item = item;
	out->n = (uint16_t)n;
}

void member_cell(struct member_reader *r, enum member_column column,
    const char *s, size_t n, struct member_row *m)
{
	const struct cell c = {r, member_column_name(column), s, n, m};

	switch (column) {
	case MEMBER_EXTERNAL_ID:
		read_id(&c);
		break;
	case MEMBER_DISPLAY_NAME:
		read_name(&c);
		break;
	case MEMBER_EMAIL:
		read_email(&c);
		break;
	case MEMBER_PARTICIPATION:
		read_participation(&c);
		break;
	case MEMBER_ROLES:
		read_terms(&c, &m->roles);
		break;
	case MEMBER_STACK:
		read_levels(&c, PERSON_MAX_TERMS, stack_item, &m->stack);
		break;
	case MEMBER_WANTS:
		read_terms(&c, &m->wants);
		break;
	case MEMBER_LANGUAGES:
		read_levels(
		    &c, PERSON_MAX_LANGUAGES, language_item, &m->languages);
		break;
	case MEMBER_TIME_ZONE:
		read_zone(&c);
		break;
	case MEMBER_AVAILABILITY:
		read_windows(&c);
		break;
	case MEMBER_INDUSTRY:
		m->industry = read_term(&c);
		break;
	case MEMBER_STYLE:
		m->style = read_term(&c);
		break;
	case MEMBER_TAGS:
		read_terms(&c, &m->tags);
		break;
	case MEMBER_ORGANIZATION:
		m->organization = read_term(&c);
		break;
	case MEMBER_YEARS:
		read_years(&c);
		break;
	case MEMBER_CAPACITY:
		read_capacity(&c);
		break;
	case MEMBER_PREFERENCES:
		read_named(&c, &m->preferences);
		break;
	case MEMBER_AVOID:
		read_named(&c, &m->avoid);
		break;
	case MEMBER_WAITING_DAYS:
		read_waiting(&c);
		break;
	case MEMBER_COLUMNS:
		break;
	}
}
