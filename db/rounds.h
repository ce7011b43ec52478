/*
 * Matching rounds: rows, the snapshot a round solves, and storing its result.
 *
 * The snapshot is read in the caller's DB_READ transaction, so that all of it is
 * one moment. The result is stored in the caller's DB_WRITE transaction, after
 * jobs_hold has made sure that the job's epoch is still ours. Nothing is copied;
 * results live in the arena given.
 */
#ifndef DB_ROUNDS_H
#define DB_ROUNDS_H

#include <stdbool.h>
#include <stdint.h>

#include "db/db.h"

struct round_new {
	struct id id, program_id;
	int64_t policy_version;
	int64_t seed;
};

/* Queued. ERR_CONFLICT with the note "running_id" when the program has a round
 * that is queued or running. */
enum err_code rounds_insert(struct db *db, struct arena *a,
    const struct id *community, const struct round_new *r,
    struct err *e) ERR_CHECKED;

/* The newest policy version of a program; ERR_NOT_FOUND without the program. */
enum err_code rounds_policy_version(struct db *db, struct arena *a,
    const struct id *community, const struct id *program, int64_t *ret_version,
    struct err *e) ERR_CHECKED;

enum err_code rounds_doc(struct db *db, struct arena *a,
    const struct id *community, const struct id *round, struct db_doc *ret_doc,
    struct err *e) ERR_CHECKED;

enum err_code rounds_list(struct db *db, struct arena *a,
    const struct id *community, const struct id *program, const char *after,
    int64_t limit, struct db_list *ret_list, struct err *e) ERR_CHECKED;

struct round_state {
	const char *state;
	int64_t row_version;
};

/* Locks the row until the transaction ends. */
enum err_code rounds_lock(struct db *db, struct arena *a,
    const struct id *community, const struct id *round,
    struct round_state *ret_state, struct err *e) ERR_CHECKED;

enum round_file {
	ROUND_INPUT,
	ROUND_PLAN,
	ROUND_CERTIFICATE
};

/* The very text that the solver read or wrote; *ret_text NULL: not there yet. */
enum err_code rounds_file(struct db *db, struct arena *a,
    const struct id *community, const struct id *round, enum round_file file,
    const char **ret_text, struct err *e) ERR_CHECKED;

/* ---- the life of a round ---- */

/* Queued or running -> running, and the requests it contains to in_round. */
enum err_code rounds_start(struct db *db, const struct id *community,
    const struct id *round, struct err *e) ERR_CHECKED;

enum err_code rounds_progress(struct db *db, const struct id *community,
    const struct id *round, const char *json, struct err *e) ERR_CHECKED;

/* Queued or running -> failed or cancelled; its requests back to open. */
enum err_code rounds_stop(struct db *db, const struct id *community,
    const struct id *round, const char *state, const char *error,
    struct err *e) ERR_CHECKED;

/* ---- the snapshot ---- */

struct round_input {
	struct id program_id;
	int64_t seed;
	int64_t created_at;     /* of the round */
	int32_t created_day;    /* in UTC */
	const char *policy;     /* the document of the round's version */
	const char *started_at; /* NULL before the first start */
};

enum err_code rounds_input(struct db *db, struct arena *a,
    const struct id *community, const struct id *round,
    struct round_input *ret_input, struct err *e) ERR_CHECKED;

/* Lists are one text with ';' between the elements, levels `term:level`. Every
 * text is "" when absent, but for numbers: years_tenths -1. */
struct round_person {
	struct id id;
	const char *external_id, *display_name;
	bool newcomer, mentor;
	const char *roles, *wants, *tags, *stack, *languages;
	const char *time_zone, *industry, *style, *organization;
	int64_t years_tenths;
	int64_t places;       /* capacity - used - locked proposals */
	int64_t waiting_days; /* since the request */
	const char *windows;  /* `weekday begin end` in minutes */
	const char *preferences, *avoid; /* external ids, a JSON list */
};

struct round_people {
	struct round_person *item; /* by id */
	size_t n;
};

/* Who asks, unless paired or locked already; who mentors, with places left. */
enum err_code rounds_people(struct db *db, struct arena *a,
    const struct id *community, const struct id *round,
    struct round_people *ret_people, struct err *e) ERR_CHECKED;

struct round_ban {
	struct id newcomer_id, mentor_id;
};

struct round_bans {
	struct round_ban *item; /* by newcomer, mentor */
	size_t n;
};

/* Pairs that must not come back: declined in this program, or ended less than
 * repeat_days before the round was made. */
enum err_code rounds_bans(struct db *db, struct arena *a,
    const struct id *community, const struct id *round, int64_t repeat_days,
    struct round_bans *ret_bans, struct err *e) ERR_CHECKED;

/* ---- the result ---- */

struct round_result {
	const char *input, *input_digest, *plan, *certificate;
	const char *proposals; /* JSON: [{"id","newcomer_id","mentor_id",
				* "points","shared_minutes","explanation"}] */
};

/*
 * Running -> solved. Earlier unlocked proposals of the program expire, the new ones
 * are written for newcomers who still wait, requests go back to open. A newcomer who
 * was paired, locked, or withdrew while the solver ran gets none.
 */
enum err_code rounds_store(struct db *db, const struct id *community,
    const struct id *round, const struct round_result *result,
    struct err *e) ERR_CHECKED;

#endif
