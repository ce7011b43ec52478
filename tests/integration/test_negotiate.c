/* Accept and Prefer, as RFC 9110 and RFC 7240 have them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdbool.h>

#include "api/negotiate.h"

static void test_accept(void **state)
{
	static const char *const YES[] = {NULL, "", " ", ",", "q=0", "nonsense",
	    "*/*", "application/json", "Application/JSON;charset=utf-8",
	    "application/*;q=0.1", "text/html, */*;q=0.001",
	    "text/html ; q=1 , application/json ; q=0.5",
	    "*/*;q=0, application/json",
	    "application/json;q=0, application/json",
	    "application/json;x=\"a,b;q=0\"", "application/json;q=00",
	    "application/json;q="};
	static const char *const NO[] = {"text/html",
	    "application/problem+json", "application/jso", "application/jsonx",
	    "text/*", "*/json", "application/json;q=0",
	    "application/json; Q=0.000", "application/json;q=0, */*",
	    "application/*;q=0, */*;q=1", "*/*;q=0",
	    "text/html;x=\"application/json\"",
	    "text/html;x=\"\\\",application/json\""};

	(void)state;
	for (size_t i = 0; i < sizeof(YES) / sizeof(YES[0]); i++)
		if (!negotiate_accepts(YES[i], "application/json"))
			fail_msg("refused: %s", YES[i] ? YES[i] : "no header");
	for (size_t i = 0; i < sizeof(NO) / sizeof(NO[0]); i++)
		if (negotiate_accepts(NO[i], "application/json"))
			fail_msg("allowed: %s", NO[i]);
}

static void test_prefer(void **state)
{
	static const struct {
		const char *text;
		int64_t wait_s;
		bool respond_async;
	} CASE[] = {
	    {NULL, 0, false},
	    {"", 0, false},
	    {"wait=20", 20, false},
	    {"Wait = \"20\"", 20, false},
	    {"respond-async, wait=10", 10, true},
	    {"RESPOND-ASYNC", 0, true},
	    {"respond-async;x=1", 0, true},
	    {"return=minimal;wait=5", 0, false}, /* a parameter */
	    {"x=\", wait=5\"", 0, false},
	    {"wait=3, wait=9", 3, false},
	    {"wait=x, wait=9", 0, false}, /* the first counts */
	    {"wait=-1", 0, false},
	    {"wait=0", 0, false},
	    {"wait", 0, false},
	    {"wait=99999999999", 0, false},
	    {"await=5", 0, false},
	    {",,wait=7,", 7, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(CASE) / sizeof(CASE[0]); i++) {
		struct negotiate_preference p = negotiate_prefer(CASE[i].text);

		if (p.wait_s != CASE[i].wait_s ||
		    p.respond_async != CASE[i].respond_async)
			fail_msg("%s: wait %d%s", CASE[i].text, (int)p.wait_s,
			    p.respond_async ? ", respond-async" : "");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_accept),
	    cmocka_unit_test(test_prefer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
