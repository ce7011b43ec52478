/* Reading a member file: see member_file.h. libcsv (strict) cuts the text into
 * cells; a record is gathered whole, then each cell is read by its column's
 * reader (member_cell.c), then the rows are held against each other. Invariant:
 * `record` counts as a spreadsheet does, empty lines included. */
#include "api/member_file.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <csv.h>

#include "api/member_cell.h"
#include "api/text.h"
#include "base/utf8.h"

enum {
	MAX_FIELDS = 64, /* of a record; more is a fault */
	CAPACITY_ABSENT = UINT16_MAX,
	CAPACITY_DEFAULT = 1,
};

struct csv_cell {
	const char *s;
	size_t n;
};

struct csv_reading {
	struct member_reader r;
	struct member_table table;
	uint32_t table_size;
	uint32_t record; /* the one being gathered; 1 is the header */
	struct csv_cell cell[MAX_FIELDS];
	unsigned n_cells;
	int last_end;           /* what ended the last record: CR, LF or -1 */
	int column[MAX_FIELDS]; /* of each field; -1: not known */
	unsigned n_columns;
	bool hopeless; /* no use reading further records */
};

static void on_cell(void *s, size_t n, void *cookie)
{
	struct csv_reading *f = cookie;
	const char *text = s;
	char *copy;

	if (f->hopeless || f->n_cells++ >= MAX_FIELDS)
		return;
	while (n > 0 && (text[0] == ' ' || text[0] == '\t')) {
		text++;
		n--;
	}
	while (n > 0 && (text[n - 1] == ' ' || text[n - 1] == '\t'))
		n--;
	copy = arena_strndup(f->r.a, n > 0 ? text : "", n);
	if (copy == NULL) {
		f->hopeless = true;
		return;
	}
	f->cell[f->n_cells - 1].s = copy;
	f->cell[f->n_cells - 1].n = n;
}

static void read_header_cell(struct csv_reading *f, unsigned i)
{
	const char *name = f->cell[i].s;
	int near = -1;

	f->column[i] = -1;
	if (text_check_clean(name, f->cell[i].n) != NULL) {
		member_fault(&f->r, f->record, "",
		    "column %u has a name that "
		    "is not clean UTF-8 text",
		    i + 1);
		return;
	}
	for (int c = 0; c < MEMBER_COLUMNS; c++) {
		const char *known = member_column_name((enum member_column)c);

		if (strcasecmp(known, name) == 0)
			f->column[i] = c;
		else if (near < 0 && text_is_near(name, known))
			near = c;
	}
	for (unsigned j = 0; j < i && f->column[i] >= 0; j++)
		if (f->column[j] == f->column[i])
			member_fault(&f->r, f->record, name,
			    "this column stands in the header twice");
	if (f->column[i] >= 0)
		return;
	if (near >= 0)
		member_fault(&f->r, f->record, name,
		    "not a known column; did you mean \"%s\"",
		    member_column_name((enum member_column)near));
	else
		member_fault(&f->r, f->record, name, "not a known column");
}

static void read_header(struct csv_reading *f)
{
	static const bool REQUIRED[MEMBER_COLUMNS] = {
#define COLUMN(code, name, required) [MEMBER_##code] = (required),
#include "api/member_column.def"
#undef COLUMN
	};
	bool given[MEMBER_COLUMNS] = {false};
	bool any = false;

	if (f->n_cells == 1 && memchr(f->cell[0].s, ';', f->cell[0].n)) {
		member_fault(&f->r, f->record, "",
		    "expected columns separated by commas, not by semicolons");
		f->hopeless = true;
		return;
	}
	f->n_columns = f->n_cells < MAX_FIELDS ? f->n_cells : MAX_FIELDS;
	for (unsigned i = 0; i < f->n_columns; i++) {
		read_header_cell(f, i);
		if (f->column[i] >= 0)
			given[f->column[i]] = any = true;
	}
	for (int c = 0; c < MEMBER_COLUMNS; c++)
		if (REQUIRED[c] && !given[c])
			member_fault(&f->r, f->record,
			    member_column_name((enum member_column)c),
			    "this column is required");
	f->hopeless = f->hopeless || !any;
}

/* What the writer put before a would-be formula comes off again. */
static void drop_guard(struct csv_cell *cell)
{
	if (cell->n >= 2 && cell->s[0] == '\'' &&
	    strchr("=+-@'\t\r", cell->s[1])) {
		cell->s++;
		cell->n--;
	}
}

/* Preferred hours are some of those offered. */
static void check_preferred(struct csv_reading *f, const struct member_row *m)
{
	for (uint16_t i = 0; i < m->n_preferred; i++) {
		char text[WEEK_WINDOW_TEXT_SIZE];

		if (windows_hold(m->windows, m->n_windows, &m->preferred[i]))
			continue;
		window_format(&m->preferred[i], text);
		member_fault(&f->r, f->record,
		    member_column_name(MEMBER_PREFERRED_HOURS),
		    "\"%s\" is not within the hours of availability", text);
	}
}

static void read_record(struct csv_reading *f, struct member_row *m)
{
	*m = (struct member_row){.row = f->record,
	    .external_id = "",
	    .display_name = "",
	    .email = "",
	    .time_zone = "",
	    .industry = "",
	    .style = "",
	    .organization = "",
	    .years_tenths = -1,
	    .recent_pairings = -1,
	    .capacity = CAPACITY_ABSENT};
	for (unsigned i = 0; i < f->n_columns && i < f->n_cells; i++) {
		struct csv_cell cell = f->cell[i];
		enum member_column c;

		if (f->column[i] < 0)
			continue;
		c = (enum member_column)f->column[i];
		if (!utf8_is_valid(cell.s, cell.n) ||
		    memchr(cell.s, '\0', cell.n)) {
			member_fault(&f->r, f->record, member_column_name(c),
			    "not valid UTF-8 text");
			continue;
		}
		drop_guard(&cell);
		member_cell(&f->r, c, cell.s, cell.n, m);
	}
	if (m->capacity == CAPACITY_ABSENT)
		m->capacity = m->participation & PARTICIPATION_MENTOR
				  ? CAPACITY_DEFAULT
				  : 0;
	else if (m->participation == PARTICIPATION_NEWCOMER)
		member_fault(&f->r, f->record,
		    member_column_name(MEMBER_CAPACITY),
		    "only mentors have a capacity");
	check_preferred(f, m);
}

static void add_row(struct csv_reading *f)
{
	struct member_table *t = &f->table;
	struct member_row *grown;
	uint32_t size;

	if (t->n == COMMUNITY_MAX_PEOPLE) {
		member_fault(&f->r, f->record, "", "more than %d members",
		    COMMUNITY_MAX_PEOPLE);
		f->hopeless = true;
		return;
	}
	if (t->n == f->table_size) {
		size = 2 * f->table_size + 64;
		grown = arena_grow(f->r.a, t->row, t->n, size, sizeof(*t->row));
		if (grown == NULL) {
			f->hopeless = true;
			return;
		}
		t->row = grown;
		f->table_size = size;
	}
	read_record(f, &t->row[t->n++]);
}

static bool is_blank(const struct csv_reading *f)
{
	for (unsigned i = 0; i < f->n_cells && i < MAX_FIELDS; i++)
		if (f->cell[i].n > 0)
			return false;
	return true;
}

/* `end` is CR, LF or -1 (the end of the text). */
static void on_record(int end, void *cookie)
{
	struct csv_reading *f = cookie;
	bool half = end == '\n' && f->last_end == '\r' && f->n_cells == 0;

	f->last_end = half ? -1 : end;
	if (f->hopeless || half)
		return;
	if (f->n_columns == 0) {
		if (!is_blank(f))
			read_header(f);
	} else if (!is_blank(f)) {
		if (f->n_cells != f->n_columns)
			member_fault(&f->r, f->record, "",
			    "expected %u fields as in the header, found %u",
			    f->n_columns, f->n_cells);
		add_row(f);
	}
	f->n_cells = 0;
	f->record++;
}

/* An index of rows by external id, for duplicates and references. */
static int by_id(const void *a, const void *b)
{
	const struct member_row *const *x = a, *const *y = b;
	int order = strcmp((*x)->external_id, (*y)->external_id);

	if (order != 0)
		return order;
	return ((*x)->row > (*y)->row) - ((*x)->row < (*y)->row);
}

static bool has_id(
    const struct member_row *const *index, uint32_t n, const char *id)
{
	uint32_t low = 0, high = n;

	while (low < high) {
		uint32_t mid = low + (high - low) / 2;
		int order = strcmp(index[mid]->external_id, id);

		if (order == 0)
			return true;
		if (order < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return false;
}

struct reference_check {
	struct member_reader *r;
	const struct member_row *const *index;
	uint32_t n;
	const struct member_known *known;
};

static void check_named(const struct reference_check *check,
    const struct member_row *m, enum member_column c,
    const struct member_texts *named)
{
	for (uint16_t i = 0; i < named->n; i++) {
		const char *id = named->item[i];

		if (strcmp(id, m->external_id) == 0)
			member_fault(check->r, m->row, member_column_name(c),
			    "a member cannot name itself");
		else if (!has_id(check->index, check->n, id) &&
			 !(check->known &&
			     check->known->is_known(check->known->cookie, id)))
			member_fault(check->r, m->row, member_column_name(c),
			    "\"%.60s\" is not the external_id of a member", id);
	}
}

static bool check_table(struct csv_reading *f, const struct member_known *known)
{
	const struct member_row **index =
	    arena_array(f->r.a, f->table.n, sizeof(*index));
	struct reference_check check = {&f->r, index, f->table.n, known};

	if (index == NULL)
		return false;
	for (uint32_t i = 0; i < f->table.n; i++)
		index[i] = &f->table.row[i];
	qsort(index, f->table.n, sizeof(*index), by_id);
	for (uint32_t i = 0; i < f->table.n; i++) {
		const struct member_row *m = &f->table.row[i];

		check_named(&check, m, MEMBER_PREFERENCES, &m->preferences);
		check_named(&check, m, MEMBER_AVOID, &m->avoid);
	}
	for (uint32_t i = 1, first = 0; i < f->table.n; i++) {
		if (strcmp(index[i]->external_id, index[first]->external_id) !=
		    0)
			first = i;
		else if (index[i]->external_id[0] != '\0')
			member_fault(&f->r, index[i]->row,
			    member_column_name(MEMBER_EXTERNAL_ID),
			    "\"%.60s\" is used in row %u already",
			    index[i]->external_id, index[first]->row);
	}
	return true;
}

/* By row; what was found first stays first. At most MEMBER_MAX_FAULTS. */
static void sort_faults(struct member_faults *f)
{
	for (uint32_t i = 1; i < f->n; i++) {
		struct member_fault x = f->item[i];
		uint32_t j = i;

		for (; j > 0 && f->item[j - 1].row > x.row; j--)
			f->item[j] = f->item[j - 1];
		f->item[j] = x;
	}
}

/* Cut the text into records. False: no memory. */
static bool parse(struct csv_reading *f, const char *text, size_t n)
{
	struct csv_parser p;
	bool good;

	if (csv_init(&p, CSV_STRICT | CSV_STRICT_FINI | CSV_REPALL_NL) != 0)
		return false;
	good = csv_parse(&p, text, n, on_cell, on_record, f) == n;
	if (!good && csv_error(&p) == CSV_EPARSE) {
		member_fault(&f->r, f->record, "",
		    "a double quote inside an unquoted field, or text after "
		    "a closing one; reading stops here");
		good = true;
	} else if (good && csv_fini(&p, on_cell, on_record, f) != 0) {
		good = csv_error(&p) == CSV_EPARSE;
		member_fault(&f->r, f->record, "",
		    "a quoted field is not closed before the end of the file");
	}
	csv_free(&p);
	return good;
}

static bool is_utf16(const char *text, size_t n)
{
	return n >= 2 && (memcmp(text, "\xff\xfe", 2) == 0 ||
			     memcmp(text, "\xfe\xff", 2) == 0);
}

enum err_code member_file_read(struct arena *a, const char *text, size_t n,
    const struct tz *tz, const struct member_known *known,
    struct member_table *ret_table, struct member_faults *faults, struct err *e)
{
	struct csv_reading *f = ARENA_NEW(a, struct csv_reading);
	bool good = true;

	*faults = (struct member_faults){0};
	if (n > MEMBER_FILE_MAX_OCTETS)
		return ERR_SET(e, TOO_LARGE,
		    "a member file has at most %d octets",
		    MEMBER_FILE_MAX_OCTETS);
	if (f == NULL)
		return ERR_SET(e, NOMEM,
		    "the member file needs too much "
		    "memory");
	f->r = (struct member_reader){.a = a, .tz = tz, .faults = faults};
	f->record = 1;
	f->last_end = -1;
	if (n >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
		text += 3;
		n -= 3;
	}
	if (is_utf16(text, n))
		member_fault(&f->r, 1, "", "expected UTF-8, found UTF-16");
	else
		good = parse(f, text, n) && check_table(f, known);
	if (good && !f->hopeless && f->n_columns == 0 && faults->n == 0)
		member_fault(&f->r, 1, "", "expected a header row");
	sort_faults(faults);
	if (!good || arena_failed(a))
		return ERR_SET(e, NOMEM,
		    "the member file needs too much "
		    "memory");
	if (faults->n > 0)
		return ERR_SET(e, VALIDATION, "the member file has %u fault%s",
		    faults->n + faults->n_dropped,
		    faults->n + faults->n_dropped == 1 ? "" : "s");
	*ret_table = f->table;
	return ERR_OK;
}
