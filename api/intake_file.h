/*
 * Intake file (JSON) <-> struct intake. docs/files.md describes the form. The
 * intake lives in the arena; its anchor zone is borrowed from the registry.
 */
#ifndef API_INTAKE_FILE_H
#define API_INTAKE_FILE_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "calendars/tz.h"
#include "scheduler/intake.h"

struct json_object;

enum {
	INTAKE_FILE_MAX_OCTETS = 64 * 1024
};

/* All faults at once, with JSON pointers; the meaning of the values is checked
 * too (schedule_intake_check). */
enum err_code intake_file_bind(struct arena *a, struct json_object *tree,
    struct tz *tz, struct intake *ret_intake, struct err *e) ERR_CHECKED;
enum err_code intake_file_read(struct arena *a, const char *text, size_t n,
    struct tz *tz, struct intake *ret_intake, struct err *e) ERR_CHECKED;

/* The same values under the names of the table's columns (cohort_min and cohort_max;
 * no cohorts_per_guide). from NULL: a new intake; else a merge patch of `from`, and
 * nothing is required. */
enum err_code intake_file_bind_row(struct arena *a, struct json_object *tree,
    struct tz *tz, const struct intake *from, struct intake *ret_intake,
    struct err *e) ERR_CHECKED;

/* One line. Check out->failed. */
void intake_file_write(const struct intake *in, struct str *out);

#endif
