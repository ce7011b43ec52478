/*
 * Answers as calendar apps send them: the corpus of tests/fuzz/corpus/answer, one file a
 * shape, and what each says; and every public calendar there is, wrapped in a mail, which
 * gets an answer of some kind.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "calendars/answer.h"
#include "tests/golden/zones.h"

enum {
	CAP = 64 << 20,
	PATH_SIZE = 512,
	MIN_FILES = 700,
};

static bool read_file(const char *path, struct str *out)
{
	FILE *f = fopen(path, "re");
	char block[1 << 14];
	size_t n;

	if (f == NULL)
		return false;
	while ((n = fread(block, 1, sizeof(block), f)) > 0)
		str_put(out, block, n);
	fclose(f);
	return !out->failed;
}

static const struct {
	const char *name;
	enum answer_kind kind;
	const char *token; /* its first digit, or "" */
	int64_t sequence;
	const char *partstat; /* of the only attendee; NULL: none */
} FILES[] = {
    {"outlook", ANSWER_REPLY, "0", 2, "ACCEPTED"},
    {"google", ANSWER_REPLY, "0", 0, "DECLINED"},
    {"apple", ANSWER_REPLY, "0", 1, "TENTATIVE"},
    {"exchange", ANSWER_REPLY, "0", -1, "ACCEPTED"},
    {"counter", ANSWER_COUNTER, "0", 1, "TENTATIVE"},
    {"delegated", ANSWER_REPLY, "0", 0, "DELEGATED"},
    {"dsn", ANSWER_BOUNCE, "0", -1, NULL},
    {"delayed", ANSWER_NOTHING, "0", -1, NULL},
    {"away", ANSWER_NOTHING, "0", -1, NULL},
    {"words", ANSWER_WORDS, "", -1, NULL},
};

static void test_shapes(void **state)
{
	for (size_t i = 0; i < sizeof(FILES) / sizeof(FILES[0]); i++) {
		struct arena *a = arena_new(CAP);
		char path[PATH_SIZE];
		struct answer x;
		struct err e = {0};
		struct str text;

		str_init(&text, CAP);
		snprintf(path, sizeof(path), "tests/fuzz/corpus/answer/%s",
		    FILES[i].name);
		if (!read_file(path, &text))
			fail_msg("%s is missing", path);
		if (answer_read(a, *state, text.data, text.len,
			"rsvp@cairn.example", NULL, &x, &e) != ERR_OK)
			fail_msg("%s: %s", path, e.detail);
		if (x.kind != FILES[i].kind ||
		    strncmp(x.token, FILES[i].token, 1) != 0 ||
		    x.sequence != FILES[i].sequence ||
		    (x.n_attendees == 1) != (FILES[i].partstat != NULL))
			fail_msg("%s: kind %d, token %s, sequence %d", path,
			    (int)x.kind, x.token, (int)x.sequence);
		if (FILES[i].partstat != NULL)
			assert_string_equal(
			    x.attendee[0].partstat, FILES[i].partstat);
		if (x.kind == ANSWER_COUNTER) {
			assert_true(x.has_time && x.is_one);
			assert_int_equal(x.end - x.start, 3600);
			assert_int_equal(x.start, 1792587600);
		}
		if (x.kind == ANSWER_BOUNCE)
			assert_string_equal(
			    x.bounced_id, "0192f3a0@calendar.example.org");
		str_free(&text);
		arena_free(a);
	}
}

/* How many files below a folder got an answer. */
static unsigned read_folder(struct tz *tz, const char *folder)
{
	static const char HEAD[] =
	    "From: a@example.org\r\nContent-Type: text/calendar\r\n\r\n";
	DIR *dir = opendir(folder);
	unsigned n = 0;

	for (struct dirent *d; dir != NULL && (d = readdir(dir)) != NULL;) {
		char path[PATH_SIZE];
		struct arena *a;
		struct answer x;
		struct err e = {0};
		struct str text;
		enum err_code code;

		if (d->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, d->d_name);
		if (d->d_type == DT_DIR) {
			n += read_folder(tz, path);
			continue;
		}
		a = arena_new(CAP);
		str_init(&text, CAP);
		str_puts(&text, HEAD);
		assert_true(read_file(path, &text));
		code = answer_read(a, tz, text.data, text.len,
		    "rsvp@cairn.example", NULL, &x, &e);
		assert_true(code == ERR_OK || code == ERR_TOO_LARGE);
		n++;
		str_free(&text);
		arena_free(a);
	}
	if (dir != NULL)
		closedir(dir);
	return n;
}

static void test_public_files(void **state)
{
	const char *shared = getenv("CAIRN_SHARED");
	char folder[PATH_SIZE];
	DIR *dir;

	snprintf(folder, sizeof(folder), "%s/data/ics", shared ? shared : "");
	dir = shared == NULL ? NULL : opendir(folder);
	if (dir == NULL)
		skip();
	closedir(dir);
	assert_true(read_folder(*state, folder) > MIN_FILES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_shapes),
	    cmocka_unit_test(test_public_files),
	};

	return cmocka_run_group_tests(tests, zones_open, zones_close);
}
