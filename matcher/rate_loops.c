/*
 * The same loops for every processor and, on x86-64, for those with AVX2: the
 * compiler makes them wide (-O3, see the Makefile), the numbers are the same.
 */
#include "matcher/rate_loops.h"

#include "matcher/share.h"

#define LOOP_TARGET
#define LOOP(name) name##_portable
#include "matcher/rate_loops.def"
#undef LOOP_TARGET
#undef LOOP

#ifdef __x86_64__
#define LOOP_TARGET __attribute__((target("avx2")))
#define LOOP(name)  name##_avx2
#include "matcher/rate_loops.def"
#endif

const struct rate_loops *rate_loops(bool portable)
{
#ifdef __x86_64__
	if (!portable && __builtin_cpu_supports("avx2"))
		return &loops_avx2;
#endif
	(void)portable;
	return &loops_portable;
}
