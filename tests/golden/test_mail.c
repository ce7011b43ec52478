/*
 * Invitations as mail: what each language says, against files that people read; the
 * shape of the message; and values that would like to be more than values.
 *
 * CAIRN_GOLDEN_WRITE=1 writes the files anew. Runs from the repository's root.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "calendars/itip.h"
#include "calendars/mail.h"
#include "calendars/mail_body.h"
#include "calendars/mail_header.h"
#include "tests/golden/weekly.h"

enum {
	CAP = 1 << 20,
	PATH_SIZE = 100,
};

/* Which of the messages about the series. */
enum news {
	INVITED,
	CHANGED,
	MOVED,
	CANCELLED,
	ONE_CANCELLED,
};

static void check(enum err_code code, const struct err *e)
{
	if (code != ERR_OK)
		fail_msg("%s %s %s", e->detail, e->field[0].place,
		    e->field[0].detail);
}

static void write_ics(struct tz *tz, enum news news, struct str *out)
{
	struct cal_session s[WEEKS];
	struct cal_event ev = new_york(tz, s);
	struct err e = {0};
	enum err_code code;

	ev.summary = "Cohort <Granite> & friends";
	ev.description = "Bring one question.\nWe start with a round.";
	ev.location = "https://meet.example.org/granite?a=1&b=2";
	ev.sequence = news;
	if (news == MOVED) {
		s[2].start += 26 * INSTANT_HOUR;
		s[2].end += 26 * INSTANT_HOUR;
	}
	s[3].cancelled = news == ONE_CANCELLED;
	code = news == MOVED       ? itip_request_session(&ev, 2, &ANN, out, &e)
	       : news == CANCELLED ? itip_cancel(&ev, &ANN, out, &e)
	       : news == ONE_CANCELLED
		   ? itip_cancel_session(&ev, 3, &ANN, out, &e)
		   : itip_request(&ev, &ANN, out, &e);
	check(code, &e);
}

static struct mail mail_of(
    struct tz *tz, const char *ics, enum mail_language language)
{
	return (struct mail){.ics = ics,
	    .message_id = "0192f3a0-7c11-7e55-9a2e-3b1d6c0f7a10@example.org",
	    .date = NOW,
	    .to = ANN.person,
	    .sender = "calendar@example.org",
	    .organizer = "Ada Lovelace",
	    .reply_to = "rsvp+0123456789abcdef@example.org",
	    .community = "Pythonistas",
	    .page_url = "https://cairn.example.org/rsvp/0123",
	    .language = language,
	    .zone = zones_get(tz, "Europe/Madrid"),
	    .anchor = zones_get(tz, "America/New_York"),
	    .is_first = true};
}

static void compare(const char *path, const struct str *got)
{
	static char want[CAP];
	FILE *f;
	size_t n;

	if (getenv("CAIRN_GOLDEN_WRITE") != NULL) {
		f = fopen(path, "we");
		assert_non_null(f);
		assert_int_equal(fwrite(got->data, 1, got->len, f), got->len);
		assert_int_equal(fclose(f), 0);
	}
	f = fopen(path, "re");
	if (f == NULL)
		fail_msg("%s is missing", path);
	n = fread(want, 1, sizeof(want) - 1, f);
	fclose(f);
	want[n] = '\0';
	assert_false(got->failed);
	assert_string_equal(got->data, want);
}

/* What people read, of every kind of message in every language. */
static void test_texts(void **state)
{
	for (int l = 0; l < MAIL_LANGUAGES; l++) {
		struct arena *a = arena_new(CAP);
		struct str text, ics;
		char path[PATH_SIZE];

		str_init(&text, CAP);
		for (enum news news = INVITED; news <= ONE_CANCELLED; news++) {
			struct mail_event ev;
			struct mail m = mail_of(*state, "", l);
			struct mail_look look = {&ev, m.language, m.zone,
			    m.anchor, m.community, m.sender, m.page_url,
			    news == INVITED};
			struct err e = {0};

			str_init(&ics, CAP);
			write_ics(*state, news, &ics);
			check(mail_event_read(a, ics.data, &ev, &e), &e);
			mail_body_subject(&text, &look);
			str_puts(&text, "\n\n");
			mail_body_text(&text, &look);
			str_puts(&text, "====\n");
			if (news == INVITED || news == MOVED)
				mail_body_html(&text, &look);
			str_puts(&text, "====\n");
			str_free(&ics);
		}
		/* A file for people: without the CR of mail. */
		for (size_t i = 0, k = 0; i <= text.len; i++)
			if (text.data[i] != '\r')
				text.data[k++] = text.data[i];
		text.len = strlen(text.data);
		snprintf(path, sizeof(path), "tests/golden/mail_%s.txt",
		    mail_words_tag(l));
		compare(path, &text);
		str_free(&text);
		arena_free(a);
	}
}

/* The same names in every language of a text, each as often. */
static void test_names(void **state)
{
	(void)state;
	for (int w = 0; w < MAIL_WORDS; w++) {
		const char *first = mail_words_text(MAIL_EN, w);

		for (int l = 0; l < MAIL_LANGUAGES; l++) {
			const char *other = mail_words_text(l, w);

			assert_true(other[0] != '\0');
			for (const char *p = first; (p = strchr(p, '{')); p++) {
				char name[30];
				size_t n = strcspn(p, "}") + 1;

				snprintf(name, sizeof(name), "%.*s", (int)n, p);
				if (strstr(other, name) == NULL)
					fail_msg("%s lacks %s", other, name);
			}
		}
	}
	assert_int_equal(mail_words_find("pt-BR", 5), MAIL_PT);
	assert_int_equal(mail_words_find("AR", 2), MAIL_AR);
	assert_int_equal(mail_words_find("est", 3), -1);
	assert_int_equal(mail_words_find("", 0), -1);
}

static void test_same_octets(void **state)
{
	struct arena *a = arena_new(CAP);
	struct str ics, one, two;
	struct mail_event ev;
	struct err e = {0};
	struct mail m;

	str_init(&ics, CAP);
	str_init(&one, CAP);
	str_init(&two, CAP);
	write_ics(*state, INVITED, &ics);
	m = mail_of(*state, ics.data, MAIL_EN);
	check(mail_write(a, &m, &one, &ev, &e), &e);
	check(mail_write(a, &m, &two, &ev, &e), &e);
	assert_string_equal(one.data, two.data);
	assert_int_equal(ev.n_sessions, WEEKS);
	assert_string_equal(ev.method, ITIP_REQUEST);
	compare("tests/golden/mail.eml", &one);
	str_free(&ics);
	str_free(&one);
	str_free(&two);
	arena_free(a);
}

/* Every value that no mail can hold is named; nothing is written. */
static void test_refused(void **state)
{
	static const char BAD[] = "a@b.example\r\nBcc: c@d.example";
	struct arena *a = arena_new(CAP);
	struct str ics, out;
	struct mail_event ev;
	struct err e = {0};
	struct mail m;

	str_init(&ics, CAP);
	str_init(&out, CAP);
	write_ics(*state, INVITED, &ics);
	m = mail_of(*state, ics.data, MAIL_EN);
	m.sender = m.reply_to = m.to.mail = m.message_id = m.page_url = BAD;
	assert_int_equal(mail_write(a, &m, &out, &ev, &e), ERR_VALIDATION);
	assert_int_equal(e.n_fields, 5);
	assert_int_equal(out.len, 0);
	m = mail_of(*state, "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", MAIL_EN);
	err_clear(&e);
	assert_int_equal(mail_write(a, &m, &out, &ev, &e), ERR_BUG);
	assert_int_equal(out.len, 0);
	str_free(&ics);
	str_free(&out);
	arena_free(a);
}

static void test_headers(void **state)
{
	static const struct {
		const char *text, *want;
	} ROW[] = {
	    {"plain (text)", "Subject: plain (text)\r\n"},
	    {"two\r\nlines", "Subject: two lines\r\n"},
	    {"=?UTF-8?Q?x?=", "Subject: =?UTF-8?B?PT9VVEYtOD9RP3g/PQ==?=\r\n"},
	    {"é", "Subject: =?UTF-8?B?w6k=?=\r\n"},
	    {"ééééééééééééééééééééé1é",
		"Subject: =?UTF-8?B?"
		"w6nDqcOpw6nDqcOpw6nDqcOpw6nDqcOpw6nDqcOpw6nDqcOpw6nDqcOp"
		"?=\r\n =?UTF-8?B?McOp?=\r\n"},
	};
	struct str out;

	(void)state;
	str_init(&out, CAP);
	for (size_t i = 0; i < sizeof(ROW) / sizeof(ROW[0]); i++) {
		str_clear(&out);
		mail_header_text(&out, "Subject", ROW[i].text);
		assert_string_equal(out.data, ROW[i].want);
	}
	str_clear(&out);
	mail_header_person(
	    &out, "To", &(struct cal_person){"Ann, Bob", "a@example.org"});
	assert_string_equal(
	    out.data, "To: =?UTF-8?B?QW5uLCBCb2I=?=\r\n <a@example.org>\r\n");
	str_clear(&out);
	mail_header_date(&out, "Date", NOW);
	assert_string_equal(
	    out.data, "Date: Mon, 21 Sep 2026 14:13:20 +0000\r\n");
	str_free(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_names),
	    cmocka_unit_test(test_headers),
	    cmocka_unit_test(test_texts),
	    cmocka_unit_test(test_same_octets),
	    cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, zones_open, zones_close);
}
