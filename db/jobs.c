/*
 * The queue: see jobs.h. Time is the database's. Invariant: every write of a worker
 * carries its epoch, so a worker that lost its job changes nothing any more; the lock
 * only makes the loss of a dead one quick.
 */
#include "db/jobs.h"

static const struct db_stmt ENQUEUE = {"job_enqueue",
    "INSERT INTO job (community_id, id, kind, subject_id)"
    " VALUES ($1, $2, $3, $4)"};
/* A worker that lives beats every second; one whose connection broke for a moment
 * beats again, and takes its lock again, before the grace is over. */
static const struct db_stmt CLAIM = {"job_claim",
    "UPDATE job j SET state = 'running', epoch = j.epoch + 1,"
    " lease_until = now() + make_interval(secs => $1::int)"
    " FROM (SELECT community_id, id FROM job WHERE state = 'queued'"
    "  OR (state = 'running' AND (lease_until < now()"
    "   OR (updated_at < now() - make_interval(secs => $2::int)"
    "    AND NOT EXISTS (SELECT job_holders(id)))))"
    "  ORDER BY created_at, id LIMIT 1 FOR UPDATE SKIP LOCKED) AS next"
    " WHERE j.community_id = next.community_id AND j.id = next.id"
    " RETURNING j.community_id, j.id, j.subject_id, j.kind, j.epoch,"
    "  hold_job(j.id)"};
static const struct db_stmt RELEASE = {
    "job_release", "SELECT pg_advisory_unlock_all()"};

#define MINE                                                  \
	" WHERE community_id = $1 AND id = $2 AND epoch = $3" \
	" AND state = 'running'"
/* The lease and the subject's progress in one go, both or none. */
static const struct db_stmt BEAT = {"job_beat",
    "WITH beat AS (UPDATE job SET"
    "  lease_until = now() + make_interval(secs => $4::int)" MINE
    "  RETURNING cancel_requested, kind, subject_id),"
    " round AS (UPDATE matching_round r SET progress = $5::jsonb FROM beat"
    "  WHERE $5::jsonb IS NOT NULL AND beat.kind = 'matching_round'"
    "  AND r.community_id = $1 AND r.id = beat.subject_id),"
    " intake AS (UPDATE intake i SET progress = $5::jsonb FROM beat"
    "  WHERE $5::jsonb IS NOT NULL AND beat.kind = 'intake'"
    "  AND i.community_id = $1 AND i.id = beat.subject_id)"
    " SELECT cancel_requested, hold_job($2) FROM beat"};
static const struct db_stmt FINISH = {"job_finish",
    "UPDATE job SET state = $4, error = $5, lease_until = NULL" MINE};
static const struct db_stmt CANCEL = {"job_cancel",
    "UPDATE job SET cancel_requested = true,"
    " state = CASE state WHEN 'queued' THEN 'cancelled' ELSE state END"
    " WHERE community_id = $1 AND subject_id = $2"
    " AND state IN ('queued', 'running') RETURNING state = 'cancelled'"};

static const struct db_stmt QUEUES = {"job_queues",
    "SELECT kind, state, count(j.id),"
    " coalesce(extract(epoch FROM now() - min(j.created_at))::bigint, 0)"
    " FROM unnest('{matching_round,intake,trial}'::text[]) AS kind"
    " CROSS JOIN unnest('{queued,running}'::text[]) AS state"
    " LEFT JOIN job j USING (kind, state)"
    " GROUP BY kind, state ORDER BY kind, state"};

const struct db_stmt *const db_job_stmts[] = {
    &ENQUEUE, &CLAIM, &RELEASE, &BEAT, &FINISH, &CANCEL, &QUEUES, NULL};

#define JOB_ARGS(job) \
	db_id(&(job)->community_id), db_id(&(job)->id), db_int((job)->epoch)

enum err_code db_job_enqueue(
    struct db *db, const struct db_job *job, struct err *e)
{
	return db_exec(db, &ENQUEUE,
	    DB_ARGS(db_id(&job->community_id), db_id(&job->id),
		db_text(job->kind), db_id(&job->subject_id)),
	    NULL, e);
}

enum err_code db_job_claim(struct db *db, struct arena *a, int64_t lease_s,
    struct db_job *ret_job, bool *ret_found, struct err *e)
{
	const struct db_rows *row;
	enum err_code code = db_rows(db, a, &CLAIM,
	    DB_ARGS(db_int(lease_s), db_int(DB_JOB_GRACE_S)), &row, e);

	if (code != ERR_OK)
		return code;
	*ret_found = db_count(row) > 0;
	if (*ret_found)
		*ret_job = (struct db_job){
		    .community_id = db_get_id(row, 0, 0),
		    .id = db_get_id(row, 0, 1),
		    .subject_id = db_get_id(row, 0, 2),
		    .kind = db_get_text(row, 0, 3),
		    .epoch = db_get_int(row, 0, 4),
		};
	return ERR_OK;
}

enum err_code db_job_release(struct db *db, struct err *e)
{
	return db_exec(db, &RELEASE, DB_NO_ARGS, NULL, e);
}

static enum err_code lost(struct err *e)
{
	return ERR_SET(e, STALE, "the job is another worker's now");
}

enum err_code db_job_beat(struct db *db, struct arena *a,
    const struct db_job *job, int64_t lease_s, const char *progress,
    bool *ret_cancel_requested, struct err *e)
{
	const struct db_rows *row;
	enum err_code code = db_rows(db, a, &BEAT,
	    DB_ARGS(JOB_ARGS(job), db_int(lease_s), db_text(progress)), &row,
	    e);

	if (code != ERR_OK)
		return code;
	if (db_count(row) == 0)
		return lost(e);
	*ret_cancel_requested = db_get_bool(row, 0, 0);
	return ERR_OK;
}

enum err_code db_job_finish(struct db *db, const struct db_job *job,
    const char *state, const char *error, struct err *e)
{
	int64_t n = 0;
	enum err_code code = db_exec(db, &FINISH,
	    DB_ARGS(JOB_ARGS(job), db_text(state), db_text(error)), &n, e);

	if (code == ERR_OK && n == 0)
		code = lost(e);
	return code;
}

enum err_code db_job_cancel(struct db *db, struct arena *a,
    const struct id *community, const struct id *subject, bool *ret_ended,
    struct err *e)
{
	const struct db_rows *row;
	enum err_code code = db_rows(
	    db, a, &CANCEL, DB_ARGS(db_id(community), db_id(subject)), &row, e);

	if (code != ERR_OK)
		return code;
	if (db_count(row) == 0)
		return ERR_SET(e, STATE, "it is neither queued nor running");
	*ret_ended = db_get_bool(row, 0, 0);
	return ERR_OK;
}

enum err_code db_job_queues(struct db *db, struct arena *a,
    struct db_job_queue queue[DB_JOB_QUEUES], size_t *ret_n, struct err *e)
{
	const struct db_rows *r;
	enum err_code code = db_rows(db, a, &QUEUES, DB_NO_ARGS, &r, e);
	size_t n = code == ERR_OK ? db_count(r) : 0;

	if (code != ERR_OK)
		return code;
	for (size_t i = 0; i < n && i < DB_JOB_QUEUES; i++)
		queue[i] = (struct db_job_queue){
		    .kind = db_get_text(r, i, 0),
		    .state = db_get_text(r, i, 1),
		    .number = db_get_int(r, i, 2),
		    .oldest_s = db_get_int(r, i, 3),
		};
	*ret_n = n < DB_JOB_QUEUES ? n : DB_JOB_QUEUES;
	return ERR_OK;
}
