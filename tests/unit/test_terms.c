/* The vocabulary: the table is in order and closed, people's spellings meet, and
 * numbers are found again through every growth. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "matcher/terms.h"

static const char *const TYPED[] = {
#define SYNONYM(typed, meaning) typed,
#define FAMILY(role, set)
#include "matcher/vocabulary.def"
#undef SYNONYM
#undef FAMILY
};
static const char *const MEANING[] = {
#define SYNONYM(typed, meaning) meaning,
#define FAMILY(role, set)
#include "matcher/vocabulary.def"
#undef SYNONYM
#undef FAMILY
};
static const char *const ROLE[] = {
#define SYNONYM(typed, meaning)
#define FAMILY(role, set) role,
#include "matcher/vocabulary.def"
#undef SYNONYM
#undef FAMILY
};

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

static void assert_canonical(const char *typed, const char *expected)
{
	char out[TERM_MAX_OCTETS + 1];
	size_t n = terms_canonical(typed, strlen(typed), out);

	if (n == 0)
		out[0] = '\0';
	assert_string_equal(out, expected);
	assert_int_equal(n, strlen(expected));
}

static void test_table_is_in_order(void **state)
{
	(void)state;
	for (size_t i = 1; i < COUNT(TYPED); i++)
		if (strcmp(TYPED[i - 1], TYPED[i]) >= 0)
			fail_msg("\"%s\" stands before \"%s\"", TYPED[i - 1],
			    TYPED[i]);
	for (size_t i = 1; i < COUNT(ROLE); i++)
		assert_true(strcmp(ROLE[i - 1], ROLE[i]) < 0);
}

/* Normal forms only, and no chain: a meaning means itself. */
static void test_table_is_closed(void **state)
{
	struct arena *a = arena_new(1 << 20);
	struct terms *t = terms_new(a);

	(void)state;
	for (size_t i = 0; i < COUNT(TYPED); i++) {
		uint32_t k =
		    terms_intern_verbatim(t, TYPED[i], strlen(TYPED[i]));

		assert_string_equal(terms_text(t, k), TYPED[i]);
		assert_canonical(TYPED[i], MEANING[i]);
		assert_canonical(MEANING[i], MEANING[i]);
	}
	for (size_t i = 0; i < COUNT(ROLE); i++) {
		assert_canonical(ROLE[i], ROLE[i]);
		assert_int_not_equal(terms_families(ROLE[i]), 0);
	}
	arena_free(a);
}

static void test_spellings_meet(void **state)
{
	static const char *const SAME[][2] = {
	    {"Full-Stack", "fullstack-developer"},
	    {"full stack developer", "fullstack-developer"},
	    {"fullstack", "fullstack-developer"},
	    {"Back End", "backend-developer"},
	    {"front-end", "frontend-developer"},
	    {"ReactJS", "react"},
	    {"React.js", "react"},
	    {"Node.js", "nodejs"},
	    {"node", "nodejs"},
	    {"JS", "javascript"},
	    {"golang", "go"},
	    {"HTML/CSS", "html-css"},
	    {"html", "html-css"},
	    {"C++", "c++"},
	    {"c_sharp", "c#"},
	    {"devops-specialist", "devops-engineer"},
	    {"Data Science", "data-scientist"},
	    {"QA", "qa-engineer"},
	    {"  -- kotlin_/", "kotlin"},
	    {"weaving", "weaving"},
	    {"", ""},
	    {" / ", ""},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(SAME); i++)
		assert_canonical(SAME[i][0], SAME[i][1]);
}

static void test_lengths(void **state)
{
	char text[TERM_MAX_OCTETS + 2], out[TERM_MAX_OCTETS + 1];

	(void)state;
	memset(text, 'x', sizeof(text));
	assert_int_equal(
	    terms_canonical(text, TERM_MAX_OCTETS, out), TERM_MAX_OCTETS);
	assert_int_equal(terms_canonical(text, TERM_MAX_OCTETS + 1, out), 0);
	text[1] = ' '; /* the gap counts */
	assert_int_equal(
	    terms_canonical(text, TERM_MAX_OCTETS, out), TERM_MAX_OCTETS);
	text[2] = ' ';
	assert_int_equal(
	    terms_canonical(text, TERM_MAX_OCTETS + 1, out), TERM_MAX_OCTETS);
}

static void test_numbers(void **state)
{
	struct arena *a = arena_new(8 << 20);
	struct terms *t = terms_new(a);
	char text[16];

	(void)state;
	for (unsigned i = 0; i < 3000; i++) {
		int n = snprintf(text, sizeof(text), "term%u", i);

		assert_int_equal(terms_intern(t, text, (size_t)n), i + 1);
	}
	for (unsigned i = 0; i < 3000; i++) {
		int n = snprintf(text, sizeof(text), "TERM%u", i);

		assert_int_equal(terms_intern(t, text, (size_t)n), i + 1);
	}
	assert_int_equal(terms_intern(t, "", 0), TERM_NONE);
	assert_string_equal(terms_text(t, TERM_NONE), "");
	assert_string_equal(terms_text(t, 99999), "");
	arena_free(a);
}

static void test_languages_have_no_synonyms(void **state)
{
	struct arena *a = arena_new(1 << 20);
	struct terms *t = terms_new(a);
	uint32_t skill = terms_intern(t, "ml", 2);
	uint32_t malayalam = terms_intern_verbatim(t, "ML", 2);

	(void)state;
	assert_string_equal(terms_text(t, skill), "machine-learning");
	assert_string_equal(terms_text(t, malayalam), "ml");
	arena_free(a);
}

static void test_families(void **state)
{
	(void)state;
	assert_true(terms_families("fullstack-developer") &
		    terms_families("backend-developer"));
	assert_false(terms_families("frontend-developer") &
		     terms_families("backend-developer"));
	assert_int_equal(terms_families("weaver"), 0);
	assert_true(terms_is_vague("other"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_table_is_in_order),
	    cmocka_unit_test(test_table_is_closed),
	    cmocka_unit_test(test_spellings_meet),
	    cmocka_unit_test(test_lengths),
	    cmocka_unit_test(test_numbers),
	    cmocka_unit_test(test_languages_have_no_synonyms),
	    cmocka_unit_test(test_families),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
