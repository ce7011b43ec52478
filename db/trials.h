/*
 * Trials: questions to the matcher beside the rounds, and the proposals that an
 * accepted one becomes. What each kind asks and answers is JSON that api/ makes and
 * reads. Call inside a transaction.
 */
#ifndef DB_TRIALS_H
#define DB_TRIALS_H

#include "db/db.h"

enum {
	DB_TRIAL_MAX_LIVE = 20, /* of a program, queued or running */
	DB_TRIAL_KEPT_DAYS = 30,
};

struct db_trial_new {
	struct id id, program_id;
	const struct id *matching_round_id; /* NULL: of none */
	const char *kind, *question;
	int64_t policy_version;
};

/* Queued. ERR_CONFLICT when the program has DB_TRIAL_MAX_LIVE already. */
enum err_code db_trial_create(struct db *db, const struct id *community,
    const struct db_trial_new *t, struct err *e) ERR_CHECKED;

enum err_code db_trial_get(struct db *db, struct arena *a,
    const struct id *community, const struct id *trial, struct db_doc *ret_doc,
    struct err *e) ERR_CHECKED;
enum err_code db_trial_list(struct db *db, struct arena *a,
    const struct id *community, const struct id *program, const char *kind,
    const struct db_page *page, struct db_list *ret_list,
    struct err *e) ERR_CHECKED;

struct db_trial {
	struct id id, program_id;
	bool of_round;
	struct id matching_round_id; /* meaningful only when of_round */
	const char *kind, *question, *state;
	const char *answer; /* NULL until it is solved */
	const char *policy; /* the document of its version */
	int64_t row_version, created_at;
	bool is_accepted;
};

/* lock: and keep the row until the transaction ends. */
enum err_code db_trial_read(struct db *db, struct arena *a,
    const struct id *community, const struct id *trial, bool lock,
    struct db_trial *ret_trial, struct err *e) ERR_CHECKED;

/* What a round read and reached, for who solves it again. */
struct db_trial_round {
	const char *policy;            /* the document of its version */
	const char *input, *objective; /* NULL: not solved */
	int64_t seed, created_at;
};

enum err_code db_trial_round(struct db *db, struct arena *a,
    const struct id *community, const struct id *round,
    struct db_trial_round *ret_round, struct err *e) ERR_CHECKED;

/* The same round for who asks about two people of it (mentor NULL: about one). */
struct db_trial_asked {
	struct id program_id;
	const char *state;
	int64_t policy_version;
	bool has_newcomer, has_mentor; /* they took part, on either side */
};

enum err_code db_trial_asked(struct db *db, struct arena *a,
    const struct id *community, const struct id *round,
    const struct id *newcomer, const struct id *mentor,
    struct db_trial_asked *ret_asked, struct err *e) ERR_CHECKED;

/* Queued or running -> running. ERR_STATE when it ended meanwhile, as below. */
enum err_code db_trial_start(struct db *db, const struct id *community,
    const struct id *trial, struct err *e) ERR_CHECKED;
enum err_code db_trial_store(struct db *db, const struct id *community,
    const struct id *trial, const char *answer, struct err *e) ERR_CHECKED;
enum err_code db_trial_stop(struct db *db, const struct id *community,
    const struct id *trial, const char *state, const char *error,
    struct err *e) ERR_CHECKED;

/* Solved and not accepted before -> accepted. */
enum err_code db_trial_accept(struct db *db, const struct id *community,
    const struct id *trial, struct err *e) ERR_CHECKED;

/* A pair as the solver scored it. */
struct db_trial_pair {
	struct id newcomer_id, mentor_id;
	int64_t points, shared_minutes;
	const char *explanation; /* JSON */
};

/*
 * A locked proposal of the round for this pair, made by hand: it is kept, with its
 * place, through the rounds to come. ERR_STATE when the newcomer does not wait for a
 * mentor, was offered one, or the pair was declined before; ERR_CAPACITY when all of
 * the mentor's places are taken or held by locked proposals of others.
 */
enum err_code db_trial_propose(struct db *db, struct arena *a,
    const struct id *community, const struct id *round,
    const struct db_trial_pair *pair, struct id *ret_proposal,
    struct err *e) ERR_CHECKED;

/*
 * An accepted repair: a solved round of its own, and for each change a proposal.
 * Earlier proposals of the program that nobody locked expire, as with a round.
 * `changes` is a JSON list of {id, newcomer_id, was_id, mentor_id, points,
 * shared_minutes, explanation}, was_id null for who waits; n of them. ERR_STATE when
 * people are no longer where the trial saw them.
 */
enum err_code db_trial_repair(struct db *db, const struct id *community,
    const struct id *trial, const struct id *round, const char *changes,
    int64_t n, struct err *e) ERR_CHECKED;

/* At most 1000 of those that ended so long ago, and their jobs; ask again while
 * *ret_n is that many. */
enum err_code db_trial_forget(
    struct db *db, struct arena *a, int64_t *ret_n, struct err *e) ERR_CHECKED;

extern const struct db_stmt *const db_trial_stmts[];

#endif
