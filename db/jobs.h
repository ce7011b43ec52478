/*
 * The job queue.
 *
 * A worker claims a job for the length of a lease, by the database's clock, and gets
 * an epoch. It renews the lease with heartbeats. A job whose lease ran out, or whose
 * worker's connection is gone, is claimed by another worker with the next epoch; from
 * then on whatever the first one still writes with its epoch is refused, however late
 * it wakes up (ERR_STALE). One live job per subject.
 */
#ifndef DB_JOBS_H
#define DB_JOBS_H

#include "db/db.h"

enum {
	DB_JOB_GRACE_S = 3, /* beat every second: a silent one may lose it */
	DB_JOB_MAX_ATTEMPTS = 3, /* then it fails instead of running again */
};

struct db_job {
	struct id community_id, id, subject_id;
	const char *kind; /* matching_round, intake, trial */
	int64_t epoch;
};

/* In the transaction that makes the subject. ERR_CONFLICT when one is live. */
enum err_code db_job_enqueue(
    struct db *db, const struct db_job *job, struct err *e) ERR_CHECKED;

/* The oldest job that waits or lost its worker, of any community. *ret_found false:
 * nothing to do. A job that already ran out DB_JOB_MAX_ATTEMPTS times, or that
 * is to be cancelled, is claimed too: ask job.epoch and db_job_beat. Outside of a
 * transaction, or alone in one. */
enum err_code db_job_claim(struct db *db, struct arena *a, int64_t lease_s,
    struct db_job *ret_job, bool *ret_found, struct err *e) ERR_CHECKED;

/* Done with the job, whatever became of it: it can be claimed without delay. */
enum err_code db_job_release(struct db *db, struct err *e) ERR_CHECKED;

/* Renew the lease and publish progress (JSON, may be NULL) in the subject's row.
 * ERR_STALE: the job is somebody else's now; stop. */
enum err_code db_job_beat(struct db *db, struct arena *a,
    const struct db_job *job, int64_t lease_s, const char *progress,
    bool *ret_cancel_requested, struct err *e) ERR_CHECKED;

/* Last statement of the transaction that stores the results, so that none of them
 * stays when the epoch is old (ERR_STALE). state: done, failed or cancelled. */
enum err_code db_job_finish(struct db *db, const struct db_job *job,
    const char *state, const char *error, struct err *e) ERR_CHECKED;

/* Cancel the live job of a subject: a queued one ends at once (*ret_ended true, and
 * the caller ends the subject), a running one is asked to. ERR_STATE when there is no
 * live job. */
enum err_code db_job_cancel(struct db *db, struct arena *a,
    const struct id *community, const struct id *subject, bool *ret_ended,
    struct err *e) ERR_CHECKED;

enum {
	DB_JOB_QUEUES = 6 /* kinds times live states */
};

struct db_job_queue {
	const char *kind, *state; /* queued or running */
	int64_t number, oldest_s;
};

/* Every pair of kind and live state, of all communities, also where there is none. */
enum err_code db_job_queues(struct db *db, struct arena *a,
    struct db_job_queue queue[DB_JOB_QUEUES], size_t *ret_n,
    struct err *e) ERR_CHECKED;

extern const struct db_stmt *const db_job_stmts[];

#endif
