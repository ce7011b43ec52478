/*
 * A member as JSON over HTTP -> canonical JSON for db/members: terms normalised,
 * zones and languages canonical, everything within bounds. The same rules as the
 * member file's (member_cell.c).
 */
#ifndef API_MEMBER_INPUT_H
#define API_MEMBER_INPUT_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"

struct db_hours;
struct json_object;
struct tz;

/* patch: nothing is required, and null empties a field. The text lives in the
 * arena. All faults at once, with JSON pointers. */
enum err_code member_input_bind(struct arena *a, const struct tz *tz,
    struct json_object *tree, bool patch, const char **ret_json,
    struct err *e) ERR_CHECKED;

/* {"windows":[{"weekday","from","to"}],"preferred":[…],"volunteer",
 * "exceptions":[{"from","to"}]} -> what db_availability_put takes. */
enum err_code member_input_availability(struct arena *a,
    struct json_object *tree, struct db_hours *ret_hours,
    struct err *e) ERR_CHECKED;

#endif
