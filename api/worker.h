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

#include "api/job.h"
#include "base/conf.h"

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

/* Kills the solver that runs, if any (its job is taken up by the next worker), and waits for the thread. NULL is fine. */
void worker_stop(struct worker *w);

#endif
