/*
 * A job while it runs: what a kind of job is, and the private folder in which its
 * files and its solver meet. The worker (worker.h) drives it; a kind (round_job.c,
 * intake_job.c) fills it. Everything lives in the job's arena; one thread.
 */
#ifndef API_JOB_H
#define API_JOB_H

#include "api/call.h"
#include "base/conf.h"
#include "db/jobs.h"

enum {
	JOB_MAX_ARGS = 24,
	JOB_ARENA_CAP = 1 << 30,
};

struct job_run {
	struct call call; /* db, arena of this job, tz; acts as the service */
	struct db_job job;
	const struct conf *conf;
	const char *folder; /* private; the child runs in it */
	int folder_lock;    /* held while we live, so that none sweeps it */
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

/* Make the folder (mode 0700, below TMPDIR or /tmp) and remove it with what is in it. */
enum err_code job_folder_make(struct job_run *j, struct err *e) ERR_CHECKED;
void job_folder_remove(struct job_run *j); /* fine without one */

/* Remove the folders that workers of ours left who were killed. */
void job_folders_sweep(void);

#endif
