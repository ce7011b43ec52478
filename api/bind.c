/* Binding by table: see bind.h. Every JSON value is type-checked before json-c's
 * getters touch it, because they coerce or abort. Depth is bounded by the
 * tables, not by the input. */
#include "api/bind.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <json-c/json.h>

#include "api/text.h"
#include "base/instant.h"
#include "base/utf8.h"

void bind_fault(struct binder *b, const char *place, const char *fmt, ...)
{
	char detail[ERR_DETAIL_SIZE];
	va_list args;

	va_start(args, fmt);
	vsnprintf(detail, sizeof(detail), fmt, args);
	va_end(args);
	err_add_field(b->err, ERR_FIELD, place, "%s", detail);
}

static void no_memory(struct binder *b)
{
	ERR_SET(b->err, NOMEM, "the document needs too much memory");
}

/* place + "/" + key with "~" and "/" escaped (RFC 6901). Keys too long for a
 * place are cut: the fault is still found. */
static void join(char out[ERR_PLACE_SIZE], const char *place, const char *key)
{
	size_t n = strlen(place);

	if (n > ERR_PLACE_SIZE - 4)
		n = ERR_PLACE_SIZE - 4;
	memcpy(out, place, n);
	out[n++] = '/';
	for (; *key != '\0' && n < ERR_PLACE_SIZE - 3; key++) {
		if (*key == '~' || *key == '/') {
			out[n++] = '~';
			out[n++] = *key == '~' ? '0' : '1';
		} else {
			out[n++] = *key;
		}
	}
	out[utf8_cut(out, n)] = '\0';
}

/* Store an integer in a member of any width; the bounds were checked. */
static void store_int(const struct bind *row, void *target, int64_t value)
{
	char *at = (char *)target + row->offset;
	int8_t v8 = (int8_t)value;
	int16_t v16 = (int16_t)value;
	int32_t v32 = (int32_t)value;

	switch (row->size) {
	case 1:
		memcpy(at, &v8, 1);
		break;
	case 2:
		memcpy(at, &v16, 2);
		break;
	case 4:
		memcpy(at, &v32, 4);
		break;
	default:
		memcpy(at, &value, 8);
		break;
	}
}

static void bind_int(struct binder *b, const char *place,
    struct json_object *value, const struct bind *row, void *target)
{
	int64_t n;

	if (!json_object_is_type(value, json_type_int)) {
		bind_fault(b, place, "expected an integer");
		return;
	}
	n = json_object_get_int64(value);
	if (n < row->min || n > row->max)
		bind_fault(b, place, "expected an integer from %lld to %lld",
		    (long long)row->min, (long long)row->max);
	else
		store_int(row, target, n);
}

static void bind_bool(struct binder *b, const char *place,
    struct json_object *value, const struct bind *row, void *target)
{
	bool truth;

	if (!json_object_is_type(value, json_type_boolean)) {
		bind_fault(b, place, "expected true or false");
		return;
	}
	truth = json_object_get_boolean(value);
	memcpy((char *)target + row->offset, &truth, sizeof(truth));
}

static void bind_string(struct binder *b, const char *place, const char *s,
    size_t n, const struct bind *row, void *target)
{
	const char *complaint = row->flags & BIND_LINES
				    ? text_check_lines(s, n)
				    : text_check_clean(s, n);
	size_t length;
	char *copy;

	if (complaint == NULL) {
		length = utf8_length(s, n);
		if (length < (uint64_t)row->min ||
		    length > (uint64_t)row->max) {
			bind_fault(b, place,
			    "expected a text of %lld to %lld characters",
			    (long long)row->min, (long long)row->max);
			return;
		}
		if (row->check != NULL)
			complaint = row->check(s, n);
	}
	if (complaint != NULL) {
		bind_fault(b, place, "%s", complaint);
		return;
	}
	copy = arena_strndup(b->arena, s, n);
	if (copy == NULL)
		no_memory(b);
	else
		memcpy(
		    (char *)target + row->offset, &copy, sizeof(const char *));
}

static void bind_name(struct binder *b, const char *place, const char *s,
    const struct bind *row, void *target)
{
	char list[ERR_DETAIL_SIZE];
	int n = 0;

	list[0] = '\0';
	for (const struct bind_name *name = row->names; name->name; name++) {
		if (strcmp(name->name, s) == 0) {
			store_int(row, target, name->value);
			return;
		}
		if (n >= 0 && (size_t)n < sizeof(list))
			n += snprintf(list + n, sizeof(list) - (size_t)n,
			    "%s\"%s\"", n == 0 ? "" : ", ", name->name);
	}
	bind_fault(b, place, "expected one of %s", list);
}

/* Minute of the day of "18:30"; -1 when malformed. */
static int parse_local_time(const char *s, size_t n, bool end_allowed)
{
	int hour, minute;

	if (n != 5 || s[2] != ':')
		return -1;
	for (size_t i = 0; i < 5; i++)
		if (i != 2 && (s[i] < '0' || s[i] > '9'))
			return -1;
	hour = (s[0] - '0') * 10 + (s[1] - '0');
	minute = (s[3] - '0') * 10 + (s[4] - '0');
	if (minute > 59 || hour > 24 ||
	    (hour == 24 && (minute != 0 || !end_allowed)))
		return -1;
	return hour * 60 + minute;
}

static void bind_time(struct binder *b, const char *place, const char *s,
    size_t n, const struct bind *row, void *target)
{
	int minute = parse_local_time(s, n, row->type == BIND_CLOCK_END);

	if (minute < 0)
		bind_fault(b, place, "expected a local time such as \"18:30\"");
	else
		store_int(row, target, minute);
}

/* The types that JSON writes as a string. */
static void bind_text(struct binder *b, const char *place,
    struct json_object *value, const struct bind *row, void *target)
{
	const char *s;
	size_t n;
	int32_t day;
	int64_t instant;
	int weekday;
	struct id id;

	if (!json_object_is_type(value, json_type_string)) {
		bind_fault(b, place, "expected a string");
		return;
	}
	s = json_object_get_string(value);
	n = (size_t)json_object_get_string_len(value);
	if (row->type == BIND_STRING) {
		bind_string(b, place, s, n, row, target);
	} else if (row->type == BIND_NAME) {
		bind_name(b, place, s, row, target);
	} else if (row->type == BIND_DATE) {
		if (day_parse(s, n, &day))
			memcpy((char *)target + row->offset, &day, sizeof(day));
		else
			bind_fault(
			    b, place, "expected a date such as \"2026-10-25\"");
	} else if (row->type == BIND_INSTANT) {
		if (instant_parse(s, n, &instant))
			memcpy((char *)target + row->offset, &instant,
			    sizeof(instant));
		else
			bind_fault(b, place,
			    "expected an instant such as "
			    "\"2026-10-25T08:00:00Z\"");
	} else if (row->type == BIND_WEEKDAY) {
		weekday = weekday_parse(s, n);
		if (weekday >= 0)
			store_int(row, target, weekday);
		else
			bind_fault(b, place,
			    "expected a weekday: Mon, Tue, Wed, Thu, Fri, "
			    "Sat or Sun");
	} else if (row->type == BIND_UUID) {
		if (id_parse(s, n, &id))
			memcpy((char *)target + row->offset, &id, sizeof(id));
		else
			bind_fault(b, place, "expected a UUID");
	} else {
		bind_time(b, place, s, n, row, target);
	}
}

/* Faults for elements that repeat an earlier one. */
static void check_unique(struct binder *b, const char *place,
    const struct bind_list *list, const struct bind *item)
{
	char at[ERR_PLACE_SIZE], index[24];
	const char *base = list->item;

	for (size_t i = 1; i < list->n; i++) {
		for (size_t j = 0; j < i; j++) {
			const char *x = base + i * item->size;
			const char *y = base + j * item->size;
			const char *s, *t;
			bool same;

			if (item->type == BIND_STRING) {
				memcpy(&s, x, sizeof(s));
				memcpy(&t, y, sizeof(t));
				same = s && t && strcmp(s, t) == 0;
			} else {
				same = memcmp(x, y, item->size) == 0;
			}
			if (!same)
				continue;
			snprintf(index, sizeof(index), "%zu", i);
			join(at, place, index);
			bind_fault(b, at, "repeats an earlier element");
			break;
		}
	}
}

static void bind_list(struct binder *b, const char *place,
    struct json_object *value, const struct bind *row, void *target)
{
	struct bind_list list = {0};
	char at[ERR_PLACE_SIZE], index[24];
	unsigned faults = b->err->n_fields + b->err->n_dropped;

	if (!json_object_is_type(value, json_type_array)) {
		bind_fault(b, place, "expected a list");
		return;
	}
	list.n = json_object_array_length(value);
	if (list.n < (uint64_t)row->min || list.n > (uint64_t)row->max) {
		bind_fault(b, place, "expected a list of %lld to %lld elements",
		    (long long)row->min, (long long)row->max);
		return;
	}
	list.item = arena_array(b->arena, list.n, row->item_size);
	if (list.item == NULL) {
		no_memory(b);
		return;
	}
	for (size_t i = 0; i < list.n; i++) {
		snprintf(index, sizeof(index), "%zu", i);
		join(at, place, index);
		bind_value_at(b, at, json_object_array_get_idx(value, i),
		    row->item, (char *)list.item + i * row->item_size);
	}
	if (row->flags & BIND_UNIQUE &&
	    faults == b->err->n_fields + b->err->n_dropped)
		check_unique(b, place, &list, row->item);
	memcpy((char *)target + row->offset, &list, sizeof(list));
}

void bind_value_at(struct binder *b, const char *place,
    struct json_object *value, const struct bind *row, void *target)
{
	switch (row->type) {
	case BIND_INT:
		bind_int(b, place, value, row, target);
		break;
	case BIND_BOOL:
		bind_bool(b, place, value, row, target);
		break;
	case BIND_OBJECT:
		bind_object_at(
		    b, place, value, row->item, (char *)target + row->offset);
		break;
	case BIND_LIST:
		bind_list(b, place, value, row, target);
		break;
	case BIND_CUSTOM:
		row->custom(b, place, value, (char *)target + row->offset);
		break;
	case BIND_STRING:
	case BIND_NAME:
	case BIND_DATE:
	case BIND_INSTANT:
	case BIND_LOCAL_TIME:
	case BIND_CLOCK_END:
	case BIND_WEEKDAY:
	case BIND_UUID:
	default:
		bind_text(b, place, value, row, target);
		break;
	}
}

static void mark_seen(const struct bind *row, void *target, enum bind_seen seen)
{
	if (row->seen != 0)
		memcpy((char *)target + (row->seen - 1), &seen, sizeof(seen));
}

static void unknown_key(struct binder *b, const char *place, const char *key,
    const struct bind *table)
{
	for (const struct bind *row = table; row->key != NULL; row++) {
		if (!text_is_near(key, row->key))
			continue;
		err_add_field(b->err, ERR_UNKNOWN_FIELD, place,
		    "not a known field; did you mean \"%s\"", row->key);
		return;
	}
	err_add_field(b->err, ERR_UNKNOWN_FIELD, place, "not a known field");
}

void bind_object_at(struct binder *b, const char *place,
    struct json_object *value, const struct bind *table, void *target)
{
	char at[ERR_PLACE_SIZE];
	struct json_object *member;
	const struct bind *row;

	if (!json_object_is_type(value, json_type_object)) {
		bind_fault(b, place, "expected an object");
		return;
	}
	for (row = table; row->key != NULL; row++) {
		join(at, place, row->key);
		if (!json_object_object_get_ex(value, row->key, &member)) {
			if (row->flags & BIND_REQUIRED)
				bind_fault(b, at, "this field is required");
			continue;
		}
		if (member == NULL && row->flags & BIND_NULLABLE) {
			mark_seen(row, target, BIND_NULL);
			continue;
		}
		mark_seen(row, target, BIND_VALUE);
		bind_value_at(b, at, member, row, target);
	}
	json_object_object_foreach(value, key, unused) {
		(void)unused;
		for (row = table; row->key != NULL; row++)
			if (strcmp(row->key, key) == 0)
				break;
		if (row->key == NULL) {
			join(at, place, key);
			unknown_key(b, at, key, table);
		}
	}
}

enum err_code bind_object(struct arena *a, struct json_object *tree,
    const struct bind *table, void *target, struct err *e)
{
	struct binder b = {.arena = a, .err = e};

	err_clear(e);
	bind_object_at(&b, "", tree, table, target);
	return e->code;
}
