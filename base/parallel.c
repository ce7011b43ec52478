/* Chunks by one counter that all threads draw from: see parallel.h. */
#include "base/parallel.h"

#include <pthread.h>
#include <stdatomic.h>

unsigned parallel_threads(unsigned threads)
{
	return threads == 0                     ? 1
	       : threads < PARALLEL_MAX_THREADS ? threads
						: PARALLEL_MAX_THREADS;
}

struct loop {
	parallel_fn *fn;
	void *cookie;
	uint64_t n, chunk;
	atomic_uint_fast64_t next;
	atomic_bool is_ended;
};

struct worker {
	pthread_t thread;
	struct loop *loop;
	unsigned number;
};

static void work(struct loop *l, unsigned number)
{
	uint64_t begin;

	while (!atomic_load(&l->is_ended) &&
	       (begin = atomic_fetch_add(&l->next, l->chunk)) < l->n) {
		uint64_t end =
		    begin + l->chunk < l->n ? begin + l->chunk : l->n;

		if (!l->fn(l->cookie, number, (uint32_t)begin, (uint32_t)end))
			atomic_store(&l->is_ended, true);
	}
}

static void *start(void *arg)
{
	struct worker *w = arg;

	work(w->loop, w->number);
	return NULL;
}

bool parallel_run(
    unsigned threads, uint32_t n, uint32_t chunk, parallel_fn *fn, void *cookie)
{
	struct loop loop = {.fn = fn, .cookie = cookie, .n = n, .chunk = chunk};
	struct worker worker[PARALLEL_MAX_THREADS];
	unsigned started = 1;

	for (; started < threads && (uint64_t)started * chunk < n; started++) {
		struct worker *w = &worker[started];

		*w = (struct worker){.loop = &loop, .number = started};
		if (pthread_create(&w->thread, NULL, start, w) != 0)
			break;
	}
	work(&loop, 0);
	while (--started > 0)
		(void)pthread_join(worker[started].thread, NULL);
	return !atomic_load(&loop.is_ended);
}
