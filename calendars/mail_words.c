/* The catalogue as tables: see mail_words.h. */
#include "calendars/mail_words.h"

#include <string.h>
#include <strings.h>

#include "base/instant.h"

enum {
	NAME_MAX_OCTETS = 20,
	PART_CAP = 200, /* of a date */
};

struct language {
	const char *tag;
	bool is_rtl;
	const char *date, *months, *weekdays;
};

static const struct language LANGUAGES[] = {
#define MAIL_LANGUAGE(id, tag, rtl, date, months, weekdays) \
	{tag, rtl, date, months, weekdays},
#include "calendars/mail_words.def"
#undef MAIL_LANGUAGE
};

static const char *const WORDS[][MAIL_LANGUAGES] = {
#define MAIL_WORD(id, ...) {__VA_ARGS__},
#include "calendars/mail_words.def"
#undef MAIL_WORD
};

int mail_words_find(const char *tag, size_t n)
{
	for (int i = 0; i < MAIL_LANGUAGES; i++) {
		size_t len = strlen(LANGUAGES[i].tag);

		if (n >= len && strncasecmp(tag, LANGUAGES[i].tag, len) == 0 &&
		    (n == len || tag[len] == '-'))
			return i;
	}
	return -1;
}

const char *mail_words_tag(enum mail_language language)
{
	return LANGUAGES[language].tag;
}

bool mail_words_is_rtl(enum mail_language language)
{
	return LANGUAGES[language].is_rtl;
}

const char *mail_words_text(enum mail_language language, enum mail_word word)
{
	return WORDS[word][language];
}

static const char *value_of(
    const struct mail_value *values, const char *name, size_t n)
{
	for (; values->name != NULL; values++)
		if (strlen(values->name) == n &&
		    memcmp(values->name, name, n) == 0)
			return values->text;
	return NULL;
}

void mail_words_fill(struct str *out, enum mail_language language,
    const char *text, const struct mail_value *values, mail_put put)
{
	while (*text != '\0') {
		size_t plain = strcspn(text, "{"), n;
		const char *value = NULL;

		str_put(out, text, plain);
		text += plain;
		if (*text == '\0')
			break;
		n = strcspn(text, "}");
		if (n <= NAME_MAX_OCTETS && text[n] == '}')
			value = value_of(values, text + 1, n - 1);
		if (value == NULL) { /* no name of ours: as it stands */
			str_putc(out, *text++);
			continue;
		}
		put(out, language, value);
		text += n + 1;
	}
}

/* The i-th of names separated by '|'. */
static void put_nth(struct str *out, const char *names, int i)
{
	while (i-- > 0)
		names += strcspn(names, "|") + 1;
	str_put(out, names, strcspn(names, "|"));
}

void mail_words_put(
    struct str *out, enum mail_language language, const char *value)
{
	(void)language;
	str_puts(out, value);
}

void mail_words_date(
    struct str *out, enum mail_language language, int64_t local)
{
	const struct language *l = &LANGUAGES[language];
	struct civil t = civil_from_seconds(local);
	struct str weekday, month, day, year;

	str_init(&weekday, PART_CAP);
	str_init(&month, PART_CAP);
	str_init(&day, PART_CAP);
	str_init(&year, PART_CAP);
	put_nth(&weekday, l->weekdays, day_weekday(day_of(local)));
	put_nth(&month, l->months, t.month - 1);
	str_printf(&day, "%d", t.day);
	str_printf(&year, "%d", t.year);
	mail_words_fill(out, language, l->date,
	    (const struct mail_value[]){{"weekday", weekday.data},
		{"month", month.data}, {"day", day.data}, {"year", year.data},
		{NULL, NULL}},
	    mail_words_put);
	out->failed = out->failed || weekday.failed || month.failed ||
		      day.failed || year.failed;
	str_free(&weekday);
	str_free(&month);
	str_free(&day);
	str_free(&year);
}

void mail_words_clock(struct str *out, int64_t local)
{
	struct civil t = civil_from_seconds(local);

	str_printf(out, "%02d:%02d", t.hour, t.minute);
}
