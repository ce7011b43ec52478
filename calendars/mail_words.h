/*
 * What mail says, in each of its languages: texts, names of days and months. The
 * catalogue is data, mail_words.def. Pure; any thread.
 */
#ifndef CALENDARS_MAIL_WORDS_H
#define CALENDARS_MAIL_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

enum mail_language {
#define MAIL_LANGUAGE(id, tag, rtl, date, months, weekdays) MAIL_##id,
#include "calendars/mail_words.def"
#undef MAIL_LANGUAGE
	MAIL_LANGUAGES
};

enum mail_word {
#define MAIL_WORD(id, ...) MAIL_##id,
#include "calendars/mail_words.def"
#undef MAIL_WORD
	MAIL_WORDS
};

/* The language of a BCP 47 tag ("pt-BR" is "pt"), or -1 when it is none of ours. */
int mail_words_find(const char *tag, size_t n);

const char *mail_words_tag(enum mail_language language);
bool mail_words_is_rtl(enum mail_language language);
const char *mail_words_text(enum mail_language language, enum mail_word word);

/* What {name} stands for. */
struct mail_value {
	const char *name; /* NULL ends a list */
	const char *text;
};

/* How a value is put into a text: as it is, or escaped. */
typedef void (*mail_put)(
    struct str *out, enum mail_language language, const char *value);

/* Append `text` with its names filled in: each value goes through `put`; what stands
 * between them is ours and stays. */
void mail_words_fill(struct str *out, enum mail_language language,
    const char *text, const struct mail_value *values, mail_put put);

/* A value as it is, for mail_words_fill. */
void mail_words_put(
    struct str *out, enum mail_language language, const char *value);

/* "Tuesday, 20 October 2026" of a local time. */
void mail_words_date(
    struct str *out, enum mail_language language, int64_t local);

/* "09:00" of a local time. */
void mail_words_clock(struct str *out, int64_t local);

#endif
