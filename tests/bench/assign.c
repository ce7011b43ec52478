/* bench/assign FILE: the optimum of an OR-Library assignment instance and the time
 * to read and solve it. */
#include <stdio.h>

#include "base/arena.h"
#include "base/instant.h"
#include "tests/lib/orlib.h"

int main(int argc, char **argv)
{
	struct arena *a = arena_new((size_t)1 << 30);
	int64_t start = monotonic_ms(), cost = 0;

	if (argc != 2 || a == NULL || !orlib_solve(a, argv[1], &cost)) {
		fputs("usage: assign FILE (an OR-Library instance)\n", stderr);
		arena_free(a);
		return 2;
	}
	printf("objective %lld seconds %.3f\n", (long long)cost,
	    (double)(monotonic_ms() - start) / 1000);
	arena_free(a);
	return 0;
}
