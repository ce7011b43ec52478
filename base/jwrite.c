/*
 * JSON writer: see jwrite.h. Invariant: level[0..depth) are the open containers;
 * `after_key` only inside an object.
 */
#include "base/jwrite.h"

#include <stdio.h>
#include <string.h>

#include "base/instant.h"
#include "base/utf8.h"

void jwrite_init(struct jwrite *w, struct str *out, bool pretty)
{
	*w = (struct jwrite){.out = out, .pretty = pretty};
}

static void new_line(struct jwrite *w)
{
	if (!w->pretty)
		return;
	str_putc(w->out, '\n');
	for (unsigned i = 0; i < w->depth; i++)
		str_put(w->out, "  ", 2);
}

/* The comma and the line break before a member of the innermost container. */
static void separate(struct jwrite *w)
{
	if (w->level[w->depth - 1].begun)
		str_putc(w->out, ',');
	w->level[w->depth - 1].begun = true;
	new_line(w);
}

/* May a value stand here? Writes what comes before it. */
static void before_value(struct jwrite *w)
{
	if (w->depth == 0) {
		if (w->has_value)
			w->out->failed = true;
		w->has_value = true;
	} else if (w->level[w->depth - 1].end == ']') {
		separate(w);
	} else if (!w->after_key) {
		w->out->failed = true;
	}
	w->after_key = false;
}

static void open_level(struct jwrite *w, char begin, char end)
{
	before_value(w);
	if (w->depth == JWRITE_DEPTH) {
		w->out->failed = true;
		return;
	}
	str_putc(w->out, begin);
	w->level[w->depth].end = end;
	w->level[w->depth++].begun = false;
}

static void close_level(struct jwrite *w, char end)
{
	if (w->depth == 0 || w->level[w->depth - 1].end != end ||
	    w->after_key) {
		w->out->failed = true;
		return;
	}
	w->depth--;
	if (w->level[w->depth].begun)
		new_line(w);
	str_putc(w->out, end);
}

void jwrite_object(struct jwrite *w)
{
	open_level(w, '{', '}');
}

void jwrite_object_end(struct jwrite *w)
{
	close_level(w, '}');
}

void jwrite_array(struct jwrite *w)
{
	open_level(w, '[', ']');
}

void jwrite_array_end(struct jwrite *w)
{
	close_level(w, ']');
}

bool jwrite_done(struct jwrite *w)
{
	if (w->depth > 0 || !w->has_value)
		w->out->failed = true;
	if (w->pretty)
		str_putc(w->out, '\n');
	return !w->out->failed;
}

/* One ASCII character that may not stand in a string as it is. */
static void put_escape(struct str *out, unsigned char c)
{
	static const char PLAIN[] = "\"\\\b\f\n\r\t";
	static const char SHORT[] = "\"\\bfnrt";
	const char *p = memchr(PLAIN, c, sizeof(PLAIN) - 1);

	if (p != NULL)
		str_printf(out, "\\%c", SHORT[p - PLAIN]);
	else
		str_printf(out, "\\u%04x", c);
}

void jwrite_quote(struct str *out, const char *text, size_t n)
{
	size_t begin = 0, i = 0;

	str_putc(out, '"');
	while (i < n) {
		unsigned char c = (unsigned char)text[i];
		uint32_t cp;
		size_t len = utf8_decode(text + i, n - i, &cp);

		if (len > 0 && c >= 0x20 && c != '"' && c != '\\' &&
		    c != 0x7F) {
			i += len;
			continue;
		}
		str_put(out, text + begin, i - begin);
		if (len == 0)
			str_puts(out, "\xEF\xBF\xBD");
		else
			put_escape(out, c);
		begin = ++i;
	}
	str_put(out, text + begin, n - begin);
	str_putc(out, '"');
}

void jwrite_key(struct jwrite *w, const char *key)
{
	if (w->depth == 0 || w->level[w->depth - 1].end != '}' ||
	    w->after_key) {
		w->out->failed = true;
		return;
	}
	separate(w);
	jwrite_quote(w->out, key, strlen(key));
	str_puts(w->out, w->pretty ? ": " : ":");
	w->after_key = true;
}

void jwrite_raw(struct jwrite *w, const char *json, size_t n)
{
	before_value(w);
	str_put(w->out, json, n);
}

void jwrite_text_n(struct jwrite *w, const char *text, size_t n)
{
	before_value(w);
	jwrite_quote(w->out, text, n);
}

void jwrite_text(struct jwrite *w, const char *text)
{
	if (text == NULL)
		jwrite_null(w);
	else
		jwrite_text_n(w, text, strlen(text));
}

void jwrite_int(struct jwrite *w, int64_t value)
{
	before_value(w);
	str_printf(w->out, "%lld", (long long)value);
}

void jwrite_bool(struct jwrite *w, bool value)
{
	before_value(w);
	str_puts(w->out, value ? "true" : "false");
}

void jwrite_null(struct jwrite *w)
{
	before_value(w);
	str_puts(w->out, "null");
}

void jwrite_tenths(struct jwrite *w, int64_t tenths)
{
	uint64_t size = tenths < 0 ? -(uint64_t)tenths : (uint64_t)tenths;

	before_value(w);
	str_printf(w->out, "%s%llu", tenths < 0 ? "-" : "",
	    (unsigned long long)(size / 10));
	if (size % 10 != 0)
		str_printf(w->out, ".%u", (unsigned)(size % 10));
}

void jwrite_instant(struct jwrite *w, int64_t instant)
{
	char text[INSTANT_TEXT_SIZE];

	instant_format(instant, text);
	jwrite_text(w, text);
}

void jwrite_day(struct jwrite *w, int32_t day)
{
	char text[INSTANT_TEXT_SIZE];

	day_format(day, text);
	jwrite_text(w, text);
}

void jwrite_key_text(struct jwrite *w, const char *key, const char *text)
{
	jwrite_key(w, key);
	jwrite_text(w, text);
}

void jwrite_key_int(struct jwrite *w, const char *key, int64_t value)
{
	jwrite_key(w, key);
	jwrite_int(w, value);
}

void jwrite_key_bool(struct jwrite *w, const char *key, bool value)
{
	jwrite_key(w, key);
	jwrite_bool(w, value);
}

void jwrite_key_local(struct jwrite *w, int64_t local)
{
	struct civil t = civil_from_seconds(local);
	char text[INSTANT_TEXT_SIZE];

	jwrite_key(w, "local_date");
	jwrite_day(w, day_of(local));
	snprintf(text, sizeof(text), "%02d:%02d", t.hour, t.minute);
	jwrite_key_text(w, "local_time", text);
}

void jwrite_key_object(struct jwrite *w, const char *key)
{
	jwrite_key(w, key);
	jwrite_object(w);
}

void jwrite_key_array(struct jwrite *w, const char *key)
{
	jwrite_key(w, key);
	jwrite_array(w);
}
