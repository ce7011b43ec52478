/* The cells of a member file, one reader per column: see member_cell.h. A reader
 * notes what is wrong and goes on, so that one pass finds every fault. Lists are
 * read in member_list.c. */
#include "api/member_cell.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "api/text.h"
#include "base/num.h"
#include "base/utf8.h"
#include "matcher/policy.h"

const char *member_column_name(enum member_column c)
{
	static const char *const NAME[MEMBER_COLUMNS] = {
#define COLUMN(code, name, required) [MEMBER_##code] = (name),
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

/* For messages: quoted text of an item, cut where it gets long. */
int member_cell_shown(size_t n, const char *s)
{
	return (int)utf8_cut(s, n < 60 ? n : 60);
}

static const char *read_text(
    const struct member_cell *c, size_t max, const char *if_bad)
{
	const char *complaint = text_check_clean(c->s, c->n);
	char *text;

	if (complaint != NULL) {
		MEMBER_CELL_FAULT(c, "%s", complaint);
		return if_bad;
	}
	text = text_nfc(c->r->a, c->s, c->n);
	if (text == NULL)
		return if_bad;
	if (utf8_length(text, strlen(text)) > max) {
		MEMBER_CELL_FAULT(c, "longer than %zu characters", max);
		return if_bad;
	}
	return text;
}

static void read_id(const struct member_cell *c)
{
	const char *id = read_text(c, MEMBER_MAX_ID, "");

	if (c->n == 0)
		MEMBER_CELL_FAULT(c, "expected an identifier, found nothing");
	else if (strchr(id, ';') != NULL)
		MEMBER_CELL_FAULT(c, "an identifier cannot contain \";\"");
	else
		c->m->external_id = id;
}

static void read_name(const struct member_cell *c)
{
	if (c->n == 0)
		MEMBER_CELL_FAULT(c, "expected a name, found nothing");
	else
		c->m->display_name = read_text(c, MEMBER_MAX_NAME, "");
}

static void read_email(const struct member_cell *c)
{
	const char *complaint;

	if (c->n == 0)
		return;
	complaint = text_check_email(c->s, c->n);
	if (complaint != NULL)
		MEMBER_CELL_FAULT(c, "%s", complaint);
	else
		c->m->email = read_text(c, TEXT_MAX_EMAIL, "");
}

static void read_participation(const struct member_cell *c)
{
	static const char *const NAME[] = {"", "newcomer", "mentor", "both"};

	for (int i = PARTICIPATION_NEWCOMER; i <= PARTICIPATION_BOTH; i++) {
		if (strlen(NAME[i]) != c->n ||
		    strncasecmp(NAME[i], c->s, c->n) != 0)
			continue;
		c->m->participation = (enum participation)i;
		return;
	}
	MEMBER_CELL_FAULT(c, "expected newcomer, mentor or both");
}

const char *member_cell_term(
    const struct member_cell *c, const char *s, size_t n)
{
	const char *complaint = text_check_clean(s, n);
	const char *term = NULL;

	if (complaint == NULL)
		term = text_term(c->r->a, s, n);
	if (complaint != NULL)
		MEMBER_CELL_FAULT(c, "%s", complaint);
	else if (term == NULL)
		MEMBER_CELL_FAULT(c,
		    "\"%.*s\" is not a term: expected letters or digits, at "
		    "most %d octets",
		    member_cell_shown(n, s), s, TERM_MAX_OCTETS);
	return term;
}

static void read_zone(const struct member_cell *c)
{
	char *name = arena_strndup(c->r->a, c->s, c->n);
	const char *canonical, *near;

	if (name == NULL)
		return;
	if (c->n == 0) {
		MEMBER_CELL_FAULT(
		    c, "expected a time zone such as \"Europe/Berlin\"");
		return;
	}
	canonical = tz_canonical(c->r->tz, name);
	if (canonical != NULL) {
		c->m->time_zone = canonical;
		return;
	}
	near = c->r->faults->n < MEMBER_MAX_HINTS ? tz_suggest(c->r->tz, name)
						  : NULL;
	if (near != NULL)
		MEMBER_CELL_FAULT(c,
		    "\"%.*s\" is not a known time zone; did you mean \"%s\"",
		    member_cell_shown(c->n, c->s), c->s, near);
	else
		MEMBER_CELL_FAULT(c,
		    "\"%.*s\" is not a known time zone; expected an IANA name "
		    "such as \"Europe/Berlin\"",
		    member_cell_shown(c->n, c->s), c->s);
}

static const char *read_term(const struct member_cell *c)
{
	const char *term = c->n == 0 ? "" : member_cell_term(c, c->s, c->n);

	return term == NULL ? "" : term;
}

static void read_years(const struct member_cell *c)
{
	int64_t tenths;

	if (c->n == 0)
		return;
	if (num_parse_tenths(c->s, c->n, MEMBER_MAX_YEARS * 10, &tenths))
		c->m->years_tenths = (int16_t)tenths;
	else
		MEMBER_CELL_FAULT(c,
		    "expected years from 0 to %d such as \"2.5\"",
		    MEMBER_MAX_YEARS);
}

/* The cell stands right of participation or left of it: whether the row is a
 * mentor's is asked in member_file.c when the row is whole. */
static void read_capacity(const struct member_cell *c)
{
	int64_t n;

	if (c->n == 0)
		return;
	if (num_parse_i64(c->s, c->n, 0, PERSON_MAX_CAPACITY, &n))
		c->m->capacity = (uint16_t)n;
	else
		MEMBER_CELL_FAULT(c, "expected a whole number from 0 to %d",
		    PERSON_MAX_CAPACITY);
}

static void read_waiting(const struct member_cell *c)
{
	int64_t n;

	if (c->n == 0)
		return;
	if (num_parse_i64(c->s, c->n, 0, MEMBER_MAX_WAITING_DAYS, &n))
		c->m->waiting_days = (uint16_t)n;
	else
		MEMBER_CELL_FAULT(c,
		    "expected a whole number of days from 0 to %d",
		    MEMBER_MAX_WAITING_DAYS);
}

static void read_recent(const struct member_cell *c)
{
	int64_t n;

	if (c->n == 0)
		return;
	if (num_parse_i64(c->s, c->n, 0, PERSON_MAX_RECENT, &n))
		c->m->recent_pairings = (int16_t)n;
	else
		MEMBER_CELL_FAULT(c, "expected a whole number from 0 to %d",
		    PERSON_MAX_RECENT);
}

/* 0 where nothing stands. */
static int64_t read_number(const struct member_cell *c, int64_t max)
{
	int64_t n = 0;

	if (c->n > 0 && !num_parse_i64(c->s, c->n, 0, max, &n))
		MEMBER_CELL_FAULT(
		    c, "expected a whole number from 0 to %d", (int)max);
	return n;
}

void member_cell(struct member_reader *r, enum member_column column,
    const char *s, size_t n, struct member_row *m)
{
	const struct member_cell c = {r, member_column_name(column), s, n, m};

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
		member_list_terms(&c, &m->roles);
		break;
	case MEMBER_STACK:
		member_list_stack(&c, &m->stack);
		break;
	case MEMBER_WANTS:
		member_list_terms(&c, &m->wants);
		break;
	case MEMBER_LANGUAGES:
		member_list_languages(&c, &m->languages);
		break;
	case MEMBER_TIME_ZONE:
		read_zone(&c);
		break;
	case MEMBER_AVAILABILITY:
		member_list_windows(&c, &m->windows, &m->n_windows);
		break;
	case MEMBER_INDUSTRY:
		m->industry = read_term(&c);
		break;
	case MEMBER_STYLE:
		m->style = read_term(&c);
		break;
	case MEMBER_TAGS:
		member_list_terms(&c, &m->tags);
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
		member_list_named(&c, &m->preferences);
		break;
	case MEMBER_AVOID:
		member_list_named(&c, &m->avoid);
		break;
	case MEMBER_WAITING_DAYS:
		read_waiting(&c);
		break;
	case MEMBER_RECENT_PAIRINGS:
		read_recent(&c);
		break;
	case MEMBER_PREFERRED_HOURS:
		member_list_windows(&c, &m->preferred, &m->n_preferred);
		break;
	case MEMBER_VOLUNTEER:
		m->volunteer = (uint8_t)read_number(&c, PERSON_MAX_VOLUNTEER);
		break;
	case MEMBER_CARRIED_DISCOMFORT:
		m->carried_discomfort =
		    (uint16_t)read_number(&c, PERSON_MAX_CARRIED);
		break;
	case MEMBER_MENTORS_WANTED:
		m->mentors_wanted =
		    (uint8_t)read_number(&c, POLICY_MAX_MENTORS);
		break;
	case MEMBER_COLUMNS:
		break;
	}
}
