/*
 * Typed values on their way to the server. Invariant: a value goes whole or not at
 * all (no text is cut at a NUL octet, no bad UTF-8 leaves the house).
 */
#include <stdio.h>

#include "base/instant.h"
#include "base/str.h"
#include "base/utf8.h"
#include "db/pq.h"

enum {
	LIST_CAP = 64 << 20, /* octets of one list as text */
};

struct db_value db_null(void)
{
	return (struct db_value){.kind = DB_NULL};
}

static struct db_value pointer(enum db_kind kind, const void *data, size_t n)
{
	if (data == NULL)
		return db_null();
	return (struct db_value){.kind = kind, .n = n, .data = data};
}

static struct db_value number(enum db_kind kind, int64_t value)
{
	return (struct db_value){.kind = kind, .number = value};
}

struct db_value db_text(const char *s)
{
	return pointer(DB_TEXT, s, s != NULL ? strlen(s) : 0);
}

struct db_value db_text_n(const char *s, size_t n)
{
	return pointer(DB_TEXT, s, n);
}

struct db_value db_int(int64_t value)
{
	return number(DB_INT, value);
}

struct db_value db_bool(bool value)
{
	return number(DB_BOOL, value);
}

struct db_value db_id(const struct id *id)
{
	return pointer(DB_ID, id, 1);
}

struct db_value db_instant(int64_t seconds)
{
	return number(DB_INSTANT, seconds);
}

struct db_value db_instant_or_null(const int64_t *seconds)
{
	return seconds != NULL ? db_instant(*seconds) : db_null();
}

struct db_value db_date(int32_t day)
{
	return number(DB_DATE, day);
}

struct db_value db_bytes(const void *data, size_t n)
{
	return pointer(DB_BYTES, data, n);
}

/* An empty list is a list, wherever it points. */
struct db_value db_texts(const char *const *list, size_t n)
{
	return (struct db_value){.kind = DB_TEXTS, .n = n, .data = list};
}

struct db_value db_ids(const struct id *list, size_t n)
{
	return (struct db_value){.kind = DB_IDS, .n = n, .data = list};
}

static enum err_code check_text(const char *s, size_t n, struct err *e)
{
	if (memchr(s, '\0', n) != NULL || !utf8_is_valid(s, n))
		return ERR_SET(
		    e, FIELD, "text must be valid UTF-8 without NUL");
	return ERR_OK;
}

/* {"a","b\"c"}: every element quoted, so that none is read as NULL. */
static enum err_code put_texts(
    struct str *s, const char *const *list, size_t n, struct err *e)
{
	str_putc(s, '{');
	for (size_t i = 0; i < n; i++) {
		enum err_code code = check_text(list[i], strlen(list[i]), e);

		if (code != ERR_OK)
			return code;
		str_puts(s, i > 0 ? ",\"" : "\"");
		for (const char *p = list[i]; *p != '\0'; p++) {
			if (*p == '"' || *p == '\\')
				str_putc(s, '\\');
			str_putc(s, *p);
		}
		str_putc(s, '"');
	}
	str_putc(s, '}');
	return ERR_OK;
}

static void put_ids(struct str *s, const struct id *list, size_t n)
{
	char text[ID_TEXT_SIZE];

	str_putc(s, '{');
	for (size_t i = 0; i < n; i++) {
		id_format(&list[i], text);
		str_printf(s, "%s%s", i > 0 ? "," : "", text);
	}
	str_putc(s, '}');
}

static enum err_code put_list(struct arena *a, const struct db_value *v,
    const char **ret_text, struct err *e)
{
	struct str s;
	enum err_code code = ERR_OK;

	str_init(&s, LIST_CAP);
	if (v->kind == DB_TEXTS)
		code = put_texts(&s, v->data, v->n, e);
	else
		put_ids(&s, v->data, v->n);
	*ret_text = s.failed ? NULL : arena_strndup(a, s.data, s.len);
	str_free(&s);
	if (code == ERR_OK && *ret_text == NULL)
		code = ERR_SET(e, NOMEM, "a list is too long");
	return code;
}

enum err_code pq_encode(struct arena *a, const struct db_value *v,
    struct pq_wire *w, size_t i, struct err *e)
{
	char text[ID_TEXT_SIZE + INSTANT_TEXT_SIZE];
	enum err_code code;

	w->value[i] = NULL;
	w->length[i] = 0;
	w->format[i] = 0;
	switch (v->kind) {
	case DB_NULL:
		return ERR_OK;
	case DB_TEXT:
		code = check_text(v->data, v->n, e);
		if (code != ERR_OK)
			return code;
		w->value[i] = arena_strndup(a, v->data, v->n);
		goto done;
	case DB_BYTES:
		if (v->n > INT32_MAX)
			return ERR_SET(e, NOMEM, "too many octets");
		w->value[i] = v->data;
		w->length[i] = (int)v->n;
		w->format[i] = 1;
		return ERR_OK;
	case DB_TEXTS:
	case DB_IDS:
		return put_list(a, v, &w->value[i], e);
	case DB_INT:
		snprintf(text, sizeof(text), "%lld", (long long)v->number);
		break;
	case DB_BOOL:
		snprintf(text, sizeof(text), "%s", v->number ? "t" : "f");
		break;
	case DB_ID:
		id_format(v->data, text);
		break;
	case DB_INSTANT:
		instant_format(v->number, text);
		break;
	case DB_DATE:
		day_format((int32_t)v->number, text);
		break;
	}
	w->value[i] = arena_strdup(a, text);
done:
	return w->value[i] != NULL
		   ? ERR_OK
		   : ERR_SET(e, NOMEM, "no memory for a statement");
}
