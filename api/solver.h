/*
 * A child that runs our own binary on files in a folder: started with limits in a
 * process group of its own, watched through a pipe, always reaped. Its standard
 * error is kept in the folder (SOLVER_STDERR), its standard output is dropped.
 */
#ifndef API_SOLVER_H
#define API_SOLVER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

#define SOLVER_STDERR "stderr.txt"

enum {
	SOLVER_PROGRESS_FD = 3, /* in the child */
	SOLVER_LINE_CAP = 1024, /* of one progress line */
	SOLVER_GRACE_S = 30,    /* over the child's own time limit */
};

struct solver_limits {
	int64_t memory_mb, cpu_seconds, wall_seconds;
};

enum solver_verdict {
	SOLVER_GO_ON,
	SOLVER_KILL
};

struct solver_task {
	const char *program; /* a path */
	const char *folder;
	const char *const *argv; /* argv[0] "cairn"; ended by NULL */
	struct solver_limits limits;
	int stop_fd; /* readable: kill at once; -1: none */
	/* About once a second: the newest progress line (JSON; NULL when there is
	 * no new one). SOLVER_KILL ends the child. */
	enum solver_verdict (*beat)(void *cookie, const char *progress);
	void *cookie;
};

enum solver_end {
	SOLVER_EXITED,   /* status is the exit status */
	SOLVER_SIGNALED, /* status is the signal */
	SOLVER_KILLED,   /* beat said so */
	SOLVER_STOPPED,  /* stop_fd */
	SOLVER_LATE,     /* the wall clock */
};

/* Returns when the child is gone. ERR_IO when it cannot be started. */
enum err_code solver_run(const struct solver_task *t, enum solver_end *ret_end,
    int *ret_status, struct err *e) ERR_CHECKED;

#endif
