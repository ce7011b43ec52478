/*
 * A round's people as the rows of a member file. external_id is the member's id, so
 * that what the solver answers maps back; pairs that must not come back stand in
 * `avoid`; only people of the snapshot are named.
 */
#ifndef API_ROUND_ROWS_H
#define API_ROUND_ROWS_H

#include "api/member_file.h"
#include "db/snapshots.h"

/* ERR_VALIDATION when a pair cannot be kept apart because both avoid too many. */
enum err_code round_rows_make(struct arena *a,
    const struct db_snapshot_people *people,
    const struct db_snapshot_bans *bans, struct member_table *ret_table,
    struct err *e) ERR_CHECKED;

/* "0 1080 1200;…", weekday and minutes of the day; NULL without memory. */
struct window *round_rows_windows(
    struct arena *a, const char *s, uint16_t *ret_n);

/* The member file of rows that round_rows_make gave; NULL without memory. */
const char *round_rows_text(struct arena *a, const struct member_table *t);

/* The instance anew, from the text that the solver was given. */
enum err_code round_rows_community(struct arena *a, struct tz *tz,
    const char *text, struct community **ret_community,
    struct err *e) ERR_CHECKED;

#endif
