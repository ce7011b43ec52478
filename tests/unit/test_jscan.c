/* The JSON scanner: every reason it gives, and where it says the fault is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/jscan.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

static enum jscan_verdict judge(const char *s, size_t n, struct jscan_fault *f)
{
	struct arena *a = arena_new(4 << 20);
	enum jscan_verdict v = jscan(s, n, NULL, a, f);

	arena_free(a);
	return v;
}

static void test_verdicts(void **state)
{
	static const struct {
		const char *text;
		enum jscan_verdict verdict;
	} CASES[] = {
	    {"{}", JSCAN_OK},
	    {" {\"a\" : [ 1 , -0.5e+3, true,false,null,\"\"] } \n", JSCAN_OK},
	    {"{\"a\":9007199254740991,\"b\":-9007199254740991}", JSCAN_OK},
	    {"{\"a\":\"\\ud83d\\ude00\\u00e9\"}", JSCAN_OK},
	    {"{\"a\":{\"a\":1},\"b\":[{\"a\":1},{\"a\":1}]}", JSCAN_OK},
	    {"", JSCAN_EMPTY},
	    {" \n", JSCAN_EMPTY},
	    {"[]", JSCAN_NOT_OBJECT},
	    {"1", JSCAN_NOT_OBJECT},
	    {"\xEF\xBB\xBF{}", JSCAN_NOT_OBJECT},
	    {"{", JSCAN_END},
	    {"{\"a\"", JSCAN_END},
	    {"{\"a\":", JSCAN_END},
	    {"{\"a\":1", JSCAN_END},
	    {"{\"a\":\"x", JSCAN_END},
	    {"{\"a\":\"\\", JSCAN_END},
	    {"{\"a\":-", JSCAN_END},
	    {"{} x", JSCAN_TRAILING},
	    {"{'a':1}", JSCAN_KEY},
	    {"{,}", JSCAN_KEY},
	    {"{\"a\":1,}", JSCAN_KEY},
	    {"{\"a\" 1}", JSCAN_SYNTAX},
	    {"{\"a\":[1,]}", JSCAN_SYNTAX},
	    {"{\"a\":[1 2]}", JSCAN_SYNTAX},
	    {"{\"a\":[1}", JSCAN_SYNTAX},
	    {"{\"a\":1]", JSCAN_SYNTAX},
	    {"{/**/}", JSCAN_KEY},
	    {"{\"a\":NaN}", JSCAN_SYNTAX},
	    {"{\"a\":Infinity}", JSCAN_SYNTAX},
	    {"{\"a\":-Infinity}", JSCAN_NUMBER},
	    {"{\"a\":+1}", JSCAN_SYNTAX},
	    {"{\"a\":.5}", JSCAN_SYNTAX},
	    {"{\"a\":tru}", JSCAN_LITERAL},
	    {"{\"a\":True}", JSCAN_SYNTAX},
	    {"{\"a\":1.}", JSCAN_NUMBER},
	    {"{\"a\":-01}", JSCAN_NUMBER},
	    {"{\"a\":00}", JSCAN_NUMBER},
	    {"{\"a\":1e}", JSCAN_NUMBER},
	    {"{\"a\":9007199254740992}", JSCAN_RANGE},
	    {"{\"a\":-9007199254740992}", JSCAN_RANGE},
	    {"{\"a\":18446744073709551616}", JSCAN_RANGE},
	    {"{\"a\":99999999999999999999999999999999999}", JSCAN_RANGE},
	    {"{\"a\":1e400}", JSCAN_RANGE},
	    {"{\"a\":0.000000000000000000000000000000001}", JSCAN_RANGE},
	    {"{\"a\":\"\\x41\"}", JSCAN_ESCAPE},
	    {"{\"a\":\"\\u12g4\"}", JSCAN_ESCAPE},
	    {"{\"a\":\"\t\"}", JSCAN_CONTROL},
	    {"{\"a\":\"\n\"}", JSCAN_CONTROL},
	    {"{\"a\\u0000b\":1}", JSCAN_NUL},
	    {"{\"a\":\"\\ud800\"}", JSCAN_SURROGATE},
	    {"{\"a\":\"\\ud800\\u0041\"}", JSCAN_SURROGATE},
	    {"{\"a\":\"\\udc00\"}", JSCAN_SURROGATE},
	    {"{\"a\":\"\xC0\x80\"}", JSCAN_UTF8},
	    {"{\"a\":\"\xED\xA0\x80\"}", JSCAN_UTF8},
	    {"{\"a\":\"\xF4\x90\x80\x80\"}", JSCAN_UTF8},
	    {"{\"\xFF\":1}", JSCAN_UTF8},
	    {"{\"a\":1,\"a\":2}", JSCAN_DUPLICATE},
	    {"{\"a\":1,\"b\":2,\"\\u0061\":3}", JSCAN_DUPLICATE},
	    {"{\"\\ud83d\\ude00\":1,\"\xF0\x9F\x98\x80\":2}", JSCAN_DUPLICATE},
	    {"{\"x\":[{\"\":1,\"\":2}]}", JSCAN_DUPLICATE},
	};

	(void)state;
	for (size_t i = 0; i < N(CASES); i++) {
		struct jscan_fault f = {0};
		enum jscan_verdict v =
		    judge(CASES[i].text, strlen(CASES[i].text), &f);

		if (v != CASES[i].verdict)
			fail_msg("%s: %s, expected %s", CASES[i].text,
			    jscan_slug(v), jscan_slug(CASES[i].verdict));
	}
	assert_int_equal(
	    judge("{\"a\":\"\0\"}", 9, &(struct jscan_fault){0}), JSCAN_NUL);
}

static void test_place(void **state)
{
	struct jscan_fault f;

	(void)state;
	assert_int_equal(
	    judge("{\n  \"a\": 1,\n  \"a\": 2\n}", 24, &f), JSCAN_DUPLICATE);
	assert_int_equal(f.line, 3);
	assert_int_equal(f.column, 3);
	assert_int_equal(judge("{\"a\":1e400}", 11, &f), JSCAN_RANGE);
	assert_int_equal(f.offset, 5);
	assert_int_equal(f.column, 6);
}

static void test_limits(void **state)
{
	struct arena *a = arena_new(4 << 20);
	struct jscan_limits limits = {.max_depth = 3, .max_nodes = 5};
	struct jscan_fault f;
	struct err e = {0};
	const char *deep = "{\"a\":[[1]]}", *many = "{\"a\":[1,2,3]}";

	(void)state;
	assert_int_equal(jscan(deep, strlen(deep), &limits, a, &f), JSCAN_OK);
	assert_int_equal(jscan(many, strlen(many), &limits, a, &f), JSCAN_OK);
	limits = (struct jscan_limits){.max_depth = 2, .max_nodes = 4};
	assert_int_equal(
	    jscan(deep, strlen(deep), &limits, a, &f), JSCAN_DEPTH);
	assert_int_equal(
	    jscan(many, strlen(many), &limits, a, &f), JSCAN_NODES);
	assert_int_equal(
	    jscan_check(many, strlen(many), &limits, a, &e), ERR_JSON);
	assert_string_equal(e.detail, "line 1, column 11: too many values");
	arena_free(a);
}

/* 17 levels are one too many by default; a small arena is a reason, not a crash. */
static void test_depth_and_memory(void **state)
{
	char text[64] = "{\"a\":";
	struct arena *a = arena_new(64);
	struct jscan_fault f;
	struct err e = {0};

	(void)state;
	memset(text + 5, '[', 15);
	memset(text + 20, ']', 15);
	text[35] = '}';
	assert_int_equal(judge(text, 36, &f), JSCAN_OK);
	memset(text + 5, '[', 16);
	memset(text + 21, ']', 16);
	text[37] = '}';
	assert_int_equal(judge(text, 38, &f), JSCAN_DEPTH);
	assert_int_equal(jscan_check("{\"a\":1}", 7, NULL, a, &e), ERR_NOMEM);
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_verdicts),
	    cmocka_unit_test(test_place),
	    cmocka_unit_test(test_limits),
	    cmocka_unit_test(test_depth_and_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
