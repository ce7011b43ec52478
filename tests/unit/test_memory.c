/* Arena, growing string and the error type. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "base/utf8.h"

static void test_arena(void **state)
{
	struct arena *a = arena_new(1 << 20);
	unsigned char *last = NULL;

	(void)state;
	for (size_t size = 0; size < 3000; size += 7) {
		unsigned char *p = arena_alloc(a, size);

		assert_non_null(p);
		assert_int_equal((uintptr_t)p % _Alignof(max_align_t), 0);
		assert_ptr_not_equal(p, last);
		for (size_t i = 0; i < size; i++)
			assert_int_equal(p[i], 0);
		memset(p, 0xA5, size);
		last = p;
	}
	assert_string_equal(arena_printf(a, "%d-%s", 7, "x"), "7-x");
	assert_string_equal(arena_strndup(a, "abcdef", 3), "abc");
	assert_false(arena_failed(a));
	arena_free(a);
	arena_free(NULL);
}

static void test_arena_cap(void **state)
{
	struct arena *a = arena_new(100);
	int old[2] = {4, 5}, *grown;

	(void)state;
	grown = arena_grow(a, old, 2, 4, sizeof(int));
	assert_non_null(grown);
	assert_int_equal(grown[1], 5);
	assert_int_equal(grown[3], 0);
	assert_int_equal(arena_used(a), 16);
	assert_null(arena_alloc(a, 85));
	assert_true(arena_failed(a));
	arena_reset(a);
	assert_false(arena_failed(a));
	assert_non_null(arena_alloc(a, 100));
	assert_null(arena_array(a, SIZE_MAX / 2, 4));
	assert_true(arena_failed(a));
	arena_free(a);
}

static char ORDER[8];

static void note(void *arg)
{
	size_t n = strlen(ORDER);

	ORDER[n] = *(const char *)arg;
	ORDER[n + 1] = '\0';
}

static void test_arena_defers(void **state)
{
	static char one[] = "1", two[] = "2", late[] = "!";
	struct arena *a = arena_new(80);

	(void)state;
	ORDER[0] = '\0';
	assert_true(arena_defer(a, note, one));
	assert_true(arena_defer(a, note, two));
	assert_non_null(arena_alloc(a, 80 - arena_used(a)));
	assert_false(arena_defer(a, note, late)); /* run at once */
	assert_string_equal(ORDER, "!");
	arena_free(a);
	assert_string_equal(ORDER, "!21");
}

static void test_str(void **state)
{
	struct str s;
	char *text;

	(void)state;
	str_init(&s, 1000);
	assert_string_equal(s.data, "");
	for (int i = 0; i < 100; i++)
		str_printf(&s, "%02d", i);
	str_put(&s, "a\0b", 3);
	assert_int_equal(s.len, 203);
	assert_int_equal(s.data[203], '\0');
	text = str_take(&s);
	assert_memory_equal(text + 198, "99a\0b", 6);
	free(text);
	assert_int_equal(s.len, 0);
	text = str_take(&s); /* the empty string is a text too */
	assert_string_equal(text, "");
	free(text);
}

static void test_str_markup(void **state)
{
	struct str s;

	(void)state;
	str_init(&s, 1000);
	str_put_markup(&s, "<a b=\"c\"> & 'd'\r\n\xc3\xa9");
	assert_string_equal(s.data, "&lt;a b=&quot;c&quot;&gt; &amp; 'd'&#13;\n"
				    "\xc3\xa9");
	str_free(&s);
}

static void test_str_fails_for_good(void **state)
{
	struct str s;

	(void)state;
	str_init(&s, 5);
	str_puts(&s, "12345");
	assert_false(s.failed);
	str_putc(&s, '6');
	assert_true(s.failed);
	str_puts(&s, "");
	assert_string_equal(s.data, "12345");
	str_clear(&s);
	assert_false(s.failed);
	str_printf(&s, "%s", "123456");
	assert_true(s.failed);
	assert_null(str_take(&s));
}

static void test_err(void **state)
{
	struct err e;
	char place[300];

	(void)state;
	memset(&e, 0xFF, sizeof(e));
	err_clear(&e);
	assert_int_equal(e.code, ERR_OK);
	memset(place, 'p', sizeof(place));
	memcpy(place + ERR_PLACE_SIZE - 2, "\xC3\xA9", 3);
	err_add_field(&e, ERR_FIELD, place, "expected %s", "more");
	assert_int_equal(e.code, ERR_FIELD);
	assert_true(utf8_is_valid(e.field[0].place, strlen(e.field[0].place)));
	assert_int_equal(strlen(e.field[0].place), ERR_PLACE_SIZE - 2);
	for (int i = 0; i < ERR_MAX_FIELDS + 4; i++)
		err_add_field(&e, ERR_VALIDATION, "/x", "no %d", i);
	assert_int_equal(e.code, ERR_FIELD);
	assert_int_equal(e.n_fields, ERR_MAX_FIELDS);
	assert_int_equal(e.n_dropped, 5);
	assert_int_equal(
	    err_set(&e, ERR_NOT_FOUND, "f.c", 7, "%s\xC3\xA9", place),
	    ERR_NOT_FOUND);
	assert_true(utf8_is_valid(e.detail, strlen(e.detail)));
	assert_int_equal(e.line, 7);
	assert_string_equal(e.file, "f.c");
}

static void test_err_registry(void **state)
{
	(void)state;
	for (int c = ERR_OK + 1; c < ERR_COUNT; c++) {
		enum err_code code = (enum err_code)c;

		assert_in_range(err_status(code), 400, 599);
		assert_true(strlen(err_title(code)) > 0);
		for (const char *p = err_slug(code); *p != '\0'; p++)
			assert_true(*p == '-' || (*p >= 'a' && *p <= 'z'));
		for (int d = ERR_OK; d < c; d++)
			assert_string_not_equal(
			    err_slug((enum err_code)d), err_slug(code));
	}
	assert_true(err_retryable(ERR_OVERLOAD));
	assert_true(err_retryable(ERR_IN_FLIGHT));
	assert_false(err_retryable(ERR_CONFLICT));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_arena),
	    cmocka_unit_test(test_arena_cap),
	    cmocka_unit_test(test_arena_defers),
	    cmocka_unit_test(test_str),
	    cmocka_unit_test(test_str_markup),
	    cmocka_unit_test(test_str_fails_for_good),
	    cmocka_unit_test(test_err),
	    cmocka_unit_test(test_err_registry),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
