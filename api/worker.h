/*
 * The job worker: takes jobs from the queue one after the other and has our own
 * binary solve them in a child process.
 *
 *   claim (epoch, lease) -> snapshot in one read transaction, written as the files
 *   of the command line into a private folder -> `cairn match|…` there, watched:
 *   progress and lease once a second, cancel, deadline -> its files read back and
 *   checked -> results and job in one transaction guarded by the epoch
 *
 * A kind of job is a row of JOB_KINDS (worker.c): how to prepare, what to run, how
 * to store. The worker knows nothing else about it. Whatever happens, the folder is
 * removed, the child is dead, and a job that this worker lost stays untouched.
 */
#ifndef API_WORKER_H
#define API_WORKER_H

#include "api/call.h"
#include "base/conf.h"
#include "db/jobs.h"

struct tz;
struct worker;

struct worker_options {
	const struct conf *conf; /* borrowed for the worker's life, as is tz */
	const char *conninfo;    /* of the database; copied by db_open */
	struct tz *tz;
	const char *program; /* what solves; NULL: this very binary */
	bool allow_unsafe;   /* of db_options: tests only */
};

/* One thread with a connection of its own. ERR_DB_DOWN, ERR_NOMEM. */
enum err_code worker_start(const struct worker_options *o,
    struct worker **ret_worker, struct err *e) ERR_CHECKED;

/* Kills the solver that runs, if any (its job is taken up by the next worker when
 * the lease is over), and waits for the thread. NULL is fine. */
void worker_stop(struct worker *w);

/* ---- for the files of the kinds ---- */

enum {
	JOB_MAX_ARGS = 24,
	JOB_ARENA_CAP = 1 << 30,
};

struct job_run {
	struct call call; /* db, arena of this job, tz; acts as the service */
	struct db_job job;
	const struct conf *conf;
	const char *folder; /* private; the child runs in it */
	const char
	    *arg[JOB_MAX_ARGS]; /* of the child, from the subcommand on */
	unsigned n_args;
	void *state; /* the kind's own, from prepare to store */
};

struct job_kind {
	const char *name;
	/* The subject to running, in a write transaction. ERR_STATE: it ended. */
	enum err_code (*start)(struct job_run *j, struct err *e);
	/* Snapshot (opens its own DB_READ transaction), files, arguments. */
	enum err_code (*prepare)(struct job_run *j, struct err *e);
	/* Read and check what the child left in the folder; no transaction. */
	enum err_code (*check)(struct job_run *j, struct err *e);
	/* Write the results, in a write transaction. */
	enum err_code (*store)(struct job_run *j, struct err *e);
	/* The subject to `failed` or `cancelled`, in a write transaction. */
	enum err_code (*stop)(struct job_run *j, const char *state,
	    const char *error, struct err *e);
};

/* One more argument of the child; text lives as long as the job. */
void job_arg(struct job_run *j, const char *text);

/* A whole file of the folder. */
enum err_code job_write(struct job_run *j, const char *name, const char *data,
    size_t n, struct err *e) ERR_CHECKED;
enum err_code job_read(struct job_run *j, const char *name, size_t cap,
    const char **ret_text, size_t *ret_n, struct err *e) ERR_CHECKED;

#endif
