/* Binding, text checks, digests, policies and intakes: what the API takes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "api/bind.h"
#include "api/digest.h"
#include "api/json.h"
#include "api/member_file.h"
#include "api/policy_file.h"
#include "api/text.h"
#include "base/instant.h"

struct inner {
	int16_t seats;
};

struct thing {
	const char *title, *note, *mail;
	enum bind_seen note_seen;
	int64_t big;
	uint8_t small, weekday;
	uint16_t minute, end;
	bool good;
	int32_t day;
	int64_t instant;
	struct id id;
	int color;
	struct inner inner;
	struct bind_list tags, inners;
};

static const struct bind_name COLORS[] = {{"red", 1}, {"blue", 2}, {0}};
static const struct bind INNER[] = {
    {"seats", BIND_INT, BIND_REQUIRED, BIND_INTO(struct inner, seats),
	.min = -5, .max = 500},
    {0},
};
static const struct bind TAG = {.key = "",
    .type = BIND_STRING,
    BIND_EACH(const char *),
    .min = 1,
    .max = 5};
static const struct bind INNER_ROW = {
    .key = "", .type = BIND_OBJECT, .item = INNER};
static const struct bind THING[] = {
    {"title", BIND_STRING, BIND_REQUIRED, BIND_INTO(struct thing, title),
	.min = 1, .max = 10},
    {"note", BIND_STRING, BIND_NULLABLE | BIND_LINES,
	BIND_INTO(struct thing, note), .max = 20,
	BIND_SEEN(struct thing, note_seen)},
    {"mail", BIND_STRING, BIND_INTO(struct thing, mail), .max = 254,
	.check = text_check_email},
    {"big", BIND_INT, BIND_INTO(struct thing, big), .min = INT64_MIN,
	.max = INT64_MAX},
    {"small", BIND_INT, BIND_INTO(struct thing, small), .min = 0, .max = 255},
    {"good", BIND_BOOL, BIND_INTO(struct thing, good)},
    {"day", BIND_DATE, BIND_INTO(struct thing, day)},
    {"instant", BIND_INSTANT, BIND_INTO(struct thing, instant)},
    {"minute", BIND_LOCAL_TIME, BIND_INTO(struct thing, minute)},
    {"end", BIND_CLOCK_END, BIND_INTO(struct thing, end)},
    {"weekday", BIND_WEEKDAY, BIND_INTO(struct thing, weekday)},
    {"id", BIND_UUID, BIND_INTO(struct thing, id)},
    {"color", BIND_NAME, BIND_INTO(struct thing, color), .names = COLORS},
    {"inner", BIND_OBJECT, BIND_INTO(struct thing, inner), .item = INNER},
    {"tags", BIND_LIST, BIND_UNIQUE, BIND_INTO(struct thing, tags), .max = 3,
	.item = &TAG, .item_size = sizeof(const char *)},
    {"inners", BIND_LIST, BIND_INTO(struct thing, inners), .min = 1, .max = 3,
	.item = &INNER_ROW, .item_size = sizeof(struct inner)},
    {0},
};

static int set_up(void **state)
{
	*state = arena_new(8 << 20);
	return *state == NULL;
}

static int tear_down(void **state)
{
	arena_free(*state);
	return 0;
}

static enum err_code bind_text(
    struct arena *a, const char *text, struct thing *t, struct err *e)
{
	struct json_object *tree;
	enum err_code code;

	err_clear(e);
	*t = (struct thing){.small = 7};
	code = json_read(a, text, strlen(text), &tree, e);
	return code != ERR_OK ? code : bind_object(a, tree, THING, t, e);
}

static void every_type_is_read(void **state)
{
	struct thing t;
	struct err e;

	assert_int_equal(
	    bind_text(*state,
		"{\"title\":\"Zo\\u00eb\",\"note\":\"a\\nb\","
		"\"mail\":\"a.b@example.org\",\"big\":-9007199254740991,"
		"\"good\":true,\"day\":\"2026-10-25\","
		"\"instant\":\"2026-10-25T10:00:00+02:00\","
		"\"minute\":\"18:30\",\"end\":\"24:00\",\"weekday\":\"Sun\","
		"\"id\":\"01890a5d-ac96-774b-bcce-b302099a8057\","
		"\"color\":\"blue\",\"inner\":{\"seats\":-5},"
		"\"tags\":[\"x\",\"y\"],"
		"\"inners\":[{\"seats\":1},{\"seats\":500}]}",
		&t, &e),
	    ERR_OK);
	assert_string_equal(t.title, "Zo\xc3\xab");
	assert_string_equal(t.note, "a\nb");
	assert_int_equal(t.note_seen, BIND_VALUE);
	assert_true(t.big == -INT64_C(9007199254740991));
	assert_int_equal(t.small, 7);
	assert_true(t.good);
	assert_int_equal(t.day, day_from_civil(2026, 10, 25));
	assert_true(t.instant == (int64_t)t.day * INSTANT_DAY + 8 * 3600);
	assert_int_equal(t.minute, 18 * 60 + 30);
	assert_int_equal(t.end, 1440);
	assert_int_equal(t.weekday, 6);
	assert_int_equal(t.id.octet[15], 0x57);
	assert_int_equal(t.color, 2);
	assert_int_equal(t.inner.seats, -5);
	assert_int_equal(t.tags.n, 2);
	assert_string_equal(((const char **)t.tags.item)[1], "y");
	assert_int_equal(((struct inner *)t.inners.item)[1].seats, 500);
}

static void absent_and_null_differ(void **state)
{
	struct thing t;
	struct err e;

	assert_int_equal(bind_text(*state, "{\"title\":\"x\"}", &t, &e), 0);
	assert_int_equal(t.note_seen, BIND_ABSENT);
	assert_int_equal(
	    bind_text(*state, "{\"title\":\"x\",\"note\":null}", &t, &e), 0);
	assert_int_equal(t.note_seen, BIND_NULL);
	assert_null(t.note);
	assert_int_equal(
	    bind_text(*state, "{\"title\":null}", &t, &e), ERR_FIELD);
}

static void faults_come_all_at_once(void **state)
{
	static const struct {
		const char *place, *words;
	} WANT[] = {
	    {"/title", "required"},
	    {"/note", "text"},
	    {"/mail", "e-mail"},
	    {"/big", "integer"},
	    {"/small", "from 0 to 255"},
	    {"/good", "true or false"},
	    {"/day", "date"},
	    {"/instant", "instant"},
	    {"/minute", "local time"},
	    {"/end", "local time"},
	    {"/weekday", "weekday"},
	    {"/id", "UUID"},
	    {"/color", "\"red\", \"blue\""},
	    {"/inner/seats", "from -5 to 500"},
	    {"/inner/seat", "did you mean \"seats\""},
	    {"/tags/1", "text of 1 to 5"},
	    {"/inners", "list of 1 to 3"},
	    {"/a~1b~0c", "not a known field"},
	};
	struct thing t;
	struct err e;

	assert_int_equal(
	    bind_text(*state,
		"{\"note\":\"\\u0007\",\"mail\":\"a@b\",\"big\":1.5,"
		"\"small\":256,\"good\":1,\"day\":\"2026-02-29\","
		"\"instant\":\"2026-10-25\",\"minute\":\"24:00\","
		"\"end\":\"24:01\",\"weekday\":\"Day\",\"id\":\"1\","
		"\"color\":\"green\",\"inner\":{\"seats\":501,\"seat\":1},"
		"\"tags\":[\"x\",\"\"],\"inners\":[],\"a/b~c\":1}",
		&t, &e),
	    ERR_FIELD);
	assert_int_equal(e.n_fields, sizeof(WANT) / sizeof(WANT[0]));
	for (unsigned i = 0; i < e.n_fields; i++) {
		assert_string_equal(e.field[i].place, WANT[i].place);
		assert_non_null(strstr(e.field[i].detail, WANT[i].words));
	}
}

static void wrong_types_never_reach_a_getter(void **state)
{
	static const char *const VALUE[] = {
	    "null", "true", "1", "1.5", "\"x\"", "[]", "{}", "[[]]"};
	char text[200];
	struct thing t;
	struct err e;

	for (size_t i = 0; i < sizeof(THING) / sizeof(THING[0]) - 1; i++) {
		int bad = 0;

		for (size_t v = 0; v < sizeof(VALUE) / sizeof(VALUE[0]); v++) {
			snprintf(text, sizeof(text), "{\"%s\":%s}",
			    THING[i].key, VALUE[v]);
			bad += bind_text(*state, text, &t, &e) != ERR_OK;
		}
		/* The title is missing, but where it is what is tried. */
		assert_int_equal(bad, i == 0 ? 7 : 8);
	}
	assert_int_equal(bind_text(*state, "[]", &t, &e), ERR_JSON);
	assert_int_equal(
	    bind_text(*state, "{\"a\":1,\"a\":2}", &t, &e), ERR_JSON);
}

static void repeats_are_found(void **state)
{
	struct thing t;
	struct err e;

	assert_int_equal(
	    bind_text(*state, "{\"title\":\"x\",\"tags\":[\"a\",\"b\",\"a\"]}",
		&t, &e),
	    ERR_FIELD);
	assert_string_equal(e.field[0].place, "/tags/2");
}

static void grammar(void **state)
{
	static const struct {
		const char *(*check)(const char *s, size_t n);
		const char *text;
		bool good;
	} CASE[] = {
	    {text_check_email, "ada@example.org", true},
	    {text_check_email, "a.b+c@x-y.example.org", true},
	    {text_check_email, "ada@localhost", false},
	    {text_check_email, ".a@example.org", false},
	    {text_check_email, "a..b@example.org", false},
	    {text_check_email, "a b@example.org", false},
	    {text_check_email, "a@-x.org", false},
	    {text_check_email, "a@x-.org", false},
	    {text_check_email, "a@x..org", false},
	    {text_check_email, "a@b@example.org", false},
	    {text_check_email, "a\r\nBcc:x@example.org", false},
	    {text_check_url, "https://meet.example.org/r?x=1#y", true},
	    {text_check_url, "http://localhost:8080/", true},
	    {text_check_url, "https://example.org:/", false},
	    {text_check_url, "https://user@example.org/", false},
	    {text_check_url, "javascript:alert(1)", false},
	    {text_check_url, "https://example.org/a b", false},
	    {text_check_url, "https://", false},
	    {text_check_clean,
		"\xe2\x80\xae"
		"abc",
		false},
	    {text_check_clean, "a\nb", false},
	    {text_check_lines, "a\r\n\tb", true},
	    {text_check_lines, "a\x0b", false},
	};

	char base[9];

	(void)state;
	for (size_t i = 0; i < sizeof(CASE) / sizeof(CASE[0]); i++)
		assert_int_equal(
		    CASE[i].check(CASE[i].text, strlen(CASE[i].text)) == NULL,
		    CASE[i].good);
	assert_string_equal(text_language("pt-BR", 5, base), "pt");
	assert_string_equal(text_language("ZH_Hant", 7, base), "zh");
	assert_null(text_language("e", 1, base));
	assert_null(text_language("en-", 3, base));
	assert_null(text_language("en--x", 5, base));
	assert_int_equal(text_language_level("Native", 6), 7);
	assert_int_equal(text_language_level("C3", 2), 0);
	assert_int_equal(text_distance("kitten", 6, "sitting", 7), 3);
}

static void terms_are_folded(void **state)
{
	assert_string_equal(text_term(*state, "Full Stack", 10),
	    text_term(*state, "full-stack", 10));
	/* U+017F and U+00DF fold to s and ss; e + combining acute is one. */
	assert_string_equal(text_term(*state,
				"Stra\xc3\x9f"
				"e",
				7),
	    text_term(*state, "STRASSE", 7));
	assert_string_equal(text_term(*state, "Cafe\xcc\x81", 6),
	    text_term(*state, "caf\xc3\xa9", 5));
	assert_null(text_term(*state, "--", 2));
	assert_string_equal(text_nfc(*state, "  e\xcc\x81 ", 6), "\xc3\xa9");
}

static void digests_are_the_standard_ones(void **state)
{
	struct digest d;
	char text[DIGEST_TEXT_SIZE];

	(void)state;
	assert_true(digest_sha256("abc", 3, &d));
	digest_format(&d, text);
	assert_string_equal(text,
	    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	/* RFC 4231, test case 2 */
	assert_true(digest_hmac_sha256(
	    "Jefe", 4, "what do ya want for nothing?", 28, &d));
	digest_format(&d, text);
	assert_string_equal(text,
	    "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
	assert_true(digest_equal("abc", "abc", 3));
	assert_false(digest_equal("abc", "abd", 3));
}

static void a_policy_comes_back_as_it_was_written(void **state)
{
	struct policy p, q;
	struct str first, second;
	struct err e;

	policy_default(&p);
	p.first_day = day_from_civil(2027, 10, 4);
	p.experience_gap_min_tenths = 25;
	p.forbid_same_organization = true;
	p.confirm_by_mentor = true;
	p.points[CRITERION_COUNT - 1] = POLICY_MAX_POINTS;
	p.method = POLICY_DEFERRED_ACCEPTANCE;
	str_init(&first, 1 << 16);
	str_init(&second, 1 << 16);
	policy_file_write(&p, &first);
	err_clear(&e);
	assert_int_equal(
	    policy_file_read(*state, first.data, first.len, &q, &e), ERR_OK);
	policy_file_write(&q, &second);
	assert_string_equal(first.data, second.data);
	str_clear(&first);
	str_clear(&second);
	policy_canonical(&p, &first);
	policy_canonical(&q, &second);
	assert_string_equal(first.data, second.data);
	assert_int_equal(policy_file_read(*state, "{}", 2, &q, &e), ERR_OK);
	assert_int_equal(q.first_day, 0);
	assert_int_equal(q.method, POLICY_OPTIMAL);
	str_free(&first);
	str_free(&second);
}

static void formulas_are_guarded_in_exports(void **state)
{
	static const char TEXT[] =
	    "external_id,display_name,participation,languages,time_zone,"
	    "availability\n"
	    "a,=1+1,mentor,en,UTC,\nb,'=x,mentor,en,UTC,\n"
	    "c,''=y,mentor,en,UTC,\nd,-,mentor,en,UTC,\n";
	static const char *const NAME[] = {"=1+1", "=x", "'=y", "-"};
	static const char *const CELL[] = {"'=1+1", "'=x", "''=y", "'-"};
	struct member_table t;
	struct member_faults faults;
	struct str out;
	struct tz *tz;
	struct err e;

	err_clear(&e);
	assert_int_equal(
	    tz_open(TZ_SERVICE_FROM, TZ_SERVICE_TO, &tz, &e), ERR_OK);
	assert_int_equal(member_file_read(*state, TEXT, sizeof(TEXT) - 1, tz,
			     NULL, &t, &faults, &e),
	    ERR_OK);
	assert_int_equal(t.n, 4);
	for (uint32_t i = 0; i < t.n; i++) {
		assert_string_equal(t.row[i].display_name, NAME[i]);
		str_init(&out, 1 << 16);
		member_file_write_row(&out, &t.row[i], MEMBER_WRITE_GUARD);
		assert_memory_equal(out.data + 2, CELL[i], strlen(CELL[i]));
		str_free(&out);
	}
	tz_close(tz);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_type_is_read),
	    cmocka_unit_test(absent_and_null_differ),
	    cmocka_unit_test(faults_come_all_at_once),
	    cmocka_unit_test(wrong_types_never_reach_a_getter),
	    cmocka_unit_test(repeats_are_found),
	    cmocka_unit_test(grammar),
	    cmocka_unit_test(terms_are_folded),
	    cmocka_unit_test(digests_are_the_standard_ones),
	    cmocka_unit_test(a_policy_comes_back_as_it_was_written),
	    cmocka_unit_test(formulas_are_guarded_in_exports),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
