/* Member files in and out of the database: see service_members.h. */
#include <stdlib.h>
#include <string.h>

#include "api/member_cell.h"
#include "api/member_file.h"
#include "api/service_audit.h"
#include "api/service_members.h"
#include "api/text.h"
#include "base/jwrite.h"
#include "db/programs.h"

enum {
	MAX_JSON = 256 << 20,
	MAX_EXPORT = 256 << 20,
	DAY_MINUTES = 1440
};

/* ---- import ---- */

struct known {
	const char **id; /* sorted */
	size_t n;
};

static int by_text(const void *a, const void *b)
{
	const char *const *x = a, *const *y = b;

	return strcmp(*x, *y);
}

static bool is_known(void *cookie, const char *external_id)
{
	const struct known *k = cookie;

	return bsearch(&external_id, k->id, k->n, sizeof(*k->id), by_text) !=
	       NULL;
}

static enum err_code load_known(
    struct call *c, struct known *ret_known, struct err *e)
{
	const struct db_rows *rows;
	struct known k;
	enum err_code code = db_member_external_ids(
	    c->db, c->arena, &c->who.community_id, &rows, e);

	if (code != ERR_OK)
		return code;
	k.n = db_count(rows);
	k.id = ARENA_ARRAY(c->arena, k.n + 1, const char *);
	if (!k.id)
		return ERR_SET(e, NOMEM, "no memory for the members");
	for (size_t i = 0; i < k.n; i++)
		k.id[i] = db_get_text(rows, i, 0);
	qsort(k.id, k.n, sizeof(*k.id), by_text);
	*ret_known = k;
	return ERR_OK;
}

static void write_texts(
    struct jwrite *w, const char *key, const struct member_texts *t)
{
	jwrite_key_array(w, key);
	for (uint16_t i = 0; i < t->n; i++)
		jwrite_text(w, t->item[i]);
	jwrite_array_end(w);
}

static void write_levels(struct jwrite *w, const struct member_row *m)
{
	jwrite_key_array(w, "stack");
	for (uint16_t i = 0; i < m->stack.n; i++) {
		jwrite_object(w);
		jwrite_key_text(w, "term", m->stack.item[i].term);
		jwrite_key_int(w, "level", m->stack.item[i].level);
		jwrite_object_end(w);
	}
	jwrite_array_end(w);
	jwrite_key_array(w, "languages");
	for (uint16_t i = 0; i < m->languages.n; i++) {
		const struct member_level *l = &m->languages.item[i];

		jwrite_object(w);
		jwrite_key_text(w, "language", l->term);
		jwrite_key_text(w, "level", text_language_level_name(l->level));
		jwrite_object_end(w);
	}
	jwrite_array_end(w);
}

static void write_windows(
    struct jwrite *w, const char *key, const struct window *list, uint16_t n)
{
	jwrite_key_array(w, key);
	for (uint16_t i = 0; i < n; i++) {
		int day = list[i].begin / DAY_MINUTES;

		jwrite_object(w);
		jwrite_key_int(w, "weekday", day);
		jwrite_key_int(
		    w, "begin_minute", list[i].begin - day * DAY_MINUTES);
		jwrite_key_int(
		    w, "end_minute", list[i].end - day * DAY_MINUTES);
		jwrite_object_end(w);
	}
	jwrite_array_end(w);
}

static const char *or_null(const char *s)
{
	return *s ? s : NULL;
}

static void write_member(struct jwrite *w, const struct member_row *m)
{
	static const char *const PARTICIPATION[] = {
	    NULL, "newcomer", "mentor", "both"};
	const struct id id = id_new();
	char text[ID_TEXT_SIZE];

	id_format(&id, text);
	jwrite_object(w);
	jwrite_key_text(w, "id", text);
	jwrite_key_text(w, "external_id", m->external_id);
	jwrite_key_text(w, "display_name", m->display_name);
	jwrite_key_text(w, "email", or_null(m->email));
	write_texts(w, "roles", &m->roles);
	write_texts(w, "wants", &m->wants);
	write_texts(w, "tags", &m->tags);
	write_levels(w, m);
	jwrite_key_text(w, "time_zone", m->time_zone);
	jwrite_key_text(w, "industry", or_null(m->industry));
	jwrite_key_text(w, "style", or_null(m->style));
	jwrite_key_text(w, "organization", or_null(m->organization));
	jwrite_key(w, "years");
	if (m->years_tenths >= 0)
		jwrite_tenths(w, m->years_tenths);
	else
		jwrite_null(w);
	write_texts(w, "preferences", &m->preferences);
	write_texts(w, "avoid", &m->avoid);
	write_windows(w, "windows", m->windows, m->n_windows);
	write_windows(w, "preferred_hours", m->preferred, m->n_preferred);
	jwrite_key_int(w, "volunteer", m->volunteer);
	jwrite_key_text(w, "participation",
	    PARTICIPATION[m->participation & PARTICIPATION_BOTH]);
	jwrite_key_int(w, "capacity", m->capacity);
	jwrite_object_end(w);
}

/* The whole table as one array; malloc'ed, NULL without memory. */
static char *write_all(const struct member_table *t)
{
	struct str out;
	struct jwrite w;

	str_init(&out, MAX_JSON);
	jwrite_init(&w, &out, false);
	jwrite_array(&w);
	for (uint32_t i = 0; i < t->n; i++)
		write_member(&w, &t->row[i]);
	jwrite_array_end(&w);
	if (!jwrite_done(&w))
		str_clear(&out);
	return out.len ? str_take(&out) : (str_free(&out), NULL);
}

static enum err_code report(const struct member_faults *f, struct err *e)
{
	(void)ERR_SET(e, VALIDATION,
	    "the file has %u faults; nothing was imported",
	    f->n + f->n_dropped);
	for (uint32_t i = 0; i < f->n; i++) {
		char place[ERR_PLACE_SIZE];

		snprintf(place, sizeof(place), "row:%u:%s", f->item[i].row,
		    f->item[i].column);
		err_add_field(
		    e, ERR_VALIDATION, place, "%s", f->item[i].detail);
	}
	e->n_dropped += f->n_dropped;
	return ERR_VALIDATION;
}

static enum err_code write_import(struct call *c,
    const struct member_import *in, const struct member_table *table,
    struct db_import_counts *counts, struct err *e)
{
	const struct id *subject =
	    in->program_id ? in->program_id : &c->who.community_id;
	char *json = write_all(table);
	char *summary;
	enum err_code code;

	if (!json)
		return ERR_SET(e, NOMEM, "no memory for the import");
	code = db_member_import(c->db, c->arena, &c->who.community_id,
	    in->program_id, json, counts, e);
	free(json);
	if (code != ERR_OK)
		return code;
	summary = arena_printf(c->arena,
	    "{\"created\":%lld,\"updated\":%lld,\"enrolled\":%lld}",
	    (long long)counts->created, (long long)counts->updated,
	    (long long)counts->enrolled);
	return service_audit_fact(c, "member.import",
	    in->program_id ? "program" : "community", subject, NULL, summary,
	    e);
}

enum err_code service_members_import(struct call *c,
    const struct member_import *in, struct member_import_result *ret_result,
    struct err *e)
{
	struct member_import_result result = {.rows = 0};
	struct member_faults faults = {NULL, 0, 0};
	struct member_table table;
	struct known known;
	struct db_doc program;
	const struct member_known outside = {is_known, &known};
	enum err_code code = load_known(c, &known, e);

	if (code == ERR_OK && in->program_id)
		code = db_program_get(c->db, c->arena, &c->who.community_id,
		    in->program_id, &program, e);
	if (code == ERR_OK)
		code = member_file_read(c->arena, in->text, in->n, c->tz,
		    &outside, &table, &faults, e);
	if (in->faults)
		*in->faults = faults;
	if (code == ERR_VALIDATION && faults.n > 0)
		return report(&faults, e);
	if (code != ERR_OK)
		return code;
	result.rows = table.n;
	for (uint32_t i = 0; i < table.n && in->validate_only; i++)
		if (is_known(&known, table.row[i].external_id))
			result.counts.updated++;
		else
			result.counts.created++;
	if (!in->validate_only)
		code = write_import(c, in, &table, &result.counts, e);
	if (code == ERR_OK)
		*ret_result = result;
	return code;
}

/* ---- export ---- */

static void write_row(
    struct call *c, const struct db_rows *rows, size_t row, struct str *out)
{
	/* What the database holds was checked on its way in; a fault here, such
	 * as the participation of somebody who is not enrolled, leaves the cell
	 * empty. */
	struct member_faults faults = {NULL, 0, 0};
	struct member_reader reader = {
	    .a = c->arena, .tz = c->tz, .faults = &faults};
	struct member_row m = {
	    .row = 1, .years_tenths = -1, .recent_pairings = -1};

	m.external_id = m.display_name = m.email = m.time_zone = "";
	m.industry = m.style = m.organization = "";
	for (int i = 0; i < MEMBER_WAITING_DAYS; i++) {
		const char *s = db_get_text(rows, row, i);

		if (s && *s)
			member_cell(
			    &reader, (enum member_column)i, s, strlen(s), &m);
	}
	member_file_write_row(out, &m, MEMBER_WRITE_GUARD);
}

enum err_code service_members_export(struct call *c,
    const struct id *program_id, const char **ret_text, size_t *ret_n,
    struct err *e)
{
	const struct db_rows *rows;
	struct str out;
	struct db_doc program;
	enum err_code code = ERR_OK;

	if (program_id)
		code = db_program_get(c->db, c->arena, &c->who.community_id,
		    program_id, &program, e);
	if (code == ERR_OK)
		code = db_member_cells(c->db, c->arena, &c->who.community_id,
		    program_id, &rows, e);
	if (code != ERR_OK)
		return code;
	str_init(&out, MAX_EXPORT);
	member_file_write_header(&out, MEMBER_WRITE_GUARD);
	for (size_t i = 0; i < db_count(rows); i++)
		write_row(c, rows, i, &out);
	*ret_n = out.len;
	*ret_text =
	    out.failed ? NULL : arena_strndup(c->arena, out.data, out.len);
	str_free(&out);
	return *ret_text ? ERR_OK
			 : ERR_SET(e, NOMEM, "no memory for the export");
}
