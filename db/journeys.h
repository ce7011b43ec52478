/*
 * Journeys: templates of a program, and what somebody, or a cohort together, goes
 * through after one. Call inside a transaction; if_match 0 means any version.
 */
#ifndef DB_JOURNEYS_H
#define DB_JOURNEYS_H

#include "db/db.h"

/* ---- templates ---- */

struct db_journey_template {
	const char *title, *persona; /* NULL keeps what is */
	const char *steps;           /* a JSON array of its steps; NULL too */
	const char *state;           /* NULL too */
};

enum err_code db_journey_template_create(struct db *db,
    const struct id *community, const struct id *id, const struct id *program,
    const struct db_journey_template *t, struct err *e) ERR_CHECKED;
enum err_code db_journey_template_patch(struct db *db,
    const struct id *community, const struct id *id, int64_t if_match,
    const struct db_journey_template *t, struct err *e) ERR_CHECKED;
enum err_code db_journey_template_get(struct db *db, struct arena *a,
    const struct id *community, const struct id *id, struct db_doc *ret_doc,
    struct err *e) ERR_CHECKED;
/* state NULL: all. */
enum err_code db_journey_template_list(struct db *db, struct arena *a,
    const struct id *community, const struct id *program, const char *state,
    const struct db_page *page, struct db_list *ret_list,
    struct err *e) ERR_CHECKED;

/* ---- journeys ---- */

struct db_journey {
	struct id id, template_id;
	const struct id *member, *cohort; /* exactly one is not NULL */
	/* Day number; NULL: the member's today, the first date of the intake. */
	const int32_t *starts_on;
};

/*
 * Begin it, with the template's steps. ERR_VALIDATION with every fault: a template that
 * is not active, a member without an active enrollment in its program, a cohort that is
 * not a published one of it; ERR_CONFLICT when an active one was begun from the
 * template already.
 */
enum err_code db_journey_create(struct db *db, struct arena *a,
    const struct id *community, const struct db_journey *j,
    struct err *e) ERR_CHECKED;

/* Every filter may be NULL; viewer: only what this member sees. */
struct db_journey_filter {
	const struct id *program, *member, *cohort, *viewer;
};

enum err_code db_journey_list(struct db *db, struct arena *a,
    const struct id *community, const struct db_journey_filter *f,
    const struct db_page *page, struct db_list *ret_list,
    struct err *e) ERR_CHECKED;
enum err_code db_journey_get(struct db *db, struct arena *a,
    const struct id *community, const struct id *id, const struct id *viewer,
    struct db_doc *ret_doc, struct err *e) ERR_CHECKED;
/* ERR_STALE; ERR_STATE when it has ended. */
enum err_code db_journey_end(struct db *db, const struct id *community,
    const struct id *id, int64_t if_match, struct err *e) ERR_CHECKED;

/* Whether the member may settle its steps, not only see it. ERR_NOT_FOUND when they
 * do not see it. */
enum err_code db_journey_is_own(struct db *db, struct arena *a,
    const struct id *community, const struct id *id, const struct id *member,
    bool *ret_own, struct err *e) ERR_CHECKED;

/* ---- steps, by their position from 1 ---- */

enum err_code db_journey_step_get(struct db *db, struct arena *a,
    const struct id *community, const struct id *journey, int64_t position,
    const struct id *viewer, struct db_doc *ret_doc, struct err *e) ERR_CHECKED;
/* state and note NULL keep what is; by NULL: no member. ERR_STALE; ERR_STATE when the
 * journey has ended. */
enum err_code db_journey_step_patch(struct db *db, struct arena *a,
    const struct id *community, const struct id *journey, int64_t position,
    int64_t if_match, const char *state, const char *note, const struct id *by,
    struct err *e) ERR_CHECKED;

extern const struct db_stmt *const db_journey_stmts[];

#endif
