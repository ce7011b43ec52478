/* The error type: see err.h. The registry err.def is the only list of errors. */
#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"

static const struct {
	int status;
	const char *slug, *title;
} REGISTRY[ERR_COUNT] = {
    [ERR_OK] = {200, "ok", "OK"},

#define ERR(code, status, slug, title) [ERR_##code] = {status, slug, title},
#include "base/err.def"
#undef ERR
};

/* Format into a fixed buffer; a cut never splits a UTF-8 character. */
__attribute__((format(printf, 3, 0))) static void format(
    char *out, size_t size, const char *fmt, va_list args)
{
	int n = vsnprintf(out, size, fmt, args);

	if (n < 0)
		out[0] = '\0';
	else if ((size_t)n >= size)
		out[utf8_cut(out, size - 1)] = '\0';
}

enum err_code err_set(struct err *e, enum err_code code, const char *file,
    int line, const char *fmt, ...)
{
	va_list args;

	e->code = code;
	e->file = file;
	e->line = line;
	va_start(args, fmt);
	format(e->detail, sizeof(e->detail), fmt, args);
	va_end(args);
	return code;
}

void err_add_field(
    struct err *e, enum err_code code, const char *place, const char *fmt, ...)
{
	va_list args;
	struct err_field *f;

	if (e->code == ERR_OK ||
	    (e->code == ERR_VALIDATION && code != ERR_VALIDATION)) {
		e->code = code;
		e->detail[0] = '\0';
	}
	if (e->n_fields == ERR_MAX_FIELDS) {
		e->n_dropped++;
		return;
	}
	f = &e->field[e->n_fields++];
	if (snprintf(f->place, sizeof(f->place), "%s", place) >=
	    (int)sizeof(f->place))
		f->place[utf8_cut(f->place, sizeof(f->place) - 1)] = '\0';
	va_start(args, fmt);
	format(f->detail, sizeof(f->detail), fmt, args);
	va_end(args);
}

void err_note(struct err *e, const char *name, const char *value)
{
	snprintf(e->note_name, sizeof(e->note_name), "%s", name);
	snprintf(e->note_value, sizeof(e->note_value), "%s", value);
}

void err_clear(struct err *e)
{
	e->code = ERR_OK;
	e->detail[0] = '\0';
	e->n_fields = 0;
	e->n_dropped = 0;
	e->note_name[0] = '\0';
	e->note_value[0] = '\0';
	e->file = NULL;
	e->line = 0;
}

int err_status(enum err_code code)
{
	return REGISTRY[code].status;
}

const char *err_slug(enum err_code code)
{
	return REGISTRY[code].slug;
}

const char *err_title(enum err_code code)
{
	return REGISTRY[code].title;
}

bool err_retryable(enum err_code code)
{
	int status = REGISTRY[code].status;

	return status == 429 || status == 503 || status == 504 ||
	       code == ERR_IN_FLIGHT;
}
