/*
 * One cell of a member file -> the field of a member row. Between member_file.c
 * and member_cell.c; nobody else needs it.
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

/* Read the trimmed, valid UTF-8 text of a cell into *m, whose `row` is set. */
void member_cell(struct member_reader *r, enum member_column c, const char *s,
    size_t n, struct member_row *m);

#endif
