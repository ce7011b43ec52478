/* Growing string: see str.h. */
#include "base/str.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char EMPTY[1] = "";

void str_init(struct str *s, size_t cap)
{
	*s = (struct str){.data = EMPTY, .cap = cap};
}

void str_free(struct str *s)
{
	if (s->size > 0)
		free(s->data);
	str_init(s, s->cap);
}

void str_clear(struct str *s)
{
	s->len = 0;
	s->failed = false;
	if (s->size > 0)
		s->data[0] = '\0';
}

/* Make room for n more octets and the NUL. */
static bool reserve(struct str *s, size_t n)
{
	size_t size = s->size > 0 ? s->size : 64;
	char *data;

	if (s->failed || n > s->cap || s->len > s->cap - n) {
		s->failed = true;
		return false;
	}
	if (s->len + n < s->size)
		return true;
	while (size <= s->len + n)
		size *= 2;
	data = realloc(s->size > 0 ? s->data : NULL, size);
	if (data == NULL) {
		s->failed = true;
		return false;
	}
	s->data = data;
	s->size = size;
	return true;
}

void str_put(struct str *s, const char *data, size_t n)
{
	if (!reserve(s, n))
		return;
	if (n > 0)
		memcpy(s->data + s->len, data, n);
	s->len += n;
	s->data[s->len] = '\0';
}

void str_puts(struct str *s, const char *text)
{
	str_put(s, text, strlen(text));
}

void str_putc(struct str *s, char c)
{
	str_put(s, &c, 1);
}

void str_vprintf(struct str *s, const char *fmt, va_list args)
{
	size_t room = s->size > s->len ? s->size - s->len : 0;
	va_list again;
	int n;

	if (s->failed)
		return;
	va_copy(again, args);
	n = vsnprintf(room > 0 ? s->data + s->len : NULL, room, fmt, again);
	va_end(again);
	if (n >= 0 && (size_t)n < room && s->len + (size_t)n <= s->cap) {
		s->len += (size_t)n;
		return;
	}
	if (room > 0)
		s->data[s->len] = '\0'; /* what did not fit is gone */
	if (n < 0) {
		s->failed = true;
	} else if (reserve(s, (size_t)n)) {
		vsnprintf(s->data + s->len, (size_t)n + 1, fmt, args);
		s->len += (size_t)n;
	}
}

void str_printf(struct str *s, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	str_vprintf(s, fmt, args);
	va_end(args);
}

void str_put_markup(struct str *s, const char *text)
{
	for (; *text != '\0'; text++)
		switch (*text) {
		case '&':
			str_puts(s, "&amp;");
			break;
		case '<':
			str_puts(s, "&lt;");
			break;
		case '>':
			str_puts(s, "&gt;");
			break;
		case '"':
			str_puts(s, "&quot;");
			break;
		case '\r': /* readers take a bare one for a line's end */
			str_puts(s, "&#13;");
			break;
		default:
			str_putc(s, *text);
		}
}

char *str_take(struct str *s)
{
	char *data;

	if (s->failed) {
		str_free(s);
		return NULL;
	}
	if (!reserve(s, 0))
		return NULL;
	data = s->data;
	data[s->len] = '\0';
	str_init(s, s->cap);
	return data;
}
