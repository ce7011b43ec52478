/* Lines, then parameters, then the tree: see ics.h. */
#include "calendars/ics.h"

#include <string.h>
#include <strings.h>

#include "base/utf8.h"

enum {
	LINE_OCTETS = 75,
	MARK_OCTETS = 3, /* of a byte order mark */
};

struct reader {
	struct arena *a;
	struct ics *ics;
	const char *text;
	size_t n, at;
	uint32_t number;         /* of the line that begins at `at` */
	struct ics_part *now;    /* the innermost open component */
	unsigned depth, skipped; /* skipped: BEGINs that were too deep */
};

static void note(struct reader *r, enum ics_fault fault, uint32_t line)
{
	struct ics_note *x = &r->ics->note[fault];

	if (x->count++ == 0)
		x->line = line;
}

/* ---- physical lines ---- */

struct piece {
	size_t begin, end; /* without its line end */
};

static void look_at_octets(
    struct reader *r, const struct piece *p, bool is_folded)
{
	bool control = false;

	if (p->end - p->begin > LINE_OCTETS)
		note(r, ICS_LONG, r->number);
	for (size_t i = p->begin; i < p->end; i++) {
		unsigned char c = (unsigned char)r->text[i];

		control = control || (c < ' ' && c != '\t') || c == 0x7f;
	}
	if (control)
		note(r, ICS_CONTROL, r->number);
	/* A continuation that goes on inside a character. */
	if (is_folded && p->begin + 1 < p->end &&
	    ((unsigned char)r->text[p->begin + 1] & 0xc0) == 0x80)
		note(r, ICS_SPLIT, r->number);
}

/* The next physical line; false at the end of the text. */
static bool next_piece(struct reader *r, bool is_folded, struct piece *p)
{
	size_t end = r->at;

	if (r->at >= r->n)
		return false;
	while (end < r->n && r->text[end] != '\n' && r->text[end] != '\r')
		end++;
	*p = (struct piece){r->at, end};
	r->number++;
	look_at_octets(r, p, is_folded);
	if (end + 1 < r->n && r->text[end] == '\r' &&
	    r->text[end + 1] == '\n') {
		r->at = end + 2;
	} else {
		note(r, ICS_LINE_END, r->number);
		r->at = end < r->n ? end + 1 : end;
	}
	return true;
}

static bool is_fold(const struct reader *r)
{
	return r->at < r->n &&
	       (r->text[r->at] == ' ' || r->text[r->at] == '\t');
}

/* Where the continuations that begin at r->at end. */
static size_t folds_end(const struct reader *r)
{
	size_t at = r->at;

	while (at < r->n && (r->text[at] == ' ' || r->text[at] == '\t')) {
		while (at < r->n && r->text[at] != '\n' && r->text[at] != '\r')
			at++;
		if (at + 1 < r->n && r->text[at] == '\r' &&
		    r->text[at + 1] == '\n')
			at++;
		at += at < r->n;
	}
	return at;
}

/* NUL would end the text: it goes, as a control character that was noted. */
static size_t copy(
    const struct reader *r, size_t begin, size_t end, char *line, size_t len)
{
	for (size_t i = begin; i < end; i++)
		if (r->text[i] != '\0')
			line[len++] = r->text[i];
	return len;
}

/* One content line, unfolded, in the arena; NULL at the end or without memory. */
static char *next_line(struct reader *r, uint32_t *number)
{
	struct piece p;
	size_t len;
	char *line;
	bool is_empty;

	if (!next_piece(r, false, &p))
		return NULL;
	*number = r->number;
	is_empty = p.end == p.begin;
	line =
	    arena_alloc(r->a, (is_empty ? p.end : folds_end(r)) - p.begin + 1);
	if (line == NULL)
		return NULL;
	len = copy(r, p.begin, p.end, line, 0);
	while (!is_empty && is_fold(r) && next_piece(r, true, &p))
		len = copy(r, p.begin + 1, p.end, line, len);
	line[len] = '\0';
	if (!utf8_is_valid(line, len))
		note(r, ICS_NOT_UTF8, *number);
	return line;
}

/* ---- content lines ---- */

static bool is_name(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
}

static void raise_case(char *s)
{
	for (; *s != '\0'; s++)
		if (*s >= 'a' && *s <= 'z')
			*s = (char)(*s - 'a' + 'A');
}

/* Cut a parameter's value out of `at`, quotation marks taken away, and stop at the
 * ';' or ':' behind it; NULL when a quotation mark is not closed. */
static char *cut_value(char *at)
{
	char *to = at;

	while (*at != '\0' && *at != ';' && *at != ':') {
		if (*at == '"') {
			char *end = strchr(at + 1, '"');

			if (end == NULL)
				return NULL;
			memmove(to, at + 1, (size_t)(end - at - 1));
			to += end - at - 1;
			at = end + 1;
		} else {
			*to++ = *at++;
		}
	}
	if (to < at)
		*to = '\0';
	return at;
}

/* The parameters of `line`, of which the first begins at `at`. Gives the value behind
 * them, or NULL when there is none. */
static char *cut_params(struct reader *r, struct ics_line *line, char *at)
{
	struct ics_param found[ICS_MAX_PARAMS];
	struct ics_param *kept;
	uint32_t n = 0;
	char mark;

	do {
		char *name = at, *value, *end;

		while (is_name(*at))
			at++;
		value = *at == '=' ? at + 1 : at;
		end = cut_value(value);
		if (end == NULL) {
			note(r, ICS_QUOTE, line->number);
			end = strchr(value, ':');
		}
		if (end == NULL || *end == '\0')
			return NULL;
		mark = *end;
		*end = '\0';
		if (*at == '=')
			*at = '\0';
		else
			value = end;
		raise_case(name);
		if (n < ICS_MAX_PARAMS)
			found[n++] = (struct ics_param){name, value};
		else
			note(r, ICS_DEEP, line->number);
		at = end + 1;
	} while (mark == ';');
	kept = ARENA_ARRAY(r->a, n, struct ics_param);
	if (kept == NULL)
		return NULL;
	memcpy(kept, found, n * sizeof(*kept));
	line->param = kept;
	line->n_params = n;
	return at;
}

/* ---- the tree ---- */

static void begin_part(struct reader *r, char *name, uint32_t number)
{
	struct ics_part *p;

	raise_case(name);
	if (r->depth == ICS_MAX_DEPTH || r->skipped > 0) {
		note(r, ICS_DEEP, number);
		r->skipped++;
		return;
	}
	p = ARENA_NEW(r->a, struct ics_part);
	if (p == NULL)
		return;
	*p =
	    (struct ics_part){.name = name, .number = number, .parent = r->now};
	if (r->now->last_part == NULL)
		r->now->part = p;
	else
		r->now->last_part->next = p;
	r->now->last_part = p;
	if (r->depth == 0 && strcmp(name, "VCALENDAR") == 0)
		r->ics->n_calendars++;
	r->now = p;
	r->depth++;
}

static void end_part(struct reader *r, char *name, uint32_t number)
{
	const struct ics_part *open = r->now;

	raise_case(name);
	if (r->skipped > 0) {
		r->skipped--;
		return;
	}
	while (open->parent != NULL && strcmp(open->name, name) != 0)
		open = open->parent;
	if (open->parent == NULL) {
		note(r, ICS_END, number);
		return;
	}
	if (open != r->now)
		note(r, ICS_UNCLOSED, r->now->number);
	while (r->now != open) {
		r->now = r->now->parent;
		r->depth--;
	}
	r->now = r->now->parent;
	r->depth--;
}

static void add_line(struct reader *r, struct ics_line *line)
{
	struct ics_part *p = r->now;

	if (r->skipped > 0)
		return;
	if (p->parent == NULL) {
		note(r, ICS_OUTSIDE, line->number);
		return;
	}
	if (p->parent->parent == NULL && p->part != NULL)
		note(r, ICS_AFTER_PART, line->number);
	if (p->last_line == NULL)
		p->line = line;
	else
		p->last_line->next = line;
	p->last_line = line;
}

static void trim_end(char *s)
{
	size_t n = strlen(s);

	while (n > 0 && (s[n - 1] == ' ' || s[n - 1] == '\t'))
		s[--n] = '\0';
}

/* False without memory. */
static bool read_line(struct reader *r, char *text, uint32_t number)
{
	struct ics_line *line;
	char *at = text, *value, mark;

	if (*text == '\0') {
		note(r, ICS_EMPTY, number);
		return true;
	}
	while (is_name(*at))
		at++;
	mark = *at;
	if (at == text || (mark != ':' && mark != ';')) {
		note(r, ICS_NO_LINE, number);
		return true;
	}
	line = ARENA_NEW(r->a, struct ics_line);
	if (line == NULL)
		return false;
	*line = (struct ics_line){.name = text, .number = number};
	value = mark == ':' ? at + 1 : cut_params(r, line, at + 1);
	if (value == NULL) {
		if (arena_failed(r->a))
			return false;
		note(r, ICS_NO_LINE, number);
		return true;
	}
	*at = '\0';
	raise_case(text);
	line->value = value;
	if (strcmp(text, "BEGIN") == 0 || strcmp(text, "END") == 0) {
		trim_end(value);
		if (text[0] == 'B')
			begin_part(r, value, number);
		else
			end_part(r, value, number);
	} else {
		add_line(r, line);
	}
	return !arena_failed(r->a);
}

static uint32_t count_lines(const char *text, size_t n)
{
	uint32_t lines = 1;

	for (size_t i = 0; i < n; i++)
		lines += text[i] == '\n' || text[i] == '\r';
	return lines;
}

enum err_code ics_read(struct arena *a, const char *text, size_t n,
    struct ics **ret_ics, struct err *e)
{
	struct reader r = {.a = a, .text = text, .n = n};
	uint32_t number = 0;
	char *line;

	if (n > ICS_MAX_OCTETS)
		return ERR_SET(e, TOO_LARGE, "a calendar has at most %d octets",
		    ICS_MAX_OCTETS);
	/* CRLF counts twice here. */
	if (count_lines(text, n) > 2 * ICS_MAX_LINES)
		return ERR_SET(e, TOO_LARGE, "a calendar has at most %d lines",
		    ICS_MAX_LINES);
	r.ics = ARENA_NEW(a, struct ics);
	if (r.ics == NULL)
		return ERR_SET(e, NOMEM, "no memory for the calendar");
	r.now = &r.ics->root;
	r.ics->root.name = "";
	if (n >= MARK_OCTETS &&
	    memcmp(text, "\xef\xbb\xbf", MARK_OCTETS) == 0) {
		note(&r, ICS_MARK, 1);
		r.at = MARK_OCTETS;
	}
	if (is_fold(&r))
		note(&r, ICS_ORPHAN, 1);
	while ((line = next_line(&r, &number)) != NULL)
		if (!read_line(&r, line, number))
			break;
	if (arena_failed(a))
		return ERR_SET(e, NOMEM, "no memory for the calendar");
	if (r.now->parent != NULL)
		note(&r, ICS_UNCLOSED, r.now->number);
	r.ics->n_lines = r.number;
	*ret_ics = r.ics;
	return ERR_OK;
}

/* ---- asking ---- */

static const struct ics_line *named(
    const struct ics_line *line, const char *name)
{
	while (line != NULL && strcmp(line->name, name) != 0)
		line = line->next;
	return line;
}

const struct ics_line *ics_first(const struct ics_part *p, const char *name)
{
	return named(p->line, name);
}

const struct ics_line *ics_next(const struct ics_line *line)
{
	return named(line->next, line->name);
}

uint32_t ics_count(const struct ics_part *p, const char *name)
{
	uint32_t n = 0;

	for (const struct ics_line *line = ics_first(p, name); line != NULL;
	     line = ics_next(line))
		n++;
	return n;
}

const char *ics_value(const struct ics_part *p, const char *name)
{
	const struct ics_line *line = ics_first(p, name);

	return line == NULL ? NULL : line->value;
}

const char *ics_param(const struct ics_line *line, const char *name)
{
	for (uint32_t i = 0; i < line->n_params; i++)
		if (strcmp(line->param[i].name, name) == 0)
			return line->param[i].value;
	return NULL;
}

bool ics_same(const char *a, const char *b)
{
	return strcasecmp(a == NULL ? "" : a, b == NULL ? "" : b) == 0;
}
