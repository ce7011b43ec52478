/*
 * Our own binary as a limited child that reads what somebody else wrote: text in on its
 * standard input, an answer out on its standard output. Its processor time,
 * memory, wall clock and answer are bounded, it leaves no core file and inherits nothing, no
 * environment either;
 * whatever happens to it, the caller gets an error and nothing is left behind. May be
 * called by any thread.
 */
#ifndef API_READER_H
#define API_READER_H

#include <stddef.h>

#include "base/err.h"
#include "base/str.h"

enum {
	READER_CPU_SECONDS = 3,
	READER_WALL_SECONDS = 6,
	READER_MEMORY_MB = 1024,
	READER_ANSWER_MB = 64,
};

/* argv[0] is "cairn"; ended by NULL. Its answer is appended to `out`, its exit status
 * goes to *ret_status. ERR_VALIDATION: it took too much time or memory; ERR_IO: it could
 * not be started. */
enum err_code reader_run(const char *const *argv, const char *text, size_t n,
    struct str *out, int *ret_status, struct err *e) ERR_CHECKED;

#endif
