/* Sets of the numbers 0 to 366 as bits, for the two halves of rrule. */
#ifndef CALENDARS_RRULE_SET_H
#define CALENDARS_RRULE_SET_H

#include <stdbool.h>
#include <stdint.h>

static inline void rrule_set_add(uint64_t *word, int x)
{
	word[x / 64] |= UINT64_C(1) << x % 64;
}

static inline bool rrule_set_has(const uint64_t *word, int x)
{
	return word[x / 64] >> x % 64 & 1;
}

#endif
