/* UTF-8, identifiers and numbers from text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/id.h"
#include "base/instant.h"
#include "base/num.h"
#include "base/utf8.h"

/* Every code point goes there and back; exactly the surrogates do not. */
static void test_utf8_round_trip(void **state)
{
	(void)state;
	for (uint32_t cp = 0; cp <= 0x10FFFF; cp++) {
		char text[4];
		size_t n = utf8_encode(cp, text);
		uint32_t back = 0;
		bool surrogate = cp >= 0xD800 && cp <= 0xDFFF;

		if (utf8_decode(text, n, &back) != (surrogate ? 0 : n) ||
		    (!surrogate && back != cp))
			fail_msg("U+%04X", (unsigned)cp);
		for (size_t cut = 1; cut < n; cut++)
			if (utf8_decode(text, cut, &back) != 0 ||
			    (!surrogate && utf8_cut(text, cut) != 0))
				fail_msg("U+%04X cut", (unsigned)cp);
	}
}

static void test_utf8_ill_formed(void **state)
{
	static const char *const CASES[] = {"\x80", "\xBF", "\xC0\x80",
	    "\xC1\xBF", "\xC2", "\xC2\x41", "\xC2\xC2", "\xE0\x80\x80",
	    "\xE0\x9F\xBF", "\xE1\x80", "\xE1\x80\x41", "\xED\xA0\x80",
	    "\xED\xBF\xBF", "\xF0\x80\x80\x80", "\xF0\x8F\xBF\xBF",
	    "\xF1\x80\x80", "\xF1\x80\x80\x41", "\xF4\x90\x80\x80",
	    "\xF5\x80\x80\x80", "\xF8\x88\x80\x80\x80", "\xFE", "\xFF"};

	(void)state;
	for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
		char text[16];
		int n = snprintf(text, sizeof(text), "ok%s", CASES[i]);

		assert_int_equal(utf8_valid_prefix(text, (size_t)n), 2);
		assert_false(utf8_is_valid(text, (size_t)n));
	}
	assert_int_equal(utf8_length("a\xC3\xA9\xF0\x9F\x98\x80", 7), 3);
}

static void test_utf8_unsafe(void **state)
{
	static const uint32_t UNSAFE[] = {0, 0x0A, 0x1B, 0x7F, 0x85, 0x202E,
	    0x2066, 0x2028, 0x200B, 0xFEFF, 0xFFFE, 0x1FFFF, 0xFDD0};
	static const uint32_t SAFE[] = {
	    ' ', 'a', 0xE9, 0x200C, 0x200D, 0x4E00, 0x1F600, 0xFFFD};

	(void)state;
	for (size_t i = 0; i < sizeof(UNSAFE) / sizeof(UNSAFE[0]); i++)
		assert_true(utf8_is_unsafe(UNSAFE[i]));
	for (size_t i = 0; i < sizeof(SAFE) / sizeof(SAFE[0]); i++)
		assert_false(utf8_is_unsafe(SAFE[i]));
}

static void test_id(void **state)
{
	char text[ID_TEXT_SIZE], again[ID_TEXT_SIZE];
	int64_t before = instant_now_ms(), ms = 0;
	struct id a = id_new(), b = id_new(), c;

	(void)state;
	for (int i = 0; i < 6; i++)
		ms = ms << 8 | a.octet[i];
	assert_in_range(ms, before, instant_now_ms());
	assert_memory_not_equal(&a, &b, sizeof(a));
	id_format(&a, text);
	assert_int_equal(strlen(text), 36);
	assert_int_equal(text[14], '7');
	assert_non_null(strchr("89ab", text[19]));
	assert_true(id_parse(text, 36, &c));
	assert_memory_equal(&a, &c, sizeof(a));
	assert_true(id_parse("0190A0B1-C2D3-7E4F-8A5B-6C7D8E9FA0B1", 36, &c));
	id_format(&c, again);
	assert_string_equal(again, "0190a0b1-c2d3-7e4f-8a5b-6c7d8e9fa0b1");
	assert_false(id_parse(text, 35, &c));
	text[8] = '_';
	assert_false(id_parse(text, 36, &c));
	assert_false(id_parse("0190a0b1-c2d3-7e4f-8a5b-6c7d8e9fa0bg", 36, &c));
	assert_false(id_parse("{190a0b1-c2d3-7e4f-8a5b-6c7d8e9fa0b1", 36, &c));
}

static bool i64(const char *s, int64_t *v)
{
	return num_parse_i64(s, strlen(s), INT64_MIN, INT64_MAX, v);
}

static void test_num(void **state)
{
	static const char *const BAD[] = {"", "-", "+1", " 1", "1 ", "1.0",
	    "0x1", "9223372036854775808", "-9223372036854775809",
	    "99999999999999999999", "--1", "1-"};
	int64_t v = 42;

	(void)state;
	for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++)
		assert_false(i64(BAD[i], &v));
	assert_int_equal(v, 42);
	assert_true(i64("-9223372036854775808", &v) && v == INT64_MIN);
	assert_true(i64("9223372036854775807", &v) && v == INT64_MAX);
	assert_true(num_parse_i64("5", 1, 5, 5, &v) && v == 5);
	assert_false(num_parse_i64("6", 1, 0, 5, &v));
	assert_false(num_parse_i64("-1", 2, 0, 5, &v));
}

static void test_tenths(void **state)
{
	static const char *const BAD[] = {
	    "", ".", ".5", "5.", "-1", "-0", "1.x", "1.2.3", "1e3", "80.1"};
	int64_t v = 42;

	(void)state;
	for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++)
		assert_false(num_parse_tenths(BAD[i], strlen(BAD[i]), 800, &v));
	assert_int_equal(v, 42);
	assert_true(num_parse_tenths("2.5", 3, 800, &v) && v == 25);
	assert_true(num_parse_tenths("7", 1, 800, &v) && v == 70);
	assert_true(num_parse_tenths("0.25", 4, 800, &v) && v == 2);
	assert_true(num_parse_tenths("80", 2, 800, &v) && v == 800);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_utf8_round_trip),
	    cmocka_unit_test(test_utf8_ill_formed),
	    cmocka_unit_test(test_utf8_unsafe),
	    cmocka_unit_test(test_id),
	    cmocka_unit_test(test_num),
	    cmocka_unit_test(test_tenths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
