/*
 * Programs, their policies (versions, never changed), and enrollments with their
 * places. Call inside a transaction; if_match 0 means any version.
 */
#ifndef DB_PROGRAMS_H
#define DB_PROGRAMS_H

#include "db/db.h"

enum err_code db_program_get(struct db *db, struct arena *a,
    const struct id *community, const struct id *id, struct db_doc *ret_doc,
    struct err *e) ERR_CHECKED;
enum err_code db_program_list(struct db *db, struct arena *a,
    const struct id *community, const struct db_page *page,
    struct db_list *ret_list, struct err *e) ERR_CHECKED;
/* By name; of several with that name the oldest. ERR_NOT_FOUND. */
enum err_code db_program_find(struct db *db, struct arena *a,
    const struct id *community, const char *name, struct id *ret_id,
    struct err *e) ERR_CHECKED;
enum err_code db_program_create(struct db *db, const struct id *community,
    const struct id *id, const char *name, const char *description,
    struct err *e) ERR_CHECKED;
/* NULL keeps what is. */
enum err_code db_program_patch(struct db *db, const struct id *community,
    const struct id *id, int64_t if_match, const char *name,
    const char *description, struct err *e) ERR_CHECKED;

/* version 0: the newest. ERR_NOT_FOUND when the program has none. */
enum err_code db_policy_get(struct db *db, struct arena *a,
    const struct id *community, const struct id *program, int64_t version,
    struct db_doc *ret_doc, struct err *e) ERR_CHECKED;
/* Only the policy's own document, and which version it is. */
enum err_code db_policy_document(struct db *db, struct arena *a,
    const struct id *community, const struct id *program, int64_t version,
    const char **ret_json, int64_t *ret_version, struct err *e) ERR_CHECKED;
/* The next version. if_match: the version it follows. ERR_NOT_FOUND without the
 * program. created_by may be NULL. */
enum err_code db_policy_put(struct db *db, struct arena *a,
    const struct id *community, const struct id *program, int64_t if_match,
    const char *document, const struct id *created_by, int64_t *ret_version,
    struct err *e) ERR_CHECKED;

enum err_code db_enrollment_get(struct db *db, struct arena *a,
    const struct id *community, const struct id *program,
    const struct id *member, const char *role, struct db_doc *ret_doc,
    struct err *e) ERR_CHECKED;
/* role and state NULL: all. */
enum err_code db_enrollment_list(struct db *db, struct arena *a,
    const struct id *community, const struct id *program, const char *role,
    const char *state, const struct db_page *page, struct db_list *ret_list,
    struct err *e) ERR_CHECKED;

struct db_enrollment {
	struct id program_id, member_id;
	const char *role;
	int64_t capacity;
	const int32_t *paused_until; /* day, or NULL */
	const int64_t *rest_days;    /* NULL: as the policy says */
};
/* Create or replace; one who left is active again. if_match counts when it exists.
 * A capacity below the places in use is ERR_CAPACITY; an unknown program or member
 * ERR_VALIDATION. */
enum err_code db_enrollment_put(struct db *db, const struct id *community,
    const struct db_enrollment *n, int64_t if_match, struct err *e) ERR_CHECKED;
/* State `left`; ERR_STATE while places are in use. */
enum err_code db_enrollment_leave(struct db *db, const struct id *community,
    const struct id *program, const struct id *member, const char *role,
    int64_t if_match, struct err *e) ERR_CHECKED;

/* One place of an active mentor, taken by a guarded update: whatever the concurrency,
 * used never exceeds capacity. ERR_CAPACITY "the mentor already has 3 of 3",
 * ERR_STATE when left, ERR_NOT_FOUND when not enrolled. */
enum err_code db_place_take(struct db *db, struct arena *a,
    const struct id *community, const struct id *program,
    const struct id *mentor, struct err *e) ERR_CHECKED;
enum err_code db_place_give_back(struct db *db, const struct id *community,
    const struct id *program, const struct id *mentor,
    struct err *e) ERR_CHECKED;

extern const struct db_stmt *const db_program_stmts[];

#endif
