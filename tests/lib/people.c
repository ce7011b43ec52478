/* Communities for tests: see people.h. One arena holds everything. */
#include "tests/lib/people.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/num.h"
#include "base/str.h"

enum {
	MAX_WORDS = 128,
	FROM = 1767225600, /* 2026-01-01 */
	TO = 1830297600,   /* 2028-01-01 */
};

#define CHANGES(...)                 \
	(const struct zone_change[]) \
	{                            \
		__VA_ARGS__          \
	}
#define EUROPE(winter)                                                 \
	CHANGES({1774746000, (winter) + 3600}, {1792890000, (winter)}, \
	    {1806195600, (winter) + 3600}, {1824944400, (winter)})

static const struct zone ZONES[] = {
    {"UTC", FROM, TO, 0, 0, NULL},
    {"Europe/Berlin", FROM, TO, 3600, 4, EUROPE(3600)},
    {"Europe/London", FROM, TO, 0, 4, EUROPE(0)},
    {"America/New_York", FROM, TO, -18000, 4,
	CHANGES({1772953200, -14400}, {1793512800, -18000},
	    {1805007600, -14400}, {1825567200, -18000})},
    {"Asia/Kathmandu", FROM, TO, 20700, 0, NULL},
    {"Asia/Tokyo", FROM, TO, 32400, 0, NULL},
    {"America/Sao_Paulo", FROM, TO, -10800, 0, NULL},
    {"Australia/Sydney", FROM, TO, 39600, 4,
	CHANGES({1775318400, 36000}, {1791043200, 39600}, {1806768000, 36000},
	    {1822492800, 39600})},
};

struct named {
	const char *id;
	char *prefers, *avoids; /* resolved once everybody is there */
	struct person person;
};

struct people {
	struct arena *arena;
	struct terms *terms;
	struct named *named;
	uint32_t n, size;
	struct community community;
};

const struct zone *people_zone(const char *name)
{
	for (size_t i = 0; i < sizeof(ZONES) / sizeof(*ZONES); i++)
		if (strcmp(ZONES[i].name, name) == 0)
			return &ZONES[i];
	return NULL;
}

struct policy people_policy(void)
{
	struct policy p;

	policy_default(&p);
	p.first_day = PEOPLE_FIRST_DAY;
	return p;
}

struct people *people_new(void)
{
	struct arena *a = arena_new((size_t)1 << 30);
	struct people *f = ARENA_NEW(a, struct people);

	assert_non_null(f);
	f->arena = a;
	f->terms = terms_new(a);
	f->size = 16;
	f->named = ARENA_ARRAY(a, f->size, struct named);
	return f;
}

void people_free(struct people *f)
{
	if (f != NULL)
		arena_free(f->arena);
}

/* Split text at `mark` in place; leading spaces of the parts are skipped. */
static size_t split(char *text, char mark, char *word[MAX_WORDS])
{
	size_t n = 0;

	while (*text != '\0') {
		text += strspn(text, " ");
		if (*text == '\0')
			break;
		assert_true(n < MAX_WORDS);
		word[n++] = text;
		while (*text != '\0' && *text != mark)
			text++;
		if (*text != '\0')
			*text++ = '\0';
	}
	return n;
}

static int by_number(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static int by_term(const void *a, const void *b)
{
	const struct term_level *x = a, *y = b;
	int order = by_number(&x->term, &y->term);

	return order != 0 ? order
			  : (y->level > x->level) - (y->level < x->level);
}

static uint32_t term(struct people *f, const char *word)
{
	uint32_t k = terms_intern(f->terms, word, strlen(word));

	assert_int_not_equal(k, TERM_NONE);
	return k;
}

static const uint32_t *terms_of(struct people *f, char *text, uint16_t *ret_n)
{
	char *word[MAX_WORDS];
	size_t n = split(text, ' ', word);
	uint32_t *list = ARENA_ARRAY(f->arena, n, uint32_t);

	for (size_t i = 0; i < n; i++)
		list[i] = term(f, word[i]);
	qsort(list, n, sizeof(*list), by_number);
	*ret_n = 0;
	for (size_t i = 0; i < n; i++)
		if (i == 0 || list[i] != list[*ret_n - 1])
			list[(*ret_n)++] = list[i];
	return list;
}

static uint8_t level_of(const char *text)
{
	static const char *const NAME[] = {
	    "A1", "A2", "B1", "B2", "C1", "C2", "native"};

	for (uint8_t i = 0; i < 7; i++)
		if (strcmp(NAME[i], text) == 0)
			return (uint8_t)(i + 1);
	assert_true(text[0] >= '1' && text[0] <= '5' && text[1] == '\0');
	return (uint8_t)(text[0] - '0');
}

static const struct term_level *levels_of(
    struct people *f, char *text, bool language, uint16_t *ret_n)
{
	char *word[MAX_WORDS];
	size_t n = split(text, ' ', word);
	struct term_level *list = ARENA_ARRAY(f->arena, n, struct term_level);

	for (size_t i = 0; i < n; i++) {
		char *colon = strchr(word[i], ':');

		list[i].level = language ? LEVEL_NATIVE : STACK_DEFAULT_LEVEL;
		if (colon != NULL) {
			*colon = '\0';
			list[i].level = level_of(colon + 1);
		}
		list[i].term = language ? terms_intern_verbatim(f->terms,
					      word[i], strlen(word[i]))
					: term(f, word[i]);
	}
	qsort(list, n, sizeof(*list), by_term);
	*ret_n = 0;
	for (size_t i = 0; i < n; i++)
		if (i == 0 || list[i].term != list[*ret_n - 1].term)
			list[(*ret_n)++] = list[i];
	return list;
}

static const struct window *windows_of(
    struct people *f, char *text, uint16_t *ret_n)
{
	char *word[MAX_WORDS];
	size_t n = split(text, ',', word);
	struct window *list = ARENA_ARRAY(f->arena, n, struct window);

	for (size_t i = 0; i < n; i++) {
		size_t len = strlen(word[i]);

		while (len > 0 && word[i][len - 1] == ' ')
			len--;
		assert_null(window_parse(word[i], len, &list[i]));
	}
	*ret_n = (uint16_t)windows_normalise(list, n);
	return list;
}

static int64_t number_of(const char *text, int64_t max)
{
	int64_t value = 0;

	assert_true(num_parse_i64(text, strlen(text), 0, max, &value));
	return value;
}

/* One "name value" field. */
static void set_field(
    struct people *f, struct named *q, char *name, char *value)
{
	struct person *p = &q->person;
	int64_t tenths = 0;

	if (strcmp(name, "newcomer") == 0)
		p->participation = PARTICIPATION_NEWCOMER;
	else if (strcmp(name, "mentor") == 0)
		p->participation = PARTICIPATION_MENTOR;
	else if (strcmp(name, "both") == 0)
		p->participation = PARTICIPATION_BOTH;
	else if (strcmp(name, "roles") == 0)
		p->roles = terms_of(f, value, &p->n_roles);
	else if (strcmp(name, "wants") == 0)
		p->wants = terms_of(f, value, &p->n_wants);
	else if (strcmp(name, "tags") == 0)
		p->tags = terms_of(f, value, &p->n_tags);
	else if (strcmp(name, "stack") == 0)
		p->stack = levels_of(f, value, false, &p->n_stack);
	else if (strcmp(name, "langs") == 0)
		p->languages = levels_of(f, value, true, &p->n_languages);
	else if (strcmp(name, "hours") == 0)
		p->windows = windows_of(f, value, &p->n_windows);
	else if (strcmp(name, "likes") == 0)
		p->preferred = windows_of(f, value, &p->n_preferred);
	else if (strcmp(name, "volunteer") == 0)
		p->volunteer = (uint8_t)number_of(value, PERSON_MAX_VOLUNTEER);
	else if (strcmp(name, "carried") == 0)
		p->carried = (uint16_t)number_of(value, PERSON_MAX_CARRIED);
	else if (strcmp(name, "prefers") == 0)
		q->prefers = value;
	else if (strcmp(name, "avoids") == 0)
		q->avoids = value;
	else if (strcmp(name, "zone") == 0)
		p->zone = people_zone(value);
	else if (strcmp(name, "industry") == 0)
		p->industry = term(f, value);
	else if (strcmp(name, "style") == 0)
		p->style = term(f, value);
	else if (strcmp(name, "org") == 0)
		p->organization = term(f, value);
	else if (strcmp(name, "cap") == 0)
		p->capacity = (uint16_t)number_of(value, PERSON_MAX_CAPACITY);
	else if (strcmp(name, "waits") == 0)
		p->waiting_days = (uint16_t)number_of(value, 10000);
	else if (strcmp(name, "recent") == 0)
		p->recent_pairings =
		    (int16_t)number_of(value, PERSON_MAX_RECENT);
	else if (strcmp(name, "mentors") == 0)
		p->mentors_wanted =
		    (uint8_t)number_of(value, POLICY_MAX_MENTORS);
	else if (strcmp(name, "years") == 0 &&
		 num_parse_tenths(value, strlen(value), 1000, &tenths))
		p->years_tenths = (int16_t)tenths;
	else
		fail_msg("%s: unknown field \"%s\"", q->id, name);
}

void people_add(struct people *f, const char *id, const char *fields)
{
	char *text = arena_strdup(f->arena, fields), *field[MAX_WORDS];
	char hours[] = "Mon 18:00-20:00", english[] = "en:native";
	size_t n = split(text, ';', field);
	struct named *q;

	if (f->n == f->size) {
		f->named = arena_grow(
		    f->arena, f->named, f->n, f->size * 2, sizeof(*f->named));
		f->size *= 2;
	}
	q = &f->named[f->n++];
	q->id = arena_strdup(f->arena, id);
	q->person = (struct person){.id = q->id,
	    .name = q->id,
	    .email = arena_printf(f->arena, "%s@example.org", id),
	    .participation = PARTICIPATION_NEWCOMER,
	    .zone = people_zone("UTC"),
	    .years_tenths = -1,
	    .recent_pairings = -1,
	    .capacity = 1};
	q->person.windows = windows_of(f, hours, &q->person.n_windows);
	q->person.languages =
	    levels_of(f, english, true, &q->person.n_languages);
	for (size_t i = 0; i < n; i++) {
		size_t len = strlen(field[i]);
		char *space = strchr(field[i], ' ');

		while (len > 0 && field[i][len - 1] == ' ')
			field[i][--len] = '\0';
		if (space != NULL && *space != '\0')
			*space = '\0';
		set_field(f, q, field[i],
		    space != NULL && space < field[i] + len ? space + 1
							    : field[i] + len);
	}
	if (q->person.participation == PARTICIPATION_NEWCOMER)
		q->person.capacity = 0;
	if (q->person.zone == NULL)
		fail_msg("%s: unknown zone", id);
}

static int by_id(const void *a, const void *b)
{
	return strcmp(
	    ((const struct named *)a)->id, ((const struct named *)b)->id);
}

static const uint32_t *resolve(
    struct people *f, char *names, bool sorted, uint16_t *ret_n)
{
	char *word[MAX_WORDS];
	size_t n = names != NULL ? split(names, ' ', word) : 0;
	uint32_t *list = ARENA_ARRAY(f->arena, n, uint32_t);

	for (size_t i = 0; i < n; i++)
		list[i] = people_find(f, word[i]);
	if (sorted)
		qsort(list, n, sizeof(*list), by_number);
	*ret_n = (uint16_t)n;
	return list;
}

const struct community *people_community(struct people *f)
{
	struct person *person = ARENA_ARRAY(f->arena, f->n, struct person);

	qsort(f->named, f->n, sizeof(*f->named), by_id);
	for (uint32_t i = 0; i < f->n; i++) {
		struct named *q = &f->named[i];
		struct person *p = &q->person;

		p->preferences =
		    resolve(f, q->prefers, false, &p->n_preferences);
		p->avoid = resolve(f, q->avoids, true, &p->n_avoid);
		person[i] = *p;
	}
	f->community = (struct community){person, f->n, f->terms};
	assert_false(arena_failed(f->arena));
	return &f->community;
}

uint32_t people_find(const struct people *f, const char *id)
{
	for (uint32_t i = 0; i < f->n; i++)
		if (strcmp(f->named[i].id, id) == 0)
			return i;
	fail_msg("nobody is called %s", id);
	return UINT32_MAX;
}

/* SplitMix64 (Steele, Lea, Flood 2014). */
static uint64_t draw(uint64_t *state)
{
	uint64_t z = (*state += 0x9e3779b97f4a7c15u);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

/* Below n, small numbers much more often: a skewed world. */
static unsigned skewed(uint64_t *state, unsigned n)
{
	unsigned a = (unsigned)(draw(state) % n),
		 b = (unsigned)(draw(state) % n);

	return a < b ? a : b;
}

static void random_person(
    struct people *f, uint64_t *s, bool mentor, uint32_t number)
{
	static const char *const ROLE[] = {"fullstack", "backend", "frontend",
	    "devops", "data-scientist", "mobile", "qa", "security"};
	static const char *const SKILL[] = {"javascript", "python", "sql",
	    "typescript", "html", "java", "go", "c#", "c++", "rust", "kotlin",
	    "php", "swift", "ruby", "scala", "elixir", "haskell", "cobol"};
	static const char *const LANGUAGE[] = {
	    "en", "en", "es", "pt", "de", "fr", "hi", "ja"};
	static const char *const LEVEL[] = {"native", "C1", "B2", "B1", "A2"};
	static const char *const STYLE[] = {"call", "chat", "pairing", "async"};
	static const char *const INDUSTRY[] = {
	    "software", "banking", "health", "retail", "energy", "games"};
	static const char *const DAY[] = {
	    "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
	struct str text;
	char id[16];

	str_init(&text, 4096);
	str_printf(&text, "%s; roles %s; stack", mentor ? "mentor" : "newcomer",
	    ROLE[skewed(s, 8)]);
	for (unsigned k = 0, n = 2 + (unsigned)(draw(s) % 4); k < n; k++)
		str_printf(&text, " %s:%u", SKILL[skewed(s, 6) * 3 + k % 3],
		    1 + (unsigned)(draw(s) % 5));
	str_puts(&text, "; hours ");
	for (unsigned k = 0, n = 2 + (unsigned)(draw(s) % 3); k < n; k++) {
		unsigned hour = 17 + (unsigned)(draw(s) % 4);

		str_printf(&text, "%s%s %02u:00-%02u:%s", k > 0 ? ", " : "",
		    DAY[draw(s) % 7], hour, hour + 1 + (unsigned)(draw(s) % 2),
		    draw(s) % 2 ? "00" : "30");
	}
	str_printf(&text, "; zone %s; langs %s:%s; style %s; industry %s",
	    ZONES[skewed(s, sizeof(ZONES) / sizeof(*ZONES))].name,
	    LANGUAGE[skewed(s, 8)], LEVEL[skewed(s, 5)], STYLE[draw(s) % 4],
	    INDUSTRY[skewed(s, 6)]);
	str_printf(&text, "; years %u; %s %u",
	    (mentor ? 3 : 0) + skewed(s, mentor ? 20 : 5),
	    mentor ? "cap" : "waits",
	    mentor ? 1 + skewed(s, 4) : skewed(s, 60));
	if (!mentor && draw(s) % 4 == 0)
		str_puts(&text, "; prefers m00000 m00001");
	snprintf(id, sizeof(id), "%c%05u", mentor ? 'm' : 'n', number);
	assert_false(text.failed);
	people_add(f, id, text.data);
	str_free(&text);
}

const struct community *people_random(
    struct people *f, uint32_t n, uint32_t m, uint64_t seed)
{
	people_add(f, "m00000", "mentor; stack javascript:5 python:5; cap 3");
	people_add(f, "m00001", "mentor; stack sql:5 go:5; cap 3");
	for (uint32_t i = 0; i < n; i++)
		random_person(f, &seed, false, i);
	for (uint32_t j = 2; j < m; j++)
		random_person(f, &seed, true, j);
	return people_community(f);
}
