/*
 * One cell of a member file -> the field of a member row. Between member_file.c,
 * member_cell.c and member_list.c; nobody else needs it.
 */
#ifndef API_MEMBER_CELL_H
#define API_MEMBER_CELL_H

#include "api/member_file.h"

struct member_reader {
	struct arena *a;
	const struct tz *tz;
	struct member_faults *faults;
	uint32_t faults_size; /* allocated */
};

const char *member_column_name(enum member_column c);

/* Note a fault; column "" is the whole row. */
void member_fault(struct member_reader *r, uint32_t row, const char *column,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* The cell being read: valid UTF-8, trimmed; m->row is set. */
struct member_cell {
	struct member_reader *r;
	const char *column, *s;
	size_t n;
	struct member_row *m;
};

#define MEMBER_CELL_FAULT(c, ...) \
	member_fault((c)->r, (c)->m->row, (c)->column, __VA_ARGS__)

void member_cell(struct member_reader *r, enum member_column c, const char *s,
    size_t n, struct member_row *m);

/* The canonical term of an item; NULL after a fault. */
const char *member_cell_term(
    const struct member_cell *c, const char *s, size_t n);

/* Octets of an item to quote in a message, cut where it gets long. */
int member_cell_shown(size_t n, const char *s);

/* member_list.c */
void member_list_terms(const struct member_cell *c, struct member_texts *out);
void member_list_stack(const struct member_cell *c, struct member_levels *out);
void member_list_languages(
    const struct member_cell *c, struct member_levels *out);
void member_list_windows(
    const struct member_cell *c, struct window **ret, uint16_t *ret_n);
void member_list_named(const struct member_cell *c, struct member_texts *out);

#endif
