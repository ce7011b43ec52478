/* The JSON writer: form, escapes, and that misuse fails instead of lying. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/jscan.h"
#include "base/jwrite.h"

static void write_sample(struct jwrite *w)
{
	jwrite_object(w);
	jwrite_key_text(w, "name", "a\"\\\n\x01\x7F");
	jwrite_key_text(w, "absent", NULL);
	jwrite_key_array(w, "list");
	jwrite_int(w, INT64_MIN);
	jwrite_bool(w, true);
	jwrite_tenths(w, 25);
	jwrite_tenths(w, -70);
	jwrite_instant(w, 0);
	jwrite_day(w, 1);
	jwrite_raw(w, "{\"x\":1}", 7);
	jwrite_array_end(w);
	jwrite_key_object(w, "empty");
	jwrite_object_end(w);
	jwrite_key_local(w, -60);
	jwrite_object_end(w);
}

static void test_compact(void **state)
{
	struct str out;
	struct jwrite w;

	(void)state;
	str_init(&out, 4096);
	jwrite_init(&w, &out, false);
	write_sample(&w);
	assert_true(jwrite_done(&w));
	assert_string_equal(out.data,
	    "{\"name\":\"a\\\"\\\\\\n\\u0001\\u007f\",\"absent\":null,"
	    "\"list\":[-9223372036854775808,true,2.5,-7,"
	    "\"1970-01-01T00:00:00Z\",\"1970-01-02\",{\"x\":1}],"
	    "\"empty\":{},\"local_date\":\"1969-12-31\","
	    "\"local_time\":\"23:59\"}");
	str_free(&out);
}

static void test_pretty(void **state)
{
	struct str out;
	struct jwrite w;

	(void)state;
	str_init(&out, 4096);
	jwrite_init(&w, &out, true);
	jwrite_object(&w);
	jwrite_key_array(&w, "a");
	jwrite_int(&w, 1);
	jwrite_int(&w, 2);
	jwrite_array_end(&w);
	jwrite_key_array(&w, "b");
	jwrite_array_end(&w);
	jwrite_object_end(&w);
	assert_true(jwrite_done(&w));
	assert_string_equal(
	    out.data, "{\n  \"a\": [\n    1,\n    2\n  ],\n  \"b\": []\n}\n");
	str_free(&out);
}

static void test_ill_formed_text(void **state)
{
	struct str out;

	(void)state;
	str_init(&out, 64);
	jwrite_quote(&out, "a\xFFz\0", 4);
	assert_string_equal(out.data, "\"a\xEF\xBF\xBDz\\u0000\"");
	str_free(&out);
}

typedef void misuse(struct jwrite *w);

static void value_without_key(struct jwrite *w)
{
	jwrite_object(w);
	jwrite_int(w, 1);
	jwrite_object_end(w);
}

static void wrong_end(struct jwrite *w)
{
	jwrite_array(w);
	jwrite_object_end(w);
}

static void key_without_value(struct jwrite *w)
{
	jwrite_object(w);
	jwrite_key(w, "a");
	jwrite_object_end(w);
}

static void key_in_array(struct jwrite *w)
{
	jwrite_array(w);
	jwrite_key(w, "a");
	jwrite_array_end(w);
}

static void two_values(struct jwrite *w)
{
	jwrite_int(w, 1);
	jwrite_int(w, 2);
}

static void not_closed(struct jwrite *w)
{
	jwrite_array(w);
}

static void nothing(struct jwrite *w)
{
	(void)w;
}

static void too_deep(struct jwrite *w)
{
	for (int i = 0; i <= JWRITE_DEPTH; i++)
		jwrite_array(w);
	for (int i = 0; i <= JWRITE_DEPTH; i++)
		jwrite_array_end(w);
}

static void test_misuse(void **state)
{
	static misuse *const CASES[] = {value_without_key, wrong_end,
	    key_without_value, key_in_array, two_values, not_closed, nothing,
	    too_deep};

	(void)state;
	for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
		struct str out;
		struct jwrite w;

		str_init(&out, 4096);
		jwrite_init(&w, &out, false);
		CASES[i](&w);
		if (jwrite_done(&w))
			fail_msg("misuse %zu gave %s", i, out.data);
		str_free(&out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_compact),
	    cmocka_unit_test(test_pretty),
	    cmocka_unit_test(test_ill_formed_text),
	    cmocka_unit_test(test_misuse),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
