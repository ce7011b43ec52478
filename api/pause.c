/* Waiting: see pause.h. */
#include "api/pause.h"

#include <poll.h>

#include "base/id.h"

bool pause_or_stop(int stop_fd, int64_t ms)
{
	struct pollfd fd = {.fd = stop_fd, .events = POLLIN};

	return poll(&fd, 1, (int)ms) > 0;
}

int64_t pause_jitter(int64_t n)
{
	uint32_t random;

	id_random(&random, sizeof(random));
	return n / 2 + (n > 0 ? (int64_t)(random % (uint32_t)n) : 0);
}

int64_t pause_after(int64_t failures, int64_t first, int64_t most)
{
	int64_t pause = first;

	while (--failures > 0 && pause < most)
		pause *= 2;
	return pause_jitter(pause < most ? pause : most);
}
