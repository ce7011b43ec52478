/* Writing member files: see member_file.h. The text of a cell is the canonical
 * form of its field, so that writing and reading again changes nothing. */
#include <string.h>

#include "api/member_cell.h"
#include "api/member_file.h"
#include "api/text.h"

/* What a spreadsheet may take for the beginning of a formula. */
static const char FORMULA[] = "=+-@\t\r";

/* One cell, quoted where RFC 4180 asks for it. */
static void put_cell(struct str *out, const char *s, size_t n, unsigned flags)
{
	/* A text that itself looks guarded is guarded always, because the
	 * reader takes one guard off. */
	bool guarded = n >= 2 && s[0] == '\'' && strchr("=+-@'\t\r", s[1]);
	bool formula = n > 0 && strchr(FORMULA, s[0]) != NULL;
	bool quoted = false;

	for (size_t i = 0; i < n && !quoted; i++)
		quoted = strchr("\",\r\n", s[i]) != NULL;
	if (n > 0 && (s[0] == ' ' || s[n - 1] == ' '))
		quoted = true;
	if (quoted)
		str_putc(out, '"');
	if (guarded || (formula && flags & MEMBER_WRITE_GUARD))
		str_putc(out, '\'');
	for (size_t i = 0; i < n; i++) {
		if (s[i] == '"')
			str_putc(out, '"');
		str_putc(out, s[i]);
	}
	if (quoted)
		str_putc(out, '"');
}

static void cell_of_texts(struct str *cell, const struct member_texts *t)
{
	for (uint16_t i = 0; i < t->n; i++)
		str_printf(cell, "%s%s", i == 0 ? "" : ";", t->item[i]);
}

static void cell_of_stack(struct str *cell, const struct member_levels *l)
{
	for (uint16_t i = 0; i < l->n; i++)
		str_printf(cell, "%s%s:%u", i == 0 ? "" : ";", l->item[i].term,
		    l->item[i].level);
}

static void cell_of_languages(struct str *cell, const struct member_levels *l)
{
	for (uint16_t i = 0; i < l->n; i++)
		str_printf(cell, "%s%s:%s", i == 0 ? "" : ";", l->item[i].term,
		    text_language_level_name(l->item[i].level));
}

static void cell_of_windows(
    struct str *cell, const struct window *w, uint16_t n)
{
	char text[WEEK_WINDOW_TEXT_SIZE];

	for (uint16_t i = 0; i < n; i++) {
		window_format(&w[i], text);
		str_printf(cell, "%s%s", i == 0 ? "" : ";", text);
	}
}

static void cell_of_participation(struct str *cell, enum participation p)
{
	static const char *const NAME[] = {"", "newcomer", "mentor", "both"};

	str_puts(cell, NAME[p & PARTICIPATION_BOTH]);
}

static void cell_text(
    struct str *cell, enum member_column c, const struct member_row *m)
{
	switch (c) {
	case MEMBER_EXTERNAL_ID:
		str_puts(cell, m->external_id);
		break;
	case MEMBER_DISPLAY_NAME:
		str_puts(cell, m->display_name);
		break;
	case MEMBER_EMAIL:
		str_puts(cell, m->email);
		break;
	case MEMBER_PARTICIPATION:
		cell_of_participation(cell, m->participation);
		break;
	case MEMBER_ROLES:
		cell_of_texts(cell, &m->roles);
		break;
	case MEMBER_STACK:
		cell_of_stack(cell, &m->stack);
		break;
	case MEMBER_WANTS:
		cell_of_texts(cell, &m->wants);
		break;
	case MEMBER_LANGUAGES:
		cell_of_languages(cell, &m->languages);
		break;
	case MEMBER_TIME_ZONE:
		str_puts(cell, m->time_zone);
		break;
	case MEMBER_AVAILABILITY:
		cell_of_windows(cell, m->windows, m->n_windows);
		break;
	case MEMBER_INDUSTRY:
		str_puts(cell, m->industry);
		break;
	case MEMBER_STYLE:
		str_puts(cell, m->style);
		break;
	case MEMBER_TAGS:
		cell_of_texts(cell, &m->tags);
		break;
	case MEMBER_ORGANIZATION:
		str_puts(cell, m->organization);
		break;
	case MEMBER_YEARS:
		if (m->years_tenths >= 0)
			str_printf(cell, "%d.%d", m->years_tenths / 10,
			    m->years_tenths % 10);
		break;
	case MEMBER_CAPACITY:
		if (m->participation & PARTICIPATION_MENTOR)
			str_printf(cell, "%u", m->capacity);
		break;
	case MEMBER_PREFERENCES:
		cell_of_texts(cell, &m->preferences);
		break;
	case MEMBER_AVOID:
		cell_of_texts(cell, &m->avoid);
		break;
	case MEMBER_WAITING_DAYS:
		str_printf(cell, "%u", m->waiting_days);
		break;
	case MEMBER_RECENT_PAIRINGS:
		if (m->recent_pairings >= 0)
			str_printf(cell, "%d", m->recent_pairings);
		break;
	case MEMBER_PREFERRED_HOURS:
		cell_of_windows(cell, m->preferred, m->n_preferred);
		break;
	case MEMBER_VOLUNTEER:
		if (m->volunteer > 0)
			str_printf(cell, "%u", m->volunteer);
		break;
	case MEMBER_CARRIED_DISCOMFORT:
		str_printf(cell, "%u", m->carried_discomfort);
		break;
	case MEMBER_MENTORS_WANTED:
		if (m->mentors_wanted > 0)
			str_printf(cell, "%u", m->mentors_wanted);
		break;
	case MEMBER_COLUMNS:
		break;
	}
}

static int n_columns(unsigned flags)
{
	if (flags & MEMBER_WRITE_WANTED)
		return MEMBER_COLUMNS;
	return flags & MEMBER_WRITE_WAITING ? MEMBER_MENTORS_WANTED
					    : MEMBER_WAITING_DAYS;
}

void member_file_write_header(struct str *out, unsigned flags)
{
	for (int c = 0; c < n_columns(flags); c++)
		str_printf(out, "%s%s", c == 0 ? "" : ",",
		    member_column_name((enum member_column)c));
	str_puts(out, "\r\n");
}

void member_file_write_row(
    struct str *out, const struct member_row *row, unsigned flags)
{
	struct str cell;

	str_init(&cell, MEMBER_FILE_MAX_OCTETS);
	for (int c = 0; c < n_columns(flags); c++) {
		str_clear(&cell);
		cell_text(&cell, (enum member_column)c, row);
		if (c > 0)
			str_putc(out, ',');
		put_cell(out, cell.data, cell.len, flags);
		out->failed = out->failed || cell.failed;
	}
	str_puts(out, "\r\n");
	str_free(&cell);
}
