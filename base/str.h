/*
 * Growing string with a cap and a sticky failure.
 *
 * A chain of appends needs one check at its end: once an append fails (cap
 * reached or no memory) the string stays failed and later appends do nothing.
 * Always NUL-terminated; may hold NUL octets. Threads: one owner.
 */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct str {
	char *data; /* never NULL after str_init; "" when empty */
	size_t len;
	size_t size; /* allocated; 0 while data is the static "" */
	size_t cap;  /* len never exceeds it */
	bool failed;
};

void str_init(struct str *s, size_t cap);
void str_free(struct str *s);
void str_clear(struct str *s); /* keeps the memory, clears the failure */

void str_put(struct str *s, const char *data, size_t n);
void str_puts(struct str *s, const char *text);
void str_putc(struct str *s, char c);
void str_printf(struct str *s, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void str_vprintf(struct str *s, const char *fmt, va_list args)
    __attribute__((format(printf, 2, 0)));

/* As text or attribute of XML or HTML: & < > " and carriage returns as entities. */
void str_put_markup(struct str *s, const char *text);

/* Give the malloc'ed text away; s is empty afterwards. NULL if failed. */
char *str_take(struct str *s);

#endif
