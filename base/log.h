/*
 * One structured line a call on standard error.
 *
 *   LOG(LOG_INFO, "request", LOG_TEXT("route", route), LOG_INT("status", 200));
 *
 * JSON:  {"time":"2026-10-25T08:00:00.123Z","level":"info","event":"request",…}
 * Text:  2026-10-25T08:00:00.123Z info request route=/v1/me status=200
 *
 * Whatever a value holds, no raw line break or control character comes out. Text
 * values are cut at LOG_VALUE_SIZE octets. Never log a body, a token or an address.
 * The level, the form and the descriptor are the only state of this module, one set
 * a process; log_setup comes before threads start. Lines are whole: one write each.
 * Any thread. Nothing is allocated; a write that fails is dropped.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stddef.h>
#include <stdint.h>

enum log_level {
	LOG_DEBUG,
	LOG_INFO,
	LOG_WARN,
	LOG_ERROR,
	LOG_NONE
};

enum log_format {
	LOG_AS_JSON,
	LOG_AS_TEXT
};

enum {
	LOG_VALUE_SIZE = 512,
	LOG_LINE_SIZE = 8192, /* fields that do not fit are left out */
};

struct log_field {
	const char *key;
	const char *text; /* NULL: the number counts */
	int64_t number;
};

#define LOG_TEXT(k, v)                          \
	{                                       \
		.key = (k), .text = log_text(v) \
	}
#define LOG_INT(k, v)                     \
	{                                 \
		.key = (k), .number = (v) \
	}

/* At least one field; without fields call log_event. */
#define LOG(level, event, ...)                                              \
	log_line((level), (event), (const struct log_field[]){__VA_ARGS__}, \
	    sizeof((const struct log_field[]){__VA_ARGS__}) /               \
		sizeof(struct log_field))

/* Until called: LOG_INFO, text, descriptor 2. */
void log_setup(enum log_level min, enum log_format format, int fd);

void log_line(enum log_level level, const char *event,
    const struct log_field *fields, size_t n);
void log_event(enum log_level level, const char *event);

/* "" for NULL. */
static inline const char *log_text(const char *s)
{
	return s != NULL ? s : "";
}

/* "debug", "info", "warn", "error", "none" <-> level; -1 when unknown. */
const char *log_level_name(enum log_level level);
int log_level_parse(const char *name);

#endif
