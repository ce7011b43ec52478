/*
 * Log lines: see log.h. A line is built in a buffer on the stack and written with
 * one write(2). Invariant: room for the closing bracket and the line break is kept.
 */
#include "base/log.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/instant.h"
#include "base/utf8.h"

enum {
	TAIL = 2 /* "}" and the line break */
};

static const char *const LEVELS[] = {"debug", "info", "warn", "error", "none"};

/* Set once, before threads start. */
static struct {
	enum log_level min;
	enum log_format format;
	int fd;
} SETUP = {LOG_INFO, LOG_AS_TEXT, STDERR_FILENO};

struct line {
	char text[LOG_LINE_SIZE];
	size_t len;
	bool full;
};

void log_setup(enum log_level min, enum log_format format, int fd)
{
	SETUP.min = min;
	SETUP.format = format;
	SETUP.fd = fd;
}

static void put(struct line *l, const char *s, size_t n)
{
	if (l->full || n > sizeof(l->text) - TAIL - l->len) {
		l->full = true;
		return;
	}
	memcpy(l->text + l->len, s, n);
	l->len += n;
}

static void puts_line(struct line *l, const char *s)
{
	put(l, s, strlen(s));
}

/* s[0..n) with what could break a line or a terminal escaped as in JSON. */
static void put_escaped(struct line *l, const char *s, size_t n)
{
	for (size_t i = 0; i < n;) {
		uint32_t cp = 0;
		size_t len = utf8_decode(s + i, n - i, &cp);

		if (len == 0) {
			puts_line(l, "\xEF\xBF\xBD");
			len = 1;
		} else if (cp == '"' || cp == '\\') {
			char pair[2] = {'\\', (char)cp};

			put(l, pair, 2);
		} else if (cp <= 0xFFFF && utf8_is_unsafe(cp)) {
			char hex[8];

			snprintf(hex, sizeof(hex), "\\u%04x", (unsigned)cp);
			puts_line(l, hex);
		} else {
			put(l, s + i, len);
		}
		i += len;
	}
}

static void put_quoted(struct line *l, const char *s)
{
	size_t n = strlen(s);

	if (n > LOG_VALUE_SIZE)
		n = utf8_cut(s, LOG_VALUE_SIZE);
	put(l, "\"", 1);
	put_escaped(l, s, n);
	put(l, "\"", 1);
}

/* May a text stand in a text line without quotes? */
static bool is_plain(const char *s)
{
	size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyz"
			     "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:{}");

	return n > 0 && n <= LOG_VALUE_SIZE && s[n] == '\0';
}

/* A field as a whole, or nothing of it when it does not fit. */
static void put_field(struct line *l, const struct log_field *f)
{
	bool json = SETUP.format == LOG_AS_JSON;
	size_t before = l->len;
	char number[32];

	l->full = false;
	put(l, json ? "," : " ", 1);
	if (json)
		put_quoted(l, f->key);
	else
		puts_line(l, f->key);
	put(l, json ? ":" : "=", 1);
	if (f->text == NULL) {
		snprintf(number, sizeof(number), "%lld", (long long)f->number);
		puts_line(l, number);
	} else if (!json && is_plain(f->text)) {
		puts_line(l, f->text);
	} else {
		put_quoted(l, f->text);
	}
	if (l->full)
		l->len = before;
}

static void put_head(struct line *l, enum log_level level, const char *event)
{
	int64_t ms = instant_now_ms();
	char time[INSTANT_TEXT_SIZE], fraction[8];

	instant_format(ms / 1000, time);
	snprintf(fraction, sizeof(fraction), ".%03dZ", (int)(ms % 1000));
	if (SETUP.format == LOG_AS_JSON)
		puts_line(l, "{\"time\":\"");
	put(l, time, strlen(time) - 1);
	puts_line(l, fraction);
	if (SETUP.format == LOG_AS_JSON) {
		puts_line(l, "\",\"level\":\"");
		puts_line(l, LEVELS[level]);
		puts_line(l, "\",\"event\":");
		put_quoted(l, event);
	} else {
		put(l, " ", 1);
		puts_line(l, LEVELS[level]);
		put(l, " ", 1);
		if (is_plain(event))
			puts_line(l, event);
		else
			put_quoted(l, event);
	}
}

void log_line(enum log_level level, const char *event,
    const struct log_field *fields, size_t n)
{
	struct line l;
	ssize_t written;

	if (level < SETUP.min || level >= LOG_NONE)
		return;
	l.len = 0;
	l.full = false;
	put_head(&l, level, event);
	for (size_t i = 0; i < n; i++)
		put_field(&l, &fields[i]);
	if (SETUP.format == LOG_AS_JSON)
		l.text[l.len++] = '}';
	l.text[l.len++] = '\n';
	written = write(SETUP.fd, l.text, l.len);
	(void)written; /* nowhere left to complain */
}

void log_event(enum log_level level, const char *event)
{
	log_line(level, event, NULL, 0);
}

const char *log_level_name(enum log_level level)
{
	return LEVELS[level];
}

int log_level_parse(const char *name)
{
	for (int i = 0; i <= LOG_NONE; i++)
		if (strcmp(name, LEVELS[i]) == 0)
			return i;
	return -1;
}
