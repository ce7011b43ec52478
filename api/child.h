/*
 * A solve in a child process: GLPK may abort the process it runs in, and a solve
 * may want more time or memory than it should have.
 *
 * child_run forks (call it from a process without threads), limits the child's
 * CPU and address space, runs `work` in it and brings back the texts it wrote,
 * its error and its progress. Whatever happens to the child, the caller gets an
 * error and nothing is left behind; the child dies with its parent.
 */
#ifndef API_CHILD_H
#define API_CHILD_H

#include <stdint.h>

#include "base/err.h"
#include "base/str.h"
#include "matcher/match.h"

enum {
	CHILD_MAX_OUTPUTS = 2,
	CHILD_OUTPUT_CAP = 512 << 20,
};

struct child_task {
	/* Runs in the child: fills out[0..n_outputs). `o` has the seed, the
	 * threads and the progress callback. */
	enum err_code (*work)(void *job, const struct match_options *o,
	    struct str *out, struct err *e);
	void *job;
	unsigned n_outputs;
	uint64_t seed;
	unsigned threads;    /* at most; 1 or more */
	unsigned time_limit; /* seconds of wall clock; CPU so for each thread */
	/* `work` ends with what it has when progress answers true: that is so from
	 * shortly before the time limit on. */
	bool finishes;
	uint64_t memory; /* octets of address space */
	/* Progress for machines: one JSON object a line; -1: nobody. */
	int progress_fd;
	/* Progress for people: one line on stderr that is written over. */
	bool terminal;
};

/* Appends to out[0..n_outputs). ERR_TIMEOUT when the time is over, ERR_SOLVER
 * when the child died, ERR_IO, or what `work` said. */
enum err_code child_run(
    const struct child_task *t, struct str *out, struct err *e) ERR_CHECKED;

#endif
