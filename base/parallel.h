/*
 * A loop over numbers on several threads.
 *
 * parallel_run cuts [0, n) into chunks that the threads take one after another, the
 * calling thread as worker 0 among them. Whoever wants the same result for any
 * number of threads writes it by number, or sums what does not depend on order.
 * Fewer threads than asked for run where the system gives no more.
 */
#ifndef BASE_PARALLEL_H
#define BASE_PARALLEL_H

#include <stdbool.h>
#include <stdint.h>

enum {
	PARALLEL_MAX_THREADS = 64
};

/* How many threads to ask for when the caller says 0 (one) or too many. */
unsigned parallel_threads(unsigned threads);

/* One chunk, by worker 0 .. threads - 1; false ends the loop soon. */
typedef bool parallel_fn(
    void *cookie, unsigned worker, uint32_t begin, uint32_t end);

/* False when a chunk said so. threads 1 .. PARALLEL_MAX_THREADS, chunk > 0. */
bool parallel_run(unsigned threads, uint32_t n, uint32_t chunk, parallel_fn *fn,
    void *cookie);

#endif
