/*
 * Snapshot -> member rows: see round_rows.h. Invariant: people are in the order of
 * their ids, so that the text of the file follows from the data alone.
 */
#include "api/round_rows.h"

#include <string.h>

#include "api/text.h"
#include "base/num.h"

enum {
	MAX_ITEMS = 1024 /* of one list in the database */
};

static const char *id_text(struct arena *a, const struct id *id)
{
	char text[ID_TEXT_SIZE];

	id_format(id, text);
	return arena_strdup(a, text);
}

/* Cut "a;b;c" into copies; n is at most `most`. */
static const char **split(
    struct arena *a, const char *s, uint16_t most, uint16_t *n)
{
	const char **item = ARENA_ARRAY(a, most, const char *);

	*n = 0;
	while (item != NULL && s[0] != '\0' && *n < most) {
		size_t length = strcspn(s, ";");

		if (length > 0)
			item[(*n)++] = arena_strndup(a, s, length);
		s += length;
		s += s[0] == ';';
	}
	return item;
}

static struct member_texts texts(struct arena *a, const char *s)
{
	struct member_texts t;

	t.item = split(a, s, PERSON_MAX_TERMS, &t.n);
	return t;
}

/* "term:level;…", the level a digit or a name such as B2. */
static struct member_levels levels(struct arena *a, const char *s)
{
	struct member_levels l = {0};
	uint16_t n;
	const char **item = split(a, s, PERSON_MAX_TERMS, &n);

	l.item = ARENA_ARRAY(a, n, struct member_level);
	for (uint16_t i = 0; l.item != NULL && i < n && item[i] != NULL; i++) {
		const char *colon = strrchr(item[i], ':');
		int64_t level = 0;

		if (colon == NULL)
			continue;
		if (!num_parse_i64(
			colon + 1, strlen(colon + 1), 1, LEVEL_NATIVE, &level))
			level =
			    text_language_level(colon + 1, strlen(colon + 1));
		l.item[l.n++] = (struct member_level){
		    arena_strndup(a, item[i], (size_t)(colon - item[i])),
		    (uint8_t)level};
	}
	return l;
}

struct window *round_rows_windows(
    struct arena *a, const char *s, uint16_t *ret_n)
{
	uint16_t n;
	const char **item = split(a, s, WEEK_MAX_WINDOWS, &n);

	/* Room for more: busy times may cut one in two. */
	struct window *w = ARENA_ARRAY(a, WEEK_MAX_WINDOWS, struct window);

	*ret_n = 0;
	for (uint16_t i = 0; w != NULL && i < n; i++) {
		unsigned day, begin, end;

		if (item[i] == NULL ||
		    sscanf(item[i], "%u %u %u", &day, &begin, &end) != 3)
			continue;
		w[(*ret_n)++] = (struct window){(uint16_t)(day * 1440 + begin),
		    (uint16_t)(day * 1440 + end)};
	}
	return w;
}

static int by_id(const void *a, const void *b)
{
	const struct id *x = a;
	const struct db_snapshot_person *y = b;

	return memcmp(x, &y->id, sizeof(*x));
}

/* NULL when the person is not of the snapshot. */
static const struct db_snapshot_person *find(
    const struct db_snapshot_people *people, const struct id *id)
{
	return bsearch(
	    id, people->item, people->n, sizeof(*people->item), by_id);
}

/* Those of a list of ids who are here. */
static struct member_texts present(
    struct arena *a, const struct db_snapshot_people *people, const char *s)
{
	struct member_texts t = {0};
	uint16_t n;
	const char **item = split(a, s, MAX_ITEMS, &n);

	t.item = ARENA_ARRAY(a, PERSON_MAX_NAMED, const char *);
	for (uint16_t i = 0; t.item != NULL && i < n; i++) {
		struct id id;

		if (item[i] != NULL && t.n < PERSON_MAX_NAMED &&
		    id_parse(item[i], strlen(item[i]), &id) &&
		    find(people, &id) != NULL)
			t.item[t.n++] = item[i];
	}
	return t;
}

static bool names(const struct member_texts *t, const char *id)
{
	for (uint16_t i = 0; i < t->n; i++)
		if (strcmp(t->item[i], id) == 0)
			return true;
	return false;
}

/* Keep two apart: either side's list does. */
static enum err_code ban(
    struct member_row *x, struct member_row *y, struct err *e)
{
	if (names(&x->avoid, y->external_id) ||
	    names(&y->avoid, x->external_id))
		return ERR_OK;
	if (x->avoid.n < PERSON_MAX_NAMED)
		x->avoid.item[x->avoid.n++] = y->external_id;
	else if (y->avoid.n < PERSON_MAX_NAMED)
		y->avoid.item[y->avoid.n++] = x->external_id;
	else
		return ERR_SET(e, VALIDATION,
		    "two members avoid %d others each, there is no room for "
		    "the pair that was declined",
		    PERSON_MAX_NAMED);
	return ERR_OK;
}

static void fill(struct arena *a, const struct db_snapshot_people *people,
    const struct db_snapshot_person *p, struct member_row *m)
{
	*m = (struct member_row){
	    .external_id = id_text(a, &p->id),
	    .display_name = p->display_name,
	    .email = "", /* a solve needs no address */
	    .participation = (enum participation)(
		(p->newcomer ? PARTICIPATION_NEWCOMER : 0) |
		(p->mentor ? PARTICIPATION_MENTOR : 0)),
	    .roles = texts(a, p->roles),
	    .wants = texts(a, p->wants),
	    .tags = texts(a, p->tags),
	    .stack = levels(a, p->stack),
	    .languages = levels(a, p->languages),
	    .time_zone = p->time_zone,
	    .industry = p->industry,
	    .style = p->style,
	    .organization = p->organization,
	    .years_tenths = (int16_t)p->years_tenths,
	    .capacity =
		(uint16_t)(p->places > PERSON_MAX_CAPACITY ? PERSON_MAX_CAPACITY
							   : p->places),
	    .preferences = present(a, people, p->preferences),
	    .avoid = present(a, people, p->avoid),
	    .waiting_days = (uint16_t)p->waiting_days,
	    .volunteer = (uint8_t)p->volunteer,
	    .recent_pairings = (int16_t)(p->recent_pairings > PERSON_MAX_RECENT
					     ? PERSON_MAX_RECENT
					     : p->recent_pairings),
	    .mentors_wanted = (uint8_t)p->mentors_wanted,
	};
	m->windows = round_rows_windows(a, p->windows, &m->n_windows);
	m->preferred = round_rows_windows(a, p->preferred, &m->n_preferred);
}

enum err_code round_rows_make(struct arena *a,
    const struct db_snapshot_people *people,
    const struct db_snapshot_bans *bans, struct member_table *ret_table,
    struct err *e)
{
	struct member_table t = {0};

	if (people->n > COMMUNITY_MAX_PEOPLE)
		return ERR_SET(e, TOO_LARGE, "a round has at most %d people",
		    COMMUNITY_MAX_PEOPLE);
	t.n = (uint32_t)people->n;
	t.row = ARENA_ARRAY(a, t.n, struct member_row);
	for (uint32_t i = 0; i < t.n && !arena_failed(a); i++)
		fill(a, people, &people->item[i], &t.row[i]);
	if (arena_failed(a))
		return ERR_SET(e, NOMEM, "no memory for the round's input");
	for (size_t i = 0; i < bans->n; i++) {
		const struct db_snapshot_person *x = find(people,
						    &bans->item[i].newcomer_id),
						*y = find(people,
						    &bans->item[i].mentor_id);
		enum err_code code = ERR_OK;

		if (x != NULL && y != NULL)
			code = ban(&t.row[x - people->item],
			    &t.row[y - people->item], e);
		if (code != ERR_OK)
			return code;
	}
	*ret_table = t;
	return ERR_OK;
}

const char *round_rows_text(struct arena *a, const struct member_table *t)
{
	unsigned flags = MEMBER_WRITE_WAITING;
	struct str out;
	char *text;

	for (uint32_t i = 0; i < t->n; i++)
		if (t->row[i].mentors_wanted > 0)
			flags |= MEMBER_WRITE_WANTED;
	str_init(&out, MEMBER_FILE_MAX_OCTETS);
	member_file_write_header(&out, flags);
	for (uint32_t i = 0; i < t->n; i++)
		member_file_write_row(&out, &t->row[i], flags);
	text = out.failed ? NULL : arena_strndup(a, out.data, out.len);
	str_free(&out);
	return text;
}

enum err_code round_rows_community(struct arena *a, struct tz *tz,
    const char *text, struct community **ret_community, struct err *e)
{
	struct member_table table;
	struct member_faults faults;
	enum err_code code = member_file_read(
	    a, text, strlen(text), tz, NULL, &table, &faults, e);

	if (code == ERR_OK)
		code = member_community(a, &table, tz, ret_community, e);
	return code;
}
