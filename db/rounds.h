/*
 * Matching rounds: their rows, and storing what a round found. What a round reads is
 * in snapshots.h. Who may call what in which state is decided in the service; the
 * job's epoch (jobs.h) guards what a worker writes. Call inside a transaction.
 */
#ifndef DB_ROUNDS_H
#define DB_ROUNDS_H

#include "db/db.h"

struct db_round_new {
	struct id id, program_id;
	int64_t policy_version;
	int64_t seed;
};

/* Queued. ERR_CONFLICT with the note "running_id" when the program has a round
 * that is queued or running. */
enum err_code db_round_create(struct db *db, struct arena *a,
    const struct id *community, const struct db_round_new *r,
    struct err *e) ERR_CHECKED;

enum err_code db_round_get(struct db *db, struct arena *a,
    const struct id *community, const struct id *round, struct db_doc *ret_doc,
    struct err *e) ERR_CHECKED;
enum err_code db_round_list(struct db *db, struct arena *a,
    const struct id *community, const struct id *program,
    const struct db_page *page, struct db_list *ret_list,
    struct err *e) ERR_CHECKED;

/* The state; lock: and keep it until the transaction ends. */
enum err_code db_round_state(struct db *db, struct arena *a,
    const struct id *community, const struct id *round, bool lock,
    const char **ret_state, struct err *e) ERR_CHECKED;

enum db_round_file {
	DB_ROUND_INPUT,
	DB_ROUND_PLAN,
	DB_ROUND_CERTIFICATE
};

/* The very text that the solver read or wrote; *ret_text NULL: not there yet. */
enum err_code db_round_text(struct db *db, struct arena *a,
    const struct id *community, const struct id *round, enum db_round_file file,
    const char **ret_text, struct err *e) ERR_CHECKED;

/* Queued or running -> running, and the program's open requests to in_round.
 * ERR_STATE when it ended meanwhile. */
enum err_code db_round_start(struct db *db, const struct id *community,
    const struct id *round, struct err *e) ERR_CHECKED;

/* Queued or running -> failed or cancelled; its requests back to open. */
enum err_code db_round_stop(struct db *db, const struct id *community,
    const struct id *round, const char *state, const char *error,
    struct err *e) ERR_CHECKED;

struct db_round_result {
	const char *input, *input_digest, *plan, *certificate;
	/* JSON list of {id, newcomer_id, mentor_id, points, shared_minutes,
	 * explanation} */
	const char *proposals;
	int64_t mentors_per_newcomer;
};

/*
 * Running -> solved. Requests go back to open, earlier proposals that nobody locked
 * expire, the new ones are written. A newcomer who was paired or locked as often as may
 * be or withdrew, and a pair that was made, locked or declined, while the solver ran
 * gets none.
 */
enum err_code db_round_store(struct db *db, const struct id *community,
    const struct id *round, const struct db_round_result *result,
    struct err *e) ERR_CHECKED;

extern const struct db_stmt *const db_round_stmts[];

#endif
